//! Duration of one unit of each kernel on this machine: measured in a process of its own, on one
//! core, as the median of per-thread CPU time; where the system counts that too coarsely, as a low quantile of wall time.
//! Which measurement is in force is the session's affair.

use serde::{Deserialize, Serialize};

use super::Kernel;
use crate::clock;

/// One kernel's speed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// The kernel that computes.
    pub kernel: Kernel,
    /// CPU nanoseconds per unit: median over the batches. By wall time the lower fifth, which the core was held for.
    pub nanos_per_unit: f64,
    /// Least wall time over CPU time of a batch; by wall time the median over the lower fifth. Above 1.05 something else
    /// held the core.
    pub wall_over_cpu: f64,
}

/// The calibrations of one host, at most one per kernel.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Calibrations(Vec<Calibration>);

impl From<Vec<Calibration>> for Calibrations {
    fn from(list: Vec<Calibration>) -> Self {
        Self(list)
    }
}

impl Calibrations {
    /// CPU nanoseconds per unit, where the kernel was calibrated.
    #[must_use]
    pub fn nanos_per_unit(&self, kernel: Kernel) -> Option<f64> {
        self.get(kernel).map(|calibration| calibration.nanos_per_unit)
    }

    /// The calibration of one kernel.
    #[must_use]
    pub fn get(&self, kernel: Kernel) -> Option<&Calibration> {
        self.0.iter().find(|calibration| calibration.kernel == kernel)
    }

    /// Adds or replaces one kernel's calibration.
    pub fn put(&mut self, calibration: Calibration) {
        self.0.retain(|old| old.kernel != calibration.kernel);
        self.0.push(calibration);
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Calibration> {
        self.0.iter()
    }
}

/// Batches whose median counts.
const BATCHES: usize = 15;
/// CPU nanoseconds that one batch should take.
const BATCH_NANOS: u64 = 1_500_000;
/// CPU nanoseconds spent first, so that caches, branch predictors and the core's clock settle.
const WARM_NANOS: u64 = 20_000_000;

/// Ticks of the clock of CPU time that fit into a batch where its CPU time can be measured.
const TICKS_IN_BATCH: u64 = 100;

/// Measures one kernel on the calling thread; about 45 ms. Only for calibration processes.
#[must_use]
pub fn calibrate(kernel: Kernel) -> Calibration {
    if clock::cpu_time_resolution_nanos() * TICKS_IN_BATCH <= BATCH_NANOS {
        calibrate_by(kernel, clock::thread_cpu_nanos, of_cpu_time)
    } else {
        calibrate_by(kernel, clock::monotonic_nanos, of_wall_time)
    }
}

/// Wall and CPU time of a batch, nanoseconds.
type Batch = (f64, f64);

fn calibrate_by(kernel: Kernel, time: fn() -> u64, result: fn(&mut [Batch]) -> (f64, f64)) -> Calibration {
    let mut units = 1_u64;
    let mut state = 1;
    let warm_until = time() + WARM_NANOS;
    loop {
        let before = time();
        state = kernel.run(units, state);
        let now = time();
        if now - before < BATCH_NANOS / 2 {
            units *= 2;
        } else if now >= warm_until {
            break;
        }
    }
    let mut batches = [(0.0, 0.0); BATCHES];
    for batch in &mut batches {
        let (wall_before, before) = (clock::monotonic_nanos(), time());
        state = kernel.run(units, state);
        let (wall_after, after) = (clock::monotonic_nanos(), time());
        *batch = ((wall_after - wall_before) as f64, (after - before).max(1) as f64);
    }
    std::hint::black_box(state);
    let (nanos, wall_over_cpu) = result(&mut batches);
    Calibration { kernel, nanos_per_unit: nanos / units as f64, wall_over_cpu }
}

/// Returns the nanoseconds of a batch, and the wall time over the CPU time of the least disturbed one.
fn of_cpu_time(batches: &mut [Batch]) -> (f64, f64) {
    batches.sort_by(|a, b| a.1.total_cmp(&b.1));
    let ratios = batches.iter().map(|(wall, cpu)| wall / cpu);
    (batches[batches.len() / 2].1, ratios.fold(f64::INFINITY, f64::min))
}

/// The same from wall times alone, which only the time that others held the core makes longer.
fn of_wall_time(batches: &mut [Batch]) -> (f64, f64) {
    batches.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (low, median) = (batches[batches.len() / 5].0, batches[batches.len() / 2].0);
    (low, median / low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wall_times_of_disturbed_batches_change_the_disturbance_and_not_the_speed() {
        let mut quiet: Vec<Batch> = (0..15).map(|batch| (1000.0 + f64::from(batch), 1.0)).collect();
        assert_eq!(of_wall_time(&mut quiet), (1003.0, 1007.0 / 1003.0));
        // Another program had the core in ten of fifteen batches.
        let mut disturbed: Vec<Batch> =
            (0..15).map(|batch| (if batch % 3 == 0 { 1000.0 } else { 2000.0 }, 1.0)).collect();
        assert_eq!(of_wall_time(&mut disturbed), (1000.0, 2.0));
    }

    #[test]
    fn both_clocks_give_a_kernel_about_the_same_speed() {
        let by_cpu = calibrate_by(Kernel::Splitmix, clock::thread_cpu_nanos, of_cpu_time);
        let by_wall = calibrate_by(Kernel::Splitmix, clock::monotonic_nanos, of_wall_time);
        // Also where others hold the cores for most of the time.
        let ratio = by_wall.nanos_per_unit / by_cpu.nanos_per_unit;
        assert!(clock::cpu_time_resolution_nanos() > 1 || (0.2..50.0).contains(&ratio), "{ratio}");
        assert!(by_wall.wall_over_cpu >= 1.0, "{by_wall:?}");
    }
}
