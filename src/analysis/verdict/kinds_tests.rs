//! Tests of the verdict's sentences on kinds of steps with a finding other than speed.

use crate::analysis::testing::{Synthetic, got_locks, workload_alike, workload_of};
use crate::analysis::{Verdict, analyse};
use crate::failure::{Failure, HeldLock, LockGraph, LockHolder, TrialState};
use crate::session::Outcome;
use crate::trial::{Beat, Counted, Runtime, ServerUse, Status};
use crate::workload::{Lock, LockOrder, Protection, SectionWork, SharedObject, Step, Workload};

fn verdict(built: &Synthetic) -> Verdict {
    analyse(&built.results).verdict
}

fn counting(protection: Protection, models: &[(&str, f64, u32, f64)], rounds: i32) -> Synthetic {
    let names: Vec<&str> = models.iter().map(|(name, ..)| *name).collect();
    let steps = vec![Step::Increment { count: 1_000_000, protection }];
    Synthetic::new(workload_of(8, steps), &names).rounds(rounds, 0.001, models)
}

fn got(built: &mut Synthetic, model: &str, lost: u64) {
    built.adjust(model, |measured| {
        measured.counted = Some(Counted { expected: 8_000_000, got: 8_000_000 - lost });
    });
}

const COUNTERS: [(&str, f64, u32, f64); 4] =
    [("sequential", 8.0, 1, 1.0), ("threads", 16.0, 8, 1.9), ("async", 8.1, 1, 1.0), ("process-pool", 4.5, 2, 1.8)];

#[test]
fn lost_updates_are_the_finding_and_not_the_speed() {
    let mut built = counting(Protection::None, &COUNTERS, 7);
    for model in ["sequential", "async"] {
        got(&mut built, model, 0);
    }
    got(&mut built, "threads", 3_440_000);
    got(&mut built, "process-pool", 8_000_000);
    built.results.trials[4 * 3 + 1].measured.as_mut().expect("completed").counted =
        Some(Counted { expected: 8_000_000, got: 5_100_000 });
    let reported = verdict(&built);
    assert_eq!(reported.headline, "Threads lost up to 3.4 of 8 million updates (43 %), Sequential and Async none");
    assert_eq!(
        reported.cause,
        "Tasks in flight at once: 8 (all) under Threads, 2 under Process pool, 1 under Sequential and Async. \
         Two tasks that read the counter before either has written it back add 1 between them, not 2; \
         with one task at a time this can't happen. \
         Under Process pool the counter of the main program stayed at 0: every worker has one in memory of its own."
    );
    assert!(
        reported.uncertainty.starts_with("Threads lost 2.9 to 3.4 million in 7 trials. "),
        "{}",
        reported.uncertainty
    );
}

#[test]
fn what_interpreters_with_memory_of_their_own_count_is_not_lost() {
    let mut built = counting(Protection::None, &[("threads", 16.0, 8, 1.9), ("py-interpreters", 90.0, 2, 1.9)], 3);
    got(&mut built, "threads", 0);
    got(&mut built, "py-interpreters", 8_000_000);
    let reported = verdict(&built);
    assert!(!reported.headline.contains("InterpreterPoolExecutor lost"), "{}", reported.headline);
    assert!(
        reported.cause.contains("Under InterpreterPoolExecutor the counter of the main program"),
        "{}",
        reported.cause
    );
}

#[test]
fn waiting_for_the_interpreter_is_no_cost_of_an_increment() {
    let rows = [("py-sequential", 200.0, 1, 1.0), ("py-threads", 210.0, 8, 1.0)];
    let mut built = counting(Protection::None, &rows, 3);
    for (model, ..) in rows {
        got(&mut built, model, 0);
    }
    built.adjust_spans("py-threads", |spans| spans.gil_waits = vec![150_000_000; 8]);
    let reported = verdict(&built).headline;
    assert!(reported.contains("an increment takes") && !reported.contains("threading"), "{reported}");
}

#[test]
fn several_losers_and_few_losses() {
    let rows = [("sequential", 8.0, 1, 1.0), ("threads", 16.0, 8, 1.9), ("thread-pool", 15.0, 2, 1.9)];
    let mut built = counting(Protection::None, &[&rows[..], &[("async-multi", 15.0, 2, 1.9)]].concat(), 3);
    for (model, lost) in [("sequential", 0), ("threads", 512), ("thread-pool", 100), ("async-multi", 80)] {
        got(&mut built, model, lost);
    }
    assert_eq!(
        verdict(&built).headline,
        "Threads lost 512 of 8,000,000 updates, Thread pool and Async multi-thread 80 to 100, Sequential none"
    );
    // Most trials lost nothing: the median would be 0.
    got(&mut built, "threads", 0);
    got(&mut built, "thread-pool", 0);
    got(&mut built, "async-multi", 0);
    let last = built.results.trials.iter().rposition(|trial| trial.contender.to_string() == "threads").expect("ran");
    built.results.trials[last].measured.as_mut().expect("completed").counted =
        Some(Counted { expected: 8_000_000, got: 7_000_000 });
    let headline = verdict(&built).headline;
    assert!(headline.starts_with("Threads lost up to 1.0 of 8 million updates (12 %), "), "{headline}");
    assert!(headline.ends_with(" none"), "{headline}");
}

#[test]
fn protected_counters_are_about_what_an_increment_costs() {
    let rows = [("sequential", 160.0, 1, 1.0), ("thread-pool", 400.0, 2, 1.9), ("threads", 410.0, 8, 1.9)];
    let mut built = counting(Protection::Mutex, &rows, 7);
    for (model, ..) in rows {
        got(&mut built, model, 0);
    }
    let reported = verdict(&built);
    assert_eq!(
        reported.headline,
        "No model lost an update; an increment takes 20.0 ns with Sequential, 100 ns with Thread pool"
    );
    // Threads take turns on two cores: the duration of a step says little about an increment.
    assert_eq!(reported.cause, "Time of an increment: Sequential 20.0 ns, Thread pool 100 ns.");
    let mut apart = counting(Protection::Atomic, &COUNTERS[3..], 7);
    got(&mut apart, "process-pool", 8_000_000);
    assert_eq!(
        verdict(&apart).headline,
        "Process pool: each worker has its own counter, so the main program sees none of the updates"
    );
}

#[test]
fn a_fully_serial_workload_is_told_by_its_floor() {
    let section = Step::critical(5.0, Lock::Mutex, 1, SectionWork::Compute);
    let rows = [("sequential", 100.4, 1, 1.0), ("threads", 100.6, 20, 1.0), ("async", 100.5, 20, 1.0)];
    let models = ["sequential", "threads", "async"];
    let mut built = Synthetic::new(workload_of(20, vec![section]), &models).rounds(7, 0.001, &rows);
    for model in ["threads", "async"] {
        // Each task waits until those before it have had their 5 ms.
        built.adjust_spans(model, |spans| {
            let nanos = spans.tasks[0].finished / 20;
            for (task, span) in spans.tasks.iter_mut().enumerate() {
                span.finished = (task as u64 + 1) * nanos;
            }
            got_locks(spans, &(0..20).map(|task| task * nanos).collect::<Vec<_>>());
        });
    }
    let reported = verdict(&built);
    assert_eq!(
        reported.headline,
        "The mutex lets in one task at a time: 20 × 5.00 ms = 100 ms, and all 3 models took 100 ms to 101 ms"
    );
    assert_eq!(
        reported.cause,
        "Share of the tasks' time spent waiting for the lock: Async 90 %, Threads 90 %, Sequential 0 %."
    );
    // Faster cores than at calibration: the nominal sum is then no bound that anybody kept to.
    let rows = [("sequential", 84.0, 1, 1.0), ("threads", 84.2, 20, 1.0)];
    let fast = Synthetic::new(built.results.experiment.workload.clone(), &models[..2]).rounds(7, 0.001, &rows);
    assert_eq!(
        verdict(&fast).headline,
        "The mutex lets in one task at a time: 20 × 5.00 ms = 100 ms, and both models took 84.0 ms to 84.2 ms"
    );
    let rows = [("sequential", 100.4, 1, 1.0), ("threads", 140.0, 20, 1.0)];
    let slow = Synthetic::new(built.results.experiment.workload.clone(), &models[..2]).rounds(7, 0.001, &rows);
    assert_eq!(
        verdict(&slow).headline,
        "The mutex lets in one task at a time: 20 × 5.00 ms = 100 ms; Threads take 1.4 times as long as Sequential"
    );
}

#[test]
fn permits_and_work_outside_leave_the_finding_and_add_the_floor() {
    let section = Step::critical(20.0, Lock::Semaphore, 3, SectionWork::Wait);
    let rows = [("sequential", 601.0, 1, 0.01), ("threads", 202.0, 30, 0.1)];
    let built = Synthetic::new(workload_of(30, vec![section]), &["sequential", "threads"]).rounds(7, 0.001, &rows);
    let reported = verdict(&built);
    assert_eq!(reported.headline, "Threads are 3.0 times as fast as Sequential");
    assert!(
        reported
            .cause
            .contains("The semaphore lets in 3 tasks at a time: 30 sections of 20.0 ms need 200 ms. Share of"),
        "{}",
        reported.cause
    );
}

#[test]
fn the_share_of_the_server_says_whether_it_was_the_bottleneck() {
    let steps = vec![Step::http(50.0, 10_000)];
    let rows = [("sequential", 4100.0, 1, 0.03), ("async", 56.0, 80, 0.6)];
    let mut built = Synthetic::new(workload_of(80, steps), &["sequential", "async"]).rounds(7, 0.001, &rows);
    let server = |share: f64| {
        move |measured: &mut crate::trial::Measured| {
            let cpu_nanos = Some((measured.wall_nanos as f64 * share) as u64);
            measured.server = Some(ServerUse { cpu_nanos, requests: 80, most_connections: 80 });
        }
    };
    built.adjust("sequential", server(0.01));
    built.adjust("async", server(0.12));
    let reported = verdict(&built);
    assert_eq!(reported.headline, "Async is 73 times as fast as Sequential, because waits overlap");
    assert!(
        reported.cause.starts_with("Tasks in flight at once: 80 (all) under Async, 1 under Sequential."),
        "{}",
        reported.cause
    );
    assert!(
        reported
            .cause
            .ends_with("The server used at most 12 % of its one core, so its computing was not the bottleneck."),
        "{}",
        reported.cause
    );
    built.adjust("async", server(0.93));
    let cause = verdict(&built).cause;
    assert!(
        cause.ends_with("The server used 93 % of its one core under Async: it may be the bottleneck there."),
        "{cause}"
    );
    built.adjust("async", server(0.65));
    assert!(verdict(&built).cause.ends_with("The server used at most 65 % of its one core."));
}

#[test]
fn memory_is_told_in_bytes_per_second() {
    let run = |threads_ms: f64| {
        let rows = [("sequential", 268.435_456, 1, 1.0), ("threads", threads_ms, 16, 1.96)];
        let steps = vec![Step::memory(128)];
        verdict(&Synthetic::new(workload_of(16, steps), &["sequential", "threads"]).rounds(7, 0.001, &rows))
    };
    let level = run(268.0);
    assert_eq!(level.headline, "No model reads memory clearly faster than the others: all 8.0 GB/s");
    assert!(level.cause.contains("Read from memory: Threads 8.0 GB/s, Sequential 8.0 GB/s."), "{}", level.cause);
    assert!(
        level.cause.ends_with(
            "Threads kept 2.0 cores busy for 1.0 times the rate of Sequential: a core that waits for memory counts as busy."
        ),
        "{}",
        level.cause
    );
    let faster = run(140.0);
    assert_eq!(faster.headline, "More cores read more memory at once: 15 GB/s with Threads, 8.0 GB/s with Sequential");
    assert!(!faster.cause.contains("counts as busy"), "{}", faster.cause);
    let rows = [("sequential", 268.0, 1, 1.0), ("threads", 268.2, 16, 1.9), ("async", 300.0, 16, 1.0)];
    let models = ["sequential", "threads", "async"];
    let steps = vec![Step::memory(128)];
    let close = verdict(&Synthetic::new(workload_of(16, steps), &models).rounds(7, 0.001, &rows));
    assert_eq!(
        close.headline,
        "Sequential and Threads read memory about as fast: 8.0 GB/s with Sequential; slower: 7.2 GB/s with Async"
    );
    let slower = run(300.0);
    assert_eq!(
        slower.headline,
        "Nothing reads memory faster than Sequential: 8.0 GB/s with Sequential, 7.2 GB/s with Threads"
    );
}

#[test]
fn a_loop_that_stood_still_is_told_by_its_longest_standstill() {
    let work = Workload { ticker: true, workers: Some(1.into()), ..workload_alike(12, 25.0, 0.0) };
    let rows = [("async", 301.0, 1, 1.0), ("async-blocking", 302.0, 1, 1.0), ("threads", 152.0, 12, 1.9)];
    let models = ["async", "async-blocking", "threads"];
    let mut built = Synthetic::new(work, &models).rounds(7, 0.001, &rows);
    let late = |worst: u64| {
        move |spans: &mut crate::trial::Spans| spans.beats = [0, 0, worst].map(|late| Beat { due: 0, late }).to_vec()
    };
    built.adjust_spans("async", late(291_000_000));
    built.adjust_spans("async-blocking", late(1_400_000));
    built.adjust_spans("threads", late(4_100_000));
    let reported = verdict(&built);
    assert_eq!(
        reported.headline,
        "Under Async the loop stood still for 291 ms; under Async blocking pool it was at most 1.40 ms late"
    );
    assert_eq!(
        reported.cause,
        "Longest standstill of the 10 ms ticker, median of the trials: Async 291 ms, Threads 4.10 ms, Async blocking pool 1.40 ms. \
         A step computes for 25.0 ms on the loop without giving it back, and the next may follow at once."
    );
    built.adjust_spans("async", late(2_000_000));
    let calm = verdict(&built);
    assert_eq!(calm.headline, "The ticker was at most 4.10 ms late under every model");
    assert!(!calm.cause.contains("on the loop"), "{}", calm.cause);
    built.adjust_spans("threads", late(44_000_000));
    let threads = verdict(&built).headline;
    assert_eq!(
        threads,
        "Under Threads the ticker was kept waiting for up to 44.0 ms; under Async blocking pool the loop was at most 1.40 ms late"
    );
}

#[test]
fn files_tell_what_reached_the_storage() {
    let run = |sync, read: u64, kind: &str| {
        let rows = [("sequential", 450.0, 1, 0.4), ("threads", 150.0, 8, 0.9)];
        let steps = vec![Step::file(1_000_000, sync)];
        let mut built = Synthetic::new(workload_of(64, steps), &["sequential", "threads"]).rounds(7, 0.001, &rows);
        for model in ["sequential", "threads"] {
            built.adjust(model, |measured| {
                measured.usage.storage_read_bytes = Some(read);
                measured.usage.storage_written_bytes = Some(64_000_000);
                measured.file_system = Some(kind.to_owned());
            });
        }
        verdict(&built)
    };
    let cached = run(true, 0, "ext4");
    assert_eq!(cached.headline, "Threads are 3.0 times as fast as Sequential");
    assert!(
        cached.cause.starts_with("Tasks in flight at once, of 64: 8 under Threads, 1 under Sequential"),
        "{}",
        cached.cause
    );
    assert_eq!(cached.remarks, ["All reads came from the page cache: nothing was read from storage."]);
    let nearly = run(false, 40_000, "ext4").remarks;
    assert_eq!(
        nearly,
        [
            "Nothing waits for storage: without fsync, writes end in the page cache, which is in memory.",
            "Practically all reads came from the page cache: at most 40 kB of 64 MB were read from storage."
        ]
    );
    assert!(
        run(true, 30_000_000, "ext4").remarks[0].starts_with("Not all reads came from the page cache: up to 30 MB")
    );
    assert!(run(true, 0, "tmpfs").remarks.is_empty(), "the caveat reports it");
}

/// A time-out in which these tasks hold and want locks: `(task, holds, waits for)`.
fn locked(holders: &[(u32, HeldLock, Option<HeldLock>)], others: u32) -> Failure {
    let holder = |(task, holds, waits_for): &_| LockHolder {
        task: *task,
        step: 0,
        holds: *holds,
        waits_for: *waits_for,
        held_since: None,
        waiting_since: None,
    };
    let graph = LockGraph { holders: holders.iter().map(holder).collect(), others };
    Failure::TimedOut { after_seconds: 2.0, state: TrialState::Locked(graph) }
}

#[test]
fn a_deadlock_names_who_got_through_and_who_did_not() {
    let step = Step::TwoLocks { ms: 20.0, order: LockOrder::Opposite };
    let models = ["sequential", "threads", "thread-pool", "async", "process-pool"];
    let mut built = Synthetic::new(workload_of(4, vec![step]), &models);
    built.results.experiment = {
        let mut experiment = (*built.results.experiment).clone();
        experiment.trials.timeout_seconds = 2.0;
        std::sync::Arc::new(experiment)
    };
    let circle = [(0, HeldLock::A, Some(HeldLock::B)), (1, HeldLock::B, Some(HeldLock::A))];
    for model in &models[1..] {
        built.failed_with(model, 1, Status::Failed, locked(&circle, 2));
    }
    assert_eq!(
        verdict(&built).headline,
        "Threads, Thread pool, Async and Process pool deadlocked: tasks waited for each other for ever"
    );
    built.trial("sequential", 1, 80.4, 1, 0.0);
    built.results.outcome = Some(Outcome::Done);
    let reported = verdict(&built);
    assert_eq!(reported.headline, "Sequential finished; Threads, Thread pool, Async and Process pool deadlocked");
    assert_eq!(
        reported.cause,
        "Task 0 holds lock A and waits for lock B; task 1 holds lock B and waits for lock A: \
         neither can ever go on, and 2 more tasks wait. The time-out of 2.00 s ended each such trial."
    );
    assert_eq!(reported.uncertainty, "", "the finding is the deadlock");
    assert!(
        reported.remarks.iter().all(|remark| !remark.contains("holds lock")),
        "reported once: {:?}",
        reported.remarks
    );
    built.trial("async", 2, 45.0, 4, 0.0);
    assert!(verdict(&built).cause.ends_with(" ended each such trial. Async deadlocked in 1 of 2 trials."));
}

#[test]
fn other_failures_are_no_deadlock() {
    let mut built = Synthetic::new(workload_alike(4, 0.0, 5.0), &["sequential", "threads"]);
    built.trial("sequential", 1, 20.0, 1, 0.0);
    built.failed("threads", 1, Status::Failed, "timed out after 2.00 s");
    assert_eq!(verdict(&built).headline, "Sequential took 20.0 ms for 4 tasks");
    built.failed_with("threads", 2, Status::Failed, locked(&[(0, HeldLock::A, None)], 3));
    assert_eq!(verdict(&built).headline, "Sequential took 20.0 ms for 4 tasks", "just slow");
}

#[test]
fn waiting_for_the_interpreter_is_told_as_far_as_it_is_sure() {
    let reported = |error_nanos: Option<u64>| {
        let models = ["py-sequential", "py-threads"];
        let rows = [("py-sequential", 40.0, 1, 1.0), ("py-threads", 40.0, 4, 1.0)];
        let mut built = Synthetic::new(workload_alike(4, 10.0, 0.0), &models).rounds(7, 0.0, &rows);
        built.adjust_spans("py-threads", |spans| spans.gil_waits = vec![30_000_000; 4]);
        built.adjust("py-threads", |measured| {
            let gil_wait_error_nanos = error_nanos;
            let (version, start_method) = ("3.11.7".to_owned(), None);
            measured.runtime = Some(Runtime {
                version,
                gil: true,
                start_method,
                gil_wait_error_nanos,
                external: None,
                gil_wait_asleep_nanos: None,
            });
        });
        analyse(&built.results).verdict.cause
    };
    let sure = reported(Some(20_000_000));
    // Of 4 times 40 ms, 120 less 20 ms.
    assert!(
        sure.contains("Under threading, tasks waited for the interpreter lock (GIL) for at least about 62 %"),
        "{sure}"
    );
    for unsure in [reported(Some(119_000_000)), reported(None)] {
        assert!(!unsure.contains("GIL"), "{unsure}");
    }
}

fn sharing(rows: &[(&str, f64, u32, f64)]) -> Synthetic {
    let objects = [SharedObject::Method, SharedObject::List];
    let steps = objects.map(|object| Step::Shared { object, count: 1_000 }).to_vec();
    let names: Vec<&str> = rows.iter().map(|(name, ..)| *name).collect();
    Synthetic::new(workload_of(8, steps), &names).rounds(3, 0.0, rows)
}

fn with_gil(built: &mut Synthetic, model: &str, gil: bool) {
    built.adjust(model, |measured| {
        measured.runtime = Some(Runtime {
            version: "3.14.1".to_owned(),
            gil,
            start_method: None,
            gil_wait_error_nanos: None,
            external: None,
            gil_wait_asleep_nanos: None,
        });
    });
}

#[test]
fn the_use_of_shared_objects_is_timed_beside_the_loop() {
    let mut built = sharing(&[("py-sequential", 8.0, 1, 1.0), ("py-thread-pool", 16.0, 2, 1.0)]);
    with_gil(&mut built, "py-thread-pool", false);
    let free = verdict(&built);
    // A task takes 1 ms in the loop and 4 ms in the pool, a quarter of it the first step.
    let times = "Time of one use under ThreadPoolExecutor (times as long as under Plain loop): bound method 1.00 µs \
                 (4.0 times), list 3.00 µs (4.0 times).";
    assert!(free.cause.contains(times), "{}", free.cause);
    assert!(!free.cause.contains("take turns"), "{}", free.cause);
    with_gil(&mut built, "py-thread-pool", true);
    let locked = verdict(&built);
    assert!(
        locked.cause.contains(
            "Tasks in flight take turns under the interpreter lock (GIL): by that alone a use takes up to 2 times as long \
             under ThreadPoolExecutor."
        ),
        "{}",
        locked.cause
    );
    let alone = verdict(&sharing(&[("py-thread-pool", 16.0, 2, 1.0)]));
    assert!(
        alone.cause.contains("Time of one use under ThreadPoolExecutor: bound method 1.00 µs, list"),
        "{}",
        alone.cause
    );
}
