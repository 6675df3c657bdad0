//! How long the ticker beside the work was kept waiting: whether an event loop stood still.

use super::phrasing::{name, possessive};
use super::ranking::Ranking;
use super::topic::Topic;
use crate::analysis::summary::Summary;
use crate::model::{Family, Workers};
use crate::units;

/// Standstills of the ticker beside the work.
pub(super) struct Heartbeat;

impl Topic for Heartbeat {
    fn headline(&self, ranking: &Ranking<'_>) -> Option<String> {
        headline(ranking)
    }

    fn cause(&self, ranking: &Ranking<'_>) -> Option<String> {
        cause(ranking)
    }

    fn replaces_general_cause(&self, ranking: &Ranking<'_>) -> bool {
        cause(ranking).is_some()
    }
}

/// From two whole beats of 10 ms on, a loop is said to have stood still.
const STOOD_STILL_NANOS: f64 = 20e6;

/// One model's longest standstill, nanoseconds.
struct Late<'a> {
    summary: &'a Summary,
    /// The longest of a trial, median over the trials.
    middle: f64,
    /// The longest of all trials.
    worst: f64,
}

/// The models whose ticker was measured, longest standstill first.
fn late<'a>(ranking: &Ranking<'a>) -> Vec<Late<'a>> {
    let of = |summary: &'a Summary| {
        let worst = ranking.results.measured(&summary.contender).filter_map(|trial| {
            let lateness = trial.completed()?.span_summary.lateness?;
            Some(lateness.worst as f64)
        });
        Some(Late { summary, middle: summary.late_worst_nanos?, worst: worst.fold(0.0, f64::max) })
    };
    let mut late: Vec<Late<'_>> = ranking.order.iter().copied().filter_map(of).collect();
    late.sort_by(|a, b| b.middle.total_cmp(&a.middle));
    late
}

fn has_loop(summary: &Summary) -> bool {
    summary.contender.model.info().family == Family::EventLoops
}

fn headline(ranking: &Ranking<'_>) -> Option<String> {
    let late = late(ranking);
    let (first, last) = (late.first()?, late.last()?);
    let whose = |late: &Late<'_>| possessive(&name(&late.summary.contender));
    let at_most = |late: &Late<'_>| format!("{} at most {} late", was(late), units::duration(late.worst));
    if first.middle < STOOD_STILL_NANOS {
        let worst = late.iter().map(|late| late.worst).fold(0.0, f64::max);
        let who = if late.len() > 1 {
            "under every model".to_owned()
        } else {
            format!("under {}", name(&first.summary.contender))
        };
        return Some(format!("The ticker was at most {} late {who}", units::duration(worst)));
    }
    let stood = if has_loop(first.summary) {
        format!("{} loop stood still for {}", whose(first), units::duration(first.middle))
    } else {
        format!("{} ticker was kept waiting for up to {}", whose(first), units::duration(first.middle))
    };
    // The other end only where no trial of it reached into those of the first.
    let apart = late.len() > 1 && last.worst < first.middle / 2.0;
    Some(if apart { format!("{stood}; {} {}", whose(last), at_most(last)) } else { stood })
}

/// "loop was" where there is one, else the ticker on its own thread was.
fn was(late: &Late<'_>) -> &'static str {
    if has_loop(late.summary) { "was" } else { "ticker was" }
}

/// "Longest standstill of the 10 ms ticker, median of the trials: Async 301 ms, Threads 4.10 ms, Async blocking
/// pool 1.20 ms."
fn cause(ranking: &Ranking<'_>) -> Option<String> {
    let late = late(ranking);
    if late.is_empty() {
        return None;
    }
    let parts: Vec<String> =
        late.iter().map(|late| format!("{} {}", name(&late.summary.contender), units::duration(late.middle))).collect();
    // The headline has the longest of all trials; one bad moment of the machine is enough for that.
    let typical = if late.iter().any(|late| late.summary.trials > 1) { ", median of the trials" } else { "" };
    let mut told = format!("Longest standstill of the 10 ms ticker{typical}: {}.", parts.join(", "));
    let workload = &ranking.results.experiment.workload;
    let longest_ms = workload.steps().iter().filter(|step| step.keeps_a_core()).filter_map(crate::workload::Step::ms);
    let longest_ms = longest_ms.fold(0.0, f64::max);
    let on_the_loop = |late: &Late<'_>| {
        has_loop(late.summary) && late.summary.contender.model.info().workers != Workers::BlockingPool
    };
    if longest_ms > 0.0 && late.iter().any(|late| on_the_loop(late) && late.middle >= STOOD_STILL_NANOS) {
        told.push_str(&format!(
            " A step computes for {} on the loop without giving it back, and the next may follow at once.",
            units::duration(longest_ms * 1e6)
        ));
    }
    Some(told)
}
