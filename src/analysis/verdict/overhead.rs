//! Overhead of a task: the cost of empty or tiny tasks under each model, and the parts of that cost.

use super::ranking::{Ranking, median};
use crate::analysis::phrasing::{all_names, join, names};
use crate::analysis::summary::Summary;
use crate::model::{Family, Workers};
use crate::results::Results;
use crate::units;

/// Number of tasks from which the wall time of a trial gives the cost of one task: with fewer, the first tasks of a cold
/// process weigh too much.
const MANY_TASKS: u32 = 1_000;
/// Share of a task's time from which it is mostly the lab's own timestamps.
const MOSTLY: f64 = 0.7;
/// The same number for models that start a thread or process per task, which costs far more.
const MANY_STARTS: u32 = 10;

/// Returns true if the wall time of this contender gives the cost of one task.
pub(in crate::analysis) fn tells_cost_of_a_task(results: &Results, summary: &Summary) -> bool {
    let info = summary.contender.model.info();
    let starts = info.workers == Workers::None && matches!(info.family, Family::Threads | Family::Processes);
    results.nominal.tasks >= if starts { MANY_STARTS } else { MANY_TASKS }
}

fn is_stated(ranking: &Ranking<'_>, summary: &Summary) -> bool {
    tells_cost_of_a_task(ranking.results, summary)
}

/// States the cost of a task: "Starting a thread for each task costs 35.0 µs; a task in a plain loop 20.0 ns".
pub(super) fn headline(ranking: &Ranking<'_>) -> String {
    let cost = |summary: &Summary| units::duration(ranking.nanos_per_task(summary));
    let fastest = ranking.fastest();
    let slowest = ranking.order.last().unwrap_or(&fastest);
    let tasks = units::count(u64::from(ranking.results.nominal.tasks));
    match (is_stated(ranking, fastest), is_stated(ranking, slowest)) {
        (_, false) => {
            let noun = if ranking.results.nominal.tasks == 1 { "task" } else { "tasks" };
            let kind = if ranking.task_nanos() > 0.0 { "tiny" } else { "empty" };
            let took =
                |summary: &Summary| format!("{} with {}", units::duration(median(summary)), summary.contender.title());
            format!("{tasks} {kind} {noun} took {} and {}: too few to say what one costs", took(fastest), took(slowest))
        }
        (false, true) => format!("{} costs {}", starting(slowest), cost(slowest)),
        (true, true) if ranking.task_nanos() > 0.0 => format!(
            "A task of {} takes {} with {} and {} with {}",
            units::duration(ranking.task_nanos()),
            cost(fastest),
            names(&ranking.leaders),
            cost(slowest),
            slowest.contender.title()
        ),
        (true, true) if is_plain_loop(fastest) => format!(
            "{} costs {}; {}, which starts nothing, takes {} a task",
            starting(slowest),
            cost(slowest),
            fastest.contender.title(),
            cost(fastest)
        ),
        (true, true) => {
            format!(
                "{} costs {}; {} {}",
                starting(slowest),
                cost(slowest),
                units::uncapitalised(&starting(fastest)),
                cost(fastest)
            )
        }
    }
}

/// Names the work of a model for each task while the clock runs, as the subject of "costs 35 µs".
fn starting(summary: &Summary) -> String {
    let info = summary.contender.model.info();
    let title = summary.contender.title();
    if summary.contender.settings.chunk.is_some() {
        return format!("Handing over a task within a chunk ({title})");
    }
    match (info.family, info.workers) {
        (Family::Sequential, _) => format!("A task in a plain loop ({title})"),
        (Family::Threads, _) if title == "Threads" => "Starting a thread for each task".to_owned(),
        (Family::Threads, _) => format!("Starting a thread for each task ({title})"),
        (Family::Processes, Workers::None) if title == "Processes" => "Starting a process for each task".to_owned(),
        (Family::Processes, Workers::None) => format!("Starting a process for each task ({title})"),
        (Family::EventLoops, Workers::BlockingPool) => format!("Handing a task to a blocking pool ({title})"),
        (Family::EventLoops, _) => format!("Creating a task on an event loop ({title})"),
        (Family::Pools | Family::Processes | Family::SubInterpreters, _) => format!("Handing a task to {title}"),
    }
}

/// Lists the cost of a task: "Wall time per task: Sequential 20.0 ns, Threads 35.0 µs. The lab's own time stamps …"
pub(super) fn cause(ranking: &Ranking<'_>) -> Option<String> {
    let stated: Vec<&Summary> = ranking.order.iter().copied().filter(|one| is_stated(ranking, one)).collect();
    if stated.is_empty() {
        return None;
    }
    let parts: Vec<String> = stated
        .iter()
        .map(|summary| format!("{} {}", summary.contender.title(), units::duration(ranking.nanos_per_task(summary))))
        .collect();
    // A single figure is already in the headline.
    let mut sentences: Vec<String> = match parts.as_slice() {
        [_] => Vec::new(),
        several => vec![format!("Wall time per task: {}.", several.join(", "))],
    };
    sentences.extend(stamps(ranking, &stated));
    sentences.extend(processes(&stated));
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

fn is_plain_loop(summary: &Summary) -> bool {
    summary.contender.model.info().family == Family::Sequential
}

/// Reports the cost of the lab's own timestamps if it was measured and is a tenth or more of any model's task.
fn stamps(ranking: &Ranking<'_>, stated: &[&Summary]) -> Option<String> {
    let known: Vec<(&Summary, f64)> =
        stated.iter().filter_map(|summary| Some((*summary, summary.stamp_nanos?))).collect();
    let weighs = |(summary, nanos): &(&Summary, f64)| *nanos >= 0.1 * ranking.nanos_per_task(summary);
    if !known.iter().any(weighs) {
        return None;
    }
    let of = |python: bool| {
        let own: Vec<f64> = known
            .iter()
            .filter(|(summary, _)| summary.contender.model.is_python() == python)
            .map(|(_, nanos)| *nanos)
            .collect();
        let middle = crate::analysis::statistics::median(&own)?;
        Some(format!("{} in {}", units::duration(middle), if python { "Python" } else { "Rust" }))
    };
    let parts: Vec<String> = [of(false), of(true)].into_iter().flatten().collect();
    let about = join(&parts);
    let mostly: Vec<&Summary> = known
        .iter()
        .filter(|(summary, nanos)| *nanos >= MOSTLY * ranking.nanos_per_task(summary))
        .map(|(summary, _)| *summary)
        .collect();
    Some(match mostly.as_slice() {
        [] => format!("The lab's own time stamps take about {about} of each task's time."),
        _ => format!(
            "Under {} nearly all of it is the lab's own time stamps, so what such a task costs by itself can't be stated.",
            all_names(&mostly)
        ),
    })
}

/// Explains the start method of Python models that start a process per task.
fn processes(stated: &[&Summary]) -> Option<String> {
    let of = |summary: &&Summary| {
        let info = summary.contender.model.info();
        let per_task =
            summary.contender.model.is_python() && info.family == Family::Processes && info.workers == Workers::None;
        let method = summary.start_method.as_deref().filter(|_| per_task)?;
        let how = match method {
            "fork" => "each process is a copy of its parent (fork)",
            "spawn" => "each process starts an interpreter of its own and imports the program (spawn)",
            "forkserver" => "a server process makes each process as a copy of itself (forkserver)",
            _ => return None,
        };
        Some(format!("{}: {how}.", summary.contender.title()))
    };
    let all: Vec<String> = stated.iter().filter_map(of).collect();
    (!all.is_empty()).then(|| all.join(" "))
}
