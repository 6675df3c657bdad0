//! Uncertainty of the finding: the ratio with its interval or range, and the models that do not differ clearly.

use super::ranking::{Ranking, median};
use super::topics::TOPICS;
use crate::analysis::comparison::{Comparison, figures, range};
use crate::analysis::finding::Finding;
use crate::analysis::phrasing::{be, from_to, names, verb};
use crate::analysis::ratio::PairedRatio;
use crate::analysis::summary::Summary;
use crate::experiment::FEWEST_PAIRS;
use crate::units;

/// Returns the uncertainty of the run, or one for each host if hosts can't be compared.
pub(super) fn uncertainty(overall: &Ranking<'_>, by_host: &[Ranking<'_>]) -> String {
    let mut sentences: Vec<String> = TOPICS.iter().filter_map(|topic| topic.uncertainty(overall)).collect();
    // The finding is about one class; a comparison of wall times would be taken for one of its latency.
    if overall.results.experiment.workload.classes().is_some() && !sentences.is_empty() {
        return sentences.join(" ");
    }
    match by_host {
        [_, _, ..] => by_host.iter().for_each(|ranking| of_one(ranking, &mut sentences)),
        _ => of_one(overall, &mut sentences),
    }
    sentences.join(" ")
}

fn of_one(ranking: &Ranking<'_>, sentences: &mut Vec<String>) {
    let Some((rival, comparison)) = &ranking.rival else {
        sentences.push(alone(ranking.fastest()));
        return;
    };
    if comparison.is_clearly_slower() {
        sentences.push(apart(ranking, rival, comparison));
        if let [_, _, ..] = ranking.leaders.as_slice() {
            let leaders = names(&ranking.leaders);
            sentences.push(match comparison.ratio.ci95 {
                Some(_) => format!("{leaders} can't be told apart."),
                None if comparison.ratio.pairs == 1 => format!("One round is too few to tell {leaders} apart."),
                None => format!("{} rounds are too few to tell {leaders} apart.", comparison.ratio.pairs),
            });
        }
    } else {
        sentences.push(level(ranking, rival, comparison));
    }
}

/// Describes a clear difference: "Async is 77.1 times as fast as Sequential (95 % interval 75 to 79, 15 rounds)."
fn apart(ranking: &Ranking<'_>, slow: &Summary, comparison: &Comparison) -> String {
    let fast = ranking.fastest();
    let (first, wording, second) = if ranking.reference_leads() {
        (slow, (verb(&[slow], "takes", "take"), "took", "long"), fast)
    } else {
        (fast, (be(&[fast]), verb(&[fast], "was", "were"), "fast"), slow)
    };
    let (present, past, word) = wording;
    let (first, second) = (first.contender.title(), second.contender.title());
    let ratio = &comparison.ratio;
    match ratio.ci95 {
        Some(interval) => {
            let [middle, low, high] = figures([ratio.median, interval.0, interval.1], interval);
            let rounds = units::plural(u64::from(ratio.pairs), "round");
            format!("{first} {present} {middle} times as {word} as {second} (95 % interval {low} to {high}, {rounds}).")
        }
        None => format!("{first} {past} {} times as {word} as {second} {}.", range(ratio.range), in_rounds(ratio)),
    }
}

/// Describes the number of rounds: "in 3 rounds; 3 more give a 95 % interval".
fn in_rounds(ratio: &PairedRatio) -> String {
    let rounds = match ratio.pairs {
        1 => "in the only round".to_owned(),
        pairs => format!("in {pairs} rounds"),
    };
    match ratio.pairs_missing() {
        None => rounds,
        Some(1) => format!("{rounds}; 1 more gives a 95 % interval"),
        Some(missing) => format!("{rounds}; {missing} more give a 95 % interval"),
    }
}

/// Describes two models without a clear difference.
fn level(ranking: &Ranking<'_>, rival: &Summary, comparison: &Comparison) -> String {
    let (first, second) = (rival.contender.title(), ranking.fastest().contender.title());
    match comparison.finding {
        Finding::NotDistinguishable { detectable_share } if detectable_share > 1.0 => format!(
            "{first} and {second} can't be told apart in {}; only a difference of more than {} times would have shown.",
            units::plural(u64::from(comparison.ratio.pairs), "round"),
            units::significant(1.0 + detectable_share, 2)
        ),
        Finding::NotDistinguishable { detectable_share } => format!(
            "{first} and {second} can't be told apart in {}; a difference of {} or more would have shown.",
            units::plural(u64::from(comparison.ratio.pairs), "round"),
            units::percent(detectable_share * 100.0)
        ),
        _ => format!(
            "{first} took {} times as long as {second} {}.",
            range(comparison.ratio.range),
            in_rounds(&comparison.ratio)
        ),
    }
}

/// Describes the spread of a model without another to compare it with.
fn alone(summary: &Summary) -> String {
    let Some(wall) = summary.wall else { return String::new() };
    let title = summary.contender.title();
    let between = |(low, high): (f64, f64)| from_to(units::duration(low), &units::duration(high));
    match (wall.ci95, summary.trials) {
        (Some(interval), trials) => {
            format!(
                "{title}: 95 % interval of the median {}, {}.",
                between(interval),
                units::plural(u64::from(trials), "trial")
            )
        }
        (None, 1) => format!("{title} ran once ({}), so its spread is not known.", units::duration(median(summary))),
        (None, trials) => {
            let missing = (FEWEST_PAIRS as u32).saturating_sub(trials);
            let give = if missing == 1 { "gives" } else { "give" };
            let times = between((wall.min, wall.max));
            format!("{title} took {times} in {trials} trials; {missing} more {give} a 95 % interval.")
        }
    }
}
