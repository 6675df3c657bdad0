//! Fits of Amdahl's law and of the Universal Scalability Law to wall times over the number of workers.

use super::curve::{Curve, Rounds};
use super::linear::{predicted, relative_least_squares};
use crate::analysis::statistics::{interval_of_resamples, median};
use crate::experiment::FEWEST_PAIRS;
use crate::experiment::sweep::SweepKey;
use crate::model::Contender;
use crate::results::RunResults;

/// Resamples of the rounds for the intervals.
const RESAMPLES: usize = 500;
/// Seed of the resamples.
const SEED: u64 = 0xa3da_415f;
/// Largest relative error of a fit at any point; beyond it the law does not describe the measurement.
pub const MOST_RESIDUAL: f64 = 0.05;
/// Widest 95 % interval of a serial share or contention that says something.
const WIDEST: f64 = 0.2;
/// Largest share of the workers' time that an uneven division of the tasks leaves idle.
const MOST_UNEVEN: f64 = 0.02;
/// Fewest points for Amdahl's law, which has two parameters.
const AMDAHL_POINTS: usize = 3;
/// Fewest points for the Universal Scalability Law, which has three.
const USL_POINTS: usize = 4;

/// A value with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The estimate.
    pub value: f64,
    /// 95 % interval.
    pub ci95: (f64, f64),
}

impl Interval {
    /// Returns true where the interval is narrow enough to say something.
    fn is_sharp(&self) -> bool {
        self.ci95.1 - self.ci95.0 <= WIDEST
    }
}

/// A law that was fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fitted<L> {
    /// Its parameters.
    pub law: L,
    /// Largest relative error at any point, as a share of 1.
    pub residual: f64,
}

/// Amdahl's law: T(N) = T(1) · (s + (1 − s) / N).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AmdahlFit {
    /// Serial share s, 0 to 1.
    pub serial: Interval,
}

/// The Universal Scalability Law: X(N) = λN / (1 + σ(N − 1) + κN(N − 1)), Gunther 2007.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UslFit {
    /// Throughput of one worker λ, tasks per second.
    pub lambda: Interval,
    /// Contention σ.
    pub sigma: Interval,
    /// Coherency κ: the cost of keeping each pair of workers consistent.
    pub kappa: Interval,
    /// The most workers that were measured.
    pub most_workers: f64,
}

impl UslFit {
    /// Returns the number of workers with the highest throughput, √((1 − σ) / κ); `None` where the interval of κ reaches 0,
    /// and beyond the most workers that were measured.
    #[must_use]
    pub fn peak(&self) -> Option<f64> {
        let costs = self.kappa.ci95.0 > 0.0 && self.sigma.value < 1.0;
        let peak = costs.then(|| ((1.0 - self.sigma.value) / self.kappa.value).sqrt());
        peak.filter(|peak| (1.0..=self.most_workers).contains(peak))
    }
}

/// Reason why a law was not fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FitProblem {
    /// Too few points with a completed trial.
    FewPoints {
        /// Points.
        points: usize,
        /// Points needed.
        needed: usize,
    },
    /// Fewer than six rounds, or an interval of the result that is too wide to say anything.
    Unsure,
    /// The number of tasks does not divide evenly among the workers, which looks like contention.
    Uneven,
    /// The law does not describe the measurement.
    Residual {
        /// Largest relative error at any point, as a share of 1.
        residual: f64,
    },
}

/// Fits of one contender.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// The contender.
    pub contender: Contender,
    /// Amdahl's law.
    pub amdahl: Result<Fitted<AmdahlFit>, FitProblem>,
    /// The Universal Scalability Law.
    pub usl: Result<Fitted<UslFit>, FitProblem>,
}

/// Fits both laws for every contender with workers, in a sweep of workers.
pub(super) fn fits(run: &RunResults, key: &SweepKey, curves: &[Curve]) -> Vec<Fit> {
    if *key != SweepKey::Workers {
        return Vec::new();
    }
    let tasks = f64::from(run.experiment.workload.task_count());
    let mut fits = Vec::new();
    for curve in curves.iter().filter(|curve| key.is_used_by(curve.contender.model)) {
        let points = curve.measured();
        if points.is_empty() {
            continue;
        }
        let workers: Vec<f64> =
            points.iter().map(|point| run.points[*point].point.as_ref().map_or(1.0, |point| point.value)).collect();
        let uneven = workers.iter().any(|workers| (tasks / workers).ceil() * workers / tasks - 1.0 > MOST_UNEVEN);
        if uneven {
            let refused = FitProblem::Uneven;
            fits.push(Fit { contender: curve.contender.clone(), amdahl: Err(refused), usl: Err(refused) });
            continue;
        }
        let walls: Vec<&Rounds> = points.iter().map(|point| &curve.walls[*point]).collect();
        fits.push(Fit {
            contender: curve.contender.clone(),
            amdahl: fit_amdahl(&workers, &walls),
            usl: fit_usl(&workers, &walls, tasks),
        });
    }
    fits
}

/// Fits Amdahl's law to wall times in nanoseconds by round.
pub(super) fn fit_amdahl(workers: &[f64], walls: &[&Rounds]) -> Result<Fitted<AmdahlFit>, FitProblem> {
    let (law, residual) = fit(workers, walls, AMDAHL_POINTS, |workers| [1.0, 1.0 / workers], |_, wall| wall)?;
    let serial = law.map(|[fixed, divided]: [f64; 2]| fixed / (fixed + divided));
    let serial = serial.filter(Interval::is_sharp).ok_or(FitProblem::Unsure)?;
    Ok(Fitted { law: AmdahlFit { serial }, residual })
}

/// Fits the Universal Scalability Law to wall times in nanoseconds by round.
pub(super) fn fit_usl(workers: &[f64], walls: &[&Rounds], tasks: f64) -> Result<Fitted<UslFit>, FitProblem> {
    // N / X(N) is linear in the parameters.
    let terms = |n: f64| [1.0, n - 1.0, n * (n - 1.0)];
    let seconds_per_task = |n: f64, wall: f64| n * wall / 1e9 / tasks;
    let (law, residual) = fit(workers, walls, USL_POINTS, terms, seconds_per_task)?;
    let most_workers = workers.iter().copied().fold(0.0, f64::max);
    let parameters = || {
        let lambda = law.map(|[first, ..]: [f64; 3]| 1.0 / first)?;
        let sigma = law.map(|[first, second, _]| second / first).filter(Interval::is_sharp)?;
        let kappa = law.map(|[first, _, third]| third / first)?;
        Some(UslFit { lambda, sigma, kappa, most_workers })
    };
    Ok(Fitted { law: parameters().ok_or(FitProblem::Unsure)?, residual })
}

/// Coefficients of a fit, and of fits to resampled rounds.
struct Coefficients<const N: usize> {
    all: [f64; N],
    resampled: Vec<[f64; N]>,
    rounds: usize,
}

impl<const N: usize> Coefficients<N> {
    fn map(&self, parameter: impl Fn([f64; N]) -> f64) -> Option<Interval> {
        let mut resampled: Vec<f64> = self.resampled.iter().copied().map(&parameter).collect();
        Some(Interval { value: parameter(self.all), ci95: interval_of_resamples(&mut resampled, self.rounds)? })
    }
}

fn fit<const N: usize>(
    workers: &[f64],
    walls: &[&Rounds],
    needed: usize,
    terms: impl Fn(f64) -> [f64; N],
    y: impl Fn(f64, f64) -> f64,
) -> Result<(Coefficients<N>, f64), FitProblem> {
    let few = FitProblem::FewPoints { points: workers.len(), needed };
    if workers.len() < needed {
        return Err(few);
    }
    let times: Vec<Vec<f64>> = walls.iter().map(|rounds| rounds.values().copied().collect()).collect();
    let rounds = times.iter().map(Vec::len).min().unwrap_or(0);
    if rounds < FEWEST_PAIRS {
        return Err(FitProblem::Unsure);
    }
    let rows: Vec<[f64; N]> = workers.iter().map(|workers| terms(*workers)).collect();
    let fitted = |medians: &[f64]| {
        let y: Vec<f64> = workers.iter().zip(medians).map(|(workers, wall)| y(*workers, *wall)).collect();
        // Work without a serial part has no fixed time; but one worker has some throughput.
        let coefficients = relative_least_squares(&rows, &y, needed == USL_POINTS)?;
        let errors = rows.iter().zip(&y).map(|(row, y)| (predicted(row, &coefficients) / y - 1.0).abs());
        Some((coefficients, errors.fold(0.0, f64::max)))
    };
    let medians: Option<Vec<f64>> = times.iter().map(|times| median(times)).collect();
    let (all, residual) = medians.and_then(|medians| fitted(&medians)).ok_or(few)?;
    if residual > MOST_RESIDUAL {
        return Err(FitProblem::Residual { residual });
    }
    let mut random = fastrand::Rng::with_seed(SEED);
    let mut draw =
        |times: &Vec<f64>| median(&(0..times.len()).map(|_| times[random.usize(..times.len())]).collect::<Vec<_>>());
    let resampled = (0..RESAMPLES).filter_map(|_| {
        let medians: Option<Vec<f64>> = times.iter().map(&mut draw).collect();
        fitted(&medians?).map(|(coefficients, _)| coefficients)
    });
    let resampled = resampled.collect();
    Ok((Coefficients { all, resampled, rounds }, residual))
}
