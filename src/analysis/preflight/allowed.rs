//! Amounts of resources that this machine allows a run.

use super::warning::Resource;
use crate::model::Contender;
use crate::session::Headroom;
use crate::session::machine::Limits;

/// Memory mappings of a thread of the native models: stack, alternative signal stack, and a guard page of each.
const MAPPINGS: u64 = 4;
/// The same in an interpreter, whose threads have no signal stack.
const PYTHON_MAPPINGS: u64 = 2;
/// Free space that a trial leaves on its file system.
const MARGIN_BYTES: u64 = 64 << 20;

/// Returns how many threads one process may have at once, at most; `None` if no limit is known.
pub(in crate::analysis) fn most_threads(limits: &Limits, user_processes: Option<u64>, is_python: bool) -> Option<u64> {
    let mappings = if is_python { PYTHON_MAPPINGS } else { MAPPINGS };
    let by_mappings = limits.max_map_count.map(|most| most / mappings);
    let processes = [user_processes, limits.threads_max, limits.pid_max, limits.cgroup_pids_max];
    processes.into_iter().chain([by_mappings]).flatten().min()
}

/// Returns the limit; `None` if there is none, or if it is not known.
pub(super) fn allowed(resource: Resource, contender: &Contender, headroom: &Headroom) -> Option<u64> {
    let machine = &headroom.machine;
    let limits = &machine.limits;
    // Threads count as processes.
    let processes = [headroom.user_processes, limits.threads_max, limits.pid_max, limits.cgroup_pids_max];
    let least = |limits: &mut dyn Iterator<Item = u64>| limits.min();
    match resource {
        Resource::Threads => most_threads(limits, headroom.user_processes, contender.host.is_python()),
        Resource::Processes => least(&mut processes.into_iter().flatten()),
        Resource::OpenFiles => headroom.open_files,
        Resource::Memory => least(&mut machine.memory_bytes.into_iter().chain(limits.cgroup_memory_max)),
        Resource::TrialDisk => headroom.trial_folder.free_bytes.map(|free| free.saturating_sub(MARGIN_BYTES)),
        Resource::RecordDisk | Resource::Time => None,
    }
}
