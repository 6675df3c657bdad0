//! The effect of each job report on the lab. Commands of the user are in `update`.

use std::path::PathBuf;
use std::sync::Arc;

use super::Lab;
use super::command::{Command, Edit};
use super::dialog::{Dialog, ExportDialog, OwnCodeDialog};
use super::jobs::{OpenError, Opened, Report, Written};
use crate::experiment::Experiment;
use crate::preset;
use crate::printable;
use crate::python::Interpreters;
use crate::units::plural;

impl Lab {
    /// Applies the report of a job.
    pub(super) fn apply_report(&mut self, report: Report) {
        match report {
            Report::Examined(headroom) => {
                self.draft.set_headroom(Arc::new(*headroom));
                // After the first frame, which it would delay.
                self.list_runs();
            }
            Report::Interpreters(found) => self.set_interpreters(found),
            Report::UserPresets(own) => self.set_own_presets(&own),
            Report::PresetSaved(Ok((path, own))) => {
                self.set_own_presets(&own);
                self.inform(format!("Preset saved as {}", path.display()));
                if matches!(self.dialog, Some(Dialog::SavePreset(_))) {
                    self.dialog = None;
                }
                let saved = own.presets.iter().find(|one| path.file_stem().is_some_and(|stem| stem == one.id.as_str()));
                if let Some(saved) = saved {
                    // The results stay visible: they are those of this experiment under its earlier name.
                    self.change_draft("Save preset", |lab| lab.draft = lab.draft.with(saved.clone()));
                }
            }
            Report::PresetSaved(Err(problem)) => match &mut self.dialog {
                Some(Dialog::SavePreset(dialog)) => {
                    dialog.busy = false;
                    dialog.problem = Some(printable::message(&problem.to_string()).into_owned());
                }
                _ => self.problem(problem.to_string()),
            },
            Report::Exported(written) => self.exported(written),
            Report::Pictured(rendered) => self.pictured(rendered),
            Report::Opened { path, exists, content } => {
                match content.is_ok() {
                    true => self.recent.add(&path),
                    false if !exists => self.recent.remove(&path),
                    // With a mistake that is being mended.
                    false => {}
                }
                self.opened(content);
            }
            Report::Browsed(path) => self.browsed(path),
            Report::Findings(number, scaling) => {
                if let Some(run) = self.runs_mut().find(|run| run.number == number) {
                    run.apply_findings(*scaling);
                }
            }
            Report::HeadlineStored(Ok(())) => self.list_runs(),
            Report::HeadlineStored(Err(error)) => self.problem(format!("The headline could not be stored: {error}")),
            Report::Comparable(request, choices) => self.comparable(request, choices),
            Report::Compared(request, compared) => self.compared(request, compared),
            Report::FunctionsListed(path, listed) => self.functions_listed(path, listed),
            Report::CodeRead(read) => self.code_read(read),
            Report::ConsentStored(Ok(())) => {}
            Report::ConsentStored(Err(error)) => {
                self.problem(format!("Your consent could not be stored, so you will be asked again: {error}"));
            }
            Report::DraftDrawn(picture) => self.apply_picture(*picture),
            Report::Packed(key, lanes) => {
                let run = self.runs_mut().find(|run| run.number == key.run);
                if let Some(slot) = run.and_then(|run| run.lanes.get_mut(&key)) {
                    *slot = Some(lanes);
                }
            }
            Report::History(report) => self.history_reported(report),
            Report::PresetChanged(report) => self.presets_changed(report),
            Report::RunOpened(request, opened) => self.run_opened(request, opened),
            Report::Lesson(lesson) => self.lesson_made(lesson),
            Report::TaskCosts(costs) => self.task_costs_found(costs),
            Report::Detailed(key, details) => {
                let run = self.runs_mut().find(|run| run.number == key.run);
                if let Some(slot) = run.and_then(|run| run.details.get_mut(&key)) {
                    *slot = Some(details);
                }
            }
            Report::TaskFound(request, found, place) => self.task_found(request, found, place),
            Report::MomentCounted(moment) => self.view.timeline.moment = Some(moment),
        }
    }

    pub(super) fn set_interpreters(&mut self, interpreters: Interpreters) {
        let interpreters = Arc::new(interpreters);
        self.draft.set_interpreters(Arc::clone(&interpreters));
        // Those of an earlier start may be gone; the first has its column anyway.
        for one in interpreters.usable.iter().skip(1).filter(|one| self.view.python_columns.contains(&one.tag)) {
            self.draft.show_python(&one.tag, true);
        }
        self.interpreters = Some(interpreters);
        self.list_awaited_functions();
        self.time_presets();
    }

    /// Estimates the duration of each preset anew; it depends on the interpreters.
    fn time_presets(&mut self) {
        let own: Vec<Experiment> =
            self.presets.all.iter().skip(self.presets.built_in).map(|(one, _)| one.clone()).collect();
        self.presets.set(preset::built_in(), &own, self.draft.cpus(), self.draft.interpreters());
    }

    pub(super) fn set_own_presets(&mut self, own: &preset::UserPresets) {
        self.presets.set(preset::built_in(), &own.presets, self.draft.cpus(), self.draft.interpreters());
        if !own.problems.is_empty() {
            let problems: Vec<String> = own.problems.iter().map(ToString::to_string).collect();
            self.problem(problems.join("\n"));
        }
    }

    fn exported(&mut self, written: Written) {
        let Some(Dialog::Export(export)) = &mut self.dialog else {
            match written {
                Written::Done(path) => self.inform(format!("Wrote {}", path.display())),
                Written::Exists(path) => {
                    self.problem(format!("{} exists already; nothing was written", path.display()))
                }
                Written::Failed(error) => self.problem(error.to_string()),
            }
            return;
        };
        export.field.busy = false;
        match written {
            Written::Done(path) => export.written.push(path),
            Written::Exists(_) => export.exists = true,
            Written::Failed(error) => {
                // Beside a failure, an earlier "Wrote …" would be misread.
                export.written.clear();
                export.field.problem = Some(printable::message(&error.to_string()).into_owned());
            }
        }
    }

    fn opened(&mut self, opened: Result<Opened, OpenError>) {
        match opened {
            Ok(opened) => {
                if matches!(self.dialog, Some(Dialog::Open(_))) {
                    self.dialog = None;
                }
                match opened {
                    Opened::Experiment(experiment) => self.load_experiment(*experiment),
                    Opened::Run(stored) => self.show_stored(*stored),
                    Opened::Tasks(list, file) => {
                        let tasks = plural(list.len() as u64, "task");
                        self.inform(format!("Took {tasks} from {file}; Undo in the form brings back those before"));
                        self.edit(Edit::TaskList(list));
                    }
                }
            }
            Err(error) => match &mut self.dialog {
                Some(Dialog::Open(field)) => {
                    field.busy = false;
                    field.problem = Some(printable::message(&error.in_window()).into_owned());
                }
                _ => self.problem(error.in_window()),
            },
        }
    }

    fn browsed(&mut self, path: Option<PathBuf>) {
        let (Some(Dialog::Export(ExportDialog { field, .. }) | Dialog::Open(field))
        | Some(Dialog::OwnCode(OwnCodeDialog { field, .. }))) = &mut self.dialog
        else {
            return;
        };
        field.browsing = false;
        field.nothing_picked = path.is_none();
        if let Some(path) = path {
            field.path = path.display().to_string();
            if matches!(self.dialog, Some(Dialog::OwnCode(_))) {
                self.apply(Command::ListFunctions);
            }
        }
    }
}
