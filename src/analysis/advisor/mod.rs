//! Advice for a workload like the one measured: the fastest model, or all that can't be told apart from it, the measured
//! grounds, and what would change the answer. Every item is a typed finding with its evidence; the sentences are in
//! `words`. Without the evidence there is a reason instead of an answer.

mod changes;
mod costs;
#[cfg(test)]
mod false_tests;
mod field;
mod finding;
mod grounds;
mod ideals;
#[cfg(test)]
mod snapshot_tests;
mod swept;
#[cfg(test)]
mod testing;
mod words;

pub use finding::{Advice, Answer, Change, Choice, Exclusion, Fault, Ground, Lead, Leader, Reservation, Withheld};
pub use words::{Line, Part};

use self::field::Field;
use super::caveat::Caveat;
use super::finding::Finding;
use super::scaling::Scaling;
use super::summary::Summary;
use super::{Analysis, compare};
use crate::experiment::FEWEST_PAIRS;
use crate::results::Results;

/// Returns the advice that the trials of one point support. `scaling` is what the points of its sweep show together.
#[must_use]
pub fn advise(results: &Results, analysis: &Analysis, scaling: Option<&Scaling>) -> Advice {
    if let Some(withheld) = withheld(results, analysis) {
        return Advice { withheld: Some(withheld), answers: Vec::new() };
    }
    let fields = field::fields(results, &analysis.summaries);
    let several = fields.len() > 1;
    let answers = fields.iter().map(|field| answer(field, analysis, scaling, several)).collect();
    Advice { withheld: None, answers }
}

/// Returns the reason why this run supports no advice at all.
fn withheld(results: &Results, analysis: &Analysis) -> Option<Withheld> {
    if results.outcome.is_none() {
        return Some(Withheld::Running);
    }
    if analysis.summaries.iter().all(|summary| summary.wall.is_none() && summary.deadlocks == 0) {
        return Some(Withheld::NothingMeasured);
    }
    if analysis.caveats.contains(&Caveat::DebugBuild) {
        return Some(Withheld::DebugBuild);
    }
    if results.experiment.workload.classes().is_some() {
        return Some(Withheld::Classes);
    }
    analysis.verdict.disturbance.is_some().then(|| disturbed(&analysis.summaries, analysis.foreign_percent))
}

fn disturbed(summaries: &[Summary], foreign_percent: Option<f64>) -> Withheld {
    let caveats = || summaries.iter().flat_map(|summary| &summary.caveats);
    let foreign =
        caveats().filter_map(|one| if let Caveat::ForeignCpu { percent } = one { Some(*percent) } else { None });
    let steal = caveats().filter_map(|one| if let Caveat::Steal { percent } = one { Some(*percent) } else { None });
    Withheld::Disturbed {
        foreign_percent: foreign.reduce(f64::max).or(foreign_percent.filter(super::background::is_foreign)),
        steal_percent: steal.reduce(f64::max),
        throttled: caveats().any(|caveat| matches!(caveat, Caveat::Throttled { .. })),
    }
}

/// Returns the answer for contenders whose times can be compared.
fn answer(field: &Field<'_>, analysis: &Analysis, scaling: Option<&Scaling>, several: bool) -> Answer {
    let host = several.then(|| field.members[0].contender.host.title());
    let choice = choose(field);
    let fastest = choice.as_ref().ok().and_then(|choice| choice.leaders.first()).map(|leader| &leader.contender);
    let excluded = field.exclusions(fastest);
    let mut answer =
        Answer { host, grounds: Vec::new(), changes: Vec::new(), reservations: Vec::new(), excluded, choice };
    let Ok(choice) = &answer.choice else {
        answer.changes = changes::of_workload(field, &answer.excluded);
        return answer;
    };
    answer.grounds = grounds::grounds(field, choice);
    answer.changes = changes::changes(field, choice, &answer.excluded, scaling);
    answer.reservations = reservations(field, choice, analysis);
    answer
}

/// Chooses the fastest right contender and all that can't be told apart from it.
fn choose(field: &Field<'_>) -> Result<Choice, Withheld> {
    let results = field.results;
    let Some(fastest) = field.eligible.first().copied() else {
        return Err(if field.faulty.is_empty() { Withheld::NothingMeasured } else { Withheld::NoneRight });
    };
    let fastest = ahead_of_all(field, fastest);
    let fewest = FEWEST_PAIRS as u32;
    if fastest.trials < fewest {
        return Err(Withheld::FewRounds { rounds: fastest.trials, missing: fewest - fastest.trials });
    }
    if field.eligible.len() == 1 && field.faulty.is_empty() {
        return Err(Withheld::OnlyOne { contender: Box::new(fastest.contender.clone()) });
    }
    let mut choice = Choice {
        leaders: vec![Leader::of(fastest)],
        next: None,
        reference: None,
        undecided: Vec::new(),
        detectable_share: None,
    };
    for other in field.eligible.iter().filter(|other| other.contender != fastest.contender) {
        let Some(comparison) = compare(results, &other.contender, &fastest.contender) else {
            choice.undecided.push(other.contender.clone());
            continue;
        };
        match comparison.finding {
            Finding::TooFew { .. } => choice.undecided.push(other.contender.clone()),
            Finding::Slower => {
                let lead = Lead { over: other.contender.clone(), ratio: comparison.ratio };
                if results.experiment.reference == other.contender {
                    choice.reference = Some(lead.clone());
                }
                if choice.next.as_ref().is_none_or(|next| lead.ratio.median < next.ratio.median) {
                    choice.next = Some(lead);
                }
            }
            Finding::NotDistinguishable { detectable_share } => {
                choice.leaders.push(Leader::of(other));
                choice.detectable_share = Some(choice.detectable_share.unwrap_or(0.0).max(detectable_share));
            }
            // Only where each of three is clearly faster than another one.
            Finding::Faster => choice.undecided.push(other.contender.clone()),
        }
    }
    if choice.next == choice.reference {
        choice.reference = None;
    }
    Ok(choice)
}

/// Returns the contender that no other one beats in the rounds that both completed, beginning with the fastest by median:
/// medians over different rounds may be in another order.
fn ahead_of_all<'a>(field: &Field<'a>, fastest: &'a Summary) -> &'a Summary {
    let mut ahead = fastest;
    for _ in &field.eligible {
        let faster = field.eligible.iter().copied().find(|other| {
            let comparison = compare(field.results, &other.contender, &ahead.contender);
            comparison.is_some_and(|one| one.finding == Finding::Faster)
        });
        match faster {
            Some(faster) => ahead = faster,
            None => break,
        }
    }
    ahead
}

/// Returns what the reader has to know before following the advice.
fn reservations(field: &Field<'_>, choice: &Choice, analysis: &Analysis) -> Vec<Reservation> {
    let mut all = Vec::new();
    if let Some(percent) = analysis.foreign_percent.filter(super::background::is_foreign) {
        all.push(Reservation::Background { percent });
    }
    let steal = field.members.iter().flat_map(|summary| &summary.caveats);
    let steal = steal.filter_map(|one| if let Caveat::Steal { percent } = one { Some(*percent) } else { None });
    all.extend(steal.reduce(f64::max).map(|percent| Reservation::Steal { percent }));
    let leads = |summary: &&Summary| choice.leads(&summary.contender);
    for summary in field.eligible.iter().copied().filter(leads) {
        for caveat in &summary.caveats {
            match caveat {
                Caveat::ServerBusy { percent } => {
                    all.push(Reservation::ServerBusy { contender: summary.contender.clone(), percent: *percent });
                }
                Caveat::ResultsDiffer(_) => {
                    all.push(Reservation::ResultsDiffer { contender: summary.contender.clone() });
                }
                _ => {}
            }
        }
    }
    if !choice.undecided.is_empty() {
        all.push(Reservation::Undecided { contenders: choice.undecided.clone() });
    }
    all
}
