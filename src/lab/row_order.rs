//! Order of the models: fixed during a run, sorted afterwards, the same in every view.

use super::Lab;
use super::run::Run;
use super::view::Sort;
use crate::analysis::metric::Better;
use crate::model::Contender;

/// Returns the models of a run that are shown, in the chosen order: during a presentation the last ones of it.
#[must_use]
pub fn rows(lab: &Lab, run: &Run) -> Vec<Contender> {
    let mut order = all(lab, run);
    if let Some(presented) = lab.presented() {
        order.drain(..order.len().saturating_sub(presented.shown));
    }
    order
}

/// Names the order of the rows: that of the list while a run is under way.
#[must_use]
pub fn title(lab: &Lab) -> String {
    if lab.run.as_ref().is_some_and(Run::is_running) { "of the list".to_owned() } else { lab.view.sort.title() }
}

/// Returns all models of a run in the chosen order.
#[must_use]
pub fn all(lab: &Lab, run: &Run) -> Vec<Contender> {
    if let (false, Sort::Fastest, Some(analysis)) = (run.is_running(), lab.view.sort, run.analysis()) {
        return analysis.fastest_first().into_iter().map(|summary| summary.contender.clone()).collect();
    }
    let mut order: Vec<Contender> = run.results().experiment.models.clone();
    if let (false, Sort::By(metric)) = (run.is_running(), lab.view.sort) {
        let sign = if metric.better == Better::Higher { -1.0 } else { 1.0 };
        // What was not measured is last in any direction.
        let rank = |contender: &Contender| {
            let value = run.model(contender).and_then(|model| metric.number_of(&model));
            value.map_or(f64::INFINITY, |value| sign * value)
        };
        let mut ranked: Vec<(f64, Contender)> = order.into_iter().map(|one| (rank(&one), one)).collect();
        ranked.sort_by(|left, right| left.0.total_cmp(&right.0));
        order = ranked.into_iter().map(|(_, one)| one).collect();
    }
    order
}
