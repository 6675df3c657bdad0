//! What a metric is taken from.

use crate::analysis::{Analysis, Caveat, Summary};
use crate::results::Results;
use crate::trial::{Measured, Runtime, Trial, Usage};
use crate::workload::Step;

/// A model of a run.
#[derive(Debug, Clone, Copy)]
pub struct ModelContext<'a> {
    /// The run.
    pub results: &'a Results,
    /// The model's statistics.
    pub summary: &'a Summary,
    /// About the run as a whole.
    pub run_caveats: &'a [Caveat],
}

impl<'a> ModelContext<'a> {
    /// Of one of the run's models.
    #[must_use]
    pub fn new(results: &'a Results, analysis: &'a Analysis, summary: &'a Summary) -> Self {
        Self { results, summary, run_caveats: &analysis.caveats }
    }

    /// True where the workload has such a step.
    pub(super) fn has_step(&self, wanted: fn(&Step) -> bool) -> bool {
        has_step(self.results, wanted)
    }
}

/// A trial of a run.
#[derive(Debug, Clone, Copy)]
pub struct TrialContext<'a> {
    /// The run.
    pub results: &'a Results,
    /// The trial.
    pub trial: &'a Trial,
}

impl<'a> TrialContext<'a> {
    /// The measurement of a completed trial.
    pub(super) fn measured(&self) -> Option<&'a Measured> {
        self.trial.completed()
    }

    /// CPU time, switches and I/O of a completed trial.
    pub(super) fn usage(&self) -> Usage {
        self.measured().map(|measured| measured.usage).unwrap_or_default()
    }

    /// The interpreter that ran it.
    pub(super) fn runtime(&self) -> Option<&'a Runtime> {
        self.measured().and_then(|measured| measured.runtime.as_ref())
    }

    /// Bytes of I/O, where the workload has files: whatever else the runner wrote is no finding about them.
    pub(super) fn of_files(&self, bytes: Option<u64>) -> Option<u64> {
        bytes.filter(|_| has_step(self.results, |step| matches!(step, Step::File { .. })))
    }
}

fn has_step(results: &Results, wanted: fn(&Step) -> bool) -> bool {
    results.experiment.workload.steps().iter().any(wanted)
}
