//! Oversubscribed: for most of the time more tasks compute than there are CPUs, and together they take longer than the CPU
//! time that they got. What is missing is waiting for a core, which no task sees.

use super::facts::TrialFacts;
use super::overlap::Overlap;
use crate::units;

/// Least share of the computing time in which more tasks compute than there are CPUs.
pub(super) const LEAST_SHARE: f64 = 0.5;
/// Least length of the tasks' computing, as a multiple of the CPU time that was used.
pub(super) const LEAST_STRETCH: f64 = 1.25;

/// Evidence of oversubscription.
#[derive(Debug, Clone, PartialEq)]
pub struct Oversubscribed {
    /// Most tasks that computed at once.
    pub most: u32,
    /// CPUs that the model may use.
    pub cpus: u32,
    /// Share of the computing time in which more tasks computed than there are CPUs.
    pub share: f64,
    /// Length of the tasks' computing, as a multiple of the CPU time that was used.
    pub stretch: f64,
    /// Start of the longest such time, nanoseconds.
    pub from: u64,
    /// Its end.
    pub to: u64,
}

impl Oversubscribed {
    pub(super) fn sentence(&self) -> String {
        format!(
            "up to {} computing tasks on {}, more than CPUs for {} of the computing time: their steps took {} times as \
             long as the CPU time they used",
            units::count(u64::from(self.most)),
            units::plural(u64::from(self.cpus), "CPU"),
            units::percent(self.share * 100.0),
            units::ratio(self.stretch)
        )
    }
}

pub(super) fn find(facts: &TrialFacts<'_>) -> Option<Oversubscribed> {
    let (spans, cpus, cpu_nanos) = (facts.spans, facts.cpus?, facts.cpu_nanos?);
    // A thread that waits for the GIL waits for no core.
    if !spans.gil_waits.is_empty() || cpu_nanos == 0 {
        return None;
    }
    let computing = || (0..spans.tasks.len()).flat_map(|task| spans.busy_parts(task));
    let length: f64 = computing().map(|(from, to)| (to - from) as f64).sum();
    let stretch = length / cpu_nanos as f64;
    if stretch < LEAST_STRETCH {
        return None;
    }
    let overlap = Overlap::of(computing());
    let (any, more) = (overlap.at_least(1), overlap.at_least(cpus as usize + 1));
    let share = more.nanos as f64 / any.nanos.max(1) as f64;
    let (from, to) = (more.longest.start, more.longest.end);
    (share >= LEAST_SHARE).then_some(Oversubscribed { most: any.most, cpus, share, stretch, from, to })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{facts, tasks};
    use super::*;
    use crate::trial::Spans;

    /// Eight tasks: `together` of them at once for 1,000 ns, the others before that, two at a time for 500 ns each.
    fn waves(together: u32) -> Spans {
        let before = (0..8 - together).map(|task| (task, u64::from(task / 2) * 500, u64::from(task / 2) * 500 + 500));
        let at_once = (8 - together..8).map(|task| (task, 10_000, 11_000));
        tasks(before.chain(at_once))
    }

    fn found(spans: &Spans, cpu_nanos: u64) -> Option<Oversubscribed> {
        find(&TrialFacts { cpus: Some(2), cpu_nanos: Some(cpu_nanos), ..facts(spans) })
    }

    #[test]
    fn six_computing_tasks_on_two_cpus_are_too_many() {
        let spans = waves(6);
        let one = found(&spans, 3_000).expect("6 on 2");
        assert_eq!((one.most, one.from, one.to), (6, 10_000, 11_000));
        assert_eq!(
            one.sentence(),
            "up to 6 computing tasks on 2 CPUs, more than CPUs for 67 % of the computing time: their steps took 2.33 \
             times as long as the CPU time they used"
        );
    }

    #[test]
    fn a_short_crowd_a_match_of_tasks_and_cpus_and_unknown_figures_are_not() {
        // 4 of 8 at once for 1,000 ns after 1,000 ns with two: half of the time. With 3 of 8 it is two fifths.
        assert!(found(&waves(4), 3_000).is_some());
        assert_eq!(found(&waves(3), 2_000), None);
        assert_eq!(found(&waves(2), 1_000), None, "never more than CPUs");
        let six = waves(6);
        assert_eq!(found(&six, 5_700), None, "1.23 times the CPU time");
        assert!(found(&six, 5_600).is_some(), "1.25 times the CPU time");
        assert_eq!(find(&TrialFacts { cpus: Some(2), ..facts(&six) }), None, "the CPU time is not known");
        assert_eq!(find(&TrialFacts { cpu_nanos: Some(3_000), ..facts(&six) }), None, "the CPUs are not known");
        assert_eq!(found(&Spans { gil_waits: vec![1; 8], ..six }, 3_000), None, "they may wait for the GIL");
    }
}
