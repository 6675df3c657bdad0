//! Bounds of what a file may claim. All of them lie beyond what a run can have: a value above is a forged or damaged
//! file, and sums of values below can't overflow.

use super::error::Problem;
pub(super) use crate::trial::bounds::{LONGEST_TEXT, MOST_BEATS, MOST_COUNT, MOST_LARGE, MOST_NANOS, MOST_SUM_NANOS};

/// Sum of all durations of a run, nanoseconds: 36 years.
pub(super) const MOST_NANOS_IN_ALL: u64 = 1 << 60;
/// Most CPUs.
pub(super) const MOST_CORES: u64 = 1 << 16;
/// Most trials of one run: all rounds of all models.
pub(super) const MOST_TRIALS: usize = 700_000;
/// Most CPU samples of a trial: five a second, for a day and more.
pub(super) const MOST_SAMPLES: usize = 1_000_000;
/// Most buckets of a histogram.
pub(super) const MOST_BUCKETS: usize = 200_000;
/// Most interpreters of any kind.
pub(super) const MOST_INTERPRETERS: usize = 10_000;
/// Bytes of the longest stored experiment: an explanation has up to 100,000 characters.
pub(super) const LONGEST_EXPERIMENT: usize = 4_000_000;
/// Bytes of the largest value in the database: a block of 65,536 tasks with all stamps that there can be.
pub(super) const LARGEST_VALUE: i32 = 64 << 20;
/// Bytes that are read into memory before anything is shown; spans are read later, trial by trial.
const BUDGET: usize = 2 << 30;

/// Memory that reading may still take.
pub(super) struct Budget(usize);

impl Default for Budget {
    fn default() -> Self {
        Self(BUDGET)
    }
}

impl Budget {
    /// Takes some of it.
    pub(super) const fn take(&mut self, bytes: usize) -> Result<(), Problem> {
        match self.0.checked_sub(bytes) {
            Some(left) => {
                self.0 = left;
                Ok(())
            }
            None => Err(Problem::TooMany("data")),
        }
    }
}
