//! Resource usage on Unix: `getrusage`, `/proc/self/status` and `sched_getcpu`.

use crate::trial::Usage;

fn rusage(target: libc::c_int) -> Option<libc::rusage> {
    // SAFETY: an all-zero `rusage` is a valid value of that plain C struct.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: `usage` is a valid, exclusive out-pointer for the call.
    (unsafe { libc::getrusage(target, &raw mut usage) } == 0).then_some(usage)
}

fn nanos(time: libc::timeval) -> u64 {
    time.tv_sec as u64 * 1_000_000_000 + time.tv_usec as u64 * 1000
}

/// Converts blocks of 512 bytes to bytes. Linux counts the I/O that reaches storage; other systems count operations of
/// unknown size.
fn blocks(count: libc::c_long) -> Option<u64> {
    if cfg!(target_os = "linux") { u64::try_from(count).ok().map(|count| count * 512) } else { None }
}

fn usage(target: libc::c_int) -> Usage {
    rusage(target).map_or_else(Usage::default, |usage| Usage {
        user_nanos: Some(nanos(usage.ru_utime)),
        system_nanos: Some(nanos(usage.ru_stime)),
        voluntary_switches: Some(usage.ru_nvcsw as u64),
        involuntary_switches: Some(usage.ru_nivcsw as u64),
        storage_read_bytes: blocks(usage.ru_inblock),
        storage_written_bytes: blocks(usage.ru_oublock),
    })
}

pub(super) fn of_this_process() -> Usage {
    usage(libc::RUSAGE_SELF)
}

pub(super) fn of_reaped_children() -> Usage {
    usage(libc::RUSAGE_CHILDREN)
}

pub(super) fn effective_user() -> Option<u32> {
    // SAFETY: takes no arguments and can't fail.
    Some(unsafe { libc::geteuid() })
}

#[cfg(target_os = "linux")]
pub(super) fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn peak_memory_bytes() -> Option<u64> {
    // macOS counts bytes, the BSDs KiB; neither inherits the spawner's peak.
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    rusage(libc::RUSAGE_SELF).map(|usage| usage.ru_maxrss as u64 * unit)
}

#[cfg(target_os = "linux")]
pub(super) fn pss_bytes(process: u32) -> Option<u64> {
    let rollup = std::fs::read_to_string(format!("/proc/{process}/smaps_rollup")).ok()?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn pss_bytes(_process: u32) -> Option<u64> {
    None
}

#[cfg(target_os = "linux")]
#[inline]
pub(super) fn current_core() -> Option<u32> {
    // SAFETY: takes no arguments and only reads the thread's own state.
    u32::try_from(unsafe { libc::sched_getcpu() }).ok()
}

#[cfg(not(target_os = "linux"))]
#[inline]
pub(super) fn current_core() -> Option<u32> {
    None
}
