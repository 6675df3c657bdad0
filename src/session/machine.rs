//! Properties of the machine that the trials run on, as recorded in every export and shown by `doctor`.

use std::fs;

use serde::Serialize;

use super::cgroup::{Cgroups, Throttling};
use crate::clock::StampClock;
use crate::cpus::Cpus;

/// Properties of this machine. `None` if the system doesn't report one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Machine {
    /// Version of the lab.
    pub lab_version: String,
    /// True for an unoptimised build of the lab, whose figures are no measurements.
    pub debug_build: bool,
    /// Operating system and version.
    pub os: String,
    /// Kernel version.
    pub kernel: Option<String>,
    /// Instruction set.
    pub arch: String,
    /// Model name of the CPU.
    pub cpu: Option<String>,
    /// CPUs: usable, online and physical.
    #[serde(flatten)]
    pub cpus: Cpus,
    /// Size of the memory, bytes.
    pub memory_bytes: Option<u64>,
    /// Size of the last-level cache of CPU 0, bytes.
    pub last_level_cache_bytes: Option<u64>,
    /// Number of CPUs that a control-group quota allows, e.g. 1.5.
    pub cpu_quota: Option<f64>,
    /// Frequency governor of CPU 0.
    pub governor: Option<String>,
    /// The kernel's clock source.
    pub clock_source: Option<String>,
    /// Clock that spans are stamped with.
    pub span_clock: String,
    /// True if a hypervisor is detected.
    pub virtual_machine: Option<bool>,
    /// Load average over one minute.
    pub load_average: Option<f64>,
    /// True if no mains supply is online.
    pub on_battery: Option<bool>,
    /// Limits that models with a thread or process per task may reach.
    pub limits: Limits,
}

/// System limits on threads, processes and files. `None`: unlimited or unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// `vm.max_map_count`: the stack of each thread takes two mappings, one of them its guard page.
    pub max_map_count: Option<u64>,
    /// `ulimit -u`: processes and threads of this user.
    pub max_user_processes: Option<u64>,
    /// `kernel.threads-max`.
    pub threads_max: Option<u64>,
    /// `kernel.pid_max`.
    pub pid_max: Option<u64>,
    /// `pids.max` of the control group.
    pub cgroup_pids_max: Option<u64>,
    /// `ulimit -n`: open files.
    pub max_open_files: Option<u64>,
    /// `memory.max` of the control group (version 1: `memory.limit_in_bytes`), bytes.
    pub cgroup_memory_max: Option<u64>,
}

impl Machine {
    /// Examines this machine. Reads small files; takes some milliseconds.
    #[must_use]
    pub fn probe() -> Self {
        let system = sysinfo::System::new_with_specifics(
            sysinfo::RefreshKind::nothing()
                .with_cpu(sysinfo::CpuRefreshKind::nothing())
                .with_memory(sysinfo::MemoryRefreshKind::nothing().with_ram()),
        )
        .ok();
        let online = system.as_ref().map(|system| system.cpus());
        Self {
            lab_version: env!("CARGO_PKG_VERSION").to_owned(),
            debug_build: cfg!(debug_assertions),
            os: sysinfo::System::long_os_version().unwrap_or_else(|_| std::env::consts::OS.to_owned()),
            kernel: sysinfo::System::kernel_version().ok(),
            arch: std::env::consts::ARCH.to_owned(),
            cpu: online
                .and_then(<[_]>::first)
                .map(|cpu| cpu.brand().trim().to_owned())
                .filter(|brand| !brand.is_empty()),
            cpus: Cpus {
                online: online.map(|cpus| cpus.len() as u32).filter(|cpus| *cpus > 0),
                physical: sysinfo::System::physical_core_count().ok().map(|cores| cores as u32),
                ..Cpus::here()
            },
            memory_bytes: system.as_ref().map(sysinfo::System::total_memory).filter(|bytes| *bytes > 0),
            last_level_cache_bytes: last_level_cache_bytes(),
            cpu_quota: Cgroups::of_this_process().cpu_quota(),
            governor: file("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
            clock_source: file("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
            span_clock: match StampClock::detect() {
                StampClock::CpuCounter => "CPU counter",
                StampClock::OsClock => "OS clock",
            }
            .to_owned(),
            virtual_machine: virtual_machine(),
            load_average: sysinfo::System::load_average().ok().map(|load| load.one),
            on_battery: on_battery(),
            limits: Limits::probe(),
        }
    }
}

/// Returns the throttled periods of this process's control groups since they were created; `None` if they are not
/// counted.
#[must_use]
pub fn throttling() -> Option<Throttling> {
    Cgroups::of_this_process().throttling()
}

/// Returns the size of the highest cache level; the system writes it as "32768K" or "2M".
fn last_level_cache_bytes() -> Option<u64> {
    let caches = fs::read_dir("/sys/devices/system/cpu/cpu0/cache").ok()?.flatten().filter_map(|entry| {
        let text = |name: &str| fs::read_to_string(entry.path().join(name)).ok();
        let level: u32 = text("level")?.trim().parse().ok()?;
        let size = text("size")?;
        let size = size.trim();
        let (number, unit) = match size.strip_suffix('K') {
            Some(kib) => (kib, 1 << 10),
            None => size.strip_suffix('M').map_or((size, 1), |mib| (mib, 1 << 20)),
        };
        Some((level, number.parse::<u64>().ok()? * unit))
    });
    caches.max().map(|(_, bytes)| bytes)
}

impl Limits {
    fn probe() -> Self {
        let user = file("/proc/self/limits").unwrap_or_default();
        let groups = Cgroups::of_this_process();
        Self {
            max_map_count: file("/proc/sys/vm/max_map_count").and_then(|text| text.parse().ok()),
            max_user_processes: soft_limit(&user, "Max processes"),
            threads_max: file("/proc/sys/kernel/threads-max").and_then(|text| text.parse().ok()),
            pid_max: file("/proc/sys/kernel/pid_max").and_then(|text| text.parse().ok()),
            cgroup_pids_max: groups.pids_max(),
            max_open_files: soft_limit(&user, "Max open files"),
            cgroup_memory_max: groups.memory_max(),
        }
    }
}

pub(super) fn file(path: &str) -> Option<String> {
    fs::read_to_string(path).ok().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Returns the soft limit in a row of `/proc/self/limits`; `None` for "unlimited".
fn soft_limit(limits: &str, row: &str) -> Option<u64> {
    limit_in(limits, row, 0)
}

/// Returns the limit in a column of a row of `/proc/self/limits`: 0 is the soft one, 1 the hard one.
pub(super) fn limit_in(limits: &str, row: &str, column: usize) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix(row))?;
    line.split_whitespace().nth(column)?.parse().ok()
}

fn virtual_machine() -> Option<bool> {
    let info = file("/proc/cpuinfo")?;
    let flags = info.lines().find(|line| line.starts_with("flags"))?;
    Some(flags.split_whitespace().any(|flag| flag == "hypervisor"))
}

fn on_battery() -> Option<bool> {
    let supplies = fs::read_dir("/sys/class/power_supply").ok()?;
    let mut mains =
        supplies.flatten().filter_map(|supply| fs::read_to_string(supply.path().join("online")).ok()).peekable();
    mains.peek()?;
    Some(!mains.any(|online| online.trim() == "1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_soft_limit_is_the_first_figure_of_its_row() {
        let limits = "Limit Soft Hard Units\nMax processes             96365                96365                processes\nMax open files            unlimited            unlimited  files\n";
        assert_eq!(soft_limit(limits, "Max processes"), Some(96_365));
        assert_eq!(soft_limit(limits, "Max open files"), None);
    }

    #[test]
    fn this_machine_has_a_cpu() {
        let machine = Machine::probe();
        assert!(machine.cpus.usable >= 1);
        assert_eq!(machine.debug_build, cfg!(debug_assertions));
    }
}
