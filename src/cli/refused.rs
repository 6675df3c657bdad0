//! Refusals of the command line and how they are shown: mistakes of a file with excerpt and caret, all else as
//! one message.

use std::io;
use std::path::PathBuf;

use super::diagnostics;
use super::terminal::{complain, complain_with_excerpts};
use crate::bounded_read::ReadError;
use crate::code::words::UnevenQuotes;
use crate::cpus::CpusUnavailable;
use crate::experiment::file::LoadError;
use crate::experiment::validate::{Invalid, MOST_MODELS};
use crate::model::InvalidContender;
use crate::printable;
use crate::python::StartMethod;
use crate::session::interpreters::function_check::{FunctionFault, UnusableCode};

/// Reason why tasks can't be scaled to a duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unscaled {
    List,
    Classes,
    Untimed,
}

/// Reason why an experiment is not run, or not found.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    /// The file can't be loaded.
    #[error(transparent)]
    File(#[from] LoadError),
    /// No preset has this id.
    #[error("unknown preset \"{}\"; there are {}, files that end in .toml, and functions as FILE.py:FUNCTION", printable::value(.id), .known.join(", "))]
    UnknownPreset { id: String, known: Vec<String> },
    /// A stored run instead of an experiment.
    #[error(
        "{run} is a stored run, not an experiment: \"concurrency-lab show {run}\" prints it, and \"concurrency-lab {run}\" opens it in the window, where it can be run again",
        run = printable::path(.path)
    )]
    IsStoredRun { path: PathBuf },
    /// A number of tasks for a task list.
    #[error("--tasks {tasks}: \"{id}\" has a list of {listed} tasks")]
    TasksOfAList { tasks: u32, id: String, listed: usize },
    /// A number of tasks for classes.
    #[error(
        "--tasks {tasks}: \"{id}\" has classes, which have tasks of their own; --sweep class.NAME.tasks=… changes those of one"
    )]
    TasksOfClasses { tasks: u32, id: String },
    /// A duration for tasks that have none to scale.
    #[error("--task-ms {task_ms}: \"{id}\" {}", match .tasks {
        Unscaled::List => "has a task list, whose tasks have durations of their own",
        Unscaled::Classes => "has classes, whose tasks have steps of their own",
        Unscaled::Untimed => "has no timed step to scale",
    })]
    NothingToScale { task_ms: f64, id: String, tasks: Unscaled },
    /// Too many models.
    #[error("--models names {0} models: at most {MOST_MODELS} are allowed")]
    TooManyModels(usize),
    /// A model that does not exist.
    #[error("{flag}: {error}")]
    Model { flag: &'static str, error: InvalidContender },
    /// The experiment with these flags is not allowed.
    #[error("{}: {error}", printable::line(what))]
    Invalid { what: String, error: Invalid },
    /// A start method without a model that starts processes.
    #[error(
        "--start-method {}: no chosen model starts processes of Python; name one, as in --models py-sequential,py-processes",
        .0.name()
    )]
    NothingStarts(StartMethod),
    /// A start method that an interpreter does not have.
    #[error("--start-method {}: {reason}", .method.name())]
    CanNotStart { method: StartMethod, reason: String },
    /// A set of CPUs that this machine does not have.
    #[error("{flag}: {error}")]
    Cpus { flag: &'static str, error: CpusUnavailable },
    /// The code that the experiment names can't be used.
    #[error("{}{}{error}", printable::line(what), if what.is_empty() { "" } else { ": " })]
    Code { what: String, error: Box<UnusableCode> },
    /// A file that names code is run without a terminal to ask on.
    #[error("it was not run: there is no terminal to ask on. Look at the code, then agree with --allow-code")]
    NeedsConsent,
    /// The user did not agree.
    #[error("it was not run, since you did not agree")]
    NotAgreed,
    /// The command can't be split into arguments.
    #[error("--command {}: {error}", printable::value(line))]
    Command { line: String, error: UnevenQuotes },
    /// The file of a function can't be read.
    #[error("{} can't be read: {error}", printable::value(name))]
    UnreadableCode { name: String, error: ReadError },
    /// The function can't be called.
    #[error("{}: {fault}{}", printable::value(name), remedy(fault))]
    Function { name: String, fault: FunctionFault },
    /// `--argument` without a function.
    #[error("--argument: only FILE.py:FUNCTION takes arguments")]
    NoFunctionForArguments,
    /// The lab can't be started as its own runner.
    #[error("the lab can't find its own executable: {0}")]
    NoExecutable(io::Error),
}

impl Refused {
    /// Writes the message to stderr and returns the exit status given.
    pub(super) fn complain(&self, status: u8) -> u8 {
        match self {
            Self::File(LoadError::Mistakes(mistakes)) => {
                complain_with_excerpts(mistakes);
                complain(status, &diagnostics::summary(mistakes))
            }
            other => complain(status, &other.to_string()),
        }
    }
}

fn remedy(fault: &FunctionFault) -> &'static str {
    match fault {
        FunctionFault::NotNamed { known }
        | FunctionFault::Missing { known, .. }
        | FunctionFault::NotCallable { known, .. }
            if !known.is_empty() =>
        {
            "; call one as FILE.py:FUNCTION"
        }
        FunctionFault::TooFewArguments { .. } => "; give each with --argument",
        _ => "",
    }
}
