//! Wall times of one model's trials: every trial, and the box around the middle half of them.

use crate::analysis::statistics::{median, outlier_flags, quartiles};
use crate::model::Contender;
use crate::results::Results;

/// Wall time of one completed measured trial.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrialDot {
    /// Number of the round, from 1.
    pub round: i32,
    /// Position in the order of all trials of the run, from 1.
    pub position: u32,
    /// Wall time, nanoseconds.
    pub nanos: f64,
    /// True if it is an outlier among the model's trials.
    pub outlier: bool,
}

/// Wall times of a model's completed measured trials. Times are in nanoseconds.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialSpread {
    /// The model.
    pub contender: Contender,
    /// The trials in run order. Never empty.
    pub dots: Vec<TrialDot>,
    /// Median.
    pub median: f64,
    /// First and third quartile; `None` if there are too few trials.
    pub quartiles: Option<(f64, f64)>,
    /// Shortest.
    pub least: f64,
    /// Longest.
    pub most: f64,
}

impl TrialSpread {
    /// Returns the range of the wall times as a share of their median.
    #[must_use]
    pub fn relative_range(&self) -> f64 {
        if self.median > 0.0 { (self.most - self.least) / self.median } else { 0.0 }
    }

    /// Iterates over the trials that are outliers.
    pub fn outliers(&self) -> impl Iterator<Item = &TrialDot> {
        self.dots.iter().filter(|dot| dot.outlier)
    }
}

/// Returns the spread of each model with a completed measured trial.
pub(super) fn spreads(results: &Results) -> Vec<TrialSpread> {
    results.experiment.models.iter().filter_map(|contender| spread(results, contender)).collect()
}

fn spread(results: &Results, contender: &Contender) -> Option<TrialSpread> {
    let completed = results.measured(contender).filter_map(|trial| Some((trial, trial.completed()?)));
    let mut dots: Vec<TrialDot> = completed
        .map(|(trial, measured)| TrialDot {
            round: trial.round,
            position: trial.position,
            nanos: measured.wall_nanos as f64,
            outlier: false,
        })
        .collect();
    let times: Vec<f64> = dots.iter().map(|dot| dot.nanos).collect();
    for (dot, flag) in dots.iter_mut().zip(outlier_flags(&times)) {
        dot.outlier = flag;
    }
    Some(TrialSpread {
        contender: contender.clone(),
        dots,
        median: median(&times)?,
        quartiles: quartiles(&times),
        least: times.iter().copied().fold(f64::INFINITY, f64::min),
        most: times.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    })
}
