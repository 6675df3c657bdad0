//! Tests of the statistics against known values, other implementations and simulated noise.

use proptest::prelude::*;

use super::*;

#[test]
fn textbook_values() {
    let values = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0];
    assert_eq!(median(&values), Some(4.5));
    assert_eq!(mean(&values), Some(5.0));
    assert!((stddev(&values).expect("eight") - (32.0_f64 / 7.0).sqrt()).abs() < 1e-12);
    assert_eq!(median_absolute_deviation(&[1.0, 1.0, 2.0, 2.0, 4.0, 6.0, 9.0]), Some(1.0));
}

#[test]
fn nothing_is_made_up_for_too_few_values() {
    assert_eq!((median(&[]), mean(&[]), stddev(&[1.0])), (None, None, None));
    let five = [1.0, 2.0, 3.0, 4.0, 5.0];
    assert_eq!((median_interval(&five), bootstrap_median_interval(&five)), (None, None));
}

#[test]
fn order_statistic_ranks_are_those_of_the_binomial_tables() {
    // Ranks of the sign test at 95 %, as printed in tables.
    let table = [(6, 1), (8, 1), (9, 2), (11, 2), (12, 3), (15, 4), (20, 6), (25, 8), (30, 10), (100, 40)];
    for (count, rank) in table {
        assert_eq!(interval_rank(count), Some(rank), "{count}");
    }
    assert_eq!(interval_rank(5), None);
    assert_eq!(interval_rank(0), None);
    // 10,000 values: 5000 − 1.96 · 50, and no underflow.
    assert_eq!(interval_rank(10_000), Some(4_902));
}

#[test]
fn the_interval_rank_is_the_largest_with_95_percent() {
    let coverage = |count: u32, rank: u32| {
        let choose = |k: u32| (0..k).fold(1.0, |product, i| product * f64::from(count - i) / f64::from(i + 1));
        1.0 - 2.0 * (0..rank).map(choose).sum::<f64>() / 2.0_f64.powi(count as i32)
    };
    for count in 6..=60 {
        let rank = interval_rank(count as usize).expect("six or more") as u32;
        assert!(coverage(count, rank) >= 0.95, "{count}");
        assert!(coverage(count, rank + 1) < 0.95, "{count}");
    }
}

#[test]
fn fifteen_values_have_the_interval_from_the_fourth_to_the_twelfth() {
    let values: Vec<f64> = (1..=15).rev().map(f64::from).collect();
    assert_eq!(median_interval(&values), Some((4.0, 12.0)));
}

#[test]
fn quartiles_are_interpolated_from_four_values_on() {
    assert_eq!(quartiles(&[3.0, 1.0, 2.0]), None);
    assert_eq!(quartiles(&[4.0, 1.0, 3.0, 2.0]), Some((1.75, 3.25)));
    assert_eq!(quartiles(&[5.0, 1.0, 3.0, 2.0, 4.0]), Some((2.0, 4.0)));
}

#[test]
fn an_outlier_is_flagged_where_it_is() {
    let values = [10.0, 14.0, 10.1, 9.9, 10.2, 9.8, 10.0];
    assert_eq!(outlier_flags(&values), [false, true, false, false, false, false, false]);
    assert_eq!(outlier_flags(&[1.0, 9.0]), [false, false]);
}

#[test]
fn outliers_are_counted_by_their_distance_in_deviations() {
    let calm = [10.0, 10.1, 9.9, 10.2, 9.8, 10.0, 10.1];
    assert_eq!(outliers(&calm), 0);
    assert_eq!(outliers(&[&calm[..], &[14.0, 6.0]].concat()), 2);
    assert_eq!(outliers(&[1.0, 1.0, 1.1, 50.0]), 0, "too few to tell");
    assert_eq!(outliers(&[1.0, 1.0, 1.0, 1.0, 1.0, 50.0]), 0, "no deviation to measure by");
}

#[test]
fn student_and_normal_tails_match_their_tables() {
    for (freedom, table) in [(5.0, 2.5706), (7.0, 2.3646), (14.0, 2.1448), (29.0, 2.0452), (1e6, 1.9600)] {
        assert!((student_t_975(freedom) / table - 1.0).abs() < 2e-3, "{freedom}: {}", student_t_975(freedom));
    }
    for (z, table) in [(0.0, 0.5), (1.0, 0.158_655_3), (1.959_964, 0.025), (3.0, 0.001_349_9)] {
        assert!((normal_tail(z) - table).abs() < 1e-6, "{z}: {}", normal_tail(z));
    }
}

/// Textbook bootstrap that draws value by value.
fn medians_drawn_one_by_one(values: &[f64], resamples: usize) -> Vec<f64> {
    let mut random = fastrand::Rng::with_seed(99);
    (0..resamples)
        .map(|_| {
            let drawn: Vec<f64> = values.iter().map(|_| values[random.usize(..values.len())]).collect();
            median(&drawn).expect("not empty")
        })
        .collect()
}

#[test]
fn resampled_medians_are_distributed_as_if_drawn_one_by_one() {
    for count in [6, 7, 15, 16, 30] {
        let mut random = fastrand::Rng::with_seed(count);
        let values: Vec<f64> = sorted(&(0..count).map(|_| normal(&mut random)).collect::<Vec<_>>());
        let fast = sorted(&bootstrap_medians(&values, 40_000, 5));
        let plain = sorted(&medians_drawn_one_by_one(&values, 40_000));
        // Kolmogorov-Smirnov: 1.95 · sqrt(2 / 40,000) = 0.0138 is exceeded by chance once in a thousand.
        let distance = plain
            .iter()
            .map(|value| {
                let share = |all: &[f64]| all.partition_point(|other| other <= &(value + 1e-12)) as f64 / 40_000.0;
                (share(&fast) - share(&plain)).abs()
            })
            .fold(0.0, f64::max);
        assert!(distance < 0.0138, "{count} values: {distance}");
    }
}

#[test]
fn an_odd_bootstrap_has_the_exact_distribution() {
    // The median of a resample of 7 lies at or below the 3rd value with P(binomial(7, 3/7) ≥ 4).
    let values: Vec<f64> = (1..=7).map(f64::from).collect();
    let medians = bootstrap_medians(&values, 100_000, 3);
    let share = medians.iter().filter(|median| **median <= 3.0).count() as f64 / 100_000.0;
    let p = 3.0_f64 / 7.0;
    let exact: f64 = [(4, 35.0), (5, 21.0), (6, 7.0), (7, 1.0)]
        .iter()
        .map(|(k, ways)| ways * p.powi(*k) * (1.0 - p).powi(7 - k))
        .sum();
    assert!((share - exact).abs() < 0.006, "{share} against {exact}");
}

/// Returns the share of experiments in which the interval of `pairs` noisy differences around `shift` lies entirely
/// beyond 1 %.
fn found(pairs: usize, shift: f64, noise: f64, experiments: u32, seed: u64) -> f64 {
    let mut random = fastrand::Rng::with_seed(seed);
    let margin = 1.01_f64.ln();
    let hits = (0..experiments)
        .filter(|_| {
            let logs: Vec<f64> = (0..pairs).map(|_| shift + noise * normal(&mut random)).collect();
            let (low, high) = bootstrap_median_interval(&logs).expect("six or more");
            low > margin || high < -margin
        })
        .count();
    hits as f64 / f64::from(experiments)
}

#[test]
fn false_alarms_stay_below_five_percent_even_where_noise_dwarfs_the_margin() {
    for pairs in [6, 7, 8, 12, 15, 30] {
        // Noise of 30 % makes the margin of 1 % next to meaningless: this tests the interval itself.
        let rate = found(pairs, 0.0, 0.30, 1_000, 7 + pairs as u64);
        assert!(rate <= 0.05, "{pairs} pairs: {rate}");
    }
}

proptest! {
    #[test]
    fn intervals_enclose_the_median_and_lie_within_the_values(values in prop::collection::vec(-1e3..1e3_f64, 6..60)) {
        let middle = median(&values).expect("six or more");
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        for (low, high) in [median_interval(&values), bootstrap_median_interval(&values)].into_iter().flatten() {
            prop_assert!(least <= low && low <= middle && middle <= high && high <= most);
        }
        prop_assert_eq!(bootstrap_median_interval(&values), bootstrap_median_interval(&values));
    }

    #[test]
    fn the_order_of_the_values_does_not_matter(values in prop::collection::vec(0.0..1e9_f64, 6..30), seed in any::<u64>()) {
        let mut shuffled = values.clone();
        fastrand::Rng::with_seed(seed).shuffle(&mut shuffled);
        prop_assert_eq!(bootstrap_median_interval(&values), bootstrap_median_interval(&shuffled));
        prop_assert_eq!(median_interval(&values), median_interval(&shuffled));
        prop_assert_eq!(outliers(&values), outliers(&shuffled));
    }
}
