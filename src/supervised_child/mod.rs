//! A supervised child process: spawned with pipes, its messages read on a named thread, the tail of its stderr kept for
//! explanations, its exit observed. Knows no protocol: the caller decodes messages and states failures.

mod process;
mod stderr_tail;
#[cfg(test)]
#[cfg(unix)]
mod tests;

use std::io::{self, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, never, select};

pub use self::process::{ChildProcess, Waited};
use self::stderr_tail::StderrTail;
use crate::failure::last_line;
use crate::process_tree::Tree;

/// Time within which output that a child wrote before its exit arrives.
const OUTPUT_ARRIVES_WITHIN: Duration = Duration::from_millis(500);
/// Lateness in noticing a deadline from which this process counts as suspended.
const SUSPENDED_FROM: Duration = Duration::from_millis(250);
/// Time after a deadline in which messages that are ready are received: beyond it a child that floods would be read for
/// ever.
const OVERTIME: Duration = Duration::from_millis(50);
/// Time that a process which was suspended gets to receive what its child sent meanwhile.
const CATCHES_UP_WITHIN: Duration = Duration::from_secs(3);
/// Messages that are buffered before the reading thread waits.
const BUFFERED_MESSAGES: usize = 64;
/// Buffer of the reading thread, bytes.
const READ_BUFFER_BYTES: usize = 1 << 16;

/// Settings of one kind of child.
#[derive(Debug, Clone, Copy)]
pub struct Supervision {
    /// Prefix of the names of its threads.
    pub name: &'static str,
    /// Length of the tail of its stderr that is kept, bytes.
    pub stderr_bytes: usize,
}

/// Result of one attempt to decode a message from a child's stdout.
#[derive(Debug)]
pub enum Decoded<M> {
    /// A message; more may follow.
    Message(M),
    /// A message after which nothing is read.
    Last(M),
    /// The end of the output.
    End,
}

/// Reason why a child is not supervised.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// The process could not be started.
    #[error("the process could not be started: {0}")]
    Process(#[source] io::Error),
    /// The process has no pipes.
    #[error("the process was started without pipes")]
    Pipes,
    /// A thread for one of its pipes could not be started.
    #[error("no thread could be started for the process: {0}")]
    Thread(#[source] io::Error),
}

/// Reason why no message was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecvError {
    /// The caller's cancel channel became ready.
    Cancelled,
    /// The deadline has passed.
    TimedOut,
    /// No message will come any more: the child has closed its stdout or has exited.
    Gone,
}

/// A live child process. Dropping it kills a child that leads a process tree.
#[derive(Debug)]
pub struct SupervisedChild<M> {
    /// Its stdin, open until dropped.
    pub stdin: Option<ChildStdin>,
    /// The process, to kill it.
    pub process: ChildProcess,
    name: &'static str,
    messages: Receiver<M>,
    stderr: StderrTail,
    /// The last deadline that passed while this process was suspended, and the later one that replaces it.
    extended: Option<(Instant, Instant)>,
}

impl<M: Send + 'static> SupervisedChild<M> {
    /// Spawns the leader of a new process tree. `decode` is called on the reading thread for one message after another.
    ///
    /// # Errors
    /// Returns the step that failed with the system's error.
    pub fn spawn_tree(
        command: &mut Command,
        supervision: Supervision,
        decode: impl FnMut(&mut BufReader<ChildStdout>) -> Decoded<M> + Send + 'static,
    ) -> Result<Self, SpawnError> {
        Self::spawn_tree_on(command, None, supervision, decode)
    }

    /// The same, on these CPUs only.
    ///
    /// # Errors
    /// As [`Self::spawn_tree`]; also if the CPUs can't be used.
    pub fn spawn_tree_on(
        command: &mut Command,
        cpus: Option<&[u32]>,
        supervision: Supervision,
        decode: impl FnMut(&mut BufReader<ChildStdout>) -> Decoded<M> + Send + 'static,
    ) -> Result<Self, SpawnError> {
        let mut tree = Tree::spawn_on(with_pipes(command), cpus).map_err(SpawnError::Process)?;
        let pipes = Pipes::take(tree.leader())?;
        Self::supervise(ChildProcess::leader(tree), pipes, supervision, decode)
    }

    /// Spawns a child within this process's tree and waits for its exit on a thread: its own children may hold its pipes
    /// open, so that their end is no sign of its exit.
    ///
    /// # Errors
    /// Returns the step that failed with the system's error.
    pub fn spawn_member(
        command: &mut Command,
        supervision: Supervision,
        decode: impl FnMut(&mut BufReader<ChildStdout>) -> Decoded<M> + Send + 'static,
    ) -> Result<Self, SpawnError> {
        let mut child = with_pipes(command).spawn().map_err(SpawnError::Process)?;
        let pipes = Pipes::take(&mut child)?;
        let (send, exit) = bounded(1);
        start_thread(supervision.name, "exit", move || {
            // Fails if the supervisor was dropped; then the exit does not matter.
            let _ = send.send(child.wait().ok());
        })?;
        Self::supervise(ChildProcess::member(exit), pipes, supervision, decode)
    }

    fn supervise(
        process: ChildProcess,
        pipes: Pipes,
        Supervision { name, stderr_bytes }: Supervision,
        decode: impl FnMut(&mut BufReader<ChildStdout>) -> Decoded<M> + Send + 'static,
    ) -> Result<Self, SpawnError> {
        let Pipes { stdin, stdout, stderr } = pipes;
        let (send, messages) = bounded(BUFFERED_MESSAGES);
        start_thread(name, "stdout", move || read_messages(stdout, &send, decode))?;
        let (stderr, read_stderr) = StderrTail::new(stderr, stderr_bytes);
        start_thread(name, "stderr", read_stderr)?;
        Ok(Self { stdin: Some(stdin), process, name, messages, stderr, extended: None })
    }

    /// Writes `input` to the child's stdin and closes it, on a thread: a child that does not read blocks nobody.
    ///
    /// # Errors
    /// Returns the system's error if the thread can't be started.
    pub fn write_and_close_stdin(&mut self, input: Vec<u8>) -> Result<(), SpawnError> {
        let Some(mut stdin) = self.stdin.take() else { return Ok(()) };
        start_thread(self.name, "stdin", move || {
            // Fails if the child has exited without reading; its exit is reported then.
            let _ = stdin.write_all(&input);
        })
    }

    /// Receives the next message; `cancel` is a channel that ends the wait when it becomes ready. A deadline that passed
    /// while this process was suspended is extended once: what the child sent in time may not have been read.
    ///
    /// # Errors
    /// Returns the reason why there is no message.
    pub fn recv(&mut self, deadline: Instant, cancel: &Receiver<()>) -> Result<M, RecvError> {
        let valid = match self.extended {
            Some((of, until)) if of == deadline => until,
            _ => deadline,
        };
        let received =
            if valid.elapsed() > OVERTIME { Err(RecvError::TimedOut) } else { self.recv_until(valid, cancel) };
        match received {
            Err(RecvError::TimedOut) if valid == deadline && deadline.elapsed() > SUSPENDED_FROM => {
                let until = Instant::now() + CATCHES_UP_WITHIN;
                self.extended = Some((deadline, until));
                self.recv_until(until, cancel)
            }
            received => received,
        }
    }

    fn recv_until(&mut self, deadline: Instant, cancel: &Receiver<()>) -> Result<M, RecvError> {
        if self.process.has_exited() {
            return self.recv_after_exit();
        }
        let left = || deadline.saturating_duration_since(Instant::now());
        select! {
            recv(self.messages) -> message => match message {
                Ok(message) => return Ok(message),
                Err(_) if self.process.is_leader() => return Err(RecvError::Gone),
                // The child has closed its stdout; its exit follows.
                Err(_) => {}
            },
            recv(self.process.exit()) -> status => {
                self.process.record_exit(status.ok().flatten());
                return self.recv_after_exit();
            }
            recv(cancel) -> _ => return Err(RecvError::Cancelled),
            default(left()) => return Err(RecvError::TimedOut),
        }
        select! {
            recv(self.process.exit()) -> status => {
                self.process.record_exit(status.ok().flatten());
                Err(RecvError::Gone)
            }
            recv(cancel) -> _ => Err(RecvError::Cancelled),
            default(left()) => Err(RecvError::TimedOut),
        }
    }

    /// Receives a message that the child sent before its exit.
    fn recv_after_exit(&self) -> Result<M, RecvError> {
        self.messages.recv_timeout(OUTPUT_ARRIVES_WITHIN).map_err(|_| RecvError::Gone)
    }

    /// Waits for the child's exit for at most `within`, and drops further messages. Kills a process tree whose leader has
    /// exited or takes longer.
    pub fn wait_within(&mut self, within: Duration) -> Waited {
        let deadline = Instant::now() + within;
        let mut messages = self.messages.clone();
        while !self.process.is_leader() && !self.process.has_exited() {
            select! {
                recv(self.process.exit()) -> status => self.process.record_exit(status.ok().flatten()),
                recv(messages) -> message => if message.is_err() {
                    messages = never();
                },
                default(deadline.saturating_duration_since(Instant::now())) => return Waited::StillRunning,
            }
        }
        self.process.wait_within(within)
    }

    /// Returns the tail of the child's stderr. Waits a moment for the end of the pipe.
    #[must_use]
    pub fn stderr(&self) -> String {
        self.stderr.text()
    }

    /// Returns the last line of the child's stderr that is not empty.
    #[must_use]
    pub fn last_words(&self) -> Option<String> {
        last_line(&self.stderr())
    }
}

struct Pipes {
    stdin: ChildStdin,
    stdout: ChildStdout,
    stderr: std::process::ChildStderr,
}

impl Pipes {
    fn take(child: &mut Child) -> Result<Self, SpawnError> {
        match (child.stdin.take(), child.stdout.take(), child.stderr.take()) {
            (Some(stdin), Some(stdout), Some(stderr)) => Ok(Self { stdin, stdout, stderr }),
            _ => Err(SpawnError::Pipes),
        }
    }
}

fn with_pipes(command: &mut Command) -> &mut Command {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped())
}

fn start_thread(name: &str, pipe: &str, run: impl FnOnce() + Send + 'static) -> Result<(), SpawnError> {
    thread::Builder::new().name(format!("{name}-{pipe}")).spawn(run).map(|_| ()).map_err(SpawnError::Thread)
}

fn read_messages<M>(
    stdout: ChildStdout,
    send: &Sender<M>,
    mut decode: impl FnMut(&mut BufReader<ChildStdout>) -> Decoded<M>,
) {
    let mut input = BufReader::with_capacity(READ_BUFFER_BYTES, stdout);
    loop {
        let (message, last) = match decode(&mut input) {
            Decoded::Message(message) => (message, false),
            Decoded::Last(message) => (message, true),
            Decoded::End => return,
        };
        if send.send(message).is_err() || last {
            return;
        }
    }
}
