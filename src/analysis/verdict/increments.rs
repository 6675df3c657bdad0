//! The increment steps of a workload, and what one increment took.

use super::ranking::Ranking;
use crate::analysis::caveats::oversubscription;
use crate::analysis::summary::Summary;
use crate::workload::{Protection, Step};

/// One increment step of the workload.
#[derive(Clone, Copy)]
pub(super) struct Increments {
    /// Its index among the steps.
    pub(super) step: usize,
    /// Increments of one task.
    pub(super) count: f64,
    pub(super) protection: Protection,
}

pub(super) fn steps(ranking: &Ranking<'_>) -> Vec<Increments> {
    let steps = ranking.results.experiment.workload.steps().iter().enumerate();
    steps
        .filter_map(|(place, step)| match step {
            Step::Increment { count, protection } => {
                Some(Increments { step: place, count: *count as f64, protection: *protection })
            }
            _ => None,
        })
        .collect()
}

/// Nanoseconds that one increment of a step took, from the step's mean time; `None` too where that includes
/// waiting for a core, because more threads compute than there are, or for the interpreter.
pub(super) fn nanos_each(ranking: &Ranking<'_>, summary: &Summary, increments: Increments) -> Option<f64> {
    let oversubscribed = oversubscription(ranking.results, summary).is_some();
    let take_turns = summary.gil_wait_nanos.is_some() && summary.peak_in_flight > Some(1);
    let nanos = summary.step_nanos.get(increments.step).filter(|_| !(oversubscribed || take_turns))?;
    Some(nanos / increments.count)
}
