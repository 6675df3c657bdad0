//! Tests of deadlocks, of storing and reading back, and of the sentences.

use std::io;

use super::*;

fn holder(task: u32, holds: HeldLock, waits_for: Option<HeldLock>) -> LockHolder {
    LockHolder { task, step: 0, holds, waits_for, held_since: None, waiting_since: None }
}

fn timed_out(graph: LockGraph) -> Failure {
    Failure::TimedOut { after_seconds: 10.0, state: TrialState::Locked(graph) }
}

#[test]
fn two_tasks_that_wait_for_each_other_are_a_deadlock_and_a_slow_holder_is_not() {
    use HeldLock::{A, B};
    let deadlock = timed_out(LockGraph { holders: vec![holder(0, A, Some(B)), holder(1, B, Some(A))], others: 2 });
    assert!(deadlock.deadlock().is_some());
    assert_eq!(
        deadlock.to_string(),
        "timed out after 10.0 s: task 0 holds lock A and waits for lock B; task 1 holds lock B and waits for lock A; \
         2 more tasks wait"
    );
    let slow = timed_out(LockGraph { holders: vec![holder(0, A, None), holder(1, B, Some(A))], others: 1 });
    assert!(slow.deadlock().is_none());
    let other_step = LockHolder { step: 1, ..holder(1, B, Some(A)) };
    let apart = LockGraph { holders: vec![holder(0, A, Some(B)), other_step], others: 0 };
    assert!(timed_out(apart.clone()).deadlock().is_none(), "locks of different steps are different locks");
    assert!(apart.to_string().contains("lock B of step 2"), "{apart}");
}

#[test]
fn a_failure_reads_back_the_same_after_storing() {
    let full = io::Error::from(io::ErrorKind::StorageFull);
    let step = StepProblem::system(StepAction::Write { path: "/tmp/x".into() }, &full);
    let failures = [
        Failure::limit(300, LimitedUnit::Threads, &io::Error::from_raw_os_error(11)),
        StepFailure { task: 3, step: 1, kind: "file".into(), problem: step }.into(),
        Failure::Calibration {
            kernel: "sha256".into(),
            host: Some("Python 3.11".into()),
            cause: Box::new(Failure::Interpreter {
                title: "the interpreter".into(),
                program: "/usr/bin/python3".into(),
                failure: InterpreterFailure::Reported {
                    problem: ReportedProblem::NoSpace { folder: Some("/dev/shm".into()) },
                    message: "OSError".into(),
                },
            }),
        },
        Failure::Protocol(ProtocolFailure::RequestNotRead { seconds: 10.0 }),
        Failure::Protocol(ProtocolFailure::Impossible { figure: "wall_nanos".into() }),
        Failure::incomplete(MissingPart::Folder),
        timed_out(LockGraph { holders: vec![holder(0, HeldLock::A, None)], others: 1 }),
        Failure::RunnerExited {
            exit: Some(Exit {
                number: 9,
                signal: Some(Signal { name: Some("killed".into()) }),
                killed: true,
                aborted: false,
            }),
            alive: Some(5),
            last_words: None,
        },
    ];
    for failure in failures {
        let stored = serde_json::to_string(&failure).expect("serialisable");
        let read: Failure = serde_json::from_str(&stored).unwrap_or_else(|error| panic!("{stored}: {error}"));
        assert_eq!(read, failure, "{stored}");
        assert_eq!(read.to_string(), failure.to_string());
    }
}

#[test]
fn a_full_disk_names_its_remedy_and_foreign_text_is_made_visible() {
    let full = io::Error::from(io::ErrorKind::StorageFull);
    let failure = Failure::system(Action::SharedRecords { folder: "/tmp".into() }, &full);
    assert!(
        failure.to_string().ends_with("; free some space there, or set TMPDIR (TMP on Windows) to a folder with more"),
        "{failure}"
    );
    let hostile = Failure::TaskProcessExited {
        exit: Exit { number: 1, signal: None, killed: false, aborted: false },
        first_words: Some("\u{1b}[2Jgone".into()),
    };
    assert_eq!(hostile.to_string(), "the process of a task ended with exit code 1. Its stderr: \\u{1b}[2Jgone");
}

#[test]
fn codes_of_windows_read_as_in_its_documentation() {
    let exit = |number| Exit { number, signal: None, killed: false, aborted: false }.to_string();
    assert_eq!(exit(0xC000_0005_u32 as i32), "exit code 0xC0000005");
    assert_eq!(exit(1), "exit code 1");
    assert_eq!(
        Exit::of_python(-9).to_string(),
        if cfg!(windows) { "exit code 0xFFFFFFF7" } else { "signal 9 (killed)" }
    );
}

#[cfg(unix)]
#[test]
fn a_runner_that_was_killed_or_aborted_reports_its_number_of_threads() {
    use std::os::unix::process::ExitStatusExt as _;
    let ended = |status, alive, stderr| Failure::RunnerExited {
        exit: Some(std::process::ExitStatus::from_raw(status).into()),
        alive,
        last_words: last_line(stderr),
    };
    let aborted = ended(6, Some(16_256), "x\nfailed to set up a guard page\n\n").to_string();
    assert!(aborted.contains("about 16256 threads") && aborted.contains("signal 6 (aborted)"), "{aborted}");
    assert!(aborted.ends_with(". Its stderr: failed to set up a guard page"), "{aborted}");
    let killed = ended(9, None, "").to_string();
    assert!(killed.contains("signal 9 (killed)") && killed.contains("by another process"), "{killed}");
}
