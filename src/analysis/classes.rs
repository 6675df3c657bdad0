//! Figures of each class of tasks under one model.

use super::statistics::median;
use crate::results::Results;
use crate::trial::{ClassSummary, Measured, Percentiles};
use crate::workload::{Amount, Class, Step, Work, Workload};

/// Figures of one class under one model, over all completed measured trials.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassFigures {
    /// Name of the class.
    pub name: String,
    /// True if its tasks repeat.
    pub repeat: bool,
    /// Number of its tasks that ended within the clock, median over the trials.
    pub tasks: f64,
    /// The same per second of wall time.
    pub throughput_per_s: Option<f64>,
    /// Percentiles of started − submitted over the recorded tasks of all trials.
    pub queue: Option<Percentiles>,
    /// Percentiles of finished − submitted over the recorded tasks of all trials.
    pub latency: Option<Percentiles>,
    /// Smallest and largest median latency of a trial.
    pub latency_range: Option<(f64, f64)>,
    /// Number of tasks in all trials that are not in the percentiles.
    pub dropped: u64,
}

impl ClassFigures {
    /// Returns true if no task of the class ended within the clock of any trial.
    #[must_use]
    pub const fn never_ended(&self) -> bool {
        self.latency.is_none() && self.dropped == 0
    }

    /// Computes the figures of all classes; empty without classes.
    pub(super) fn of(results: &Results, completed: &[&Measured]) -> Vec<Self> {
        let Some(classes) = results.experiment.workload.classes() else { return Vec::new() };
        if completed.is_empty() {
            return Vec::new();
        }
        classes.list.iter().enumerate().map(|(index, class)| Self::of_class(index, class, completed)).collect()
    }

    fn of_class(index: usize, class: &Class, completed: &[&Measured]) -> Self {
        let own =
            || completed.iter().filter_map(|measured| Some((*measured, measured.span_summary.classes.get(index)?)));
        let summaries = || own().map(|(_, summary)| summary);
        let done: Vec<f64> = summaries().map(|summary| summary.done as f64).collect();
        let rates: Vec<f64> = own()
            .filter(|(measured, _)| measured.wall_nanos > 0)
            .map(|(measured, summary)| summary.done as f64 * 1e9 / measured.wall_nanos as f64)
            .collect();
        let medians: Vec<f64> = summaries()
            .filter_map(|summary| ClassSummary::latency_percentiles(std::iter::once(summary)))
            .map(|percentiles| percentiles.p50)
            .collect();
        let ends = |ends: Option<(f64, f64)>, one: &f64| match ends {
            None => Some((*one, *one)),
            Some((least, most)) => Some((least.min(*one), most.max(*one))),
        };
        Self {
            name: class.name.clone(),
            repeat: class.repeat,
            tasks: median(&done).unwrap_or(0.0),
            throughput_per_s: median(&rates),
            queue: ClassSummary::queue_percentiles(summaries()),
            latency: ClassSummary::latency_percentiles(summaries()),
            latency_range: medians.iter().fold(None, ends),
            dropped: summaries().map(|summary| summary.done.saturating_sub(summary.recorded)).sum(),
        }
    }
}

/// Returns the nominal duration of one task of a class, nanoseconds: the sum of its steps. `None` if a step has no nominal
/// duration, and where hosts compute different times.
#[must_use]
pub fn own_nanos(workload: &Workload, class: usize) -> Option<f64> {
    let steps = workload.classes()?.steps_of(class);
    let computes = |step: &Step| matches!(step.amount(), Amount::Computing { ms, .. } if ms > 0.0);
    if steps.is_empty() || (workload.work == Work::SameAlgorithm && steps.iter().any(computes)) {
        return None;
    }
    steps.iter().map(Step::ms).sum::<Option<f64>>().map(|ms| ms * 1e6).filter(|nanos| *nanos > 0.0)
}
