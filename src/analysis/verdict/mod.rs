//! Verdict on a run in sentences: finding, cause, uncertainty, remarks. No sentence claims more than the intervals
//! support.

mod cause;
mod classes;
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
mod payload;
mod ranking;
mod remark;
mod remarks;
mod server;
mod shared_objects;
mod sharing;
mod thread_limit;
mod timers;
mod topic;
mod topics;
mod uncertainty;
mod updates;

pub(super) use self::overhead::tells_cost_of_a_task;
use self::ranking::Ranking;
pub(super) use self::ranking::{ONE_CORE, Regime};
pub use self::remark::{Remark, RemarkKind};
use super::caveat::Caveat;
use super::summary::Summary;
use crate::model::Contender;
use crate::results::Results;
use crate::session::Outcome;
use crate::units;

/// Sentences about a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Verdict {
    /// Warning to show first: a disturbance so large that times and order are in doubt.
    pub disturbance: Option<String>,
    /// The finding in one sentence.
    pub headline: String,
    /// The measured cause of the finding: tasks in flight, cores used.
    pub cause: String,
    /// The uncertainty of the finding: intervals, number of rounds.
    pub uncertainty: String,
    /// The fastest model by median and all that do not differ clearly from it, among those with a correct result that can
    /// be compared with the experiment's reference. Empty without a result.
    pub fastest: Vec<Contender>,
    /// Further remarks, for example that a cold start would change the order.
    pub remarks: Vec<Remark>,
}

/// Returns the verdict on the trials so far.
pub(super) fn verdict(results: &Results, summaries: &[Summary], caveats: &[Caveat]) -> Verdict {
    if let Some(headline) = early_headline(results, summaries) {
        return Verdict { headline, remarks: remarks::early(summaries), ..Verdict::default() };
    }
    let deadlock = locks::deadlock(results, summaries);
    let deadlock_cause = locks::deadlock_cause(results, summaries);
    let Some(overall) = Ranking::of(results, summaries.iter()) else {
        let headline = deadlock.unwrap_or_else(|| empty_headline(results));
        let cause = deadlock_cause.unwrap_or_default();
        return Verdict { headline, cause, remarks: remarks::early(summaries), ..Verdict::default() };
    };
    let by_host = Ranking::by_host(results, summaries);
    let is_deadlock = deadlock.is_some();
    let disturbance = disturbance::disturbance(results, summaries);
    let cause = || cause::cause(&overall, disturbance.is_some());
    let right = |summary: &&Summary| !summary.result_is_wrong();
    Verdict {
        headline: deadlock.unwrap_or_else(|| headline::headline(&overall, &by_host)),
        cause: deadlock_cause.unwrap_or_else(cause),
        uncertainty: if is_deadlock { String::new() } else { uncertainty::uncertainty(&overall, &by_host) },
        fastest: overall.leaders.iter().copied().filter(right).map(|summary| summary.contender.clone()).collect(),
        remarks: remarks::remarks(&overall, &by_host, summaries, caveats),
        disturbance,
    }
}

/// Returns the headline from the warm-up, until every model has completed a measured round.
fn early_headline(results: &Results, summaries: &[Summary]) -> Option<String> {
    let expected = summaries.iter().filter(|summary| summary.status.is_none() || summary.trials > 0).count();
    let measured = summaries.iter().filter(|summary| summary.trials > 0).count();
    let is_running = results.outcome.is_none();
    if measured > 0 && (measured == expected || !is_running) {
        return None;
    }
    let mut previews: Vec<(&Summary, f64)> =
        summaries.iter().filter_map(|summary| Some((summary, summary.first_look?))).collect();
    previews.sort_by(|a, b| a.1.total_cmp(&b.1));
    let texts: Vec<String> = match previews.as_slice() {
        [] if measured > 0 => {
            return Some(format!("Measuring: {measured} of {expected} models have run once"));
        }
        [] => return None,
        [first, second, .., last] if previews.len() > 3 => [first, second, last].map(preview).to_vec(),
        few => few.iter().map(preview).collect(),
    };
    let previews = texts.join(", ");
    Some(match &results.outcome {
        None => format!("First look: {previews}; measuring goes on"),
        Some(Outcome::Cancelled) => {
            format!("Only a first look: {previews}; cancelled before a measured trial was complete")
        }
        Some(Outcome::Done | Outcome::Failed(_)) => {
            format!("Only a first look: {previews}; no measured trial was completed")
        }
    })
}

fn preview((summary, nanos): &(&Summary, f64)) -> String {
    format!("{} {}", summary.contender.title(), units::duration(*nanos))
}

/// Returns the headline of a run without a completed trial.
fn empty_headline(results: &Results) -> String {
    match &results.outcome {
        Some(Outcome::Cancelled) => "Cancelled before anything was measured".to_owned(),
        Some(Outcome::Failed(failure)) => {
            format!("The run failed: {}", failure.to_string().trim_end_matches('.'))
        }
        Some(Outcome::Done) if results.trials.is_empty() => "Nothing was measured".to_owned(),
        _ if results.trials.is_empty() => "Nothing measured yet".to_owned(),
        Some(Outcome::Done) => "No model completed a trial".to_owned(),
        None => "No trial has completed so far".to_owned(),
    }
}

#[cfg(test)]
mod cause_tests;
#[cfg(test)]
mod class_tests;
#[cfg(test)]
mod kinds_tests;
#[cfg(test)]
mod payload_tests;
#[cfg(test)]
mod sharing_tests;
#[cfg(test)]
mod snapshot_tests;
#[cfg(test)]
mod tests;
