//! Everything that a sweep shows.

use super::crossover::Crossover;
use super::curve::Curve;
use super::fit::Fit;
use super::knee::Knee;
use super::memory::MemorySlope;
use crate::experiment::sweep::SweepKey;

/// Everything derived from the points of a sweep together.
#[derive(Debug, Clone)]
pub struct Scaling {
    /// The setting.
    pub key: SweepKey,
    /// Its values, in the order of the points.
    pub values: Vec<f64>,
    /// The values as people read them.
    pub shown: Vec<String>,
    /// One per contender, in the experiment's order.
    pub curves: Vec<Curve>,
    /// Where more of the setting gains nothing, per contender that uses it.
    pub knees: Vec<Knee>,
    /// Where two contenders change places.
    pub crossovers: Vec<Crossover>,
    /// Fits of scalability laws, per contender with workers, in a sweep of workers.
    pub fits: Vec<Fit>,
    /// Memory per task, per contender, in a sweep of tasks.
    pub memory: Vec<MemorySlope>,
    /// The finding in one sentence.
    pub headline: String,
    /// Further sentences.
    pub sentences: Vec<String>,
}

impl Scaling {
    /// Names the value of a point in a sentence: "2 workers".
    pub(super) fn at(&self, point: usize) -> String {
        self.key.value_words(&self.shown[point])
    }
}
