//! Why a trial, a calibration or a run could not be done: the facts, as types that travel from the runner to files
//! and the screen, and the one sentence made of them. Nothing here decides what to do about it.

mod action;
mod exit;
mod interpreter;
mod lock_graph;
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
pub use interpreter::{InterpreterFailure, ReportedProblem};
pub use lock_graph::{HeldLock, LockGraph, LockHolder};
pub use shown_path::ShownPath;
pub use step::{StepAction, StepFailure, StepProblem};
pub use system_error::{StorageLimit, SystemError};
pub use time_out::TrialState;

use crate::{printable, units};

/// Why something could not be done. `Display` gives one sentence without a full stop, safe to print and to send on: text
/// that other programs wrote is quoted with its hidden characters made visible, and the home folder is `~`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Failure {
    /// The trial took longer than it may.
    TimedOut {
        /// The time-out, seconds.
        after_seconds: f64,
        /// How far the trial was.
        state: TrialState,
    },
    /// The trial's checksum differs from that of the other models.
    ChecksumDiffers {
        /// Of this trial.
        found: u64,
        /// Of the others.
        expected: u64,
    },
    /// A span ends before it starts.
    SpanReversed {
        /// The task, from 0.
        task: u64,
    },
    /// A task was handed over and has no span.
    SpanMissing {
        /// The task, from 0.
        task: u64,
    },
    /// The HTTP server answered another number of requests than the tasks make.
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
        /// How many of them were alive.
        alive: u32,
        /// What they are.
        unit: LimitedUnit,
        /// The system's answer.
        error: SystemError,
    },
    /// The threads of a runtime did not all start in time.
    ThreadsNotUp {
        /// How many there should be.
        threads: u32,
        /// The time they had, seconds.
        seconds: u64,
    },
    /// The runner ended without a result.
    RunnerExited {
        /// How it ended; `None` where the system did not report it.
        exit: Option<Exit>,
        /// Threads or processes alive when it last reported a number.
        alive: Option<u32>,
        /// The last line on its stderr.
        last_words: Option<String>,
    },
    /// The runner closed its pipes without a result and went on running.
    RunnerStuck {
        /// How long it was waited for, seconds.
        seconds: u64,
        /// The last line on its stderr.
        last_words: Option<String>,
    },
    /// A worker process of the pool ended, or its pipe broke.
    WorkerLost {
        /// Worker and task, where the task is known.
        at: Option<WorkerTask>,
        /// How it ended; `None` where it is still running.
        exit: Option<Exit>,
        /// The error of its pipe.
        error: SystemError,
    },
    /// A worker process of the pool ended with an error after its work.
    WorkerExited {
        /// How it ended.
        exit: Exit,
    },
    /// The process of one task failed.
    TaskProcessExited {
        /// How it ended.
        exit: Exit,
        /// The first line on its stderr.
        first_words: Option<String>,
    },
    /// The HTTP server of the trial ended.
    ServerExited {
        /// How it ended.
        exit: Exit,
    },
    /// The HTTP server of the trial had no file descriptor left for a connection.
    ServerOutOfFiles {
        /// Most open files of a process; `None` where the system does not say.
        limit: Option<u64>,
    },
    /// A CPython interpreter could not do its part.
    Interpreter {
        /// "Python 3.11".
        title: String,
        /// Its executable.
        program: ShownPath,
        /// What happened.
        failure: InterpreterFailure,
    },
    /// A kernel could not be calibrated.
    Calibration {
        /// The kernel's name.
        kernel: String,
        /// The host, where it is an interpreter: "Python 3.11".
        host: Option<String>,
        /// Why.
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
    /// The operating system refused something that the lab needs.
    System {
        /// What was to be done.
        action: Action,
        /// The system's answer.
        error: SystemError,
    },
    /// The session's thread ended without saying why.
    SessionLost,
    /// The lab ended before its session did: the run was read back from what is stored of it.
    LabEnded,
    /// A failure that another version of the lab has stored and this one does not know.
    Stored {
        /// The sentence of the version that stored it.
        sentence: String,
    },
    /// A child process does not follow the protocol.
    Protocol(ProtocolFailure),
    /// Too little free space for the files of the tasks.
    NoSpace {
        /// The folder.
        folder: ShownPath,
        /// Bytes that the files take.
        wanted_bytes: u64,
        /// Bytes free.
        free_bytes: u64,
    },
    /// The folder for temporary files has a name that can't be passed to other programs.
    FolderNotUtf8 {
        /// The folder.
        folder: ShownPath,
    },
    /// The machine's memory has no room for buffers that exceed the cache.
    BufferFitsCache {
        /// Size of the last-level cache.
        cache_bytes: u64,
        /// Size of a buffer that would fit into memory.
        buffer_bytes: u64,
        /// How many buffers are needed at once.
        copies: u64,
    },
}

/// What the system refused to start one more of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LimitedUnit {
    /// OS threads.
    Threads,
    /// A process for each task.
    Processes,
    /// Worker processes of a pool.
    WorkerProcesses,
}

/// Where a worker process was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerTask {
    /// The worker, from 0.
    pub worker: u32,
    /// The task that it had, from 0.
    pub task: u32,
}

/// How a child process breaks the protocol.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "kebab-case")]
pub enum ProtocolFailure {
    /// It sent spans and no report.
    NoReport,
    /// It sent a message that does not belong here.
    Unexpected,
    /// Its message can't be decoded.
    Unreadable {
        /// What is wrong with it.
        detail: String,
    },
    /// It belongs to another version of the lab.
    OtherVersion {
        /// Version of the lab that it belongs to.
        lab_version: String,
        /// Version of its protocol.
        protocol: u32,
        /// Version of this protocol.
        own_protocol: u32,
    },
    /// The executable is not the lab.
    NotARunner {
        /// The executable.
        program: ShownPath,
    },
    /// It sent no greeting.
    NoHello {
        /// The time it had, seconds.
        seconds: u64,
    },
    /// It did not read its request.
    RequestNotRead {
        /// The time it had, seconds.
        seconds: f64,
    },
    /// Calibrating took too long.
    CalibrationTooLong {
        /// The time it had, seconds.
        seconds: u64,
    },
    /// The calibration has no entry for the kernel.
    KernelMissing,
    /// A request lacks something that the work needs.
    Incomplete {
        /// What is missing.
        missing: MissingPart,
    },
}

/// A part of a trial's request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MissingPart {
    /// The private folder of the trial.
    Folder,
    /// The address of the HTTP server.
    Server,
    /// The interpreter of a Python model.
    Interpreter,
    /// The pipes of a child process.
    Pipes,
    /// A live feeder thread of the process pool.
    Feeder,
    /// A lock that works across processes.
    SharedCondvar,
}

impl Failure {
    /// The system refused to start one more of `unit` when `alive` of them were alive.
    #[must_use]
    pub fn limit(alive: u32, unit: LimitedUnit, error: &std::io::Error) -> Self {
        Self::Limit { alive, unit, error: error.into() }
    }

    /// The system refused something that the lab needs.
    #[must_use]
    pub fn system(action: Action, error: &std::io::Error) -> Self {
        Self::System { action, error: error.into() }
    }

    /// A request lacks something that the work needs.
    #[must_use]
    pub const fn incomplete(missing: MissingPart) -> Self {
        Self::Protocol(ProtocolFailure::Incomplete { missing })
    }

    /// Which task holds which lock, where two tasks wait for each other forever.
    #[must_use]
    pub fn deadlock(&self) -> Option<&LockGraph> {
        match self {
            Self::TimedOut { state: TrialState::Locked(graph), .. } if graph.has_cycle() => Some(graph),
            _ => None,
        }
    }

    /// Threads or processes alive when the system refused to start one more.
    #[must_use]
    pub const fn alive_at_limit(&self) -> Option<u32> {
        match self {
            Self::Limit { alive, .. } => Some(*alive),
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
                "the checksum is {found:#018x} where the other models have {expected:#018x}: not the same work was done"
            ),
            Self::SpanReversed { task } => {
                write!(f, "task {task} finished before it started: the clock of the spans is unusable")
            }
            Self::SpanMissing { task } => write!(f, "task {task} was handed over but left no record"),
            Self::RequestsMissing { answered, expected } => {
                write!(f, "the HTTP server answered {answered} requests where {expected} were to be made")
            }
            Self::Step(step) => write!(f, "{step}"),
            Self::TaskLost { task, message } => write!(f, "task {task} did not end well: {message}"),
            Self::LabEnded => f.write_str("the lab ended before this run was over; finished trials are kept"),
            Self::Stored { sentence } => f.write_str(sentence),
            Self::ThreadPanicked => f.write_str("a thread of the pool panicked"),
            Self::Limit { alive, unit, error } => {
                let alive = units::count(u64::from(*alive));
                write!(f, "the system allows about {alive} {unit} here (starting one more: {error})")
            }
            Self::ThreadsNotUp { threads, seconds } => {
                write!(f, "the runtime's {threads} threads did not all start within {seconds} s")
            }
            Self::RunnerExited { exit, alive, last_words } => {
                exit::write_runner_exit(f, exit.as_ref(), *alive)?;
                write_last_words(f, last_words.as_deref())
            }
            Self::RunnerStuck { seconds, last_words } => {
                write!(f, "the runner closed its pipes without a result and did not end within {seconds} s")?;
                write_last_words(f, last_words.as_deref())
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
                write_last_words(f, first_words.as_deref())
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
            Self::System { action, error } => action.write(f, error),
            Self::SessionLost => f.write_str("the measuring thread ended unexpectedly; finished trials are kept"),
            Self::Protocol(protocol) => write!(f, "{protocol}"),
            Self::NoSpace { folder, wanted_bytes, free_bytes } => write!(
                f,
                "the tasks' files take {} and {} has {} free (some of it is kept): use fewer tasks or smaller files, \
                 or set TMPDIR to a folder with more space",
                units::bytes(*wanted_bytes as f64),
                folder,
                units::bytes(*free_bytes as f64)
            ),
            Self::FolderNotUtf8 { folder } => write!(
                f,
                "the folder for temporary files, {}, has a name that is not UTF-8; set TMPDIR to another",
                folder
            ),
            Self::BufferFitsCache { cache_bytes, buffer_bytes, copies } => {
                let copies = if *copies > 1 {
                    format!("one for each of {copies} worker processes")
                } else {
                    "and the system beside it".to_owned()
                };
                write!(
                    f,
                    "memory steps need a buffer of more than twice the last-level cache of {}, {copies}; this \
                     machine's memory leaves room for {} each: use fewer workers, or leave the process pool out",
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

impl fmt::Display for ProtocolFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoReport => f.write_str("the runner sent spans without a report"),
            Self::Unexpected => f.write_str("the runner answered something that was not asked"),
            Self::Unreadable { detail } => write!(f, "the runner's answer can't be read: {detail}"),
            Self::OtherVersion { lab_version, protocol, own_protocol } => write!(
                f,
                "the runner is of version {lab_version} (protocol {protocol}), this is {} (protocol {own_protocol}): \
                 the program was replaced while it ran; start it again",
                env!("CARGO_PKG_VERSION")
            ),
            Self::NotARunner { program } => write!(f, "{} is no runner of the lab", program),
            Self::NoHello { seconds } => write!(f, "the runner did not say hello within {seconds} s"),
            Self::RequestNotRead { seconds } => write!(
                f,
                "the runner did not take its order within {} s: it was stopped, or the system is out of memory",
                units::significant(*seconds, 3)
            ),
            Self::CalibrationTooLong { seconds } => write!(f, "calibration took more than {seconds} s"),
            Self::KernelMissing => f.write_str("it was not measured"),
            Self::Incomplete { missing } => f.write_str(match missing {
                MissingPart::Folder => "the lab gave the runner no folder for its files and locks",
                MissingPart::Server => "the trial's HTTP server is not known",
                MissingPart::Interpreter => "a Python model was ordered without an interpreter",
                MissingPart::Pipes => "a child process was started without pipes",
                MissingPart::Feeder => "a feeder thread of the process pool has ended",
                MissingPart::SharedCondvar => "a condition variable can't be shared between processes",
            }),
        }
    }
}

/// Longest quotation of another program's last line, characters.
const LONGEST_QUOTATION: usize = 300;

/// The last line of a text that is not blank, for the reason of a failure.
#[must_use]
pub fn last_line(text: &str) -> Option<String> {
    let line = text.lines().rev().map(str::trim).find(|line| !line.is_empty())?;
    Some(line.chars().take(LONGEST_QUOTATION).collect())
}

fn write_last_words(f: &mut impl fmt::Write, words: Option<&str>) -> fmt::Result {
    words.map_or(Ok(()), |words| write!(f, ". It said: {words}"))
}
