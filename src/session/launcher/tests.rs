//! Runners that do not reply, do not read and do not end, and their failures.

use super::*;
use crate::failure::{HeldLock, LockHolder};

#[test]
fn a_time_out_states_the_last_known_state_and_promises_nothing() {
    let timeout = Duration::from_secs(2);
    let progress = |done, ago| Progress { tasks: 200, done, changed_at: Instant::now() - Duration::from_millis(ago) };
    let sentence = |progress: &Progress| timed_out(timeout, state_of(timeout, Some(progress), None)).to_string();
    let slow = sentence(&progress(60, 100));
    assert_eq!(
        slow,
        "timed out after 2.00 s with about 60 of 200 tasks done; a longer time-out or less work may let it finish"
    );
    let stuck = sentence(&progress(60, 1500));
    assert!(stuck.contains("none was seen to finish in the last 1.50 s: it may be stuck"), "{stuck}");
    assert!(sentence(&progress(0, 2000)).contains("about 0 of 200 tasks done; a longer"), "one task may take as long");
    assert!(timed_out(timeout, state_of(timeout, None, None)).to_string().contains("its clock had not started"));
    let holder = LockHolder { task: 1, step: 0, holds: HeldLock::A, waits_for: None };
    let graph = LockGraph { holders: vec![holder], others: 0 };
    let locks = timed_out(timeout, state_of(timeout, Some(&progress(0, 0)), Some(graph)));
    assert_eq!(locks.to_string(), "timed out after 2.00 s: task 1 holds lock A");
}

#[test]
fn a_program_that_is_no_runner_is_named() {
    let request = RunnerRequest::Calibrate { kernels: vec![], python: None };
    let cancel = CancelFlag::default();
    match run_calibration(Path::new("no-such-program"), &request, &cancel) {
        Err(NotDone::Failed(missing)) => assert!(missing.to_string().contains("no-such-program"), "{missing}"),
        _ => panic!("there is no such program"),
    }
}

/// A program that says hello as a runner does, and then does not read.
#[cfg(unix)]
fn unresponsive_runner(folder: &Path, greets: bool) -> std::path::PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    let hello = Hello { protocol: protocol::VERSION, lab_version: "x".to_owned() };
    let mut frame = Vec::new();
    Reply::Hello(hello).write(&mut frame).expect("memory");
    std::fs::write(folder.join("hello"), frame).expect("written");
    let path = folder.join("runner");
    let hello = folder.join("hello");
    let greeting = if greets { format!("cat '{}'\n", hello.display()) } else { String::new() };
    std::fs::write(&path, format!("#!/bin/sh\n{greeting}exec sleep 1000\n")).expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("set");
    path
}

/// More than a pipe holds.
#[cfg(unix)]
fn long_request() -> RunnerRequest {
    use crate::workload::{Amounts, Plan, PlanStep};
    let tasks = 100_000;
    let plan = Plan {
        tasks,
        seed: 1,
        steps: vec![PlanStep::Wait],
        amounts: Amounts::PerTask(vec![1; tasks as usize]),
        classes: Box::default(),
        payload: None,
    };
    RunnerRequest::Trial(protocol::TrialRequest {
        model: crate::model::ModelId::Async,
        plan,
        workers: 1,
        in_flight: None,
        repeat_ms: None,
        ticker: false,
        environment: protocol::TrialEnvironment::default(),
        python: None,
        settings: Box::default(),
        awaits: Default::default(),
    })
}

#[cfg(unix)]
#[test]
fn a_runner_that_does_not_read_its_request_is_killed() {
    let folder = tempfile::tempdir().expect("a folder");
    let runner = unresponsive_runner(folder.path(), true);
    let not_done = Runner::start(&runner, &long_request(), Duration::from_millis(300), &CancelFlag::default()).err();
    match not_done {
        Some(NotDone::Failed(Failure::Protocol(ProtocolFailure::RequestNotRead { seconds }))) => {
            assert!((seconds - 0.3).abs() < 1e-9, "{seconds}");
        }
        _ => panic!("it did not read"),
    }
}

#[cfg(unix)]
#[test]
fn a_cancel_ends_the_wait_for_a_hello_and_for_the_reading() {
    let folder = tempfile::tempdir().expect("a folder");
    for greets in [false, true] {
        let runner = unresponsive_runner(folder.path(), greets);
        let cancel = CancelFlag::default();
        let flag = cancel.clone();
        let canceller = thread::spawn(move || {
            thread::sleep(Duration::from_millis(300));
            flag.cancel();
        });
        let begun = Instant::now();
        let outcome = run_trial(&runner, &long_request(), Duration::from_secs(100), &cancel, |_| {});
        assert!(matches!(outcome, TrialOutcome::Cancelled), "greets: {greets}, {outcome:?}");
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        canceller.join().expect("it slept");
    }
}
