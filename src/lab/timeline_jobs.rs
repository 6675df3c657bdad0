//! Work of the timeline that looks through all tasks of a trial: its details, a search, the tasks of a moment.

use std::sync::Arc;

use super::jobs::{Jobs, NoThread, Report};
use super::lane_details::{DetailFacts, LaneDetails, find_task, place_of, tasks_of_moment};
use super::lanes::{Lanes, LanesKey};
use super::range::Range;
use super::timeline_view::Found;
use crate::experiment::Experiment;
use crate::model::Contender;

impl Jobs {
    /// Computes what the timeline shows beside the lanes of a trial.
    pub(super) fn detail(&self, key: LanesKey, lanes: Arc<Lanes>, facts: DetailFacts) -> Result<(), NoThread> {
        self.spawn("lab-details", move || Report::Detailed(key, Arc::new(LaneDetails::of(&lanes, &facts))))
    }

    /// Searches a task, the next one after `after`, under the first of the models that has it.
    pub(super) fn search_task(
        &self,
        request: u64,
        (words, after): (String, Option<u32>),
        experiment: Arc<Experiment>,
        models: Vec<(Contender, Arc<Lanes>)>,
    ) -> Result<(), NoThread> {
        self.spawn("lab-search", move || {
            let tasks = models.iter().map(|(_, lanes)| lanes.spans.tasks.len() as u32).max().unwrap_or(0);
            let found = find_task(&words, &experiment.workload, after, tasks);
            let place = match &found {
                Found::Task { task, .. } => place_of(*task, &models),
                Found::Nothing | Found::Searching | Found::None { .. } => None,
            };
            Report::TaskFound(request, found, place)
        })
    }

    /// Counts the tasks that ran in a part of the time.
    pub(super) fn count_moment(&self, lanes: Arc<Lanes>, contender: Contender, range: Range) -> Result<(), NoThread> {
        self.spawn("lab-moment", move || Report::MomentCounted(tasks_of_moment(&lanes, contender, range)))
    }
}
