//! Ratio of the medians of two independent samples, with its bootstrap interval.

use crate::analysis::finding::rank::Ranks;
use crate::analysis::finding::{Finding, MeasuredRatio};
use crate::analysis::statistics::{BOOTSTRAP_SEED, RESAMPLES, bootstrap_medians, interval_of_resamples, median};

/// Seed of the second sample's resamples: the two are drawn independently.
const SECOND_SEED: u64 = BOOTSTRAP_SEED ^ 0x5e_c0_4d;

/// A ratio of the medians of two runs, NEW / OLD. Nothing is paired.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UnpairedRatio {
    /// Median of NEW / median of OLD.
    pub ratio: f64,
    /// 95 % confidence interval; `None` where either run has fewer than six trials.
    pub ci95: Option<(f64, f64)>,
    /// Least of NEW / most of OLD, and most of NEW / least of OLD.
    pub range: (f64, f64),
    /// Trials of OLD and of NEW.
    pub trials: (u32, u32),
    /// Rank test of the two runs' trials; `None` where there is no interval.
    pub ranks: Option<Ranks>,
}

impl UnpairedRatio {
    /// Computes the ratio from positive values; `None` where a run has none.
    #[must_use]
    pub fn of(old: &[f64], new: &[f64]) -> Option<Self> {
        let (old, new) = (sorted(old), sorted(new));
        let ratio = median(&new)? / median(&old)?;
        let fewest = old.len().min(new.len());
        let above = bootstrap_medians(&new, RESAMPLES, BOOTSTRAP_SEED);
        let below = bootstrap_medians(&old, RESAMPLES, SECOND_SEED);
        let mut logs: Vec<f64> = above.iter().zip(&below).map(|(above, below)| (above / below).ln()).collect();
        let ci95 = interval_of_resamples(&mut logs, fewest).map(|(low, high)| (low.exp(), high.exp()));
        let logs = |values: &[f64]| values.iter().map(|value| value.ln()).collect::<Vec<f64>>();
        Some(Self {
            ratio,
            ranks: ci95.map(|_| Ranks::of_samples(&logs(&new), &logs(&old))),
            ci95,
            range: (new.first()? / old.last()?, new.last()? / old.first()?),
            trials: (old.len() as u32, new.len() as u32),
        })
    }

    /// Returns the number of trials of the run that has fewer.
    #[must_use]
    pub fn fewest(&self) -> u32 {
        self.trials.0.min(self.trials.1)
    }

    /// Returns what the rule for differences needs.
    #[must_use]
    pub fn measured(&self) -> MeasuredRatio {
        MeasuredRatio { median: self.ratio, tested: self.ci95.zip(self.ranks), range: self.range }
    }

    /// Returns true if the ratio clearly differs from 1. Without an interval, every trial of one run has to show this
    /// lead over every trial of the other.
    #[must_use]
    pub fn is_clear(&self, least_lead: f64) -> bool {
        let finding = Finding::of(self.measured());
        finding.is_slower(least_lead) || finding.is_faster(least_lead)
    }
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite() && *value > 0.0).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same interval by drawing value by value.
    fn plain(old: &[f64], new: &[f64]) -> (f64, f64) {
        let mut random = fastrand::Rng::with_seed(3);
        let mut draw = |values: &[f64]| {
            let drawn: Vec<f64> = (0..values.len()).map(|_| values[random.usize(..values.len())]).collect();
            median(&drawn).expect("not empty")
        };
        let mut logs: Vec<f64> = (0..20_000).map(|_| (draw(new) / draw(old)).ln()).collect();
        let (low, high) = interval_of_resamples(&mut logs, old.len().min(new.len())).expect("enough");
        (low.exp(), high.exp())
    }

    #[test]
    fn the_interval_is_that_of_resamples_drawn_value_by_value() {
        let mut random = fastrand::Rng::with_seed(9);
        for (old, new) in [(6, 6), (10, 7), (15, 30)] {
            let mut values = |count: usize| (0..count).map(|_| 100.0 + random.f64() * 10.0).collect::<Vec<_>>();
            let (old, new) = (values(old), values(new));
            let (low, high) = UnpairedRatio::of(&old, &new).expect("values").ci95.expect("enough");
            let (plain_low, plain_high) = plain(&old, &new);
            assert!((low - plain_low).abs() < 0.006 && (high - plain_high).abs() < 0.006, "{low} {plain_low} {high}");
        }
    }

    #[test]
    fn below_six_trials_in_either_run_there_is_a_range_instead() {
        let many = [100.0, 101.0, 99.0, 100.0, 102.0, 98.0, 100.0];
        let few = UnpairedRatio::of(&many, &[200.0, 210.0]).expect("values");
        assert_eq!((few.ci95, few.trials, few.fewest()), (None, (7, 2), 2));
        assert!((few.range.0 - 200.0 / 102.0).abs() < 1e-12 && (few.range.1 - 210.0 / 98.0).abs() < 1e-12);
        assert!(few.is_clear(1.5) && !few.is_clear(3.0));
        assert_eq!(UnpairedRatio::of(&many, &[]), None);
        assert_eq!(UnpairedRatio::of(&many, &[0.0, f64::NAN]), None, "no positive value");
    }
}
