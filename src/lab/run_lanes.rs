//! The trials of a run that the timeline shows, and their lanes.

use std::sync::Arc;

use super::lane_details::LaneDetails;
use super::lanes::{Lanes, LanesKey};
use super::run::Run;
use crate::model::Contender;
use crate::trial::Trial;

impl Run {
    /// Returns the trial that the timeline shows: that of the given round, else the measured one nearest the median,
    /// else the warm-up.
    #[must_use]
    pub fn shown_trial(&self, contender: &Contender, round: Option<i32>) -> Option<&Trial> {
        let Some(round) = round else { return self.view_data.typical_trial(self.results(), contender) };
        let mut trials = self.results().trials.iter();
        trials.find(|trial| trial.contender == *contender && trial.round == round && trial.completed().is_some())
    }

    /// Returns the key of that trial's lanes.
    #[must_use]
    pub fn lanes_key(&self, contender: &Contender, round: Option<i32>) -> Option<LanesKey> {
        let trial = self.shown_trial(contender, round).filter(|trial| !trial.has_no_spans())?;
        Some(LanesKey { run: self.number, contender: contender.clone(), round: trial.round, position: trial.position })
    }

    /// Returns the packed lanes of a model, if they are ready.
    #[must_use]
    pub fn lanes_of(&self, contender: &Contender, round: Option<i32>) -> Option<&Arc<Lanes>> {
        self.lanes.get(&self.lanes_key(contender, round)?)?.as_ref()?.as_ref().ok()
    }

    /// Returns what the timeline shows beside the lanes of a model, if it is ready.
    #[must_use]
    pub fn details_of(&self, contender: &Contender, round: Option<i32>) -> Option<&Arc<LaneDetails>> {
        self.details.get(&self.lanes_key(contender, round)?)?.as_ref()
    }
}
