//! Headline of the verdict: the finding in one sentence, with its measured cause.

use super::overhead;
use super::ranking::{ONE_CORE, Ranking, Regime, median};
use super::topics::TOPICS;
use crate::analysis::phrasing::{be, cores, from_to, join, names, times, verb};
use crate::analysis::summary::Summary;
use crate::units;

/// Difference in cores used from which a model counts as computing on more cores than its rival.
const MORE_CORES: f64 = 0.3;
/// Part of the logarithm of the ratio of two times that the cores have to account for to be its cause.
const MOST_OF_RATIO: f64 = 0.5;
/// Factor between medians from which they are not called equal.
const APART: f64 = 1.1;

/// Returns the finding of the run, or one for each host if hosts can't be compared.
pub(super) fn headline(overall: &Ranking<'_>, by_host: &[Ranking<'_>]) -> String {
    // Some kinds of steps have a finding other than speed.
    let particular = TOPICS.iter().find_map(|topic| topic.headline(overall));
    if let Some(particular) = particular {
        return particular;
    }
    if let [_, _, ..] = by_host {
        let compared: Vec<&Ranking<'_>> = by_host.iter().filter(|ranking| ranking.order.len() > 1).collect();
        if compared.is_empty() {
            let took = by_host.iter().map(|ranking| took(ranking.order[0])).collect::<Vec<_>>();
            return format!("{}: each host ran work of its own, so they are not compared", join(&took));
        }
        let findings = compared
            .iter()
            .map(|ranking| format!("{}: {}", ranking.fastest().contender.host.title(), speed(ranking, true)));
        return findings.collect::<Vec<_>>().join("; ");
    }
    speed(overall, false)
}

/// Names the fastest model, its lead, and the cause as far as it was measured.
fn speed(ranking: &Ranking<'_>, one_of_several: bool) -> String {
    let fastest = ranking.fastest();
    if ranking.order.len() == 1 {
        let tasks = units::plural(u64::from(ranking.results.nominal.tasks), "task");
        return format!("{} for {tasks}", took(fastest));
    }
    let Some((rival, comparison)) = ranking.beaten() else { return level(ranking) };
    if ranking.regime == Regime::Overhead {
        return overhead::headline(ranking);
    }
    let ratio = times(comparison.ratio.median);
    // One round shows what happened in it.
    let (takes, is_single) = match comparison.ratio.pairs {
        1 => ("took", true),
        _ => (verb(&[rival], "takes", "take"), false),
    };
    let only_round = if is_single { " in the only round" } else { "" };
    if ranking.reference_leads() {
        let behind = format!("{} {takes} {ratio} times as long", rival.contender.title());
        let finding = match (ranking.leaders.as_slice(), ranking.reference) {
            ([_], Some(reference)) if one_of_several => format!("{behind} as {}", reference.title()),
            ([_], Some(reference)) if is_single => format!("{behind} as {}, the fastest,", reference.title()),
            ([_], Some(reference)) => format!("Nothing is faster than {} here: {behind}", reference.title()),
            _ => format!("{} can't be told apart; {behind} as {}", names(&ranking.leaders), fastest.contender.title()),
        };
        return finding + only_round;
    }
    // A model that does not differ clearly from the fastest need not be ahead of the rival.
    let (ahead, ratios): (Vec<&Summary>, Vec<f64>) = ranking.ahead_of(rival).into_iter().unzip();
    let least = times(ratios.iter().copied().fold(f64::INFINITY, f64::min));
    let most = times(ratios.iter().copied().fold(0.0, f64::max));
    let ratio = from_to(least, &most);
    let because = because(ranking, rival, &ahead).map_or_else(String::new, |cause| format!(", because {cause}"));
    let be = if is_single { verb(&ahead, "was", "were") } else { be(&ahead) };
    format!("{} {be} {ratio} times as fast as {}{only_round}{because}", names(&ahead), rival.contender.title())
}

/// Formats a model's time after another sentence with "took": "Sequential 4.10 s".
fn name_and_time(summary: &Summary) -> String {
    format!("{} {}", summary.contender.title(), units::duration(median(summary)))
}

/// Formats a model's time: "Async took 53.2 ms".
fn took(summary: &Summary) -> String {
    format!("{} took {}", summary.contender.title(), units::duration(median(summary)))
}

/// Explains why these models are ahead of a rival, if the measurement shows it of each of them.
fn because(ranking: &Ranking<'_>, rival: &Summary, ahead: &[&Summary]) -> Option<String> {
    let regime = ranking.regime;
    // A task that waits for a permit is in flight as well: the topic of locks explains the overlap.
    if ranking.results.experiment.workload.steps().iter().any(|step| step.permits().is_some()) {
        return None;
    }
    let theirs = rival.peak_in_flight?;
    let peaks: Vec<u32> = ahead.iter().map(|one| one.peak_in_flight).collect::<Option<_>>()?;
    let count = |number: u32| units::count(u64::from(number));
    // One task more than workers takes one more turn: 41 tasks on 40 workers take two.
    let tasks = ranking.results.nominal.tasks;
    let turns = f64::from(tasks.div_ceil(theirs.max(1)));
    let more = |(one, ours): (&&Summary, &u32)| {
        let turn_more = *ours == tasks && theirs < tasks && (median(rival) / median(one) / turns - 1.0).abs() < 0.2;
        f64::from(*ours) >= 1.5 * f64::from(theirs) || turn_more
    };
    // Where tasks compute as well, not all that are in flight wait.
    let together = if regime == Regime::Waiting { "wait" } else { "are in flight" };
    let overlap = ahead.iter().zip(&peaks).all(more).then(|| match (theirs, peaks.iter().min(), peaks.iter().max()) {
        (2.., Some(least), Some(most)) => {
            format!("{} tasks {together} at once, not {}", from_to(count(*least), &count(*most)), count(theirs))
        }
        _ => "waits overlap".to_owned(),
    });
    let more_cores = more_cores(rival, ahead);
    match (regime, overlap, more_cores) {
        (Regime::Waiting, Some(overlap), _) | (Regime::Mixed, Some(overlap), None) => Some(overlap),
        (Regime::Computing | Regime::Mixed, None, Some(more_cores)) | (Regime::Computing, _, Some(more_cores)) => {
            Some(more_cores)
        }
        (Regime::Mixed, Some(overlap), Some(more_cores)) => Some(format!("{overlap} and {more_cores}")),
        _ => None,
    }
}

/// Names the cores that these models used, if they are a cause of the ratio of their times to those of a rival: wall time is
/// CPU time / cores used, and the cores have to account for most of the ratio of each.
fn more_cores(rival: &Summary, ahead: &[&Summary]) -> Option<String> {
    let theirs = rival.cpu_cores_used?;
    let used: Vec<f64> = ahead.iter().map(|one| one.cpu_cores_used).collect::<Option<_>>()?;
    let is_cause = |(one, ours): (&&Summary, &f64)| {
        let accounts = (ours / theirs).ln() >= MOST_OF_RATIO * (median(rival) / median(one)).ln();
        *ours > ONE_CORE && *ours > theirs + MORE_CORES && accounts
    };
    let least = used.iter().copied().fold(f64::INFINITY, f64::min);
    let most = used.iter().copied().fold(0.0, f64::max);
    let all = ahead.iter().zip(&used).all(is_cause);
    all.then(|| format!("{} cores were used, not {}", from_to(cores(least), &cores(most)), cores(theirs)))
}

/// Describes a run in which no model is clearly slower than the fastest.
fn level(ranking: &Ranking<'_>) -> String {
    let right: Vec<&Summary> = ranking.order.iter().copied().filter(|one| !one.result_is_wrong()).collect();
    let compared = if right.len() > 1 { right } else { ranking.order.clone() };
    let first = units::duration(compared.first().map_or(f64::NAN, |one| median(one)));
    let last = units::duration(compared.last().map_or(f64::NAN, |one| median(one)));
    let times = from_to(first, &last);
    let pairs = ranking.rival.as_ref().map_or(0, |(_, comparison)| comparison.ratio.pairs);
    let few = ranking.rival.as_ref().is_some_and(|(_, comparison)| comparison.ratio.ci95.is_none());
    match compared.as_slice() {
        [one] => took(one),
        // A large difference in few rounds may be real or noise.
        [fastest, .., slowest] if few && median(slowest) > APART * median(fastest) => {
            let rounds = if pairs == 1 { "One round is".to_owned() } else { format!("{pairs} rounds are") };
            format!("{rounds} too few to rank the models: {}, {}", took(fastest), name_and_time(slowest))
        }
        [_, _] => format!("{} can't be told apart: both took {times}", names(&compared)),
        all => format!("No model is clearly ahead: all {} took {times}", all.len()),
    }
}
