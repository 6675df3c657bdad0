//! Lock convoy: nearly every section under a lock begins when that of another task ends, and several tasks wait all the
//! while. Each task then waits for the same tasks again and again, however short the sections are.

use super::facts::TrialFacts;
use crate::trial::is_exclusive;
use crate::units;

/// Fewest sections.
pub(super) const FEWEST_SECTIONS: u64 = 20;
/// Least share of the sections that begin when another task's ends.
pub(super) const LEAST_HANDED_OVER: f64 = 0.9;
/// Least number of tasks that wait while one is inside, on average.
pub(super) const LEAST_WAITING: f64 = 2.0;

/// Evidence of a lock convoy.
#[derive(Debug, Clone, PartialEq)]
pub struct Convoy {
    /// Number of sections.
    pub sections: u64,
    /// Share of them that began after a wait in which another task's section ended.
    pub handed_over: f64,
    /// Tasks that waited while one was inside, on average.
    pub waiting: f64,
    /// Start of the first such wait, nanoseconds.
    pub from: u64,
    /// End of the last.
    pub to: u64,
}

impl Convoy {
    pub(super) fn sentence(&self) -> String {
        format!(
            "{} of {} sections under a lock began only when another task's ended, and {} tasks waited meanwhile on average",
            units::percent(self.handed_over * 100.0),
            units::count(self.sections),
            units::significant(self.waiting, 2)
        )
    }
}

pub(super) fn find(facts: &TrialFacts<'_>) -> Option<Convoy> {
    let (spans, holders) = (facts.spans, facts.holders);
    let sections_of = |step: &crate::workload::PlanStep| step.inner_timestamps() > 0;
    // A lock that lets several tasks in has no single one that the others wait for.
    if holders.is_empty() || !spans.steps.iter().filter(|step| sections_of(step)).all(is_exclusive) {
        return None;
    }
    let (mut sections, mut held) = (0_u64, 0.0);
    let (mut handed_over, mut waited, mut from, mut to) = (0_u64, 0.0, u64::MAX, 0);
    for task in 0..spans.tasks.len() {
        for (acquired, ended) in holders.sections(spans, task) {
            sections += 1;
            held += (ended - acquired) as f64;
        }
        for wait in holders.handovers(spans, task) {
            handed_over += 1;
            waited += (wait.acquired - wait.asked) as f64;
            from = from.min(wait.asked);
            to = to.max(wait.acquired);
        }
    }
    let share = handed_over as f64 / sections.max(1) as f64;
    let waiting = waited / held.max(1.0);
    let named = sections >= FEWEST_SECTIONS && share >= LEAST_HANDED_OVER && waiting >= LEAST_WAITING;
    named.then_some(Convoy { sections, handed_over: share, waiting, from, to })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{facts, tasks};
    use super::*;
    use crate::trial::{LockHolders, Spans};
    use crate::workload::{Lock, PlanStep, SectionWork};

    /// Sections of 100 ns that follow each other; every task asks `early` ns before the one before it ends. The first
    /// `free` of them find the lock free.
    fn sections(count: u64, early: u64, free: u64) -> Spans {
        let begin = |task: u64| task * 100 + 1;
        let asked = |task: u64| if task < free { begin(task) } else { begin(task).saturating_sub(early) };
        let mut spans = tasks((0..count).map(|task| (task as u32, asked(task), begin(task) + 100)));
        spans.steps = vec![PlanStep::critical(Lock::Mutex, 1, SectionWork::Compute)];
        spans.inner_timestamps = (0..count).flat_map(|task| [begin(task), begin(task) + 99]).collect();
        spans
    }

    fn found(spans: &Spans) -> Option<Convoy> {
        let holders = LockHolders::of(spans);
        find(&TrialFacts { holders: &holders, ..facts(spans) })
    }

    #[test]
    fn a_queue_that_never_empties_is_a_convoy() {
        let convoy = found(&sections(200, 600, 3)).expect("six wait");
        assert_eq!((convoy.sections, convoy.from), (200, 0));
        let sentence = convoy.sentence();
        let start = "98 % of 200 sections under a lock began only when another task's ended, and 5.9";
        assert!(sentence.starts_with(start), "{sentence}");
    }

    #[test]
    fn few_sections_short_queues_and_free_locks_are_none() {
        assert_eq!(found(&sections(19, 600, 1)), None, "19 sections");
        assert!(found(&sections(20, 600, 1)).is_some());
        assert_eq!(found(&sections(200, 190, 1)), None, "1.9 tasks wait");
        assert!(found(&sections(200, 210, 1)).is_some());
        assert_eq!(found(&sections(200, 600, 21)), None, "10.5 % find the lock free");
        assert_eq!(found(&Spans { steps: vec![PlanStep::Wait], ..sections(200, 600, 1) }), None);
        let permits = PlanStep::critical(Lock::Semaphore, 2, SectionWork::Compute);
        assert_eq!(found(&Spans { steps: vec![permits], ..sections(200, 600, 1) }), None, "two may be inside");
    }
}
