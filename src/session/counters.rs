//! Busy time of the CPUs that this process may use between two readings, from the kernel's counters (Linux only).

use std::fs;
use std::time::Instant;

use super::cgroup::Throttling;
use crate::trial::Background;
use crate::usage;

/// Reading of the counters.
#[derive(Debug, Clone)]
pub struct Counters {
    at: Instant,
    jiffies: Option<CpuJiffies>,
    lab_nanos: Option<u64>,
    throttling: Option<Throttling>,
}

/// Sums over the usable CPUs since boot, in jiffies of 1/100 s.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct CpuJiffies {
    cpus: u32,
    busy: u64,
    steal: u64,
}

/// The kernel reports `/proc/stat` to programs in units of 1/100 s on every architecture that the lab supports.
const NANOS_PER_JIFFY: u64 = 10_000_000;

impl Counters {
    /// Reads the counters from three small files.
    #[must_use]
    pub fn read() -> Self {
        let allowed = fs::read_to_string("/proc/self/status").ok().and_then(|status| allowed_cpus(&status));
        let stat = fs::read_to_string("/proc/stat").ok();
        Self {
            at: Instant::now(),
            jiffies: stat.and_then(|stat| cpu_jiffies(&stat, allowed.as_deref())),
            lab_nanos: usage::of_this_process().cpu_nanos(),
            throttling: super::machine::throttling(),
        }
    }

    /// Returns true if the system reports them.
    #[must_use]
    pub const fn are_known(&self) -> bool {
        self.jiffies.is_some() && self.lab_nanos.is_some()
    }

    /// Returns the CPU time used since `earlier`, given the CPU time of the trial's process tree. `None` if the system
    /// doesn't report it, or if the set of usable CPUs changed in between.
    #[must_use]
    pub fn since(&self, earlier: &Self, tree_nanos: Option<u64>) -> Option<Background> {
        let (before, after) = (earlier.jiffies?, self.jiffies?);
        if before.cpus != after.cpus {
            return None;
        }
        let nanos = |before: u64, after: u64| after.saturating_sub(before) * NANOS_PER_JIFFY;
        let grown = |of: fn(Throttling) -> Option<u64>| {
            let (before, after) = (of(earlier.throttling?)?, of(self.throttling?)?);
            Some(after.saturating_sub(before))
        };
        Some(Background {
            wall_nanos: self.at.duration_since(earlier.at).as_nanos() as u64,
            cpus: after.cpus,
            busy_nanos: nanos(before.busy, after.busy),
            tree_nanos: tree_nanos?,
            lab_nanos: self.lab_nanos?.saturating_sub(earlier.lab_nanos?),
            steal_nanos: Some(nanos(before.steal, after.steal)),
            throttled: grown(|counted| Some(counted.throttled)),
            throttled_nanos: grown(|counted| counted.throttled_nanos),
        })
    }
}

/// Parses the CPU numbers of `Cpus_allowed_list` in `/proc/self/status`, e.g. "0-3,6".
fn allowed_cpus(status: &str) -> Option<Vec<u32>> {
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?.trim();
    let mut cpus = Vec::new();
    for part in list.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        cpus.extend(first.parse::<u32>().ok()?..=last.parse().ok()?);
    }
    Some(cpus)
}

/// Sums the lines `cpuN` of `/proc/stat` over the allowed CPUs, or over all if these are unknown. Busy time is user,
/// nice, system, irq and softirq (guest time is part of user).
fn cpu_jiffies(stat: &str, allowed: Option<&[u32]>) -> Option<CpuJiffies> {
    let mut sum = CpuJiffies { cpus: 0, busy: 0, steal: 0 };
    for line in stat.lines() {
        let Some((cpu, figures)) = line.strip_prefix("cpu").and_then(|rest| rest.split_once(' ')) else { continue };
        let Ok(cpu) = cpu.parse::<u32>() else { continue };
        if allowed.is_some_and(|allowed| !allowed.contains(&cpu)) {
            continue;
        }
        let jiffies: Vec<u64> = figures.split_whitespace().map_while(|field| field.parse().ok()).collect();
        let column = |index: usize| jiffies.get(index).copied();
        sum.cpus += 1;
        sum.busy += column(0)? + column(1)? + column(2)? + column(5)? + column(6)?;
        sum.steal += column(7).unwrap_or(0);
    }
    (sum.cpus > 0).then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAT: &str =
        "cpu  30 2 5 2000 7 1 3 8 0 0\ncpu0 10 2 5 1000 7 1 3 4 0 0\ncpu1 20 0 0 1000 0 0 0 4 0 0\nintr 5\n";

    #[test]
    fn idle_and_iowait_are_not_busy() {
        assert_eq!(cpu_jiffies(STAT, None), Some(CpuJiffies { cpus: 2, busy: 41, steal: 8 }));
        assert_eq!(cpu_jiffies("intr 5", None), None);
    }

    #[test]
    fn only_the_usable_cpus_count() {
        assert_eq!(cpu_jiffies(STAT, Some(&[1])), Some(CpuJiffies { cpus: 1, busy: 20, steal: 4 }));
        assert_eq!(cpu_jiffies(STAT, Some(&[7])), None, "none of them is there");
    }

    #[test]
    fn the_affinity_is_a_list_of_numbers_and_ranges() {
        let status = "Name:\tx\nCpus_allowed:\tff\nCpus_allowed_list:\t0-2,6\n";
        assert_eq!(allowed_cpus(status), Some(vec![0, 1, 2, 6]));
        assert_eq!(allowed_cpus("Cpus_allowed_list:\t1\n"), Some(vec![1]));
        assert_eq!(allowed_cpus("Name:\tx\n"), None);
    }
}
