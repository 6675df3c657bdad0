//! The tab Learn: advice and questions of the run shown, costs of a task from stored runs, the chosen card, and the
//! answers given. Advice and costs take too long for a frame: jobs compute them.

use std::sync::Arc;

use super::Lab;
use super::jobs::{Jobs, NoThread, Report};
use super::learn_state::Asked;
use super::lesson::{Lesson, LessonKey};
use super::model_card::{Cost, ModelCard};
use super::view::Tab;
use crate::analysis::quiz::{self, Question};
use crate::analysis::{RunAnalysis, TaskCost, analyse, has_gil, measures_task_cost, task_costs};
use crate::clock;
use crate::model::Contender;
use crate::preset;
use crate::record::Store;
use crate::results::RunResults;
use crate::session::Machine;
use crate::workload::Workload;

/// Most stored runs of empty tasks that are read for the costs.
const MOST_READ: usize = 12;
/// Preset whose tasks do nothing.
pub const TINY_TASKS: &str = "tiny-tasks";

impl Jobs {
    fn make_lesson(&self, key: LessonKey, run: RunResults, analyses: RunAnalysis) -> Result<(), NoThread> {
        self.spawn("lab-lesson", move || Report::Lesson(Arc::new(Lesson::of(key, &run, &analyses))))
    }

    fn find_task_costs(&self, history: Store, machine: Machine) -> Result<(), NoThread> {
        self.spawn("lab-task-costs", move || Report::TaskCosts(stored_costs(&history, &machine)))
    }
}

/// Returns the newest cost of each contender among the stored runs of this machine.
fn stored_costs(history: &Store, machine: &Machine) -> Vec<TaskCost> {
    let mut ids = history.ids().unwrap_or_default();
    ids.sort_unstable();
    let mut found: Vec<TaskCost> = Vec::new();
    let mut read = 0;
    for id in ids.iter().rev() {
        // Unreadable files are reported where runs are listed.
        let Ok((head, planned)) = history.without_trials(id) else { continue };
        let here = planned.first().machine.as_ref().is_some_and(|one| is_same(one, machine));
        if head.trials == 0 || planned.is_sweep() || !here || !measures_task_cost(&planned.experiment.workload) {
            continue;
        }
        let Ok(stored) = history.open(id) else { continue };
        read += 1;
        let results = stored.results.first();
        for cost in task_costs(results, &analyse(results)) {
            if !found.iter().any(|known| known.contender.is_like(&cost.contender)) {
                found.push(cost);
            }
        }
        if read == MOST_READ {
            break;
        }
    }
    found
}

/// Returns true if figures of one machine hold for the other.
fn is_same(one: &Machine, other: &Machine) -> bool {
    one.cpu == other.cpu
        && one.arch == other.arch
        && one.cpus.usable == other.cpus.usable
        && one.debug_build == other.debug_build
}

impl Lab {
    /// Starts what the tab needs, once it is shown: nothing is computed beside a measurement.
    pub(super) fn prepare_learning(&mut self) {
        if self.shown_tab() != Tab::Learn || self.is_measuring() {
            return;
        }
        if let Some(key) = self.lesson_key().filter(|key| self.learn.requested.as_ref() != Some(key))
            && let Some(run) = &self.run
            && let Some(analyses) = run.analyses.clone()
        {
            let started = self.jobs.make_lesson(key.clone(), run.all.clone(), analyses);
            self.learn.requested = Some(key);
            self.check(started);
        }
        if let (false, Some(history), Some(machine)) =
            (self.learn.searched, self.services.history.clone(), self.draft.machine().cloned())
        {
            let started = self.jobs.find_task_costs(history, machine);
            self.learn.searched = true;
            self.check(started);
        }
    }

    fn lesson_key(&self) -> Option<LessonKey> {
        let run = self.run.as_ref().filter(|run| !run.is_running())?;
        let analyses = run.analyses.as_ref()?;
        Some(LessonKey {
            started_at_ms: run.all.first().started_at_ms,
            point: run.point,
            trials: run.all.points.iter().map(|point| point.trials.len()).sum(),
            has_scaling: analyses.scaling.as_ref().is_some_and(|scaling| !scaling.curves.is_empty()),
        })
    }

    /// Applies a lesson.
    pub(super) fn lesson_made(&mut self, lesson: Arc<Lesson>) {
        // A run of empty tasks has new costs.
        if !lesson.costs.is_empty() {
            self.learn.searched = false;
        }
        self.learn.lesson = Some(lesson);
    }

    /// Applies the costs of stored runs.
    pub(super) fn task_costs_found(&mut self, costs: Vec<TaskCost>) {
        self.learn.stored = Some(costs);
    }

    /// Returns the lesson of the results shown; `None` while it is being computed, during a run, and without a run.
    #[must_use]
    pub fn lesson(&self) -> Option<&Lesson> {
        let key = self.lesson_key()?;
        self.learn.lesson.as_deref().filter(|lesson| lesson.key == key)
    }

    /// Returns the questions: of the run shown, or before a run those of the draft's file.
    #[must_use]
    pub fn questions(&self) -> Vec<Question> {
        match (&self.run, self.lesson()) {
            (None, _) => quiz::written(self.draft.to_run()),
            (Some(_), Some(lesson)) => lesson.questions.clone(),
            (Some(_), None) => Vec::new(),
        }
    }

    fn asked(&self) -> Option<Asked> {
        match &self.run {
            None => Some(Asked::Draft(self.draft.to_run().id.clone())),
            Some(_) => self.lesson_key().map(Asked::Run),
        }
    }

    /// Returns the choice that was given to a question.
    #[must_use]
    pub fn answer_given(&self, question: usize) -> Option<usize> {
        let (asked, given) = self.learn.answers.as_ref()?;
        let is_asked = self.asked().as_ref() == Some(asked);
        given.iter().find(|(known, _)| is_asked && *known == question).map(|(_, choice)| *choice)
    }

    /// Stores an answer; those to other questions are forgotten.
    pub(super) fn give_answer(&mut self, question: usize, choice: usize) {
        let Some(asked) = self.asked() else { return };
        let kept = self.learn.answers.take().filter(|(known, _)| *known == asked);
        let mut given = kept.map(|(_, given)| given).unwrap_or_default();
        given.retain(|(known, _)| *known != question);
        given.push((question, choice));
        self.learn.answers = Some((asked, given));
    }

    /// Returns the contenders with a card: those of the run shown, or of the draft; copies have one.
    #[must_use]
    pub fn card_contenders(&self) -> Vec<&Contender> {
        let all: Vec<&Contender> = match &self.run {
            Some(run) => run.results().experiment.models.iter().collect(),
            None => self.draft.chosen().collect(),
        };
        let first = |index: usize| !all[..index].iter().any(|one| one.is_like(all[index]));
        (0..all.len()).filter(|index| first(*index)).map(|index| all[index]).collect()
    }

    /// Returns the contender whose card is shown; `None` if no model is chosen.
    #[must_use]
    pub fn card_shown(&self) -> Option<&Contender> {
        let all = self.card_contenders();
        let chosen = self.learn.card.as_ref().and_then(|card| all.iter().find(|one| one.is_like(card)));
        chosen.or(all.first()).copied()
    }

    /// Chooses the card to show.
    pub(super) fn show_card(&mut self, contender: Contender) {
        self.learn.card = Some(contender);
    }

    /// Returns the card of a contender.
    #[must_use]
    pub fn model_card(&self, contender: &Contender) -> ModelCard {
        let found =
            || self.draft.interpreters().of(&contender.host).map_or_else(|_| contender.expects_gil(), |one| one.gil);
        let gil = match &self.run {
            _ if !contender.host.is_python() => false,
            Some(run) => has_gil(run.results(), contender),
            None => contender.settings.gil.map_or_else(found, |gil| gil == crate::model::Gil::On),
        };
        ModelCard::of(contender, self.learned_workload(), gil, self.cost_of(contender), clock::unix_millis())
    }

    fn learned_workload(&self) -> &Workload {
        self.run.as_ref().map_or(self.draft.workload(), |run| &run.results().experiment.workload)
    }

    /// Returns the cost of a task: from the run shown, or else from the newest stored run that has it.
    #[must_use]
    pub fn cost_of(&self, contender: &Contender) -> Cost<'_> {
        let of_run = self.lesson().map(|lesson| lesson.costs.as_slice()).unwrap_or_default();
        let stored = self.learn.stored.as_deref().unwrap_or_default();
        let found = of_run.iter().chain(stored).find(|cost| cost.contender.is_like(contender));
        match found {
            Some(cost) => Cost::Known(cost),
            None if self.learn.searched && self.learn.stored.is_none() => Cost::Searching,
            None => Cost::Unknown,
        }
    }

    /// Copies the code of the card shown.
    pub(super) fn copy_code(&mut self) {
        let Some(card) = self.card_shown().map(|contender| self.model_card(contender)) else { return };
        self.clipboard = Some(card.code.to_owned());
        self.remark = Some("Code copied".to_owned());
    }

    /// Loads the preset whose tasks do nothing.
    pub(super) fn load_tiny_tasks(&mut self) {
        if let Some(experiment) = preset::find(TINY_TASKS) {
            self.load_experiment(experiment.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::machine;

    #[test]
    fn figures_of_another_machine_are_not_those_of_this_one() {
        let own = machine();
        assert!(is_same(&own, &own.clone()));
        assert!(!is_same(&own, &Machine { cpu: Some("Another".to_owned()), ..own.clone() }));
        assert!(!is_same(&own, &Machine { debug_build: true, ..own.clone() }));
    }
}
