//! A trial leaves no socket, file or process behind, however it ends: with success, a failure, a cancel, or a killed lab,
//! runner or both. The trial's server answers only its own clients.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use concurrency_lab::experiment::Experiment;
use concurrency_lab::model::ModelId;
use concurrency_lab::python::StartMethod;
use concurrency_lab::workload::{Lock, SectionWork, Step};

use crate::common;
use crate::common::marked::{Marked, SOON, signal};

/// Returns an experiment with a file, a lock and a download per task. The server answers after `latency_ms`.
fn experiment(latency_ms: f64, timeout_seconds: f64, models: &[ModelId]) -> Experiment {
    let lock = Step::critical(0.1, Lock::Mutex, 1, SectionWork::Compute);
    let mut steps = vec![Step::file(100_000, false), lock, Step::http(latency_ms, 100)];
    if models == [ModelId::PyDask] {
        // It has no locks of this machine.
        steps.remove(1);
    }
    let mut experiment = common::experiment(6, steps, models);
    experiment.trials.timeout_seconds = timeout_seconds;
    experiment
}

fn write(folder: &Path, latency_ms: f64, timeout_seconds: f64, models: &[ModelId]) -> PathBuf {
    common::write_experiment(folder, &experiment(latency_ms, timeout_seconds, models))
}

const MODELS: [ModelId; 4] = [ModelId::Threads, ModelId::Async, ModelId::ProcessPool, ModelId::Processes];

fn start(test: &str, file: &Path, temporary: &Path) -> Marked {
    let file = file.to_str().expect("plain");
    Marked::start_in(test, &["run", file, "--progress", "none"], &[("TMPDIR", temporary)])
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).expect("there").next().is_none()
}

/// Returns the ports on which a process listens, with the address in the kernel's notation.
fn listening(process: i32) -> Vec<(String, u16)> {
    let links = fs::read_dir(format!("/proc/{process}/fd")).into_iter().flatten().flatten();
    let sockets: Vec<String> = links
        .filter_map(|link| fs::read_link(link.path()).ok()?.to_str().map(str::to_owned))
        .filter_map(|link| Some(link.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    let mut found = Vec::new();
    for table in ["tcp", "tcp6"] {
        for line in fs::read_to_string(format!("/proc/{process}/net/{table}")).unwrap_or_default().lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            if fields[3] == "0A" && sockets.iter().any(|inode| inode == fields[9]) {
                let (address, port) = fields[1].split_once(':').expect("address:port");
                found.push((address.to_owned(), u16::from_str_radix(port, 16).expect("hexadecimal")));
            }
        }
    }
    found
}

/// Waits until a server listens. Returns its port.
fn server(lab: &Marked) -> u16 {
    let listens =
        |lab: &Marked| lab.with_argument("__server").first().map(|id| listening(*id)).filter(|found| !found.is_empty());
    lab.wait_until("a listening server", |lab| listens(lab).is_some());
    let found = listens(lab).expect("it listens");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, "0100007F", "127.0.0.1 only");
    found[0].1
}

/// Returns true once no process listens on the port. A process that is exiting frees its memory, and with it its command
/// line, a moment before its sockets.
fn refuses(port: u16) -> bool {
    let asked = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_ok() {
        if asked.elapsed() > SOON {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    true
}

#[test]
fn the_server_answers_only_requests_with_the_token() {
    let (here, temporary) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let lab = start("token", &write(here.path(), 60_000.0, 100.0, &[ModelId::Threads]), temporary.path());
    let port = server(&lab);
    for request in
        ["GET /0/10 HTTP/1.1\r\nHost: x\r\n\r\n", "GET /0/10 HTTP/1.1\r\nHost: x\r\nx-trial-token: 0\r\n\r\n"]
    {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a time-out");
        stream.write_all(request.as_bytes()).expect("sent");
        let mut response = [0; 12];
        stream.read_exact(&mut response).expect("a response");
        assert_eq!(&response, b"HTTP/1.1 403");
    }
    signal(lab.child.id() as i32, "-TERM");
    lab.finish();
    assert!(refuses(port));
}

#[test]
fn nothing_is_left_after_success_and_after_a_time_out() {
    let (here, temporary) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let lab = start("success", &write(here.path(), 20.0, 60.0, &MODELS), temporary.path());
    let (code, stdout, stderr) = lab.finish();
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    assert!(is_empty(temporary.path()));
    let lab = start("time-out", &write(here.path(), 60_000.0, 1.0, &MODELS), temporary.path());
    let (code, stdout, _) = lab.finish();
    assert_eq!(code, Some(1), "{stdout}");
    assert!(stdout.contains("timed out after 1.00 s"), "{stdout}");
    assert!(is_empty(temporary.path()));
}

#[test]
fn nothing_is_left_after_a_cancel_or_a_kill() {
    for model in MODELS {
        let name = model.name();
        let (here, temporary) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let file = write(here.path(), 60_000.0, 100.0, &[model]);
        for target in ["cancel", "lab", "runner", "server"] {
            let mut lab = start(&format!("{name}-{target}"), &file, temporary.path());
            let port = server(&lab);
            assert!(!is_empty(temporary.path()), "the trial has a folder");
            match target {
                "cancel" => signal(lab.child.id() as i32, "-INT"),
                "lab" => {
                    lab.child.kill().expect("SIGKILL");
                    lab.child.wait().expect("it is dead");
                }
                "runner" => signal(lab.with_argument("__runner")[0], "-KILL"),
                _ => signal(lab.with_argument("__server")[0], "-KILL"),
            }
            if target == "lab" {
                lab.nothing_is_left();
            } else {
                let (code, stdout, stderr) = lab.finish();
                let expected = if target == "cancel" { 130 } else { 1 };
                assert_eq!(code, Some(expected), "{name}, {target}: {stdout}{stderr}");
            }
            assert!(refuses(port), "{name}, {target}: the socket is gone");
            assert!(is_empty(temporary.path()), "{name}, {target}: {:?}", fs::read_dir(temporary.path()));
        }
    }
}

/// Python models whose tasks run in the interpreter, in worker processes, and in one process each.
const PYTHON_MODELS: [ModelId; 6] = [
    ModelId::PyThreads,
    ModelId::PyProcessPool,
    ModelId::PyProcesses,
    ModelId::PyPool,
    ModelId::PyJoblib,
    ModelId::PyDask,
];

#[test]
fn nothing_is_left_of_an_interpreter_and_its_workers() {
    let Some(interpreters) = crate::common::python() else { return };
    for model in PYTHON_MODELS {
        let name = model.name();
        if let Some(reason) = interpreters.usable[0].lacks(model) {
            crate::common::skipped(&reason);
            continue;
        }
        let (here, temporary) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        // Spawned processes share semaphores by name, which have to be removed.
        let models = |latency_ms, timeout_seconds| {
            let mut experiment = experiment(latency_ms, timeout_seconds, &[model]);
            experiment.start_method = StartMethod::Spawn;
            common::write_experiment(here.path(), &experiment)
        };
        let file = models(60_000.0, 100.0);
        let before = shared_objects();
        for target in ["cancel", "lab", "runner", "interpreter", "lab and runner"] {
            let mut lab = start(&format!("{name}-{}", target.replace(' ', "-")), &file, temporary.path());
            let port = server(&lab);
            // The interpreter with its six processes or two workers, if it has any.
            let processes = match model {
                ModelId::PyProcesses => 7,
                ModelId::PyProcessPool | ModelId::PyPool => 3,
                _ => 1,
            };
            let held = |lab: &Marked| -> bool {
                lab.with_argument("-I").len() >= processes && connections(port) >= processes.saturating_sub(1).max(2)
            };
            lab.wait_until("the tasks at their requests", held);
            let interpreter = lab.with_argument("-I").into_iter().min().expect("it runs");
            match target {
                "cancel" => signal(lab.child.id() as i32, "-INT"),
                "interpreter" => signal(interpreter, "-KILL"),
                "runner" => signal(lab.with_argument("__runner")[0], "-KILL"),
                "lab" => {
                    lab.child.kill().expect("SIGKILL");
                    lab.child.wait().expect("it is dead");
                }
                _ => {
                    let runner = lab.with_argument("__runner")[0];
                    // A stopped runner can't notice the end of the lab.
                    signal(runner, "-STOP");
                    lab.child.kill().expect("SIGKILL");
                    lab.child.wait().expect("it is dead");
                    signal(runner, "-KILL");
                }
            }
            if target.starts_with("lab") {
                lab.nothing_is_left();
            } else {
                let (code, stdout, stderr) = lab.finish();
                let expected = if target == "cancel" { 130 } else { 1 };
                assert_eq!(code, Some(expected), "{name}, {target}: {stdout}{stderr}");
                if target == "interpreter" {
                    assert!(stdout.contains("was killed (signal 9 (killed))"), "{name}: {stdout}");
                }
            }
            assert!(refuses(port), "{name}, {target}: the socket is gone");
            if target != "lab and runner" {
                assert!(is_empty(temporary.path()), "{name}, {target}: {:?}", fs::read_dir(temporary.path()));
                no_semaphore_stays(&format!("{name}, {target}"), &before);
            }
        }
        let (code, stdout, stderr) = start("python-next", &models(20.0, 60.0), temporary.path()).finish();
        assert_eq!(code, Some(0), "{stdout}{stderr}");
        assert!(is_empty(temporary.path()), "{name}: {:?}", fs::read_dir(temporary.path()));
        no_semaphore_stays(name, &before);
    }
}

/// Fails if a shared object that exists now and did not before is still there after a minute. Those of other tests' labs end
/// with these.
fn no_semaphore_stays(what: &str, before: &[String]) {
    let mut left: Vec<String> = shared_objects().into_iter().filter(|name| !before.contains(name)).collect();
    let end = Instant::now() + Duration::from_secs(60);
    while !left.is_empty() {
        assert!(Instant::now() < end, "{what}: {left:?}");
        std::thread::sleep(Duration::from_millis(100));
        let there = shared_objects();
        left.retain(|name| there.contains(name));
    }
}

/// Returns the names of the semaphores, memory maps and folders in shared memory that are the lab's, or such as Python's
/// libraries make under names of their own.
fn shared_objects() -> Vec<String> {
    const OWN: [&str; 5] = ["sem.concurrency-lab-", "sem.loky-", "sem.mp-", "joblib_memmapping_folder_", "psm_"];
    let names = fs::read_dir("/dev/shm").into_iter().flatten().flatten();
    let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| OWN.iter().any(|own| name.starts_with(own))).collect()
}

/// Returns the number of open connections to a port.
fn connections(port: u16) -> usize {
    let table = fs::read_to_string("/proc/net/tcp").expect("Linux");
    let to_port = format!("0100007F:{port:04X}");
    let fields = table.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>());
    fields.filter(|fields| fields[2] == to_port && fields[3] == "01").count()
}

#[test]
fn the_next_run_removes_the_folder_of_a_lab_killed_with_its_runner() {
    let (here, temporary) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let file = write(here.path(), 60_000.0, 100.0, &[ModelId::Threads]);
    let mut lab = start("both", &file, temporary.path());
    server(&lab);
    let runner = lab.with_argument("__runner")[0];
    // A stopped runner can't notice the end of the lab.
    signal(runner, "-STOP");
    lab.child.kill().expect("SIGKILL");
    lab.child.wait().expect("it is dead");
    signal(runner, "-KILL");
    lab.nothing_is_left();
    assert!(!is_empty(temporary.path()), "no process was left to remove it");
    let (code, ..) = start("next", &write(here.path(), 1.0, 60.0, &[ModelId::Threads]), temporary.path()).finish();
    assert_eq!(code, Some(0));
    assert!(is_empty(temporary.path()));
}
