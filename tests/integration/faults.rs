//! Faults end in a stated failure, never in a hang or an orphan: killed runners, a killed lab, signals, limits. Runs the
//! real executable; finds survivors by a mark in their environment.

use std::fs;
use std::io::BufRead as _;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Instant;

use concurrency_lab::model::ModelId;
use concurrency_lab::workload::Step;

use crate::common;
use crate::common::marked::{Marked, SOON, signal};

#[test]
fn a_killed_runner_is_a_stated_failure_and_the_rest_goes_on() {
    let arguments =
        ["run", "io-bound", "--models", "sequential,async", "--trials", "1", "--warmups", "0", "--task-ms", "200"];
    let mut lab = Marked::start("killed-runner", &arguments);
    let mut line = String::new();
    lab.wait_until("a runner", |lab| !lab.with_argument("__runner").is_empty());
    let first = lab.with_argument("__runner")[0];
    signal(first, "-KILL");
    lab.stderr.read_line(&mut line).expect("text");
    assert!(line.contains("failed") && line.contains("signal 9 (killed)"), "{line:?}");
    let (code, stdout, _) = lab.finish();
    assert_eq!(code, Some(1), "{stdout}");
    assert!(stdout.contains("signal 9 (killed)"), "the table shows the reason: {stdout}");
}

#[test]
fn a_killed_lab_leaves_no_process_behind() {
    for (test, model, argument, count) in
        [("killed-pool", "process-pool", "__worker", 2), ("killed-tasks", "processes", "__task", 8)]
    {
        let arguments = [
            "run",
            "io-bound",
            "--models",
            model,
            "--tasks",
            "8",
            "--task-ms",
            "60000",
            "--workers",
            "2",
            "--warmups",
            "0",
        ];
        let mut lab = Marked::start(test, &arguments);
        lab.wait_for_workers(argument, count);
        lab.child.kill().expect("SIGKILL");
        lab.child.wait().expect("it is dead");
        lab.nothing_is_left();
    }
}

#[test]
fn a_killed_worker_is_a_stated_failure() {
    let arguments = [
        "run",
        "io-bound",
        "--models",
        "process-pool",
        "--task-ms",
        "3000",
        "--workers",
        "2",
        "--trials",
        "1",
        "--warmups",
        "0",
    ];
    let lab = Marked::start("killed-worker", &arguments);
    lab.wait_for_workers("__worker", 2);
    signal(lab.with_argument("__worker")[0], "-KILL");
    let (code, stdout, stderr) = lab.finish();
    assert_eq!(code, Some(1), "{stdout}");
    assert!(stderr.contains("worker process"), "{stderr}");
    assert!(stderr.contains("it ended with signal 9 (killed)"), "the worker and its signal: {stderr}");
}

#[test]
fn signals_end_the_tree_and_finished_trials_are_exported() {
    for (name, code) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
        let folder = tempfile::tempdir().expect("a folder");
        let csv = folder.path().join("trials.csv");
        let arguments = [
            "run",
            "io-bound",
            "--models",
            "async",
            "--task-ms",
            "300",
            "--trials",
            "500",
            "--warmups",
            "0",
            "--trials-csv",
            csv.to_str().expect("text"),
        ];
        let mut lab = Marked::start(&format!("signal{name}"), &arguments);
        let mut line = String::new();
        lab.stderr.read_line(&mut line).expect("text");
        assert!(line.contains("round 1 of 500"), "{line:?}");
        signal(lab.child.id() as i32, name);
        let asked = Instant::now();
        let (status, _, stderr) = lab.finish();
        assert_eq!(status, Some(code), "{name}: {stderr}");
        assert!(asked.elapsed() < SOON);
        let rows = fs::read_to_string(&csv).expect("exported");
        assert!(rows.lines().any(|row| row.contains(",completed,")), "{rows}");
    }
}

#[test]
fn an_ignored_interrupt_is_handled_all_the_same() {
    let script = "trap '' INT; exec \"$LAB\" run io-bound --models async --task-ms 300 --trials 500 --warmups 0";
    let mut lab = Marked::shell("ignored", script, &[]);
    let mut line = String::new();
    lab.stderr.read_line(&mut line).expect("text");
    signal(lab.child.id() as i32, "-INT");
    assert_eq!(lab.finish().0, Some(130));
}

/// Runs the lab under the limits of a shell.
fn limited(limit: &str, arguments: &str) -> Output {
    let script = format!("ulimit {limit}; exec \"$0\" {arguments}");
    common::shell().args(["-c", &script, env!("CARGO_BIN_EXE_concurrency-lab")]).output().expect("sh")
}

#[test]
fn a_limit_on_threads_is_a_result_with_the_number_reached() {
    // 3 GB of address space hold some 1,400 stacks of 2 MiB.
    let output = limited(
        "-v 3000000",
        "run many-sleepers --models threads,async --tasks 5000 --trials 1 --warmups 0 --task-ms 5000",
    );
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{text}");
    let reason = text.lines().find(|line| line.contains("the system allows about")).unwrap_or_else(|| panic!("{text}"));
    let reached: u32 = reason
        .split("about ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next()?.replace(',', "").parse().ok())
        .unwrap_or_else(|| panic!("{reason}"));
    assert!((200..2000).contains(&reached), "{reason}");
    assert!(text.contains("Async"), "the rest of the experiment went on: {text}");
}

#[test]
fn a_full_disk_for_the_export_is_reported_and_the_table_is_still_printed() {
    let output = common::lab()
        .args(["run", "quick-tour", "--models", "async", "--trials", "1", "--warmups", "0", "--json", "/dev/full"])
        .output()
        .expect("the lab starts");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("/dev/full"), "{stderr}");
    assert!(stdout.contains("Async"), "the table is printed all the same: {stdout}");
}

#[test]
fn help_that_nobody_can_read_is_no_success() {
    for arguments in [&["--help"][..], &["run", "--help"], &["--version"], &["presets"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("opened");
        let output = common::lab().args(arguments).stdout(full).output().expect("the lab starts");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {stderr}");
        assert!(stderr.contains("stdout can't be written: "), "{arguments:?}: {stderr}");
    }
}

/// Writes an experiment whose tasks are downloads with this latency, two of them in flight.
fn downloads(folder: &Path, tasks: u32, latency_ms: f64, timeout_seconds: f64, model: ModelId) -> PathBuf {
    let mut experiment = common::experiment(tasks, vec![Step::http(latency_ms, 100)], &[model]);
    experiment.workload.in_flight = Some(2);
    experiment.trials.timeout_seconds = timeout_seconds;
    common::write_experiment(folder, &experiment)
}

#[test]
fn a_server_without_file_descriptors_fails_at_once_with_the_reason() {
    let begun = Instant::now();
    let output = limited("-n 64", "run web-scraper --tasks 200 --models threads --trials 1 --warmups 0 --timeout 60");
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(begun.elapsed() < SOON, "not by the time-out: {:?}", begun.elapsed());
    assert!(text.contains("file descriptors") || text.contains("Too many open files"), "{text}");
    assert!(!text.contains("longer time-out"), "{text}");
}

#[test]
fn connections_of_other_users_do_not_starve_the_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = downloads(folder.path(), 40, 100.0, 60.0, ModelId::Processes);
    let script = format!("ulimit -n 64; exec \"$LAB\" run '{}'", file.display());
    let lab = Marked::shell("strangers", &script, &[]);
    lab.wait_until("a listening server", |lab| port_of_server(lab).is_some());
    let port = port_of_server(&lab).expect("it listens");
    // They send nothing and stay open until the run ends.
    let idle: Vec<_> = (0..90).filter_map(|_| std::net::TcpStream::connect(("127.0.0.1", port)).ok()).collect();
    assert!(idle.len() >= 64, "{}", idle.len());
    let (code, stdout, stderr) = lab.finish();
    assert_eq!(code, Some(0), "{stdout}{stderr}");
}

/// Returns the port on which the trial's server listens.
fn port_of_server(lab: &Marked) -> Option<u16> {
    let server = *lab.with_argument("__server").first()?;
    let links = fs::read_dir(format!("/proc/{server}/fd")).ok()?.flatten();
    let sockets: Vec<String> =
        links.filter_map(|link| fs::read_link(link.path()).ok()?.to_str().map(str::to_owned)).collect();
    let table = fs::read_to_string(format!("/proc/{server}/net/tcp")).ok()?;
    table.lines().skip(1).find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let own = fields[3] == "0A" && sockets.contains(&format!("socket:[{}]", fields[9]));
        own.then(|| u16::from_str_radix(fields[1].split_once(':')?.1, 16).ok())?
    })
}

#[test]
fn a_killed_server_is_named_and_not_its_clients() {
    for model in [ModelId::Threads, ModelId::Async, ModelId::ProcessPool, ModelId::Processes] {
        let name = model.name();
        let folder = tempfile::tempdir().expect("a folder");
        let file = downloads(folder.path(), 4, 60_000.0, 100.0, model);
        let lab = Marked::start(&format!("server-of-{}", name), &["run", file.to_str().expect("text")]);
        lab.wait_for_workers("__server", 1);
        lab.wait_until("a listening server", |lab| port_of_server(lab).is_some());
        // Waits for the clock to start: before it, the runner asks the server for its first report.
        std::thread::sleep(std::time::Duration::from_millis(300));
        signal(lab.with_argument("__server")[0], "-KILL");
        let (code, stdout, stderr) = lab.finish();
        assert_eq!(code, Some(1), "{stdout}");
        let reason = "the HTTP server of the trial was lost: it ended with signal 9 (killed)";
        assert!(stderr.contains(reason), "{name}: {stderr}");
    }
}

#[test]
fn a_runner_that_is_stopped_early_ends_by_the_time_out_or_a_cancel() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("long.toml");
    let step = "[[workload.step]]\nkind = \"wait\"\nms = 0.001\n";
    let text = format!(
        "id = \"long\"\ntitle = \"Long\"\n[workload]\ntasks = 1000000\nspread = {{ kind = \"exponential\" }}\n{}\
         [trials]\ncount = 1\nwarmups = 0\n[models]\ninclude = [\"sequential\"]\n",
        step.repeat(8)
    );
    fs::write(&path, text).expect("written");
    let lab = Marked::start("stopped-runner", &["run", path.to_str().expect("text"), "--timeout", "3"]);
    lab.wait_until("a runner", |lab| !lab.with_argument("__runner").is_empty());
    let runner = lab.with_argument("__runner")[0];
    signal(runner, "-STOP");
    std::thread::sleep(std::time::Duration::from_millis(500));
    signal(lab.child.id() as i32, "-INT");
    let asked = Instant::now();
    assert_eq!(lab.finish().0, Some(130), "the first signal ends it");
    assert!(asked.elapsed() < SOON);
}

#[test]
fn repeats_of_a_warm_up_do_not_reach_the_time_out() {
    let arguments = "run quick-tour --models sequential --tasks 4 --task-ms 20 --trials 1 --timeout 0.9 --no-save";
    let output =
        common::lab().args(arguments.split(' ')).args(["--progress", "plain"]).output().expect("the lab starts");
    let progress = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{progress}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_wait_for_a_quiet_machine_names_what_is_loud_and_ends_on_request() {
    struct Loud(Vec<std::process::Child>);
    impl Drop for Loud {
        fn drop(&mut self) {
            for one in &mut self.0 {
                one.kill().ok();
                one.wait().ok();
            }
        }
    }
    // More than the 2 % that count as quiet, on a machine with many CPUs, too.
    let shells = std::thread::available_parallelism().map_or(1, usize::from) / 25 + 1;
    let shell = || std::process::Command::new("sh").args(["-c", "while :; do :; done"]).spawn().expect("a shell");
    let loud = Loud((0..shells).map(|_| shell()).collect());
    let lab = Marked::start("quiet", &["run", "quick-tour", "--when-quiet"]);
    std::thread::sleep(std::time::Duration::from_millis(4500));
    let runners = lab.with_argument("__runner").len();
    signal(lab.child.id() as i32, "-INT");
    let asked = Instant::now();
    let (code, _, stderr) = lab.finish();
    drop(loud);
    assert_eq!((runners, code), (0, Some(130)), "{stderr}");
    assert!(asked.elapsed() < SOON);
    let waits = stderr.lines().filter(|line| line.starts_with("in the last second other programs used ")).count();
    assert_eq!(waits, 1, "{stderr}");
    assert!(!stderr.contains("stored as"), "nothing was begun: {stderr}");
}
