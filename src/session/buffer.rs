//! How large a buffer `memory` steps need on a machine, so that its memory is measured and not its caches.

use super::Machine;
use crate::failure::Failure;

/// Where the system does not say how large the last-level cache is.
const ASSUMED_CACHE_BYTES: u64 = 64 << 20;
/// Memory is streamed through at least so much.
const LEAST_BUFFER_BYTES: u64 = 64 << 20;

/// Length of the buffer that memory steps stream through: four times the last-level cache, so that
/// tasks in different places of it do not find each other's data in the cache. All copies of it, one a
/// worker process, take at most an eighth of the machine's memory.
pub(super) fn buffer_bytes(machine: &Machine, copies: u64) -> u64 {
    let wanted = machine.last_level_cache_bytes.unwrap_or(ASSUMED_CACHE_BYTES).saturating_mul(4);
    // A control group may allow less than the machine has.
    let memory = machine.memory_bytes.into_iter().chain(machine.limits.cgroup_memory_max).min();
    let most = memory.map_or(u64::MAX, |bytes| bytes / 8 / copies);
    wanted.max(LEAST_BUFFER_BYTES).min(most)
}

/// Refuses a buffer that the cache would hold: it, and not the memory, would be measured.
pub(super) fn larger_than_cache(machine: &Machine, buffer_bytes: u64, copies: u64) -> Result<(), Failure> {
    let cache = machine.last_level_cache_bytes.unwrap_or(0);
    if buffer_bytes > cache.saturating_mul(2) {
        return Ok(());
    }
    Err(Failure::BufferFitsCache { cache_bytes: cache, buffer_bytes, copies })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_of_the_control_group_counts_like_memory() {
        let mut machine = Machine::probe();
        machine.memory_bytes = Some(64 << 30);
        machine.last_level_cache_bytes = Some(1 << 30);
        machine.limits.cgroup_memory_max = None;
        assert_eq!(buffer_bytes(&machine, 2), 4 << 30);
        machine.limits.cgroup_memory_max = Some(64 << 20);
        assert_eq!(buffer_bytes(&machine, 2), 4 << 20);
        machine.memory_bytes = None;
        assert_eq!(buffer_bytes(&machine, 1), 8 << 20);
    }
}
