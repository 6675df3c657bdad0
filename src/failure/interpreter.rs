//! Failures of a CPython interpreter that runs the lab's program.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::last_line::write_quotation;
use super::{Exit, ShownPath, SystemError};

/// Failure of an interpreter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "failure", rename_all = "kebab-case")]
pub enum InterpreterFailure {
    /// It, or a thread that reads from it, could not be started.
    NotStarted {
        /// The operating system's error.
        error: SystemError,
    },
    /// The lab's program could not be written to its folder.
    ProgramNotWritten {
        /// The folder.
        folder: ShownPath,
        /// The operating system's error.
        error: SystemError,
    },
    /// It sent a message before its request.
    AnsweredEarly,
    /// It did not start the lab's program in time.
    NoGreeting {
        /// Time limit, seconds.
        seconds: u64,
    },
    /// It printed too much before the lab's program began.
    TooMuchOutput {
        /// Limit, bytes.
        bytes: u64,
    },
    /// Its message can't be decoded.
    Unreadable,
    /// It sent an unexpected message.
    Unexpected,
    /// A message could not be sent to it.
    NotSent {
        /// The operating system's error.
        error: SystemError,
    },
    /// Its report can't be decoded.
    BadReport {
        /// Error of the decoder.
        detail: String,
    },
    /// It sent no calibration in time.
    NoCalibration {
        /// Time limit, seconds.
        seconds: u64,
    },
    /// It ended without a result.
    Exited {
        /// Exit status; `None` if the system did not report it.
        exit: Option<Exit>,
        /// The last line on its stderr.
        last_words: Option<String>,
    },
    /// The lab's program reported a problem.
    Reported {
        /// Kind of problem.
        problem: ReportedProblem,
        /// The exception as Python formats it.
        message: String,
    },
}

/// A version that dask needs to be the same in client, scheduler and workers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DifferingVersions {
    /// "python", "dask", "distributed".
    pub package: String,
    /// Version in this interpreter.
    pub here: String,
    /// Version of the other.
    pub there: String,
    /// Address of the worker; `None` if it is the scheduler.
    #[serde(default)]
    pub worker: Option<String>,
}

/// A problem that the Python program reports. A step that failed is a [`StepFailure`](super::StepFailure) instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "problem", rename_all = "kebab-case")]
pub enum ReportedProblem {
    /// The process of a task failed before its first step.
    Task {
        /// The task, from 0; `None` if the message is the complete sentence.
        #[serde(default)]
        task: Option<u32>,
    },
    /// The process of a task ended without a message.
    TaskProcess {
        /// The task, from 0.
        task: u32,
        /// Exit code; if negative, the number of the signal that ended it.
        exit_code: i64,
    },
    /// Some of the workers of a pool did not start.
    WorkersMissing {
        /// Number of workers that started.
        started: u32,
        /// Number of workers to start.
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
        /// Folder on the file system that is full, if known.
        #[serde(default)]
        folder: Option<ShownPath>,
    },
    /// Shared memory for locks and queues is not usable.
    NoSharedMemory,
    /// The user's code can't be loaded, or has no such function. The message is the complete reason.
    Code,
    /// The result of a function can't be sent to another process.
    Result {
        /// The task, from 0, if known.
        #[serde(default)]
        task: Option<u32>,
    },
    /// A function forked a process that came back from it.
    Forked {
        /// The task, from 0.
        task: u32,
    },
    /// There is no dask scheduler at an address, or it does not answer.
    SchedulerUnreachable {
        /// The address.
        address: String,
    },
    /// A dask scheduler or worker has another version of something than this interpreter.
    VersionsDiffer(Box<DifferingVersions>),
    /// A dask scheduler has no worker.
    NoWorkers {
        /// Address of the scheduler.
        address: String,
    },
    /// A dask scheduler lost a worker during the trial.
    WorkerLost {
        /// Address of the worker.
        worker: String,
    },
    /// A dask scheduler got another worker during the trial.
    WorkerJoined {
        /// Address of the worker.
        worker: String,
    },
    /// The connection to a dask scheduler ended during the trial.
    SchedulerLost,
    /// Anything else.
    Other,
}

impl InterpreterFailure {
    /// Writes the sentence. `title` is that of the host: "Python 3.11".
    pub(super) fn write(&self, f: &mut impl fmt::Write, title: &str, program: &ShownPath) -> fmt::Result {
        let interpreter = format!("{title} ({})", program);
        match self {
            Self::NotStarted { error } => write!(f, "{interpreter} could not be started: {error}"),
            Self::ProgramNotWritten { folder, error } => {
                write!(f, "{title}: the lab's program could not be written to {}: {error}{}", folder, error.remedy())
            }
            Self::AnsweredEarly => write!(f, "{interpreter} sent a message before its request"),
            Self::NoGreeting { seconds } => {
                write!(f, "{interpreter} did not start within {seconds} s; it may hang at its start")
            }
            Self::TooMuchOutput { bytes } => {
                write!(f, "{interpreter} printed more than {bytes} bytes before the lab's program started")
            }
            Self::Unreadable => write!(f, "{interpreter} sent a message that can't be decoded"),
            Self::Unexpected => write!(f, "{interpreter} sent an unexpected message"),
            Self::NotSent { error } => write!(f, "a message could not be sent to {interpreter}: {error}"),
            Self::BadReport { detail } => write!(f, "the interpreter's report can't be read: {detail}"),
            Self::NoCalibration { seconds } => write!(f, "no calibration arrived within {seconds} s"),
            Self::Exited { exit, last_words } => {
                match exit {
                    Some(exit) if exit.killed => write!(
                        f,
                        "{interpreter} was killed ({exit}): by its own code, by another process, or by the system, for example \
                         because memory ran out"
                    )?,
                    Some(exit) => write!(f, "{interpreter} ended without a result ({exit})")?,
                    None => write!(f, "{interpreter} was lost")?,
                }
                write_quotation(f, last_words.as_deref())
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
                return write!(f, "the process of task {task} ended with {}", Exit::of_python(*exit_code as i32));
            }
            Self::WorkersMissing { started, wanted } => {
                return write!(f, "{title} could not go on: only {started} of {wanted} interpreters started");
            }
            Self::NoSpace { folder: Some(folder) } => {
                return write!(f, "{title} could not go on ({message}): {} is full", folder);
            }
            Self::Code => return f.write_str(message),
            Self::Result { task } => {
                f.write_str("the result")?;
                task.map_or(Ok(()), |task| write!(f, " of task {task}"))?;
                return write!(f, " can't be sent between processes, as this model has to: {message}");
            }
            Self::Forked { task } => {
                return write!(
                    f,
                    "task {task}: the function forked a process that returned from it; end such a process with os._exit"
                );
            }
            Self::SchedulerUnreachable { address } => {
                return write!(f, "{title} reached no dask scheduler at {address} ({message})");
            }
            Self::VersionsDiffer(versions) => {
                let DifferingVersions { package, here, there, worker } = &**versions;
                let who = worker.as_ref().map_or_else(|| "the scheduler".to_owned(), |one| format!("the worker {one}"));
                return write!(
                    f,
                    "{title} has {package} {here}, and {who} has {package} {there}: dask needs the same in client, scheduler \
                     and workers"
                );
            }
            Self::NoWorkers { address } => {
                return write!(f, "the dask scheduler at {address} has no worker; `dask worker {address}` starts one");
            }
            Self::WorkerLost { worker } => {
                return write!(
                    f,
                    "the dask scheduler lost the worker {worker} during the trial: it or its connection ended"
                );
            }
            Self::WorkerJoined { worker } => {
                return write!(
                    f,
                    "the dask scheduler got the worker {worker} during the trial, which does not have the trial's functions; \
                     run again"
                );
            }
            Self::SchedulerLost => {
                return write!(
                    f,
                    "{title} lost the dask scheduler during the trial: it or its connection ended ({message})"
                );
            }
            Self::ThreadLimit => ": the system allows no more threads here",
            Self::ProcessLimit => ": the system allows no more processes here",
            Self::WorkerDied => {
                ": a worker process died: by its own code, by another process, or by the system, for example because \
                 memory ran out"
            }
            Self::NoSharedMemory => {
                ": multiprocessing keeps its locks and queues in /dev/shm, which has to exist, be writable and have \
                 free space"
            }
            Self::NoSpace { folder: None } | Self::Other => "",
        };
        write!(f, "{title} could not go on ({message}){hint}")
    }
}
