//! Serialised: at most one task at a time makes progress, though there are several workers. Waiting for a lock is no
//! progress.

use super::facts::TrialFacts;
use super::overlap::Overlap;
use crate::trial::Phase;
use crate::units;

/// Largest share of the time with progress in which two tasks may make it.
pub(super) const MOST_SHARED: f64 = 0.01;
/// Fewest tasks for each worker: fewer may follow each other by chance.
pub(super) const FEWEST_TASKS_EACH: usize = 2;
/// Fewest tasks that are in flight together for most of the time, and then can't follow each other by chance.
pub(super) const FEWEST_TOGETHER: usize = 8;
/// Least share of the time in flight for which they are.
pub(super) const LEAST_TOGETHER: f64 = 0.5;

/// Evidence of serialised tasks.
#[derive(Debug, Clone, PartialEq)]
pub struct Serialised {
    /// Number of workers.
    pub workers: u32,
    /// Number of tasks.
    pub tasks: u64,
    /// Share of the time with progress in which two tasks or more made it.
    pub shared: f64,
    /// Start of the first progress, nanoseconds.
    pub from: u64,
    /// End of the last.
    pub to: u64,
}

impl Serialised {
    pub(super) fn sentence(&self) -> String {
        let workers = units::count(u64::from(self.workers));
        match self.shared {
            0.0 => format!("{workers} workers, but never did two tasks make progress at once"),
            share if share < 0.0005 => format!("{workers} workers, but two tasks hardly ever made progress at once"),
            share => {
                let share = units::percent(share * 100.0);
                format!("{workers} workers, but two tasks or more made progress at once for {share} of the time")
            }
        }
    }
}

pub(super) fn find(facts: &TrialFacts<'_>) -> Option<Serialised> {
    let (spans, workers) = (facts.spans, facts.worker_count());
    let together = || {
        let overlap = Overlap::of(spans.tasks.iter().map(|span| (span.started, span.finished)));
        overlap.at_least(2).nanos as f64 >= LEAST_TOGETHER * overlap.at_least(1).nanos as f64
    };
    // A worker of its own for each task has no second one.
    let enough = spans.tasks.len() >= FEWEST_TASKS_EACH * workers as usize
        || (facts.workers.is_none() && spans.tasks.len() >= FEWEST_TOGETHER && together());
    // When a task waited for the GIL is not known, so neither is when it made progress.
    if workers < 2 || !enough || !spans.gil_waits.is_empty() {
        return None;
    }
    let empty = spans.steps.is_empty() && spans.handovers.is_empty();
    let progress = |phase: Phase| !matches!(phase, Phase::LockWait | Phase::Transfer);
    let intervals = (0..spans.tasks.len()).flat_map(|task| {
        let whole = spans.tasks[task];
        let phases = spans.phases(task).filter(move |(_, phase, _, _)| progress(*phase));
        phases.map(|(_, _, from, to)| (from, to)).chain(empty.then_some((whole.started, whole.finished)))
    });
    let overlap = Overlap::of(intervals);
    let (one, two) = (overlap.at_least(1), overlap.at_least(2));
    let shared = two.nanos as f64 / one.nanos.max(1) as f64;
    (one.nanos > 0 && shared <= MOST_SHARED).then(|| Serialised {
        workers,
        tasks: spans.tasks.len() as u64,
        shared,
        from: spans.tasks.iter().map(|span| span.started).min().unwrap_or(0),
        to: spans.tasks.iter().map(|span| span.finished).max().unwrap_or(0),
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{facts, tasks};
    use super::*;
    use crate::workload::{Lock, PlanStep, SectionWork};

    /// Ten tasks of 1,000 ns in turn on two workers, each of which overlaps with the next for `overlap`.
    fn in_turn(overlap: u64) -> crate::trial::Spans {
        tasks((0..10_u32).map(|task| (task % 2, u64::from(task) * 1_000, u64::from(task + 1) * 1_000 + overlap)))
    }

    #[test]
    fn tasks_in_turn_on_two_workers_are_serialised() {
        let found = find(&facts(&in_turn(0))).expect("one at a time");
        assert_eq!((found.workers, found.tasks, found.from, found.to), (2, 10, 0, 10_000));
        assert_eq!(found.sentence(), "2 workers, but never did two tasks make progress at once");
        let found = find(&facts(&in_turn(10))).expect("0.9 % together");
        assert_eq!(found.sentence(), "2 workers, but two tasks or more made progress at once for 0.9 % of the time");
    }

    #[test]
    fn a_little_more_overlap_one_worker_few_tasks_or_an_unknown_gil_wait_are_not() {
        assert_eq!(find(&facts(&in_turn(12))), None, "1.1 % together");
        let alone = tasks((0..10_u32).map(|task| (0, u64::from(task) * 1_000, u64::from(task) * 1_000 + 900)));
        assert_eq!(find(&facts(&alone)), None);
        let few = tasks([(0, 0, 10), (1, 10, 20), (0, 20, 30)]);
        assert_eq!(find(&facts(&few)), None);
        let gil = crate::trial::Spans { gil_waits: vec![0; 10], ..in_turn(0) };
        assert_eq!(find(&facts(&gil)), None);
    }

    #[test]
    fn waiting_for_a_lock_is_no_progress() {
        let mut spans = tasks((0..8_u32).map(|task| (task, 0, u64::from(task + 1) * 100)));
        spans.steps = vec![PlanStep::critical(Lock::Mutex, 1, SectionWork::Compute)];
        spans.inner_timestamps = (0..8_u64).flat_map(|task| [task * 100 + 1, (task + 1) * 100]).collect();
        let with_pool = TrialFacts { workers: Some(4), ..facts(&spans) };
        assert!(find(&with_pool).is_some());
        let each_its_own = find(&facts(&spans)).expect("8 tasks in flight, one of which has the lock");
        assert_eq!((each_its_own.workers, each_its_own.tasks), (8, 8));
        let mut few = spans.clone();
        few.tasks.truncate(7);
        few.inner_timestamps.truncate(14);
        assert_eq!(find(&facts(&few)), None);
        spans.steps = vec![PlanStep::Wait];
        spans.inner_timestamps.clear();
        assert_eq!(find(&TrialFacts { workers: Some(4), ..facts(&spans) }), None, "they wait together");
    }
}
