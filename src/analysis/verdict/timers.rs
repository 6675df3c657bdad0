//! Late timers: waits that end later than asked for, if that decides the wall time.

use super::ranking::{Ranking, median};
use crate::analysis::phrasing::all_names;
use crate::analysis::summary::Summary;
use crate::model::{Family, ModelId, Workers};
use crate::units;
use crate::workload::Step;

/// Lateness of waits from which they are reported, as a share of the nominal wait.
const LATE_SHARE: f64 = 0.2;
/// Share of the difference in wall time that late waits have to explain to be named as its cause.
const DECIDES: f64 = 0.5;
/// Lateness that rounding up to a full millisecond and the loop's own turn can cause, nanoseconds. More has another
/// cause.
const MILLISECOND_TIMER_NANOS: std::ops::Range<f64> = 0.1e6..2.5e6;
/// The same on Windows, which wakes a loop when its timer interrupt comes: every 15.6 ms, if no program asks for less.
const TICKING_TIMER_NANOS: std::ops::Range<f64> = 0.1e6..18e6;

/// Durations of a model's waits, all wait steps of a task together, nanoseconds.
struct Waits<'a> {
    summary: &'a Summary,
    measured: f64,
    late: f64,
}

/// Returns the nominal and measured waits of a workload of wait steps only; `None` for any other.
fn waits<'a>(ranking: &Ranking<'a>) -> Option<(f64, Vec<Waits<'a>>)> {
    let steps = ranking.results.experiment.workload.steps();
    if steps.is_empty() || !steps.iter().all(|step| matches!(step, Step::Wait { blocking: false, .. })) {
        return None;
    }
    let nominal = ranking.results.nominal.wait_nanos / f64::from(ranking.results.nominal.tasks.max(1));
    let of = |summary: &&'a Summary| {
        let measured: f64 = summary.step_nanos.iter().sum();
        (summary.step_nanos.len() == steps.len()).then_some(Waits { summary, measured, late: measured - nominal })
    };
    Some((nominal, ranking.order.iter().filter_map(of).collect()))
}

/// Returns the lateness that tokio's timer can cause on the machine of a run, and what is to be said of that timer.
fn tokio_timer(ranking: &Ranking<'_>) -> (std::ops::Range<f64>, &'static str) {
    if ranking.results.machine.as_ref().is_some_and(|machine| machine.os.to_ascii_lowercase().starts_with("windows")) {
        (
            TICKING_TIMER_NANOS,
            "whose timer counts in whole milliseconds and fires at a tick of Windows, up to 15.6 ms later",
        )
    } else {
        (MILLISECOND_TIMER_NANOS, "whose timer counts in whole milliseconds")
    }
}

/// Returns true if the model waits on tokio's timer, which counts in full milliseconds.
fn waits_on_tokio(model: ModelId) -> bool {
    let info = model.info();
    !model.is_python() && info.family == Family::EventLoops && info.workers != Workers::BlockingPool
}

/// Reports late waits: "A wait of 1.00 ms took 2.12 ms under Async, whose timer counts in whole milliseconds, and
/// 1.10 ms under Sequential." `None` if lateness does not decide the difference in wall time.
pub(super) fn cause(ranking: &Ranking<'_>) -> Option<String> {
    let (nominal, mut waits) = waits(ranking)?;
    waits.sort_by(|a, b| b.late.total_cmp(&a.late));
    let (latest, earliest) = (waits.first()?, waits.last()?);
    if latest.late < LATE_SHARE * nominal || latest.summary.contender == earliest.summary.contender {
        return None;
    }
    // Late waits add up if tasks follow each other, and overlap if they are in flight at once.
    let tasks = f64::from(ranking.results.nominal.tasks);
    let adds = |waits: &Waits<'_>| Some(waits.late * (tasks / f64::from(waits.summary.peak_in_flight?.max(1))).ceil());
    let slower = median(latest.summary) - median(earliest.summary);
    if slower <= 0.0 || adds(latest)? - adds(earliest)? < DECIDES * slower {
        return None;
    }
    let (lateness, timer) = tokio_timer(ranking);
    let (tokio, others): (Vec<&Waits<'_>>, Vec<&Waits<'_>>) =
        waits.iter().partition(|waits| waits_on_tokio(waits.summary.contender.model) && lateness.contains(&waits.late));
    let took = |group: &[&Waits<'_>]| {
        let least = units::duration(group.iter().map(|waits| waits.measured).fold(f64::INFINITY, f64::min));
        let most = units::duration(group.iter().map(|waits| waits.measured).fold(0.0, f64::max));
        crate::analysis::phrasing::from_to(least, &most)
    };
    let models = |group: &[&Waits<'_>]| all_names(&group.iter().map(|waits| waits.summary).collect::<Vec<_>>());
    let mut parts = Vec::new();
    if !tokio.is_empty() {
        parts.push(format!("{} under {}, {timer}", took(&tokio), models(&tokio)));
    }
    // One by one, since the sentence is about their difference.
    parts.extend(
        others.iter().map(|one| format!("{} under {}", units::duration(one.measured), one.summary.contender.title())),
    );
    let last = parts.pop()?;
    let list = if parts.is_empty() { last } else { format!("{}, and {last}", parts.join(", ")) };
    Some(format!("A wait of {} took {list}.", units::duration(nominal)))
}
