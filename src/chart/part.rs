//! The part of a run that a chart shows.

use crate::analysis::RunAnalysis;
use crate::results::RunResults;

/// Part of a run. The default is all of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Part {
    /// Index of the only point; `None` for all points of a sweep.
    pub point: Option<usize>,
    /// Id of the metric of a scaling chart; `None` for the wall time.
    pub metric: Option<&'static str>,
    /// Round of the timeline; `None` for the trial of each model that is nearest its median.
    pub round: Option<i32>,
    /// Start and end of the timeline in nanoseconds; `None` for [`super::timeline::fit`].
    pub nanos: Option<(f64, f64)>,
    /// Titles of the models that are left out.
    pub hidden: Vec<String>,
}

impl Part {
    /// Returns the results of the only point; `None` where all are wanted.
    pub(super) fn of(&self, run: &RunResults, analysis: &RunAnalysis) -> Option<(RunResults, RunAnalysis)> {
        let index = self.point?;
        let (results, point) = (run.points.get(index)?.clone(), analysis.points.get(index)?.clone());
        let run = RunResults { experiment: run.experiment.clone(), points: vec![results] };
        Some((run, RunAnalysis { points: vec![point], scaling: None }))
    }
}
