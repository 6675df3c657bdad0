//! Geometric mean of the ratios of all rows, with an interval from resampled rounds.

use super::contenders::{counterpart, values, wall};
use super::facts::{ContenderChange, MeanChange};
use super::workload::common_points;
use crate::analysis::statistics::{interval_of_resamples, median};
use crate::results::RunResults;

/// Resamples that the interval is read from.
const RESAMPLES: usize = 1_000;
/// Seed of the resamples.
const SEED: u64 = 0x6e_0a11;

/// Returns the geometric mean over all rows; `None` below two.
///
/// A resample draws rounds of each run, the same for all contenders, since what disturbs one round disturbs all of it.
pub(super) fn mean(old: &RunResults, new: &RunResults, rows: &[ContenderChange]) -> Option<MeanChange> {
    if rows.len() < 2 {
        return None;
    }
    let log = rows.iter().map(|row| row.wall.ratio.ln()).sum::<f64>() / rows.len() as f64;
    let fewest = rows.iter().map(|row| row.wall.fewest()).min()? as usize;
    let mut logs =
        if fewest < crate::experiment::FEWEST_PAIRS { Vec::new() } else { resampled(&walls(old, new, rows)) };
    let ci95 = interval_of_resamples(&mut logs, fewest).map(|(low, high)| (low.exp(), high.exp()));
    Some(MeanChange { ratio: log.exp(), ci95, rows: rows.len() as u32 })
}

/// Wall times of each row in both runs.
fn walls(old: &RunResults, new: &RunResults, rows: &[ContenderChange]) -> Vec<[Vec<f64>; 2]> {
    let mut all = Vec::with_capacity(rows.len());
    for (before, after) in common_points(old, new) {
        for row in rows.iter().filter(|row| row.point == after.point) {
            let Some(own) = counterpart(before, &row.contender) else { continue };
            all.push([values(before, own, wall), values(after, &row.contender, wall)]);
        }
    }
    all
}

fn resampled(walls: &[[Vec<f64>; 2]]) -> Vec<f64> {
    let mut random = fastrand::Rng::with_seed(SEED);
    let most = [0, 1].map(|side: usize| walls.iter().map(|row| row[side].len()).max().unwrap_or(0));
    let mut drawn = Vec::new();
    let mut medians = |values: &[f64], uniform: &[f64]| {
        drawn.clear();
        let at = |share: &f64| values[((share * values.len() as f64) as usize).min(values.len() - 1)];
        drawn.extend(uniform[..values.len()].iter().map(at));
        median(&drawn)
    };
    let mut logs = Vec::with_capacity(RESAMPLES);
    for _ in 0..RESAMPLES {
        let uniform = most.map(|count| (0..count).map(|_| random.f64()).collect::<Vec<f64>>());
        let sum: Option<f64> =
            walls.iter().map(|[old, new]| Some((medians(new, &uniform[1])? / medians(old, &uniform[0])?).ln())).sum();
        logs.extend(sum.map(|sum| sum / walls.len() as f64));
    }
    logs
}
