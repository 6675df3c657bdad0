//! Clocks: one monotonic clock for all processes, and the CPU's counter (TSC) as a faster source of timestamps.
//!
//! The monotonic clock is `CLOCK_MONOTONIC` on Linux, `mach_absolute_time` (as `CLOCK_UPTIME_RAW`) on macOS and
//! `QueryPerformanceCounter` on Windows. Timestamps of spans are *ticks*: of the CPU counter if it is invariant and, on
//! Linux, the kernel's own clock source; else nanoseconds of the monotonic clock.

#![expect(unsafe_code, reason = "raw clock and counter reads are system calls and instructions")]

use serde::{Deserialize, Serialize};

/// Source of the timestamps of spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StampClock {
    /// The CPU's invariant counter (TSC on x86-64, CNTVCT on aarch64).
    CpuCounter,
    /// The operating system's monotonic clock, in nanoseconds.
    OsClock,
}

impl StampClock {
    /// Returns the best source of this machine. Reads a file on Linux, so call it once per process, in setup.
    #[must_use]
    pub fn detect() -> Self {
        if counter::is_invariant() && platform::kernel_trusts_the_counter() { Self::CpuCounter } else { Self::OsClock }
    }

    /// Reads the current tick.
    #[inline(always)]
    #[must_use]
    pub fn now(self) -> u64 {
        match self {
            Self::CpuCounter => counter::read(),
            Self::OsClock => monotonic_nanos(),
        }
    }
}

/// A pair of tick and monotonic nanoseconds that were read together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// Ticks of the source.
    pub ticks: u64,
    /// Nanoseconds of the monotonic clock.
    pub nanos: u64,
}

impl Anchor {
    /// Reads both clocks as close together as possible: the best of several attempts.
    #[must_use]
    pub fn read(source: StampClock) -> Self {
        if source == StampClock::OsClock {
            let nanos = monotonic_nanos();
            return Self { ticks: nanos, nanos };
        }
        let mut best = (u64::MAX, Self { ticks: 0, nanos: 0 });
        for _ in 0..16 {
            let before = source.now();
            let nanos = monotonic_nanos();
            let after = source.now();
            let width = after.wrapping_sub(before);
            if width < best.0 {
                best = (width, Self { ticks: before + width / 2, nanos });
            }
        }
        best.1
    }
}

/// Converts ticks to nanoseconds of the monotonic clock, by an anchor before and one after.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    start: Anchor,
    nanos_per_tick: f64,
}

impl Scale {
    /// Creates the scale from two anchors of the same source, in order.
    #[must_use]
    pub fn between(start: Anchor, end: Anchor) -> Self {
        let ticks = end.ticks.saturating_sub(start.ticks);
        let nanos = end.nanos.saturating_sub(start.nanos);
        Self { start, nanos_per_tick: if ticks == 0 { 1.0 } else { nanos as f64 / ticks as f64 } }
    }

    /// Returns the monotonic nanoseconds of a tick; ticks before the anchor clamp to it.
    #[inline]
    #[must_use]
    pub fn nanos(&self, ticks: u64) -> u64 {
        self.start.nanos + self.span(self.start.ticks, ticks)
    }

    /// Returns the nanoseconds between two ticks, 0 if they are out of order.
    #[inline]
    #[must_use]
    pub fn span(&self, from: u64, to: u64) -> u64 {
        (to.saturating_sub(from) as f64 * self.nanos_per_tick).round() as u64
    }
}

/// Reads the system-wide monotonic clock in nanoseconds, comparable between processes (and with Python's
/// `perf_counter_ns`).
#[inline]
#[must_use]
pub fn monotonic_nanos() -> u64 {
    platform::monotonic_nanos()
}

/// Reads the CPU time of the calling thread in nanoseconds. A read takes about 40 ns on Linux.
#[must_use]
pub fn thread_cpu_nanos() -> u64 {
    platform::thread_cpu_nanos()
}

/// Returns the resolution of the CPU time of threads and processes, nanoseconds: 1 where the system counts what they
/// use, the interval of its timer interrupt where it only looks then who is running (Windows without a count of cycles).
#[must_use]
pub fn cpu_time_resolution_nanos() -> u64 {
    platform::cpu_time_resolution_nanos()
}

/// Returns the nanoseconds per cycle in which Windows counts the CPU time of threads and processes; `None` if it does
/// not count them, or not at the rate of the CPU counter.
#[cfg(windows)]
#[must_use]
pub fn nanos_per_cycle() -> Option<f64> {
    platform::nanos_per_cycle()
}

/// Returns the milliseconds since the Unix epoch.
#[must_use]
pub fn unix_millis() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_millis() as u64)
}

#[cfg(target_arch = "x86_64")]
mod counter {
    //! Time stamp counter (TSC).

    pub(super) fn is_invariant() -> bool {
        use std::arch::x86_64::__cpuid;
        __cpuid(0x8000_0000).eax >= 0x8000_0007 && __cpuid(0x8000_0007).edx & (1 << 8) != 0
    }

    #[inline(always)]
    pub(super) fn read() -> u64 {
        // SAFETY: every x86-64 CPU has RDTSC; systems that forbid it in user mode do not report it as invariant.
        unsafe { std::arch::x86_64::_rdtsc() }
    }
}

#[cfg(target_arch = "aarch64")]
mod counter {
    //! Virtual counter (CNTVCT), whose rate is constant by definition of the architecture.

    pub(super) fn is_invariant() -> bool {
        true
    }

    #[inline(always)]
    pub(super) fn read() -> u64 {
        let ticks: u64;
        // SAFETY: reading CNTVCT_EL0 has no side effects and is allowed in user mode on all supported systems.
        unsafe { std::arch::asm!("mrs {}, cntvct_el0", out(reg) ticks, options(nomem, nostack)) };
        ticks
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
mod counter {
    pub(super) fn is_invariant() -> bool {
        false
    }

    pub(super) fn read() -> u64 {
        super::monotonic_nanos()
    }
}

#[cfg(unix)]
mod platform {
    #[cfg(target_os = "linux")]
    pub(super) fn kernel_trusts_the_counter() -> bool {
        if cfg!(target_arch = "aarch64") {
            return true;
        }
        std::fs::read_to_string("/sys/devices/system/clocksource/clocksource0/current_clocksource")
            .is_ok_and(|source| source.trim() == "tsc")
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn kernel_trusts_the_counter() -> bool {
        true
    }

    #[cfg(any(target_os = "macos", target_os = "ios"))]
    const MONOTONIC: libc::clockid_t = libc::CLOCK_UPTIME_RAW;
    #[cfg(not(any(target_os = "macos", target_os = "ios")))]
    const MONOTONIC: libc::clockid_t = libc::CLOCK_MONOTONIC;

    fn read(clock: libc::clockid_t) -> u64 {
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: `time` is a valid, exclusive out-pointer for the call; the clock ids exist on every supported Unix.
        unsafe { libc::clock_gettime(clock, &raw mut time) };
        (time.tv_sec as u64) * 1_000_000_000 + time.tv_nsec as u64
    }

    #[inline]
    pub(super) fn monotonic_nanos() -> u64 {
        read(MONOTONIC)
    }

    pub(super) fn thread_cpu_nanos() -> u64 {
        read(libc::CLOCK_THREAD_CPUTIME_ID)
    }

    pub(super) const fn cpu_time_resolution_nanos() -> u64 {
        1
    }
}

#[cfg(windows)]
mod platform {
    //! Times of threads are counted when a timer interrupt finds them running, every 15.6 ms. The cycles that a thread
    //! has used are counted exactly, in units of the CPU counter.
    use std::sync::OnceLock;

    use windows_sys::Win32::Foundation::FILETIME;
    use windows_sys::Win32::System::Performance::{QueryPerformanceCounter, QueryPerformanceFrequency};
    use windows_sys::Win32::System::Threading::{GetCurrentThread, GetThreadTimes};
    use windows_sys::Win32::System::WindowsProgramming::QueryThreadCycleTime;

    use super::{Anchor, StampClock, counter};

    /// Interval of the timer interrupt that the times of threads are counted by.
    const TICK_NANOS: u64 = 15_625_000;
    /// Time in which the rate of the cycles is measured: the monotonic clock counts in 100 ns.
    const RATE_NANOS: u64 = 2_000_000;
    /// Attempts to measure it: in any of them the thread may lose its core.
    const ATTEMPTS: u32 = 5;

    pub(super) fn kernel_trusts_the_counter() -> bool {
        true
    }

    pub(super) fn monotonic_nanos() -> u64 {
        let (mut ticks, mut per_second) = (0_i64, 0_i64);
        // SAFETY: both are valid, exclusive out-pointers; the calls can't fail on Windows XP or later.
        unsafe {
            QueryPerformanceCounter(&raw mut ticks);
            QueryPerformanceFrequency(&raw mut per_second);
        }
        (i128::from(ticks) * 1_000_000_000 / i128::from(per_second.max(1))) as u64
    }

    pub(super) fn thread_cpu_nanos() -> u64 {
        let exact = nanos_per_cycle().zip(thread_cycles());
        exact.map_or_else(thread_cpu_nanos_in_ticks, |(nanos, cycles)| (cycles as f64 * nanos) as u64)
    }

    fn thread_cpu_nanos_in_ticks() -> u64 {
        let zero = FILETIME { dwLowDateTime: 0, dwHighDateTime: 0 };
        let (mut created, mut exited, mut kernel, mut user) = (zero, zero, zero, zero);
        // SAFETY: the pseudo handle of the current thread is always valid, the four out-pointers are exclusive.
        unsafe {
            GetThreadTimes(GetCurrentThread(), &raw mut created, &raw mut exited, &raw mut kernel, &raw mut user)
        };
        let nanos = |time: FILETIME| ((u64::from(time.dwHighDateTime) << 32) | u64::from(time.dwLowDateTime)) * 100;
        nanos(kernel) + nanos(user)
    }

    fn thread_cycles() -> Option<u64> {
        let mut cycles = 0;
        // SAFETY: the pseudo handle of the current thread is always valid, the out-pointer is exclusive.
        (unsafe { QueryThreadCycleTime(GetCurrentThread(), &raw mut cycles) } != 0).then_some(cycles)
    }

    pub(super) fn cpu_time_resolution_nanos() -> u64 {
        if nanos_per_cycle().is_some() { 1 } else { TICK_NANOS }
    }

    pub(super) fn nanos_per_cycle() -> Option<f64> {
        static RATE: OnceLock<Option<f64>> = OnceLock::new();
        *RATE.get_or_init(|| {
            // Only there the unit is known to be the counter's.
            if !cfg!(target_arch = "x86_64") || !counter::is_invariant() {
                return None;
            }
            (0..ATTEMPTS).find_map(|_| measure_rate())
        })
    }

    /// Computes for 2 ms, in which this thread should use as many cycles as the counter counts.
    fn measure_rate() -> Option<f64> {
        let (start, cycles_before) = (Anchor::read(StampClock::CpuCounter), thread_cycles()?);
        while monotonic_nanos() - start.nanos < RATE_NANOS {}
        let (cycles_after, end) = (thread_cycles()?, Anchor::read(StampClock::CpuCounter));
        let ticks = end.ticks.saturating_sub(start.ticks) as f64;
        let share = cycles_after.saturating_sub(cycles_before) as f64 / ticks;
        (0.5..=1.02).contains(&share).then(|| (end.nanos - start.nanos) as f64 / ticks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_follow_the_monotonic_clock() {
        let source = StampClock::detect();
        let start = Anchor::read(source);
        let tick = source.now();
        let nanos = monotonic_nanos();
        std::thread::sleep(std::time::Duration::from_millis(20));
        let end = Anchor::read(source);
        let scale = Scale::between(start, end);
        let apart = scale.nanos(tick).abs_diff(nanos);
        assert!(apart < 1_000_000, "a tick and a clock read beside it are {apart} ns apart");
        assert!(scale.span(start.ticks, end.ticks) >= 20_000_000);
    }

    #[test]
    fn out_of_order_ticks_are_zero_apart() {
        let scale = Scale::between(Anchor { ticks: 0, nanos: 0 }, Anchor { ticks: 10, nanos: 20 });
        assert_eq!(scale.span(5, 3), 0);
        assert_eq!(scale.span(3, 5), 4);
    }

    #[test]
    fn thread_cpu_time_grows_with_work_only() {
        let (before, resolution) = (thread_cpu_nanos(), cpu_time_resolution_nanos());
        let start = monotonic_nanos();
        // Until it must show; a system that never shows it is found by the limit.
        while thread_cpu_nanos() == before && monotonic_nanos() - start < 1_000_000_000 + 10 * resolution {
            std::hint::black_box(crate::workload::Kernel::Splitmix.run(200_000, 1));
        }
        assert!(thread_cpu_nanos() > before);
    }
}
