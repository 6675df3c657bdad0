//! Changes of the lab by requests about stored runs and by the reports of their jobs.

use std::sync::{Arc, Mutex};

use super::Lab;
use super::dialog::{Dialog, NameDialog, Named};
use super::history::{Deleted, HistoryReport, Keeping, Opening, Order, Purpose, RunsCommand};
use super::jobs::StoredAnalysis;
use super::notices::Offer;
use super::run::Run;
use super::view::{LeftTab, Tab};
use crate::experiment::validate;
use crate::printable;
use crate::record::RecordError;
use crate::units;

impl Lab {
    /// Applies a request about stored runs.
    pub(super) fn apply_to_runs(&mut self, command: RunsCommand) {
        match command {
            RunsCommand::Search(words) => self.history.set_search(words),
            RunsCommand::Mark(id) => self.history.marked = Some(id),
            RunsCommand::Open(id) => {
                self.history.marked = Some(id.clone());
                self.show_record(id, Purpose::Show);
            }
            RunsCommand::Export(id) => self.show_record(id, Purpose::Export),
            RunsCommand::Compare(id) => self.compare_shown_with(id),
            RunsCommand::Ask(of) => {
                let (Named::Run(id) | Named::Note(id)) = &of else { return };
                if let Some(row) = self.history.row(id).filter(|row| row.is_readable()) {
                    let note = || row.note.clone().unwrap_or_default();
                    let name = if matches!(of, Named::Note(_)) { note() } else { row.name.clone() };
                    self.dialog = Some(Dialog::Name(NameDialog { of, name, problem: None, busy: false }));
                }
            }
            RunsCommand::Pin(id, pinned) => {
                let Some(history) = self.services.history.clone() else { return };
                let started = self.jobs.pin_run(history, id, pinned);
                self.check(started);
            }
            RunsCommand::Delete(id) => self.delete_record(id),
            RunsCommand::Restore(id) => {
                // It stays there until it is back.
                let Some(deleted) = self.history.deleted.iter().find(|run| run.id == id) else { return };
                let started = self.jobs.restore_run(id, Arc::clone(&deleted.run));
                self.check(started);
            }
            RunsCommand::Headlines(ids) => {
                for id in ids {
                    if self.history.ask(&id) {
                        self.order(Order::Headline(id));
                    }
                }
            }
            RunsCommand::ShowLast => self.show_last_run(),
            RunsCommand::ShowRunning => self.show_running(),
            RunsCommand::ShowFinished(number) => self.show_finished(number),
        }
    }

    /// Leaves the results for the page before a run, where its workload and its question are.
    pub(super) fn show_before_run(&mut self) {
        self.history.opening = None;
        self.archive_run();
        self.view.tab = Tab::Compare;
    }

    /// Applies a report about stored runs.
    pub(super) fn history_reported(&mut self, report: HistoryReport) {
        match report {
            HistoryReport::Listed(Ok(rows)) => {
                self.history.problem = None;
                self.history.set_rows(rows);
                if self.history.wants_last {
                    self.history.wants_last = false;
                    if self.may_show_last() {
                        self.show_last_run();
                    }
                }
            }
            HistoryReport::Listed(Err(error)) => self.history.problem = Some(shown(&error)),
            HistoryReport::Headline(id, headline) => self.history.set_headline(id, headline),
            HistoryReport::Renamed(id, name, renamed) => self.renamed(&id, name, renamed),
            HistoryReport::Noted(id, noted) => {
                let (keeping, stored) = (noted.as_ref().ok().copied(), noted.map(|_| ()));
                if self.text_stored(&Named::Note(id), "The note was not stored", stored) {
                    self.kept_or_gone(keeping);
                }
            }
            HistoryReport::Pinned(Ok(keeping)) => self.kept_or_gone(Some(keeping)),
            HistoryReport::Pinned(Err(error)) => self.problem(format!("The run was not changed: {error}")),
            HistoryReport::Deleted(name, Ok(run)) => {
                let offer = ("Bring back", Offer::Runs(RunsCommand::Restore(run.id().to_owned())));
                self.notices.add(&format!("Deleted the run \"{name}\""), false, Some(offer));
                let id = run.id().to_owned();
                self.history.deleted.push(Deleted { id, name, run: Arc::new(Mutex::new(run)) });
                self.list_runs();
            }
            HistoryReport::Deleted(name, Err(error)) => {
                self.problem(format!("The run \"{name}\" was not deleted: {error}"));
                self.list_runs();
            }
            HistoryReport::Restored(id, restored) => {
                // Asked for twice, it was back the first time.
                let Some(index) = self.history.deleted.iter().position(|run| run.id == id) else { return };
                if let Err(error) = restored {
                    let name = &self.history.deleted[index].name;
                    self.problem(format!("The run \"{name}\" was not brought back: {error}"));
                    return;
                }
                self.history.deleted.remove(index);
                self.notices.remove_offers(&Offer::Runs(RunsCommand::Restore(id.clone())));
                self.history.marked = Some(id);
                self.list_runs();
            }
        }
    }

    /// Has the stored runs listed anew.
    pub(super) fn list_runs(&mut self) {
        self.order(Order::List);
    }

    /// Tells the thread that reads the history whether the list is shown, and whether a run is under way.
    pub(super) fn follow_history(&mut self) {
        let now = (self.view.left_tab == LeftTab::Runs, self.is_running());
        let before = std::mem::replace(&mut self.history.told, now);
        if now.0 != before.0 {
            self.order(Order::Watch(now.0));
        }
        if now.1 != before.1 {
            self.order(Order::Measuring(now.1));
            if !now.1 {
                self.list_runs();
            }
        }
    }

    fn order(&mut self, order: Order) {
        if self.history.orders.is_none() {
            let Some(history) = self.services.history.clone() else { return };
            match self.jobs.follow_history(history, Arc::clone(&self.services.this_machine)) {
                Ok(orders) => self.history.orders = Some(orders),
                Err(error) => return self.problem(error.to_string()),
            }
        }
        if let Some(orders) = &self.history.orders {
            // The thread ends with the window only.
            let _ = orders.send(order);
        }
    }

    /// Returns true if there is a folder for stored runs.
    #[must_use]
    pub const fn stores_runs(&self) -> bool {
        self.services.history.is_some()
    }

    /// Returns true if the page shows a stored run.
    #[must_use]
    pub fn shows_record(&self, id: &str, started_at_ms: Option<u64>) -> bool {
        self.run.as_ref().is_some_and(|run| run.is_record(id, started_at_ms))
    }

    /// Shows a stored run: from memory where it is there, with its guess and its further rounds.
    fn show_record(&mut self, id: String, purpose: Purpose) {
        let started = self.history.row(&id).and_then(|row| row.started_at_ms);
        self.history.opening = None;
        let is_it = |run: &Run| run.is_record(&id, started);
        if self.background.as_ref().is_some_and(is_it) {
            self.show_running();
        } else if let Some(index) = self.shelf.iter().position(is_it) {
            if let Some(run) = self.shelf.remove(index) {
                self.show_run_with_draft(run);
            }
        } else if !self.run.as_ref().is_some_and(is_it) {
            return self.open_stored(id, purpose);
        }
        self.shown_for(purpose);
    }

    /// Starts reading a stored run.
    pub(super) fn open_stored(&mut self, id: String, purpose: Purpose) {
        let Some(history) = self.services.history.clone() else { return };
        self.history.requests += 1;
        let request = self.history.requests;
        let started = self.jobs.open_run(request, history, id.clone());
        self.history.opening = started.is_ok().then_some(Opening { request, id, purpose });
        self.check(started);
    }

    /// Shows a stored run that was read, unless something else was asked for meanwhile.
    pub(super) fn run_opened(&mut self, request: u64, opened: Result<Box<StoredAnalysis>, RecordError>) {
        let Some(opening) = self.history.opening.take_if(|opening| opening.request == request) else { return };
        match opened {
            Err(error) => self.problem(format!("The run can't be opened: {error}")),
            Ok(stored) if opening.purpose == Purpose::LastOfPreset => {
                let is_of_draft = stored.run.results.experiment.id == self.draft.experiment().id;
                if is_of_draft && self.may_show_last() {
                    let run = self.stored_run(*stored);
                    self.put_on_page(run);
                }
            }
            Ok(stored) => {
                self.show_stored(*stored);
                self.shown_for(opening.purpose);
            }
        }
    }

    /// Returns true while the page before a run is untouched: nobody has begun to guess or to edit.
    fn may_show_last(&self) -> bool {
        self.run.is_none() && self.guess.is_untouched() && !self.draft.edited()
    }

    fn shown_for(&mut self, purpose: Purpose) {
        if purpose == Purpose::Export {
            self.apply(super::Command::Do(super::Action::Export));
        }
    }

    /// Returns a stored run for the page.
    pub(super) fn stored_run(&mut self, stored: StoredAnalysis) -> Run {
        let path = stored.run.source.path();
        let id = path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned);
        let is_of_history = |id: &String| self.services.history.as_ref().is_some_and(|one| one.path(id) == path);
        let record_id = id.filter(is_of_history);
        if let Some(damage) = &stored.run.damage {
            self.problem(format!("The file of the run is damaged: {damage}."));
        }
        let mut run = Run::stored(stored);
        run.record_id = record_id;
        run
    }

    fn compare_shown_with(&mut self, id: String) {
        self.open_comparison();
        if let Some(Dialog::Compare(mut dialog)) = self.dialog.take() {
            self.compare_with(&mut dialog, id);
            self.dialog = Some(Dialog::Compare(dialog));
        }
    }

    /// Deletes a run. It leaves the page first, since an open file stays.
    fn delete_record(&mut self, id: String) {
        let Some(history) = self.services.history.clone() else { return };
        let Some(row) = self.history.row(&id) else { return };
        let (name, started, pinned) = (row.name.clone(), row.started_at_ms, row.pinned);
        if pinned {
            return self.problem(format!("The run \"{name}\" is pinned: unpin it first"));
        }
        if self.active().is_some_and(|run| run.is_record(&id, started)) {
            return self.problem(format!("The run \"{name}\" is under way: cancel it first"));
        }
        if self.shows_record(&id, started) {
            self.run = None;
        }
        self.shelf.retain(|run| !run.is_record(&id, started));
        if self.history.opening.as_ref().is_some_and(|opening| opening.id == id) {
            self.history.opening = None;
        }
        let started = self.jobs.delete_run(history, id, name);
        self.check(started);
    }

    /// Stores the text of the open dialog: a name or a note.
    pub(super) fn store_text(&mut self, dialog: &mut NameDialog) {
        let typed = dialog.name.trim().to_owned();
        let checked = match dialog.of {
            Named::Note(_) => validate::line("Note", &typed),
            Named::Run(_) | Named::Preset(_) => validate::name("Name", &typed),
        };
        if let Err(invalid) = checked {
            dialog.problem = Some(printable::message(&invalid.to_string()).into_owned());
            return;
        }
        let history = || self.services.history.clone();
        let started = match (dialog.of.clone(), history()) {
            (Named::Preset(id), _) => return self.rename_preset(dialog, id),
            (Named::Run(id), Some(history)) => self.jobs.rename_run(history, id, typed),
            (Named::Note(id), Some(history)) => self.jobs.note_run(history, id, typed),
            (_, None) => return,
        };
        dialog.busy = started.is_ok();
        dialog.problem = None;
        self.check(started);
    }

    fn renamed(&mut self, id: &str, name: String, renamed: Result<(), RecordError>) {
        let started = self.history.row(id).and_then(|row| row.started_at_ms);
        if !self.text_stored(&Named::Run(id.to_owned()), "The run was not renamed", renamed) {
            return;
        }
        for run in self.runs_mut().filter(|run| run.is_record(id, started)) {
            run.name.clone_from(&name);
        }
        self.list_runs();
    }

    /// Closes the dialog of a text that was stored, or tells the failure. Returns true for a text that was stored.
    fn text_stored(&mut self, of: &Named, failed: &str, stored: Result<(), RecordError>) -> bool {
        let asks = |dialog: &Dialog| matches!(dialog, Dialog::Name(named) if named.of == *of);
        match (self.dialog.as_mut().filter(|dialog| asks(dialog)), stored) {
            (Some(_), Ok(())) => self.dialog = None,
            (None, Ok(())) => {}
            (Some(Dialog::Name(dialog)), Err(error)) => {
                dialog.busy = false;
                dialog.problem = Some(shown(&error));
                return false;
            }
            (_, Err(error)) => {
                self.problem(format!("{failed}: {error}"));
                return false;
            }
        }
        true
    }

    /// Lists the runs anew after a change, and says why one is not in the list any more.
    fn kept_or_gone(&mut self, keeping: Option<Keeping>) {
        if keeping == Some(Keeping::Goes) {
            self.inform(
                "The run is removed: no trial of it was measured, and neither a pin nor a note keeps it any more"
                    .to_owned(),
            );
        }
        self.list_runs();
    }

    /// Returns the note of a run: as the list has it, else as the opened file had it.
    #[must_use]
    pub fn note_of<'a>(&'a self, run: &'a Run) -> Option<&'a str> {
        let listed = self.history.all().find(|row| run.is_record(&row.id, row.started_at_ms));
        listed.map_or(&run.all.note, |row| &row.note).as_deref()
    }
}

fn shown(error: &RecordError) -> String {
    printable::message(&units::capitalised(&error.to_string())).into_owned()
}
