//! Every kind of step under every model that can do it, in real runner processes with real sockets, files, locks and
//! counters. Asserts properties, never milliseconds.

use crate::common::{experiment, run, wait};
use concurrency_lab::experiment::capabilities::unsupported;
use concurrency_lab::model::ModelId;
use concurrency_lab::results::Results;
use concurrency_lab::session::Outcome;
use concurrency_lab::trial::{Measured, Phase, Spans, Status, Trial};
use concurrency_lab::workload::{
    Awaiting, Kernel, Lock, LockAccess, LockOrder, MemoryAccess, Protection, SectionWork, SharedObject, Step, Workload,
};

fn able(workload: &Workload) -> Vec<ModelId> {
    let native = ModelId::all().filter(|model| !model.is_python());
    native.filter(|model| unsupported(*model, workload).is_none()).collect()
}

/// Runs the steps under every model that can do them.
fn run_all(tasks: u32, steps: Vec<Step>) -> Results {
    let mut experiment = experiment(tasks, steps, &[ModelId::Sequential]);
    let models = able(&experiment.workload);
    experiment.models = models.into_iter().map(concurrency_lab::model::Contender::of).collect();
    let results = run(experiment);
    assert_eq!(results.outcome, Some(Outcome::Done));
    let checksums: Vec<u64> = results.trials.iter().map(|trial| measured(trial).checksum).collect();
    assert!(checksums.iter().all(|sum| *sum == checksums[0]), "{checksums:x?}");
    results
}

fn measured(trial: &Trial) -> &Measured {
    trial.completed().unwrap_or_else(|| panic!("{}: {:?}", trial.contender, trial.failure))
}

fn trial(results: &Results, model: ModelId) -> &Measured {
    measured(results.trials.iter().find(|trial| trial.contender.model == model).expect("it ran"))
}

fn spans(measured: &Measured) -> std::sync::Arc<Spans> {
    measured.spans.load().expect("in memory")
}

fn critical(ms: f64, lock: Lock, permits: u32, holds: SectionWork) -> Step {
    Step::critical(ms, lock, permits, holds)
}

/// Returns the start and end of each task's critical section, which is its last phase.
fn sections(measured: &Measured) -> Vec<(u64, u64)> {
    let spans = spans(measured);
    let inside = |task: usize| spans.phases(task).last().map(|(_, _, from, to)| (from, to)).expect("a phase");
    (0..spans.tasks.len()).map(inside).collect()
}

fn most_at_once(sections: &[(u64, u64)]) -> usize {
    let inside = |at: u64| sections.iter().filter(|(from, to)| *from <= at && at < *to).count();
    sections.iter().map(|(from, _)| inside(*from)).max().unwrap_or(0)
}

#[test]
fn downloads_are_real_requests_to_a_server_whose_work_is_counted_separately() {
    let results = run_all(12, vec![Step::http(20.0, 3000)]);
    assert_eq!(results.trials.len(), 9);
    for trial in &results.trials {
        let (name, measured) = (trial.contender.to_string(), measured(trial));
        let server = measured.server.expect("a server answered");
        assert_eq!(server.requests, 12, "{name}");
        assert!(server.cpu_nanos.is_some_and(|nanos| nanos < measured.wall_nanos), "{name}: {server:?}");
        let spans = spans(measured);
        assert!((0..12).all(|task| spans.nanos_in(task, Phase::Http) >= 20_000_000), "{name}: no task is faster");
        let most = match trial.contender.model {
            ModelId::Sequential => 1..=1,
            ModelId::ThreadPool | ModelId::Rayon | ModelId::AsyncBlocking | ModelId::ProcessPool => 2..=2,
            // As many as there are requests at the same time; each process has its own connection.
            _ => 2..=12,
        };
        assert!(most.contains(&server.most_connections), "{name}: {server:?}: connections are reused");
    }
}

#[test]
fn bodies_of_any_length_arrive_complete() {
    for bytes in [0, 1, 5_000_000] {
        let results = run_all(2, vec![Step::http(0.0, bytes)]);
        assert!(results.trials.iter().all(|trial| trial.status == Status::Completed));
    }
}

#[test]
fn files_are_written_read_back_and_removed() {
    let step = Step::file(300_000, true);
    let results = run_all(6, vec![step, wait(1.0), Step::file(0, false)]);
    for trial in &results.trials {
        let measured = measured(trial);
        let spans = spans(measured);
        assert!((0..6).all(|task| spans.nanos_in(task, Phase::File) > 0), "{}", trial.contender);
        if cfg!(target_os = "linux") {
            let file_system = measured.file_system.as_deref().expect("Linux reports it");
            assert!(!file_system.is_empty());
            let written = measured.usage.storage_written_bytes.expect("Linux counts");
            let in_memory = matches!(file_system, "tmpfs" | "ramfs");
            assert!(in_memory || written >= 6 * 300_000, "{}: {written} bytes on {file_system}", trial.contender);
        }
    }
}

#[test]
fn a_new_connection_for_each_request_is_one_connection_at_a_time() {
    let results = run_all(6, vec![Step::Http { latency_ms: 1.0, bytes: 100, keep_alive: false }]);
    let kept = run_all(6, vec![Step::http(1.0, 100)]);
    for (trial, kept) in results.trials.iter().zip(&kept.trials) {
        assert_eq!(measured(trial).server.map(|server| server.requests), Some(6), "{}", trial.contender);
        assert_eq!(measured(trial).checksum, measured(kept).checksum, "{}: the same bodies", trial.contender);
    }
}

#[test]
fn files_that_exist_are_read_and_nothing_is_written_within_the_clock() {
    let read_only = Step::File { bytes: 300_000, sync: false, read_only: true };
    let results = run_all(6, vec![read_only]);
    let written = run_all(6, vec![Step::file(300_000, false)]);
    for (trial, written) in results.trials.iter().zip(&written.trials) {
        let measured_here = measured(trial);
        assert_eq!(measured_here.checksum, measured(written).checksum, "{}: the same content", trial.contender);
        let spans = spans(measured_here);
        assert!((0..6).all(|task| spans.nanos_in(task, Phase::File) > 0), "{}", trial.contender);
    }
}

#[test]
fn a_blocking_wait_stops_the_loop_and_nothing_else() {
    let step = Step::Wait { ms: 10.0, blocking: true };
    let mut blocking = experiment(6, vec![step], &[ModelId::Sequential]);
    blocking.workload.ticker = true;
    blocking.models = able(&blocking.workload).into_iter().map(concurrency_lab::model::Contender::of).collect();
    let results = run(blocking);
    for trial in &results.trials {
        let (name, measured) = (trial.contender.to_string(), measured(trial));
        let most = measured.span_summary.peak_in_flight;
        match trial.contender.model {
            ModelId::Sequential | ModelId::Async => {
                assert_eq!(most, 1, "{name}");
                assert!(measured.wall_nanos >= 60_000_000, "{name}: {}", measured.wall_nanos);
            }
            ModelId::Threads | ModelId::Processes => assert!(most > 1, "{name}: {most}"),
            _ => assert!(most <= 2, "{name}: {most}"),
        }
    }
    let worst = |model| trial(&results, model).span_summary.lateness.expect("it beat").worst;
    assert!(worst(ModelId::Async) >= 30_000_000, "the loop stood still: {}", worst(ModelId::Async));
}

#[test]
fn event_loops_that_await_in_turn_have_one_task_under_way() {
    let mut in_turn = experiment(6, vec![wait(5.0)], &[ModelId::Sequential]);
    in_turn.workload.awaits = Awaiting::InTurn;
    in_turn.models = able(&in_turn.workload).into_iter().map(concurrency_lab::model::Contender::of).collect();
    for trial in &run(in_turn).trials {
        let (name, measured) = (trial.contender.to_string(), measured(trial));
        let most = measured.span_summary.peak_in_flight;
        match trial.contender.model.has_event_loop() {
            true => assert!(most == 1 && measured.wall_nanos >= 30_000_000, "{name}: {most}"),
            false if trial.contender.model == ModelId::Sequential => assert_eq!(most, 1),
            false => assert!(most > 1, "{name}: {most}"),
        }
    }
}

#[test]
fn memory_is_read_at_random_by_the_same_models() {
    let step = Step::Memory { mib: 4, access: MemoryAccess::Random };
    assert_eq!(run_all(4, vec![step]).trials.len(), 8, "all but one process per task");
}

#[test]
fn readers_are_inside_together_and_writers_alone() {
    for (access, most_inside) in [(LockAccess::Read, 3), (LockAccess::Write, 1)] {
        let (lock, permits, holds) = (Lock::Rwlock, 1, SectionWork::Wait);
        let section = Step::Critical { ms: 20.0, lock, permits, holds, access, locks: 1 };
        let mut experiment = experiment(6, vec![section], &[ModelId::Sequential]);
        experiment.workload.workers = Some(3.into());
        experiment.models = able(&experiment.workload).into_iter().map(concurrency_lab::model::Contender::of).collect();
        assert_eq!(experiment.models.len(), 9);
        for trial in &run(experiment).trials {
            let (name, inside) = (trial.contender.to_string(), most_at_once(&sections(measured(trial))));
            match trial.contender.model {
                ModelId::Sequential => assert_eq!(inside, 1),
                _ if access == LockAccess::Write => assert_eq!(inside, most_inside, "{name}"),
                _ => assert!(inside > 1, "{name}: {inside}"),
            }
        }
    }
}

#[test]
fn tasks_of_different_locks_are_inside_together_and_those_of_one_lock_are_not() {
    for lock in [Lock::Mutex, Lock::Semaphore, Lock::Condvar, Lock::Rwlock] {
        let (permits, holds, access) = (1, SectionWork::Wait, LockAccess::Write);
        let section = Step::Critical { ms: 15.0, lock, permits, holds, access, locks: 2 };
        let mut experiment = experiment(6, vec![section], &[ModelId::Sequential]);
        experiment.workload.workers = Some(3.into());
        experiment.models = able(&experiment.workload).into_iter().map(concurrency_lab::model::Contender::of).collect();
        for trial in &run(experiment).trials {
            let (name, inside) = (trial.contender.to_string(), sections(measured(trial)));
            let of_lock = |first| inside.iter().skip(first).step_by(2).copied().collect::<Vec<_>>();
            assert!(most_at_once(&of_lock(0)) <= 1 && most_at_once(&of_lock(1)) <= 1, "{name}, {lock:?}: {inside:?}");
            if trial.contender.model != ModelId::Sequential {
                assert_eq!(most_at_once(&inside), 2, "{name}, {lock:?}: {inside:?}");
            }
        }
    }
}

#[test]
fn native_models_have_no_python_objects() {
    let step = Step::Shared { object: SharedObject::Dict, count: 10 };
    let results = run(experiment(2, vec![step], &[ModelId::Sequential, ModelId::Threads]));
    assert_eq!(results.trials.len(), 0);
    let analysis = concurrency_lab::analysis::analyse(&results);
    assert!(analysis.summaries[1].reason.as_deref().is_some_and(|reason| reason.contains("interpreter")));
}

#[test]
fn memory_is_streamed_by_every_model_that_shares_or_keeps_a_buffer() {
    let results = run_all(4, vec![Step::memory(8)]);
    assert_eq!(results.trials.len(), 8, "all but one process per task");
    let peak = trial(&results, ModelId::Sequential).peak_memory_bytes.expect("stated");
    assert!(peak > 64 << 20, "the buffer is larger than that: {peak}");
}

#[test]
fn no_more_tasks_are_inside_than_the_lock_has_permits() {
    for (lock, permits) in [(Lock::Mutex, 1), (Lock::Semaphore, 2), (Lock::Condvar, 1), (Lock::Condvar, 2)] {
        for holds in SectionWork::ALL {
            let mut experiment = experiment(6, vec![critical(4.0, lock, permits, holds)], &[ModelId::Sequential]);
            experiment.workload.workers = Some(3.into());
            let models = able(&experiment.workload);
            // Not the two models of processes; on Windows they have no semaphore to share, either.
            let fewer = lock == Lock::Condvar || lock == Lock::Semaphore && cfg!(windows);
            assert_eq!(models.len(), if fewer { 7 } else { 9 });
            experiment.models = models.into_iter().map(concurrency_lab::model::Contender::of).collect();
            let results = run(experiment);
            for trial in &results.trials {
                let (name, measured) = (trial.contender.to_string(), measured(trial));
                let inside = sections(measured);
                let most = most_at_once(&inside);
                assert!(most <= permits as usize, "{name}, {lock:?}: {most} inside: {inside:?}");
                if holds == SectionWork::Wait {
                    // No model can be faster than this sum.
                    let floor = 6 * 4_000_000 / u64::from(permits);
                    assert!(measured.wall_nanos >= floor, "{name}, {lock:?}: {} ns", measured.wall_nanos);
                }
            }
            if holds == SectionWork::Wait {
                let waited = |model| trial(&results, model).span_summary.lock_wait_nanos.expect("a lock");
                // 5 of 6 tasks wait for at least one section if all start at once: on an event loop they always do,
                // threads may start late.
                let least = 4_000_000 * (6 - u64::from(permits)) / u64::from(permits);
                assert!(waited(ModelId::Async) >= least, "{lock:?}: {}", waited(ModelId::Async));
                assert!(waited(ModelId::Threads) > 0, "{lock:?}");
                assert!(waited(ModelId::Sequential) < least / 2, "no other task is in the section");
            }
        }
    }
}

#[test]
fn protected_counters_lose_nothing_and_separate_memory_shows_nothing() {
    for protection in Protection::ALL {
        let results = run_all(8, vec![Step::Increment { count: 50_000, protection }]);
        for trial in &results.trials {
            let (name, counted) = (trial.contender.to_string(), measured(trial).counted.expect("increments"));
            assert_eq!(counted.expected, 400_000);
            match trial.contender.model {
                ModelId::ProcessPool | ModelId::Processes => assert_eq!(counted.got, 0, "{name}: {protection:?}"),
                ModelId::Sequential | ModelId::Async => assert_eq!(counted.lost(), 0, "{name}: {protection:?}"),
                _ if !protection.is_safe() => assert!(counted.got <= 400_000 && counted.got >= 50_000 / 8),
                _ => assert_eq!(counted.lost(), 0, "{name}: {protection:?}"),
            }
        }
    }
}

#[test]
fn two_threads_without_protection_lose_updates() {
    if std::thread::available_parallelism().map_or(1, std::num::NonZero::get) < 2 {
        crate::common::skipped("on one CPU threads take turns, and may lose nothing");
        return;
    }
    let step = Step::Increment { count: 20_000_000, protection: Protection::None };
    let results = run(experiment(2, vec![step], &[ModelId::Threads, ModelId::ThreadPool, ModelId::AsyncMulti]));
    for trial in &results.trials {
        let counted = measured(trial).counted.expect("increments");
        assert!(counted.lost() > 0, "{}: {counted:?}", trial.contender);
    }
}

#[test]
fn a_compute_step_on_the_loop_delays_the_heartbeat_and_a_blocking_pool_does_not() {
    let steps = vec![Step::Compute { ms: 40.0, kernel: Kernel::Splitmix }];
    let models = [ModelId::Sequential, ModelId::Async, ModelId::AsyncBlocking, ModelId::ProcessPool];
    let mut experiment = experiment(4, steps, &models);
    experiment.workload.ticker = true;
    experiment.workload.workers = Some(1.into());
    let results = run(experiment);
    let worst = |model| trial(&results, model).span_summary.lateness.expect("it beat").worst;
    let spans_of_loop = spans(trial(&results, ModelId::Async));
    let longest = spans_of_loop.tasks.iter().map(|span| span.finished - span.started).max().expect("tasks");
    assert!(worst(ModelId::Async) + 11_000_000 >= longest, "{} of {longest}", worst(ModelId::Async));
    // Four steps in a row with nothing in between: about 150 ms.
    assert!(worst(ModelId::Async) > 2 * worst(ModelId::AsyncBlocking), "the pool leaves the loop free");
    for model in models {
        let measured = trial(&results, model);
        let spans = spans(measured);
        // Each beat follows the one before it at the next multiple of 10 ms, up to the end of the work.
        let mut last = 0;
        for beat in &spans.beats {
            assert_eq!(beat.due, (last / 10_000_000 + 1) * 10_000_000, "{}: {:?}", model.name(), spans.beats);
            last = beat.due + beat.late;
        }
        assert!(last + 11_000_000 >= measured.wall_nanos, "{}: {last} of {}", model.name(), measured.wall_nanos);
    }
}

#[test]
fn two_locks_in_opposite_order_deadlock_and_the_failure_names_the_holders() {
    let models = [ModelId::Sequential, ModelId::Threads, ModelId::ThreadPool, ModelId::Async, ModelId::ProcessPool];
    let step = Step::TwoLocks { ms: 100.0, order: LockOrder::Opposite };
    let mut opposite = experiment(2, vec![step], &models);
    opposite.trials.timeout_seconds = 1.5;
    let results = run(opposite);
    for trial in &results.trials {
        let name = trial.contender.to_string();
        if trial.contender.model == ModelId::Sequential {
            assert_eq!(trial.status, Status::Completed, "{:?}", trial.failure);
            continue;
        }
        assert_eq!(trial.status, Status::Failed, "{name}");
        let reason = trial.reason().expect("a stated reason");
        for part in ["timed out after 1.50 s", "task 0 holds lock A and waits for lock B", "task 1 holds lock B"] {
            assert!(reason.contains(part), "{name}: {reason}");
        }
        let bars: Vec<_> = trial.stuck().expect("the tasks' times").bars().collect();
        assert_eq!(bars.len(), 2, "{name}");
        for (holder, parts) in bars {
            let phases: Vec<Phase> = parts.iter().map(|part| part.phase).collect();
            assert_eq!(phases, [Phase::Wait, Phase::LockWait], "{name}: {holder:?}");
            let held = (parts[0].to - parts[0].from) / 1e6;
            assert!(
                (100.0..1_000.0).contains(&held),
                "{name}: a lock was held for {held} ms before the other was asked for"
            );
            assert!(parts[0].from < 1e9 && parts[1].to == 1.5e9, "{name}: {parts:?}");
        }
    }
    let same = run_all(4, vec![Step::TwoLocks { ms: 5.0, order: LockOrder::Same }]);
    assert_eq!(same.trials.len(), 9);
    for trial in &same.trials {
        assert!(measured(trial).wall_nanos >= 20_000_000, "{}: the first lock lets in one at a time", trial.contender);
    }
}

#[test]
fn steps_of_all_kinds_mix_in_one_task() {
    let steps = vec![
        Step::Compute { ms: 0.2, kernel: Kernel::Sha256 },
        Step::http(2.0, 100),
        Step::file(1000, false),
        critical(0.3, Lock::Mutex, 1, SectionWork::Compute),
        Step::Increment { count: 100, protection: Protection::Atomic },
        critical(0.3, Lock::Semaphore, 2, SectionWork::Wait),
        Step::TwoLocks { ms: 0.2, order: LockOrder::Same },
        wait(0.5),
    ];
    let results = run_all(5, steps);
    // Windows has no semaphore that the two models of processes could share.
    assert_eq!(results.trials.len(), if cfg!(unix) { 9 } else { 7 });
    for trial in &results.trials {
        let spans = spans(measured(trial));
        for task in 0..5 {
            let phases: Vec<_> = spans.phases(task).collect();
            for expected in [0, 1, 2, 3, 5, 6, 7] {
                assert!(phases.iter().any(|(step, ..)| *step == expected), "{}: {phases:?}", trial.contender);
            }
            let together: u64 = phases.iter().map(|(_, _, from, to)| to - from).sum();
            let span = spans.tasks[task];
            // All but the release of the locks.
            assert!(together <= span.finished - span.started, "{}: {phases:?}", trial.contender);
            assert!(phases.windows(2).all(|pair| pair[0].3 <= pair[1].2), "{}: {phases:?}", trial.contender);
        }
    }
}

#[test]
fn a_model_that_cannot_do_a_step_is_unavailable_with_the_reason() {
    let models = [ModelId::Threads, ModelId::Processes];
    let results = run(experiment(2, vec![Step::memory(1)], &models));
    assert_eq!(results.trials.len(), 1, "it is not tried");
    let analysis = concurrency_lab::analysis::analyse(&results);
    assert_eq!(analysis.summaries[1].status, Some(Status::Unavailable));
    assert!(analysis.summaries[1].reason.as_deref().is_some_and(|reason| reason.contains("buffer of its own")));
}
