//! Values of the swept setting at which two contenders change places.

use super::curve::{Compared, Curve, Rounds, paired_logs};
use crate::analysis::ratio::comparable;
use crate::analysis::statistics::{interval_of_resamples, median};
use crate::experiment::FEWEST_PAIRS;
use crate::model::Contender;
use crate::results::RunResults;

/// Resamples of the rounds.
const RESAMPLES: usize = 1_000;
/// Seed of the resamples: the same trials give the same interval.
const SEED: u64 = 0x5eed_c505;

/// A value below which one contender is faster, and above which the other one is.
#[derive(Debug, Clone, PartialEq)]
pub struct Crossover {
    /// Faster below the value.
    pub below: Contender,
    /// Faster above the value.
    pub above: Contender,
    /// The value, interpolated between two points.
    pub value: f64,
    /// 95 % interval of the value, from resampled rounds and two ways of interpolating; `None` below six rounds.
    pub ci95: Option<(f64, f64)>,
    /// Values of the neighbouring points at which each is clearly faster.
    pub between: (f64, f64),
    /// First and last of the values, up to the lower neighbour, at each of which the one is clearly faster.
    pub clear_below: (f64, f64),
    /// First and last of the values, from the upper neighbour on, at each of which the other one is clearly faster.
    pub clear_above: (f64, f64),
    /// True where one of the two is clearly faster at every value.
    pub is_clear_throughout: bool,
}

/// Finds the values at which any two contenders with right results change places once, each side clearly.
pub(super) fn crossovers(run: &RunResults, disturbed: bool, curves: &[Curve]) -> Vec<Crossover> {
    let values: Vec<f64> =
        run.points.iter().map(|results| results.point.as_ref().map_or(0.0, |point| point.value)).collect();
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut found = Vec::new();
    for (index, one) in curves.iter().enumerate() {
        for other in &curves[index + 1..] {
            if comparable(run.first(), &one.contender, &other.contender) {
                found.extend(between(disturbed, &values, &order, one, other));
            }
        }
    }
    found
}

/// The wall times of two contenders at one value of the setting.
struct Pair<'a> {
    value: f64,
    one: &'a Rounds,
    other: &'a Rounds,
}

impl Pair<'_> {
    /// Rounds that both have.
    fn rounds(&self) -> Vec<i32> {
        self.one.keys().filter(|round| self.other.contains_key(round)).copied().collect()
    }

    /// Median wall times over the rounds, each as often as it is in the list.
    fn medians(&self, rounds: &[i32]) -> Option<(f64, f64)> {
        let of = |all: &Rounds| median(&rounds.iter().filter_map(|round| all.get(round).copied()).collect::<Vec<_>>());
        Some((of(self.one)?, of(self.other)?))
    }
}

fn between(disturbed: bool, values: &[f64], order: &[usize], one: &Curve, other: &Curve) -> Option<Crossover> {
    // At each value: who is clearly faster, if anyone.
    let usable = |point: &&usize| {
        let point = **point;
        !one.wrong[point] && !other.wrong[point] && !paired_logs(&one.walls[point], &other.walls[point]).is_empty()
    };
    let points: Vec<usize> = order.iter().filter(usable).copied().collect();
    let clear = |point: &usize| {
        let compared = Compared::of(disturbed, &one.walls[*point], &other.walls[*point])?;
        match (compared.is_smaller(), compared.is_larger()) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        }
    };
    let clear: Vec<Option<bool>> = points.iter().map(clear).collect();
    let decided: Vec<usize> = (0..points.len()).filter(|index| clear[*index].is_some()).collect();
    let mut changes = decided.windows(2).filter(|pair| clear[pair[0]] != clear[pair[1]]);
    let (Some(neighbours), None) = (changes.next(), changes.next()) else {
        // Of two that change places more than once, neither is the faster one below or above a value.
        return None;
    };
    let (left, right) = (neighbours[0], neighbours[1]);
    let pairs: Vec<Pair<'_>> = points[left..=right]
        .iter()
        .map(|point| Pair { value: values[*point], one: &one.walls[*point], other: &other.walls[*point] })
        .collect();
    let (value, ci95) = estimate(&pairs)?;
    // As far as the same one is clearly faster without a gap.
    let first = (0..=left).rev().take_while(|index| clear[*index] == clear[left]).last().unwrap_or(left);
    let last = (right..points.len()).take_while(|index| clear[*index] == clear[right]).last().unwrap_or(right);
    let (below, above) = if clear[left] == Some(true) { (one, other) } else { (other, one) };
    Some(Crossover {
        below: below.contender.clone(),
        above: above.contender.clone(),
        value,
        ci95,
        between: (values[points[left]], values[points[right]]),
        clear_below: (values[points[first]], values[points[left]]),
        clear_above: (values[points[right]], values[points[last]]),
        is_clear_throughout: first == 0 && last + 1 == points.len() && left + 1 == right,
    })
}

/// Returns where two curves cross, from two values and the two wall times at each.
type Interpolation = fn([f64; 2], [(f64, f64); 2]) -> Option<f64>;

/// The value and its interval. The true curve between two points is not known: the interval covers straight lines on
/// linear and on logarithmic axes.
fn estimate(pairs: &[Pair<'_>]) -> Option<(f64, Option<(f64, f64)>)> {
    let rounds: Vec<Vec<i32>> = pairs.iter().map(Pair::rounds).collect();
    let crossing = |rounds: &[Vec<i32>], interpolate: Interpolation| {
        let medians: Option<Vec<(f64, f64)>> =
            pairs.iter().zip(rounds).map(|(pair, rounds)| pair.medians(rounds)).collect();
        let medians = medians?;
        (1..pairs.len()).find_map(|index| {
            interpolate([pairs[index - 1].value, pairs[index].value], [medians[index - 1], medians[index]])
        })
    };
    let (linear, logarithmic) = (crossing(&rounds, linear_crossing)?, crossing(&rounds, log_crossing));
    let value = logarithmic.map_or(linear, |logarithmic| (linear * logarithmic).sqrt());
    let fewest = rounds.iter().map(Vec::len).min()?;
    if fewest < FEWEST_PAIRS {
        return Some((value, None));
    }
    let mut random = fastrand::Rng::with_seed(SEED);
    let (mut lines, mut logs) = (Vec::with_capacity(RESAMPLES), Vec::with_capacity(RESAMPLES));
    for _ in 0..RESAMPLES {
        let resampled: Vec<Vec<i32>> = rounds
            .iter()
            .map(|rounds| (0..rounds.len()).map(|_| rounds[random.usize(..rounds.len())]).collect())
            .collect();
        lines.extend(crossing(&resampled, linear_crossing));
        logs.extend(crossing(&resampled, log_crossing));
    }
    let one = interval_of_resamples(&mut lines, fewest)?;
    let hull = match interval_of_resamples(&mut logs, fewest) {
        Some(other) => (one.0.min(other.0), one.1.max(other.1)),
        None => one,
    };
    Some((value, Some(hull)))
}

/// Returns the value between two others at which two straight lines cross; `None` if they don't.
fn linear_crossing(values: [f64; 2], times: [(f64, f64); 2]) -> Option<f64> {
    let [before, after] = times.map(|(one, other)| one - other);
    crosses(before, after).then(|| values[0] + (values[1] - values[0]) * (before / (before - after)))
}

/// Returns the value between two others at which two power laws cross; `None` if they don't, and at 0.
fn log_crossing(values: [f64; 2], times: [(f64, f64); 2]) -> Option<f64> {
    let [before, after] = times.map(|(one, other)| (one / other).ln());
    if values[0] <= 0.0 {
        return None;
    }
    crosses(before, after).then(|| values[0] * (values[1] / values[0]).powf(before / (before - after)))
}

fn crosses(before: f64, after: f64) -> bool {
    before != after && (before <= 0.0) != (after <= 0.0)
}
