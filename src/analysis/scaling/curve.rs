//! One contender over the points of a sweep: its measured wall times by round.

use std::collections::BTreeMap;

use crate::analysis::finding::{Evidence, detectable};
use crate::analysis::ratio::PairedRatio;
use crate::model::Contender;
use crate::results::{Results, RunResults};
use crate::trial::Measured;

/// A quantity by round.
pub(super) type Rounds = BTreeMap<i32, f64>;

/// Wall times of a contender at each point.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// The contender.
    pub contender: Contender,
    /// Wall times by round, nanoseconds, one map per point; empty where no trial completed.
    pub(super) walls: Vec<Rounds>,
    /// True at points where a result is wrong, for example with lost updates.
    pub(super) wrong: Vec<bool>,
}

/// Returns a positive quantity of a contender's completed trials by round.
pub(super) fn by_round(results: &Results, contender: &Contender, quantity: fn(&Measured) -> Option<f64>) -> Rounds {
    let value = |trial: &crate::trial::Trial| Some((trial.round, quantity(trial.completed()?)?));
    results.measured(contender).filter_map(value).filter(|(_, value)| *value > 0.0).collect()
}

impl Curve {
    pub(super) fn of(run: &RunResults, contender: &Contender) -> Self {
        let wall = |measured: &Measured| Some(measured.wall_nanos as f64);
        let lost = |results: &Results| {
            let mut completed = results.measured(contender).filter_map(|trial| trial.completed()?.counted);
            completed.any(|counted| counted.lost() > 0)
        };
        Self {
            contender: contender.clone(),
            walls: run.points.iter().map(|results| by_round(results, contender, wall)).collect(),
            wrong: run.points.iter().map(lost).collect(),
        }
    }

    /// Returns the points at which a trial completed.
    pub(super) fn measured(&self) -> Vec<usize> {
        (0..self.walls.len()).filter(|point| !self.walls[*point].is_empty()).collect()
    }
}

/// Logarithms of two quantities in the rounds that both have.
pub(super) fn paired_logs(above: &Rounds, below: &Rounds) -> Vec<(f64, f64)> {
    above.iter().filter_map(|(round, value)| Some((value.ln(), below.get(round)?.ln()))).collect()
}

/// A ratio paired by round, and the evidence that a claim needs.
pub(super) struct Compared {
    pub(super) ratio: PairedRatio,
    evidence: Evidence,
}

impl Compared {
    /// Compares two quantities of a run, which was `disturbed` or not; `None` without a common round.
    pub(super) fn of(disturbed: bool, above: &Rounds, below: &Rounds) -> Option<Self> {
        let logs = |rounds: &Rounds| rounds.values().map(|value| value.ln()).collect();
        Some(Self {
            ratio: PairedRatio::of_logs(&paired_logs(above, below))?,
            evidence: Evidence::new(disturbed, [logs(above), logs(below)]),
        })
    }

    /// Returns true where the first is clearly larger.
    pub(super) fn is_larger(&self) -> bool {
        self.ratio.is_clearly_above(self.evidence)
    }

    /// Returns true where the first is clearly smaller.
    pub(super) fn is_smaller(&self) -> bool {
        self.ratio.inverse().is_clearly_above(self.evidence)
    }

    /// Smallest difference that would have been claimed, as a share of 1.
    pub(super) fn detectable_share(&self) -> f64 {
        match self.ratio.measured().tested {
            Some((interval, ranks)) => detectable(self.ratio.median, interval, ranks) - 1.0,
            None => self.evidence.least_lead(self.ratio.pairs) - 1.0,
        }
    }
}
