//! Intervals of medians of a figure over a contender's trials.

use crate::analysis::statistics::median_interval;
use crate::model::Contender;
use crate::results::Results;
use crate::trial::Measured;

/// Interval of the median of a figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Estimate {
    pub(super) interval: (f64, f64),
    pub(super) trials: u32,
}

/// Returns the interval of a figure's median over the completed measured trials; `None` below six of them, and if one
/// lacks the figure.
pub(super) fn estimate(
    results: &Results,
    contender: &Contender,
    figure: impl Fn(&Measured) -> Option<f64>,
) -> Option<Estimate> {
    let trials = results.measured(contender).filter_map(|trial| trial.completed());
    let figures: Vec<f64> = trials.map(figure).collect::<Option<_>>()?;
    Some(Estimate { interval: median_interval(&figures)?, trials: figures.len() as u32 })
}
