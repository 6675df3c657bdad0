//! The user's own code in the window: making an experiment of a function or a command, and asking before a run.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Lab;
use super::code_jobs::{CodeRead, ListError, list_functions};
use super::command::Command;
use super::dialog::{ConsentDialog, Dialog, OwnCodeDialog, PathField};
use super::jobs::Report;
use crate::code::{OwnCode, words};
use crate::experiment::Experiment;
use crate::printable;
use crate::session::interpreters::functions::Function;
use crate::units;
use crate::workload::Step;

impl OwnCodeDialog {
    fn new(is_command: bool, folder: &std::path::Path) -> Self {
        let field = if is_command { PathField::default() } else { PathField::at(folder) };
        let arguments = "{index}".to_owned();
        Self { is_command, field, functions: Vec::new(), function: None, arguments, awaits_python: false }
    }

    /// Returns the experiment, or what is wrong.
    fn experiment(&self) -> Result<Experiment, String> {
        let split = |text: &str| words::split(text).map_err(|error| units::capitalised(&error.to_string()));
        let experiment = if self.is_command {
            Experiment::running(split(&self.field.path)?)
        } else {
            let function = self.function.clone().ok_or_else(|| "Choose a function".to_owned())?;
            Experiment::calling(self.field.path.trim().to_owned(), function, split(&self.arguments)?)
        };
        experiment.validate().map_err(|error| units::capitalised(&error.to_string()))?;
        Ok(experiment)
    }

    /// Takes over the functions of the file.
    fn list(&mut self, listed: Result<Vec<Function>, ListError>) {
        self.field.busy = false;
        self.functions = match listed {
            Ok(functions) => {
                self.field.problem = functions.is_empty().then(|| "The file defines no function".to_owned());
                functions
            }
            Err(error) => {
                self.field.problem = Some(printable::message(&error.to_string()).into_owned());
                Vec::new()
            }
        };
        if let Some(first) = self.functions.first().cloned() {
            self.choose(&first);
        }
    }

    fn choose(&mut self, function: &Function) {
        self.function = Some(function.name.clone());
        self.arguments = if function.parameters.is_empty() { String::new() } else { "{index}".to_owned() };
    }
}

impl Lab {
    pub(super) fn open_own_code(&mut self, is_command: bool) {
        self.dialog = Some(Dialog::OwnCode(OwnCodeDialog::new(is_command, &self.services.start_folder)));
    }

    /// Applies a command to the dialog. Returns true if the dialog is to be closed.
    pub(super) fn apply_to_own_code(&mut self, dialog: &mut OwnCodeDialog, command: Command) -> bool {
        match command {
            Command::DialogPath(path) => {
                dialog.field.path = path;
                dialog.field.problem = None;
                dialog.field.busy &= !dialog.awaits_python;
                dialog.awaits_python = false;
                dialog.functions.clear();
                dialog.function = None;
            }
            Command::ListFunctions => self.list_functions(dialog),
            Command::ChooseFunction(name) => {
                if let Some(function) = dialog.functions.iter().find(|one| one.name == name).cloned() {
                    dialog.choose(&function);
                }
            }
            Command::DialogArguments(arguments) => dialog.arguments = arguments,
            Command::ConfirmDialog { .. } => match dialog.experiment() {
                Ok(experiment) => {
                    self.begin_experiment(experiment);
                    return true;
                }
                Err(problem) => dialog.field.problem = Some(printable::message(&problem).into_owned()),
            },
            _ => {}
        }
        false
    }

    fn list_functions(&mut self, dialog: &mut OwnCodeDialog) {
        let interpreter = self.draft.interpreters().usable.first().map(|one| one.path.clone());
        let path = PathBuf::from(dialog.field.path.trim());
        dialog.field.problem = None;
        dialog.awaits_python = interpreter.is_none() && self.interpreters.is_none();
        if dialog.awaits_python {
            dialog.field.busy = true;
            return;
        }
        let started = self.jobs.spawn("lab-functions", move || {
            let listed = list_functions(interpreter.as_deref(), &path);
            Report::FunctionsListed(path, listed)
        });
        dialog.field.busy = started.is_ok();
        self.check(started);
    }

    /// Lists the functions of the file that waits for the search for interpreters, which has ended.
    pub(super) fn list_awaited_functions(&mut self) {
        match self.dialog.take() {
            Some(Dialog::OwnCode(mut dialog)) if dialog.awaits_python => {
                self.list_functions(&mut dialog);
                self.dialog = Some(Dialog::OwnCode(dialog));
            }
            other => self.dialog = other,
        }
    }

    /// Shows the functions of a file, if the dialog still has its path.
    pub(super) fn functions_listed(&mut self, path: PathBuf, listed: Result<Vec<Function>, ListError>) {
        if let Some(Dialog::OwnCode(dialog)) = &mut self.dialog
            && path == Path::new(dialog.field.path.trim())
        {
            dialog.list(listed);
        }
    }

    /// Reads the code of an experiment before its run. Returns false for one without code.
    pub(super) fn reads_code(&mut self, experiment: &Arc<Experiment>) -> bool {
        if !experiment.workload.steps().iter().any(Step::is_own_code) {
            return false;
        }
        let (experiment, consents) = (Arc::clone(experiment), self.services.consents.clone());
        let interpreters = Arc::clone(self.draft.interpreters());
        let started = self
            .jobs
            .spawn("lab-code", move || Report::CodeRead(CodeRead::of(experiment, &interpreters, consents.as_ref())));
        self.check(started);
        true
    }

    /// Starts the run of code that the user has agreed to before; asks about other code.
    pub(super) fn code_read(&mut self, read: CodeRead) {
        let CodeRead { experiment, code, is_covered } = read;
        if self.is_running() || !Arc::ptr_eq(&experiment, self.draft.to_run()) {
            return;
        }
        match code {
            Ok(code) if is_covered => self.start_run(code.into()),
            Ok(code) => {
                let questions = code.iter().map(OwnCode::question).collect();
                self.dialog = Some(Dialog::Consent(ConsentDialog { experiment, code: code.into(), questions }));
            }
            Err(error) => self.problem(format!("This experiment can't run: {error}")),
        }
    }

    /// Runs the code that the user has been shown, and remembers the consent.
    pub(super) fn agree(&mut self, consent: &ConsentDialog) {
        if let Some(consents) = self.services.consents.clone() {
            let code = Arc::clone(&consent.code);
            let started = self.jobs.spawn("lab-consent", move || Report::ConsentStored(consents.remember(&code)));
            self.check(started);
        }
        if !self.is_running() && Arc::ptr_eq(&consent.experiment, self.draft.to_run()) {
            self.start_run(Arc::clone(&consent.code));
        }
    }
}
