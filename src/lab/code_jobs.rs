//! Jobs about the user's own code: listing the functions of a file, and reading code before a run. Both block.

use std::path::Path;
use std::sync::Arc;

use crate::bounded_read::{self, ReadError};
use crate::code::{Consents, LARGEST_SOURCE, OwnCode};
use crate::experiment::Experiment;
use crate::python::Interpreters;
use crate::session::interpreters::function_check::{UnusableCode, read_code};
use crate::session::interpreters::functions::{Function, FunctionsError, functions};

/// Reason why the functions of a file can't be listed.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// No interpreter was found that could read it.
    #[error("There is no Python interpreter to read the file with")]
    NoInterpreter,
    /// The file can't be read.
    #[error("The file can't be read: {0}")]
    Unreadable(#[from] ReadError),
    /// It is no Python.
    #[error(transparent)]
    Functions(#[from] FunctionsError),
}

/// Code that was read before a run.
#[derive(Debug)]
pub struct CodeRead {
    /// The experiment that is to run.
    pub experiment: Arc<Experiment>,
    /// The code of its steps.
    pub code: Result<Vec<OwnCode>, UnusableCode>,
    /// True if the user has agreed to it before.
    pub is_covered: bool,
}

/// Lists the functions of a file.
pub(super) fn list_functions(interpreter: Option<&Path>, path: &Path) -> Result<Vec<Function>, ListError> {
    let interpreter = interpreter.ok_or(ListError::NoInterpreter)?;
    Ok(functions(interpreter, &bounded_read::file(path, LARGEST_SOURCE)?)?)
}

impl CodeRead {
    /// Reads, hashes and checks the code of an experiment.
    pub(super) fn of(experiment: Arc<Experiment>, interpreters: &Interpreters, consents: Option<&Consents>) -> Self {
        let code = read_code(&experiment, interpreters);
        let is_covered = consents.zip(code.as_ref().ok()).is_some_and(|(consents, code)| consents.cover(code));
        Self { experiment, code, is_covered }
    }
}
