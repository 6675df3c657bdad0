//! The statistics compared with those of the crate `statrs`, which computes them in other ways.

use proptest::prelude::*;
use statrs::distribution::{Beta, Binomial, ContinuousCDF as _, DiscreteCDF as _, Normal, StudentsT};
use statrs::statistics::{Data, OrderStatistics as _, Statistics as _};

use super::*;

fn close(one: f64, other: f64, relative: f64) -> bool {
    (one - other).abs() <= relative * one.abs().max(other.abs()).max(1e-9)
}

proptest! {
    #[test]
    fn centre_and_spread_are_those_of_statrs(values in prop::collection::vec(-1e9..1e9_f64, 2..80)) {
        prop_assert!(close(median(&values).expect("values"), Data::new(values.clone()).median(), 1e-12));
        let scale = values.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
        prop_assert!((mean(&values).expect("values") - values.iter().mean()).abs() <= 1e-9 * scale);
        prop_assert!(close(stddev(&values).expect("values"), values.iter().std_dev(), 1e-9));
        let middle = Data::new(values.clone()).median();
        let deviations: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
        prop_assert!(close(median_absolute_deviation(&values).expect("values"), Data::new(deviations).median(), 1e-9));
    }

    /// Quartiles by another definition lie between the same neighbours, or at most one value away.
    #[test]
    fn quartiles_lie_beside_those_of_statrs(values in prop::collection::vec(-1e3..1e3_f64, 4..80)) {
        let (first, third) = quartiles(&values).expect("values");
        let mut data = Data::new(values.clone());
        let sorted = sorted(&values);
        for (ours, theirs) in [(first, data.lower_quartile()), (third, data.upper_quartile())] {
            let (low, high) = (ours.min(theirs), ours.max(theirs));
            prop_assert!(sorted.iter().filter(|value| low < **value && **value < high).count() <= 1);
        }
    }

    /// The rank of the interval of a median, by the distribution function of the binomial distribution.
    #[test]
    fn the_interval_of_a_median_has_the_rank_that_the_binomial_distribution_gives(count in 6..3_000_usize) {
        let rank = interval_rank(count).expect("six values") as u64;
        let binomial = Binomial::new(0.5, count as u64).expect("a distribution");
        prop_assert!(2.0 * binomial.cdf(rank - 1) <= 0.05 + 1e-9);
        prop_assert!(2.0 * binomial.cdf(rank) > 0.05 - 1e-9);
    }

    #[test]
    fn tails_are_those_of_statrs(z in 0.0..6.0_f64, freedom in 5..5_000_u32) {
        let normal = Normal::new(0.0, 1.0).expect("a distribution");
        prop_assert!((normal_tail(z) - normal.sf(z)).abs() < 1e-7);
        let student = StudentsT::new(0.0, 1.0, freedom.into()).expect("a distribution").inverse_cdf(0.975);
        prop_assert!(close(student_t_975(freedom.into()), student, 2e-3));
    }
}

/// The largest distance of an empirical distribution from its law, by Kolmogorov and Smirnov.
fn distance(mut drawn: Vec<f64>, law: impl Fn(f64) -> f64) -> f64 {
    drawn.sort_unstable_by(f64::total_cmp);
    let count = drawn.len() as f64;
    let beyond = |(index, value): (usize, &f64)| {
        let (below, above) = (index as f64 / count, (index + 1) as f64 / count);
        (law(*value) - below).abs().max((law(*value) - above).abs())
    };
    drawn.iter().enumerate().map(beyond).fold(0.0, f64::max)
}

#[test]
fn order_statistics_of_uniform_numbers_follow_the_beta_distribution() {
    for (rank, count) in [(1, 6), (3, 6), (8, 15), (50, 99), (5_000, 10_000)] {
        let mut random = fastrand::Rng::with_seed(rank as u64);
        let drawn: Vec<f64> = (0..20_000).map(|_| order_statistic(&mut random, rank, count)).collect();
        let law = Beta::new(rank as f64, (count - rank + 1) as f64).expect("a distribution");
        // 1.95 / sqrt(20,000) is exceeded by chance once in a thousand.
        let distance = distance(drawn, |value| law.cdf(value));
        assert!(distance < 0.0138, "{rank} of {count}: {distance}");
    }
}

#[test]
fn the_share_left_out_of_a_bootstrap_is_that_of_hesterberg() {
    let normal = Normal::new(0.0, 1.0).expect("a distribution");
    for count in [6.0, 10.0, 15.0, 30.0, 1_000.0_f64] {
        let student = StudentsT::new(0.0, 1.0, count - 1.0).expect("a distribution").inverse_cdf(0.975);
        let expected = normal.sf((count / (count - 1.0)).sqrt() * student);
        assert!(close(expanded_tail(count as usize), expected, 0.02), "{count}");
    }
}
