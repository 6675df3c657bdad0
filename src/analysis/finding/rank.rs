//! Exact rank tests of two models' trials: the signed ranks of paired differences (Wilcoxon), and the ranks of two
//! samples (Mann and Whitney). They ask whether there is a difference, not how large it is, and a trial that took ten
//! times as long counts as one rank.

use crate::analysis::statistics::{median, normal_tail};

/// Share of experiments in which ranks as uneven as these may occur by chance, for a difference to be claimed.
///
/// Several models are compared in one experiment, and all comparisons together should be wrong in at most 2 % of the
/// experiments (`tests/bench/claims.rs`). Six pairs can reach no less than 0.0022.
pub const LEVEL: f64 = 0.0025;
/// Rank sums up to which their distribution is computed; beyond, it is near enough to a normal one.
const MOST_EXACT: usize = 1_300;
/// Halvings that find the smallest difference that a test would have shown, after it was found within a factor of 2.
const HALVINGS: usize = 8;

/// Result of a rank test of the logarithms of two quantities.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranks {
    /// True if chance explains ranks as uneven as these in at most [`LEVEL`] of the experiments.
    pub differ: bool,
    /// Smallest difference of the logarithms that the test would have shown in these trials, in either direction; the
    /// measured one if that was shown.
    pub detectable: f64,
}

impl Ranks {
    /// Tests pairs. Either test decides: signed ranks see through what slows a whole round, and the ranks of the two
    /// samples show a difference in fewer rounds.
    #[must_use]
    pub fn of_pairs(above: &[f64], below: &[f64]) -> Self {
        let differences: Vec<f64> = above.iter().zip(below).map(|(above, below)| above - below).collect();
        let signed = SignedRanks::new(differences.len());
        let sums = RankSums::new(above.len(), below.len());
        Self::search(median(&differences), |by| {
            signed.differ(&moved(&differences, by)) || sums.differ(&moved(above, by), below)
        })
    }

    /// Tests two samples without pairs.
    #[must_use]
    pub fn of_samples(above: &[f64], below: &[f64]) -> Self {
        let sums = RankSums::new(above.len(), below.len());
        let difference = median(above).zip(median(below)).map(|(above, below)| above - below);
        Self::search(difference, |by| sums.differ(&moved(above, by), below))
    }

    /// Tests the trials as they are, and searches for the smallest difference that would have been shown in place of the
    /// measured one.
    fn search(measured: Option<f64>, differ: impl Fn(f64) -> bool) -> Self {
        let measured = measured.unwrap_or(0.0);
        if differ(0.0) {
            return Self { differ: true, detectable: measured.abs() };
        }
        let shown = |size: f64| differ(size - measured) && differ(-size - measured);
        let (mut hidden, mut seen) = (0.0, 1e-3);
        while seen < 1e3 && !shown(seen) {
            (hidden, seen) = (seen, seen * 2.0);
        }
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(hidden, seen);
            *(if shown(middle) { &mut seen } else { &mut hidden }) = middle;
        }
        Self { differ: false, detectable: seen }
    }
}

fn moved(values: &[f64], by: f64) -> Vec<f64> {
    values.iter().map(|value| value + by).collect()
}

/// The Wilcoxon signed rank test for a number of pairs.
struct SignedRanks {
    /// Largest sum of the ranks of the rarer sign at which the test claims a difference; `None` if none is rare enough.
    most: Option<f64>,
}

impl SignedRanks {
    fn new(pairs: usize) -> Self {
        let sums = pairs * (pairs + 1) / 2;
        if sums > MOST_EXACT {
            let count = pairs as f64;
            let variance = count * (count + 1.0) * (2.0 * count + 1.0) / 24.0;
            return Self { most: Some(normal_quantile(sums as f64 / 2.0, variance)) };
        }
        // Each rank belongs to the rarer sign or not, with the same probability.
        let mut shares = vec![0.0; sums + 1];
        shares[0] = 1.0;
        for rank in 1..=pairs {
            for sum in (0..=sums).rev() {
                let without = if sum >= rank { shares[sum - rank] } else { 0.0 };
                shares[sum] = f64::midpoint(shares[sum], without);
            }
        }
        Self { most: largest_below_level(&shares) }
    }

    fn differ(&self, differences: &[f64]) -> bool {
        let sizes: Vec<f64> = differences.iter().map(|value| value.abs()).collect();
        let ranks = mid_ranks(&sizes);
        // A difference of zero counts half for either sign.
        let negative = |value: f64| if value == 0.0 { 0.5 } else { f64::from(u8::from(value < 0.0)) };
        let below: f64 = ranks.iter().zip(differences).map(|(rank, value)| rank * negative(*value)).sum();
        let all: f64 = ranks.iter().sum();
        self.most.is_some_and(|most| below.min(all - below) <= most)
    }
}

/// The Mann-Whitney test for the sizes of two samples.
struct RankSums {
    /// Largest number of pairs in the rarer order at which the test claims a difference; `None` if none is rare enough.
    most: Option<f64>,
}

impl RankSums {
    fn new(first: usize, second: usize) -> Self {
        let pairs = first * second;
        if pairs > MOST_EXACT {
            let variance = pairs as f64 * (first + second + 1) as f64 / 12.0;
            return Self { most: Some(normal_quantile(pairs as f64 / 2.0, variance)) };
        }
        // Coefficients of the Gaussian binomial: how many orders of the two samples have a number of pairs in one order.
        let mut orders = vec![0.0; pairs + 1];
        orders[0] = 1.0;
        for size in 1..=first {
            for number in (second + size..=pairs).rev() {
                orders[number] -= orders[number - second - size];
            }
            for number in size..=pairs {
                orders[number] += orders[number - size];
            }
        }
        let all: f64 = orders.iter().sum();
        Self { most: largest_below_level(&orders.iter().map(|count| count / all).collect::<Vec<_>>()) }
    }

    fn differ(&self, above: &[f64], below: &[f64]) -> bool {
        let ranks = mid_ranks(&[above, below].concat());
        let count = above.len() as f64;
        let larger = ranks[..above.len()].iter().sum::<f64>() - count * (count + 1.0) / 2.0;
        self.most.is_some_and(|most| larger.min(count * below.len() as f64 - larger) <= most)
    }
}

/// Returns the largest value whose tail, counted at both ends, is no more than [`LEVEL`]; `None` if there is none.
fn largest_below_level(shares: &[f64]) -> Option<f64> {
    let mut tail = 0.0;
    let within = shares.iter().take_while(|share| {
        tail += 2.0 * **share;
        tail <= LEVEL
    });
    within.count().checked_sub(1).map(|most| most as f64)
}

/// Returns the value below which [`LEVEL`], counted at both ends, of a normal distribution of counts lies.
fn normal_quantile(mean: f64, variance: f64) -> f64 {
    let (mut low, mut high) = (0.0, 10.0);
    for _ in 0..50 {
        let middle = f64::midpoint(low, high);
        *(if 2.0 * normal_tail(middle) > LEVEL { &mut low } else { &mut high }) = middle;
    }
    // Counts are whole: half a step of continuity correction.
    mean - high * variance.sqrt() - 0.5
}

/// Returns the rank of each value from 1 up; equal values share the mean of their ranks.
fn mid_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    for group in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let rank = (2 * start + group.len() + 1) as f64 / 2.0;
        group.iter().for_each(|index| ranks[*index] = rank);
        start += group.len();
    }
    ranks
}
