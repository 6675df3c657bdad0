//! Contenders whose times can be compared: those that may be advised, fastest first, and those with a fault.

use super::finding::{Exclusion, Fault};
use crate::analysis::compare;
use crate::analysis::ratio::comparable;
use crate::analysis::summary::Summary;
use crate::model::Contender;
use crate::results::Results;
use crate::trial::{Measured, Status};

/// Contenders whose times can be compared.
pub(super) struct Field<'a> {
    pub(super) results: &'a Results,
    /// All of them, in the experiment's order.
    pub(super) members: Vec<&'a Summary>,
    /// Those that completed every trial with a right result, fastest first.
    pub(super) eligible: Vec<&'a Summary>,
    /// Those with a fault.
    pub(super) faulty: Vec<(&'a Summary, Fault)>,
}

/// Returns a field for each set of comparable contenders that has any with a trial, the reference's first.
pub(super) fn fields<'a>(results: &'a Results, summaries: &'a [Summary]) -> Vec<Field<'a>> {
    let mut firsts: Vec<&Contender> = Vec::new();
    let reference = [&results.experiment.reference];
    for contender in reference.into_iter().chain(summaries.iter().map(|summary| &summary.contender)) {
        if !firsts.iter().any(|known| comparable(results, known, contender)) {
            firsts.push(contender);
        }
    }
    let of = |first: &&Contender| {
        let members: Vec<&Summary> =
            summaries.iter().filter(|summary| comparable(results, first, &summary.contender)).collect();
        let faulty: Vec<(&Summary, Fault)> =
            members.iter().filter_map(|summary| Some((*summary, fault(results, summary)?))).collect();
        let is_faulty = |one: &Summary| faulty.iter().any(|(other, _)| other.contender == one.contender);
        let mut eligible: Vec<&Summary> =
            members.iter().copied().filter(|summary| summary.wall.is_some() && !is_faulty(summary)).collect();
        eligible.sort_by(|a, b| median(a).total_cmp(&median(b)));
        Field { results, members, eligible, faulty }
    };
    firsts.iter().map(of).filter(|field| !(field.eligible.is_empty() && field.faulty.is_empty())).collect()
}

/// Returns the median wall time.
pub(super) fn median(summary: &Summary) -> f64 {
    summary.wall.map_or(f64::INFINITY, |wall| wall.median)
}

/// Returns the fault for which a contender is not advised; warm-ups count.
fn fault(results: &Results, summary: &Summary) -> Option<Fault> {
    let own = || results.trials.iter().filter(|trial| trial.contender == summary.contender);
    let of = own().filter(|trial| matches!(trial.status, Status::Completed | Status::Failed)).count() as u32;
    if summary.deadlocks > 0 {
        return Some(Fault::Deadlocked { trials: summary.deadlocks, of });
    }
    let failed = own().filter(|trial| trial.status == Status::Failed).count() as u32;
    if failed > 0 {
        return Some(Fault::Failed { trials: failed, of });
    }
    if summary.counts_apart() {
        return Some(Fault::CountsApart);
    }
    let lost = summary.lost_range.filter(|(_, most)| *most > 0.0)?;
    Some(Fault::LostUpdates { lost, expected: summary.expected_updates.unwrap_or(f64::NAN) })
}

impl<'a> Field<'a> {
    /// Returns the contenders with a fault, and whether they were clearly faster than the fastest right one.
    pub(super) fn exclusions(&self, fastest: Option<&Contender>) -> Vec<Exclusion> {
        let is_faster = |faulty: &Contender| {
            let comparison = fastest.and_then(|fastest| compare(self.results, fastest, faulty));
            comparison.is_some_and(|one| one.ratio.ci95.is_some() && one.is_clearly_slower())
        };
        let exclusion = |(summary, fault): &(&Summary, Fault)| Exclusion {
            contender: summary.contender.clone(),
            fault: fault.clone(),
            is_faster: is_faster(&summary.contender),
        };
        self.faulty.iter().map(exclusion).collect()
    }

    /// Returns the summary of a contender.
    pub(super) fn summary(&self, contender: &Contender) -> Option<&'a Summary> {
        self.members.iter().copied().find(|summary| summary.contender == *contender)
    }

    /// Returns the smallest and largest value of a figure over a contender's completed measured trials; `None` below
    /// six of them, and if one lacks it.
    pub(super) fn range(&self, contender: &Contender, figure: impl Fn(&Measured) -> Option<f64>) -> Option<(f64, f64)> {
        let trials = self.results.measured(contender).filter_map(|trial| trial.completed());
        let figures: Vec<f64> = trials.map(figure).collect::<Option<_>>()?;
        if figures.len() < crate::experiment::FEWEST_PAIRS {
            return None;
        }
        let ends = |(least, most): (f64, f64), figure: &f64| (least.min(*figure), most.max(*figure));
        Some(figures.iter().fold((f64::INFINITY, f64::NEG_INFINITY), ends))
    }
}
