//! Topic of the heartbeat: standstills of an event loop, or of a thread beside the work.

use super::ranking::Ranking;
use super::topic::Topic;
use crate::analysis::summary::Summary;
use crate::model::{Family, Workers};
use crate::units;
use crate::workload::Step;

/// Topic of the heartbeat's standstills.
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

/// Lateness from which a loop counts as having stood still, nanoseconds: two beats of 10 ms.
const STOOD_STILL_NANOS: f64 = 20e6;

/// One model's longest standstill, nanoseconds.
struct Late<'a> {
    summary: &'a Summary,
    /// Longest standstill of a trial, median over the trials.
    middle: f64,
    /// Longest standstill of all trials.
    worst: f64,
}

/// Returns the models with a measured heartbeat, longest standstill first.
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
    if first.middle < STOOD_STILL_NANOS {
        let worst = late.iter().map(|late| late.worst).fold(0.0, f64::max);
        let models = if late.len() > 1 {
            "under every model".to_owned()
        } else {
            format!("under {}", first.summary.contender.title())
        };
        return Some(format!("The ticker was at most {} late {models}", units::duration(worst)));
    }
    let (stood, nanos) = match has_loop(first.summary) {
        true => ("the loop stood still for", first.middle),
        false => ("the ticker was kept waiting for up to", first.worst),
    };
    let longest = format!("Under {} {stood} {}", first.summary.contender.title(), units::duration(nanos));
    // The shortest is added only if none of its trials overlaps with those of the longest.
    if late.len() < 2 || last.worst >= first.middle / 2.0 {
        return Some(longest);
    }
    let subject = match (has_loop(first.summary), has_loop(last.summary)) {
        (first, last) if first == last => "it",
        (_, true) => "the loop",
        (_, false) => "the ticker",
    };
    let (model, late) = (last.summary.contender.title(), units::duration(last.worst));
    Some(format!("{longest}; under {model} {subject} was at most {late} late"))
}

/// Lists the longest standstills: "Longest standstill of the 10 ms ticker, median of the trials: Async 301 ms, Threads
/// 4.10 ms, Async blocking pool 1.20 ms."
fn cause(ranking: &Ranking<'_>) -> Option<String> {
    let late = late(ranking);
    if late.is_empty() {
        return None;
    }
    let parts: Vec<String> = late
        .iter()
        .map(|late| format!("{} {}", late.summary.contender.title(), units::duration(late.middle)))
        .collect();
    // Unlike the longest of all trials in the headline, a median is not decided by one bad moment of the machine.
    let typical = if late.iter().any(|late| late.summary.trials > 1) { ", median of the trials" } else { "" };
    let mut text = format!("Longest standstill of the 10 ms ticker{typical}: {}.", parts.join(", "));
    let workload = &ranking.results.experiment.workload;
    let longest = |holds: fn(&Step) -> bool| {
        workload.steps().iter().filter(|step| holds(step)).filter_map(Step::ms).fold(0.0, f64::max)
    };
    let (computes, sleeps) = (longest(Step::keeps_a_core), longest(Step::blocks_the_loop));
    let on_the_loop = |late: &Late<'_>| {
        has_loop(late.summary) && late.summary.contender.model.info().workers != Workers::BlockingPool
    };
    if computes.max(sleeps) > 0.0 && late.iter().any(|late| on_the_loop(late) && late.middle >= STOOD_STILL_NANOS) {
        text.push_str(&format!(
            " A step {} for {} on the loop without giving it back, and the next may follow at once.",
            if computes >= sleeps { "computes" } else { "sleeps" },
            units::duration(computes.max(sleeps) * 1e6)
        ));
    }
    Some(text)
}
