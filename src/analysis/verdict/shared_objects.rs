//! Topic of Python objects that all tasks share: the time of one use of each, beside that of the plain loop on the same
//! interpreter.

use super::ranking::Ranking;
use super::topic::Topic;
use crate::analysis::interpreter_lock::has_gil;
use crate::analysis::phrasing::{join, times};
use crate::analysis::summary::Summary;
use crate::model::Family;
use crate::units;
use crate::workload::{SharedObject, Step};

/// Most models whose times are listed.
const MOST_LISTED: usize = 4;

/// Topic of `shared` steps.
pub(super) struct SharedObjects;

impl Topic for SharedObjects {
    fn cause(&self, ranking: &Ranking<'_>) -> Option<String> {
        cause(ranking)
    }
}

/// A step that uses a shared object.
struct Use {
    /// Index of the step.
    step: usize,
    object: SharedObject,
    count: u64,
}

impl Use {
    /// Mean time of one use under a model, nanoseconds.
    fn nanos(&self, summary: &Summary) -> Option<f64> {
        summary.step_nanos.get(self.step).map(|nanos| nanos / self.count.max(1) as f64)
    }
}

/// "Time per use under ThreadPoolExecutor 3.13t beside loop 3.13t: list 310 ns (5.2 times as long), lock …." Where tasks
/// took turns under the GIL, how much of it that may be.
fn cause(ranking: &Ranking<'_>) -> Option<String> {
    let of = |(step, kind): (usize, &Step)| match kind {
        Step::Shared { object, count } => Some(Use { step, object: *object, count: *count }),
        _ => None,
    };
    let uses: Vec<Use> = ranking.results.experiment.workload.steps().iter().enumerate().filter_map(of).collect();
    let is_loop = |summary: &Summary| summary.contender.model.info().family == Family::Sequential;
    let baseline = |summary: &Summary| {
        let same_host = |one: &&&Summary| is_loop(one) && one.contender.host == summary.contender.host;
        ranking.order.iter().find(same_host).copied()
    };
    let sharing: Vec<&Summary> = ranking.order.iter().copied().filter(|summary| !is_loop(summary)).collect();
    let shown = || sharing.iter().copied().take(MOST_LISTED);
    let mut sentences: Vec<String> =
        shown().filter_map(|summary| of_model(&uses, summary, baseline(summary))).collect();
    if sentences.is_empty() {
        return None;
    }
    if sharing.len() > MOST_LISTED {
        sentences.push(match sharing.len() - MOST_LISTED {
            1 => "1 more model is left out here.".to_owned(),
            more => format!("{} more models are left out here.", units::count(more as u64)),
        });
    }
    let takes_turns = |summary: &&Summary| {
        summary.contender.model.shares_an_interpreter() && has_gil(ranking.results, &summary.contender)
    };
    let turns: Vec<String> = shown()
        .filter(takes_turns)
        .filter_map(|summary| Some((summary, summary.peak_in_flight.filter(|tasks| *tasks > 1)?)))
        .map(|(summary, tasks)| format!("up to {tasks} times as long under {}", summary.contender.title()))
        .collect();
    if !turns.is_empty() {
        sentences.push(format!(
            "Tasks in flight take turns under the interpreter lock (GIL): by that alone a use takes {}.",
            join(&turns)
        ));
    }
    Some(sentences.join(" "))
}

fn of_model(uses: &[Use], summary: &Summary, baseline: Option<&Summary>) -> Option<String> {
    let part = |one: &Use| {
        let nanos = one.nanos(summary)?;
        let beside = baseline.and_then(|baseline| one.nanos(baseline)).filter(|nanos| *nanos > 0.0);
        let ratio = beside.map_or_else(String::new, |beside| format!(" ({} times)", times(nanos / beside)));
        Some(format!("{} {}{ratio}", one.object.title(), units::duration(nanos)))
    };
    let parts: Vec<String> = uses.iter().filter_map(part).collect();
    let beside =
        baseline.map_or_else(String::new, |one| format!(" (times as long as under {})", one.contender.title()));
    (!parts.is_empty())
        .then(|| format!("Time of one use under {}{beside}: {}.", summary.contender.title(), parts.join(", ")))
}
