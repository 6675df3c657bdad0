//! Number of intervals that hold at a time: for how long more than some, and where for longest.

use std::ops::Range;

/// Starts and ends of intervals, each in order.
pub(super) struct Overlap {
    starts: Vec<u64>,
    ends: Vec<u64>,
}

/// Times at which at least some number of intervals held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held {
    /// Length of all such times, nanoseconds.
    pub(super) nanos: u64,
    /// The longest one of them without a pause.
    pub(super) longest: Range<u64>,
    /// Largest number at once.
    pub(super) most: u32,
}

impl Overlap {
    /// Takes intervals in any order; those of no length do not count.
    pub(super) fn of(intervals: impl Iterator<Item = (u64, u64)>) -> Self {
        let (mut starts, mut ends): (Vec<u64>, Vec<u64>) = intervals.filter(|(from, to)| to > from).unzip();
        starts.sort_unstable();
        ends.sort_unstable();
        Self { starts, ends }
    }

    /// Returns the times at which at least this many held.
    pub(super) fn at_least(&self, least: usize) -> Held {
        let mut held = Held { nanos: 0, longest: 0..0, most: 0 };
        let (mut begun, mut ended, mut since) = (0, 0, None);
        while ended < self.ends.len() {
            // An interval that ends when another begins makes room for it first.
            let starts = self.starts.get(begun).is_some_and(|start| *start < self.ends[ended]);
            let now = if starts { self.starts[begun] } else { self.ends[ended] };
            if starts {
                begun += 1;
            } else {
                ended += 1;
            }
            let holding = begun.saturating_sub(ended);
            held.most = held.most.max(holding as u32);
            // One that begins at the same moment goes on without a pause.
            let goes_on = self.starts.get(begun).is_some_and(|start| *start == now);
            match (since, holding >= least) {
                (None, true) => since = Some(now),
                (Some(from), false) if !goes_on => {
                    held.nanos += now - from;
                    if now - from > held.longest.end - held.longest.start {
                        held.longest = from..now;
                    }
                    since = None;
                }
                _ => {}
            }
        }
        held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_summed_and_the_longest_is_found() {
        let overlap = Overlap::of([(0, 10), (5, 20), (40, 100), (60, 100), (7, 7)].into_iter());
        assert_eq!(overlap.at_least(1), Held { nanos: 80, longest: 40..100, most: 2 });
        assert_eq!(overlap.at_least(2), Held { nanos: 45, longest: 60..100, most: 2 });
        assert_eq!(overlap.at_least(3).nanos, 0);
        assert_eq!(Overlap::of(std::iter::empty()).at_least(1).nanos, 0);
    }

    #[test]
    fn what_follows_without_a_pause_is_one_time_and_no_overlap() {
        let overlap = Overlap::of((0..10).map(|at| (at * 10, at * 10 + 10)));
        assert_eq!(overlap.at_least(1), Held { nanos: 100, longest: 0..100, most: 1 });
    }
}
