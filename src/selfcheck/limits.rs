//! Limits of the figures: within them a claim of the lab is supported.

/// Resolution that durations of 10 µs are exact to 1 % with, nanoseconds.
pub(super) const RESOLUTION_NANOS: f64 = 100.0;
/// One reading of the CPU's counter on hardware takes less, nanoseconds.
pub(super) const READING_NANOS: f64 = 15.0;
/// One reading of the system's clock without a system call takes less, nanoseconds.
pub(super) const SYSTEM_READING_NANOS: f64 = 100.0;
/// Time that the lab may add to a task beyond its floor: this, or a share of the floor, nanoseconds.
pub(super) const ABOVE_FLOOR_NANOS: f64 = 10.0;
/// Share of the floor that recording a task may cost beyond it.
pub(super) const ABOVE_FLOOR_SHARE: f64 = 0.05;
/// Share of the time of an empty task, in a bare program and with its floor, that a trial may add to it.
pub(super) const EMPTY_SHARE: f64 = 0.1;
/// Ratio of a trial and a bare program with tasks of 1 ms.
pub(super) const BUSY_RATIO: f64 = 1.02;
/// The same on an interpreter, whose processes differ by several percent from each other.
pub(super) const BUSY_PYTHON_RATIO: f64 = 1.05;
/// Start of a runner, nanoseconds.
pub(super) const START_NANOS: f64 = 50e6;
/// Error of the sampled CPU time, percent.
pub(super) const SAMPLING_PERCENT: f64 = 5.0;
/// Smallest difference that a comparison of one model with itself should be able to find, percent.
pub(super) const DETECTABLE_PERCENT: f64 = 5.0;
