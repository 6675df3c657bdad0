//! Resource usage on Windows: `GetProcessTimes`, `GetProcessMemoryInfo` and `GetCurrentProcessorNumber`. Not yet run.

use windows_sys::Win32::Foundation::FILETIME;
use windows_sys::Win32::System::ProcessStatus::{GetProcessMemoryInfo, PROCESS_MEMORY_COUNTERS};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, GetCurrentProcessorNumber, GetProcessTimes};

use crate::trial::Usage;

pub(super) fn of_this_process() -> Usage {
    let zero = FILETIME { dwLowDateTime: 0, dwHighDateTime: 0 };
    let (mut created, mut exited, mut kernel, mut user) = (zero, zero, zero, zero);
    // SAFETY: the pseudo handle of this process is always valid, the four out-pointers are exclusive.
    let ok = unsafe {
        GetProcessTimes(GetCurrentProcess(), &raw mut created, &raw mut exited, &raw mut kernel, &raw mut user)
    };
    if ok == 0 {
        return Usage::default();
    }
    let nanos = |time: FILETIME| ((u64::from(time.dwHighDateTime) << 32) | u64::from(time.dwLowDateTime)) * 100;
    Usage {
        user_nanos: Some(nanos(user)),
        system_nanos: Some(nanos(kernel)),
        voluntary_switches: None,
        involuntary_switches: None,
        storage_read_bytes: None,
        storage_written_bytes: None,
    }
}

pub(super) fn of_reaped_children() -> Usage {
    Usage::default()
}

pub(super) fn peak_memory_bytes() -> Option<u64> {
    let size = size_of::<PROCESS_MEMORY_COUNTERS>() as u32;
    // SAFETY: an all-zero value is valid for this plain C struct.
    let mut counters: PROCESS_MEMORY_COUNTERS = unsafe { std::mem::zeroed() };
    // SAFETY: the pseudo handle is always valid, `counters` is an exclusive out-pointer of the size given.
    let ok = unsafe { GetProcessMemoryInfo(GetCurrentProcess(), &raw mut counters, size) };
    (ok != 0).then_some(counters.PeakWorkingSetSize as u64)
}

pub(super) fn pss_bytes(_process: u32) -> Option<u64> {
    None
}

#[inline]
pub(super) fn current_core() -> Option<u32> {
    // SAFETY: takes no arguments and only reads the thread's own state.
    Some(unsafe { GetCurrentProcessorNumber() })
}

pub(super) fn effective_user() -> Option<u32> {
    None
}
