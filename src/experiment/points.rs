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
        let range = sweep.key.range(&self.workload)?;
        let point = |value: f64| {
            let mut experiment = Self { sweep: None, ..self.clone() };
            sweep.key.apply(value, &mut experiment.workload);
            (Some(SweepPoint { key: sweep.key.clone(), value, shown: range.show(value) }), experiment)
        };
        Ok(sweep.values(&self.workload)?.into_iter().map(point).collect())
    }
}
