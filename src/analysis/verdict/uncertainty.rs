//! How sure the finding is: the ratio with its interval, or the range seen; and who is too close to call.

use super::words::{counted, from_to, name, names};
use super::{Ranking, median, updates};
use crate::analysis::comparison::{Comparison, Finding, figures, range};
use crate::analysis::{PairedRatio, Summary};
use crate::experiment::FEWEST_PAIRS;
use crate::units;

pub(super) fn uncertainty(ranking: &Ranking<'_>) -> String {
    let mut sentences: Vec<String> = updates::uncertainty(ranking).into_iter().collect();
    let Some((rival, comparison)) = &ranking.rival else {
        sentences.push(alone(ranking.fastest()));
        return sentences.join(" ");
    };
    if comparison.is_clearly_slower() {
        sentences.push(apart(ranking, rival, comparison));
        if let [_, _, ..] = ranking.leaders.as_slice() {
            sentences.push(format!("{}: too close to call.", names(&ranking.leaders)));
        }
    } else {
        sentences.push(level(ranking, rival, comparison));
    }
    sentences.join(" ")
}

/// "Async against Sequential: 77.1 times as fast, 95 % interval 75 to 79, 15 pairs."
fn apart(ranking: &Ranking<'_>, rival: &Summary, comparison: &Comparison) -> String {
    let (fast, slow) = (name(&ranking.fastest().contender), name(&rival.contender));
    let (pair, word) = if ranking.leads(&ranking.results.experiment.reference) {
        (format!("{slow} against {fast}"), "long")
    } else {
        (format!("{fast} against {slow}"), "fast")
    };
    let ratio = &comparison.ratio;
    match ratio.ci95 {
        Some(interval) => {
            let [middle, low, high] = figures([ratio.median, interval.0, interval.1], interval);
            let pairs = counted(ratio.pairs, "pair");
            format!("{pair}: {middle} times as {word}, 95 % interval {low} to {high}, {pairs}.")
        }
        None => format!("{pair}: {} times as {word}{}.", range(ratio.range), in_rounds(ratio)),
    }
}

/// " in 3 rounds; 3 more rounds give an interval".
fn in_rounds(ratio: &PairedRatio) -> String {
    let rounds = counted(ratio.pairs, "round");
    match ratio.pairs_missing() {
        None => format!(" in {rounds}"),
        Some(1) => format!(" in {rounds}; 1 more round gives an interval"),
        Some(missing) => format!(" in {rounds}; {missing} more rounds give an interval"),
    }
}

/// The fastest and whoever it is compared with can't be told apart.
fn level(ranking: &Ranking<'_>, rival: &Summary, comparison: &Comparison) -> String {
    let pair = format!("{} against {}", name(&rival.contender), name(&ranking.fastest().contender));
    match comparison.finding {
        Finding::NotDistinguishable { could_have_seen } => format!(
            "{pair}: ratio of times {} in {}, not distinguishable; {} or more would have been seen.",
            range(comparison.ratio.ci95.unwrap_or(comparison.ratio.range)),
            counted(comparison.ratio.pairs, "pair"),
            units::percent(could_have_seen * 100.0)
        ),
        _ => format!("{pair}: ratio of times {}{}.", range(comparison.ratio.range), in_rounds(&comparison.ratio)),
    }
}

/// One model and nothing to compare it with.
fn alone(summary: &Summary) -> String {
    let Some(wall) = summary.wall else { return String::new() };
    let between = |(low, high): (f64, f64)| from_to(units::duration(low), &units::duration(high));
    let rounds = counted(summary.trials, "trial");
    match wall.ci95 {
        Some(interval) => format!("95 % interval of the median: {}, {rounds}.", between(interval)),
        None if summary.trials == 1 => {
            format!("One trial of {}: its spread is not known.", units::duration(median(summary)))
        }
        None => {
            let missing = (FEWEST_PAIRS as u32).saturating_sub(summary.trials);
            format!("{} in {rounds}; {missing} more for an interval.", between((wall.min, wall.max)))
        }
    }
}
