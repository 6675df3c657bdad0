//! Refusals of the command line and how they are shown: mistakes of a file with excerpt and caret, all else as
//! one message.

use std::io;

use super::diagnostics;
use super::terminal::{complain, complain_with_excerpts};
use crate::experiment::file::LoadError;
use crate::experiment::validate::{Invalid, MOST_MODELS};
use crate::model::UnknownModel;
use crate::printable;
use crate::python::StartMethod;

/// Why tasks can't be scaled to a duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unscaled {
    List,
    Classes,
    Untimed,
}

/// Why an experiment is not run, or not found.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    /// The file can't be loaded.
    #[error(transparent)]
    File(#[from] LoadError),
    /// No preset has this id.
    #[error("unknown preset \"{}\"; there are {}, and files that end in .toml", printable::value(.id), .known.join(", "))]
    UnknownPreset { id: String, known: Vec<String> },
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
    Model { flag: &'static str, error: UnknownModel },
    /// The experiment with these flags is not allowed.
    #[error("{what}: {error}")]
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
