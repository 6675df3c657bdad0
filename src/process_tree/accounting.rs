//! CPU time and peak memory of a process on Windows, by its handle: also of one that has ended. Keeps the sum over the
//! children that were waited for, which the system does not.

use std::sync::{Mutex, PoisonError};

use windows_sys::Win32::Foundation::{FILETIME, HANDLE};
use windows_sys::Win32::System::ProcessStatus::{GetProcessMemoryInfo, PROCESS_MEMORY_COUNTERS};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, GetProcessTimes};
use windows_sys::Win32::System::WindowsProgramming::QueryProcessCycleTime;

use crate::clock;

/// CPU time of a process, nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CpuTimes {
    /// In user mode.
    pub user_nanos: u64,
    /// In kernel mode.
    pub system_nanos: u64,
}

/// Sum over the children that were waited for; `None` once one of them could not be asked.
static WAITED_FOR: Mutex<Option<CpuTimes>> = Mutex::new(Some(CpuTimes { user_nanos: 0, system_nanos: 0 }));

/// Returns the CPU time of this process so far.
#[must_use]
pub fn own_cpu_times() -> Option<CpuTimes> {
    // SAFETY: takes no arguments; the pseudo handle needs no closing.
    cpu_times_of(unsafe { GetCurrentProcess() })
}

/// Returns the CPU time of the children that [`super::Children`] and [`super::wait`] have waited for.
#[must_use]
pub fn cpu_times_of_children() -> Option<CpuTimes> {
    *WAITED_FOR.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the peak memory (working set) of this process, bytes.
#[must_use]
pub fn own_peak_memory() -> Option<u64> {
    // SAFETY: takes no arguments; the pseudo handle needs no closing.
    peak_memory_of(unsafe { GetCurrentProcess() })
}

/// Adds the CPU time of a child that has ended.
pub(super) fn count(times: Option<CpuTimes>) {
    let mut sum = WAITED_FOR.lock().unwrap_or_else(PoisonError::into_inner);
    *sum = sum.zip(times).map(|(sum, times)| CpuTimes {
        user_nanos: sum.user_nanos + times.user_nanos,
        system_nanos: sum.system_nanos + times.system_nanos,
    });
}

/// Returns the CPU time of a process. The sum is exact where the system counts cycles; the parts are as the timer
/// interrupt has found them.
pub(super) fn cpu_times_of(process: HANDLE) -> Option<CpuTimes> {
    let zero = FILETIME { dwLowDateTime: 0, dwHighDateTime: 0 };
    let (mut created, mut exited, mut kernel, mut user) = (zero, zero, zero, zero);
    // SAFETY: the caller's handle is open, the four out-pointers are exclusive.
    if unsafe { GetProcessTimes(process, &raw mut created, &raw mut exited, &raw mut kernel, &raw mut user) } == 0 {
        return None;
    }
    let nanos = |time: FILETIME| ((u64::from(time.dwHighDateTime) << 32) | u64::from(time.dwLowDateTime)) * 100;
    let (user, kernel) = (nanos(user), nanos(kernel));
    let Some(nanos_per_cycle) = clock::nanos_per_cycle() else {
        return Some(CpuTimes { user_nanos: user, system_nanos: kernel });
    };
    let mut cycles = 0;
    // SAFETY: the caller's handle is open, the out-pointer is exclusive.
    if unsafe { QueryProcessCycleTime(process, &raw mut cycles) } == 0 {
        return None;
    }
    let total = (cycles as f64 * nanos_per_cycle) as u64;
    let system_nanos =
        if user + kernel == 0 { 0 } else { (total as f64 * (kernel as f64 / (user + kernel) as f64)) as u64 };
    Some(CpuTimes { user_nanos: total - system_nanos, system_nanos })
}

/// Returns the peak memory (working set) of a process, bytes.
pub(super) fn peak_memory_of(process: HANDLE) -> Option<u64> {
    let mut counters = PROCESS_MEMORY_COUNTERS::default();
    // SAFETY: the caller's handle is open, `counters` is an exclusive out-pointer of the size given.
    let ok = unsafe { GetProcessMemoryInfo(process, &raw mut counters, size_of_val(&counters) as u32) };
    (ok != 0).then_some(counters.PeakWorkingSetSize as u64)
}
