//! One sentence with the finding.

use super::words::{be, counted, from_to, name, names, times};
use super::{ONE_CORE, Ranking, Regime, median};
use super::{locks, ticker, traffic, updates};
use crate::analysis::Summary;
use crate::units;

/// Using this many more cores than the rival counts as computing on more cores.
const MORE_CORES: f64 = 0.3;

pub(super) fn headline(ranking: &Ranking<'_>) -> String {
    // With some kinds of steps the finding is another than the speed.
    let particular = updates::headline(ranking)
        .or_else(|| ticker::headline(ranking))
        .or_else(|| traffic::memory_headline(ranking))
        .or_else(|| locks::headline(ranking));
    if let Some(particular) = particular {
        return particular;
    }
    let fastest = ranking.fastest();
    if ranking.order.len() == 1 {
        let tasks = counted(ranking.results.nominal.tasks, "task");
        return format!("{} takes {} for {tasks}", name(&fastest.contender), units::duration(median(fastest)));
    }
    let Some((rival, comparison)) = ranking.beaten() else { return level(ranking) };
    if ranking.regime == Regime::Overhead {
        return overhead(ranking);
    }
    let ratio = times(comparison.ratio.median);
    let reference = &ranking.results.experiment.reference;
    if ranking.leads(reference) {
        let behind = format!("{} takes {ratio} times as long", name(&rival.contender));
        return if ranking.leaders.len() == 1 {
            format!("Nothing is faster than {} here: {behind}", name(reference))
        } else {
            format!("{} are too close to call; {behind} as {}", names(&ranking.leaders), name(&fastest.contender))
        };
    }
    match finding(ranking.regime, fastest, rival) {
        Some(finding) if rival.contender == *reference => format!("{finding}: {ratio} times as fast"),
        Some(finding) => format!("{finding}: {ratio} times as fast as {}", name(&rival.contender)),
        None => {
            // Who can't be told apart from the fastest need not be ahead of the rival.
            let (ahead, ratios): (Vec<&Summary>, Vec<f64>) = ranking.ahead_of(rival).into_iter().unzip();
            let least = times(ratios.iter().copied().fold(f64::INFINITY, f64::min));
            let most = times(ratios.iter().copied().fold(0.0, f64::max));
            let ratio = from_to(least, &most);
            format!("{} {} {ratio} times as fast as {}", names(&ahead), be(ahead.len()), name(&rival.contender))
        }
    }
}

/// Why the fastest is ahead, where what was measured shows it.
fn finding(regime: Regime, fastest: &Summary, rival: &Summary) -> Option<&'static str> {
    let (ours, theirs) = (fastest.peak_in_flight?, rival.peak_in_flight?);
    let in_turn = theirs == 1 && ours > 1;
    let more_in_flight = f64::from(ours) >= 1.5 * f64::from(theirs);
    let cores = fastest.cpu_cores_used.zip(rival.cpu_cores_used);
    let more_cores = cores.is_some_and(|(a, b)| a > ONE_CORE && a > b + MORE_CORES);
    match regime {
        Regime::Waiting if in_turn => Some("Waiting together beats waiting in turn"),
        Regime::Waiting if more_in_flight => Some("More waits at the same time win"),
        Regime::Computing if more_cores => Some("Computing on more cores pays"),
        Regime::Mixed if more_in_flight && more_cores => Some("Waiting together and computing on more cores pays"),
        Regime::Mixed if more_in_flight => Some("Waiting together pays"),
        Regime::Mixed if more_cores => Some("Computing on more cores pays"),
        _ => None,
    }
}

/// No model is clearly behind the fastest.
fn level(ranking: &Ranking<'_>) -> String {
    let count = ranking.order.len();
    let first = units::duration(median(ranking.order[0]));
    let last = units::duration(median(ranking.order[count - 1]));
    let take = format!("take {}", from_to(first, &last));
    if count == 2 {
        format!("{} are too close to call: both {take}", names(&ranking.order))
    } else {
        format!("No model is clearly ahead: all {count} {take}")
    }
}

/// Tasks that are empty or next to it: what one costs.
fn overhead(ranking: &Ranking<'_>) -> String {
    let slowest =
        ranking.order.iter().rev().find(|summary| !ranking.leads(&summary.contender)).unwrap_or(&ranking.order[0]);
    let cost = |summary: &Summary| units::duration(ranking.nanos_per_task(summary));
    let last = ranking.leaders.last().copied().unwrap_or(ranking.fastest());
    let costs = from_to(cost(ranking.fastest()), &cost(last));
    let kind = if ranking.task_nanos() > 0.0 { "A tiny task" } else { "An empty task" };
    format!(
        "{kind} costs {costs} with {}, {} with {}",
        names(&ranking.leaders),
        cost(slowest),
        name(&slowest.contender)
    )
}
