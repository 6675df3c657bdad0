//! Topic of a system limit on threads or processes that some models reached.

use super::ranking::{Ranking, median};
use super::topic::Topic;
use crate::analysis::phrasing::{all_tasks, from_to, join, names};
use crate::model::Contender;
use crate::units;

/// Topic of the system's limit on threads or processes.
pub(super) struct ThreadLimit;

impl Topic for ThreadLimit {
    fn headline(&self, ranking: &Ranking<'_>) -> Option<String> {
        headline(ranking)
    }
}

/// Names the models that failed at a limit and those that never reached it: "Async and Async multi-thread finished all
/// 100,000 tasks in 1.18 s; Threads failed at 16,379 threads".
fn headline(ranking: &Ranking<'_>) -> Option<String> {
    let limit = |contender: &Contender| {
        let trials = || ranking.results.trials.iter().filter(|trial| trial.contender == *contender);
        if trials().any(|trial| trial.completed().is_some()) {
            return None;
        }
        Some((contender.title(), trials().find_map(|trial| trial.failure.as_ref()?.limit_reached())?))
    };
    let failed: Vec<String> = ranking
        .results
        .experiment
        .models
        .iter()
        .filter_map(limit)
        .map(|(model, (alive, unit))| format!("{model} failed at {} {unit}", units::count(u64::from(alive))))
        .collect();
    if failed.is_empty() {
        return None;
    }
    let least = units::duration(median(ranking.order.first()?));
    let most = units::duration(median(ranking.order.last()?));
    let tasks = all_tasks(ranking.results.nominal.tasks);
    Some(format!("{} finished {tasks} in {}; {}", names(&ranking.order), from_to(least, &most), join(&failed)))
}
