//! The sentences of the self-check, for terminal and window.

use super::caveat::Caveat;
use super::check::{Check, CheckId, Details, Measurement, NotMeasured, Outcome, Unit};
use super::report::Report;
use super::verdict::Verdict;
use crate::analysis::Finding;
use crate::clock::StampClock;
use crate::units;

impl CheckId {
    /// Returns the title of the check.
    #[must_use]
    pub fn title(self) -> String {
        match self {
            Self::ClockResolution => "Clock resolution".to_owned(),
            Self::ClockReading => "Reading the clock of the tasks".to_owned(),
            Self::SystemClockReading => "Reading the system's clock".to_owned(),
            Self::Calibration(kernel) => format!("Calibration of {}", kernel.name()),
            Self::Recording(stamps) => format!("Recording a task, {stamps} stamps"),
            Self::RunnerStart => "Start of a runner".to_owned(),
            Self::EmptyTasks(model) => format!("{}, empty tasks", model.info().title),
            Self::BusyTasks(model) => format!("{}, tasks of 1 ms", model.info().title),
            Self::SameModel => "One model against itself".to_owned(),
            Self::Sampling => "CPU sampling".to_owned(),
            Self::Window => "Window beside a trial".to_owned(),
        }
    }

    /// Returns what the figure is, and what its floor and limit are.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::ClockResolution => {
                "Smallest difference between two readings of the clock that tasks are stamped with"
            }
            Self::ClockReading => "Time of one reading of the clock that native tasks are stamped with",
            Self::SystemClockReading => {
                "Time of one reading of the system's monotonic clock, which tasks of Python are stamped with"
            }
            Self::Calibration(_) => {
                "Difference of the largest and the smallest of several calibrations without the cache, each the median of three processes"
            }
            Self::Recording(_) => {
                "Cost of all stamps and the record of a task in a runner; the floor is a bare program that only takes and stores the stamps"
            }
            Self::RunnerStart => "Time from the start of a runner to its hello",
            Self::EmptyTasks(model) if model.is_python() => {
                "Wall time of a trial minus that of a plain script for the model, per task; the floor is the cost of stamps and record that the trial itself states"
            }
            Self::EmptyTasks(_) => {
                "Wall time of a trial minus that of a bare program for the model, per task; the floor is the stamps alone"
            }
            Self::BusyTasks(_) => {
                "Wall time of a trial divided by that of a bare program for the model, which is the floor"
            }
            Self::SameModel => {
                "Ratio of two copies of Thread pool in one experiment, judged by the rule for differences between models"
            }
            Self::Sampling => "Difference between the CPU time sampled during a trial and what its processes report",
            Self::Window => "Share of the usable cores that the lab itself used while the clock of a trial ran",
        }
    }
}

impl Verdict {
    /// Returns the words of the table.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::WithCaveat => "with a caveat",
            Self::NotSupported => "not supported here",
            Self::NotJudged => "not judged",
        }
    }
}

impl NotMeasured {
    /// Returns the reason.
    #[must_use]
    pub fn reason(&self) -> String {
        match self {
            Self::Cancelled => "cancelled before it was measured".to_owned(),
            Self::NoWindow => "there is no window in the terminal".to_owned(),
            Self::NoCpuTime => "the system reports no CPU time to compare".to_owned(),
            Self::TooSlow => "the machine was too slow or too busy for one round within the time for it".to_owned(),
            Self::NoInterpreter(reason) => reason.to_string(),
            Self::Lacks(reason) => reason.clone(),
        }
    }
}

/// Formats a figure in its unit.
fn formatted(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Nanos => units::duration(value),
        Unit::NanosPerTask => format!("{} a task", units::duration(value)),
        Unit::AddedNanosPerTask => {
            let sign = if value < 0.0 { '−' } else { '+' };
            format!("{sign}{} a task", units::duration(value.abs()))
        }
        Unit::Ratio => format!("{value:.3}"),
        Unit::Percent => units::percent(value),
    }
}

/// Formats a bound of an interval: the unit without its noun.
fn bound(unit: Unit, value: f64) -> String {
    match unit {
        Unit::NanosPerTask => units::duration(value),
        Unit::AddedNanosPerTask if value < 0.0 => format!("−{}", units::duration(value.abs())),
        Unit::AddedNanosPerTask => units::duration(value),
        unit => formatted(unit, value),
    }
}

impl Measurement {
    /// Returns the figure with its unit.
    #[must_use]
    pub fn figure(&self) -> String {
        formatted(self.unit, self.value)
    }

    /// Returns the 95 % interval; empty if there is none.
    #[must_use]
    pub fn interval(&self) -> String {
        let both = |(low, high): (f64, f64)| format!("{} to {}", bound(self.unit, low), bound(self.unit, high));
        self.ci95.map(both).unwrap_or_default()
    }

    /// Returns the floor; empty if there is none.
    #[must_use]
    pub fn floor_text(&self) -> String {
        self.floor.map(|floor| bound(self.unit, floor)).unwrap_or_default()
    }

    /// Returns the limit; empty if there is none.
    #[must_use]
    pub fn limit_text(&self) -> String {
        self.limit.map(|limit| bound(self.unit, limit)).unwrap_or_default()
    }

    /// Returns what stands beside the figure: its interval, its floor, its limit and a remark.
    #[must_use]
    pub fn facts(&self) -> Vec<String> {
        let all = [
            ("95 % interval ", self.interval()),
            ("floor ", self.floor_text()),
            ("limit ", self.limit_text()),
            ("", self.remark()),
        ];
        let known = all.into_iter().filter(|(_, text)| !text.is_empty());
        known.map(|(name, text)| format!("{name}{text}")).collect()
    }

    /// Returns what else there is to say about the figure; empty if nothing.
    #[must_use]
    pub fn remark(&self) -> String {
        match self.details {
            Details::None => String::new(),
            Details::Clock(StampClock::CpuCounter) => "the CPU's counter".to_owned(),
            Details::Clock(StampClock::OsClock) => "the system's clock".to_owned(),
            Details::Tasks { tasks, lab_nanos, bare_nanos, .. } => format!(
                "{} tasks, {} each in a trial and {} in a bare program",
                units::count(u64::from(tasks)),
                units::duration(lab_nanos),
                units::duration(bare_nanos)
            ),
            Details::Compared(Finding::NotDistinguishable { detectable_share }) => format!(
                "no difference found; {} or more would have been found",
                units::percent(detectable_share * 100.0)
            ),
            Details::Compared(Finding::TooFew { .. }) => "too few rounds to compare".to_owned(),
            Details::Compared(Finding::Faster | Finding::Slower) => {
                "a difference was found that is none: a false alarm".to_owned()
            }
        }
    }
}

impl Check {
    /// Returns the conclusion, or why there is none.
    #[must_use]
    pub fn conclusion(&self) -> String {
        match (&self.outcome, self.verdict) {
            (_, Some(verdict)) => verdict.words().to_owned(),
            (Outcome::NotMeasured(reason), None) => format!("not measured: {}", reason.reason()),
            (Outcome::Failed(failure), None) => format!("failed: {failure}"),
            (Outcome::Measured(_), None) => Verdict::NotJudged.words().to_owned(),
        }
    }

    /// Returns the check as one sentence, without its caveats.
    #[must_use]
    pub fn sentence(&self) -> String {
        let Some(measured) = self.measurement() else { return format!("{}: {}", self.id.title(), self.conclusion()) };
        let parts = [vec![measured.figure()], measured.facts()].concat();
        format!("{}: {}. {}", self.id.title(), parts.join("; "), units::capitalised(&self.conclusion()))
    }
}

impl Report {
    /// Returns the answer in one sentence.
    #[must_use]
    pub fn headline(&self) -> String {
        let counts = self.counts();
        let judged = [
            (counts.supported, "supported"),
            (counts.with_caveat, "with a caveat"),
            (counts.not_supported, "not supported here"),
            (counts.not_judged, "not judged, since this is a debug build"),
            (counts.not_measured, "not measured"),
            (counts.failed, "failed"),
        ];
        let parts: Vec<String> =
            judged.iter().filter(|(count, _)| *count > 0).map(|(count, words)| format!("{count} {words}")).collect();
        let checks = units::plural(self.checks.len() as u64, "check");
        let cancelled = if self.is_cancelled() { "; cancelled" } else { "" };
        format!("{checks} in {}: {}{cancelled}", units::duration(self.seconds * 1e9), parts.join(", "))
    }

    /// Returns all caveats with their subjects, those of the machine first; equal ones once.
    #[must_use]
    pub fn caveats_with_subjects(&self) -> Vec<(Option<String>, &Caveat)> {
        let mut all: Vec<(Option<String>, &Caveat)> = self.caveats.iter().map(|caveat| (None, caveat)).collect();
        for check in &self.checks {
            for caveat in &check.caveats {
                let title = check.id.title();
                match all.iter_mut().find(|(subject, known)| subject.is_some() && *known == caveat) {
                    Some((Some(subject), _)) => *subject = format!("{subject}; {title}"),
                    _ => all.push((Some(title), caveat)),
                }
            }
        }
        all
    }
}
