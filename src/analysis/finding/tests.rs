//! False alarms and power of the rule in simulated experiments, and the rank tests against enumerations and tables.

use super::rank::{LEVEL, Ranks};
use super::*;
use crate::analysis::ratio::PairedRatio;
use crate::analysis::run_comparison::UnpairedRatio;

/// Rounds of each simulated experiment.
const ROUNDS: usize = 15;

/// A rule, given the logarithms of the times of two models.
type Rule = fn(&[f64], &[f64]) -> Finding;

fn normal(random: &mut fastrand::Rng) -> f64 {
    (-2.0 * (1.0 - random.f64()).ln()).sqrt() * (std::f64::consts::TAU * random.f64()).cos()
}

/// Logarithms of the times of one model: normal noise, and what each round has for all models.
fn times(random: &mut fastrand::Rng, factor: f64, noise: f64, of_round: &[f64]) -> Vec<f64> {
    of_round.iter().map(|round| factor.ln() + round + noise * normal(random)).collect()
}

fn paired(above: &[f64], below: &[f64]) -> Finding {
    let pairs: Vec<(f64, f64)> = above.iter().copied().zip(below.iter().copied()).collect();
    Finding::of(PairedRatio::of_logs(&pairs).expect("pairs").measured())
}

fn separate(above: &[f64], below: &[f64]) -> Finding {
    let nanos = |logs: &[f64]| logs.iter().map(|log| log.exp()).collect::<Vec<f64>>();
    Finding::of(UnpairedRatio::of(&nanos(below), &nanos(above)).expect("trials").measured())
}

/// Experiments in which one of two models takes 2 % more time and is found to be slower.
fn found(experiments: u32, rule: Rule) -> u32 {
    let mut random = fastrand::Rng::with_seed(20);
    let hits = (0..experiments).filter(|_| {
        let quiet = [0.0; ROUNDS];
        let (slow, fast) = (times(&mut random, 1.02, 0.01, &quiet), times(&mut random, 1.0, 0.01, &quiet));
        rule(&slow, &fast) == Finding::Slower
    });
    hits.count() as u32
}

/// Experiments of four equal models in which any two are called different.
fn false_alarms(experiments: u32, rounds: usize, noise: f64, common: f64, rule: Rule) -> u32 {
    let mut random = fastrand::Rng::with_seed(7);
    let alarms = (0..experiments).filter(|_| {
        let of_round: Vec<f64> = (0..rounds).map(|_| common * normal(&mut random)).collect();
        let models: Vec<Vec<f64>> = (0..4).map(|_| times(&mut random, 1.0, noise, &of_round)).collect();
        let different = |a: usize, b: usize| {
            let (a, b) = (&models[a], &models[b]);
            // Intervals take long; without a difference of the ranks nothing is claimed.
            let ranks = Ranks::of_pairs(a, b).differ || Ranks::of_samples(a, b).differ;
            ranks && matches!(rule(a, b), Finding::Slower | Finding::Faster)
        };
        (0..4).any(|a| (0..a).any(|b| different(a, b)))
    });
    alarms.count() as u32
}

#[test]
fn two_percent_are_found_with_fifteen_pairs_at_one_percent_of_noise() {
    // The bench counts 1,000 experiments; so few say it to within 2 %.
    let (pairs, samples) = (found(300, paired), found(300, separate));
    println!("{pairs} of 300 found in pairs, {samples} in separate runs");
    assert!(pairs >= 285 && samples >= 285, "{pairs} and {samples}");
}

#[test]
fn equal_models_are_called_different_in_at_most_two_percent_of_the_experiments() {
    // A noise of 30 % makes the margin next to meaningless: that tests interval and ranks alone.
    for (rounds, noise, common) in [(15, 0.01, 0.0), (15, 0.01, 0.03), (15, 0.3, 0.0), (6, 0.3, 0.0), (8, 0.05, 0.0)] {
        let (pairs, samples) =
            (false_alarms(200, rounds, noise, common, paired), false_alarms(200, rounds, noise, common, separate));
        println!("{rounds} rounds, noise {noise}, of rounds {common}: {pairs} and {samples} of 200");
        assert!(pairs <= 4 && samples <= 4, "{rounds} rounds, noise {noise} and {common}: {pairs} and {samples}");
    }
}

#[test]
fn what_slows_whole_rounds_hides_a_difference_from_samples_but_not_from_pairs() {
    let mut random = fastrand::Rng::with_seed(3);
    let rounds: Vec<f64> = (0..ROUNDS).map(|round| 0.02 * round as f64).collect();
    let (slow, fast) = (times(&mut random, 1.03, 0.005, &rounds), times(&mut random, 1.0, 0.005, &rounds));
    assert_eq!(paired(&slow, &fast), Finding::Slower);
    assert!(matches!(separate(&slow, &fast), Finding::NotDistinguishable { .. }));
}

#[test]
fn a_trial_that_took_ten_times_as_long_hides_nothing_and_shows_nothing() {
    let even: Vec<f64> = (0..ROUNDS).map(|round| 0.001 * (round * 7 % 11) as f64).collect();
    let mut slow: Vec<f64> = even.iter().map(|log| log + 0.05).collect();
    slow[3] -= 10.0_f64.ln();
    assert_eq!(paired(&slow, &even), Finding::Slower);
    let mut outlier = even.clone();
    outlier[3] += 10.0_f64.ln();
    assert!(matches!(paired(&outlier, &even), Finding::NotDistinguishable { .. }));
}

#[test]
fn the_three_conditions_each_decide() {
    let all = MeasuredRatio {
        median: 1.02,
        tested: Some(((1.001, 1.03), Ranks { differ: true, detectable: 0.01 })),
        range: (0.9, 1.1),
    };
    assert_eq!(Finding::of(all), Finding::Slower);
    let told = |change: fn(&mut MeasuredRatio)| {
        let mut ratio = all;
        change(&mut ratio);
        Finding::of(ratio) == Finding::Slower
    };
    assert!(!told(|ratio| ratio.median = 1.004), "within the margin");
    assert!(!told(|ratio| ratio.tested.as_mut().expect("tested").0.0 = 0.999), "the interval contains 1");
    assert!(!told(|ratio| ratio.tested.as_mut().expect("tested").1.differ = false), "the ranks show none");
    let faster = ((0.95, 0.99), Ranks { differ: true, detectable: 0.01 });
    assert_eq!(Finding::of(MeasuredRatio { median: 0.97, tested: Some(faster), ..all }), Finding::Faster);
    assert_eq!(Finding::of(MeasuredRatio { tested: None, ..all }), Finding::TooFew { range: (0.9, 1.1) });
}

#[test]
fn a_difference_of_the_detectable_size_is_detected_in_the_same_trials() {
    let middle = |values: &[f64]| crate::analysis::statistics::median(values).expect("some");
    let mut random = fastrand::Rng::with_seed(11);
    for rounds in [6, 9, 15, 40, 80] {
        let quiet = vec![0.0; rounds];
        let (a, b) = (times(&mut random, 1.0, 0.02, &quiet), times(&mut random, 1.0, 0.02, &quiet));
        let differences: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a - b).collect();
        let rules: [(Rule, f64); 2] = [(paired, middle(&differences)), (separate, middle(&a) - middle(&b))];
        for (rule, measured) in rules {
            let Finding::NotDistinguishable { detectable_share } = rule(&a, &b) else {
                panic!("{rounds} equal rounds")
            };
            for (sign, wanted) in [(1.0, Finding::Slower), (-1.0, Finding::Faster)] {
                let by = sign * (detectable_share + 0.002).ln_1p() - measured;
                let moved: Vec<f64> = a.iter().map(|log| log + by).collect();
                assert_eq!(rule(&moved, &b), wanted, "{rounds} rounds, {detectable_share}");
            }
        }
    }
}

/// Returns the largest sums and numbers of pairs at which the tests claim a difference, from all signs and all orders.
fn enumerated(count: usize) -> (Option<usize>, Option<usize>) {
    let largest = |counts: &[f64]| {
        let all: f64 = counts.iter().sum();
        let tail = |upto: usize| 2.0 * counts[..=upto].iter().sum::<f64>() / all;
        (0..counts.len()).take_while(|upto| tail(*upto) <= LEVEL).last()
    };
    let mut signs = vec![0.0; count * (count + 1) / 2 + 1];
    for choice in 0..1_usize << count {
        signs[(0..count).filter(|rank| choice >> rank & 1 == 1).map(|rank| rank + 1).sum::<usize>()] += 1.0;
    }
    let mut orders = vec![0.0; count * count + 1];
    for choice in (0..1_usize << (2 * count)).filter(|choice| choice.count_ones() as usize == count) {
        let first = (0..2 * count).filter(|place| choice >> place & 1 == 1);
        orders[first.enumerate().map(|(before, place)| place - before).sum::<usize>()] += 1.0;
    }
    (largest(&signs), largest(&orders))
}

#[test]
fn the_rank_tests_are_exact() {
    for count in [6, 7, 9] {
        let (signs, orders) = enumerated(count);
        // The rarer sign belongs to the smallest differences, as far as the sum goes.
        let differ = |negative: &[usize]| {
            let logs = (1..=count).map(|rank| if negative.contains(&rank) { -(rank as f64) } else { rank as f64 });
            Ranks::of_pairs(&logs.map(|log| log * 1e-9 + 1.0).collect::<Vec<_>>(), &vec![1.0; count]).differ
        };
        assert_eq!(differ(&[]), signs.is_some() || orders.is_some(), "{count}");
        // `pairs` pairs are in the other order: the smallest of the larger sample lies that far down in the other.
        let samples = |pairs: usize| {
            let below: Vec<f64> = (0..count).map(|place| place as f64).collect();
            let mut above: Vec<f64> = (0..count).map(|place| 100.0 + place as f64).collect();
            above[0] = count as f64 - 0.5 - pairs as f64;
            Ranks::of_samples(&above, &below).differ
        };
        let most = orders.expect("reached from six on");
        assert!(samples(most.min(count)), "{count}: {most}");
        assert!(most >= count || !samples(most + 1), "{count}: {most}");
    }
}

#[test]
fn ties_are_no_evidence() {
    let equal = [1.0; 12];
    assert!(!Ranks::of_pairs(&equal, &equal).differ && !Ranks::of_samples(&equal, &equal).differ);
    let coarse: Vec<f64> = (0..12).map(|trial| f64::from(trial % 2)).collect();
    assert!(!Ranks::of_samples(&coarse, &equal).differ);
    assert!(Ranks::of_pairs(&[1.5; 12], &equal).differ);
}

#[test]
fn many_trials_use_the_normal_distribution_and_agree_with_the_exact_one_beside_it() {
    // 36 trials each are computed exactly, 37 are not.
    let rate = |count: usize| {
        let mut random = fastrand::Rng::with_seed(5);
        let quiet = vec![0.0; count];
        let differ = (0..2_000).filter(|_| {
            let (a, b) = (times(&mut random, 1.0, 1.0, &quiet), times(&mut random, 1.6, 1.0, &quiet));
            Ranks::of_samples(&a, &b).differ
        });
        differ.count() as f64 / 2_000.0
    };
    let (exact, near) = (rate(36), rate(37));
    assert!((exact - near).abs() < 0.05, "{exact} and {near}");
}
