//! Resource usage on Windows: `GetProcessTimes` with `QueryProcessCycleTime`, `GetProcessMemoryInfo` and
//! `GetCurrentProcessorNumber`. Run under Wine only.

use windows_sys::Win32::System::Threading::GetCurrentProcessorNumber;

use crate::process_tree::{self, CpuTimes};
use crate::trial::Usage;

fn usage(times: Option<CpuTimes>) -> Usage {
    times.map_or_else(Usage::default, |times| Usage {
        user_nanos: Some(times.user_nanos),
        system_nanos: Some(times.system_nanos),
        ..Usage::default()
    })
}

pub(super) fn of_this_process() -> Usage {
    usage(process_tree::own_cpu_times())
}

pub(super) fn of_reaped_children() -> Usage {
    usage(process_tree::cpu_times_of_children())
}

pub(super) fn peak_memory_bytes() -> Option<u64> {
    process_tree::own_peak_memory()
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
