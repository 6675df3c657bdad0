//! One interpreter at work: started with the lab's program, told what to do in one line, received line
//! by line, and explained when it ends before it has answered.

use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};
use serde::Serialize;
use serde_json::Value;

use super::reported::reported_failure;
use crate::failure::{Failure, InterpreterFailure, MissingPart, last_line};
use crate::private_files;
use crate::protocol::TRIAL_VARIABLE;
use crate::python::{PROGRAM, PROGRAM_FOLDER, PROGRAM_START};

/// What the program says first.
const GREETING: &[u8] = b"concurrency-lab-python 1";
/// An interpreter that has not said it by then hangs.
const GREETS_WITHIN: Duration = Duration::from_secs(8);
/// A socket in a folder with a longer name would have no room for its own.
const LONGEST_TEMPORARY: usize = 60;
/// What may be printed before, by whatever runs at the start of an interpreter.
const MOST_NOISE: u64 = 1 << 20;
/// How much of its stderr is kept for the reason.
const STDERR_KEPT: usize = 4096;
/// After its end, what it has said may still be under way.
const LAST_WORDS_WITHIN: Duration = Duration::from_millis(500);

/// What comes from the interpreter.
enum Message {
    Greeting,
    Line(Value),
    Malformed(InterpreterFailure),
    Ended(io::Result<ExitStatus>),
}

/// A running interpreter. It has the lab's program in a folder of its own in `folder`.
pub(super) struct Process {
    title: String,
    program: PathBuf,
    received: Receiver<Message>,
    stderr: Receiver<String>,
    ended: Option<io::Result<ExitStatus>>,
    stdin: ChildStdin,
}

impl Process {
    /// Starts it and tells it what to do.
    pub(super) fn start(program: &Path, title: &str, folder: &Path, order: &impl Serialize) -> Result<Self, Failure> {
        let failed = |failure| interpreter_failure(title, program, failure);
        let no_start = |error: io::Error| failed(InterpreterFailure::NotStarted { error: error.into() });
        let package = folder.join(PROGRAM_FOLDER);
        write_program(folder, &package).map_err(|error| {
            failed(InterpreterFailure::ProgramNotWritten { folder: folder.into(), error: error.into() })
        })?;
        // Isolated: no variables and no folder of the user's.
        let mut command = Command::new(program);
        command.args(["-I", "-u"]).arg(package.join(PROGRAM_START)).current_dir(folder);
        command.env(TRIAL_VARIABLE, folder);
        if folder.as_os_str().len() <= LONGEST_TEMPORARY {
            // What multiprocessing leaves behind when it is killed goes with the trial's folder.
            command.env("TMPDIR", folder);
        } else {
            // A relative one would be looked for in the interpreter's folder.
            command.env("TMPDIR", private_files::temporary_folder());
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(no_start)?;
        let (Some(mut stdin), Some(stdout), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(Failure::incomplete(MissingPart::Pipes));
        };
        let (send, received) = unbounded();
        let (send_tail, tail) = bounded(1);
        let listener = send.clone();
        let thread = |name: &str, run: Box<dyn FnOnce() + Send>| {
            thread::Builder::new().name(name.to_owned()).spawn(run).map(|_| ()).map_err(no_start)
        };
        thread("python-stdout", Box::new(move || listen(stdout, &listener)))?;
        thread("python-stderr", Box::new(move || keep_tail(stderr, &send_tail)))?;
        thread(
            "python-end",
            Box::new(move || {
                // Its children may hold the pipes open after it: that it has ended is received here.
                let _ = send.send(Message::Ended(child.wait()));
            }),
        )?;
        let mut line = serde_json::to_vec(order).map_err(|error| no_start(error.into()))?;
        line.push(b'\n');
        // One that does not read is found out by its silence, one that has ended by its end.
        let told = stdin.write_all(&line).and_then(|()| stdin.flush());
        let mut process =
            Self { title: title.to_owned(), program: program.to_owned(), received, stderr: tail, ended: None, stdin };
        match process.recv_message(Instant::now() + GREETS_WITHIN)? {
            Some(Message::Greeting) => {}
            Some(_) => return Err(process.failure(InterpreterFailure::AnsweredEarly)),
            None => {
                return Err(process.failure(InterpreterFailure::NoGreeting { seconds: GREETS_WITHIN.as_secs() }));
            }
        }
        told.map_err(|error| process.failure(InterpreterFailure::NotSent { error: error.into() }))?;
        Ok(process)
    }

    /// A failure of this interpreter.
    pub(super) fn failure(&self, failure: InterpreterFailure) -> Failure {
        interpreter_failure(&self.title, &self.program, failure)
    }

    /// The next thing it says; `None` where the time is over.
    pub(super) fn recv(&mut self, within: Duration) -> Result<Option<Value>, Failure> {
        match self.recv_message(Instant::now() + within)? {
            Some(Message::Line(line)) => {
                line.get("failed").map_or_else(|| Ok(()), |failed| Err(self.could_not_go_on(failed)))?;
                Ok(Some(line))
            }
            Some(_) => Err(self.failure(InterpreterFailure::Unexpected)),
            None => Ok(None),
        }
    }

    fn could_not_go_on(&self, failed: &Value) -> Failure {
        reported_failure(failed, |failure| self.failure(failure))
    }

    fn recv_message(&mut self, deadline: Instant) -> Result<Option<Message>, Failure> {
        let deadline = if self.ended.is_some() { Instant::now() + LAST_WORDS_WITHIN } else { deadline };
        match self.received.recv_deadline(deadline) {
            Ok(Message::Malformed(failure)) => Err(self.failure(failure)),
            Ok(Message::Ended(status)) => {
                self.ended = Some(status);
                match self.received.recv_timeout(LAST_WORDS_WITHIN) {
                    Ok(received) => Ok(Some(received)),
                    Err(_) => Err(self.explain_end()),
                }
            }
            Ok(received) => Ok(Some(received)),
            Err(_) if self.ended.is_some() => Err(self.explain_end()),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(self.explain_end()),
        }
    }

    fn explain_end(&mut self) -> Failure {
        let said = self.stderr.recv_timeout(LAST_WORDS_WITHIN).unwrap_or_default();
        let exit = self.ended.as_ref().and_then(|ended| ended.as_ref().ok()).map(|status| (*status).into());
        self.failure(InterpreterFailure::Exited { exit, last_words: last_line(&said) })
    }

    /// It has told a moment and waits: lets it go on.
    pub(super) fn go_on(&mut self) -> Result<(), Failure> {
        match self.stdin.write_all(b".").and_then(|()| self.stdin.flush()) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(self.explain_end_soon()),
            Err(error) => Err(self.failure(InterpreterFailure::NotSent { error: error.into() })),
        }
    }

    /// Its end is certain, and maybe not received of yet.
    fn explain_end_soon(&mut self) -> Failure {
        self.wait(LAST_WORDS_WITHIN);
        self.explain_end()
    }

    /// Waits for its end; false where it takes longer.
    pub(super) fn wait(&mut self, within: Duration) -> bool {
        let deadline = Instant::now() + within;
        while self.ended.is_none() {
            match self.received.recv_deadline(deadline) {
                Ok(Message::Ended(status)) => self.ended = Some(status),
                Ok(_) => {}
                Err(_) => return false,
            }
        }
        true
    }
}

fn interpreter_failure(title: &str, program: &Path, failure: InterpreterFailure) -> Failure {
    Failure::Interpreter { title: title.to_owned(), program: program.into(), failure }
}

/// Writes the lab's program into its package below a trial's folder. Nothing is run that another user could have put
/// there.
fn write_program(folder: &Path, package: &Path) -> io::Result<()> {
    private_files::check_folder(folder)?;
    match private_files::create_folder(package) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => private_files::check_folder(package)?,
        other => other?,
    }
    PROGRAM.iter().try_for_each(|(name, content)| write_or_verify(&package.join(name), content))
}

/// Writes a file of the lab's program. Calibrations of one interpreter share a folder, and the compiled program in
/// it: a file that is there already has to be exactly what would be written.
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

/// Lines of JSON after the greeting; whatever is printed before it is not ours.
fn listen(stdout: impl Read, send: &Sender<Message>) {
    let mut input = BufReader::new(stdout);
    let mut line = Vec::new();
    let (mut greeted, mut noise) = (false, 0);
    loop {
        line.clear();
        let count = match (&mut input).take(1 << 26).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(count) => count as u64,
        };
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        let received = if !greeted {
            if text != GREETING {
                noise += count;
                if noise <= MOST_NOISE {
                    continue;
                }
                Message::Malformed(InterpreterFailure::TooMuchOutput { bytes: MOST_NOISE })
            } else {
                greeted = true;
                Message::Greeting
            }
        } else {
            match serde_json::from_slice(text) {
                Ok(value) => Message::Line(value),
                Err(_) => Message::Malformed(InterpreterFailure::Unreadable),
            }
        };
        let over = matches!(received, Message::Malformed(_));
        if send.send(received).is_err() || over {
            return;
        }
    }
}

fn keep_tail(mut stderr: impl Read, send: &Sender<String>) {
    let mut tail = Vec::new();
    let mut buffer = [0_u8; 1024];
    while let Ok(count @ 1..) = stderr.read(&mut buffer) {
        tail.extend_from_slice(&buffer[..count]);
        let excess = tail.len().saturating_sub(STDERR_KEPT);
        tail.drain(..excess);
    }
    // Nobody may be listening any more: then it does not matter.
    let _ = send.send(String::from_utf8_lossy(&tail).into_owned());
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
                Process::start(&path, "Python 3", &folder, &Value::Null).err().expect("no program of the lab");
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
