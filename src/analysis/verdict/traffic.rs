//! What went to and fro: gigabytes of memory per second, how busy the HTTP server was, what reached
//! the storage.

use super::words::{cores, name, names};
use super::{ONE_CORE, Ranking};
use crate::analysis::Summary;
use crate::analysis::caveat::{IN_MEMORY, SERVER_PERCENT};
use crate::units;
use crate::workload::Step;

/// A server busier than this may have slowed its clients down somewhat, percent of its core.
const IDLE_SERVER_PERCENT: f64 = 50.0;
/// Cores have to grow by so much more than the speed to be said to have waited for memory.
const WASTED: f64 = 1.2;
/// Fetching less than this share of what was read counts as having it all in the page cache.
const HARDLY_FETCHED: f64 = 0.01;

/// File systems whose traffic with the storage the system counts.
const ON_A_DISK: [&str; 7] = ["ext4", "ext3", "ext2", "xfs", "btrfs", "f2fs", "overlay"];

/// Whether every trial's files were on such a one.
fn on_a_disk(ranking: &Ranking<'_>) -> bool {
    let mut systems = ranking.results.trials.iter().filter_map(|trial| trial.completed());
    systems.all(|measured| measured.file_system.as_deref().is_some_and(|name| ON_A_DISK.contains(&name)))
}

fn rate(summary: &Summary) -> Option<String> {
    summary.streamed_bytes_per_s.map(units::bytes_per_second)
}

/// Whether the workload streams memory and does nothing else that takes time.
fn only_streams(ranking: &Ranking<'_>) -> bool {
    let steps = ranking.results.experiment.workload.steps();
    !steps.is_empty() && steps.iter().all(|step| matches!(step, Step::Memory { .. }))
}

pub(super) fn memory_headline(ranking: &Ranking<'_>) -> Option<String> {
    if !only_streams(ranking) {
        return None;
    }
    let fastest = ranking.fastest();
    let with = |summary: &Summary| Some(format!("{} with {}", rate(summary)?, name(&summary.contender)));
    if let [one] = ranking.order.as_slice() {
        return Some(format!("Memory was read at {}", with(one)?));
    }
    let (first, last) = (rate(fastest)?, rate(ranking.order.last()?)?);
    Some(match ranking.beaten() {
        None if first == last => format!("No model reads memory clearly faster than the others: all {first}"),
        None => format!("No model reads memory clearly faster than the others: {last} to {first}"),
        Some((rival, _)) if ranking.reference_leads() && ranking.leaders.len() > 1 => {
            format!("{} read memory about as fast: {}, {}", names(&ranking.leaders), with(fastest)?, with(rival)?)
        }
        Some((rival, _)) if ranking.reference_leads() => {
            format!(
                "Nothing reads memory faster than {}: {}, {}",
                name(ranking.reference?),
                with(fastest)?,
                with(rival)?
            )
        }
        Some((rival, _)) if more_cores(fastest, rival) => {
            format!("More cores read more memory at once: {}, {}", with(fastest)?, with(rival)?)
        }
        Some((rival, _)) => format!("Memory was read at {}, {}", with(fastest)?, with(rival)?),
    })
}

fn more_cores(fastest: &Summary, rival: &Summary) -> bool {
    let cores = fastest.cpu_cores_used.zip(rival.cpu_cores_used);
    cores.is_some_and(|(ours, theirs)| ours > ONE_CORE && ours > theirs)
}

/// "Read from memory: Threads 14 GB/s, Sequential 8.2 GB/s. Threads kept 1.9 times as many cores busy …"
pub(super) fn memory_cause(ranking: &Ranking<'_>) -> Option<String> {
    let parts: Vec<String> = ranking
        .order
        .iter()
        .filter_map(|summary| Some(format!("{} {}", name(&summary.contender), rate(summary)?)))
        .collect();
    if parts.is_empty() {
        return None;
    }
    let mut told = format!("Read from memory: {}.", parts.join(", "));
    told.push_str(&waiting_cores(ranking).unwrap_or_default());
    Some(told)
}

/// Where many cores bring less than their number: they wait for memory, and count as busy.
fn waiting_cores(ranking: &Ranking<'_>) -> Option<String> {
    let alone = *ranking.order.iter().find(|summary| summary.cpu_cores_used.is_some_and(|used| used <= ONE_CORE))?;
    let busiest = *ranking
        .order
        .iter()
        .max_by(|a, b| a.cpu_cores_used.unwrap_or(0.0).total_cmp(&b.cpu_cores_used.unwrap_or(0.0)))?;
    let more = busiest.cpu_cores_used? / alone.cpu_cores_used?;
    let faster = busiest.streamed_bytes_per_s? / alone.streamed_bytes_per_s?;
    (busiest.cpu_cores_used? > ONE_CORE && more > WASTED * faster).then(|| {
        format!(
            " {} kept {} cores busy for {} times the rate of {}: a core that waits for memory counts as busy.",
            name(&busiest.contender),
            cores(busiest.cpu_cores_used.unwrap_or_default()),
            units::significant(faster, 2),
            name(&alone.contender)
        )
    })
}

/// "The server used at most 12 % of its one core, so its computing was not the bottleneck."
pub(super) fn server(ranking: &Ranking<'_>) -> Option<String> {
    let known: Vec<(&Summary, f64)> =
        ranking.order.iter().filter_map(|summary| Some((*summary, summary.server_share? * 100.0))).collect();
    let most = known.iter().map(|(_, percent)| *percent).reduce(f64::max)?;
    let busy: Vec<&Summary> =
        known.iter().filter(|(_, percent)| *percent > SERVER_PERCENT).map(|(summary, _)| *summary).collect();
    let percent = units::percent(most);
    let upto = if known.len() > 1 { "at most " } else { "" };
    Some(if !busy.is_empty() {
        let upto = if busy.len() > 1 { "up to " } else { "" };
        format!(
            "The server used {upto}{percent} of its one core under {}: it may be the bottleneck there.",
            names(&busy)
        )
    } else if most <= IDLE_SERVER_PERCENT && known.len() == ranking.order.len() {
        format!("The server used {upto}{percent} of its one core, so its computing was not the bottleneck.")
    } else {
        format!("The server used {upto}{percent} of its one core.")
    })
}

/// What the files had to do with a storage.
pub(super) fn files(ranking: &Ranking<'_>) -> Vec<String> {
    let mut remarks = Vec::new();
    let workload = &ranking.results.experiment.workload;
    let files: Vec<(u64, bool)> = workload
        .steps()
        .iter()
        .filter_map(|step| if let Step::File { bytes, sync } = step { Some((*bytes, *sync)) } else { None })
        .collect();
    let in_memory = ranking.results.trials.iter().any(|trial| {
        let kind = trial.completed().and_then(|measured| measured.file_system.as_deref());
        kind.is_some_and(|kind| IN_MEMORY.contains(&kind))
    });
    if files.is_empty() || in_memory {
        return remarks;
    }
    if files.iter().all(|(_, sync)| !sync) {
        remarks.push(
            "Nothing waits for the storage: without fsync, writing ends in the page cache, that is in memory."
                .to_owned(),
        );
    }
    let read = files.iter().map(|(bytes, _)| *bytes as f64).sum::<f64>() * f64::from(workload.task_count());
    let fetched: Option<Vec<f64>> = ranking.order.iter().map(|summary| summary.storage_read_bytes).collect();
    let most = fetched.and_then(|fetched| fetched.into_iter().reduce(f64::max));
    match most {
        // Of a file system over a network or in memory the system counts nothing.
        Some(_) if !on_a_disk(ranking) => {}
        Some(0.0) => {
            remarks.push("All reads came from the page cache: nothing was fetched from the storage.".to_owned());
        }
        Some(most) if most <= HARDLY_FETCHED * read => remarks.push(format!(
            "Practically all reads came from the page cache: at most {} of {} were fetched from the storage.",
            units::bytes(most),
            units::bytes(read)
        )),
        Some(most) => remarks.push(format!(
            "Not all reads came from the page cache: up to {} were fetched from the storage.",
            units::bytes(most)
        )),
        None => {}
    }
    remarks
}
