//! Fixed runs for the tests of the advice.

use super::{Advice, Part, advise};
use crate::analysis::analyse;
use crate::analysis::testing::{Synthetic, workload_alike, workload_of};
use crate::failure::{Failure, HeldLock, LockGraph, LockHolder, TrialState};
use crate::session::Outcome;
use crate::trial::{Counted, Runtime, Status};
use crate::workload::{Lock, LockOrder, Protection, SectionWork, Step, Workload};

/// Models with `(name, wall ms, tasks in flight, cores used)`.
pub(super) type Rows = [(&'static str, f64, u32, f64)];

pub(super) const WAITING: &Rows =
    &[("sequential", 4010.0, 1, 0.03), ("thread-pool", 806.0, 5, 0.12), ("async", 53.2, 80, 0.71)];
pub(super) const COMPUTING: &Rows =
    &[("sequential", 1000.0, 1, 1.0), ("rayon", 510.0, 2, 1.9), ("async", 1001.0, 1, 1.0)];
pub(super) const LOCKED: &Rows =
    &[("sequential", 100.4, 1, 1.0), ("threads", 103.0, 20, 1.0), ("thread-pool", 103.1, 2, 1.0)];
pub(super) const TINY: &Rows =
    &[("sequential", 5.0, 1, 1.0), ("thread-pool", 16.0, 2, 1.6), ("threads", 3500.0, 4, 1.2)];
pub(super) const COUNTING: &Rows =
    &[("sequential", 8.0, 1, 1.0), ("threads", 4.0, 8, 1.9), ("process-pool", 4.5, 2, 1.8)];
pub(super) const PYTHON: &Rows =
    &[("py-sequential", 400.0, 1, 1.0), ("py-threads", 410.0, 20, 1.02), ("py-process-pool", 236.0, 2, 1.9)];
pub(super) const STREAMING: &Rows =
    &[("sequential", 250.0, 1, 1.0), ("threads", 210.0, 16, 1.9), ("thread-pool", 211.0, 2, 1.9)];

/// A finished run of these rows.
pub(super) fn run(workload: Workload, rounds: i32, rows: &Rows) -> Synthetic {
    let names: Vec<&str> = rows.iter().map(|(name, ..)| *name).collect();
    let mut built = Synthetic::new(workload, &names).rounds(rounds, 0.004, rows);
    built.results.outcome = Some(Outcome::Done);
    built
}

pub(super) fn waiting() -> Synthetic {
    let workload = Workload { workers: Some(5.into()), ..workload_alike(80, 0.0, 50.0) };
    let mut built = run(workload, 15, WAITING);
    built.adjust("thread-pool", |measured| measured.workers = Some(5));
    built
}

pub(super) fn computing() -> Synthetic {
    run(workload_alike(20, 50.0, 0.0), 7, COMPUTING)
}

/// A run whose models took longer than their ideals.
pub(super) fn slow_computing() -> Synthetic {
    run(workload_alike(20, 50.0, 0.0), 7, &[("sequential", 1300.0, 1, 1.0), ("rayon", 800.0, 2, 1.9)])
}

pub(super) fn locked() -> Synthetic {
    run(workload_of(20, vec![Step::critical(5.0, Lock::Mutex, 1, SectionWork::Compute)]), 7, LOCKED)
}

pub(super) fn tiny() -> Synthetic {
    run(workload_alike(100_000, 0.0, 0.0), 7, TINY)
}

pub(super) fn streaming() -> Synthetic {
    run(workload_of(16, vec![Step::memory(128)]), 7, STREAMING)
}

pub(super) fn losing() -> Synthetic {
    let steps = vec![Step::Increment { count: 1_000_000, protection: Protection::None }];
    let mut built = run(workload_of(8, steps), 7, COUNTING);
    for (model, got) in [("sequential", 8_000_000), ("threads", 4_560_000), ("process-pool", 0)] {
        built.adjust(model, |measured| measured.counted = Some(Counted { expected: 8_000_000, got }));
    }
    built
}

pub(super) fn python() -> Synthetic {
    let mut built = run(workload_alike(20, 20.0, 0.0), 7, PYTHON);
    for (model, ..) in PYTHON {
        built.adjust(model, |measured| {
            measured.runtime = Some(Runtime {
                external: None,
                gil_wait_asleep_nanos: None,
                version: "3.13.5".to_owned(),
                gil: true,
                start_method: None,
                gil_wait_error_nanos: None,
            });
        });
    }
    built
}

/// Four tasks with two locks, of which all models but Sequential deadlock.
pub(super) fn deadlocked() -> Synthetic {
    let steps = vec![Step::TwoLocks { ms: 20.0, order: LockOrder::Opposite }];
    let mut built = run(workload_of(4, steps), 7, &[("sequential", 80.5, 1, 0.01)]);
    for model in ["threads", "async"] {
        let experiment = std::sync::Arc::make_mut(&mut built.results.experiment);
        experiment.models.push(model.parse().expect("known"));
        for round in 0..=7 {
            built.failed_with(model, round, Status::Failed, deadlock());
        }
    }
    built
}

fn deadlock() -> Failure {
    let holder = |(task, holds, waits): (u32, HeldLock, HeldLock)| LockHolder {
        task,
        step: 0,
        holds,
        waits_for: Some(waits),
        held_since: Some(1_000),
        waiting_since: Some(20_001_000),
    };
    let holders = [(0, HeldLock::A, HeldLock::B), (1, HeldLock::B, HeldLock::A)].map(holder).to_vec();
    let graph = LockGraph { holders, others: 2 };
    Failure::TimedOut { after_seconds: 2.0, state: TrialState::Locked(graph) }
}

pub(super) fn advice(built: &Synthetic) -> Advice {
    advise(&built.results, &analyse(&built.results), None)
}

/// All sentences of a role.
pub(super) fn sentences(built: &Synthetic, part: Part) -> Vec<String> {
    advice(built).lines().into_iter().filter(|line| line.part == part).map(|line| line.text).collect()
}

/// All sentences, each behind its role.
pub(super) fn text(built: &Synthetic) -> String {
    let lines = advice(built).lines();
    lines.iter().map(|line| format!("{:?}: {}\n", line.part, line.text)).collect()
}
