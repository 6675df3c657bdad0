//! Increment steps of a workload, and the time of one increment.

use super::ranking::Ranking;
use crate::analysis::caveats::oversubscription;
use crate::analysis::summary::Summary;
use crate::workload::{Protection, Step};

/// One increment step of the workload.
#[derive(Clone, Copy)]
pub(super) struct Increments {
    /// Index among the steps.
    pub(super) step: usize,
    /// Number of increments of one task.
    pub(super) count: f64,
    pub(super) protection: Protection,
}

pub(super) fn steps(ranking: &Ranking<'_>) -> Vec<Increments> {
    let steps = ranking.results.experiment.workload.steps().iter().enumerate();
    steps
        .filter_map(|(index, step)| match step {
            Step::Increment { count, protection } => {
                Some(Increments { step: index, count: *count as f64, protection: *protection })
            }
            _ => None,
        })
        .collect()
}

/// Returns the nanoseconds of one increment, from the step's mean time. `None` also if that includes waiting for a
/// core, because more threads compute than there are cores, or for the GIL.
pub(super) fn nanos_each(ranking: &Ranking<'_>, summary: &Summary, increments: Increments) -> Option<f64> {
    let oversubscribed = oversubscription(ranking.results, summary).is_some();
    let take_turns = summary.gil_wait_nanos.is_some() && summary.peak_in_flight > Some(1);
    let nanos = summary.step_nanos.get(increments.step).filter(|_| !(oversubscribed || take_turns))?;
    Some(nanos / increments.count)
}
