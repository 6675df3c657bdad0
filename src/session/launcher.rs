//! Starts one runner, hears what it says, and ends its whole tree. Turns every way in which a
//! runner can end into a measurement or a stated reason.

use std::ffi::OsString;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, bounded, select};

use super::CancelFlag;
use crate::failure::{Action, Failure, LockGraph, MissingPart, ProtocolFailure, TrialState, last_line};
use crate::private_files;
use crate::process_tree::{self, Tree};
use crate::protocol::{self, Hello, RUNNER_ARGUMENT, Reply, Report, RunnerRequest};
use crate::trial::Spans;
use crate::workload::Calibration;

/// A runner that has not said hello by then is broken.
const HELLO_WITHIN: Duration = Duration::from_secs(10);
/// A runner takes its order within this time, or within the trial's time-out where that is longer: a short time-out
/// is meant for the work.
const TAKES_ORDER_WITHIN: Duration = Duration::from_secs(10);
/// A runner that has closed its pipes ends within this time, or is ended.
const ENDS_WITHIN: Duration = Duration::from_secs(5);
/// A calibration takes at most this time.
const CALIBRATES_WITHIN: Duration = Duration::from_secs(30);
/// A runner that is asked who holds which lock answers at once, or not at all.
const ANSWER_WITHIN: Duration = Duration::from_millis(500);
/// How much of a runner's stderr is kept for its reason.
const STDERR_KEPT: usize = 4096;

/// How a trial's runner ended.
#[derive(Debug)]
pub enum TrialOutcome {
    /// With a measurement.
    Measured(Box<Report>, Spans),
    /// Without one.
    Failed(Failure),
    /// Because somebody asked.
    Cancelled,
}

/// What happens in a runner while it lives, for those who watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockEvent {
    /// Setup is over, the clock runs.
    ClockStarted,
    /// So many tasks are done.
    Progress(u32),
    /// The work, repeats included, is over.
    ClockStopped,
}

/// Runs one order to its end in a fresh runner.
pub fn run_trial(
    program: &Path,
    order: &RunnerRequest,
    timeout: Duration,
    cancel: &CancelFlag,
    mut watch: impl FnMut(ClockEvent),
) -> TrialOutcome {
    let mut runner = match Runner::start(program, order, timeout.max(TAKES_ORDER_WITHIN), cancel) {
        Ok(runner) => runner,
        Err(NotDone::Cancelled) => return TrialOutcome::Cancelled,
        Err(NotDone::Failed(failure)) => return TrialOutcome::Failed(failure),
    };
    let deadline = Instant::now() + timeout;
    let mut report: Option<Box<Report>> = None;
    let mut alive = None;
    let mut work = None;
    loop {
        let received = match runner.recv(deadline, cancel) {
            Ok(received) => received,
            Err(RecvError::Cancelled) => return TrialOutcome::Cancelled,
            Err(RecvError::TimedOut) => {
                // Before its clock the runner may not have read its order, and would not read a question.
                let locks = work.as_ref().and_then(|_: &Work| runner.ask_for_locks());
                return TrialOutcome::Failed(timed_out(timeout, work.as_ref(), locks));
            }
            Err(RecvError::Gone) => return TrialOutcome::Failed(runner.explain_end(alive)),
        };
        match received {
            Message::Reply(Reply::ClockStarted) => {
                work = Some(Work { tasks: tasks_of(order), done: 0, last_done: Instant::now() });
                watch(ClockEvent::ClockStarted);
            }
            Message::Reply(Reply::Progress { done }) => {
                if let Some(work) = work.as_mut().filter(|work| work.done != done) {
                    *work = Work { done, last_done: Instant::now(), ..*work };
                }
                watch(ClockEvent::Progress(done));
            }
            Message::Reply(Reply::ClockStopped) => watch(ClockEvent::ClockStopped),
            Message::Reply(Reply::Reached { alive: reached }) => alive = Some(reached),
            Message::Reply(Reply::Report(measured)) => report = Some(measured),
            Message::Reply(Reply::Spans(spans)) => {
                runner.mark = None;
                return match report {
                    Some(report) => TrialOutcome::Measured(report, spans),
                    None => TrialOutcome::Failed(Failure::Protocol(ProtocolFailure::NoReport)),
                };
            }
            Message::Reply(Reply::Failed(failure)) => {
                runner.mark = None;
                return TrialOutcome::Failed(failure);
            }
            Message::Reply(Reply::Hello(_) | Reply::Calibrated(_) | Reply::Locks(_)) => {
                return TrialOutcome::Failed(Failure::Protocol(ProtocolFailure::Unexpected));
            }
            Message::Malformed(error) => return TrialOutcome::Failed(unreadable(&error)),
        }
    }
}

/// How far the tasks of a trial were when they were last received of.
#[derive(Debug, Clone, Copy)]
struct Work {
    tasks: u32,
    /// An estimate from a sample of the tasks.
    done: u32,
    last_done: Instant,
}

const fn tasks_of(order: &RunnerRequest) -> u32 {
    match order {
        RunnerRequest::Trial(trial) => trial.plan.tasks,
        RunnerRequest::Calibrate { .. } => 0,
    }
}

/// What was seen of a trial whose time was over, and no promise that more time would have been enough.
fn timed_out(timeout: Duration, work: Option<&Work>, locks: Option<LockGraph>) -> Failure {
    let state = match (locks, work) {
        (Some(graph), _) => TrialState::Locked(graph),
        (None, None) => TrialState::Setup,
        (None, Some(Work { tasks, done, last_done })) => {
            let stalled = last_done.elapsed();
            let stalled_seconds = (*done > 0 && stalled > timeout / 2).then(|| stalled.as_secs_f64());
            TrialState::Running { done: *done, tasks: *tasks, stalled_seconds }
        }
    };
    Failure::TimedOut { after_seconds: timeout.as_secs_f64(), state }
}

fn unreadable(error: &io::Error) -> Failure {
    Failure::Protocol(ProtocolFailure::Unreadable { detail: error.to_string() })
}

/// Has kernels calibrated in a process of their own.
///
/// # Errors
/// Where it was cancelled, or why there is no calibration.
pub fn run_calibration(
    program: &Path,
    order: &RunnerRequest,
    cancel: &CancelFlag,
) -> Result<Vec<Calibration>, NotDone> {
    let mut runner = Runner::start(program, order, TAKES_ORDER_WITHIN, cancel)?;
    match runner.recv(Instant::now() + CALIBRATES_WITHIN, cancel) {
        Ok(Message::Reply(Reply::Calibrated(list))) => {
            runner.mark = None;
            Ok(list)
        }
        Ok(Message::Reply(Reply::Failed(failure))) => {
            runner.mark = None;
            Err(failure.into())
        }
        Ok(Message::Reply(_)) => Err(ProtocolFailure::Unexpected.into()),
        Ok(Message::Malformed(error)) => Err(unreadable(&error).into()),
        Err(RecvError::Cancelled) => Err(NotDone::Cancelled),
        Err(RecvError::TimedOut) => {
            Err(ProtocolFailure::CalibrationTooLong { seconds: CALIBRATES_WITHIN.as_secs() }.into())
        }
        Err(RecvError::Gone) => Err(runner.explain_end(None).into()),
    }
}

enum Message {
    Reply(Reply),
    Malformed(io::Error),
}

enum RecvError {
    Cancelled,
    TimedOut,
    Gone,
}

/// Why there is no result.
pub enum NotDone {
    /// It was cancelled.
    Cancelled,
    /// It failed.
    Failed(Failure),
}

impl From<Failure> for NotDone {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<ProtocolFailure> for NotDone {
    fn from(failure: ProtocolFailure) -> Self {
        Self::Failed(Failure::Protocol(failure))
    }
}

/// A live runner. Dropping it ends its tree.
struct Runner {
    tree: Tree,
    received: Receiver<Message>,
    stderr: Receiver<String>,
    // Held open: the runner ends its tree when this closes.
    stdin: ChildStdin,
    /// Folder that marks the interpreter of this runner and its descendants; `None` where there is none, or where
    /// the runner has ended them itself.
    mark: Option<OsString>,
}

impl Drop for Runner {
    fn drop(&mut self) {
        // An error means that it is gone.
        let _ = self.tree.kill();
        if let Some(folder) = &self.mark {
            process_tree::end_marked(protocol::TRIAL_VARIABLE, folder);
        }
    }
}

impl Runner {
    /// Starts a runner, checks its version, and gives it its order. Can be cancelled at any point.
    fn start(program: &Path, order: &RunnerRequest, within: Duration, cancel: &CancelFlag) -> Result<Self, NotDone> {
        let mut command = Command::new(program);
        command.arg(RUNNER_ARGUMENT).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // As an absolute path, whatever the user has set: a runner's own children have other current folders.
        command.env("TMPDIR", private_files::temporary_folder());
        let mut tree = Tree::spawn(&mut command)
            .map_err(|error| Failure::system(Action::StartRunner { program: program.into() }, &error))?;
        let leader = tree.leader();
        let (Some(stdin), Some(stdout), Some(stderr)) =
            (leader.stdin.take(), leader.stdout.take(), leader.stderr.take())
        else {
            return Err(Failure::incomplete(MissingPart::Pipes).into());
        };
        let no_thread = |error: io::Error| Failure::system(Action::ListenToRunner, &error);
        let received = listen(stdout).map_err(no_thread)?;
        let stderr = keep_tail(stderr).map_err(no_thread)?;
        let mut runner = Self { tree, received, stderr, stdin, mark: mark_of(order) };
        runner.greet(program, cancel)?;
        runner.give(order, within, cancel)?;
        Ok(runner)
    }

    fn greet(&mut self, program: &Path, cancel: &CancelFlag) -> Result<(), NotDone> {
        match self.recv(Instant::now() + HELLO_WITHIN, cancel) {
            Ok(Message::Reply(Reply::Hello(Hello { protocol, .. }))) if protocol == protocol::VERSION => Ok(()),
            Ok(Message::Reply(Reply::Hello(Hello { protocol, lab_version }))) => {
                Err(ProtocolFailure::OtherVersion { lab_version, protocol, own_protocol: protocol::VERSION }.into())
            }
            Ok(_) => Err(ProtocolFailure::NotARunner { program: program.into() }.into()),
            Err(RecvError::Cancelled) => Err(NotDone::Cancelled),
            Err(RecvError::TimedOut) => Err(ProtocolFailure::NoHello { seconds: HELLO_WITHIN.as_secs() }.into()),
            Err(RecvError::Gone) => Err(self.explain_end(None).into()),
        }
    }

    /// Writes the order on a thread of its own: a runner that does not read would block the writer for ever.
    fn give(&mut self, order: &RunnerRequest, within: Duration, cancel: &CancelFlag) -> Result<(), NotDone> {
        let Self { tree, stdin, .. } = self;
        let sent = thread::scope(|scope| {
            let (done, wait) = bounded(1);
            let write = move || {
                let mut pipe = BufWriter::with_capacity(1 << 16, stdin);
                let written = protocol::write_request(&mut pipe, order).and_then(|()| pipe.flush());
                // Without the rest of a failed order, so that dropping it does not block.
                drop(pipe.into_parts());
                // The receiver lives as long as this scope.
                let _ = done.send(written);
            };
            let started = thread::Builder::new().name("runner-order".into()).spawn_scoped(scope, write);
            if let Err(error) = started {
                return Err(NotDone::Failed(Failure::system(Action::SendRequest, &error)));
            }
            let given_up = select! {
                recv(wait) -> written => return Ok(written.unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()))),
                recv(cancel.wake()) -> _ => NotDone::Cancelled,
                default(within) => ProtocolFailure::RequestNotRead { seconds: within.as_secs_f64() }.into(),
            };
            // Ends the writer as well: nobody holds the other end of its pipe any more.
            let _ = tree.kill();
            Err(given_up)
        })?;
        match sent {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(self.explain_end(None).into()),
            Err(error) => Err(Failure::system(Action::WriteRequest, &error).into()),
        }
    }

    fn recv(&mut self, deadline: Instant, cancel: &CancelFlag) -> Result<Message, RecvError> {
        if cancel.is_cancelled() {
            return Err(RecvError::Cancelled);
        }
        select! {
            recv(self.received) -> received => received.map_err(|_| RecvError::Gone),
            recv(cancel.wake()) -> _ => Err(RecvError::Cancelled),
            default(deadline.saturating_duration_since(Instant::now())) => Err(RecvError::TimedOut),
        }
    }

    /// Which task holds which lock and which one waits; `None` where none does, or the runner does not answer.
    fn ask_for_locks(&mut self) -> Option<LockGraph> {
        self.stdin.write_all(&[protocol::ASK_FOR_LOCKS]).and_then(|()| self.stdin.flush()).ok()?;
        let deadline = Instant::now() + ANSWER_WITHIN;
        loop {
            match self.received.recv_deadline(deadline).ok()? {
                Message::Reply(Reply::Locks(graph)) => return Some(graph).filter(|graph| !graph.is_empty()),
                // What was under way when the question was asked.
                Message::Reply(Reply::Progress { .. } | Reply::Reached { .. } | Reply::ClockStarted) => {}
                Message::Reply(_) | Message::Malformed(_) => return None,
            }
        }
    }

    /// Why a runner went away without a last word. `alive`: threads or processes it had last told of.
    fn explain_end(&mut self, alive: Option<u32>) -> Failure {
        let status = self.tree.wait_within(ENDS_WITHIN);
        let last_words = last_line(&self.stderr.recv_timeout(Duration::from_secs(1)).unwrap_or_default());
        match status {
            Ok(None) => Failure::RunnerStuck { seconds: ENDS_WITHIN.as_secs(), last_words },
            Ok(Some(status)) => Failure::RunnerExited { exit: Some(status.into()), alive, last_words },
            Err(_) => Failure::RunnerExited { exit: None, alive, last_words },
        }
    }
}

/// The folder by which an order's interpreter and its descendants are found.
fn mark_of(order: &RunnerRequest) -> Option<OsString> {
    let folder = match order {
        RunnerRequest::Trial(trial) => trial.python.as_ref().and(trial.environment.folder.as_ref()),
        RunnerRequest::Calibrate { python, .. } => python.as_ref().map(|place| &place.folder),
    };
    folder.map(|folder| folder.clone().into_os_string())
}

fn listen(stdout: impl Read + Send + 'static) -> io::Result<Receiver<Message>> {
    let (send, receive) = bounded(64);
    thread::Builder::new().name("runner-replies".into()).spawn(move || {
        let mut input = BufReader::with_capacity(1 << 16, stdout);
        loop {
            let received = match Reply::read(&mut input) {
                Ok(reply) => Message::Reply(reply),
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return,
                Err(error) => Message::Malformed(error),
            };
            let over = matches!(received, Message::Malformed(_));
            if send.send(received).is_err() || over {
                return;
            }
        }
    })?;
    Ok(receive)
}

/// Reads a runner's stderr to its end and hands over the tail.
fn keep_tail(mut stderr: impl Read + Send + 'static) -> io::Result<Receiver<String>> {
    let (send, receive) = bounded(1);
    thread::Builder::new().name("runner-stderr".into()).spawn(move || {
        let mut tail = Vec::new();
        let mut buffer = [0_u8; 1024];
        while let Ok(count) = stderr.read(&mut buffer) {
            if count == 0 {
                break;
            }
            tail.extend_from_slice(&buffer[..count]);
            let excess = tail.len().saturating_sub(STDERR_KEPT);
            tail.drain(..excess);
        }
        // Nobody may be listening any more: then it does not matter.
        let _ = send.send(String::from_utf8_lossy(&tail).into_owned());
    })?;
    Ok(receive)
}

#[cfg(test)]
mod tests;
