//! Uneven work: one worker is busy long after all others have ended their last task.

use super::facts::TrialFacts;
use super::overlap::Overlap;
use crate::units;

/// Least share of the trial's work, from the first start to the last end, for which the worker is alone.
pub(super) const LEAST_ALONE: f64 = 0.2;
/// Least share of that time in which it runs a task.
pub(super) const LEAST_BUSY: f64 = 0.8;
/// Least length of that time, nanoseconds: below, the workers' own start and end decide.
pub(super) const LEAST_NANOS: u64 = 100_000;

/// Evidence of uneven work.
#[derive(Debug, Clone, PartialEq)]
pub struct UnevenWork {
    /// The worker that was busy.
    pub worker: u32,
    /// Number of workers that ran a task.
    pub workers: u32,
    /// Share of the time from the first start to the last end for which it was alone.
    pub alone: f64,
    /// End of the last task of all others, nanoseconds.
    pub from: u64,
    /// End of its own last task.
    pub to: u64,
}

impl UnevenWork {
    pub(super) fn sentence(&self) -> String {
        let others = match self.workers - 1 {
            1 => "the other one had ended its last task".to_owned(),
            many => format!("the {} others had ended their last tasks", units::count(u64::from(many))),
        };
        format!(
            "worker {} was busy for {} ({} of the time from the first start to the last end) after {others}",
            self.worker,
            units::duration((self.to - self.from) as f64),
            units::percent(self.alone * 100.0)
        )
    }
}

pub(super) fn find(facts: &TrialFacts<'_>) -> Option<UnevenWork> {
    let spans = facts.spans;
    // Repetitions go on until the clock stops.
    if spans.classes.repeats_any() {
        return None;
    }
    let mut ends: Vec<(u32, u64)> = spans.tasks.iter().map(|span| (span.worker, span.finished)).collect();
    ends.sort_unstable();
    let mut last_ends: Vec<(u64, u32)> = ends
        .chunk_by(|one, other| one.0 == other.0)
        .filter_map(|tasks| tasks.last().map(|(worker, end)| (*end, *worker)))
        .collect();
    last_ends.sort_unstable();
    let [.., (from, _), (to, worker)] = *last_ends else { return None };
    let begin = spans.tasks.iter().map(|span| span.started).min()?;
    let alone = (to - from) as f64 / (to - begin).max(1) as f64;
    if alone < LEAST_ALONE || to - from < LEAST_NANOS {
        return None;
    }
    let own = spans.tasks.iter().filter(|span| span.worker == worker);
    let busy = Overlap::of(own.map(|span| (span.started.max(from), span.finished.max(from)))).at_least(1).nanos;
    let workers = last_ends.len() as u32;
    (busy as f64 >= LEAST_BUSY * (to - from) as f64).then_some(UnevenWork { worker, workers, alone, from, to })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{facts, tasks};
    use super::*;
    use crate::trial::Spans;

    /// Three workers; the last one works until `end` µs, the others for 800 µs.
    fn until(end: u64) -> Spans {
        tasks([(0, 0, 800_000), (1, 0, 790_000), (2, 0, 500_000), (2, 500_000, end * 1_000)])
    }

    #[test]
    fn one_worker_that_goes_on_alone_is_uneven() {
        let one = find(&facts(&until(1_100))).expect("300 µs alone");
        assert_eq!((one.worker, one.workers, one.from, one.to), (2, 3, 800_000, 1_100_000));
        let expected = "worker 2 was busy for 300 µs (27 % of the time from the first start to the last end) after the 2 others had \
             ended their last tasks";
        assert_eq!(one.sentence(), expected);
    }

    #[test]
    fn a_short_tail_two_that_go_on_idling_and_tiny_trials_are_not() {
        assert_eq!(find(&facts(&until(990))), None, "19 %");
        assert!(find(&facts(&until(1_001))).is_some(), "20.1 %");
        let mut two = until(1_100);
        two.tasks[1].finished = 1_090_000;
        assert_eq!(find(&facts(&two)), None, "two go on");
        let mut idle = until(1_100);
        idle.tasks[3].started = 870_000;
        assert_eq!(find(&facts(&idle)), None, "idle for 70 of 300 µs");
        idle.tasks[3].started = 850_000;
        assert!(find(&facts(&idle)).is_some(), "idle for 50 of 300 µs");
        let tiny = tasks([(0, 0, 80_000), (1, 0, 179_000)]);
        assert_eq!(find(&facts(&tiny)), None, "99 µs");
        assert_eq!(find(&facts(&tasks([(0, 0, 900_000_000)]))), None, "one worker");
    }
}
