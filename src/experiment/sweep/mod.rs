//! Sweeps: one experiment at several values of one of its settings. Each value is a point, an ordinary experiment.

mod key;
mod problem;
mod range;
#[cfg(test)]
mod tests;
mod values;

use serde::Serialize;

pub use key::SweepKey;
pub use problem::SweepProblem;
pub use range::ValueRange;
pub use values::{Scale, SweepValues};

use crate::model::Contender;
use crate::workload::Workload;

/// Most points of a sweep.
pub const MOST_POINTS: usize = 100;

/// One setting and the values that it takes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sweep {
    /// The setting.
    pub key: SweepKey,
    /// Its values, as written.
    pub values: SweepValues,
}

/// One value of the swept setting.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepPoint {
    /// The setting.
    pub key: SweepKey,
    /// Its value, in the unit of the key: a count, bytes, milliseconds, or a share of 1.
    pub value: f64,
    /// The value as people read it: "100,000", "3.1 ms".
    pub shown: String,
}

impl SweepPoint {
    /// Names setting and value: "Workers 4".
    #[must_use]
    pub fn title(&self) -> String {
        format!("{} {}", self.key.title(), self.shown)
    }

    /// Names the value in a sentence: "4 workers", "Step 1: Duration 5 ms".
    #[must_use]
    pub fn words(&self) -> String {
        match self.key {
            SweepKey::Step { .. } | SweepKey::ClassStep { .. } => self.title(),
            _ => self.key.value_words(&self.shown),
        }
    }
}

impl Sweep {
    /// Reads "workers=1,2,4" or "tasks=10..100000/9log".
    ///
    /// # Errors
    /// The mistake, and what is allowed.
    pub fn parse(text: &str) -> Result<Self, SweepProblem> {
        let (key, values) = text.split_once('=').ok_or_else(|| SweepProblem::NoValues { text: text.to_owned() })?;
        Ok(Self { key: key.trim().parse()?, values: values.parse()? })
    }

    /// Returns the values for a workload in their order: whole where the key is a count, without duplicates.
    ///
    /// # Errors
    /// A key that the workload does not have, and values that are not allowed.
    pub fn values(&self, workload: &Workload) -> Result<Vec<f64>, SweepProblem> {
        let range = self.key.range(workload)?;
        let values = self.values.expand(range.is_whole())?;
        for value in &values {
            if !range.contains(*value) {
                return Err(SweepProblem::NotAllowed { key: self.key.to_string(), value: *value, allowed: range });
            }
        }
        Ok(values)
    }

    /// Checks that no contender sets the swept setting for itself.
    ///
    /// # Errors
    /// The first contender that does.
    pub fn check_contenders(&self, models: &[Contender]) -> Result<(), SweepProblem> {
        let Some(key) = self.key.setting() else { return Ok(()) };
        match models.iter().find(|one| one.settings.get(key).is_some()) {
            Some(one) => Err(SweepProblem::SetByContender { key: self.key.to_string(), contender: one.to_string() }),
            None => Ok(()),
        }
    }

    /// Returns the points for a workload, in the order of the values.
    ///
    /// # Errors
    /// As [`Self::values`].
    pub fn points(&self, workload: &Workload) -> Result<Vec<SweepPoint>, SweepProblem> {
        let range = self.key.range(workload)?;
        let point = |value| SweepPoint { key: self.key.clone(), value, shown: range.show(value) };
        Ok(self.values(workload)?.into_iter().map(point).collect())
    }
}
