//! Findings of a sweep: curves over the swept setting, where more of it gains nothing, where two models change places, and
//! fits of Amdahl's law and of the Universal Scalability Law. Sentences are made in `words`.

mod crossing;
mod crossover;
mod curve;
mod findings;
mod fit;
mod knee;
mod leaders;
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

use super::finding::is_disturbed;
use crate::model::Contender;
use crate::results::RunResults;

/// Returns what is known of a sweep before its end: its values. `None` without a sweep.
pub(super) fn outline(run: &RunResults) -> Option<Scaling> {
    let all: Vec<_> = run.points.iter().map(|results| results.point.clone()).collect::<Option<_>>()?;
    let mut scaling = Scaling {
        key: all.first()?.key.clone(),
        values: all.iter().map(|point| point.value).collect(),
        shown: all.into_iter().map(|point| point.shown).collect(),
        curves: Vec::new(),
        knees: Vec::new(),
        crossovers: Vec::new(),
        fits: Vec::new(),
        memory: Vec::new(),
        headline: String::new(),
        sentences: Vec::new(),
    };
    scaling.headline = words::measuring(&scaling);
    Some(scaling)
}

/// Derives everything from the points of a sweep; `None` without one. `leaders` are the fastest models of each point, by
/// its verdict. Resamples the rounds many times: tenths of a second for a large sweep.
pub(super) fn scaling(run: &RunResults, leaders: &[&[Contender]]) -> Option<Scaling> {
    let disturbed = is_disturbed(run.points.iter().flat_map(|point| &point.trials));
    let curves: Vec<Curve> = run.experiment.models.iter().map(|contender| Curve::of(run, contender)).collect();
    let outline = outline(run)?;
    let mut scaling = Scaling {
        knees: knee::knees(run, disturbed, &outline.key, &curves),
        crossovers: crossover::crossovers(run, disturbed, &curves),
        fits: fit::fits(run, &outline.key, &curves),
        memory: memory::slopes(run, &outline.key),
        curves,
        ..outline
    };
    (scaling.headline, scaling.sentences) = words::words(run, &scaling, leaders);
    Some(scaling)
}
