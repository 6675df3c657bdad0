//! The conclusion from a figure, its interval and its limit.

use super::caveat::Caveat;
use super::check::{Check, CheckId, Details, Measurement, Outcome};
use super::limits::DETECTABLE_PERCENT;
use super::verdict::Verdict;
use crate::analysis::Finding;
use crate::session::Machine;

/// Multiple of a limit up to which a figure without an interval is a caveat only.
const FAR_BEYOND: f64 = 5.0;

impl Check {
    /// Creates the check with the conclusion from its outcome.
    #[must_use]
    pub fn judged(id: CheckId, outcome: Outcome, machine: &Machine) -> Self {
        match &outcome {
            Outcome::Measured(measurement) => {
                let (verdict, caveats) = judge(id, measurement, machine);
                Self { id, outcome, verdict: Some(verdict), caveats }
            }
            Outcome::NotMeasured(_) | Outcome::Failed(_) => Self { id, outcome, verdict: None, caveats: Vec::new() },
        }
    }
}

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
        return match measurement.ci95 {
            Some((_, high)) if high > limit => (Verdict::WithCaveat, vec![Caveat::Uncertain]),
            None if has_interval(id) => (Verdict::WithCaveat, vec![few(measurement)]),
            _ => (Verdict::Supported, Vec::new()),
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
        None if has_interval(id) => (Verdict::WithCaveat, vec![few(measurement)]),
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
        Finding::TooFew { .. } => (Verdict::WithCaveat, vec![few(measurement)]),
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

/// Returns the caveat of a check that ended before it had enough repetitions for an interval.
const fn few(measurement: &Measurement) -> Caveat {
    Caveat::FewRepetitions { repetitions: measurement.repetitions }
}
