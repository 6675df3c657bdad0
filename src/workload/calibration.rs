//! Duration of one unit of each kernel on this machine: measured in a process of its own, on one
//! core, as the median of per-thread CPU time. Which measurement is in force is the session's affair.

use serde::{Deserialize, Serialize};

use super::Kernel;
use crate::clock;

/// One kernel's speed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// The kernel that computes.
    pub kernel: Kernel,
    /// CPU nanoseconds per unit: median over the batches.
    pub nanos_per_unit: f64,
    /// Least wall time over CPU time of a batch. Above 1.05 something else held the core.
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

/// Measures one kernel on the calling thread; about 45 ms. Only for calibration processes.
#[must_use]
pub fn calibrate(kernel: Kernel) -> Calibration {
    let mut units = 1_u64;
    let mut state = 1;
    let warm_until = clock::thread_cpu_nanos() + WARM_NANOS;
    loop {
        let before = clock::thread_cpu_nanos();
        state = kernel.run(units, state);
        let now = clock::thread_cpu_nanos();
        if now - before < BATCH_NANOS / 2 {
            units *= 2;
        } else if now >= warm_until {
            break;
        }
    }
    let mut cpu = Vec::with_capacity(BATCHES);
    let mut wall_over_cpu = f64::INFINITY;
    for _ in 0..BATCHES {
        let (wall_before, cpu_before) = (clock::monotonic_nanos(), clock::thread_cpu_nanos());
        state = kernel.run(units, state);
        let (wall_after, cpu_after) = (clock::monotonic_nanos(), clock::thread_cpu_nanos());
        let cpu_nanos = (cpu_after - cpu_before).max(1) as f64;
        cpu.push(cpu_nanos);
        wall_over_cpu = wall_over_cpu.min((wall_after - wall_before) as f64 / cpu_nanos);
    }
    std::hint::black_box(state);
    cpu.sort_by(f64::total_cmp);
    Calibration { kernel, nanos_per_unit: cpu[BATCHES / 2] / units as f64, wall_over_cpu }
}
