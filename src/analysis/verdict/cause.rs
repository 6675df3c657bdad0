//! The cause in terms of what was measured: tasks in flight, cores used, cost of a task.

use super::words::{all_tasks, cores, counted, name, names};
use super::{Ranking, Regime};
use crate::analysis::Summary;
use crate::units;

/// At most so many cores used is one core, with what the system does beside it.
const ONE_CORE: f64 = 1.3;
/// More groups than this are shortened to the first ones and the last.
const MOST_GROUPS: usize = 4;

pub(super) fn cause(ranking: &Ranking<'_>) -> String {
    let sentences = match ranking.regime {
        Regime::Overhead => [cost_of_a_task(ranking), None],
        Regime::Computing => [cores_used(ranking), in_flight(ranking).filter(|_| cores_unknown(ranking))],
        Regime::Waiting | Regime::Mixed => [in_flight(ranking), cores_used(ranking)],
    };
    sentences.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn cores_unknown(ranking: &Ranking<'_>) -> bool {
    ranking.order.iter().all(|summary| summary.cpu_cores_used.is_none())
}

/// "Async had all 80 tasks in flight at once, Thread pool 5, Sequential 1."
fn in_flight(ranking: &Ranking<'_>) -> Option<String> {
    let tasks = ranking.results.nominal.tasks;
    let mut groups: Vec<(u32, Vec<&Summary>)> = Vec::new();
    for summary in &ranking.order {
        let Some(peak) = summary.peak_in_flight else { continue };
        match groups.iter_mut().find(|(group, _)| *group == peak) {
            Some((_, members)) => members.push(summary),
            None => groups.push((peak, vec![summary])),
        }
    }
    groups.sort_by_key(|(peak, _)| std::cmp::Reverse(*peak));
    let (most, first) = groups.first()?;
    if tasks == 1 {
        return None;
    }
    let head = match *most {
        most if most == tasks => format!("{} had {} in flight at once", names(first), all_tasks(tasks)),
        1 => format!("{} had one task in flight at a time", names(first)),
        most => {
            let most = units::count(u64::from(most));
            format!("{} had at most {most} of {} in flight", names(first), counted(tasks, "task"))
        }
    };
    let part =
        |(peak, members): &(u32, Vec<&Summary>)| format!("{} {}", names(members), units::count(u64::from(*peak)));
    let rest = &groups[1..];
    let mut parts = vec![head];
    match rest {
        [shown @ .., last] if groups.len() > MOST_GROUPS => {
            let (shown, hidden) = shown.split_at(MOST_GROUPS - 2);
            parts.extend(shown.iter().map(part));
            let count: usize = hidden.iter().map(|(_, members)| members.len()).sum();
            parts.push(format!("{count} more between these and {}", part(last)));
        }
        all => parts.extend(all.iter().map(part)),
    }
    Some(format!("{}.", parts.join(", ")))
}

/// "No model used a second core: at most 1.2 were used."
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
            ([(one, _)], _) => format!("{} used no second core", name(&one.contender)),
            (_, true) => "No model used a second core".to_owned(),
            (_, false) => "No model of which it is known used a second core".to_owned(),
        };
        let were = if most <= 1.0 { "was" } else { "were" };
        return Some(format!("{who}: at most {} {were} used.", cores(most)));
    }
    let (many, one): (Vec<_>, Vec<_>) = known.into_iter().partition(|(_, cores)| *cores > ONE_CORE);
    let cpus = ranking.results.machine.as_ref().map(|machine| machine.logical_cpus);
    let group = |members: &[(&Summary, f64)]| {
        let least = cores(members.iter().map(|(_, cores)| *cores).fold(f64::INFINITY, f64::min));
        let most = cores(members.iter().map(|(_, cores)| *cores).fold(0.0, f64::max));
        if least == most { least } else { format!("{least} to {most}") }
    };
    let members = |list: &[(&Summary, f64)]| names(&list.iter().map(|(summary, _)| *summary).collect::<Vec<_>>());
    let of = cpus.map_or_else(|| " cores".to_owned(), |cpus| format!(" of {}", counted(cpus, "core")));
    let mut sentence = format!("{} used {}{of}", members(&many), group(&many));
    if !one.is_empty() {
        sentence.push_str(&format!(", {} {}", members(&one), group(&one)));
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
        format!("of which the task itself is {} of work; the rest is handing it over", units::duration(own))
    } else {
        "nothing is computed or waited for, so all of it is handing over".to_owned()
    };
    Some(format!("Wall time per task: {}; {why}.", parts.join(", ")))
}
