//! Synthetic sweeps, and their noise.

use super::{Synthetic, workload_alike};
use crate::experiment::sweep::Sweep;
use crate::failure::{Failure, LimitedUnit};
use crate::results::RunResults;
use crate::session::Outcome;
use crate::trial::Status;

/// Normal noise, the same for the same seed.
pub struct Noise(fastrand::Rng);

impl Noise {
    /// Starts the noise of a seed.
    pub fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// A factor around 1 with this relative standard deviation.
    pub fn factor(&mut self, deviation: f64) -> f64 {
        let radius = (-2.0 * (1.0 - self.0.f64()).ln()).sqrt();
        1.0 + deviation * radius * (std::f64::consts::TAU * self.0.f64()).cos()
    }
}

/// A sweep of synthetic models: `wall_ms(model, value)`, with `noise` as the relative standard deviation of each trial.
pub fn swept(
    sweep: &str,
    models: &[&str],
    rounds: i32,
    noise: f64,
    seed: u64,
    wall_ms: impl Fn(&str, f64) -> Option<f64>,
) -> RunResults {
    let mut random = Noise::new(seed);
    let base = Synthetic::new(workload_alike(20, 5.0, 5.0), models).results.experiment;
    let mut experiment = (*base).clone();
    experiment.sweep = Some(Sweep::parse(sweep).expect("a sweep"));
    let mut run = RunResults::new(experiment.into(), &Default::default(), 1_795_233_605_123);
    for (index, point) in run.points.iter_mut().enumerate() {
        let value = point.point.as_ref().expect("a point").value;
        let mut built = Synthetic { results: point.clone() };
        built.results.machine = Some(super::machine().into());
        for round in 0..=rounds {
            for model in models {
                match wall_ms(model, value) {
                    Some(ms) => built.trial(model, round, ms * random.factor(noise), 1, 1.0).point = index as u32,
                    None => {
                        let error = std::io::Error::from_raw_os_error(11);
                        let failure = Failure::limit(16_367, LimitedUnit::Threads, &error);
                        built.failed_with(model, round, Status::Failed, failure);
                    }
                }
            }
        }
        built.results.rounds = u32::try_from(rounds).ok();
        built.results.outcome = Some(Outcome::Done);
        *point = built.results;
    }
    run
}
