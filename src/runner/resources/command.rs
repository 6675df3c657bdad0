//! The `command` step: an external program per task, without a shell. The standard library in threads and processes,
//! tokio's process API on event loops.

use std::io::{self, Read as _};
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};

use tokio::io::AsyncReadExt as _;

use crate::code::StepCode;
use crate::failure::{Failure, MissingPart, StepAction, StepProblem, last_lines};
use crate::protocol::{TASK_VARIABLE, TRIAL_VARIABLE, TrialEnvironment};
use crate::workload::Template;

/// Bytes of the end of a program's stderr that are kept.
const KEPT_BYTES: usize = 8192;
/// Bytes that are read at a time.
const READ_BYTES: usize = 4096;

/// A program and its arguments.
#[derive(Debug)]
pub(super) struct Program {
    program: PathBuf,
    arguments: Vec<Template>,
    folder: PathBuf,
    /// Marks the program and its descendants as parts of the trial.
    mark: Option<PathBuf>,
}

impl Program {
    pub(super) fn of(environment: &TrialEnvironment, step: usize) -> Result<Self, Failure> {
        let Some(StepCode::Program { program, arguments, folder }) = environment.code_of(step) else {
            return Err(Failure::incomplete(MissingPart::Code));
        };
        Ok(Self {
            program: program.clone(),
            arguments: arguments.clone(),
            folder: folder.clone(),
            mark: environment.folder.clone(),
        })
    }

    fn command(&self, task: u32) -> std::process::Command {
        let mut command = std::process::Command::new(&self.program);
        command.args(self.arguments.iter().map(|argument| argument.text(task)));
        command.current_dir(&self.folder).env_remove(TASK_VARIABLE);
        if let Some(mark) = &self.mark {
            command.env(TRIAL_VARIABLE, mark);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command
    }

    fn failed(&self, error: &io::Error) -> StepProblem {
        StepProblem::system(StepAction::Run { path: (&self.program).into() }, error)
    }

    /// Runs the program of a task to its end.
    pub(super) fn run(&self, task: u32) -> Result<(), StepProblem> {
        let failed = |error: io::Error| self.failed(&error);
        let mut child = self.command(task).spawn().map_err(failed)?;
        let mut end = End::default();
        if let Some(mut stderr) = child.stderr.take() {
            let mut piece = [0; READ_BYTES];
            loop {
                match stderr.read(&mut piece) {
                    Ok(0) => break,
                    Ok(count) => end.add(&piece[..count]),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(failed(error)),
                }
            }
        }
        end.check(child.wait().map_err(failed)?)
    }

    /// Runs the program of a task to its end, on an event loop.
    pub(super) async fn run_async(&self, task: u32) -> Result<(), StepProblem> {
        let failed = |error: io::Error| self.failed(&error);
        let mut child = tokio::process::Command::from(self.command(task)).spawn().map_err(failed)?;
        let mut end = End::default();
        if let Some(mut stderr) = child.stderr.take() {
            let mut piece = [0; READ_BYTES];
            loop {
                match stderr.read(&mut piece).await.map_err(failed)? {
                    0 => break,
                    count => end.add(&piece[..count]),
                }
            }
        }
        end.check(child.wait().await.map_err(failed)?)
    }
}

/// The end of a program's stderr. Most programs write nothing: then it takes no memory.
#[derive(Default)]
struct End(Vec<u8>);

impl End {
    fn add(&mut self, piece: &[u8]) {
        self.0.extend_from_slice(piece);
        let excess = self.0.len().saturating_sub(KEPT_BYTES);
        self.0.drain(..excess);
    }

    fn check(self, status: ExitStatus) -> Result<(), StepProblem> {
        if status.success() {
            return Ok(());
        }
        Err(StepProblem::CommandFailed {
            exit: status.into(),
            last_lines: last_lines(&String::from_utf8_lossy(&self.0)),
        })
    }
}
