//! The part of a draft that edits change, for undoing them.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Draft;
use crate::experiment::Experiment;
use crate::model::Contender;

/// Everything that edits change.
#[derive(Debug, Clone, PartialEq)]
pub struct DraftState {
    experiment: Experiment,
    origin: Experiment,
    forced: BTreeSet<Contender>,
    shown: BTreeSet<String>,
}

impl DraftState {
    /// Returns the id of the experiment.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.experiment.id
    }
}

impl Draft {
    /// Returns what edits change.
    #[must_use]
    pub fn state(&self) -> DraftState {
        DraftState {
            experiment: self.experiment.clone(),
            origin: self.origin.clone(),
            forced: self.forced.clone(),
            shown: self.shown.clone(),
        }
    }

    /// Brings an earlier state back, on the interpreters that there are now.
    pub fn set_state(&mut self, state: DraftState) {
        let DraftState { experiment, origin, forced, shown } = state;
        (self.experiment, self.origin, self.forced, self.shown) = (experiment, origin, forced, shown);
        let interpreters = Arc::clone(&self.interpreters);
        self.set_interpreters(interpreters);
    }
}
