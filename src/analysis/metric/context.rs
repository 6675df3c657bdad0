//! Inputs that a metric computes its value from: a model or a trial of a run.

use crate::analysis::{Analysis, Caveat, Summary};
use crate::results::Results;
use crate::trial::{Measured, Runtime, Trial, Usage};
use crate::workload::Step;

/// A model together with the run that it belongs to.
#[derive(Debug, Clone, Copy)]
pub struct ModelContext<'a> {
    /// The run.
    pub results: &'a Results,
    /// The model's statistics.
    pub summary: &'a Summary,
    /// Warnings about the run.
    pub run_caveats: &'a [Caveat],
}

impl<'a> ModelContext<'a> {
    /// Creates the context of one of the run's models.
    #[must_use]
    pub fn new(results: &'a Results, analysis: &'a Analysis, summary: &'a Summary) -> Self {
        Self { results, summary, run_caveats: &analysis.caveats }
    }

    /// Returns true if the workload has such a step.
    pub(super) fn has_step(&self, wanted: fn(&Step) -> bool) -> bool {
        has_step(self.results, wanted)
    }
}

/// A trial together with the run that it belongs to.
#[derive(Debug, Clone, Copy)]
pub struct TrialContext<'a> {
    /// The run.
    pub results: &'a Results,
    /// The trial.
    pub trial: &'a Trial,
}

impl<'a> TrialContext<'a> {
    /// Returns the measurement of a completed trial.
    pub(super) fn measured(&self) -> Option<&'a Measured> {
        self.trial.completed()
    }

    /// Divides a sum over the tasks of a completed trial by their number.
    pub(super) fn per_task(&self, sum: fn(&Measured) -> Option<u64>) -> Option<f64> {
        Some(sum(self.measured()?)? as f64 / f64::from(self.results.nominal.tasks.max(1)))
    }

    /// Returns CPU time, context switches and I/O of a completed trial.
    pub(super) fn usage(&self) -> Usage {
        self.measured().map(|measured| measured.usage).unwrap_or_default()
    }

    /// Returns the interpreter that ran the trial.
    pub(super) fn runtime(&self) -> Option<&'a Runtime> {
        self.measured().and_then(|measured| measured.runtime.as_ref())
    }

    /// Returns the bytes of I/O if the workload has file steps; without them, I/O is the runner's own.
    pub(super) fn of_files(&self, bytes: Option<u64>) -> Option<u64> {
        bytes.filter(|_| has_step(self.results, |step| matches!(step, Step::File { .. })))
    }
}

fn has_step(results: &Results, wanted: fn(&Step) -> bool) -> bool {
    results.experiment.workload.steps().iter().any(wanted)
}
