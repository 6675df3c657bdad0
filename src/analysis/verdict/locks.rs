//! Topic of locks: the least time of the sections under a lock, the time that tasks waited for it, and deadlocks.

use super::ranking::{Ranking, median};
use super::topic::Topic;
use crate::analysis::phrasing::{all_names, from_to, names, times, verb};
use crate::analysis::summary::Summary;
use crate::failure::LockGraph;
use crate::results::Results;
use crate::units;
use crate::workload::{Lock, Step};

/// Topic of sections under a lock.
pub(super) struct Locks;

impl Topic for Locks {
    fn headline(&self, ranking: &Ranking<'_>) -> Option<String> {
        headline(ranking)
    }

    fn cause(&self, ranking: &Ranking<'_>) -> Option<String> {
        cause(ranking)
    }

    fn replaces_general_cause(&self, ranking: &Ranking<'_>) -> bool {
        headline(ranking).is_some()
    }
}

/// Share of the work from which the sections under a lock count as all of it.
const FULLY_SERIAL: f64 = 0.99;
/// Largest number of models whose lock waits are all listed; of more, only those that waited most and least.
const MOST_SHARES: usize = 4;

/// Models with deadlocked trials.
struct Deadlocked<'a> {
    locked: Vec<&'a Summary>,
    finished: Vec<&'a Summary>,
    /// Locks held and waited for in the first deadlocked trial.
    graph: &'a LockGraph,
}

impl<'a> Deadlocked<'a> {
    fn of(results: &'a Results, summaries: &'a [Summary]) -> Option<Self> {
        let graph = results.trials.iter().find_map(|trial| trial.failure.as_ref()?.deadlock())?;
        let (locked, others): (Vec<_>, Vec<_>) = summaries.iter().partition(|summary| summary.deadlocks > 0);
        let finished = others.into_iter().filter(|summary| summary.trials > 0).collect();
        Some(Self { locked, finished, graph })
    }
}

/// Names the models that finished and those that deadlocked; `None` if none deadlocked.
pub(super) fn deadlock(results: &Results, summaries: &[Summary]) -> Option<String> {
    let Deadlocked { locked, finished, .. } = Deadlocked::of(results, summaries)?;
    let locked = all_names(&locked);
    Some(if finished.is_empty() {
        format!("{locked} deadlocked: tasks waited for each other for ever")
    } else {
        format!("{} finished; {locked} deadlocked", all_names(&finished))
    })
}

/// Describes the deadlock: "Task 0 holds lock A and waits for lock B; task 1 …: neither can ever go on, and 2 more
/// tasks wait."
pub(super) fn deadlock_cause(results: &Results, summaries: &[Summary]) -> Option<String> {
    let Deadlocked { locked, graph, .. } = Deadlocked::of(results, summaries)?;
    let (waiting, others) = graph.waiting_holders();
    let none = if waiting.len() == 2 { "neither" } else { "none of them" };
    let waiting: Vec<String> = waiting.into_iter().map(|holder| graph.describe(holder)).collect();
    let waiting = waiting.join("; ");
    let others: Vec<String> =
        others.into_iter().map(|holder| graph.describe(holder)).chain(graph.describe_others()).collect();
    let mut letters = waiting.chars();
    let first = letters.next()?.to_uppercase();
    let others = if others.is_empty() { String::new() } else { format!(", and {}", others.join(", ")) };
    let ended = units::duration(results.experiment.trials.timeout_seconds * 1e9);
    let rounds: Vec<String> = locked
        .iter()
        .filter(|summary| summary.trials > 0)
        .map(|summary| {
            let all = results.trials.iter().filter(|trial| trial.contender == summary.contender).count();
            let hit = summary.deadlocks;
            format!(" {} deadlocked in {hit} of {}.", summary.contender.title(), units::plural(all as u64, "trial"))
        })
        .collect();
    Some(format!(
        "{first}{}: {none} can ever go on{others}. The time-out of {ended} ended each such trial.{}",
        letters.as_str(),
        rounds.concat()
    ))
}

/// Least time of the sections under the narrowest lock.
struct Floor {
    /// Least time of all sections under any model, nanoseconds.
    nanos: f64,
    /// Duration of one section, nanoseconds; `None` if they differ.
    each: Option<f64>,
    /// Number of sections; `None` where not every task has one.
    sections: Option<u32>,
    /// Number of tasks that may be inside at once.
    permits: u32,
    /// Kind of lock and how many of them tasks share; `None` for two locks.
    lock: Option<(Lock, u32)>,
}

/// Returns the least time of the sections under the narrowest lock; `None` without a lock.
fn floor(ranking: &Ranking<'_>) -> Option<Floor> {
    let nominal = &ranking.results.nominal;
    let steps = ranking.results.experiment.workload.steps().iter();
    let lock = |step: &Step| if let Step::Critical { lock, locks, .. } = step { Some((*lock, *locks)) } else { None };
    let locked = |step: &Step| Some((step.ms()? * 1e6, step.permits()?, lock(step)));
    let share = |(nanos, permits, _): &(f64, u32, Option<(Lock, u32)>)| nanos / f64::from((*permits).max(1));
    let (nanos, permits, lock) = steps.filter_map(locked).max_by(|a, b| share(a).total_cmp(&share(b)))?;
    (nominal.locked_nanos > 0.0).then_some(Floor {
        nanos: nominal.locked_nanos,
        each: nominal.equal.then_some(nanos),
        sections: (!has_classes(ranking)).then_some(nominal.tasks),
        permits,
        lock,
    })
}

/// True where classes of tasks have steps of their own.
fn has_classes(ranking: &Ranking<'_>) -> bool {
    ranking.results.experiment.workload.classes().is_some()
}

impl Floor {
    /// Describes the least time: "The mutex lets in one task at a time: 20 × 5.00 ms = 100 ms". It is a sum of nominal
    /// times, not a bound: a core that runs faster than at calibration may take less.
    fn describe(&self) -> String {
        let total = units::duration(self.nanos);
        let permits = units::count(u64::from(self.permits));
        let lock = match self.lock {
            None => "The two locks let".to_owned(),
            Some((lock, count)) => {
                let (one, several) = match lock {
                    Lock::Mutex => ("mutex", "mutexes"),
                    Lock::Semaphore => ("semaphore", "semaphores"),
                    Lock::Condvar => ("condition variable", "condition variables"),
                    Lock::Rwlock => ("read-write lock", "read-write locks"),
                };
                if count > 1 { format!("The {count} {several} let") } else { format!("The {one} lets") }
            }
        };
        let Some(sections) = self.sections.map(|count| units::count(count.into())) else {
            let tasks = if self.permits == 1 { "one task".to_owned() } else { format!("{permits} tasks") };
            return format!("{lock} in {tasks} at a time: its sections need {total}");
        };
        match (self.permits, self.each.map(units::duration)) {
            (1, Some(each)) => format!("{lock} in one task at a time: {sections} × {each} = {total}"),
            (1, None) => format!("{lock} in one task at a time: {sections} sections of {total} together"),
            (_, Some(each)) => {
                format!("{lock} in {permits} tasks at a time: {sections} sections of {each} need {total}")
            }
            (_, None) => format!("{lock} in {permits} tasks at a time: {sections} sections need {total}"),
        }
    }
}

/// Returns the finding if nearly all work is done under one lock.
fn headline(ranking: &Ranking<'_>) -> Option<String> {
    let floor = floor(ranking)?;
    let nominal = &ranking.results.nominal;
    if nominal.untimed || floor.nanos < FULLY_SERIAL * (nominal.compute_nanos + nominal.wait_nanos) {
        return None;
    }
    let behind = match ranking.beaten() {
        Some((rival, comparison)) => {
            let takes = verb(&[rival], "takes", "take");
            let (slower, leaders) = (rival.contender.title(), names(&ranking.leaders));
            format!("; {slower} {takes} {} times as long as {leaders}", times(comparison.ratio.median))
        }
        None => {
            let time = |summary: Option<&&Summary>| units::duration(summary.map_or(0.0, |summary| median(summary)));
            let (least, most) = (time(ranking.order.first()), time(ranking.order.last()));
            match ranking.order.as_slice() {
                [one] => format!(", and {} took {most}", one.contender.title()),
                [_, _] => format!(", and both models took {}", from_to(least, &most)),
                all => format!(", and all {} models took {}", all.len(), from_to(least, &most)),
            }
        }
    };
    Some(format!("{}{behind}", floor.describe()))
}

/// Reports the lock waits, and the least time if the headline does not state it.
fn cause(ranking: &Ranking<'_>) -> Option<String> {
    let floor = floor(ranking)?;
    let mut sentences = Vec::new();
    if headline(ranking).is_none() {
        sentences.push(format!("{}.", floor.describe()));
    }
    sentences.extend(waits(ranking));
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

/// Lists the lock waits: "Share of the tasks' time spent waiting for the lock: Threads 90 %, Thread pool 50 %,
/// Sequential 0 %."
fn waits(ranking: &Ranking<'_>) -> Option<String> {
    // The means of the steps are those of each class: they don't add up to the time of all tasks.
    if has_classes(ranking) {
        return None;
    }
    let tasks = f64::from(ranking.results.nominal.tasks);
    let share = |summary: &Summary| {
        let all: f64 = summary.step_nanos.iter().sum::<f64>() * tasks;
        summary.lock_wait_nanos.filter(|_| all > 0.0).map(|nanos| nanos / all * 100.0)
    };
    let mut known: Vec<(&Summary, f64)> =
        ranking.order.iter().filter_map(|summary| Some((*summary, share(summary)?))).collect();
    known.sort_by(|a, b| b.1.total_cmp(&a.1));
    let format_share = |(summary, percent): &(&Summary, f64)| {
        format!("{} {}", summary.contender.title(), units::percent((*percent * 10.0).round() / 10.0))
    };
    let parts: Vec<String> = match known.as_slice() {
        [] => return None,
        [first, second, hidden @ .., last] if known.len() > MOST_SHARES => {
            vec![
                format_share(first),
                format_share(second),
                format!("{} more between these and {}", hidden.len(), format_share(last)),
            ]
        }
        few => few.iter().map(format_share).collect(),
    };
    Some(format!("Share of the tasks' time spent waiting for the lock: {}.", parts.join(", ")))
}
