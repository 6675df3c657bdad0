//! Starved loop: an event loop stands still for a good part of the trial, so that what is due waits. Measured by the
//! ticker that runs on the loop beside the work.

use super::facts::TrialFacts;
use crate::units;

/// Lateness from which a beat counts, nanoseconds: two beats of 10 ms.
pub(super) const LATE_NANOS: u64 = 20_000_000;
/// Least share of the wall time that such late beats cover.
pub(super) const LEAST_SHARE: f64 = 0.1;

/// Evidence of a loop that stood still.
#[derive(Debug, Clone, PartialEq)]
pub struct StarvedLoop {
    /// Number of beats that came 20 ms late or more.
    pub late: u64,
    /// Share of the wall time in which such a beat was due.
    pub share: f64,
    /// Time at which the latest of them was due, nanoseconds.
    pub from: u64,
    /// Time at which it came.
    pub to: u64,
}

impl StarvedLoop {
    pub(super) fn sentence(&self) -> String {
        format!(
            "the loop stood still for {} of the trial in {} of 20 ms or more, the longest of them {}",
            units::percent(self.share * 100.0),
            units::plural(self.late, "pause"),
            units::duration((self.to - self.from) as f64)
        )
    }
}

pub(super) fn find(facts: &TrialFacts<'_>) -> Option<StarvedLoop> {
    if !facts.is_loop || facts.wall_nanos == 0 {
        return None;
    }
    let late = || facts.spans.beats.iter().filter(|beat| beat.late >= LATE_NANOS);
    // Beats that are missed while one is late are left out, so that no two of these times overlap.
    let nanos: f64 = late().map(|beat| beat.late as f64).sum();
    let share = (nanos / facts.wall_nanos as f64).min(1.0);
    let latest = late().max_by_key(|beat| beat.late)?;
    (share >= LEAST_SHARE).then_some(StarvedLoop {
        late: late().count() as u64,
        share,
        from: latest.due,
        to: latest.due + latest.late,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{facts, tasks};
    use super::*;
    use crate::trial::{Beat, Spans};

    fn found(beats: &[(u64, u64)], is_loop: bool) -> Option<StarvedLoop> {
        let ms = 1_000_000;
        let beats = beats.iter().map(|(due, late)| Beat { due: due * ms, late: late * ms }).collect();
        let spans = Spans { beats, ..tasks([(0, 0, 1_000 * ms)]) };
        find(&TrialFacts { is_loop, ..facts(&spans) })
    }

    #[test]
    fn a_loop_that_stands_still_for_long_is_starved() {
        let one = found(&[(10, 1), (100, 80), (500, 120)], true).expect("200 ms of a second");
        assert_eq!(
            one.sentence(),
            "the loop stood still for 20 % of the trial in 2 pauses of 20 ms or more, the longest of them 120 ms"
        );
        assert_eq!((one.from, one.to), (500_000_000, 620_000_000));
    }

    #[test]
    fn short_pauses_a_small_share_and_models_without_a_loop_are_not() {
        assert_eq!(found(&[(10, 19); 20], true), None, "19 ms are the system's");
        assert_eq!(found(&[(10, 99)], true), None, "9.9 %");
        assert!(found(&[(10, 100)], true).is_some());
        assert_eq!(found(&[(10, 500)], false), None);
        assert_eq!(found(&[], true), None);
    }
}
