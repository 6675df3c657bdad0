//! How long tasks waited for their interpreter.

use super::phrasing::names;
use super::ranking::Ranking;
use super::topic::Topic;
use crate::analysis::summary::Summary;
use crate::units;

/// Waiting for the interpreter below this share of the tasks' time is not worth a sentence.
const HARDLY_WAITED: f64 = 0.05;

/// Waiting for the interpreter lock.
pub(super) struct InterpreterLock;

impl Topic for InterpreterLock {
    fn cause(&self, ranking: &Ranking<'_>) -> Option<String> {
        cause(ranking)
    }
}

/// "Under threading 3.11 and ThreadPoolExecutor 3.11, tasks waited for the interpreter lock (GIL) for at least about 40
/// to 60 % of their time."
fn cause(ranking: &Ranking<'_>) -> Option<String> {
    let share = |summary: &Summary| {
        let tasks = f64::from(ranking.results.nominal.tasks);
        let time = summary.step_nanos.iter().sum::<f64>() * tasks;
        // What can't be told from waiting for a core is not claimed.
        let sure = summary.gil_wait_nanos? - summary.gil_wait_error_nanos?;
        (time > 0.0).then_some(sure / time).filter(|share| *share > HARDLY_WAITED)
    };
    let waited: Vec<(&Summary, f64)> =
        ranking.order.iter().filter_map(|summary| Some((*summary, share(summary)?))).collect();
    let least = waited.iter().map(|(_, share)| *share).reduce(f64::min)?;
    let most = waited.iter().map(|(_, share)| *share).reduce(f64::max)?;
    let who = names(&waited.iter().map(|(summary, _)| *summary).collect::<Vec<_>>());
    let (low, high) = (units::percent(least * 100.0), units::percent(most * 100.0));
    let range = if low == high { high } else { format!("{} to {high}", low.trim_end_matches('%').trim_end()) };
    Some(format!("Under {who}, tasks waited for the interpreter lock (GIL) for at least about {range} of their time."))
}
