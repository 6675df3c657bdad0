//! The cause in terms of what was measured: tasks in flight, cores used, cost of a task.

use super::words::{all_tasks, cores, counted, from_to, name, names};
use super::{ONE_CORE, Ranking, Regime, median};
use super::{locks, ticker, traffic, updates};
use crate::analysis::Summary;
use crate::units;

/// More groups than this are shortened to the first ones and the last.
const MOST_GROUPS: usize = 4;
/// Peaks in flight within this share of the highest are told as one.
const ALIKE: f64 = 0.9;
/// Below this many cores used nobody would call it use.
const HARDLY_ANY: f64 = 0.005;

pub(super) fn cause(ranking: &Ranking<'_>) -> String {
    // Where the finding is another than the speed, its own words stand in for the general picture.
    let own = [updates::cause(ranking), ticker::cause(ranking)];
    let is_general = own.iter().all(Option::is_none) && locks::headline(ranking).is_none();
    let general = match ranking.regime {
        _ if !is_general => [None, None],
        Regime::Overhead => [cost_of_a_task(ranking), None],
        Regime::Computing => [cores_used(ranking), in_flight(ranking).filter(|_| cores_unknown(ranking))],
        Regime::Waiting | Regime::Mixed | Regime::Unstated => [in_flight(ranking), cores_used(ranking)],
    };
    let beside =
        [locks::cause(ranking), interpreter_lock(ranking), traffic::memory_cause(ranking), traffic::server(ranking)];
    own.into_iter().chain(general).chain(beside).flatten().collect::<Vec<_>>().join(" ")
}

/// Waiting for the interpreter below this share of the tasks' time is not worth a sentence.
const HARDLY_WAITED: f64 = 0.05;

/// "Tasks of threading 3.11 and ThreadPoolExecutor 3.11 were ready and waited for the interpreter (GIL) for
/// about 40 to 60 % of their time, what may have been waiting for a core left out."
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
    Some(format!(
        "Tasks of {who} were ready and waited for the interpreter (GIL) for about {range} of their time, what may have been waiting for a core left out."
    ))
}

fn cores_unknown(ranking: &Ranking<'_>) -> bool {
    ranking.order.iter().all(|summary| summary.cpu_cores_used.is_none())
}

/// Models whose peaks are alike: within [`ALIKE`] of the highest of them.
struct Group<'a> {
    least: u32,
    most: u32,
    members: Vec<&'a Summary>,
}

impl Group<'_> {
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
            Some(group) if f64::from(peak) >= ALIKE * f64::from(group.most) => {
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

/// "Async had all 80 tasks in flight at once, Thread pool 5, Sequential 1."
pub(super) fn in_flight(ranking: &Ranking<'_>) -> Option<String> {
    let tasks = ranking.results.nominal.tasks;
    let groups = groups(ranking);
    let first = groups.first().filter(|_| tasks > 1)?;
    let who = names(&first.members);
    let mut parts = vec![match (first.least, first.most) {
        (least, _) if least == tasks => format!("{who} had {} in flight at once", all_tasks(tasks)),
        (1, 1) => format!("{who} had one task in flight at a time"),
        _ => format!("{who} had {} of {} in flight at once", first.peaks(), counted(tasks, "task")),
    }];
    let part = |group: &Group<'_>| format!("{} {}", names(&group.members), group.peaks());
    match &groups[1..] {
        [shown @ .., last] if groups.len() > MOST_GROUPS => {
            let (shown, hidden) = shown.split_at(MOST_GROUPS - 2);
            parts.extend(shown.iter().map(part));
            let count: usize = hidden.iter().map(|group| group.members.len()).sum();
            parts.push(format!("{count} more between these and {}", part(last)));
        }
        all => parts.extend(all.iter().map(part)),
    }
    Some(format!("{}.", parts.join(separator(groups[1..].iter().map(|group| group.members.len())))))
}

/// A semicolon where a list within the list has commas of its own.
fn separator(mut sizes: impl Iterator<Item = usize>) -> &'static str {
    if sizes.any(|size| size > 2) { "; " } else { ", " }
}

/// "No model kept a second core busy: at most 1.2 on average."
fn cores_used(ranking: &Ranking<'_>) -> Option<String> {
    let known: Vec<(&Summary, f64)> =
        ranking.order.iter().filter_map(|summary| Some((*summary, summary.cpu_cores_used?))).collect();
    let most = known.iter().map(|(_, cores)| *cores).fold(0.0, f64::max);
    let all_known = known.len() == ranking.order.len();
    if known.is_empty() {
        return None;
    }
    if most <= ONE_CORE {
        let who = match (known.as_slice(), all_known) {
            ([(one, _)], _) => format!("{} kept no second core busy", name(&one.contender)),
            (_, true) => "No model kept a second core busy".to_owned(),
            (_, false) => "No model of which it is known kept a second core busy".to_owned(),
        };
        if most < HARDLY_ANY {
            return Some(format!("{who}: hardly any CPU was used."));
        }
        return Some(format!("{who}: at most {} on average.", cores(most)));
    }
    let (many, one): (Vec<_>, Vec<_>) = known.into_iter().partition(|(_, cores)| *cores > ONE_CORE);
    let cpus = ranking.results.machine.as_ref().map(|machine| machine.logical_cpus);
    let group = |members: &[(&Summary, f64)]| {
        let least = cores(members.iter().map(|(_, cores)| *cores).fold(f64::INFINITY, f64::min));
        let most = cores(members.iter().map(|(_, cores)| *cores).fold(0.0, f64::max));
        from_to(least, &most)
    };
    let members = |list: &[(&Summary, f64)]| names(&list.iter().map(|(summary, _)| *summary).collect::<Vec<_>>());
    let of = cpus.map_or_else(|| " cores".to_owned(), |cpus| format!(" of {}", counted(cpus, "core")));
    let mut sentence = format!("{} used {}{of}", members(&many), group(&many));
    if !one.is_empty() {
        let separator = separator([one.len()].into_iter());
        sentence.push_str(&format!("{separator}{} {}", members(&one), group(&one)));
    }
    sentence.push('.');
    Some(sentence)
}

/// "Per task: Sequential 12 ns, Work stealing (rayon) 140 ns, Threads 31.0 µs."
fn cost_of_a_task(ranking: &Ranking<'_>) -> Option<String> {
    let parts: Vec<String> = ranking
        .order
        .iter()
        .map(|summary| format!("{} {}", name(&summary.contender), units::duration(ranking.nanos_per_task(summary))))
        .collect();
    let own = ranking.task_nanos();
    let why = if own > 0.0 {
        format!("a task is nominally {} of work, so that handing it over counts", units::duration(own))
    } else {
        "nothing is computed or waited for, so all of it is handing over".to_owned()
    };
    Some(format!("Wall time per task: {}; {why}.", parts.join(", ")))
}
