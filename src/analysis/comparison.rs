//! Comparison of two models: the ratio of their wall times, paired by round, and the finding that it supports.

use std::fmt;

use super::background::{background, is_foreign};
use super::finding::{Evidence, Finding};
use super::ratio::{PairedRatio, comparable, paired_ratio};
use crate::model::Contender;
use crate::results::Results;
use crate::units;

/// Comparison of model `a` with model `b`.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Model whose time is the numerator.
    pub a: Contender,
    /// Model whose time is the denominator.
    pub b: Contender,
    /// Wall time of `a` / wall time of `b`, paired by round: below 1 where `a` is faster.
    pub ratio: PairedRatio,
    /// Conclusion that the ratio supports.
    pub finding: Finding,
    /// Factor that every pair has to show before a lead is claimed, below `FEWEST_PAIRS` pairs.
    pub least_lead: f64,
    /// Percent of the usable CPUs that other programs took during the trials of either, if that is a caveat.
    pub foreign_percent: Option<f64>,
}

/// Compares the wall times of two models over the rounds that both completed. `None` without such a round, and if the
/// two can't be compared (see [`comparable`]).
#[must_use]
pub fn compare(results: &Results, a: &Contender, b: &Contender) -> Option<Comparison> {
    if !comparable(results, a, b) {
        return None;
    }
    let ratio = paired_ratio(results, a, b, |measured| measured.wall_nanos as f64)?;
    let foreign = |contender| {
        let shares = background(results.measured(contender));
        shares.map(|shares| shares.foreign_percent).filter(is_foreign)
    };
    let foreign_percent = [foreign(a), foreign(b)].into_iter().flatten().reduce(f64::max);
    let (finding, least_lead) = (Finding::of(ratio.measured()), Evidence::of(results, a, b).least_lead(ratio.pairs));
    Some(Comparison { a: a.clone(), b: b.clone(), ratio, finding, least_lead, foreign_percent })
}

impl Comparison {
    /// Returns true if `a` clearly takes more time than `b`. Below six pairs that needs [`Self::least_lead`] in every pair.
    #[must_use]
    pub fn is_clearly_slower(&self) -> bool {
        self.finding.is_slower(self.least_lead)
    }
}

/// Formats a range with as many decimals as distinguish its ends: "0.82 to 0.86", "75 to 79".
#[must_use]
pub fn range((low, high): (f64, f64)) -> String {
    let [low, high] = figures([low, high], (low, high));
    if low == high { low } else { format!("{low} to {high}") }
}

/// Formats positive figures with the same number of decimals: at least two digits, and three steps across the range as
/// far as four digits allow. So a median never seems to lie outside its interval.
pub(super) fn figures<const N: usize>(values: [f64; N], (low, high): (f64, f64)) -> [String; N] {
    let magnitude = high.max(f64::MIN_POSITIVE).log10().floor();
    let (least, most) = ((1.0 - magnitude).max(0.0), (3.0 - magnitude).max(0.0));
    let width = high - low;
    let wanted = if width > 0.0 { (3.0 / width).log10().ceil() } else { least + 1.0 };
    let decimals = wanted.clamp(least, most) as usize;
    values.map(|value| if high >= 999.5 { units::count(value.round() as u64) } else { format!("{value:.decimals$}") })
}

impl fmt::Display for Comparison {
    /// "async / threads = 0.84, 95 % CI 0.82 to 0.86, 15 pairs: faster".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { a, b, ratio, .. } = self;
        let pairs = if ratio.pairs == 1 { "1 pair".to_owned() } else { format!("{} pairs", ratio.pairs) };
        match (self.finding, ratio.ci95) {
            (Finding::NotDistinguishable { detectable_share }, Some(interval)) => {
                let difference = units::percent(detectable_share * 100.0);
                write!(
                    f,
                    "{a} / {b}: no detectable difference (95 % CI {}; a difference of {difference} or more would have been detected)",
                    range(interval)
                )?;
            }
            (finding, Some(interval)) => {
                let word = if finding == Finding::Faster { "faster" } else { "slower" };
                let [middle, low, high] = figures([ratio.median, interval.0, interval.1], interval);
                write!(f, "{a} / {b} = {middle}, 95 % CI {low} to {high}, {pairs}: {word}")?;
            }
            (_, None) => {
                write!(f, "{a} / {b}: {} in {pairs}", range(ratio.range))?;
                if let Some(missing) = ratio.pairs_missing() {
                    write!(f, "; {missing} more {}", if missing == 1 { "gives" } else { "give" })?;
                    write!(f, " an interval")?;
                }
            }
        }
        if let Some(percent) = self.foreign_percent {
            write!(f, "; unreliable: {} of the CPU went to other programs", units::percent(percent))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::{Synthetic, workload_alike, workload_of};
    use crate::trial::Status;
    use crate::workload::Work;
    use crate::workload::{Kernel, Step};

    fn two(rounds: i32, noise: f64, a_ms: f64, b_ms: f64) -> Comparison {
        let built = Synthetic::new(workload_alike(8, 0.0, 50.0), &["async", "threads"]).rounds(
            rounds,
            noise,
            &[("async", a_ms, 8, 0.1), ("threads", b_ms, 8, 0.2)],
        );
        let models = &built.results.experiment.models;
        compare(&built.results, &models[0], &models[1]).expect("pairs")
    }

    #[test]
    fn the_sentences_are_those_of_the_method() {
        assert_eq!(
            two(15, 0.001, 84.0, 100.0).to_string(),
            "async / threads = 0.8410, 95 % CI 0.8392 to 0.8410, 15 pairs: faster"
        );
        let slower = two(15, 0.01, 120.0, 100.0);
        assert_eq!(slower.finding, Finding::Slower);
        assert!(slower.to_string().ends_with("15 pairs: slower"), "{slower}");
        let even = two(15, 0.01, 100.0, 100.0);
        assert!(matches!(even.finding, Finding::NotDistinguishable { .. }));
        let sentence = even.to_string();
        assert!(sentence.starts_with("async / threads: no detectable difference (95 % CI 0.9"), "{sentence}");
        assert!(sentence.ends_with(" % or more would have been detected)"), "{sentence}");
        let few = two(3, 0.0, 84.0, 100.0);
        assert_eq!(few.to_string(), "async / threads: 0.840 in 3 pairs; 3 more give an interval");
        assert!(two(1, 0.0, 84.0, 100.0).to_string().contains("in 1 pair; 5 more"));
    }

    #[test]
    fn a_difference_within_the_margin_is_none_however_sharp_the_interval() {
        assert!(matches!(two(30, 0.0, 100.4, 100.0).finding, Finding::NotDistinguishable { .. }));
        assert_eq!(two(30, 0.0, 100.6, 100.0).finding, Finding::Slower);
        assert_eq!(two(30, 0.0, 99.4, 100.0).finding, Finding::Faster);
    }

    #[test]
    fn a_failed_trial_drops_its_pair_and_warm_ups_make_none() {
        let mut built = Synthetic::new(workload_alike(8, 0.0, 50.0), &["async", "threads"]).rounds(
            3,
            0.0,
            &[("async", 50.0, 8, 0.1), ("threads", 100.0, 8, 0.2)],
        );
        built.trial("async", 4, 1.0, 8, 0.1);
        built.failed("threads", 4, Status::Failed, "no memory");
        let models = &built.results.experiment.models;
        let comparison = compare(&built.results, &models[0], &models[1]).expect("pairs");
        assert_eq!(comparison.ratio.pairs, 3);
        assert_eq!(comparison.ratio.range, (comparison.ratio.median, comparison.ratio.median));
        assert!((comparison.ratio.inverse().median - 2.0).abs() < 1e-9);
    }

    #[test]
    fn a_model_against_itself_is_exactly_one() {
        let built = Synthetic::new(workload_alike(8, 0.0, 50.0), &["async"]).rounds(9, 0.1, &[("async", 50.0, 8, 0.1)]);
        let own = &built.results.experiment.models[0];
        let ratio = compare(&built.results, own, own).expect("pairs").ratio;
        assert_eq!((ratio.median, ratio.ci95, ratio.range), (1.0, Some((1.0, 1.0)), (1.0, 1.0)));
    }

    #[test]
    fn few_pairs_need_a_clear_lead() {
        assert!(two(3, 0.0, 1150.0, 1000.0).is_clearly_slower());
        assert!(!two(3, 0.0, 1050.0, 1000.0).is_clearly_slower());
        assert!(two(6, 0.0, 1050.0, 1000.0).is_clearly_slower());
        assert!(!two(1, 0.0, 1400.0, 1000.0).is_clearly_slower() && two(1, 0.0, 1600.0, 1000.0).is_clearly_slower());
    }

    #[test]
    fn few_pairs_of_a_disturbed_run_need_a_larger_lead() {
        let built = |a_ms: f64| {
            let mut built = Synthetic::new(workload_alike(8, 0.0, 50.0), &["async", "threads"]).rounds(
                3,
                0.0,
                &[("async", a_ms, 8, 0.1), ("threads", 1000.0, 8, 0.2)],
            );
            for background in built.results.trials.iter_mut().filter_map(|trial| trial.background.as_mut()) {
                background.busy_nanos += background.wall_nanos;
            }
            let models = &built.results.experiment.models;
            compare(&built.results, &models[0], &models[1]).expect("pairs")
        };
        assert!(!built(1900.0).is_clearly_slower(), "half of the CPU went to other programs");
        assert!(built(2100.0).is_clearly_slower());
        // Without knowledge of other programs the run counts as disturbed.
        assert!(!two(3, 0.0, 8.0, 5.0).is_clearly_slower(), "under a second of measuring");
    }

    #[test]
    fn few_pairs_need_more_than_the_spread_of_a_model_s_own_trials() {
        assert!(two(4, 0.02, 1300.0, 1000.0).is_clearly_slower());
        assert!(!two(4, 0.2, 1300.0, 1000.0).is_clearly_slower());
    }

    #[test]
    fn hosts_with_iterations_of_their_own_are_not_compared() {
        let compared = |work, steps: Vec<Step>| {
            let mut workload = workload_of(8, steps);
            workload.work = work;
            let mut built = Synthetic::new(workload, &["sequential", "py-sequential"]);
            for round in 1..4 {
                built.trial("sequential", round, 400.0, 1, 1.0);
                built.trial("py-sequential", round, 400.0, 1, 1.0);
            }
            let models = &built.results.experiment.models;
            compare(&built.results, &models[0], &models[1]).is_some()
        };
        let compute = || vec![Step::Compute { ms: 50.0, kernel: Kernel::Splitmix }];
        assert!(!compared(Work::SameTime, compute()));
        assert!(compared(Work::SameAlgorithm, compute()));
        assert!(compared(Work::SameTime, vec![Step::wait(50.0)]), "a wait is the same everywhere");
    }

    #[test]
    fn foreign_load_makes_it_unreliable() {
        let mut built = Synthetic::new(workload_alike(8, 0.0, 50.0), &["async", "threads"]).rounds(
            6,
            0.0,
            &[("async", 500.0, 8, 0.1), ("threads", 600.0, 8, 0.2)],
        );
        for trial in &mut built.results.trials {
            let background = trial.background.as_mut().expect("built with one");
            background.busy_nanos += background.wall_nanos * 14 / 100;
        }
        let models = &built.results.experiment.models;
        let sentence = compare(&built.results, &models[0], &models[1]).expect("pairs").to_string();
        assert!(sentence.ends_with("; unreliable: 7.0 % of the CPU went to other programs"), "{sentence}");
    }

    #[test]
    fn ranges_show_as_many_digits_as_distinguish_their_ends() {
        assert_eq!(range((0.823, 0.861)), "0.82 to 0.86");
        assert_eq!(range((0.99, 1.02)), "0.99 to 1.02");
        assert_eq!(range((75.2, 79.4)), "75 to 79");
        assert_eq!(range((0.998, 1.002)), "0.998 to 1.002");
        assert_eq!(range((1.0, 1.0)), "1.00");
        assert_eq!(range((1240.0, 1290.0)), "1,240 to 1,290");
        assert_eq!(figures([3.79, 3.76, 3.88], (3.76, 3.88)), ["3.79", "3.76", "3.88"]);
    }
}
