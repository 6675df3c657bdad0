//! The comparison in words: finding, cause, uncertainty. No claim here goes beyond what the
//! intervals carry; what can't be told apart is said to be so.

mod cause;
mod cpu_limit;
mod disturbance;
mod files;
mod headline;
mod heartbeat;
mod in_flight;
mod increments;
mod interpreter_lock;
mod locks;
mod memory;
mod overhead;
mod phrasing;
mod ranking;
mod remarks;
mod server;
mod sharing;
mod thread_limit;
mod timers;
mod topic;
mod topics;
mod uncertainty;
mod updates;

use self::ranking::Ranking;
use super::caveat::Caveat;
use super::summary::Summary;
use crate::model::Contender;
use crate::results::Results;
use crate::session::Outcome;
use crate::units;
use phrasing::name;

/// The comparison in words.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Verdict {
    /// A warning that comes before everything else: what disturbed the run so much that times and order are in doubt.
    pub disturbance: Option<String>,
    /// One sentence with the finding.
    pub headline: String,
    /// Its cause in terms of the measurement: tasks in flight, cores used.
    pub cause: String,
    /// The uncertainty.
    pub uncertainty: String,
    /// The fastest by median, and all that can't be told apart from it, of those that can be compared with the
    /// experiment's reference and whose result is right. Empty without a result.
    pub fastest: Vec<Contender>,
    /// Further remarks: a cold start would change the order, what can't be told apart.
    pub remarks: Vec<String>,
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
