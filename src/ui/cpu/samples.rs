//! CPU samples of one trial, and the number of busy cores in each. Draws nothing.

use crate::trial::CpuSample;

/// The samples of one trial.
pub struct SampledTrial<'a> {
    pub samples: &'a [CpuSample],
    /// Length of the sampled time, milliseconds. It shows a gap after the last sample.
    pub length_ms: f64,
}

/// Returns the number of cores that were busy with anything.
pub fn busy_cores(sample: &CpuSample) -> f64 {
    sample.usage_percent.iter().map(|one| f64::from(*one)).sum::<f64>() / 100.0
}

/// Returns the number of cores that the trial's own processes used; `None` if it was not measured.
pub fn own_cores(sample: &CpuSample) -> Option<f64> {
    sample.tree_percent.map(|percent| (f64::from(percent) / 100.0).min(sample.usage_percent.len() as f64))
}
