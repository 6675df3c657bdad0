//! What a figure supports: limits, and the conclusion from a figure and its interval.

use super::caveat::Caveat;
use super::check::{CheckId, Details, Measurement};
use crate::analysis::Finding;
use crate::session::Machine;

/// Conclusion from a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// The figure is within its limit.
    Supported,
    /// The claim holds with a limitation, or the figure is too uncertain.
    WithCaveat,
    /// The machine can't support the claim.
    NotSupported,
    /// A debug build: its figures say nothing about the lab.
    NotJudged,
}

impl Verdict {
    /// All, the best first.
    pub const ALL: [Self; 4] = [Self::Supported, Self::WithCaveat, Self::NotSupported, Self::NotJudged];

    /// Returns the name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::WithCaveat => "with-caveat",
            Self::NotSupported => "not-supported",
            Self::NotJudged => "not-judged",
        }
    }
}

/// Resolution that durations of 10 µs are exact to 1 % with, nanoseconds.
pub(super) const RESOLUTION_NANOS: f64 = 100.0;
/// One reading of the CPU's counter on hardware takes less, nanoseconds.
pub(super) const READING_NANOS: f64 = 12.0;
/// One reading of the system's clock without a system call takes less, nanoseconds.
pub(super) const SYSTEM_READING_NANOS: f64 = 100.0;
/// Time that the lab may add to a task beyond its floor: this, or a share of the floor, nanoseconds.
pub(super) const ABOVE_FLOOR_NANOS: f64 = 10.0;
/// Share of the floor that recording a task may cost beyond it.
pub(super) const ABOVE_FLOOR_SHARE: f64 = 0.05;
/// Share of a bare program's time for an empty task that a trial may add to it.
pub(super) const EMPTY_SHARE: f64 = 0.1;
/// Ratio of a trial and a bare program with tasks of 1 ms.
pub(super) const BUSY_RATIO: f64 = 1.02;
/// Start of a runner, nanoseconds.
pub(super) const START_NANOS: f64 = 50e6;
/// Error of the sampled CPU time, percent.
pub(super) const SAMPLING_PERCENT: f64 = 5.0;
/// Smallest difference that a comparison of one model with itself should be able to find, percent.
pub(super) const DETECTABLE_PERCENT: f64 = 5.0;
/// Multiple of a limit up to which a figure without an interval is a caveat only.
const FAR_BEYOND: f64 = 5.0;

/// Decides what a figure supports.
pub(super) fn judge(id: CheckId, measurement: &Measurement, machine: &Machine) -> (Verdict, Vec<Caveat>) {
    if machine.debug_build {
        return (Verdict::NotJudged, Vec::new());
    }
    if let Details::Compared(finding) = measurement.details {
        return judge_comparison(finding, measurement);
    }
    let value = measurement.value;
    let Some(limit) = measurement.limit else { return (Verdict::Supported, Vec::new()) };
    if value <= limit {
        return match is_few(id, measurement) {
            true => (Verdict::WithCaveat, vec![Caveat::FewRepetitions { repetitions: measurement.repetitions }]),
            false => (Verdict::Supported, Vec::new()),
        };
    }
    let caveat = match (id, measurement.details) {
        (CheckId::ClockReading, Details::Clock(clock)) => {
            return (
                Verdict::WithCaveat,
                vec![Caveat::SlowReading {
                    nanos: value,
                    clock,
                    virtual_machine: machine.virtual_machine == Some(true),
                }],
            );
        }
        (CheckId::SystemClockReading, _) => {
            return (Verdict::WithCaveat, vec![Caveat::SlowSystemClock { nanos: value }]);
        }
        (CheckId::Window, _) => return (Verdict::WithCaveat, vec![Caveat::LabCpu { percent: value }]),
        (CheckId::ClockResolution, _) => Caveat::CoarseClock { nanos: value },
        (CheckId::Recording(_), _) => {
            Caveat::RecordingAboveFloor { nanos: value, floor: measurement.floor.unwrap_or_default() }
        }
        (CheckId::RunnerStart, _) => Caveat::SlowStart { nanos: value },
        (CheckId::Calibration(kernel), _) => Caveat::UnsteadyCalibration { kernel, percent: value },
        (CheckId::EmptyTasks(model), _) => Caveat::EmptyTasks { model, added_nanos: value },
        (CheckId::BusyTasks(model), _) => Caveat::BusyTasks { model, ratio: value },
        (CheckId::Sampling, _) => Caveat::CoarseSampling { percent: value },
        (CheckId::ClockReading | CheckId::SameModel, _) => return (Verdict::NotSupported, Vec::new()),
    };
    match measurement.ci95 {
        Some((low, _)) if low <= limit => (Verdict::WithCaveat, vec![Caveat::Uncertain]),
        Some(_) => (Verdict::NotSupported, vec![caveat]),
        None if has_interval(id) => {
            let few = Caveat::FewRepetitions { repetitions: measurement.repetitions };
            (Verdict::WithCaveat, vec![few])
        }
        None if value <= FAR_BEYOND * limit => (Verdict::WithCaveat, vec![caveat]),
        None => (Verdict::NotSupported, vec![caveat]),
    }
}

fn judge_comparison(finding: Finding, measurement: &Measurement) -> (Verdict, Vec<Caveat>) {
    match finding {
        Finding::NotDistinguishable { detectable_share } if detectable_share * 100.0 <= DETECTABLE_PERCENT => {
            (Verdict::Supported, Vec::new())
        }
        Finding::NotDistinguishable { detectable_share } => {
            (Verdict::WithCaveat, vec![Caveat::Insensitive { percent: detectable_share * 100.0 }])
        }
        Finding::Faster | Finding::Slower => {
            (Verdict::NotSupported, vec![Caveat::FalseAlarm { ratio: measurement.value }])
        }
        Finding::TooFew { .. } => {
            (Verdict::WithCaveat, vec![Caveat::FewRepetitions { repetitions: measurement.repetitions }])
        }
    }
}

/// Returns true for a check whose figure is a median of many repetitions.
const fn has_interval(id: CheckId) -> bool {
    matches!(
        id,
        CheckId::ClockReading
            | CheckId::SystemClockReading
            | CheckId::Recording(_)
            | CheckId::RunnerStart
            | CheckId::EmptyTasks(_)
            | CheckId::BusyTasks(_)
    )
}

/// Returns true if a check ended before it had enough repetitions for an interval.
const fn is_few(id: CheckId, measurement: &Measurement) -> bool {
    has_interval(id) && measurement.ci95.is_none()
}
