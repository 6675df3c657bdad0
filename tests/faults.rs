//! Faults end in a stated reason, never in a hang or an orphan: killed runners, a killed lab,
//! signals, limits. Runs the real executable; looks for survivors by a mark in their environment.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "a failed expectation is how a test fails")]

#[path = "common/marked.rs"]
mod marked;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Output, Stdio};
use std::time::Instant;

use marked::{Marked, SOON, mark, signal};

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
    assert!(stdout.contains("signal 9 (killed)"), "the table says why: {stdout}");
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
}

#[test]
fn signals_end_the_tree_and_still_export_what_is_there() {
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
    let mark = mark("ignored");
    let (name, value) = mark.split_once('=').expect("name=value");
    let script = "trap '' INT; exec \"$0\" run io-bound --models async --task-ms 300 --trials 500 --warmups 0";
    let mut child = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_concurrency-lab")])
        .env(name, value)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("sh");
    let stderr = BufReader::new(child.stderr.take().expect("piped"));
    let mut lab = Marked { mark, child, stderr };
    let mut line = String::new();
    lab.stderr.read_line(&mut line).expect("text");
    signal(lab.child.id() as i32, "-INT");
    assert_eq!(lab.finish().0, Some(130));
}

/// The lab under a shell's limits.
fn limited(limit: &str, arguments: &str) -> Output {
    let script = format!("ulimit {limit}; exec \"$0\" {arguments}");
    Command::new("sh").args(["-c", &script, env!("CARGO_BIN_EXE_concurrency-lab")]).output().expect("sh")
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
fn a_full_disk_for_the_export_is_told_and_the_table_is_still_printed() {
    let output = Command::new(env!("CARGO_BIN_EXE_concurrency-lab"))
        .args(["run", "quick-tour", "--models", "async", "--trials", "1", "--warmups", "0", "--json", "/dev/full"])
        .output()
        .expect("the lab starts");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("/dev/full"), "{stderr}");
    assert!(stdout.contains("Async"), "the table is printed all the same: {stdout}");
}
