//! Matches the contenders of two runs by id, at each common point, and compares their trials.

use super::facts::{ContenderChange, Unmatched, WhyUnmatched};
use super::pair::{Changed, Side};
use super::unpaired::UnpairedRatio;
use super::workload::common_points;
use crate::analysis::finding::{Evidence, Finding, is_disturbed};
use crate::analysis::statistics::median;
use crate::experiment::sweep::SweepPoint;
use crate::model::Contender;
use crate::results::{Results, RunResults};
use crate::trial::{Measured, Trial};

/// Contenders compared, and those that could not be.
pub(super) struct Matches {
    pub(super) rows: Vec<ContenderChange>,
    pub(super) unmatched: Vec<Unmatched>,
}

/// Compares every contender that both runs have, in the order of the newer one.
pub(super) fn matches(old: &RunResults, new: &RunResults) -> Matches {
    let mut all = Matches { rows: Vec::new(), unmatched: Vec::new() };
    for (before, after) in common_points(old, new) {
        for contender in &after.experiment.models {
            let Some(own) = counterpart(before, contender) else { continue };
            match compare(before, own, after, contender) {
                Ok(row) => all.rows.push(row),
                Err(why) => {
                    let (contender, point) = (contender.clone(), after.point.clone());
                    all.unmatched.extend(why.into_iter().map(|why| Unmatched {
                        contender: contender.clone(),
                        point: point.clone(),
                        why,
                    }));
                }
            }
        }
    }
    let only = |side, of: &RunResults, other: &RunResults| {
        let lacks = |one: &&Contender| counterpart(other.first(), one).is_none();
        let missing = of.experiment.models.iter().filter(lacks).cloned();
        let why = WhyUnmatched::OnlyIn(side);
        missing.map(|contender| Unmatched { contender, point: None, why: why.clone() }).collect::<Vec<_>>()
    };
    all.unmatched.extend(only(Side::Old, old, new));
    all.unmatched.extend(only(Side::New, new, old));
    all
}

/// Returns the contender of the same id: `py-threads` is the same on another interpreter, which is a difference of the
/// environment.
pub(super) fn counterpart<'a>(results: &'a Results, contender: &Contender) -> Option<&'a Contender> {
    let id = contender.to_string();
    results.experiment.models.iter().find(|other| other.to_string() == id)
}

/// Returns a figure of each completed measured trial, in the order of the rounds. Trials without the figure, or with a
/// figure that has no logarithm, have none.
pub(super) fn values(results: &Results, contender: &Contender, of: impl Fn(&Measured) -> Option<f64>) -> Vec<f64> {
    let positive = |value: &f64| value.is_finite() && *value > 0.0;
    let mut found: Vec<(i32, f64)> = results
        .measured(contender)
        .filter_map(|trial| Some((trial.round, of(trial.completed()?).filter(positive)?)))
        .collect();
    found.sort_by_key(|(round, _)| *round);
    found.into_iter().map(|(_, value)| value).collect()
}

/// Wall time of a trial.
pub(super) fn wall(measured: &Measured) -> Option<f64> {
    Some(measured.wall_nanos as f64)
}

fn compare(
    before: &Results,
    old: &Contender,
    after: &Results,
    new: &Contender,
) -> Result<ContenderChange, Vec<WhyUnmatched>> {
    let sides = [(Side::Old, before, old), (Side::New, after, new)];
    let mut why: Vec<WhyUnmatched> =
        sides.iter().filter_map(|(side, results, contender)| not_measured(*side, results, contender)).collect();
    let wrong = sides.iter().filter(|(_, results, contender)| is_wrong(results, contender)).map(|(side, ..)| *side);
    let wrong: Vec<Side> = wrong.collect();
    why.extend((!wrong.is_empty()).then_some(WhyUnmatched::WrongResult(wrong)));
    let (olds, news) = (values(before, old, wall), values(after, new, wall));
    let (Some(ratio), Some(old_median), Some(new_median)) =
        (UnpairedRatio::of(&olds, &news), median(&olds), median(&news))
    else {
        return Err(why);
    };
    if !why.is_empty() {
        return Err(why);
    }
    // A figure that the system reported for some trials only would be that of another set.
    let cost = |of: fn(&Measured) -> Option<f64>| {
        let (olds, news) = (values(before, old, of), values(after, new, of));
        if olds.len() != ratio.trials.0 as usize || news.len() != ratio.trials.1 as usize {
            return None;
        }
        let lead = least_lead(before, after, &olds, &news);
        UnpairedRatio::of(&olds, &news).filter(|ratio| ratio.is_clear(lead))
    };
    let failed = |results: &Results, contender: &Contender| {
        results.measured(contender).filter(|trial| trial.completed().is_none()).count() as u32
    };
    Ok(ContenderChange {
        contender: new.clone(),
        point: after.point.clone(),
        median_nanos: Changed { old: old_median, new: new_median },
        wall: ratio,
        finding: Finding::of(ratio.measured()),
        least_lead: least_lead(before, after, &olds, &news),
        cpu: cost(|measured| Some(measured.usage.cpu_nanos()? as f64)),
        memory: cost(|measured| Some(measured.model_memory_bytes()? as f64)),
        failed: Changed { old: failed(before, old), new: failed(after, new) },
    })
}

/// Returns the reason why a run has no time of a contender.
fn not_measured(side: Side, results: &Results, contender: &Contender) -> Option<WhyUnmatched> {
    if results.measured(contender).any(|trial| trial.completed().is_some()) {
        return None;
    }
    let own = results.trials.iter().filter(|trial| trial.contender == *contender);
    Some(WhyUnmatched::NoTrial(side, own.filter_map(Trial::reason).next_back()))
}

/// Returns true if a counter was wrong in a trial.
fn is_wrong(results: &Results, contender: &Contender) -> bool {
    let mut completed = results.measured(contender).filter_map(Trial::completed);
    completed.any(|measured| measured.counted.is_some_and(|counted| counted.lost() > 0))
}

/// Returns the lead that a difference needs without an interval: that of the more disturbed run.
fn least_lead(before: &Results, after: &Results, olds: &[f64], news: &[f64]) -> f64 {
    let logs = |values: &[f64]| values.iter().map(|value| value.ln()).collect::<Vec<f64>>();
    let fewest = olds.len().min(news.len()) as u32;
    let lead = |results: &Results| {
        Evidence::new(is_disturbed(results.trials.iter()), [logs(olds), logs(news)]).least_lead(fewest)
    };
    lead(before).max(lead(after))
}

/// Returns the name of a row: the contender, and the point of a sweep.
pub(super) fn row_name(contender: &Contender, point: Option<&SweepPoint>) -> String {
    let name = contender.title();
    point.map_or_else(|| name.clone(), |point| format!("{name} at {}", point.words()))
}
