//! Topic of the interpreter lock (GIL): the time that tasks waited for it.

use super::ranking::Ranking;
use super::topic::Topic;
use crate::analysis::phrasing::names;
use crate::analysis::summary::Summary;
use crate::units;

/// Share of the tasks' time from which waiting for the GIL is reported.
const HARDLY_WAITED: f64 = 0.05;

/// Topic of waiting for the GIL.
pub(super) struct InterpreterLock;

impl Topic for InterpreterLock {
    fn cause(&self, ranking: &Ranking<'_>) -> Option<String> {
        cause(ranking)
    }
}

/// Reports the share of time: "Under threading 3.11 and ThreadPoolExecutor 3.11, tasks waited for the interpreter lock
/// (GIL) for at least about 40 to 60 % of their time."
fn cause(ranking: &Ranking<'_>) -> Option<String> {
    // With classes the means of the steps do not add up to the time of all tasks.
    if ranking.results.experiment.workload.classes().is_some() {
        return None;
    }
    let share = |summary: &Summary| {
        let tasks = f64::from(ranking.results.nominal.tasks);
        let time = summary.step_nanos.iter().sum::<f64>() * tasks;
        // Time that may have been waiting for a core is left out.
        let certain = summary.gil_wait_nanos? - summary.gil_wait_error_nanos?;
        (time > 0.0).then_some(certain / time).filter(|share| *share > HARDLY_WAITED)
    };
    let waited: Vec<(&Summary, f64)> =
        ranking.order.iter().filter_map(|summary| Some((*summary, share(summary)?))).collect();
    let least = waited.iter().map(|(_, share)| *share).reduce(f64::min)?;
    let most = waited.iter().map(|(_, share)| *share).reduce(f64::max)?;
    let models = names(&waited.iter().map(|(summary, _)| *summary).collect::<Vec<_>>());
    let (low, high) = (units::percent(least * 100.0), units::percent(most * 100.0));
    let range = if low == high { high } else { format!("{} to {high}", low.trim_end_matches('%').trim_end()) };
    Some(format!(
        "Under {models}, tasks waited for the interpreter lock (GIL) for at least about {range} of their time."
    ))
}
