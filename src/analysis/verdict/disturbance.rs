//! The warning that comes before the finding: what took so much of the CPU that times and order are in doubt.

use super::phrasing::names;
use crate::analysis::background::background;
use crate::analysis::caveat::Caveat;
use crate::analysis::summary::Summary;
use crate::results::Results;
use crate::trial::BackgroundShares;
use crate::units;

/// From this share of the usable CPUs on, other programs or the host put the finding itself in doubt, percent.
const IN_DOUBT_PERCENT: f64 = 10.0;

/// Taking no longer than the ideal divided by this is running at the ideal.
const AT_IDEAL: f64 = 0.95;

/// "Disturbed: other programs used 50 to 67 % of the CPU. The times may be too long, and their order wrong."
/// `None` where nothing disturbed the run that much.
pub(super) fn disturbance(results: &Results, summaries: &[Summary]) -> Option<String> {
    if ran_at_their_ideals(summaries) {
        return None;
    }
    let foreign = |caveat: &Caveat| if let Caveat::ForeignCpu { percent } = caveat { Some(*percent) } else { None };
    let steal = |caveat: &Caveat| if let Caveat::Steal { percent } = caveat { Some(*percent) } else { None };
    // Of models that ran for less than a second nothing is known each for itself; of the run as a whole it may be.
    let (foreign, steal) = match of_the_whole_run(results, summaries) {
        Some(whole) => {
            let in_doubt = |percent: f64| {
                (percent >= IN_DOUBT_PERCENT).then(|| format!("{} of the usable cores", units::percent(percent)))
            };
            (in_doubt(whole.foreign_percent), whole.steal_percent.and_then(in_doubt))
        }
        None => (shares(summaries, foreign), shares(summaries, steal)),
    };
    let parts: Vec<String> = [
        foreign.map(|share| format!("other programs used {share}")),
        steal.map(|share| format!("the host of this virtual machine took {share}")),
    ]
    .into_iter()
    .flatten()
    .collect();
    let taken = (!parts.is_empty()).then(|| parts.join(", "));
    let stopped: Vec<&Summary> = summaries
        .iter()
        .filter(|summary| summary.caveats.iter().any(|caveat| matches!(caveat, Caveat::Throttled { .. })))
        .collect();
    let stopped = (!stopped.is_empty()).then(|| format!("a CPU quota stopped {} again and again", names(&stopped)));
    let what = [taken, stopped].into_iter().flatten().collect::<Vec<_>>().join("; ");
    (!what.is_empty()).then(|| format!("Disturbed: {what}. The times may be too long, and their order wrong."))
}

/// Whether every model took hardly longer than the least it could take: then nothing made its times too long.
pub(super) fn ran_at_their_ideals(summaries: &[Summary]) -> bool {
    let mut measured = summaries.iter().filter(|summary| summary.trials > 0).peekable();
    measured.peek().is_some() && measured.all(|summary| summary.efficiency.is_some_and(|share| share >= AT_IDEAL))
}

/// The shares of the whole run, warm-ups included, where a model that completed trials has none of its own.
pub(super) fn of_the_whole_run(results: &Results, summaries: &[Summary]) -> Option<BackgroundShares> {
    let unknown = summaries.iter().any(|summary| summary.trials > 0 && summary.foreign_percent.is_none());
    background(results.trials.iter()).filter(|_| unknown)
}

/// "50 to 67 % of the usable cores", or "12 % of the usable cores while Threads ran" where it is not about all models;
/// `None` where no model reaches [`IN_DOUBT_PERCENT`].
fn shares(summaries: &[Summary], pick: fn(&Caveat) -> Option<f64>) -> Option<String> {
    let of = |summary: &'_ Summary| summary.caveats.iter().find_map(pick);
    let known: Vec<(&Summary, f64)> = summaries.iter().filter_map(|summary| Some((summary, of(summary)?))).collect();
    let percents = || known.iter().map(|(_, percent)| *percent);
    let most = percents().reduce(f64::max).filter(|percent| *percent >= IN_DOUBT_PERCENT)?;
    let (low, high) = (units::percent(percents().fold(most, f64::min)), units::percent(most));
    let range = if low == high { high } else { format!("{} to {high}", low.trim_end_matches('%').trim_end()) };
    let measured = summaries.iter().filter(|summary| summary.trials > 0).count();
    let who = if known.len() >= measured {
        String::new()
    } else {
        format!(" while {} ran", names(&known.iter().map(|(summary, _)| *summary).collect::<Vec<_>>()))
    };
    Some(format!("{range} of the usable cores{who}"))
}
