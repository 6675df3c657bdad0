//! The sentence on which models are the fastest at which values of a sweep.

use super::findings::Scaling;
use crate::analysis::incomplete::rounds_made;
use crate::analysis::phrasing;
use crate::analysis::ratio::comparable;
use crate::experiment::FEWEST_PAIRS;
use crate::model::Contender;
use crate::results::RunResults;

/// Ranges of values with the same leaders that are listed; of more, each model's values are counted.
const MOST_RANGES: usize = 4;
/// Models whose values are counted.
const MOST_COUNTED: usize = 3;

/// Neighbouring values with the same leaders: the first, the last, and the leaders in the experiment's order.
type Range<'a> = (usize, usize, Vec<&'a Contender>);

/// Returns which models lead at which values, by the verdicts of the points.
pub(super) fn leaders(run: &RunResults, scaling: &Scaling, points: &[&[Contender]]) -> Option<String> {
    let mut ranges: Vec<Range<'_>> = Vec::new();
    for (point, fastest) in points.iter().copied().enumerate() {
        let fastest: Vec<&Contender> = run.experiment.models.iter().filter(|one| fastest.contains(one)).collect();
        match ranges.last_mut() {
            Some((_, last, leaders)) if *leaders == fastest && *last + 1 == point => *last = point,
            _ if fastest.is_empty() => {}
            _ => ranges.push((point, point, fastest)),
        }
    }
    let (among, there) = (ranked_apart(run, points), of_those_there(run, points));
    match ranges.as_slice() {
        [] => None,
        [(0, last, leaders)] if *last + 1 == points.len() && leaders.len() == 1 => {
            let be = if phrasing::is_plural(leaders[0]) { "are" } else { "is" };
            Some(format!("{} {be} the fastest{among} at every value{there}.", leaders[0].title()))
        }
        few if few.len() <= MOST_RANGES => {
            let part = |(first, last, leaders): &Range<'_>| {
                let values = match (first, last) {
                    (0, last) if *last + 1 == points.len() => "every value".to_owned(),
                    (first, last) if first == last => scaling.at(*first),
                    (first, last) => format!("{} to {}", scaling.shown[*first], scaling.at(*last)),
                };
                format!("at {values}: {}", one_of(leaders))
            };
            let parts: Vec<String> = few.iter().map(part).collect();
            let is_open = few.iter().any(|(_, _, leaders)| leaders.len() > 1);
            let open = if is_open { format!(" {}", untold(run)) } else { String::new() };
            Some(format!("Fastest{among}{there} {}.{open}", parts.join("; ")))
        }
        _ => Some(counted(&among, there, points)),
    }
}

/// The sentence behind a list of which one of several is the fastest.
fn untold(run: &RunResults) -> String {
    let reason = match run.points.iter().flat_map(rounds_made).max() {
        Some(1) => "one round is too few to tell".to_owned(),
        Some(rounds) if (rounds as usize) < FEWEST_PAIRS => format!("{rounds} rounds are too few to tell"),
        _ => "the rounds don't tell which".to_owned(),
    };
    format!("Where several are named, {reason}.")
}

/// "A, B or C"; of many "A or one of 4 others".
fn one_of(leaders: &[&Contender]) -> String {
    let names: Vec<String> = leaders.iter().map(|one| one.title()).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [before @ .., last] if names.len() <= 3 => format!("{} or {last}", before.join(", ")),
        [first, others @ ..] => format!("{first} or one of {} others", others.len()),
    }
}

/// "The fastest, or not told apart from it: A at 63 of 100 values, B at 50".
fn counted(among: &str, there: &str, points: &[&[Contender]]) -> String {
    let mut counts: Vec<(&Contender, usize)> = Vec::new();
    for leader in points.iter().copied().flatten() {
        match counts.iter_mut().find(|(known, _)| *known == leader) {
            Some((_, count)) => *count += 1,
            None => counts.push((leader, 1)),
        }
    }
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let shown = counts.len().min(MOST_COUNTED);
    let (values, rest) = (points.len(), &counts[shown..]);
    let part = |(index, (leader, count)): (usize, &(&Contender, usize))| match index {
        0 => format!("{} at {count} of {values} values", leader.title()),
        _ => format!("{} at {count}", leader.title()),
    };
    let mut text: Vec<String> = counts[..shown].iter().enumerate().map(part).collect();
    if let Some((_, most)) = rest.first() {
        text.push(match rest.len() {
            1 => format!("1 other at {most}"),
            _ => format!("each of {} others at {most} or fewer", rest.len()),
        });
    }
    format!("The fastest{among}, or not told apart from it{there}: {}.", text.join(", "))
}

/// " (of the models that completed a trial there)" where some completed none at a value with a fastest one: they might have
/// been faster.
fn of_those_there(run: &RunResults, points: &[&[Contender]]) -> &'static str {
    let some_are_missing =
        run.points.iter().zip(points).filter(|(_, leaders)| !leaders.is_empty()).any(|(results, leaders)| {
            let is_ranked = |one: &&Contender| comparable(run.first(), &leaders[0], one);
            let completed = |one: &Contender| results.measured(one).any(|trial| trial.completed().is_some());
            !results.experiment.models.iter().filter(is_ranked).all(completed)
        });
    if some_are_missing { " (of the models that completed a trial there)" } else { "" }
}

/// " of the Rust models" where only those were ranked: the times of hosts that each computed an amount of their own are
/// not compared with each other.
fn ranked_apart(run: &RunResults, points: &[&[Contender]]) -> String {
    let mut leaders = points.iter().copied().flatten();
    let Some(first) = leaders.next() else { return String::new() };
    let one_host = leaders.all(|leader| leader.host.base() == first.host.base());
    let apart = run.experiment.models.iter().any(|one| !comparable(run.first(), first, one));
    if one_host && apart { format!(" of the {} models", first.host.base().title()) } else { String::new() }
}
