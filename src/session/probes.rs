//! Single measurements for the self-check: the start of a runner, a calibration that ignores the cache, and the bare
//! programs that trials are compared with, native and in Python. Each is a process of its own.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command};
use std::time::{Duration, Instant};

use super::calibration::{self, NATIVE_PROCESSES};
use super::folder::Folder;
use super::launcher::{self, NotDone};
use super::{CancelFlag, RealSessions};
use crate::failure::{Action, Failure, MissingPart, ProtocolFailure};
use crate::private_files;
use crate::protocol::{self, BARE_ARGUMENT, BareReply, BareRequest, InterpreterLocation};
use crate::python::BARE_PROGRAMS;
use crate::supervised_child::{Decoded, RecvError, SpawnError, SupervisedChild, Supervision, Waited};
use crate::workload::{Calibration, Kernel};

/// Time limit for a bare program: each does a fixed amount of work that takes less than a second.
const BARE_WITHIN: Duration = Duration::from_secs(30);
/// Time within which a bare program ends after closing its stdout.
const ENDS_WITHIN: Duration = Duration::from_secs(5);
/// Longest reply of a bare program, bytes.
const LONGEST_REPLY: u64 = 1 << 16;
/// Threads of a bare program, and the length of its stderr that is kept.
const SUPERVISION: Supervision = Supervision { name: "bare", stderr_bytes: 4096 };

/// The bare programs of Python models, written to a folder of their own that is removed when this is dropped.
#[derive(Debug)]
pub struct PythonPrograms {
    folder: Folder,
    script: PathBuf,
}

impl PythonPrograms {
    /// Writes the programs.
    ///
    /// # Errors
    /// Returns the failure.
    pub fn write() -> Result<Self, Failure> {
        let folder = Folder::new()?;
        let (name, content) = BARE_PROGRAMS;
        let script = folder.path().join(name);
        private_files::write_new(&script, content.as_bytes())
            .map_err(|error| Failure::system(Action::PrivateFolder { parent: folder.path().into() }, &error))?;
        Ok(Self { folder, script })
    }

    /// Path of the script.
    #[must_use]
    pub fn script(&self) -> &Path {
        &self.script
    }
}

/// Takes single measurements with one executable until its flag is set.
#[derive(Debug, Clone)]
pub struct Probes {
    program: PathBuf,
    cancel: CancelFlag,
}

impl Probes {
    /// Creates probes of the executable that these sessions use as the runner.
    #[must_use]
    pub fn of(sessions: &RealSessions, cancel: CancelFlag) -> Self {
        Self { program: sessions.program.clone(), cancel }
    }

    /// Starts a runner that has nothing to do. Returns the time from its start to its hello.
    ///
    /// # Errors
    /// Returns the failure, or that it was cancelled.
    pub fn runner_start(&self) -> Result<Duration, NotDone> {
        launcher::time_start(&self.program, &self.cancel)
    }

    /// Calibrates a kernel in new processes as a session does, whatever was measured before, and stores nothing.
    ///
    /// # Errors
    /// Returns the failure, or that it was cancelled.
    pub fn calibrate(&self, kernel: Kernel) -> Result<Calibration, NotDone> {
        calibration::measure(&self.program, &self.cancel, kernel, None, NATIVE_PROCESSES)
    }

    /// The same on an interpreter, in processes as a trial of a Python model has them.
    ///
    /// # Errors
    /// Returns the failure, or that it was cancelled.
    pub fn calibrate_python(
        &self,
        programs: &PythonPrograms,
        interpreter: &Path,
        kernel: Kernel,
    ) -> Result<Calibration, NotDone> {
        let location =
            InterpreterLocation { program: interpreter.to_owned(), folder: programs.folder.path().to_owned() };
        calibration::measure(&self.program, &self.cancel, kernel, Some(&location), NATIVE_PROCESSES)
    }

    /// Runs a bare program and returns its reply.
    ///
    /// # Errors
    /// Returns the failure, or that it was cancelled.
    pub fn bare(&self, request: BareRequest) -> Result<BareReply, NotDone> {
        let unreadable = |error: serde_json::Error| ProtocolFailure::Unreadable { detail: error.to_string() };
        let mut command = Command::new(&self.program);
        command.arg(BARE_ARGUMENT).arg(serde_json::to_string(&request).map_err(unreadable)?);
        let line = self.first_line(&mut command)?.ok_or_else(|| Failure::incomplete(MissingPart::Pipes))?;
        Ok(serde_json::from_str(&line).map_err(unreadable)?)
    }

    /// Runs a program to its end. Returns the first line of its output, if any.
    fn first_line(&self, command: &mut Command) -> Result<Option<String>, NotDone> {
        command.env("RUST_BACKTRACE", "0").env(protocol::LAYOUT_VARIABLE, protocol::random_layout());
        let mut child = SupervisedChild::spawn_tree(command, SUPERVISION, decode).map_err(|error| match error {
            SpawnError::Process(error) | SpawnError::Thread(error) => Failure::system(Action::StartBareProgram, &error),
            SpawnError::Pipes => Failure::incomplete(MissingPart::Pipes),
        })?;
        if self.cancel.is_cancelled() {
            return Err(NotDone::Cancelled);
        }
        let line = match child.recv(Instant::now() + BARE_WITHIN, self.cancel.wake()) {
            Ok(line) => Some(line),
            Err(RecvError::Gone) => None,
            Err(RecvError::Cancelled) => return Err(NotDone::Cancelled),
            Err(RecvError::TimedOut) => {
                return Err(Failure::BareProgram { exit: None, last_words: child.last_words() }.into());
            }
        };
        match child.wait_within(ENDS_WITHIN) {
            Waited::Exited(Some(exit)) if exit.number == 0 && exit.signal.is_none() => Ok(line),
            Waited::Exited(exit) => Err(Failure::BareProgram { exit, last_words: child.last_words() }.into()),
            Waited::StillRunning => Err(Failure::BareProgram { exit: None, last_words: child.last_words() }.into()),
        }
    }
}

/// Reads one line.
fn decode(input: &mut BufReader<ChildStdout>) -> Decoded<String> {
    let mut line = String::new();
    match input.take(LONGEST_REPLY).read_line(&mut line) {
        Ok(1..) => Decoded::Last(line),
        Ok(0) | Err(_) => Decoded::End,
    }
}
