//! Parts of a stored run that can't be read, beside those that can.

use std::fmt;

use super::error::Problem;
use crate::units;

/// Damage to a run that was read all the same.
#[derive(Debug)]
pub struct Damage {
    /// Trials that are left out.
    pub trials: usize,
    /// Trials that the run has, with those.
    pub of: usize,
    /// Trials that are there without their CPU samples.
    pub without_samples: usize,
    /// The first problem.
    pub first: Problem,
}

impl Damage {
    /// Adds the damage of one trial to what was found before.
    pub(super) fn add(all: &mut Option<Self>, of: usize, problem: Problem) -> &mut Self {
        all.get_or_insert(Self { trials: 0, of, without_samples: 0, first: problem })
    }
}

/// "3 of 12 trials can't be read and are left out (damaged: …)".
impl fmt::Display for Damage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { trials, of, without_samples, first } = self;
        let of = units::plural(*of as u64, "trial");
        match (trials, without_samples) {
            (0, 0) => write!(out, "all of {of} can be read")?,
            (0, samples) => write!(out, "CPU samples of {samples} of {of} can't be read and are left out")?,
            (trials, 0) => write!(out, "{trials} of {of} can't be read and are left out")?,
            (trials, samples) => {
                write!(out, "{trials} of {of}, and CPU samples of {samples} more, can't be read and are left out")?;
            }
        }
        write!(out, " ({first})")
    }
}
