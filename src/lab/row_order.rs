//! Order of the models: fixed during a run, sorted afterwards, the same in every view.

use super::Lab;
use super::run::Run;
use super::view::Sort;
use crate::model::Contender;

/// Returns the models of a run in the chosen order.
#[must_use]
pub fn rows(lab: &Lab, run: &Run) -> Vec<Contender> {
    if let (false, Sort::Fastest, Some(analysis)) = (run.is_running(), lab.view.sort, run.analysis()) {
        return analysis.fastest_first().into_iter().map(|summary| summary.contender.clone()).collect();
    }
    let mut order: Vec<Contender> = run.results().experiment.models.clone();
    if !run.is_running() && lab.view.sort != Sort::Experiment {
        let key = |contender: &Contender| key(run, contender, lab.view.sort).unwrap_or(f64::INFINITY);
        order.sort_by(|left, right| key(left).total_cmp(&key(right)));
    }
    order
}

fn key(run: &Run, contender: &Contender, sort: Sort) -> Option<f64> {
    let summary = run.summary(contender)?;
    match sort {
        Sort::Experiment | Sort::Fastest => None,
        Sort::Times => summary.times_as_fast.map(|ratio| -ratio.median),
        Sort::Cores => summary.cpu_cores_used,
        Sort::Memory => summary.peak_memory_bytes,
        Sort::Switches => Some(summary.voluntary_switches? + summary.involuntary_switches?),
    }
}
