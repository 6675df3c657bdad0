//! What a sweep shows: curves over the swept setting, where more of it gains nothing, where two models change places, and
//! fits of Amdahl's law and of the Universal Scalability Law. Sentences are made in `words`.

mod crossover;
mod curve;
mod findings;
mod fit;
mod knee;
mod linear;
mod memory;
#[cfg(test)]
mod tests;
mod words;

pub use crossover::Crossover;
pub use curve::Curve;
pub use findings::Scaling;
pub use fit::{AmdahlFit, Fit, FitProblem, Fitted, Interval, MOST_RESIDUAL, UslFit};
pub use knee::{COARSE, Knee};
pub use memory::{LEAST_EXPLAINED, MemorySlope};

use crate::model::Contender;
use crate::results::RunResults;

/// Derives everything from the points of a sweep; `None` without one. `leaders` are the fastest
/// models of each point, by its verdict.
pub(super) fn scaling(run: &RunResults, leaders: &[&[Contender]]) -> Option<Scaling> {
    let all: Vec<_> = run.points.iter().map(|results| results.point.clone()).collect::<Option<_>>()?;
    let key = all.first()?.key.clone();
    let curves: Vec<Curve> = run.experiment.models.iter().map(|contender| Curve::of(run, contender)).collect();
    let mut scaling = Scaling {
        values: all.iter().map(|point| point.value).collect(),
        shown: all.into_iter().map(|point| point.shown).collect(),
        knees: knee::knees(run, &key, &curves),
        crossovers: crossover::crossovers(run, &curves),
        fits: fit::fits(run, &key, &curves),
        memory: memory::slopes(run, &key),
        curves,
        key,
        headline: String::new(),
        sentences: Vec::new(),
    };
    (scaling.headline, scaling.sentences) = words::words(run, &scaling, leaders);
    Some(scaling)
}
