//! Remarks on file steps: storage and page cache.

use super::ranking::Ranking;
use crate::analysis::caveat::IN_MEMORY;
use crate::units;
use crate::workload::Step;

/// Share of the bytes read up to which reads from storage count as none.
const HARDLY_FETCHED: f64 = 0.01;

/// File systems whose I/O the system counts.
const ON_A_DISK: [&str; 7] = ["ext4", "ext3", "ext2", "xfs", "btrfs", "f2fs", "overlay"];

/// Returns true if the files of every trial were on one of [`ON_A_DISK`].
fn on_a_disk(ranking: &Ranking<'_>) -> bool {
    let mut systems = ranking.results.trials.iter().filter_map(|trial| trial.completed());
    systems.all(|measured| measured.file_system.as_deref().is_some_and(|name| ON_A_DISK.contains(&name)))
}

/// Returns the remarks on how much of the files' I/O reached storage.
pub(super) fn remarks(ranking: &Ranking<'_>) -> Vec<String> {
    let mut remarks = Vec::new();
    let workload = &ranking.results.experiment.workload;
    let of = |step: &Step| match step {
        Step::File { bytes, sync, read_only } => Some((*bytes, *sync, *read_only)),
        _ => None,
    };
    let files: Vec<(u64, bool, bool)> = workload.steps().iter().filter_map(of).collect();
    let in_memory = ranking.results.trials.iter().any(|trial| {
        let kind = trial.completed().and_then(|measured| measured.file_system.as_deref());
        kind.is_some_and(|kind| IN_MEMORY.contains(&kind))
    });
    if files.is_empty() || in_memory {
        return remarks;
    }
    if files.iter().all(|(.., read_only)| *read_only) {
        remarks.push("The files were written before the clock started; only reading them was measured.".to_owned());
    } else if files.iter().all(|(_, sync, _)| !sync) {
        remarks.push(
            "Nothing waits for storage: without fsync, writes end in the page cache, which is in memory.".to_owned(),
        );
    }
    let read = files.iter().map(|(bytes, ..)| *bytes as f64).sum::<f64>() * f64::from(workload.task_count());
    let fetched: Option<Vec<f64>> = ranking.order.iter().map(|summary| summary.storage_read_bytes).collect();
    let most = fetched.and_then(|fetched| fetched.into_iter().reduce(f64::max));
    match most {
        // The system does not count I/O of network file systems and file systems in memory.
        Some(_) if !on_a_disk(ranking) => {}
        Some(0.0) => {
            remarks.push("All reads came from the page cache: nothing was read from storage.".to_owned());
        }
        Some(most) if most <= HARDLY_FETCHED * read => remarks.push(format!(
            "Practically all reads came from the page cache: at most {} of {} were read from storage.",
            units::bytes(most),
            units::bytes(read)
        )),
        Some(most) => remarks.push(format!(
            "Not all reads came from the page cache: up to {} were read from storage.",
            units::bytes(most)
        )),
        None => {}
    }
    remarks
}
