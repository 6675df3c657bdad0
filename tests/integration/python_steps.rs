//! Kinds and keys of steps that only matter to Python, or that Python does in its own way, on a real CPython. Skipped
//! with a message without one.

use crate::common::{experiment, python, run_on};
use crate::python::{everywhere, measured, run_everywhere, trial};
use concurrency_lab::model::{Contender, ModelId};
use concurrency_lab::workload::{Awaiting, Lock, LockAccess, SectionWork, SharedObject, Step};

#[test]
fn every_thread_uses_the_shared_object_and_processes_are_refused() {
    let Some(interpreters) = python() else { return };
    for object in SharedObject::ALL {
        let all = everywhere(4, vec![Step::Shared { object, count: 2000 }], &interpreters);
        let mut models = all.models.clone();
        models.retain(|one| one.host.is_python());
        assert!(models.iter().all(|one| !one.model.separate_memory()), "{models:?}");
        let results = run_on(
            concurrency_lab::experiment::Experiment { reference: models[0].clone(), models, ..all },
            &interpreters,
        );
        assert!(results.trials.len() >= 5, "{object:?}: {} models", results.trials.len());
        let sums: Vec<u64> = results.trials.iter().map(|trial| measured(trial).checksum).collect();
        assert!(sums.iter().all(|sum| *sum == sums[0]), "{object:?}: {sums:x?}");
    }
}

#[test]
fn connections_that_are_not_kept_are_opened_for_each_request() {
    let Some(interpreters) = python() else { return };
    let step = Step::Http { latency_ms: 1.0, bytes: 5000, keep_alive: false };
    for one in &run_everywhere(6, vec![step], &interpreters).trials {
        assert_eq!(measured(one).server.map(|server| server.requests), Some(6), "{}", one.contender);
    }
}

#[test]
fn files_that_exist_are_read_by_every_model() {
    let Some(interpreters) = python() else { return };
    let file = |read_only| Step::File { bytes: 300_001, sync: false, read_only };
    let (read, written) = (file(true), file(false));
    let read = run_everywhere(4, vec![read], &interpreters);
    let written = run_everywhere(4, vec![written], &interpreters);
    assert_eq!(measured(&read.trials[0]).checksum, measured(&written.trials[0]).checksum);
}

#[test]
fn a_blocking_wait_stops_the_loop_and_its_ticker() {
    let Some(interpreters) = python() else { return };
    let mut blocking = everywhere(5, vec![Step::Wait { ms: 10.0, blocking: true }], &interpreters);
    blocking.workload.ticker = true;
    let results = run_on(blocking, &interpreters);
    for one in &results.trials {
        let most = measured(one).span_summary.peak_in_flight;
        match one.contender.model {
            ModelId::PyAsyncio | ModelId::PyTrio | ModelId::PyGevent => assert_eq!(most, 1, "{}", one.contender),
            ModelId::PyThreads => assert!(most > 1, "{}", one.contender),
            _ => {}
        }
    }
    let late = trial(&results, ModelId::PyAsyncio).span_summary.lateness.expect("it beat");
    assert!(late.worst >= 25_000_000, "{late:?}");
}

#[test]
fn event_loops_that_await_in_turn_have_one_task_under_way() {
    let Some(interpreters) = python() else { return };
    let mut in_turn = everywhere(6, vec![Step::wait(5.0)], &interpreters);
    in_turn.workload.awaits = Awaiting::InTurn;
    let results = run_on(in_turn, &interpreters);
    for one in results.trials.iter().filter(|one| one.contender.host.is_python()) {
        let most = measured(one).span_summary.peak_in_flight;
        match one.contender.model {
            ModelId::PyAsyncioMulti => assert_eq!(most, 2, "one on each loop"),
            model if model.has_event_loop() => assert_eq!(most, 1, "{}", one.contender),
            ModelId::PyThreads | ModelId::PyThreadPool => assert!(most > 1, "{}", one.contender),
            _ => {}
        }
    }
}

#[test]
fn tasks_of_one_of_several_locks_exclude_each_other() {
    let Some(interpreters) = python() else { return };
    for lock in [Lock::Mutex, Lock::Semaphore, Lock::Condvar] {
        let (permits, holds, access) = (1, SectionWork::Wait, LockAccess::Write);
        let step = Step::Critical { ms: 10.0, lock, permits, holds, access, locks: 2 };
        for one in &run_everywhere(6, vec![step], &interpreters).trials {
            let spans = measured(one).spans.load().expect("in memory");
            let inside = |task: usize| spans.phases(task).last().map(|(_, _, from, to)| (from, to)).expect("a section");
            for first in 0..2 {
                let mut sections: Vec<(u64, u64)> = (first..6).step_by(2).map(inside).collect();
                sections.sort_unstable();
                assert!(sections.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{lock:?}, {}", one.contender);
            }
        }
    }
}

#[test]
fn a_read_write_lock_is_refused_with_the_reason() {
    let Some(interpreters) = python() else { return };
    let (lock, permits, holds, access) = (Lock::Rwlock, 1, SectionWork::Wait, LockAccess::Read);
    let step = Step::Critical { ms: 1.0, lock, permits, holds, access, locks: 1 };
    let mut refused = experiment(2, vec![step], &[ModelId::Sequential, ModelId::PyThreads]);
    refused.reference = Contender::of(ModelId::Sequential);
    let results = run_on(refused, &interpreters);
    assert_eq!(results.trials.len(), 1);
    let analysis = concurrency_lab::analysis::analyse(&results);
    assert!(analysis.summaries[1].reason.as_deref().is_some_and(|reason| reason.contains("readers from writers")));
}
