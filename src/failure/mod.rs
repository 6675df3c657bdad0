//! Failures of trials, calibrations and runs: typed facts that are passed from the runner to files and the screen, and
//! one sentence for each. Nothing here decides how to handle a failure.

mod action;
mod exit;
mod interpreter;
mod last_line;
mod lock_graph;
mod protocol;
mod shown_path;
mod step;
mod system_error;
#[cfg(test)]
mod tests;
mod time_out;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use action::Action;
pub use exit::{Exit, Signal};
pub use interpreter::{DifferingVersions, InterpreterFailure, ReportedProblem};
pub use last_line::{last_line, last_lines};
pub use lock_graph::{HeldLock, LockGraph, LockHolder};
pub use protocol::{MissingPart, ProtocolFailure};
pub use shown_path::ShownPath;
pub use step::{StepAction, StepFailure, StepProblem};
pub use system_error::{StorageLimit, SystemError};
pub use time_out::TrialState;

use crate::{printable, units};
use last_line::write_quotation;

/// Reason why something could not be done. `Display` writes one sentence without a full stop that is safe to print and
/// to send on: text of other programs has its hidden characters escaped, and the home folder is `~`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Failure {
    /// The trial took longer than its time-out.
    TimedOut {
        /// The time-out, seconds.
        after_seconds: f64,
        /// Progress of the trial.
        state: TrialState,
    },
    /// The trial's checksum differs from that of the other models.
    ChecksumDiffers {
        /// Checksum of this trial.
        found: u64,
        /// Checksum of the other models.
        expected: u64,
    },
    /// A span ends before it starts.
    SpanReversed {
        /// The task, from 0.
        task: u64,
    },
    /// A task was submitted and has no span.
    SpanMissing {
        /// The task, from 0.
        task: u64,
    },
    /// The number of requests that the HTTP server answered differs from the number that the tasks make.
    RequestsMissing {
        /// Requests answered.
        answered: u64,
        /// Requests expected.
        expected: u64,
    },
    /// A step of a task failed.
    Step(StepFailure),
    /// An async task panicked or was aborted.
    TaskLost {
        /// The task, from 0.
        task: u32,
        /// The runtime's message.
        message: String,
    },
    /// A thread of the pool panicked.
    ThreadPanicked,
    /// The system refused to start one more thread or process.
    Limit {
        /// Number alive when the system refused.
        alive: u32,
        /// Kind of unit.
        unit: LimitedUnit,
        /// The operating system's error.
        error: SystemError,
    },
    /// The threads of a runtime did not all start in time.
    ThreadsNotUp {
        /// Number of threads to start.
        threads: u32,
        /// Time limit, seconds.
        seconds: u64,
    },
    /// The runner ended without a result.
    RunnerExited {
        /// Exit status; `None` if the system did not report it.
        exit: Option<Exit>,
        /// Number of threads or processes alive at its last report.
        alive: Option<u32>,
        /// The last line on its stderr.
        last_words: Option<String>,
    },
    /// The runner closed its pipes without a result and kept running.
    RunnerStuck {
        /// Time limit for its exit, seconds.
        seconds: u64,
        /// The last line on its stderr.
        last_words: Option<String>,
    },
    /// A worker process of the pool ended, or its pipe broke.
    WorkerLost {
        /// Worker and task, if the task is known.
        at: Option<WorkerTask>,
        /// Exit status; `None` if it is still running.
        exit: Option<Exit>,
        /// The error of its pipe.
        error: SystemError,
    },
    /// A worker process of the pool ended with an error after its work.
    WorkerExited {
        /// Exit status.
        exit: Exit,
    },
    /// The process of one task failed.
    TaskProcessExited {
        /// Exit status.
        exit: Exit,
        /// The first line on its stderr.
        first_words: Option<String>,
    },
    /// The HTTP server of the trial ended.
    ServerExited {
        /// Exit status.
        exit: Exit,
    },
    /// The HTTP server of the trial had no file descriptor left for a connection.
    ServerOutOfFiles {
        /// Limit on open files of a process; `None` if not known.
        limit: Option<u64>,
    },
    /// A CPython interpreter failed.
    Interpreter {
        /// Title of the host: "Python 3.11".
        title: String,
        /// Executable of the interpreter.
        program: ShownPath,
        /// Cause of the failure.
        failure: InterpreterFailure,
    },
    /// A kernel could not be calibrated.
    Calibration {
        /// The kernel's name.
        kernel: String,
        /// Title of the host if it is an interpreter: "Python 3.11".
        host: Option<String>,
        /// The failure of the calibration.
        cause: Box<Self>,
    },
    /// A host has no calibration in a run that was started earlier.
    NotCalibrated {
        /// The host's title.
        host: String,
    },
    /// A kernel of the plan has no calibration.
    KernelNotCalibrated {
        /// The kernel's name.
        kernel: String,
    },
    /// The workload does not have the setting that is swept, or not these values.
    InvalidSweep {
        /// Name of the setting.
        key: String,
    },
    /// A call to the operating system failed.
    System {
        /// The action that failed.
        action: Action,
        /// The operating system's error.
        error: SystemError,
    },
    /// The system does not report how much CPU time other programs use.
    OthersUnknown,
    /// The session's thread ended without a report.
    SessionLost,
    /// The lab ended before its session: the run was read back from its record.
    LabEnded,
    /// A stored failure of another version of the lab that this version does not know.
    Stored {
        /// The sentence of the version that stored it.
        sentence: String,
    },
    /// A child process does not follow the protocol.
    Protocol(ProtocolFailure),
    /// There is too little free space for the files of the tasks.
    NoSpace {
        /// The folder.
        folder: ShownPath,
        /// Bytes that the files need.
        wanted_bytes: u64,
        /// Bytes that are free.
        free_bytes: u64,
    },
    /// The folder for temporary files has a name that can't be passed to other programs.
    FolderNotUtf8 {
        /// The folder.
        folder: ShownPath,
    },
    /// A step runs code that the user has not agreed to, or that was not read before the run.
    NoConsent,
    /// A program of the user's was replaced or written after the user agreed to run it.
    CodeChanged {
        /// The program.
        path: ShownPath,
    },
    /// A bare program of the self-check ended without a result, or did not end.
    BareProgram {
        /// Exit status; `None` if it did not end by itself, or if the system did not report it.
        exit: Option<Exit>,
        /// The last line on its stderr.
        last_words: Option<String>,
    },
    /// The machine's memory has no room for buffers that exceed the cache.
    BufferFitsCache {
        /// Size of the last-level cache.
        cache_bytes: u64,
        /// Size of a buffer that would fit into memory.
        buffer_bytes: u64,
        /// Number of buffers needed at once.
        copies: u64,
    },
}

/// Unit of concurrency whose number the system limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LimitedUnit {
    /// OS threads.
    Threads,
    /// Processes, one for each task.
    Processes,
    /// Worker processes of a pool.
    WorkerProcesses,
}

/// Worker process that was lost, and its task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerTask {
    /// The worker, from 0.
    pub worker: u32,
    /// The task that it was running, from 0.
    pub task: u32,
}

impl Failure {
    /// Creates the failure of a system that refused to start one more `unit` when `alive` of them were alive.
    #[must_use]
    pub fn limit(alive: u32, unit: LimitedUnit, error: &std::io::Error) -> Self {
        Self::Limit { alive, unit, error: error.into() }
    }

    /// Creates the failure of an action that the operating system refused.
    #[must_use]
    pub fn system(action: Action, error: &std::io::Error) -> Self {
        Self::System { action, error: error.into() }
    }

    /// Creates the failure of a request that lacks a part.
    #[must_use]
    pub const fn incomplete(missing: MissingPart) -> Self {
        Self::Protocol(ProtocolFailure::Incomplete { missing })
    }

    /// Returns the tasks with their locks if the failure is a deadlock.
    #[must_use]
    pub fn deadlock(&self) -> Option<&LockGraph> {
        match self {
            Self::TimedOut { state: TrialState::Locked(graph), .. } if graph.has_cycle() => Some(graph),
            _ => None,
        }
    }

    /// Returns how many threads or processes were alive when the system refused to start one more.
    #[must_use]
    pub const fn limit_reached(&self) -> Option<(u32, LimitedUnit)> {
        match self {
            Self::Limit { alive, unit, .. } => Some((*alive, *unit)),
            _ => None,
        }
    }

    fn write(&self, f: &mut impl fmt::Write) -> fmt::Result {
        match self {
            Self::TimedOut { after_seconds, state } => {
                write!(f, "timed out after {} s{state}", units::significant(*after_seconds, 3))
            }
            Self::ChecksumDiffers { found, expected } => write!(
                f,
                "the checksum is {found:#018x}, but that of the other models is {expected:#018x}: the work done differs"
            ),
            Self::SpanReversed { task } => {
                write!(f, "task {task} finished before it started: the clock of the spans is unusable")
            }
            Self::SpanMissing { task } => write!(f, "task {task} was submitted but has no span"),
            Self::RequestsMissing { answered, expected } => {
                write!(f, "the HTTP server answered {answered} requests instead of {expected}")
            }
            Self::Step(step) => write!(f, "{step}"),
            Self::TaskLost { task, message } => write!(f, "task {task} panicked or was aborted: {message}"),
            Self::LabEnded => f.write_str("the lab ended, or could store no more, before this run was over; the trials that were stored are kept"),
            Self::Stored { sentence } => f.write_str(sentence),
            Self::ThreadPanicked => f.write_str("a thread of the pool panicked"),
            Self::Limit { alive: 0, unit, error } => write!(f, "the system started no {unit}: {error}"),
            Self::Limit { alive, unit, error } => {
                let alive = units::count(u64::from(*alive));
                write!(f, "the system allows about {alive} {unit} here (starting one more: {error})")
            }
            Self::ThreadsNotUp { threads, seconds } => {
                write!(f, "the runtime's {threads} threads did not all start within {seconds} s")
            }
            Self::RunnerExited { exit, alive, last_words } => {
                exit::write_runner_exit(f, exit.as_ref(), *alive)?;
                write_quotation(f, last_words.as_deref())
            }
            Self::RunnerStuck { seconds, last_words } => {
                write!(f, "the runner closed its pipes without a result and did not end within {seconds} s")?;
                write_quotation(f, last_words.as_deref())
            }
            Self::WorkerLost { at, exit, error } => {
                match at {
                    Some(WorkerTask { worker, task }) => write!(f, "worker process {worker} was lost at task {task}")?,
                    None => f.write_str("a worker process was lost")?,
                }
                match exit {
                    Some(exit) => write!(f, ": it ended with {exit}"),
                    None => write!(f, " ({error})"),
                }
            }
            Self::WorkerExited { exit } => write!(f, "a worker process ended with {exit}"),
            Self::TaskProcessExited { exit, first_words } => {
                write!(f, "the process of a task ended with {exit}")?;
                write_quotation(f, first_words.as_deref())
            }
            Self::ServerExited { exit } => {
                write!(f, "the HTTP server of the trial was lost: it ended with {exit}")
            }
            Self::ServerOutOfFiles { limit } => {
                let limit = limit.map_or_else(String::new, |limit| format!(" (at most {limit})"));
                write!(
                    f,
                    "the HTTP server of the trial ran out of file descriptors{limit}, and requests waited for one: \
                     raise the limit with ulimit -n, or limit the tasks in flight"
                )
            }
            Self::Interpreter { title, program, failure } => failure.write(f, title, program),
            Self::Calibration { kernel, host, cause } => {
                let host = host.as_ref().map_or_else(String::new, |host| format!(" on {host}"));
                write!(f, "the {kernel} kernel could not be calibrated{host}: {cause}")
            }
            Self::NotCalibrated { host } => write!(f, "{host} could not be calibrated"),
            Self::KernelNotCalibrated { kernel } => write!(f, "the kernel {kernel} has not been calibrated"),
            Self::InvalidSweep { key } => write!(f, "{} can't be swept with this workload", printable::value(key)),
            Self::System { action, error } => action.write(f, error),
            Self::OthersUnknown => f.write_str(
                "this system does not report how much CPU time other programs use, so that nothing tells when it is quiet",
            ),
            Self::SessionLost => f.write_str("the measuring thread ended unexpectedly; finished trials are kept"),
            Self::Protocol(protocol) => write!(f, "{protocol}"),
            Self::NoSpace { folder, wanted_bytes, free_bytes } => write!(
                f,
                "the tasks' files need {} and {} has {} free (part of it is reserved): use fewer tasks or smaller files, \
                 or set TMPDIR (TMP on Windows) to a folder with more space",
                units::bytes(*wanted_bytes as f64),
                folder,
                units::bytes(*free_bytes as f64)
            ),
            Self::FolderNotUtf8 { folder } => write!(
                f,
                "the folder for temporary files, {}, has a name that is not UTF-8; set TMPDIR (TMP on Windows) to another",
                folder
            ),
            Self::NoConsent => f.write_str("its steps run code that nobody has agreed to run"),
            Self::CodeChanged { path } => {
                write!(f, "{path} has changed since you agreed to run it: start the run again to be asked")
            }
            Self::BareProgram { exit, last_words } => {
                match exit {
                    Some(exit) => write!(f, "the bare program ended without a result ({exit})")?,
                    None => f.write_str("the bare program gave no result in time")?,
                }
                write_quotation(f, last_words.as_deref())
            }
            Self::BufferFitsCache { cache_bytes, buffer_bytes, copies } => {
                let copies =
                    if *copies > 1 { format!(" for each of {copies} worker processes") } else { String::new() };
                write!(
                    f,
                    "memory steps need a buffer of more than twice the last-level cache ({}){copies}, but the memory of this \
                    machine has room for {} each: use fewer workers, or exclude the process pool",
                    units::bytes(*cache_bytes as f64),
                    units::bytes(*buffer_bytes as f64)
                )
            }
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sentence = String::new();
        self.write(&mut sentence)?;
        f.write_str(&printable::message(&printable::without_home(&sentence)))
    }
}

impl std::error::Error for Failure {}

impl From<StepFailure> for Failure {
    fn from(step: StepFailure) -> Self {
        Self::Step(step)
    }
}

impl fmt::Display for LimitedUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Threads => "threads",
            Self::Processes => "processes",
            Self::WorkerProcesses => "worker processes",
        })
    }
}
