//! The points of a sweep: an ordinary experiment for each value.

use super::Experiment;
use super::sweep::{SweepPoint, SweepProblem};

impl Experiment {
    /// Returns the experiments of all points, in the order of their values. Without a sweep the only one is the
    /// experiment itself, without a point.
    ///
    /// # Errors
    /// The first mistake in the sweep.
    pub fn points(&self) -> Result<Vec<(Option<SweepPoint>, Self)>, SweepProblem> {
        let Some(sweep) = &self.sweep else { return Ok(vec![(None, self.clone())]) };
        let at = |point: SweepPoint| {
            let mut experiment = Self { sweep: None, ..self.clone() };
            point.key.apply(point.value, &mut experiment.workload);
            (Some(point), experiment)
        };
        Ok(sweep.points(&self.workload)?.into_iter().map(at).collect())
    }
}
