//! Warning before the finding: other programs, the host or a quota took so much CPU time that times and order are in
//! doubt.

use crate::analysis::background::of_run;
use crate::analysis::caveat::Caveat;
use crate::analysis::phrasing::names;
use crate::analysis::summary::Summary;
use crate::results::Results;
use crate::trial::BackgroundShares;
use crate::units;

/// Share of the usable CPUs taken by other programs or the host from which the finding itself is in doubt, percent.
const IN_DOUBT_PERCENT: f64 = 10.0;

/// Efficiency from which a model counts as running at its ideal.
const AT_IDEAL: f64 = 0.95;

/// Returns the warning, for example "Disturbed: other programs used 50 to 67 % of the CPU. The times may be too long,
/// and their order wrong." `None` if nothing disturbed the run that much.
pub(super) fn disturbance(results: &Results, summaries: &[Summary]) -> Option<String> {
    if ran_at_their_ideals(summaries) {
        return None;
    }
    let foreign = |caveat: &Caveat| if let Caveat::ForeignCpu { percent } = caveat { Some(*percent) } else { None };
    let steal = |caveat: &Caveat| if let Caveat::Steal { percent } = caveat { Some(*percent) } else { None };
    // Models that ran for less than a second have no shares of their own; the run may have.
    let (foreign, steal) = match shares_of_run(results, summaries) {
        Some(run_shares) => {
            let in_doubt = |percent: f64| {
                (percent >= IN_DOUBT_PERCENT).then(|| format!("{} of the usable cores", units::percent(percent)))
            };
            (in_doubt(run_shares.foreign_percent), run_shares.steal_percent.and_then(in_doubt))
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
    let causes = [taken, stopped].into_iter().flatten().collect::<Vec<_>>().join("; ");
    (!causes.is_empty()).then(|| format!("Disturbed: {causes}. The times may be too long, and their order wrong."))
}

/// Returns true if every model took hardly longer than its ideal: then nothing made its times too long.
pub(super) fn ran_at_their_ideals(summaries: &[Summary]) -> bool {
    let mut measured = summaries.iter().filter(|summary| summary.trials > 0).peekable();
    measured.peek().is_some() && measured.all(|summary| summary.efficiency.is_some_and(|share| share >= AT_IDEAL))
}

/// Returns the shares over the run if a model that completed trials has no shares of its own.
pub(super) fn shares_of_run(results: &Results, summaries: &[Summary]) -> Option<BackgroundShares> {
    let unknown = summaries.iter().any(|summary| summary.trials > 0 && summary.foreign_percent.is_none());
    of_run(results).filter(|_| unknown)
}

/// Formats the shares of the models: "50 to 67 % of the usable cores", or "12 % of the usable cores while Threads ran"
/// if not all models are affected. `None` if no model reaches [`IN_DOUBT_PERCENT`].
fn shares(summaries: &[Summary], pick: fn(&Caveat) -> Option<f64>) -> Option<String> {
    let of = |summary: &'_ Summary| summary.caveats.iter().find_map(pick);
    let known: Vec<(&Summary, f64)> = summaries.iter().filter_map(|summary| Some((summary, of(summary)?))).collect();
    let percents = || known.iter().map(|(_, percent)| *percent);
    let most = percents().reduce(f64::max).filter(|percent| *percent >= IN_DOUBT_PERCENT)?;
    let (low, high) = (units::percent(percents().fold(most, f64::min)), units::percent(most));
    let range = if low == high { high } else { format!("{} to {high}", low.trim_end_matches('%').trim_end()) };
    let measured = summaries.iter().filter(|summary| summary.trials > 0).count();
    let models = if known.len() >= measured {
        String::new()
    } else {
        format!(" while {} ran", names(&known.iter().map(|(summary, _)| *summary).collect::<Vec<_>>()))
    };
    Some(format!("{range} of the usable cores{models}"))
}
