//! The rule that decides when two models, or two runs, are called different; the same wherever a difference is claimed.
//!
//! A difference is claimed if three things agree: the median of the ratios lies beyond a margin, its 95 % interval does
//! not contain 1, and an exact rank test explains the order of the trials by chance in at most 1 of 400 experiments.
//! Below six trials neither interval nor rank test exist: then every ratio has to show a large lead.

pub mod rank;
#[cfg(test)]
mod tests;

use super::background::background;
use super::statistics::stddev;
use crate::model::Contender;
use crate::results::Results;
use crate::trial::Trial;
use rank::Ranks;

/// Two models differ only if the median of their ratios lies beyond this: 0.5 %.
pub const MARGIN: f64 = 1.005;
/// Lead that every pair has to show below `FEWEST_PAIRS` pairs, by the number of pairs from one up, on a machine that
/// was measured to be quiet.
pub const QUIET_LEADS: [f64; 5] = [1.5, 1.25, 1.1, 1.1, 1.1];
/// The same if other programs or the host took CPU time, or if that is not known.
pub const DISTURBED_LEADS: [f64; 5] = [10.0, 3.0, 2.0, 1.75, 1.5];
/// Standard deviations of a model's own trials that a lead has to exceed below `FEWEST_PAIRS` pairs.
pub const LEAD_DEVIATIONS: f64 = 2.5;

/// Ratio of two quantities as it was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeasuredRatio {
    /// Median.
    pub median: f64,
    /// 95 % confidence interval of the median, and the rank test; `None` below six trials.
    pub tested: Option<((f64, f64), Ranks)>,
    /// Smallest and largest ratio.
    pub range: (f64, f64),
}

/// Conclusion from a comparison of `a` with `b`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Finding {
    /// `a` takes less time.
    Faster,
    /// `a` takes more time.
    Slower,
    /// Interval and ranks do not show a difference beyond the margin.
    NotDistinguishable {
        /// Smallest difference that would have been detected, as a share: 0.013 is 1.3 %.
        detectable_share: f64,
    },
    /// There are fewer than six pairs, too few for a 95 % interval of the median.
    TooFew {
        /// Smallest and largest ratio.
        range: (f64, f64),
    },
}

impl Finding {
    /// Applies the rule.
    #[must_use]
    pub fn of(ratio: MeasuredRatio) -> Self {
        let Some(((low, high), ranks)) = ratio.tested else { return Self::TooFew { range: ratio.range } };
        match ratio.median {
            median if ranks.differ && low > 1.0 && median > MARGIN => Self::Slower,
            median if ranks.differ && high < 1.0 && median < 1.0 / MARGIN => Self::Faster,
            median => Self::NotDistinguishable { detectable_share: detectable(median, (low, high), ranks) - 1.0 },
        }
    }

    /// Returns true if `a` clearly takes more time. `least_lead` is what every ratio has to show where there is no
    /// interval.
    #[must_use]
    pub fn is_slower(&self, least_lead: f64) -> bool {
        match self {
            Self::Slower => true,
            Self::TooFew { range: (low, _) } => *low > least_lead,
            Self::Faster | Self::NotDistinguishable { .. } => false,
        }
    }

    /// Returns true if `a` clearly takes less time.
    #[must_use]
    pub fn is_faster(&self, least_lead: f64) -> bool {
        match self {
            Self::Faster => true,
            Self::TooFew { range: (_, high) } => *high < 1.0 / least_lead,
            Self::Slower | Self::NotDistinguishable { .. } => false,
        }
    }
}

/// Returns the smallest ratio that would have been claimed, whichever is the larger. The halves of the interval differ
/// in width.
pub(super) fn detectable(median: f64, (low, high): (f64, f64), ranks: Ranks) -> f64 {
    (median / low).max(high / median).max(ranks.detectable.exp()).max(MARGIN)
}

/// Facts that decide how large a lead has to be before it is claimed below `FEWEST_PAIRS` pairs. The thresholds were
/// chosen with the same model four times under background load, one to five rounds (see `tests/bench/claims.rs`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Evidence {
    /// True if other programs or the host took CPU time during the run, or if that is not known.
    disturbed: bool,
    /// Pooled standard deviation of the logarithm of the two models' wall times; `None` if neither completed two trials.
    deviation: Option<f64>,
}

impl Evidence {
    /// Collects the evidence from the completed trials of the two models; the disturbance from all trials of the run,
    /// warm-ups included.
    pub(super) fn of(results: &Results, a: &Contender, b: &Contender) -> Self {
        let logs = |contender| {
            let trials = results.measured(contender).filter_map(|trial| trial.completed());
            trials.map(|measured| (measured.wall_nanos as f64).ln()).filter(|log| log.is_finite()).collect()
        };
        Self::new(is_disturbed(results.trials.iter()), [logs(a), logs(b)])
    }

    /// Collects the evidence from whether the run was disturbed, and the logarithms of the quantity in the two sets of
    /// trials that are compared.
    pub(super) fn new(disturbed: bool, compared: [Vec<f64>; 2]) -> Self {
        let (mut squares, mut freedom) = (0.0, 0_usize);
        for logs in compared {
            if let Some(stddev) = stddev(&logs) {
                squares += stddev.powi(2) * (logs.len() - 1) as f64;
                freedom += logs.len() - 1;
            }
        }
        Self { disturbed, deviation: (freedom > 0).then(|| (squares / freedom as f64).sqrt()) }
    }

    /// Returns the factor that each pair has to show before a lead is claimed.
    pub(super) fn least_lead(&self, pairs: u32) -> f64 {
        let leads = if self.disturbed { &DISTURBED_LEADS } else { &QUIET_LEADS };
        let base = leads[(pairs.max(1) as usize).min(leads.len()) - 1];
        base.max((LEAD_DEVIATIONS * self.deviation.unwrap_or(0.0)).exp())
    }
}

/// Returns true if other programs or the host took CPU time during these trials, or if that is not known.
pub(super) fn is_disturbed<'a>(trials: impl Iterator<Item = &'a Trial>) -> bool {
    background(trials).is_none_or(|shares| shares.is_disturbed())
}
