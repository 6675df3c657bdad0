//! The comparison in words: finding, cause, uncertainty. No claim here goes beyond what the
//! intervals carry; what can't be told apart is said to be so.

mod cause;
mod disturbance;
mod headline;
mod locks;
mod overhead;
mod remarks;
mod sharing;
mod ticker;
mod timers;
mod traffic;
mod uncertainty;
mod updates;
mod words;

use super::comparison::{Comparison, comparable, compare};
use super::{Caveat, Summary, Verdict, summary};
use crate::model::Contender;
use crate::results::Results;
use crate::session::Outcome;
use crate::units;
use crate::workload::Step;
use words::name;

/// At most so many cores used on average is one core, with what the system does beside it.
const ONE_CORE: f64 = 1.3;

/// Tasks shorter than this on average are about handing over, not about what is in them.
const TINY_TASK_NANOS: f64 = 5_000.0;
/// A workload is about waiting, or about computing, where this share of it is.
const DOMINANT_SHARE: f64 = 0.9;

/// What a workload is about, from its nominal durations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Regime {
    /// Nearly all of it is waiting.
    Waiting,
    /// Nearly all of it is computing.
    Computing,
    /// Both count.
    Mixed,
    /// Tasks so short, or empty, that handing them over is what is measured.
    Overhead,
    /// Not known before, as with files: which part is waiting depends on the storage.
    Unstated,
}

impl Regime {
    fn of(results: &Results) -> Self {
        let nominal = &results.nominal;
        let all = nominal.compute_nanos + nominal.wait_nanos;
        let steps = results.experiment.workload.steps();
        let any = |kind: fn(&Step) -> bool| steps.iter().any(kind);
        if nominal.untimed {
            let waits = nominal.wait_nanos > 0.0 || any(|step| matches!(step, Step::Http { .. }));
            return match any(|step| matches!(step, Step::File { .. })) {
                false if !waits => Self::Computing,
                _ => Self::Unstated,
            };
        }
        // A server that answers at once is waited for all the same.
        if any(|step| matches!(step, Step::Http { .. })) && all <= 0.0 {
            return Self::Waiting;
        }
        // A wait, however short, is a matter of timers.
        if nominal.wait_nanos <= 0.0 && all / f64::from(nominal.tasks.max(1)) < TINY_TASK_NANOS {
            Self::Overhead
        } else if nominal.wait_nanos >= DOMINANT_SHARE * all {
            Self::Waiting
        } else if nominal.compute_nanos >= DOMINANT_SHARE * all {
            Self::Computing
        } else {
            Self::Mixed
        }
    }
}

/// The models that completed, fastest first, and who leads.
struct Ranking<'a> {
    results: &'a Results,
    regime: Regime,
    /// What the times are compared with, where any of them can be.
    reference: Option<&'a Contender>,
    /// By median wall time.
    order: Vec<&'a Summary>,
    /// The fastest with a right result, and all of those that can't be told apart from it; the fastest first. Where no
    /// result is right, the fastest alone.
    leaders: Vec<&'a Summary>,
    /// What the fastest is compared with, and how: the reference, or else the slowest.
    rival: Option<(&'a Summary, Comparison)>,
}

impl<'a> Ranking<'a> {
    /// `None` where none of the summaries has a completed measured trial.
    fn of(results: &'a Results, summaries: impl Iterator<Item = &'a Summary>) -> Option<Self> {
        let mut order: Vec<&Summary> = summaries.filter(|summary| summary.wall.is_some()).collect();
        order.sort_by(|a, b| median(a).total_cmp(&median(b)));
        // A wrong result is no result: who loses updates wins no race.
        let right: Vec<&Summary> = order.iter().copied().filter(|summary| !summary.result_is_wrong()).collect();
        let experiment_reference = &results.experiment.reference;
        let of_reference = right.iter().copied().find(|one| comparable(results, experiment_reference, &one.contender));
        let fastest = of_reference.or(right.first().copied()).or(order.first().copied())?;
        let reference = summary::reference_of(results, &fastest.contender);
        let against = |other: &'a Summary| Some((other, compare(results, &other.contender, &fastest.contender)?));
        let others = right.iter().copied().filter(|other| other.contender != fastest.contender);
        let others: Vec<(&Summary, Comparison)> = others.filter_map(against).collect();
        let (slower, level): (Vec<_>, Vec<_>) =
            others.into_iter().partition(|(_, comparison)| comparison.is_clearly_slower());
        let leaders: Vec<&Summary> = [fastest].into_iter().chain(level.iter().map(|(summary, _)| *summary)).collect();
        // The reference where it is behind; else the slowest that is; else whoever is level.
        let is_reference = |(summary, _): &&(&Summary, Comparison)| Some(&summary.contender) == reference;
        let rival =
            slower.iter().find(is_reference).or(slower.last()).or(level.iter().find(is_reference)).or(level.last());
        let rival = rival.cloned();
        Some(Self { results, regime: Regime::of(results), reference, order, leaders, rival })
    }

    /// One ranking for each set of hosts whose times can be compared, the reference's first. One in all where every
    /// time can be compared with every other.
    fn by_host(results: &'a Results, summaries: &'a [Summary]) -> Vec<Self> {
        let mut first_of_host: Vec<&Contender> = Vec::new();
        let reference = Some(&results.experiment.reference);
        for contender in reference.into_iter().chain(summaries.iter().map(|summary| &summary.contender)) {
            if !first_of_host.iter().any(|known| comparable(results, known, contender)) {
                first_of_host.push(contender);
            }
        }
        let on_host = |first: &&'a Contender| {
            let first = *first;
            Self::of(results, summaries.iter().filter(move |one| comparable(results, first, &one.contender)))
        };
        first_of_host.iter().filter_map(on_host).collect()
    }

    /// Whether the reference is among the leaders.
    fn reference_leads(&self) -> bool {
        self.reference.is_some_and(|reference| self.leads(reference))
    }

    fn fastest(&self) -> &'a Summary {
        self.leaders[0]
    }

    fn leads(&self, contender: &Contender) -> bool {
        self.leaders.iter().any(|summary| summary.contender == *contender)
    }

    /// The rival, where the fastest is clearly ahead of it.
    fn beaten(&self) -> Option<(&'a Summary, &Comparison)> {
        let (summary, comparison) = self.rival.as_ref()?;
        comparison.is_clearly_slower().then_some((*summary, comparison))
    }

    /// The leaders that are clearly ahead of a rival, each with how many times as fast it is.
    fn ahead_of(&self, rival: &Summary) -> Vec<(&'a Summary, f64)> {
        let against = |leader: &&'a Summary| compare(self.results, &rival.contender, &leader.contender);
        let ahead = |leader: &&'a Summary| against(leader).filter(Comparison::is_clearly_slower);
        self.leaders.iter().filter_map(|leader| Some((*leader, ahead(leader)?.ratio.median))).collect()
    }

    /// Mean nominal duration of a task.
    fn task_nanos(&self) -> f64 {
        let nominal = &self.results.nominal;
        (nominal.compute_nanos + nominal.wait_nanos) / f64::from(nominal.tasks.max(1))
    }

    /// Median wall time per task.
    fn nanos_per_task(&self, summary: &Summary) -> f64 {
        median(summary) / f64::from(self.results.nominal.tasks.max(1))
    }
}

fn median(summary: &Summary) -> f64 {
    summary.wall.map_or(f64::INFINITY, |wall| wall.median)
}

/// The verdict on what has been measured so far.
pub(super) fn verdict(results: &Results, summaries: &[Summary], caveats: &[Caveat]) -> Verdict {
    if let Some(headline) = early_headline(results, summaries) {
        return Verdict { headline, remarks: remarks::early(summaries), ..Verdict::default() };
    }
    let deadlock = locks::deadlock(results, summaries);
    let deadlock_cause = locks::deadlock_cause(results, summaries);
    let Some(whole) = Ranking::of(results, summaries.iter()) else {
        let headline = deadlock.unwrap_or_else(|| empty_headline(results));
        let cause = deadlock_cause.unwrap_or_default();
        return Verdict { headline, cause, remarks: remarks::early(summaries), ..Verdict::default() };
    };
    let by_host = Ranking::by_host(results, summaries);
    let is_deadlock = deadlock.is_some();
    let disturbance = disturbance::disturbance(results, summaries);
    let cause = || cause::cause(&whole, disturbance.is_some());
    let right = |summary: &&Summary| !summary.result_is_wrong();
    Verdict {
        headline: deadlock.unwrap_or_else(|| headline::headline(&whole, &by_host)),
        cause: deadlock_cause.unwrap_or_else(cause),
        uncertainty: if is_deadlock { String::new() } else { uncertainty::uncertainty(&whole, &by_host) },
        fastest: whole.leaders.iter().copied().filter(right).map(|summary| summary.contender.clone()).collect(),
        remarks: remarks::remarks(&whole, &by_host, summaries, caveats),
        disturbance,
    }
}

/// While no measured round is complete, the warm-up is all there is to show.
fn early_headline(results: &Results, summaries: &[Summary]) -> Option<String> {
    let expected = summaries.iter().filter(|summary| summary.status.is_none() || summary.trials > 0).count();
    let measured = summaries.iter().filter(|summary| summary.trials > 0).count();
    let going_on = results.outcome.is_none();
    if measured > 0 && (measured == expected || !going_on) {
        return None;
    }
    let mut looks: Vec<(&Summary, f64)> =
        summaries.iter().filter_map(|summary| Some((summary, summary.first_look?))).collect();
    looks.sort_by(|a, b| a.1.total_cmp(&b.1));
    let told: Vec<String> = match looks.as_slice() {
        [] if measured > 0 => {
            return Some(format!("Measuring: {measured} of {expected} models have run once"));
        }
        [] => return None,
        [first, second, .., last] if looks.len() > 3 => [first, second, last].map(look).to_vec(),
        few => few.iter().map(look).collect(),
    };
    let told = told.join(", ");
    Some(match &results.outcome {
        None => format!("First look: {told}; measuring goes on"),
        Some(Outcome::Cancelled) => {
            format!("Only a first look: {told}; cancelled before a measured trial was complete")
        }
        Some(Outcome::Done | Outcome::Failed(_)) => {
            format!("Only a first look: {told}; no measured trial was completed")
        }
    })
}

fn look((summary, nanos): &(&Summary, f64)) -> String {
    format!("{} {}", name(&summary.contender), units::duration(*nanos))
}

/// Where no trial at all completed.
fn empty_headline(results: &Results) -> String {
    match &results.outcome {
        Some(Outcome::Cancelled) => "Cancelled before anything was measured".to_owned(),
        Some(Outcome::Failed(failure)) => {
            format!("The run failed: {}", failure.to_string().trim_end_matches('.'))
        }
        _ if results.trials.is_empty() => "Nothing measured yet".to_owned(),
        Some(Outcome::Done) => "No model completed a trial".to_owned(),
        None => "No trial has completed so far".to_owned(),
    }
}

#[cfg(test)]
mod cause_tests;
#[cfg(test)]
mod kinds_tests;
#[cfg(test)]
mod sharing_tests;
#[cfg(test)]
mod tests;
