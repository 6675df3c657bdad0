//! What can go wrong with a CPython interpreter that runs the lab's program.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Exit, ShownPath, SystemError, write_last_words};

/// What went wrong with an interpreter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "failure", rename_all = "kebab-case")]
pub enum InterpreterFailure {
    /// It, or a thread that listens to it, could not be started.
    NotStarted {
        /// The system's answer.
        error: SystemError,
    },
    /// The lab's program could not be written to its folder.
    ProgramNotWritten {
        /// The folder.
        folder: ShownPath,
        /// The system's answer.
        error: SystemError,
    },
    /// It answered before it was asked.
    AnsweredEarly,
    /// It did not start the lab's program in time.
    NoGreeting {
        /// The time it had, seconds.
        seconds: u64,
    },
    /// It printed too much before the lab's program began.
    TooMuchOutput {
        /// The most that is read, bytes.
        bytes: u64,
    },
    /// Its message can't be decoded.
    Unreadable,
    /// It sent a message that does not belong here.
    Unexpected,
    /// It could not be sent a message.
    NotSent {
        /// The system's answer.
        error: SystemError,
    },
    /// Its report can't be decoded.
    BadReport {
        /// What is wrong with it.
        detail: String,
    },
    /// It sent no calibration in time.
    NoCalibration {
        /// The time it had, seconds.
        seconds: u64,
    },
    /// It ended without a result.
    Exited {
        /// How it ended; `None` where the system did not report it.
        exit: Option<Exit>,
        /// The last line on its stderr.
        last_words: Option<String>,
    },
    /// The lab's program reported a problem.
    Reported {
        /// What kind of problem.
        problem: ReportedProblem,
        /// The exception, in Python's words.
        message: String,
    },
}

/// A problem that the Python program reports. A step that failed is a [`StepFailure`](super::StepFailure) instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "problem", rename_all = "kebab-case")]
pub enum ReportedProblem {
    /// The process of a task failed before its first step.
    Task {
        /// The task, from 0; `None` where the message is the whole sentence.
        #[serde(default)]
        task: Option<u32>,
    },
    /// The process of a task ended without a message.
    TaskProcess {
        /// The task, from 0.
        task: u32,
        /// Its exit code; below 0 the number of the signal that ended it.
        exit_code: i64,
    },
    /// Some of the workers of a pool did not start.
    WorkersMissing {
        /// How many are up.
        started: u32,
        /// How many there should be.
        wanted: u32,
    },
    /// A worker process died.
    WorkerDied,
    /// No further thread could be started.
    ThreadLimit,
    /// No further process could be started.
    ProcessLimit,
    /// A file system has no space left.
    NoSpace {
        /// The one that is full, where it is known.
        #[serde(default)]
        folder: Option<ShownPath>,
    },
    /// Shared memory for locks and queues is not usable.
    NoSharedMemory,
    /// Anything else.
    Other,
}

impl InterpreterFailure {
    /// The sentence. `title`: "Python 3.11".
    pub(super) fn write(&self, f: &mut impl fmt::Write, title: &str, program: &ShownPath) -> fmt::Result {
        let who = format!("{title} ({})", program);
        match self {
            Self::NotStarted { error } => write!(f, "{who} could not be started: {error}"),
            Self::ProgramNotWritten { folder, error } => {
                write!(f, "{title}: the lab's program could not be written to {}: {error}{}", folder, error.remedy())
            }
            Self::AnsweredEarly => write!(f, "{who} answered before it was asked"),
            Self::NoGreeting { seconds } => {
                write!(f, "{who} did not start within {seconds} s; it may hang at its start")
            }
            Self::TooMuchOutput { bytes } => {
                write!(f, "{who} printed more than {bytes} bytes before it began: not the lab's program")
            }
            Self::Unreadable => write!(f, "{who} said something that can't be read"),
            Self::Unexpected => write!(f, "{who} said something that was not asked"),
            Self::NotSent { error } => write!(f, "{who} could not be told to go on: {error}"),
            Self::BadReport { detail } => write!(f, "the interpreter's report can't be read: {detail}"),
            Self::NoCalibration { seconds } => write!(f, "no speed came within {seconds} s"),
            Self::Exited { exit, last_words } => {
                match exit {
                    Some(exit) if exit.killed => write!(
                        f,
                        "{who} was ended from outside ({exit}): by hand, or by the system for want of memory"
                    )?,
                    Some(exit) => write!(f, "{who} ended without a result ({exit})")?,
                    None => write!(f, "{who} was lost")?,
                }
                write_last_words(f, last_words.as_deref())
            }
            Self::Reported { problem, message } => problem.write(f, title, message),
        }
    }
}

impl ReportedProblem {
    fn write(&self, f: &mut impl fmt::Write, title: &str, message: &str) -> fmt::Result {
        let hint = match self {
            Self::Task { task: None } => return f.write_str(message),
            Self::Task { task: Some(task) } => return write!(f, "task {task}: {message}"),
            Self::TaskProcess { task, exit_code } => {
                return write!(f, "the process of task {task} ended with exit code {exit_code}");
            }
            Self::WorkersMissing { started, wanted } => {
                return write!(f, "{title} could not go on: only {started} of {wanted} interpreters started");
            }
            Self::NoSpace { folder: Some(folder) } => {
                return write!(f, "{title} could not go on ({message}): {} is full", folder);
            }
            Self::ThreadLimit => ": the system allows no more threads here",
            Self::ProcessLimit => ": the system allows no more processes here",
            Self::WorkerDied => ": a worker process was ended from outside, or died",
            Self::NoSharedMemory => {
                ": multiprocessing keeps its locks and queues in /dev/shm, which has to exist, be writable and have \
                 free space"
            }
            Self::NoSpace { folder: None } | Self::Other => "",
        };
        write!(f, "{title} could not go on ({message}){hint}")
    }
}
