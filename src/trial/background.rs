//! CPU time on the machine around a trial, and shares of it. The only definition of the CPU share of other programs:
//! window, table, caveats and `doctor` use it.

/// CPU time between start and exit of a trial's runner, nanoseconds, summed over the CPUs that the run may use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Background {
    /// Wall time of the interval.
    pub wall_nanos: u64,
    /// CPUs that this process may run on (its affinity).
    pub cpus: u32,
    /// Time that these CPUs were busy.
    pub busy_nanos: u64,
    /// CPU time of the trial's own process tree.
    pub tree_nanos: u64,
    /// CPU time of the lab itself.
    pub lab_nanos: u64,
    /// CPU time taken by the host of this virtual machine; `None` if the system does not report it.
    pub steal_nanos: Option<u64>,
    /// Periods in which a CPU quota stopped the tree (`nr_throttled`); `None` if the system does not report it.
    pub throttled: Option<u64>,
    /// Time for which the quota stopped it, summed over the CPUs; `None` if the system does not report it.
    pub throttled_nanos: Option<u64>,
}

/// Other programs' share of the usable CPUs above which it disturbs a measurement, percent.
pub const FOREIGN_PERCENT: f64 = 2.0;
/// Share of the CPU time that the host of a virtual machine took above which it disturbs a measurement, percent.
pub const STEAL_PERCENT: f64 = 1.0;

/// Background of several trials together, as shares of the usable CPUs' time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BackgroundShares {
    /// Other programs, percent of the usable CPUs' time.
    pub foreign_percent: f64,
    /// The lab itself, percent of the usable CPUs' time.
    pub lab_percent: f64,
    /// The host of this virtual machine, percent of the usable CPUs' time; `None` if the system does not report it.
    pub steal_percent: Option<f64>,
}

impl BackgroundShares {
    /// Returns true if other programs, or the host of this virtual machine, took enough to disturb a measurement.
    #[must_use]
    pub fn is_disturbed(&self) -> bool {
        self.foreign_percent > FOREIGN_PERCENT || self.steal_percent.is_some_and(|percent| percent > STEAL_PERCENT)
    }
}

impl Background {
    /// Least wall time for which shares are computed: the kernel's counters have a resolution of 10 ms.
    pub const LEAST_NANOS: u64 = 1_000_000_000;

    /// Returns the busy time of the usable CPUs that was neither the trial's nor the lab's, nanoseconds.
    #[must_use]
    pub const fn foreign_nanos(&self) -> u64 {
        self.busy_nanos.saturating_sub(self.tree_nanos).saturating_sub(self.lab_nanos)
    }

    /// Computes the shares over several trials together; `None` below [`Self::LEAST_NANOS`] of wall time in total.
    pub fn shares(parts: impl Iterator<Item = Self>) -> Option<BackgroundShares> {
        let (mut wall, mut capacity, mut foreign, mut lab, mut steal) = (0_u64, 0.0, 0.0, 0.0, Some(0.0));
        for part in parts {
            wall += part.wall_nanos;
            capacity += part.wall_nanos as f64 * f64::from(part.cpus.max(1));
            foreign += part.foreign_nanos() as f64;
            lab += part.lab_nanos as f64;
            steal = steal.zip(part.steal_nanos).map(|(sum, nanos)| sum + nanos as f64);
        }
        // Counters with a resolution of 10 ms may run ahead of the clock: no share may exceed 100 %.
        let percent = |nanos: f64| (nanos / capacity * 100.0).min(100.0);
        (wall >= Self::LEAST_NANOS).then(|| BackgroundShares {
            foreign_percent: percent(foreign),
            lab_percent: percent(lab),
            steal_percent: steal.map(percent),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(cpus: u32, busy_ms: u64, tree_ms: u64, lab_ms: u64) -> Background {
        Background {
            wall_nanos: 1_000_000_000,
            cpus,
            busy_nanos: busy_ms * 1_000_000,
            tree_nanos: tree_ms * 1_000_000,
            lab_nanos: lab_ms * 1_000_000,
            steal_nanos: Some(100_000_000),
            throttled: None,
            throttled_nanos: None,
        }
    }

    #[test]
    fn foreign_is_busy_without_tree_and_lab_over_the_usable_cpus() {
        let shares = Background::shares([second(2, 1_500, 1_000, 100)].into_iter()).expect("a second");
        assert_eq!((shares.foreign_percent, shares.lab_percent, shares.steal_percent), (20.0, 5.0, Some(5.0)));
        let both = Background::shares([second(2, 1_500, 1_000, 100), second(1, 1_000, 900, 100)].into_iter());
        let both = both.expect("two seconds");
        assert!((both.foreign_percent - 400.0 / 30.0).abs() < 1e-9, "{both:?}");
    }

    #[test]
    fn no_share_exceeds_100_percent() {
        let shares = Background::shares([second(1, 4_040, 0, 0)].into_iter()).expect("a second");
        assert_eq!(shares.foreign_percent, 100.0);
    }

    #[test]
    fn below_a_second_nothing_is_stated_and_an_unknown_stays_unknown() {
        let half = Background { wall_nanos: 500_000_000, ..second(2, 900, 0, 0) };
        assert_eq!(Background::shares([half].into_iter()), None);
        let silent = Background { steal_nanos: None, ..half };
        let shares = Background::shares([half, silent].into_iter()).expect("a second in all");
        assert_eq!(shares.steal_percent, None);
    }
}
