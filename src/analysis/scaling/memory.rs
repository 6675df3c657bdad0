//! Memory per task: the slope of peak memory over the number of tasks.

use super::curve::by_round;
use crate::analysis::statistics::{interval_of_resamples, median};
use crate::experiment::FEWEST_PAIRS;
use crate::experiment::sweep::SweepKey;
use crate::model::{Contender, Family};
use crate::results::RunResults;

/// Fewest points of a slope.
const FEWEST_POINTS: usize = 3;
/// Least share of the variance that a straight line has to explain.
pub const LEAST_EXPLAINED: f64 = 0.98;
/// Resamples of the rounds for the interval.
const RESAMPLES: usize = 500;
/// Seed of the resamples.
const SEED: u64 = 0x3e_a0b5;

/// Memory that each further task takes.
#[derive(Debug, Clone, PartialEq)]
pub struct MemorySlope {
    /// The contender.
    pub contender: Contender,
    /// Bytes per task, without the lab's records.
    pub bytes_per_task: f64,
    /// 95 % interval from resampled rounds; `None` below six rounds.
    pub ci95: Option<(f64, f64)>,
    /// True where the peak is a sum over processes: an upper bound.
    pub is_a_sum: bool,
}

/// Returns the slopes of all contenders whose memory grows in proportion with the tasks.
pub(super) fn slopes(run: &RunResults, key: &SweepKey) -> Vec<MemorySlope> {
    if *key != SweepKey::Tasks {
        return Vec::new();
    }
    run.experiment.models.iter().filter_map(|contender| slope(run, contender)).collect()
}

fn slope(run: &RunResults, contender: &Contender) -> Option<MemorySlope> {
    let mut points: Vec<(f64, Vec<f64>)> = Vec::new();
    for results in &run.points {
        let bytes = by_round(results, contender, |measured| Some(measured.model_memory_bytes()? as f64));
        if !bytes.is_empty() {
            points.push((results.point.as_ref()?.value, bytes.into_values().collect()));
        }
    }
    if points.len() < FEWEST_POINTS {
        return None;
    }
    let medians: Vec<(f64, f64)> = points.iter().filter_map(|(tasks, bytes)| Some((*tasks, median(bytes)?))).collect();
    let (bytes_per_task, explained) = line(&medians)?;
    let rounds = points.iter().map(|(_, bytes)| bytes.len()).min()?;
    let ci95 = (rounds >= FEWEST_PAIRS)
        .then(|| {
            let mut random = fastrand::Rng::with_seed(SEED);
            let mut slopes: Vec<f64> = (0..RESAMPLES)
                .filter_map(|_| {
                    let drawn = points.iter().filter_map(|(tasks, bytes)| {
                        let drawn: Vec<f64> = (0..bytes.len()).map(|_| bytes[random.usize(..bytes.len())]).collect();
                        Some((*tasks, median(&drawn)?))
                    });
                    line(&drawn.collect::<Vec<_>>()).map(|(slope, _)| slope)
                })
                .collect();
            interval_of_resamples(&mut slopes, rounds)
        })
        .flatten();
    let grows = explained >= LEAST_EXPLAINED && bytes_per_task > 0.0 && ci95.is_none_or(|(low, _)| low > 0.0);
    grows.then(|| MemorySlope {
        contender: contender.clone(),
        bytes_per_task,
        ci95,
        is_a_sum: contender.model.info().family == Family::Processes,
    })
}

/// Slope of the line of least squares, and the share of the variance that it explains.
fn line(points: &[(f64, f64)]) -> Option<(f64, f64)> {
    let count = points.len() as f64;
    let (mean_x, mean_y) =
        (points.iter().map(|(x, _)| x).sum::<f64>() / count, points.iter().map(|(_, y)| y).sum::<f64>() / count);
    let sum = |of: fn(f64, f64) -> f64| points.iter().map(|(x, y)| of(x - mean_x, y - mean_y)).sum::<f64>();
    let (xx, xy, yy) = (sum(|x, _| x * x), sum(|x, y| x * y), sum(|_, y| y * y));
    (xx > 0.0 && yy > 0.0).then(|| (xy / xx, xy * xy / (xx * yy)))
}
