//! What files had to do with the storage.

use super::ranking::Ranking;
use crate::analysis::caveat::IN_MEMORY;
use crate::units;
use crate::workload::Step;

/// Fetching less than this share of what was read counts as having it all in the page cache.
const HARDLY_FETCHED: f64 = 0.01;

/// File systems whose traffic with the storage the system counts.
const ON_A_DISK: [&str; 7] = ["ext4", "ext3", "ext2", "xfs", "btrfs", "f2fs", "overlay"];

/// Whether every trial's files were on such a one.
fn on_a_disk(ranking: &Ranking<'_>) -> bool {
    let mut systems = ranking.results.trials.iter().filter_map(|trial| trial.completed());
    systems.all(|measured| measured.file_system.as_deref().is_some_and(|name| ON_A_DISK.contains(&name)))
}

/// What the files had to do with a storage.
pub(super) fn remarks(ranking: &Ranking<'_>) -> Vec<String> {
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
