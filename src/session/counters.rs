//! The machine's busy time between two moments, from the kernel's own counters (Linux); elsewhere
//! not measured.

use std::fs;
use std::time::Instant;

use crate::trial::Background;
use crate::usage;

/// The counters at one moment.
#[derive(Debug, Clone)]
pub struct Counters {
    at: Instant,
    machine: Option<MachineTicks>,
    lab_nanos: Option<u64>,
    throttled: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct MachineTicks {
    busy: u64,
    steal: u64,
}

/// Nanoseconds per tick of `/proc/stat`: the kernel reports it to programs in units of 1/100 s on
/// every architecture that the lab supports.
const NANOS_PER_TICK: u64 = 10_000_000;

impl Counters {
    /// Reads them: two small files.
    #[must_use]
    pub fn read() -> Self {
        Self {
            at: Instant::now(),
            machine: fs::read_to_string("/proc/stat").ok().and_then(|stat| machine_ticks(&stat)),
            lab_nanos: usage::of_this_process().cpu_nanos(),
            throttled: super::machine::throttling().map(|periods| periods.throttled),
        }
    }

    /// What happened since, given what the trial's own tree used. `None` where the system does not say.
    #[must_use]
    pub fn since(&self, earlier: &Self, tree_nanos: Option<u64>) -> Option<Background> {
        let (before, after) = (earlier.machine?, self.machine?);
        let ticks = |before: u64, after: u64| after.saturating_sub(before) * NANOS_PER_TICK;
        Some(Background {
            wall_nanos: self.at.duration_since(earlier.at).as_nanos() as u64,
            busy_nanos: ticks(before.busy, after.busy),
            tree_nanos: tree_nanos?,
            lab_nanos: self.lab_nanos?.saturating_sub(earlier.lab_nanos?),
            steal_nanos: Some(ticks(before.steal, after.steal)),
            throttled: self.throttled.zip(earlier.throttled).map(|(after, before)| after.saturating_sub(before)),
        })
    }
}

/// user + nice + system + irq + softirq of the first line (guest time is part of user), and steal.
fn machine_ticks(stat: &str) -> Option<MachineTicks> {
    let line = stat.lines().next()?.strip_prefix("cpu ")?;
    let ticks: Vec<u64> = line.split_whitespace().map_while(|field| field.parse().ok()).collect();
    let at = |place: usize| ticks.get(place).copied();
    Some(MachineTicks { busy: at(0)? + at(1)? + at(2)? + at(5)? + at(6)?, steal: at(7).unwrap_or(0) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_and_iowait_are_not_busy() {
        let stat = "cpu  10 2 5 1000 7 1 3 4 0 0\ncpu0 10 2 5 1000 7 1 3 4 0 0\n";
        assert_eq!(machine_ticks(stat), Some(MachineTicks { busy: 21, steal: 4 }));
        assert_eq!(machine_ticks("intr 5"), None);
    }
}
