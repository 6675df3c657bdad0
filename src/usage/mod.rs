//! Resource usage of a process as the operating system reports it: CPU time, context switches, memory, current core.
//! The systems differ in sibling files.

#![expect(unsafe_code, reason = "resource usage is read by system calls")]

use crate::trial::Usage;

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod heap;
#[cfg(unix)]
mod unix;
#[cfg(unix)]
use unix as platform;
#[cfg(windows)]
mod windows;
#[cfg(windows)]
use windows as platform;

/// Makes the heap of this process give back what is freed, for a window that stays open for days. Without it glibc raises
/// the size from which a block goes back to the system to that of the largest block that was ever freed, and each thread
/// of a job keeps a heap of its own. Does nothing where the C library is another one.
pub fn give_back_what_is_freed() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    heap::give_back_what_is_freed();
}

/// Returns CPU time, context switches and I/O of this process so far (`getrusage`). Some kernels sample user and system
/// time; their sum is exact.
#[must_use]
pub fn of_this_process() -> Usage {
    platform::of_this_process()
}

/// Returns CPU time, context switches and I/O of all descendants that have been waited for.
#[must_use]
pub fn of_reaped_children() -> Usage {
    platform::of_reaped_children()
}

/// Returns the peak resident memory of this process, bytes; `None` if the system does not report it.
///
/// Reads `VmHWM` on Linux, since `ru_maxrss` would include the peak of the process that spawned this one.
#[must_use]
pub fn peak_memory_bytes() -> Option<u64> {
    platform::peak_memory_bytes()
}

/// Returns the proportional set size of a process at this moment, bytes: a page that n processes share counts 1/n, so
/// that a sum over processes counts no page twice. Linux only; `None` if it can't be read.
#[must_use]
pub fn pss_bytes(process: u32) -> Option<u64> {
    platform::pss_bytes(process)
}

/// Returns the logical CPU that the calling thread runs on. Takes about 2 ns on Linux.
#[inline]
#[must_use]
pub fn current_core() -> Option<u32> {
    platform::current_core()
}

/// Returns the effective user id of this process; `None` on systems without user ids.
#[must_use]
pub fn effective_user() -> Option<u32> {
    platform::effective_user()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_shows_in_the_cpu_time() {
        let before = of_this_process();
        let start = crate::clock::thread_cpu_nanos();
        let mut state = 1;
        while crate::clock::thread_cpu_nanos() - start < 30_000_000 {
            state = crate::workload::Kernel::Splitmix.run(100_000, state);
        }
        let used = of_this_process().since(before).cpu_nanos().expect("this system reports CPU time");
        assert!(used >= 25_000_000, "30 ms of computing show as {used} ns");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_share_of_memory_is_at_most_the_peak() {
        let touched = vec![1_u8; 16 << 20];
        std::hint::black_box(&touched);
        // Kernels before 4.14 have no such file.
        let Some(pss) = pss_bytes(std::process::id()) else { return };
        let peak = peak_memory_bytes().expect("this system reports peak memory");
        assert!(pss >= 16 << 20 && pss <= peak, "{pss} of {peak}");
        assert_eq!(pss_bytes(u32::MAX), None, "no such process");
    }

    #[test]
    fn touched_memory_shows_in_the_peak() {
        let before = peak_memory_bytes().expect("this system reports peak memory");
        let touched = vec![1_u8; 64 << 20];
        std::hint::black_box(&touched);
        let after = peak_memory_bytes().expect("this system reports peak memory");
        assert!(after >= before.min(32 << 20) + (16 << 20), "{before} then {after}");
    }
}
