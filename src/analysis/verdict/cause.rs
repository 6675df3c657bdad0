//! The cause in terms of what was measured: tasks in flight, cores used, cost of a task.

use super::words::{cores, from_to, name, names};
use super::{ONE_CORE, Ranking, Regime, median};
use super::{locks, overhead, ticker, timers, traffic, updates};
use crate::analysis::Summary;
use crate::analysis::caveat::{self, CpuLimit};
use crate::analysis::ideal::{computing_threads, usable_cpus};
use crate::analysis::summary::has_gil;
use crate::units;
use crate::workload::Step;

/// More groups than this are shortened to the first ones and the last.
const MOST_GROUPS: usize = 4;
/// Peaks in flight within this share of the highest are told as one.
const ALIKE: f64 = 0.9;
/// Below this many cores used nobody would call it use.
const HARDLY_ANY: f64 = 0.005;

/// What was measured beside the time. In a disturbed run the models are not blamed for cores that others used.
pub(super) fn cause(ranking: &Ranking<'_>, disturbed: bool) -> String {
    // Where the finding is another than the speed, its own words stand in for the general picture.
    let own = [updates::cause(ranking), ticker::cause(ranking)];
    let is_general = own.iter().all(Option::is_none) && locks::headline(ranking).is_none();
    let used = || cores_used(ranking, disturbed);
    let general = match ranking.regime {
        _ if !is_general => [None, None],
        Regime::Overhead => [overhead::cause(ranking), None],
        Regime::Computing => [used(), in_flight(ranking).filter(|_| cores_unknown(ranking))],
        Regime::Waiting | Regime::Mixed | Regime::Unstated => [in_flight(ranking), used()],
    };
    let timers = timers::cause(ranking).filter(|_| is_general);
    let beside = [
        locks::cause(ranking),
        interpreter_lock(ranking),
        traffic::memory_cause(ranking),
        traffic::server(ranking),
        cpu_limit(ranking),
    ];
    own.into_iter().chain([timers]).chain(general).chain(beside).flatten().collect::<Vec<_>>().join(" ")
}

/// Where affinity or a quota left one core: why no model can gain from a second. `None` where nothing is computed.
fn cpu_limit(ranking: &Ranking<'_>) -> Option<String> {
    let machine = ranking.results.machine.as_ref().filter(|machine| machine.logical_cpus == 1)?;
    let online = machine.online_cpus?;
    let computes = ranking.results.nominal.compute_nanos > 0.0
        || ranking.results.experiment.workload.steps().iter().any(Step::keeps_a_core);
    let why = match caveat::cpu_limit(machine).filter(|_| computes)? {
        CpuLimit::Affinity => "the CPU affinity of this process".to_owned(),
        CpuLimit::Quota(quota) => format!("a CPU quota of {}", units::significant(quota, 2)),
    };
    Some(format!("Only 1 of {online} cores may be used ({why}), so no model can gain from a second one."))
}

/// Waiting for the interpreter below this share of the tasks' time is not worth a sentence.
const HARDLY_WAITED: f64 = 0.05;

/// "Under threading 3.11 and ThreadPoolExecutor 3.11, tasks waited for the interpreter lock (GIL) for at least about 40
/// to 60 % of their time."
fn interpreter_lock(ranking: &Ranking<'_>) -> Option<String> {
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

fn cores_unknown(ranking: &Ranking<'_>) -> bool {
    ranking.order.iter().all(|summary| summary.cpu_cores_used.is_none())
}

/// Models whose peaks are alike, within [`ALIKE`] of the highest of them, and whose times are too: a difference in
/// flight that goes with a difference in time is the explanation, and is not rounded away.
struct Group<'a> {
    least: u32,
    most: u32,
    members: Vec<&'a Summary>,
}

impl Group<'_> {
    fn takes(&self, peak: u32, summary: &Summary) -> bool {
        let near = |a: f64, b: f64| a.min(b) >= ALIKE * a.max(b);
        peak == self.least
            || f64::from(peak) >= ALIKE * f64::from(self.most)
                && self.members.iter().all(|member| near(median(member), median(summary)))
    }

    /// "80", "76 to 80".
    fn peaks(&self) -> String {
        let count = |number: u32| units::count(u64::from(number));
        if self.least == self.most {
            count(self.most)
        } else {
            format!("{} to {}", count(self.least), count(self.most))
        }
    }
}

/// Peaks in flight, highest group first; within a group the fastest first.
fn groups<'a>(ranking: &Ranking<'a>) -> Vec<Group<'a>> {
    let mut peaks: Vec<(u32, &Summary)> =
        ranking.order.iter().filter_map(|summary| Some((summary.peak_in_flight?, *summary))).collect();
    peaks.sort_by_key(|(peak, _)| std::cmp::Reverse(*peak));
    let mut groups: Vec<Group<'_>> = Vec::new();
    for (peak, summary) in peaks {
        match groups.last_mut() {
            Some(group) if group.takes(peak, summary) => {
                group.least = peak;
                group.members.push(summary);
            }
            _ => groups.push(Group { least: peak, most: peak, members: vec![summary] }),
        }
    }
    for group in &mut groups {
        group.members.sort_by(|a, b| median(a).total_cmp(&median(b)));
    }
    groups
}

/// "Tasks in flight at once: 80 (all) under Async, 5 under Thread pool, 1 under Sequential."
pub(super) fn in_flight(ranking: &Ranking<'_>) -> Option<String> {
    let tasks = ranking.results.nominal.tasks;
    let groups = groups(ranking);
    let first = groups.first().filter(|_| tasks > 1)?;
    if first.most == 1 {
        return Some(match ranking.order.as_slice() {
            [one] => format!("{} ran one task at a time.", name(&one.contender)),
            _ => "Every model had one task in flight at a time.".to_owned(),
        });
    }
    let part = |group: &Group<'_>| {
        let all = if group.least == tasks { " (all)" } else { "" };
        format!("{}{all} under {}", group.peaks(), names(&group.members))
    };
    let mut parts = vec![part(first)];
    match &groups[1..] {
        [shown @ .., last] if groups.len() > MOST_GROUPS => {
            let (shown, hidden) = shown.split_at(MOST_GROUPS - 2);
            parts.extend(shown.iter().map(part));
            let count: usize = hidden.iter().map(|group| group.members.len()).sum();
            parts.push(format!("between these and the next under {count} more"));
            parts.push(part(last));
        }
        all => parts.extend(all.iter().map(part)),
    }
    let of = if groups.iter().any(|group| group.least == tasks) {
        String::new()
    } else {
        format!(", of {}", units::count(u64::from(tasks)))
    };
    let separator = separator(groups.iter().map(|group| group.members.len()));
    Some(format!("Tasks in flight at once{of}: {}.", parts.join(separator)))
}

/// A semicolon where a list within the list has commas of its own.
fn separator(mut sizes: impl Iterator<Item = usize>) -> &'static str {
    if sizes.any(|size| size > 2) { "; " } else { ", " }
}

/// "Cores used on average, of 2: 1.9 by Work stealing (rayon), 1.0 by Sequential." Where no model used a second core:
/// the most that any used, unless the run was disturbed or none could have used more.
fn cores_used(ranking: &Ranking<'_>, disturbed: bool) -> Option<String> {
    let known: Vec<(&Summary, f64)> =
        ranking.order.iter().filter_map(|summary| Some((*summary, summary.cpu_cores_used?))).collect();
    let most = known.iter().map(|(_, cores)| *cores).reduce(f64::max)?;
    let cpus = ranking.results.machine.as_ref().map(|machine| machine.logical_cpus);
    if most <= ONE_CORE {
        let could = known.iter().any(|(summary, _)| could_use_a_second(ranking, summary));
        if disturbed || !could || cpus == Some(1) {
            return None;
        }
        if most < HARDLY_ANY {
            return Some("Hardly any CPU was used.".to_owned());
        }
        let waits = if ranking.regime == Regime::Waiting { ": this work waits" } else { "" };
        return Some(match known.as_slice() {
            [(one, _)] => format!("{} used {} cores on average{waits}.", name(&one.contender), cores(most)),
            _ => format!("The most that any model used was {} cores on average{waits}.", cores(most)),
        });
    }
    let (many, one): (Vec<_>, Vec<_>) = known.into_iter().partition(|(_, cores)| *cores > ONE_CORE);
    let group = |members: &[(&Summary, f64)]| {
        let least = cores(members.iter().map(|(_, cores)| *cores).fold(f64::INFINITY, f64::min));
        let most = cores(members.iter().map(|(_, cores)| *cores).fold(0.0, f64::max));
        let who = names(&members.iter().map(|(summary, _)| *summary).collect::<Vec<_>>());
        format!("{} by {who}", from_to(least, &most))
    };
    let of = cpus.map_or_else(String::new, |cpus| format!(", of {cpus}"));
    let mut parts = vec![group(&many)];
    if !one.is_empty() {
        parts.push(group(&one));
    }
    let separator = separator([many.len(), one.len()].into_iter());
    Some(format!("Cores used on average{of}: {}.", parts.join(separator)))
}

/// Whether a model has what it takes to compute on two cores: several tasks, and threads or processes to run them on
/// that no interpreter lock keeps apart.
fn could_use_a_second(ranking: &Ranking<'_>, summary: &Summary) -> bool {
    let results = ranking.results;
    let (model, workload) = (summary.contender.model, &results.experiment.workload);
    let cpus = results.logical_cpus();
    let workers = summary.workers.unwrap_or_else(|| workload.workers_on(cpus));
    let usable = usable_cpus(model, workload, has_gil(results, &summary.contender), cpus);
    usable > 1 && computing_threads(model, workload, workers) > 1
}
