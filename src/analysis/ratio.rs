//! Ratios of two models, paired by round, and the rule for which models may be compared.

use super::finding::rank::Ranks;
use super::finding::{Evidence, Finding, MeasuredRatio};
use super::statistics::{bootstrap_median_interval, median};
use crate::experiment::FEWEST_PAIRS;
use crate::model::{Contender, Family};
use crate::results::Results;
use crate::trial::{Measured, Trial};
use crate::workload::Work;

/// A ratio of two models, paired by round.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedRatio {
    /// Median of the paired ratios.
    pub median: f64,
    /// 95 % confidence interval of the median; `None` below six pairs.
    pub ci95: Option<(f64, f64)>,
    /// Smallest and largest ratio.
    pub range: (f64, f64),
    /// Number of pairs.
    pub pairs: u32,
    /// Rank test of the pairs; `None` below six.
    pub ranks: Option<Ranks>,
}

impl PairedRatio {
    /// Computes the ratio from the logarithms of both quantities, pair by pair; `None` without a pair.
    #[must_use]
    pub fn of_logs(pairs: &[(f64, f64)]) -> Option<Self> {
        let (above, below): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
        let logs: Vec<f64> = pairs.iter().map(|(above, below)| above - below).collect();
        let logs = logs.as_slice();
        let least = logs.iter().copied().fold(f64::INFINITY, f64::min);
        let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Some(Self {
            median: median(logs)?.exp(),
            ci95: bootstrap_median_interval(logs).map(|(low, high)| (low.exp(), high.exp())),
            range: (least.exp(), most.exp()),
            pairs: logs.len() as u32,
            ranks: (logs.len() >= FEWEST_PAIRS).then(|| Ranks::of_pairs(&above, &below)),
        })
    }

    /// Returns the ratio with the two models exchanged: 1 / ratio.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let flip = |(low, high): (f64, f64)| (1.0 / high, 1.0 / low);
        Self { median: 1.0 / self.median, ci95: self.ci95.map(flip), range: flip(self.range), ..*self }
    }

    /// Returns what the rule for differences needs.
    #[must_use]
    pub fn measured(&self) -> MeasuredRatio {
        MeasuredRatio { median: self.median, tested: self.ci95.zip(self.ranks), range: self.range }
    }

    /// Returns true if the ratio is clearly above 1.
    pub(super) fn is_clearly_above(&self, evidence: Evidence) -> bool {
        Finding::of(self.measured()).is_slower(evidence.least_lead(self.pairs))
    }

    /// Returns how many more pairs an interval needs; `None` if there is one.
    #[must_use]
    pub fn pairs_missing(&self) -> Option<u32> {
        self.ci95.is_none().then(|| (FEWEST_PAIRS as u32).saturating_sub(self.pairs)).filter(|missing| *missing > 0)
    }
}

/// Returns true if the times of two contenders may be compared: if each host computes its own calibrated amount
/// (`same-time`), only within one host.
#[must_use]
pub fn comparable(results: &Results, a: &Contender, b: &Contender) -> bool {
    let workload = &results.experiment.workload;
    a.host.base() == b.host.base() || workload.work == Work::SameAlgorithm || workload.kernels().is_empty()
}

/// Returns the contender that the times are compared with: the experiment's reference, or the plain loop of the same
/// host if the reference ran another number of iterations. `None` if there is neither.
pub(super) fn reference_of<'a>(results: &'a Results, contender: &Contender) -> Option<&'a Contender> {
    let experiment = &results.experiment;
    if comparable(results, &experiment.reference, contender) {
        return Some(&experiment.reference);
    }
    experiment
        .models
        .iter()
        .find(|other| other.host.base() == contender.host.base() && other.model.info().family == Family::Sequential)
}

/// Returns the ratio of a positive quantity of two models, paired by round. A trial that did not complete drops its
/// pair.
pub(super) fn paired_ratio(
    results: &Results,
    above: &Contender,
    below: &Contender,
    quantity: impl Fn(&Measured) -> f64,
) -> Option<PairedRatio> {
    PairedRatio::of_logs(&paired_logs(results, above, below, quantity))
}

/// Returns the logarithms of the quantity of both models in each round that both completed.
pub(super) fn paired_logs(
    results: &Results,
    above: &Contender,
    below: &Contender,
    quantity: impl Fn(&Measured) -> f64,
) -> Vec<(f64, f64)> {
    let by_round = |trial: &Trial| Some((trial.round, quantity(trial.completed()?)));
    let mut others: Vec<(i32, f64)> = results.measured(below).filter_map(by_round).collect();
    others.sort_by_key(|(round, _)| *round);
    results
        .measured(above)
        .filter_map(by_round)
        .filter_map(|(round, value)| {
            let index = others.binary_search_by_key(&round, |(round, _)| *round).ok()?;
            let logs = (value.ln(), others[index].1.ln());
            (logs.0 - logs.1).is_finite().then_some(logs)
        })
        .collect()
}
