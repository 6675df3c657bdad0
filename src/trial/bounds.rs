//! Bounds of what a trial can have. All of them lie beyond what one ever has: a value above is a mistake of whoever
//! reports it, or a forged file; and sums of two values below can't overflow.

/// Longest duration and latest moment of a trial, nanoseconds: 39 hours, where a trial ends after one day.
pub const MOST_NANOS: u64 = 1 << 47;
/// Longest sum of durations over all cores or tasks of a trial, nanoseconds: 146 years.
pub const MOST_SUM_NANOS: u64 = 1 << 62;
/// Largest count in one trial.
pub const MOST_COUNT: u64 = 1 << 43;
/// Most bytes of memory, and most increments.
pub const MOST_LARGE: u64 = 1 << 53;
/// Most heartbeats of a trial: ten milliseconds apart, for a day and more.
pub const MOST_BEATS: usize = 10_000_000;
/// Bytes of the longest text.
pub const LONGEST_TEXT: usize = 100_000;

/// Adds durations of tasks; `None` beyond [`MOST_SUM_NANOS`].
#[must_use]
pub fn sum_nanos(mut durations: impl Iterator<Item = u64>) -> Option<u64> {
    durations.try_fold(0_u64, |sum, nanos| sum.checked_add(nanos)).filter(|sum| *sum <= MOST_SUM_NANOS)
}
