//! The part of a run that a chart shows.

use super::task_colour::ColourBy;
use crate::analysis::RunAnalysis;
use crate::analysis::distribution::TaskTime;
use crate::results::{Results, RunResults};

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
    /// Meaning of the colours of the timeline.
    pub colour: ColourBy,
    /// Titles of the models that are left out.
    pub hidden: Vec<String>,
    /// Titles of the models in the order to show them; empty for the chart's own order.
    pub order: Vec<String>,
    /// True for a logarithmic axis of wall times; `None` for the choice by range: logarithmic beyond 20 to 1.
    pub logarithmic: Option<bool>,
    /// True for a distribution of wall times, not of their distances from the median of the model.
    pub wall_times: bool,
    /// True for a time budget in seconds, not in percent.
    pub seconds: bool,
    /// Time of the tasks whose distribution is drawn below that of the trials; `None` for none.
    pub tasks: Option<TaskPart>,
}

/// Distribution of a time of the tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskPart {
    /// The time.
    pub time: TaskTime,
    /// True for a histogram, false for a cumulative curve.
    pub histogram: bool,
}

fn of_points(run: &RunResults, points: Vec<Results>) -> RunResults {
    let (experiment, note) = (run.experiment.clone(), run.note.clone());
    RunResults { experiment, points, lost_trials: run.lost_trials, note }
}

impl Part {
    /// Returns the results of the only point; `None` where all are wanted.
    pub(super) fn of(&self, run: &RunResults, analysis: &RunAnalysis) -> Option<(RunResults, RunAnalysis)> {
        let index = self.point?;
        let (results, point) = (run.points.get(index)?.clone(), analysis.points.get(index)?.clone());
        let run = of_points(run, vec![results]);
        Some((run, RunAnalysis { points: vec![point], scaling: None }))
    }

    /// Returns evenly spaced points of a sweep whose points are too many for a chart; `None` where all are drawn. The
    /// first and the last one are always among them.
    pub(super) fn some(run: &RunResults, analysis: &RunAnalysis, most: usize) -> Option<(RunResults, RunAnalysis)> {
        let all = run.points.len().min(analysis.points.len());
        let most = most.max(3);
        if all <= most {
            return None;
        }
        let indexes = (0..most).map(|index| index * (all - 1) / (most - 1));
        let (points, analyses) =
            indexes.map(|index| (run.points[index].clone(), analysis.points[index].clone())).unzip();
        let run = of_points(run, points);
        Some((run, RunAnalysis { points: analyses, scaling: analysis.scaling.clone() }))
    }
}
