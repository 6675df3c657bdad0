//! Comparing the run shown with a stored one: lists the runs of the same workload, then reads and compares one. Both are
//! jobs.

use std::sync::Arc;

use super::Lab;
use super::dialog::Dialog;
use super::jobs::{Jobs, NoThread, Report};
use super::run_picker::{CompareDialog, CompareError, ComparedRuns, RunChoice, RunChoices};
use crate::analysis::run_comparison::{check, compare_runs};
use crate::printable;
use crate::record::{RecordError, Store};
use crate::results::RunResults;
use crate::units;

impl Jobs {
    /// Lists the stored runs that can be compared with a run.
    pub(super) fn list_comparable(&self, request: u64, history: Store, run: RunResults) -> Result<(), NoThread> {
        self.spawn("lab-comparable", move || Report::Comparable(request, choices(&history, &run)))
    }

    /// Reads a stored run and compares a run with it.
    fn compare(
        &self,
        request: u64,
        history: Store,
        id: String,
        (name, run): (String, RunResults),
    ) -> Result<(), NoThread> {
        self.spawn("lab-compare", move || Report::Compared(request, compare(&history, &id, &name, &run)))
    }
}

fn choices(history: &Store, run: &RunResults) -> Result<RunChoices, RecordError> {
    let mut choices = RunChoices { alike: Vec::new(), others: 0 };
    for id in history.ids()? {
        match history.without_trials(&id) {
            // The run shown is stored, too.
            Ok((head, _)) if head.started_at_ms == run.first().started_at_ms => {}
            Ok((head, other)) if head.trials > 0 && check(&other, run).is_ok() => {
                choices.alike.push(RunChoice::of(head));
            }
            _ => choices.others += 1,
        }
    }
    Ok(choices)
}

fn compare(history: &Store, id: &str, name: &str, run: &RunResults) -> Result<ComparedRuns, CompareError> {
    let stored = history.open(id)?;
    let other = (stored.head.name.clone(), stored.head.started_at_ms, &stored.results);
    let own = (name.to_owned(), run.first().started_at_ms, run);
    let (old, new) = if other.1 <= own.1 { (other, own) } else { (own, other) };
    let comparison = compare_runs(old.2, new.2).map_err(|why| CompareError::NotComparable {
        why,
        old: old.0.clone(),
        new: new.0.clone(),
    })?;
    Ok(ComparedRuns { old: (old.0, old.1), new: (new.0, new.1), comparison })
}

impl Lab {
    /// Opens the dialog and starts listing the runs.
    pub(super) fn open_comparison(&mut self) {
        let (Some(run), Some(history)) = (&self.run, self.services.history.clone()) else { return };
        self.comparisons += 1;
        let request = self.comparisons;
        let started = self.jobs.list_comparable(request, history, run.all.clone());
        self.dialog = Some(Dialog::Compare(CompareDialog { request, ..CompareDialog::default() }));
        self.check(started);
    }

    /// Starts comparing the run shown with a stored one.
    pub(super) fn compare_with(&mut self, dialog: &mut CompareDialog, id: String) {
        let (Some(run), Some(history)) = (&self.run, self.services.history.clone()) else { return };
        let started = self.jobs.compare(dialog.request, history, id, (run.name.clone(), run.all.clone()));
        dialog.busy = started.is_ok();
        dialog.problem = None;
        self.check(started);
    }

    /// Applies the list of runs.
    pub(super) fn comparable(&mut self, request: u64, choices: Result<RunChoices, RecordError>) {
        let Some(dialog) = self.comparison_of(request) else { return };
        match choices {
            Ok(choices) => dialog.choices = Some(choices),
            Err(error) => {
                dialog.choices = Some(RunChoices { alike: Vec::new(), others: 0 });
                dialog.problem = Some(shown(&error));
            }
        }
    }

    /// Applies a comparison.
    pub(super) fn compared(&mut self, request: u64, compared: Result<ComparedRuns, CompareError>) {
        let Some(dialog) = self.comparison_of(request) else { return };
        dialog.busy = false;
        match compared {
            Ok(compared) => dialog.compared = Some(Arc::new(compared)),
            Err(error) => dialog.problem = Some(shown(&error)),
        }
    }

    /// The open dialog, if it is the one that a report is for.
    fn comparison_of(&mut self, request: u64) -> Option<&mut CompareDialog> {
        match &mut self.dialog {
            Some(Dialog::Compare(dialog)) if dialog.request == request => Some(dialog),
            _ => None,
        }
    }
}

fn shown(error: &dyn std::error::Error) -> String {
    printable::message(&units::capitalised(&error.to_string())).into_owned()
}
