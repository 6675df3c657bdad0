//! The smallest value of a setting beyond which more of it gains nothing measurable, and what more costs.

use super::curve::{Compared, Curve, Rounds, by_round};
use crate::experiment::sweep::SweepKey;
use crate::model::Contender;
use crate::results::RunResults;
use crate::trial::Measured;

/// Smallest gain that would have been detected, as a share, from which no number of workers is called enough.
pub const COARSE: f64 = 0.25;

/// The value beyond which more of the setting gains nothing measurable.
#[derive(Debug, Clone, PartialEq)]
pub struct Knee {
    /// The contender.
    pub contender: Contender,
    /// Index of the point.
    pub point: usize,
    /// Points with a larger value, in the order of their values.
    pub beyond: Vec<usize>,
    /// Points beyond that are clearly slower, among [`Self::beyond`].
    pub slower: Vec<usize>,
    /// Smallest gain that would have been detected at any point beyond, as a share of 1.
    pub detectable_share: f64,
    /// CPU time at the largest value / at this one, where it is clearly larger.
    pub cpu_ratio: Option<f64>,
    /// Memory without the lab's records, the same: the peak, or for several processes the proportional set size.
    pub memory_ratio: Option<f64>,
    /// True where that is the proportional set size.
    pub memory_is_pss: bool,
    /// Number of rounds that both have.
    pub rounds: u32,
}

/// True for a setting of which more should mean faster.
pub(super) const fn is_resource(key: &SweepKey) -> bool {
    matches!(key, SweepKey::Workers | SweepKey::InFlight)
}

/// Finds the knees of all contenders that use the setting.
pub(super) fn knees(run: &RunResults, disturbed: bool, key: &SweepKey, curves: &[Curve]) -> Vec<Knee> {
    if !is_resource(key) {
        return Vec::new();
    }
    let users = curves.iter().filter(|curve| key.is_used_by(curve.contender.model));
    users.filter_map(|curve| knee(run, disturbed, curve)).collect()
}

fn knee(run: &RunResults, disturbed: bool, curve: &Curve) -> Option<Knee> {
    let value = |point: &usize| run.points[*point].point.as_ref().map_or(0.0, |point| point.value);
    let mut points = curve.measured();
    points.sort_by(|a, b| value(a).total_cmp(&value(b)));
    let compared = |above: usize, below: usize| Compared::of(disturbed, &curve.walls[above], &curve.walls[below]);
    let index = (0..points.len()).find(|index| {
        let faster = |other: &usize| compared(points[*index], *other).is_some_and(|one| one.is_larger());
        !points.iter().any(faster)
    })?;
    let (point, beyond) = (points[index], points[index + 1..].to_vec());
    // At every point beyond a trial completed, but perhaps in no common round.
    let beyond: Vec<(usize, Compared)> =
        beyond.into_iter().filter_map(|other| Some((other, compared(point, other)?))).collect();
    // One value, or none that shares a round with another, tells nothing.
    if points.len() < 2 || (beyond.is_empty() && index + 1 < points.len()) {
        return None;
    }
    let (beyond, gains): (Vec<usize>, Vec<Compared>) = beyond.into_iter().unzip();
    let detectable_share = gains.iter().map(Compared::detectable_share).fold(0.0, f64::max);
    let slower = beyond.iter().zip(&gains).filter(|(_, gain)| gain.is_smaller()).map(|(other, _)| *other);
    let largest = beyond.last().copied();
    let cost = |quantity: fn(&Measured) -> Option<f64>| {
        let rounds = |point: usize| -> Rounds { by_round(&run.points[point], &curve.contender, quantity) };
        let compared = Compared::of(disturbed, &rounds(largest?), &rounds(point))?;
        compared.is_larger().then_some(compared.ratio.median)
    };
    let is_a_sum = curve.contender.model.info().family == crate::model::Family::Processes;
    Some(Knee {
        contender: curve.contender.clone(),
        point,
        slower: slower.collect(),
        detectable_share,
        cpu_ratio: cost(|measured| measured.usage.cpu_nanos().map(|nanos| nanos as f64)),
        memory_is_pss: is_a_sum,
        memory_ratio: match is_a_sum {
            // The sum of the peaks counts shared memory once for each process.
            true => cost(|measured| measured.pss_bytes.map(|bytes| bytes as f64)),
            false => cost(|measured| Some(measured.model_memory_bytes()? as f64)),
        },
        rounds: gains.iter().map(|one| one.ratio.pairs).min().unwrap_or(0),
        beyond,
    })
}
