//! How much of a resource this machine allows a run.

use super::warning::Resource;
use crate::model::Contender;
use crate::session::Headroom;

/// Memory mappings of a thread of the native models: stack, alternative signal stack, and a guard page of each.
const MAPPINGS: u64 = 4;
/// The same in an interpreter, whose threads have no signal stack.
const PYTHON_MAPPINGS: u64 = 2;
/// Free space that a trial leaves on its file system.
const MARGIN_BYTES: u64 = 64 << 20;

/// Returns the limit; `None` if there is none, or if it is not known.
pub(super) fn allowed(resource: Resource, contender: &Contender, headroom: &Headroom) -> Option<u64> {
    let machine = &headroom.machine;
    let limits = &machine.limits;
    // Threads count as processes.
    let processes = [headroom.user_processes, limits.threads_max, limits.pid_max, limits.cgroup_pids_max];
    let least = |limits: &mut dyn Iterator<Item = u64>| limits.min();
    match resource {
        Resource::Threads => {
            let mappings = if contender.host.is_python() { PYTHON_MAPPINGS } else { MAPPINGS };
            let by_mappings = limits.max_map_count.map(|most| most / mappings);
            least(&mut processes.into_iter().flatten().chain(by_mappings))
        }
        Resource::Processes => least(&mut processes.into_iter().flatten()),
        Resource::OpenFiles => headroom.open_files,
        Resource::Memory => least(&mut machine.memory_bytes.into_iter().chain(limits.cgroup_memory_max)),
        Resource::TrialDisk => headroom.trial_folder.free_bytes.map(|free| free.saturating_sub(MARGIN_BYTES)),
        Resource::RecordDisk | Resource::Time => None,
    }
}
