//! Topic of increments: models that lost updates and the cause, and the cost of an increment if none is lost. The cost
//! of sharing a cache line is in `sharing`.

use super::increments::{nanos_each, steps};
use super::ranking::Ranking;
use super::sharing;
use super::topic::Topic;
use crate::analysis::phrasing::{all_names, names};
use crate::analysis::summary::Summary;
use crate::units;

/// Topic of lost updates and of the cost of an increment.
pub(super) struct Updates;

impl Topic for Updates {
    fn headline(&self, ranking: &Ranking<'_>) -> Option<String> {
        headline(ranking)
    }

    fn cause(&self, ranking: &Ranking<'_>) -> Option<String> {
        cause(ranking)
    }

    fn uncertainty(&self, ranking: &Ranking<'_>) -> Option<String> {
        uncertainty(ranking)
    }

    fn replaces_general_cause(&self, ranking: &Ranking<'_>) -> bool {
        cause(ranking).is_some()
    }
}

/// Share of lost updates from which a percentage is stated, percent: below it would read "0.0 %".
const LEAST_PERCENT: f64 = 0.05;

/// Lost updates of one model over its trials.
struct Outcome<'a> {
    summary: &'a Summary,
    expected: f64,
    /// Median number of lost updates.
    lost: f64,
    /// Fewest and most lost updates of a trial.
    range: (f64, f64),
}

/// Models whose updates were most lost first; those with separate memory apart.
struct Counts<'a> {
    losers: Vec<Outcome<'a>>,
    keepers: Vec<&'a Summary>,
    /// Models whose workers count in separate memory: the parent's counter does not show lost updates.
    separate: Vec<&'a Summary>,
}

impl<'a> Counts<'a> {
    fn of(ranking: &Ranking<'a>) -> Option<Self> {
        let (mut losers, mut keepers, mut separate) = (Vec::new(), Vec::new(), Vec::new());
        for summary in ranking.order.iter().copied() {
            let (Some(expected), Some(lost)) = (summary.expected_updates, summary.lost_updates) else { continue };
            if summary.contender.model.separate_memory() {
                separate.push(summary);
                continue;
            }
            let range = summary.lost_range.unwrap_or((lost, lost));
            if range.1 > 0.0 {
                losers.push(Outcome { summary, expected, lost, range });
            } else {
                keepers.push(summary);
            }
        }
        losers.sort_by(|a, b| b.range.1.total_cmp(&a.range.1).then(b.lost.total_cmp(&a.lost)));
        let any = !(losers.is_empty() && keepers.is_empty() && separate.is_empty());
        any.then_some(Self { losers, keepers, separate })
    }
}

impl Outcome<'_> {
    /// Returns the most updates that a trial lost, and "up to " if another lost fewer.
    fn figure(&self) -> (f64, &'static str) {
        (self.range.1, if self.range.0 < self.range.1 { "up to " } else { "" })
    }
}

fn headline(ranking: &Ranking<'_>) -> Option<String> {
    let updates = Counts::of(ranking)?;
    if let [worst, others @ ..] = updates.losers.as_slice() {
        let (lost, upto) = worst.figure();
        let share = lost / worst.expected * 100.0;
        let share = if share < LEAST_PERCENT { String::new() } else { format!(" ({})", units::percent(share)) };
        let model = worst.summary.contender.title();
        let mut text = format!("{model} lost {upto}{} updates{share}", part_of(lost, worst.expected));
        if !others.is_empty() {
            let figures: Vec<(f64, &str)> = others.iter().map(Outcome::figure).collect();
            let most = figures.iter().map(|(lost, _)| *lost).fold(0.0, f64::max);
            let least = figures.iter().map(|(lost, _)| *lost).fold(f64::INFINITY, f64::min);
            let at_most = if figures.iter().any(|(_, upto)| !upto.is_empty()) { " at most" } else { "" };
            let amount = units::count_range(least, most);
            let members: Vec<&Summary> = others.iter().map(|other| other.summary).collect();
            text.push_str(&format!(", {} {amount}{at_most}", names(&members)));
        }
        if !updates.keepers.is_empty() {
            text.push_str(&format!(", {} none", names(&updates.keepers)));
        }
        return Some(text);
    }
    if let Some(finding) = sharing::headline(ranking) {
        return Some(finding);
    }
    if updates.keepers.is_empty() {
        let models = all_names(&updates.separate);
        return Some(format!(
            "{models}: each worker has its own counter, so the main program sees none of the updates"
        ));
    }
    let cost = cost(ranking).map(|cost| format!("; {cost}")).unwrap_or_default();
    Some(format!("No model lost an update{cost}"))
}

fn cause(ranking: &Ranking<'_>) -> Option<String> {
    let updates = Counts::of(ranking)?;
    let mut sentences = Vec::new();
    let in_turn = |summary: &Summary| summary.peak_in_flight == Some(1);
    if !updates.losers.is_empty() {
        sentences.extend(super::in_flight::in_flight(ranking));
        let at_once = updates.losers.iter().all(|loser| !in_turn(loser.summary));
        let rest = if at_once && !updates.keepers.is_empty() && updates.keepers.iter().all(|one| in_turn(one)) {
            "; with one task at a time this can't happen"
        } else {
            ""
        };
        sentences.push(format!(
            "Two tasks that read the counter before either has written it back add 1 between them, not 2{rest}."
        ));
    } else {
        sentences.extend(sharing::cause(ranking).or_else(|| costs(ranking)));
    }
    let unchanged: Vec<&Summary> =
        updates.separate.iter().copied().filter(|summary| summary.got_updates == Some(0.0)).collect();
    if !unchanged.is_empty() {
        let models = all_names(&unchanged);
        sentences.push(format!(
            "Under {models} the counter of the main program stayed at 0: every worker has one in memory of its own."
        ));
    }
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

/// States the range of the model that lost most: "Threads lost 2.9 to 3.8 million in 12 trials."; else the uncertainty
/// of false sharing.
fn uncertainty(ranking: &Ranking<'_>) -> Option<String> {
    let updates = Counts::of(ranking)?;
    let Some(worst) = updates.losers.first() else { return sharing::uncertainty(ranking) };
    if worst.summary.trials < 2 {
        return None;
    }
    let model = worst.summary.contender.title();
    Some(format!(
        "{model} lost {} in {} trials.",
        units::count_range(worst.range.0, worst.range.1),
        worst.summary.trials
    ))
}

/// Formats a part of the updates: "3.4 of 8 million", "512 of 2,000".
fn part_of(lost: f64, expected: f64) -> String {
    if lost >= 1e5 && expected >= 1e6 {
        format!("{} of {} million", units::significant(lost / 1e6, 2), units::short(expected / 1e6))
    } else {
        format!("{} of {}", units::count(lost.round() as u64), units::count(expected.round() as u64))
    }
}

/// States the cost of an increment: "an increment takes 1.0 ns with Sequential, 24 ns with Thread pool".
fn cost(ranking: &Ranking<'_>) -> Option<String> {
    let [step] = steps(ranking)[..] else { return None };
    let mut known: Vec<(&Summary, f64)> =
        ranking.order.iter().filter_map(|summary| Some((*summary, nanos_each(ranking, summary, step)?))).collect();
    known.sort_by(|a, b| a.1.total_cmp(&b.1));
    let with =
        |(summary, nanos): &(&Summary, f64)| format!("{} with {}", units::duration(*nanos), summary.contender.title());
    match known.as_slice() {
        [] => None,
        [one] => Some(format!("an increment takes {}", with(one))),
        [first, .., last] => Some(format!("an increment takes {}, {}", with(first), with(last))),
    }
}

/// Lists the cost of each increment step: "Time of an increment: Sequential 1.0 ns, Thread pool 24 ns."
fn costs(ranking: &Ranking<'_>) -> Option<String> {
    let steps = steps(ranking);
    let parts: Vec<String> = ranking
        .order
        .iter()
        .filter_map(|summary| {
            let each: Option<Vec<String>> =
                steps.iter().map(|step| nanos_each(ranking, summary, *step).map(units::duration)).collect();
            Some(format!("{} {}", summary.contender.title(), each?.join(" then ")))
        })
        .collect();
    (!parts.is_empty()).then(|| format!("Time of an increment: {}.", parts.join(", ")))
}
