//! Actions of the lab that the operating system can refuse.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{ShownPath, SystemError};

/// Action of the lab that the operating system refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
pub enum Action {
    /// Starting a runner.
    StartRunner {
        /// The executable.
        program: ShownPath,
    },
    /// Starting a bare program of the self-check.
    StartBareProgram,
    /// Starting a thread that reads what a runner sends.
    ListenToRunner,
    /// Starting a thread that sends a runner its request.
    SendRequest,
    /// Sending a runner its request.
    WriteRequest,
    /// Receiving a request in the runner.
    ReadRequest,
    /// Starting the thread that watches for the end of the lab.
    WatchLab,
    /// Starting the thread that reports progress.
    ReportProgress,
    /// Starting the heartbeat's thread.
    StartHeartbeat,
    /// Starting the CPU sampler.
    StartSampler,
    /// Starting the thread of a session.
    StartSession,
    /// Starting the HTTP server.
    StartServer,
    /// Sending a request to the HTTP server.
    AskServer,
    /// Accepting a connection in the HTTP server.
    AcceptConnection,
    /// Starting the guard of the interpreters.
    StartGuard,
    /// Starting a tokio runtime.
    StartTokio,
    /// Starting rayon's threads.
    StartRayon {
        /// Number of threads.
        threads: u32,
    },
    /// Finding the lab's own executable.
    FindExecutable,
    /// Reading the stderr of task processes.
    ListenToTasks,
    /// Opening the pipes to the process of a task.
    OpenPipes,
    /// Receiving or returning the payload of one task in its process.
    TaskPayload {
        /// The task, from 0.
        task: u32,
    },
    /// Waiting for a process.
    WaitForProcess,
    /// Writing the files that steps only read.
    PrepareFiles {
        /// The folder.
        folder: ShownPath,
    },
    /// Writing the code of the user's into the folder of a trial.
    WriteCode {
        /// The copy.
        path: ShownPath,
    },
    /// Writing or reading the temporary file for the records of task processes.
    TaskRecords {
        /// The folder.
        folder: ShownPath,
    },
    /// Writing the record of one task.
    TaskRecord {
        /// The task, from 0.
        task: u32,
        /// The folder.
        folder: ShownPath,
    },
    /// Creating the records that an interpreter shares with its runner.
    SharedRecords {
        /// The folder.
        folder: ShownPath,
    },
    /// Reading the records that an interpreter shares with its runner.
    ReadSharedRecords,
    /// Creating locks between processes.
    SharedLocks {
        /// The folder.
        folder: ShownPath,
    },
    /// Opening the pipe of a semaphore.
    OpenSemaphore {
        /// The named pipe.
        path: ShownPath,
    },
    /// Creating the private folder of a trial.
    PrivateFolder {
        /// The folder for temporary files.
        parent: ShownPath,
    },
}

impl Action {
    /// Writes the sentence with the system's error.
    pub(super) fn write(&self, f: &mut impl fmt::Write, error: &SystemError) -> fmt::Result {
        let remedy = error.remedy();
        match self {
            Self::StartBareProgram => write!(f, "the bare program could not be started: {error}{remedy}"),
            Self::StartRunner { program } => {
                write!(f, "the runner ({}) could not be started: {error}", program)
            }
            Self::ListenToRunner => write!(f, "the thread that reads from the runner could not be started: {error}"),
            Self::SendRequest => {
                write!(f, "the thread that sends the runner its request could not be started: {error}")
            }
            Self::WriteRequest => write!(f, "the request could not be sent to the runner: {error}"),
            Self::ReadRequest => write!(f, "the runner could not read its request: {error}"),
            Self::WatchLab => write!(f, "the runner could not start the thread that watches the lab: {error}"),
            Self::ReportProgress => write!(f, "the runner could not start its progress thread: {error}"),
            Self::StartHeartbeat => write!(f, "the ticker's thread could not be started: {error}"),
            Self::StartSampler => write!(f, "the CPU sampler could not be started: {error}"),
            Self::StartSession => write!(f, "the session's thread could not be started: {error}"),
            Self::StartServer => write!(f, "the HTTP server of the trial could not be started: {error}"),
            Self::AskServer => write!(f, "the HTTP server of the trial was lost: {error}"),
            Self::AcceptConnection => {
                write!(f, "the HTTP server of the trial could not accept connections: {error}")
            }
            Self::StartGuard => write!(f, "the guard of the interpreters could not be started: {error}"),
            Self::StartTokio => write!(f, "tokio could not start its runtime: {error}"),
            Self::StartRayon { threads } => write!(f, "rayon could not start {threads} threads: {error}"),
            Self::FindExecutable => write!(f, "the runner can't find its own executable: {error}"),
            Self::ListenToTasks => write!(f, "the runner could not read the stderr of the tasks: {error}"),
            Self::OpenPipes => write!(f, "the pipes to a task's process could not be opened: {error}{remedy}"),
            Self::TaskPayload { task } => write!(f, "the payload of task {task} could not be handed over: {error}"),
            Self::WaitForProcess => write!(f, "waiting for a process failed: {error}"),
            Self::PrepareFiles { folder } => {
                write!(f, "the files that tasks read could not be written to {}: {error}{remedy}", folder)
            }
            Self::WriteCode { path } => {
                write!(f, "your code could not be copied to {}: {error}{remedy}", path)
            }
            Self::TaskRecords { folder } => {
                write!(f, "the temporary file for the tasks' records in {} failed: {error}{remedy}", folder)
            }
            Self::TaskRecord { task, folder } => {
                write!(f, "the record of task {task} could not be written to a file in {}: {error}{remedy}", folder)
            }
            Self::SharedRecords { folder } => {
                write!(f, "the tasks' records could not be created in {}: {error}{remedy}", folder)
            }
            Self::ReadSharedRecords => write!(f, "the tasks' records could not be read: {error}"),
            Self::SharedLocks { folder } => {
                write!(f, "locks between processes could not be created in {}: {error}", folder)
            }
            Self::OpenSemaphore { path } => write!(f, "the semaphore's pipe {} could not be opened: {error}", path),
            Self::PrivateFolder { parent } => {
                let remedy = match remedy {
                    "" => "; set TMPDIR (TMP on Windows) to a folder that you can write and other users can't change",
                    remedy => remedy,
                };
                write!(f, "a private folder in {} could not be created: {error}{remedy}", parent)
            }
        }
    }
}
