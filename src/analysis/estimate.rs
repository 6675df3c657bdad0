//! How long things will probably take, before anything was measured.

use crate::experiment::Experiment;
use crate::model::ModelId;
use crate::workload::{Nominal, Workload};

/// Seconds that one trial of a model will take, setup and handing over included.
#[must_use]
pub fn trial_seconds(model: ModelId, workload: &Workload, nominal: &Nominal, logical_cpus: u32) -> f64 {
    let _ = (model, workload, nominal, logical_cpus);
    1.0
}

/// Seconds that a whole run will take: calibration, warm-up round, measured rounds.
#[must_use]
pub fn run_seconds(experiment: &Experiment, nominal: &Nominal, logical_cpus: u32) -> f64 {
    let _ = (experiment, nominal, logical_cpus);
    1.0
}
