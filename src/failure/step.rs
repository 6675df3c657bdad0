//! Failures of a step of a task.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Exit, ShownPath, SystemError};

/// Failure of a step of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepFailure {
    /// The task, from 0.
    pub task: u32,
    /// The step, from 0.
    pub step: u32,
    /// Kind of the step as named in files.
    pub kind: String,
    /// The cause.
    pub problem: StepProblem,
}

/// Reason why a step failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "problem", rename_all = "kebab-case")]
pub enum StepProblem {
    /// A call to the operating system failed.
    System {
        /// The action that failed.
        action: StepAction,
        /// The operating system's error.
        error: SystemError,
    },
    /// The HTTP client reported an error.
    RequestFailed {
        /// The client's message.
        message: String,
    },
    /// The status of the server's response was not 200.
    HttpStatus {
        /// The status code.
        status: u16,
    },
    /// The length of the body differs from the requested length.
    BodyLength {
        /// Bytes received.
        received: u64,
        /// Bytes expected.
        expected: u64,
    },
    /// The length of a file read back differs from the length written.
    FileLength {
        /// Bytes read.
        read: u64,
        /// Bytes written.
        written: u64,
    },
    /// A resource for threads was used on an event loop, or the reverse.
    WrongResource,
    /// Python code raised an exception.
    Raised {
        /// The exception with its class.
        message: String,
    },
    /// A program of the user's did not end with exit status 0.
    CommandFailed {
        /// Its exit status.
        exit: Exit,
        /// The last lines on its stderr.
        last_lines: Vec<String>,
    },
}

/// Action of a step that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
pub enum StepAction {
    /// Creating a file.
    Create {
        /// The file.
        path: ShownPath,
    },
    /// Writing a file.
    Write {
        /// The file.
        path: ShownPath,
    },
    /// Flushing a file to the storage.
    Flush {
        /// The file.
        path: ShownPath,
    },
    /// Going back to the start of a file.
    Rewind {
        /// The file.
        path: ShownPath,
    },
    /// Reading a file.
    Read {
        /// The file.
        path: ShownPath,
    },
    /// Locking a file.
    Lock {
        /// The file.
        path: ShownPath,
    },
    /// Acquiring a permit from the pipe of a semaphore, or releasing it.
    SemaphorePipe,
    /// Opening the file in which tasks record the locks that they hold.
    OpenLockBoard,
    /// Writing to that file.
    WriteLockBoard,
    /// Receiving the body of a response.
    ReceiveBody,
    /// Running a program of the user's.
    Run {
        /// The program.
        path: ShownPath,
    },
}

impl StepProblem {
    /// Creates the problem of an action that the operating system refused.
    #[must_use]
    pub fn system(action: StepAction, error: &std::io::Error) -> Self {
        Self::System { action, error: error.into() }
    }
}

impl fmt::Display for StepFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { task, step, kind, problem } = self;
        write!(f, "task {task} failed at step {} ({kind}): {problem}", step + 1)
    }
}

impl std::error::Error for StepFailure {}

impl fmt::Display for StepProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System { action, error } => write!(f, "{action}: {error}{}", error.remedy()),
            Self::RequestFailed { message } => write!(f, "the request failed: {message}"),
            Self::HttpStatus { status } => write!(f, "the server answered with status {status}"),
            Self::BodyLength { received, expected } => {
                write!(f, "the body had {received} bytes instead of {expected}")
            }
            Self::FileLength { read, written } => write!(f, "{read} bytes were read back, but {written} were written"),
            Self::Raised { message } => f.write_str(message),
            Self::CommandFailed { exit, last_lines } => {
                write!(f, "the program ended with {exit}")?;
                if last_lines.is_empty() { Ok(()) } else { write!(f, ". Its stderr: {}", last_lines.join(" | ")) }
            }
            Self::WrongResource => f.write_str("a resource for threads was used on an event loop, or the reverse"),
        }
    }
}

impl fmt::Display for StepAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (verb, path) = match self {
            Self::Create { path } => ("creating", path),
            Self::Write { path } => ("writing", path),
            Self::Flush { path } => ("flushing", path),
            Self::Rewind { path } => ("rewinding", path),
            Self::Read { path } => ("reading", path),
            Self::Lock { path } => ("locking", path),
            Self::Run { path } => ("running", path),
            Self::SemaphorePipe => return f.write_str("the semaphore's pipe"),
            Self::OpenLockBoard => return f.write_str("opening the record of held locks"),
            Self::WriteLockBoard => return f.write_str("writing the record of held locks"),
            Self::ReceiveBody => return f.write_str("receiving the response's body"),
        };
        write!(f, "{verb} {path}")
    }
}
