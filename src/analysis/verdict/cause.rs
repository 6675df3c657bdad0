//! Cause of the finding as far as it was measured: tasks in flight, cores used, cost of a task.

use super::in_flight::in_flight;
use super::ranking::{ONE_CORE, Ranking, Regime, median};
use super::topic::Topic;
use super::topics::TOPICS;
use super::{overhead, timers};
use crate::analysis::ideal::{computing_threads, usable_cpus};
use crate::analysis::interpreter_lock::has_gil;
use crate::analysis::phrasing::{cores, from_to, names, separator};
use crate::analysis::summary::Summary;
use crate::model::Family;
use crate::trial::LEAST_COUNTED_NANOS;
use crate::workload::Step;

/// Number of cores used below which hardly any CPU was used.
const HARDLY_ANY: f64 = 0.005;

/// Least part of a core beyond the usable ones that is no error of measurement.
const LEAST_PART: f64 = 0.05;

/// Most groups of models by the cores that they used, and the ratio to the most in a group from which a number belongs to it.
const MOST_GROUPS: usize = 3;
const ALIKE: f64 = 0.8;

/// Describes measurements other than time. In a disturbed run no model is blamed for cores that other programs used.
pub(super) fn cause(ranking: &Ranking<'_>, disturbed: bool) -> String {
    // A finding other than speed replaces the general cause by its own.
    let (replacing, beside): (Vec<_>, Vec<_>) =
        TOPICS.into_iter().partition(|topic| topic.replaces_general_cause(ranking));
    let is_general = replacing.is_empty();
    let used = || cores_used(ranking, disturbed);
    let general = match ranking.regime {
        _ if !is_general => [None, None],
        Regime::Overhead => [overhead::cause(ranking), None],
        Regime::Computing => [used(), in_flight(ranking).filter(|_| cores_unknown(ranking))],
        Regime::Waiting | Regime::Mixed | Regime::Unstated => [in_flight(ranking), used()],
    };
    let timers = timers::cause(ranking).filter(|_| is_general);
    let of = |topics: Vec<&'static dyn Topic>| topics.into_iter().filter_map(|topic| topic.cause(ranking));
    of(replacing).chain(timers).chain(general.into_iter().flatten()).chain(of(beside)).collect::<Vec<_>>().join(" ")
}

fn cores_unknown(ranking: &Ranking<'_>) -> bool {
    ranking.order.iter().all(|summary| summary.cpu_cores_used.is_none())
}

/// "Cores used on average, of 2: 1.9 by Work stealing (rayon), 1.0 by Sequential." Where no model used a second core:
/// the most that any used, unless the run was disturbed or none could have used more.
fn cores_used(ranking: &Ranking<'_>, disturbed: bool) -> Option<String> {
    let known: Vec<(&Summary, f64)> =
        ranking.order.iter().filter_map(|summary| Some((*summary, summary.cpu_cores_used?))).collect();
    let most = known.iter().map(|(_, cores)| *cores).reduce(f64::max)?;
    // One thread can't use more than a core: the trials were too short for the system's counters.
    // Code of the user's may start threads, in trials that are long enough to count them.
    let own_code = ranking.results.experiment.workload.steps().iter().any(Step::is_own_code)
        && ranking.order.iter().all(|summary| median(summary) >= LEAST_COUNTED_NANOS as f64);
    let is_one_thread = |summary: &Summary| summary.contender.model.info().family == Family::Sequential;
    if !own_code && known.iter().any(|(summary, cores)| *cores > ONE_CORE && is_one_thread(summary)) {
        return None;
    }
    let cpus = same_cpus(ranking);
    if most <= ONE_CORE {
        let any_could = known.iter().any(|(summary, _)| can_use_second_core(ranking, summary));
        if disturbed || !any_could || cpus == Some(1) {
            return None;
        }
        if most < HARDLY_ANY {
            return Some("Hardly any CPU was used.".to_owned());
        }
        let waits = if ranking.regime == Regime::Waiting { ": this work waits" } else { "" };
        return Some(match known.as_slice() {
            [(one, _)] => format!("{} used {} cores on average{waits}.", one.contender.title(), cores(most)),
            _ => format!("The most that any model used was {} cores on average{waits}.", cores(most)),
        });
    }
    let groups = groups(known);
    let group = |members: &Vec<(&Summary, f64)>| {
        let least = cores(members.iter().map(|(_, cores)| *cores).fold(f64::INFINITY, f64::min));
        let most = cores(members.iter().map(|(_, cores)| *cores).fold(0.0, f64::max));
        let models = names(&members.iter().map(|(summary, _)| *summary).collect::<Vec<_>>());
        format!("{} by {models}", from_to(least, &most))
    };
    // A CPU quota may allow a part of a further one.
    let whole = cpus.filter(|cpus| most <= f64::from(*cpus) + LEAST_PART);
    let of = whole.map_or_else(String::new, |cpus| format!(", of {cpus}"));
    let parts: Vec<String> = groups.iter().map(group).collect();
    let separator = separator(groups.iter().map(Vec::len));
    Some(format!("Cores used on average{of}: {}.", parts.join(separator)))
}

/// Groups models that used nearly as many cores, most first; the last group has the others. Within a group the fastest is
/// first.
fn groups(mut known: Vec<(&Summary, f64)>) -> Vec<Vec<(&Summary, f64)>> {
    known.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    let mut groups: Vec<Vec<(&Summary, f64)>> = Vec::new();
    for (summary, cores) in known {
        let is_last = groups.len() == MOST_GROUPS;
        match groups.last_mut() {
            Some(group) if is_last || cores >= ALIKE * group[0].1 => group.push((summary, cores)),
            _ => groups.push(vec![(summary, cores)]),
        }
    }
    for group in &mut groups {
        group.sort_by(|(one, _), (other, _)| median(one).total_cmp(&median(other)));
    }
    groups
}

/// Returns the number of CPUs that the models may use; `None` if it is not known, or not the same for all.
fn same_cpus(ranking: &Ranking<'_>) -> Option<u32> {
    let results = ranking.results;
    results.machine.as_ref()?;
    let mut all = ranking.order.iter().map(|summary| results.cpus_of(&summary.contender));
    let first = all.next()?;
    all.all(|cpus| cpus == first).then_some(first)
}

/// Returns true if a model can compute on two cores: it has several tasks, and threads or processes that share no GIL.
fn can_use_second_core(ranking: &Ranking<'_>, summary: &Summary) -> bool {
    let results = ranking.results;
    let (model, workload) = (summary.contender.model, &*results.workload_of(&summary.contender));
    let cpus = results.cpus_of(&summary.contender);
    let workers = summary.workers.unwrap_or_else(|| results.planned_workers(&summary.contender));
    let usable = usable_cpus(model, workload, has_gil(results, &summary.contender), cpus);
    usable > 1 && computing_threads(model, workload, workers) > 1
}
