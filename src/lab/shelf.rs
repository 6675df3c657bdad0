//! Choice of the run on the page. One that is under way goes on behind another page; finished ones wait on a shelf
//! until their preset is chosen again, and the last run of a preset comes from the history.

use super::Lab;
use super::dialog::Dialog;
use super::guess::DraftGuess;
use super::history::{Purpose, RunsCommand};
use super::notices::Offer;
use super::run::Run;
use super::view::Tab;
use crate::experiment::Experiment;
use crate::session::Outcome;
use crate::units::plural;

/// Largest number of finished runs on the shelf.
const SHELVED_RUNS: usize = 12;

impl Lab {
    /// Returns the run under way, on the page or behind it.
    #[must_use]
    pub fn active(&self) -> Option<&Run> {
        self.run.as_ref().filter(|run| run.is_running()).or(self.background.as_ref())
    }

    pub(super) fn active_mut(&mut self) -> Option<&mut Run> {
        self.run.as_mut().filter(|run| run.is_running()).or(self.background.as_mut())
    }

    /// Returns all runs of this session that are still in memory.
    pub(super) fn runs_mut(&mut self) -> impl Iterator<Item = &mut Run> {
        self.run.iter_mut().chain(&mut self.background).chain(&mut self.shelf)
    }

    /// Takes the run from the page. One that is under way goes on behind it.
    pub(super) fn archive_run(&mut self) {
        self.end_presentation();
        let Some(run) = self.run.take() else { return };
        if run.is_running() {
            self.background = Some(run);
        } else {
            self.shelve(run);
        }
    }

    /// Puts a finished run on the shelf, which has the latest of each experiment. Others are read from the disk again; what
    /// is not stored stays, unless it measured nothing.
    fn shelve(&mut self, run: Run) {
        if run.results().outcome == Some(Outcome::Cancelled) && !run.has_measured() && !run.is_on_disk() {
            return;
        }
        let id = &run.results().experiment.id;
        let started = run.results().started_at_ms;
        let of_same = |other: &Run| other.results().experiment.id == *id;
        let is_later = |other: &Run| of_same(other) && other.results().started_at_ms > started;
        if run.is_on_disk() && self.shelf.iter().any(is_later) {
            return;
        }
        self.shelf.retain(|other| !of_same(other) || !other.is_on_disk());
        self.shelf.push_back(run);
        if self.shelf.len() > SHELVED_RUNS {
            let index = self.shelf.iter().position(Run::is_on_disk).unwrap_or(0);
            self.shelf.remove(index);
        }
    }

    /// Puts a run on the page, from its first view.
    pub(super) fn put_on_page(&mut self, run: Run) {
        if run.all.is_sweep() {
            self.view.tab = Tab::Scaling;
        }
        self.run = Some(run);
        self.history.wants_last = false;
        self.reset_view();
    }

    /// Puts a run on the page and makes its experiment the draft.
    pub(super) fn show_run_with_draft(&mut self, run: Run) {
        self.archive_run();
        self.open_in_draft((*run.all.experiment).clone());
        self.guess = DraftGuess::default();
        self.history.opening = None;
        self.put_on_page(run);
    }

    /// Shows the earlier run again after one that was cancelled before it measured anything.
    pub(super) fn restore_run(&mut self) {
        let Some(run) = self.run.as_ref().filter(|run| run.results().outcome == Some(Outcome::Cancelled)) else {
            return;
        };
        if run.has_measured() {
            return;
        }
        let index = self.shelf.iter().rposition(|before| before.results().experiment.id == run.results().experiment.id);
        let before = index.and_then(|index| self.shelf.remove(index));
        if before.is_some() {
            self.run = before;
            self.inform("Cancelled before anything was measured: these are the results from before".to_owned());
        }
    }

    /// Makes an experiment the draft and shows its run: the one under way, or the last one.
    pub(super) fn load_experiment(&mut self, experiment: Experiment) {
        self.begin_experiment(experiment);
        self.show_last_run();
    }

    /// Puts a new experiment on the page, which no earlier run is of.
    pub(super) fn begin_experiment(&mut self, experiment: Experiment) {
        self.archive_run();
        self.open_in_draft(experiment);
        self.guess = DraftGuess::default();
        self.history.opening = None;
    }

    /// Shows the run of the draft's experiment that is under way, else its last one, from memory or from the history.
    pub(super) fn show_last_run(&mut self) {
        let id = self.draft.experiment().id.clone();
        let of_draft = |run: &Run| run.results().experiment.id == id;
        if let Some(run) = self.background.take_if(|run| of_draft(run)) {
            self.put_on_page(run);
            return;
        }
        let stored = self.history.last_of(&id).map(|row| (row.id.clone(), row.started_at_ms));
        let shelved = self.shelf.iter().rposition(of_draft);
        let is_older = |run: &Run| {
            let later = |(id, started): &(String, Option<u64>)| {
                !run.is_record(id, *started) && *started > Some(run.results().started_at_ms)
            };
            stored.as_ref().is_some_and(later)
        };
        match (shelved.filter(|index| !is_older(&self.shelf[*index])), stored) {
            (Some(index), _) => {
                if let Some(run) = self.shelf.remove(index) {
                    self.put_on_page(run);
                }
            }
            (None, Some((id, _))) => self.open_stored(id, Purpose::LastOfPreset),
            (None, None) => self.history.wants_last = !self.history.is_known(),
        }
    }

    /// Returns name and start of the last finished run of the draft's experiment.
    #[must_use]
    pub fn last_run(&self) -> Option<(&str, u64)> {
        let id = &self.draft.experiment().id;
        let shelved = self.shelf.iter().rev().find(|run| run.results().experiment.id == *id);
        let shelved = shelved.map(|run| (run.name.as_str(), run.results().started_at_ms));
        let stored = self.history.last_of(id).and_then(|row| Some((row.name.as_str(), row.started_at_ms?)));
        shelved.into_iter().chain(stored).max_by_key(|(_, started)| *started)
    }

    /// Returns true if the user is to be asked before the window closes: a run is under way.
    #[must_use]
    pub fn asks_before_closing(&self) -> bool {
        self.is_running() && !self.closing && !matches!(self.dialog, Some(Dialog::Closing))
    }

    /// Says what closing the window does to the run under way.
    #[must_use]
    pub fn closing_question(&self) -> String {
        let Some(run) = self.active() else { return "The run has ended meanwhile.".to_owned() };
        let trials = run.all.points.iter().flat_map(|point| &point.trials);
        let kept = match trials.filter(|trial| trial.completed().is_some()).count() {
            _ if !run.is_being_stored() => "It is not being stored: closing the window loses its results.".to_owned(),
            0 => "No trial has finished yet.".to_owned(),
            count => {
                let verb = if count == 1 { "is" } else { "are" };
                let trials = plural(count as u64, "finished trial");
                format!(
                    "{trials} {verb} stored, and Runs will list the run as interrupted. The trial under way is lost."
                )
            }
        };
        let verb = if run.waits_for_quiet() { "is still waiting to start" } else { "is still running" };
        format!("\"{}\" {verb}. {kept}", run.name)
    }

    /// Shows the run under way.
    pub(super) fn show_running(&mut self) {
        if let Some(run) = self.background.take() {
            self.show_run_with_draft(run);
        }
    }

    /// Shows a finished run of this session.
    pub(super) fn show_finished(&mut self, number: u64) {
        let index = self.shelf.iter().position(|run| run.number == number);
        if let Some(run) = index.and_then(|index| self.shelf.remove(index)) {
            self.show_run_with_draft(run);
        }
    }

    /// Reports the end of a run behind the page.
    pub(super) fn settle_background(&mut self) {
        let Some(run) = self.background.take_if(|run| !run.is_running()) else { return };
        let name = format!("\"{}\"", run.name);
        let offer = run.has_measured().then_some(("Show", Offer::Runs(RunsCommand::ShowFinished(run.number))));
        match run.outcome() {
            Some(Outcome::Failed(failure)) => {
                let text = format!("{name} failed: {failure}");
                self.notices.add(&text, true, offer);
            }
            _ if !run.has_measured() => {
                self.inform(format!("{name} was cancelled before anything was measured"));
                return;
            }
            outcome => {
                let word = if matches!(outcome, Some(Outcome::Cancelled)) { "was cancelled after" } else { "is done:" };
                let text = format!("{name} {word} {}", plural(u64::from(run.finished_rounds()), "round"));
                self.notices.add(&text, false, offer);
            }
        }
        self.shelve(run);
    }
}

impl Run {
    /// Returns true if a trial was completed.
    #[must_use]
    pub fn has_measured(&self) -> bool {
        self.all.points.iter().flat_map(|point| &point.trials).any(|trial| trial.completed().is_some())
    }
}
