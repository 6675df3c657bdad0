//! Size of the buffer of `memory` steps, chosen so that a machine's memory is measured and not its caches.

use super::Machine;
use crate::failure::Failure;

/// Assumed size of the last-level cache if the system doesn't report it.
const ASSUMED_CACHE_BYTES: u64 = 64 << 20;
/// Smallest buffer, unless memory is scarce.
const LEAST_BUFFER_BYTES: u64 = 64 << 20;

/// Returns the length of the buffer: four times the last-level cache, so that tasks at different positions do not find
/// each other's data in the cache. All copies, one per worker process, take at most an eighth of the machine's memory.
pub(super) fn buffer_bytes(machine: &Machine, copies: u64) -> u64 {
    let size = machine.last_level_cache_bytes.unwrap_or(ASSUMED_CACHE_BYTES).saturating_mul(4);
    // A control group may allow less than the machine has.
    let memory = machine.memory_bytes.into_iter().chain(machine.limits.cgroup_memory_max).min();
    let limit = memory.map_or(u64::MAX, |bytes| bytes / 8 / copies);
    size.max(LEAST_BUFFER_BYTES).min(limit)
}

/// Refuses a buffer that fits the cache: the cache would be measured instead of the memory.
pub(super) fn check_larger_than_cache(machine: &Machine, buffer_bytes: u64, copies: u64) -> Result<(), Failure> {
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
    fn a_memory_limit_of_the_control_group_counts() {
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
