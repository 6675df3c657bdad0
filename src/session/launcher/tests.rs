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
        "timed out after 2.00 s with about 60 of 200 tasks done when they were last counted; a longer time-out or \
         less work may let it finish"
    );
    let stuck = sentence(&progress(60, 1500));
    assert!(stuck.contains("none was seen to finish in the last 1.50 s: it may be stuck"), "{stuck}");
    let none = sentence(&progress(0, 2000));
    assert!(none.starts_with("timed out after 2.00 s; a longer"), "nothing was counted, and nothing is said: {none}");
    assert!(timed_out(timeout, state_of(timeout, None, None)).to_string().contains("its clock had not started"));
    let holder =
        LockHolder { task: 1, step: 0, holds: HeldLock::A, waits_for: None, held_since: None, waiting_since: None };
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

/// The bytes of replies.
#[cfg(unix)]
fn frames(replies: &[Reply]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for reply in replies {
        reply.write(&mut bytes).expect("memory");
    }
    bytes
}

#[cfg(unix)]
fn hello(protocol: u32) -> Reply {
    Reply::Hello(Hello { protocol, lab_version: "9.9".to_owned() })
}

/// A runner that is this shell script. `$DATA` is a file with these bytes.
#[cfg(unix)]
fn scripted_runner(folder: &Path, data: &[u8], script: &str) -> std::path::PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(folder.join("data"), data).expect("written");
    let path = folder.join("runner");
    let script = format!("#!/bin/sh\nDATA='{}'\n{script}\n", folder.join("data").display());
    std::fs::write(&path, script).expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("set");
    path
}

#[cfg(unix)]
fn short_request() -> RunnerRequest {
    use crate::workload::Amounts;
    let RunnerRequest::Trial(mut trial) = long_request() else { panic!("a trial") };
    trial.plan.tasks = 1;
    trial.plan.amounts = Amounts::Same(vec![1]);
    RunnerRequest::Trial(trial)
}

#[cfg(unix)]
#[test]
fn every_way_of_talking_nonsense_is_a_stated_failure() {
    let greeting = frames(&[hello(protocol::VERSION)]);
    let started = frames(&[hello(protocol::VERSION), Reply::ClockStarted]);
    let progress = frames(&[Reply::Progress { done: 1 }]).repeat(1_000);
    let mut giant = started.clone();
    let mut frame = frames(&[Reply::ClockStopped]);
    frame.iter_mut().take(8).for_each(|byte| *byte = 0xff);
    giant.extend(frame);
    let half = [started.as_slice(), &frames(&[Reply::Failed(Failure::SessionLost)])[..7]].concat();
    let cases: [(&str, Vec<u8>, &str, &str); 10] = [
        ("another version", frames(&[hello(protocol::VERSION + 1)]), "cat $DATA; exec sleep 1000", "9.9"),
        ("another program", b"Usage: something else\n".to_vec(), "cat $DATA; exec sleep 1000", "is not"),
        ("nothing", Vec::new(), "exit 0", "exit code 0"),
        ("garbage", greeting.clone(), "cat $DATA; head -c 100000 /dev/urandom; exec sleep 1000", ""),
        ("a flood of zeros", greeting.clone(), "cat $DATA; exec cat /dev/zero", ""),
        ("a flood of lines", greeting, "cat $DATA; exec yes", ""),
        ("a frame without end", giant, "cat $DATA; exec sleep 1000", ""),
        ("half a frame", half, "cat $DATA", "exit code 0"),
        ("a flood on stderr", started.clone(), "cat $DATA; while :; do echo y >&2; done", "timed out after 1.00 s"),
        (
            "a flood of progress",
            [started, progress].concat(),
            "cat $DATA; tail -c 9100 $DATA >more; while :; do cat more; done",
            "timed out after 1.00 s with about 1 of 1 tasks done",
        ),
    ];
    for (name, data, script, reason) in cases {
        let folder = tempfile::tempdir().expect("a folder");
        let script = script.replace("more", &folder.path().join("more").display().to_string());
        let runner = scripted_runner(folder.path(), &data, &script);
        let begun = Instant::now();
        let outcome = run_trial(&runner, &short_request(), Duration::from_secs(1), &CancelFlag::default(), |_| {});
        let TrialOutcome::Failed(failure) = outcome else { panic!("{name}: {outcome:?}") };
        assert!(failure.to_string().contains(reason), "{name}: {failure}");
        assert!(begun.elapsed() < HELLO_WITHIN, "{name}: {:?}", begun.elapsed());
    }
}

/// A report with nothing but its durations.
#[cfg(unix)]
fn report() -> Report {
    use crate::clock::StampClock;
    use crate::trial::Usage;
    Report {
        setup_nanos: 1,
        wall_nanos: 2,
        teardown_nanos: 3,
        repeat_nanos: 0,
        passes: 1,
        workers: None,
        usage: Usage::default(),
        tree_usage: Usage::default(),
        peak_memory_bytes: None,
        pss_bytes: None,
        record_bytes: 0,
        stamp_nanos: None,
        first_stamp_nanos: None,
        checksum: 0,
        stamp_clock: StampClock::OsClock,
        server: None,
        counted: None,
        runtime: None,
        results: None,
        left_processes: None,
    }
}

#[cfg(unix)]
#[test]
fn a_result_that_is_on_its_way_when_the_time_is_over_counts() {
    let started = frames(&[hello(protocol::VERSION), Reply::ClockStarted]);
    let request = short_request();
    let mut sent = Vec::new();
    protocol::write_request(&mut sent, &request).expect("memory");
    let result = [
        Reply::ClockStopped,
        Reply::Locks(LockGraph::default()),
        Reply::Report(Box::new(report())),
        Reply::Spans(Box::default()),
    ];
    // The result follows the question about locks, which is asked when the time is over, or the end of the clock.
    let asked = format!("cat $DATA >/dev/null; head -c {} >/dev/null; head -c 1 >/dev/null", sent.len());
    for (first, wait, rest) in [
        (started.clone(), asked.as_str(), &result[..]),
        ([started, frames(&result[..1])].concat(), "sleep 2", &result[2..]),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let rest_file = folder.path().join("rest");
        std::fs::write(&rest_file, frames(rest)).expect("written");
        let script = format!("cat $DATA; {wait}; cat '{}'; exec sleep 1000", rest_file.display());
        let runner = scripted_runner(folder.path(), &first, &script);
        let timeout = Duration::from_millis(500);
        let outcome = run_trial(&runner, &request, timeout, &CancelFlag::default(), |_| {});
        assert!(matches!(outcome, TrialOutcome::Measured(..)), "{wait}: {outcome:?}");
    }
}
