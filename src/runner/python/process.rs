//! A running interpreter: started with the lab's program, sent the request as one line, its messages received line by
//! line. States the failure of one that exits without a result. The content of the messages is read in `python`.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command};
use std::time::{Duration, Instant};

use crossbeam_channel::never;
use serde::Serialize;
use serde_json::Value;

use super::reported::reported_failure;
use crate::failure::{Failure, InterpreterFailure, MissingPart};
use crate::private_files;
use crate::protocol::TRIAL_VARIABLE;
use crate::python::{PROGRAM, PROGRAM_FOLDER, PROGRAM_START};
use crate::supervised_child::{Decoded, RecvError, SpawnError, SupervisedChild, Supervision, Waited};

/// First line of the lab's program.
const GREETING: &[u8] = b"concurrency-lab-python 1";
/// Time limit for the greeting.
const GREETS_WITHIN: Duration = Duration::from_secs(15);
/// Most bytes before the greeting, printed by code that runs at the start of an interpreter.
const MOST_NOISE: u64 = 1 << 20;
/// Longest line that is read, bytes.
const LONGEST_LINE: u64 = 1 << 26;
/// Threads of an interpreter, and the length of its stderr that is kept.
const SUPERVISION: Supervision = Supervision { name: "python", stderr_bytes: 4096 };
/// Time within which an interpreter that has closed its stdin exits.
const EXITS_WITHIN: Duration = Duration::from_millis(500);

/// Message from the interpreter.
enum Message {
    Greeting,
    Line(Value),
    Malformed(InterpreterFailure),
}

/// A running interpreter, with the lab's program in a subfolder of the trial's folder.
pub(super) struct Process {
    title: String,
    program: PathBuf,
    child: SupervisedChild<Message>,
}

impl Process {
    /// Starts the interpreter and sends it the request. `gil`: that of a free-threaded build, on or off.
    pub(super) fn start(
        program: &Path,
        title: &str,
        folder: &Path,
        request: &impl Serialize,
        gil: Option<bool>,
    ) -> Result<Self, Failure> {
        let failed = |failure| interpreter_failure(title, program, failure);
        let no_start = |error: io::Error| failed(InterpreterFailure::NotStarted { error: error.into() });
        let package = folder.join(PROGRAM_FOLDER);
        write_program(folder, &package).map_err(|error| {
            failed(InterpreterFailure::ProgramNotWritten { folder: folder.into(), error: error.into() })
        })?;
        // Isolated: without the user's environment variables and folders.
        let mut command = Command::new(program);
        command.args(["-I", "-u"]);
        if let Some(gil) = gil {
            command.args(["-X", if gil { "gil=1" } else { "gil=0" }]);
        }
        command.arg(package.join(PROGRAM_START)).current_dir(folder);
        command.env(TRIAL_VARIABLE, folder);
        // Files that a killed multiprocessing leaves behind are removed with the trial's folder.
        command.env("TMPDIR", private_files::temporary_folder_within(folder));
        let mut line = serde_json::to_vec(request).map_err(|error| no_start(error.into()))?;
        line.push(b'\n');
        let child =
            SupervisedChild::spawn_member(&mut command, SUPERVISION, decoder()).map_err(|error| match error {
                SpawnError::Process(error) | SpawnError::Thread(error) => no_start(error),
                SpawnError::Pipes => Failure::incomplete(MissingPart::Pipes),
            })?;
        let mut process = Self { title: title.to_owned(), program: program.to_owned(), child };
        // An interpreter that does not read is noticed by the missing greeting, one that has exited by its exit.
        let written = process.write(&line);
        match process.recv_message(Instant::now() + GREETS_WITHIN)? {
            Some(Message::Greeting) => {}
            Some(_) => return Err(process.failure(InterpreterFailure::AnsweredEarly)),
            None => {
                return Err(process.failure(InterpreterFailure::NoGreeting { seconds: GREETS_WITHIN.as_secs() }));
            }
        }
        written.map_err(|error| process.failure(InterpreterFailure::NotSent { error: error.into() }))?;
        Ok(process)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let stdin = self.child.stdin.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        stdin.write_all(bytes)?;
        stdin.flush()
    }

    /// Returns a failure of this interpreter.
    pub(super) fn failure(&self, failure: InterpreterFailure) -> Failure {
        interpreter_failure(&self.title, &self.program, failure)
    }

    /// Receives the next message; `None` if none arrives in time.
    pub(super) fn recv(&mut self, within: Duration) -> Result<Option<Value>, Failure> {
        match self.recv_message(Instant::now() + within)? {
            Some(Message::Line(line)) => match line.get("failed") {
                Some(failed) => Err(reported_failure(failed, |failure| self.failure(failure))),
                None => Ok(Some(line)),
            },
            Some(_) => Err(self.failure(InterpreterFailure::Unexpected)),
            None => Ok(None),
        }
    }

    fn recv_message(&mut self, deadline: Instant) -> Result<Option<Message>, Failure> {
        match self.child.recv(deadline, &never()) {
            Ok(Message::Malformed(failure)) => Err(self.failure(failure)),
            Ok(message) => Ok(Some(message)),
            Err(RecvError::TimedOut) => Ok(None),
            Err(RecvError::Gone | RecvError::Cancelled) => Err(self.explain_end()),
        }
    }

    /// Returns the failure of an interpreter that has exited or is about to.
    fn explain_end(&mut self) -> Failure {
        let exit = match self.child.wait_within(EXITS_WITHIN) {
            Waited::Exited(exit) => exit,
            Waited::StillRunning => None,
        };
        self.failure(InterpreterFailure::Exited { exit, last_words: self.child.last_words() })
    }

    /// Lets the interpreter continue after it has reported a clock event.
    pub(super) fn go_on(&mut self) -> Result<(), Failure> {
        match self.write(b".") {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(self.explain_end()),
            Err(error) => Err(self.failure(InterpreterFailure::NotSent { error: error.into() })),
        }
    }

    /// Waits for the interpreter's exit for at most `within`. Returns true if it has ended.
    pub(super) fn wait(&mut self, within: Duration) -> bool {
        matches!(self.child.wait_within(within), Waited::Exited(_))
    }
}

fn interpreter_failure(title: &str, program: &Path, failure: InterpreterFailure) -> Failure {
    Failure::Interpreter { title: title.to_owned(), program: program.into(), failure }
}

/// Writes the lab's program into its package below a trial's folder. Fails if another user could have written there.
fn write_program(folder: &Path, package: &Path) -> io::Result<()> {
    private_files::check_folder(folder)?;
    match private_files::create_folder(package) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => private_files::check_folder(package)?,
        other => other?,
    }
    PROGRAM.iter().try_for_each(|(name, content)| write_or_verify(&package.join(name), content))
}

/// Writes a file of the lab's program, or checks that an existing file has exactly its content: calibrations of one
/// interpreter share a folder, and the compiled program in it.
fn write_or_verify(path: &Path, content: &str) -> io::Result<()> {
    match private_files::write_new(path, content.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if private_files::read(path, content.len() as u64)? == content.as_bytes() {
                return Ok(());
            }
            Err(io::Error::new(error.kind(), format!("{} is not the lab's file", path.display())))
        }
        other => other,
    }
}

/// Returns the decoder of the interpreter's output: lines of JSON after the greeting. Anything printed before the greeting
/// does not come from the lab's program.
fn decoder() -> impl FnMut(&mut BufReader<ChildStdout>) -> Decoded<Message> + Send + 'static {
    let mut line = Vec::new();
    let (mut greeted, mut noise) = (false, 0);
    move |input| loop {
        line.clear();
        let count = match input.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return Decoded::End,
            Ok(count) => count as u64,
        };
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        if greeted {
            return match serde_json::from_slice(text) {
                Ok(value) => Decoded::Message(Message::Line(value)),
                Err(_) => Decoded::Last(Message::Malformed(InterpreterFailure::Unreadable)),
            };
        }
        if text == GREETING {
            greeted = true;
            return Decoded::Message(Message::Greeting);
        }
        noise += count;
        if noise > MOST_NOISE {
            return Decoded::Last(Message::Malformed(InterpreterFailure::TooMuchOutput { bytes: MOST_NOISE }));
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_was_there_before_is_not_run() {
        let parent = tempfile::tempdir().expect("a folder");
        let folder = parent.path().join("trial");
        private_files::create_folder(&folder).expect("created");
        let package = folder.join(PROGRAM_FOLDER);
        let started = folder.join("started");
        let start = || {
            let program = format!("#!/bin/sh\ntouch '{}'\n", started.display());
            let path = parent.path().join("python3");
            std::fs::write(&path, program).expect("written");
            set_mode(&path, 0o755);
            let failure =
                Process::start(&path, "Python 3", &folder, &Value::Null, None).err().expect("no program of the lab");
            failure.to_string()
        };
        private_files::create_folder(&package).expect("created");
        for (name, content) in PROGRAM {
            let path = package.join(name);
            // Of the same length or longer, and as private as the lab's own.
            for other in [content.replace("import", "IMPORT"), format!("{content}print('another')")] {
                if other != *content {
                    std::fs::write(&path, other).expect("written");
                    set_mode(&path, 0o600);
                    let reason = start();
                    assert!(reason.contains("is not the lab's file") || reason.contains("has more than"), "{reason}");
                }
            }
            std::fs::remove_file(&path).expect("removed");
        }
        for open in [&folder, &package] {
            set_mode(open, 0o777);
            let reason = start();
            assert!(reason.contains("open to other users"), "{reason}");
            set_mode(open, 0o700);
        }
        std::fs::remove_dir_all(&package).expect("removed");
        std::os::unix::fs::symlink(parent.path(), &package).expect("linked");
        let reason = start();
        assert!(reason.contains("is not a folder"), "{reason}");
        std::fs::remove_file(&package).expect("removed");
        assert!(!started.exists(), "the interpreter was not started");
        start();
        start();
        assert!(started.exists(), "the lab's own files are accepted a second time");
    }

    fn set_mode(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).expect("set");
    }
}
