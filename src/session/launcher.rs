//! Launches one runner, receives its replies, and kills its process tree. Turns every way in which a runner can end into
//! a measurement or a stated failure. The request of trials is decided in `rounds`.

use std::ffi::OsString;
use std::io::{self, BufReader, BufWriter, Write as _};
use std::path::Path;
use std::process::{ChildStdout, Command};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{bounded, select};

use super::CancelFlag;
use crate::failure::{Action, Failure, LockGraph, MissingPart, ProtocolFailure, TrialState};
use crate::private_files;
use crate::process_tree;
use crate::protocol::{self, Hello, RUNNER_ARGUMENT, Reply, Report, RunnerRequest};
use crate::supervised_child::{Decoded, RecvError, SpawnError, SupervisedChild, Supervision, Waited};
use crate::trial::Spans;
use crate::workload::Calibration;

/// Time limit for a runner's hello.
const HELLO_WITHIN: Duration = Duration::from_secs(10);
/// Time within which a runner reads its request, or the trial's time-out if that is longer: a short time-out is meant
/// for the work.
const READS_REQUEST_WITHIN: Duration = Duration::from_secs(10);
/// Time within which a runner exits after closing its pipes; then it is killed.
const ENDS_WITHIN: Duration = Duration::from_secs(5);
/// Time limit for a calibration.
const CALIBRATES_WITHIN: Duration = Duration::from_secs(30);
/// Time limit for a runner's lock graph; a runner that does not reply at once is stuck.
const LOCKS_WITHIN: Duration = Duration::from_millis(500);
/// Time within which a runner whose clock has stopped in time sends its result.
const SENDS_RESULT_WITHIN: Duration = Duration::from_secs(10);
/// Threads of a runner, and the length of its stderr that is kept.
const SUPERVISION: Supervision = Supervision { name: "runner", stderr_bytes: 4096 };

/// Outcome of a trial.
#[derive(Debug)]
pub enum TrialOutcome {
    /// The runner reported a measurement.
    Measured(Box<Report>, Spans),
    /// The trial failed.
    Failed(Failure),
    /// The user cancelled it.
    Cancelled,
}

/// Event of the trial's clock, reported while the runner runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockEvent {
    /// The setup is done, the clock runs.
    ClockStarted,
    /// Number of finished tasks, an estimate.
    Progress(u32),
    /// The work, repeats included, is done.
    ClockStopped,
}

/// Runs one trial in a fresh runner. Calls `report_event` for each event of its clock.
pub fn run_trial(
    program: &Path,
    request: &RunnerRequest,
    timeout: Duration,
    cancel: &CancelFlag,
    mut report_event: impl FnMut(ClockEvent),
) -> TrialOutcome {
    let mut runner = match Runner::start(program, request, timeout.max(READS_REQUEST_WITHIN), cancel) {
        Ok(runner) => runner,
        Err(NotDone::Cancelled) => return TrialOutcome::Cancelled,
        Err(NotDone::Failed(failure)) => return TrialOutcome::Failed(failure),
    };
    let mut deadline = Instant::now() + timeout;
    let mut report: Option<Box<Report>> = None;
    let mut alive = None;
    let mut progress = None;
    // A result that is on its way when the time is over counts: a million spans take a while.
    let (mut clock_stopped, mut waits_for_result, mut waits_for_locks) = (false, false, false);
    loop {
        let received = match runner.recv(deadline, cancel) {
            Ok(received) => received,
            Err(RecvError::Cancelled) => return TrialOutcome::Cancelled,
            Err(RecvError::TimedOut) if clock_stopped && !waits_for_result => {
                waits_for_result = true;
                deadline = Instant::now() + SENDS_RESULT_WITHIN;
                continue;
            }
            Err(RecvError::TimedOut) if clock_stopped => {
                let waited_seconds = SENDS_RESULT_WITHIN.as_secs_f64();
                return TrialOutcome::Failed(timed_out(timeout, TrialState::Teardown { waited_seconds }));
            }
            Err(RecvError::TimedOut) => {
                // Before its clock starts, the runner may not have read its request, and would not read a question.
                let may_answer = progress.is_some() && !waits_for_locks;
                if may_answer && runner.ask_for_locks() {
                    waits_for_locks = true;
                    deadline = Instant::now() + LOCKS_WITHIN;
                    continue;
                }
                return TrialOutcome::Failed(timed_out(timeout, state_of(timeout, progress.as_ref(), None)));
            }
            Err(RecvError::Gone) => return TrialOutcome::Failed(runner.explain_end(alive)),
        };
        match received {
            Message::Reply(Reply::ClockStarted) => {
                progress = Some(Progress { tasks: tasks_of(request), done: 0, changed_at: Instant::now() });
                report_event(ClockEvent::ClockStarted);
            }
            Message::Reply(Reply::Progress { done }) => {
                if let Some(progress) = progress.as_mut().filter(|progress| progress.done != done) {
                    *progress = Progress { done, changed_at: Instant::now(), ..*progress };
                }
                report_event(ClockEvent::Progress(done));
            }
            Message::Reply(Reply::ClockStopped) => {
                clock_stopped = true;
                report_event(ClockEvent::ClockStopped);
            }
            Message::Reply(Reply::Reached { alive: reached }) => alive = Some(reached),
            Message::Reply(Reply::Report(measured)) => report = Some(measured),
            Message::Reply(Reply::Spans(spans)) => {
                runner.ended_its_tree();
                return match report {
                    Some(report) => TrialOutcome::Measured(report, *spans),
                    None => TrialOutcome::Failed(Failure::Protocol(ProtocolFailure::NoReport)),
                };
            }
            Message::Reply(Reply::Failed(failure)) => {
                runner.ended_its_tree();
                return TrialOutcome::Failed(failure);
            }
            // The work was done while the question was on its way.
            Message::Reply(Reply::Locks(_)) if waits_for_locks && clock_stopped => {}
            Message::Reply(Reply::Locks(graph)) if waits_for_locks => {
                let locks = Some(graph).filter(|graph| !graph.is_empty());
                return TrialOutcome::Failed(timed_out(timeout, state_of(timeout, progress.as_ref(), locks)));
            }
            Message::Reply(Reply::Hello(_) | Reply::Calibrated(_) | Reply::Locks(_)) => {
                return TrialOutcome::Failed(Failure::Protocol(ProtocolFailure::Unexpected));
            }
            Message::Malformed(error) => return TrialOutcome::Failed(unreadable(&error)),
        }
    }
}

/// Progress of a trial, as last reported.
#[derive(Debug, Clone, Copy)]
struct Progress {
    tasks: u32,
    /// Finished tasks, an estimate.
    done: u32,
    /// Time of the last change of `done`.
    changed_at: Instant,
}

const fn tasks_of(request: &RunnerRequest) -> u32 {
    match request {
        RunnerRequest::Trial(trial) => trial.plan.tasks,
        RunnerRequest::Calibrate { .. } => 0,
    }
}

fn timed_out(timeout: Duration, state: TrialState) -> Failure {
    Failure::TimedOut { after_seconds: timeout.as_secs_f64(), state }
}

/// Returns the last known state of a trial whose clock has not stopped. It does not claim that more time would have been
/// enough.
fn state_of(timeout: Duration, progress: Option<&Progress>, locks: Option<LockGraph>) -> TrialState {
    match (locks, progress) {
        (Some(graph), _) => TrialState::Locked(graph),
        (None, None) => TrialState::Setup,
        (None, Some(Progress { tasks, done, changed_at })) => {
            let stalled = changed_at.elapsed();
            let stalled_seconds = (*done > 0 && stalled > timeout / 2).then_some(stalled.as_secs_f64());
            TrialState::Running { done: *done, tasks: *tasks, stalled_seconds }
        }
    }
}

fn unreadable(error: &io::Error) -> Failure {
    Failure::Protocol(ProtocolFailure::Unreadable { detail: error.to_string() })
}

/// Calibrates kernels in a fresh runner.
///
/// # Errors
/// Returns the failure, or that it was cancelled.
pub fn run_calibration(
    program: &Path,
    request: &RunnerRequest,
    cancel: &CancelFlag,
) -> Result<Vec<Calibration>, NotDone> {
    let mut runner = Runner::start(program, request, READS_REQUEST_WITHIN, cancel)?;
    match runner.recv(Instant::now() + CALIBRATES_WITHIN, cancel) {
        Ok(Message::Reply(Reply::Calibrated(list))) => {
            runner.ended_its_tree();
            Ok(list)
        }
        Ok(Message::Reply(Reply::Failed(failure))) => {
            runner.ended_its_tree();
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

/// Starts a runner that has nothing to do. Returns the time from its start to its hello.
///
/// # Errors
/// Returns the failure, or that it was cancelled.
pub fn time_start(program: &Path, cancel: &CancelFlag) -> Result<Duration, NotDone> {
    let request = RunnerRequest::Calibrate { kernels: Vec::new(), python: None };
    let mut runner = Runner::start(program, &request, READS_REQUEST_WITHIN, cancel)?;
    match runner.recv(Instant::now() + CALIBRATES_WITHIN, cancel) {
        Ok(Message::Reply(Reply::Calibrated(_))) => Ok(runner.said_hello_after),
        Ok(_) => Err(ProtocolFailure::Unexpected.into()),
        Err(RecvError::Cancelled) => Err(NotDone::Cancelled),
        Err(RecvError::TimedOut | RecvError::Gone) => Err(runner.explain_end(None).into()),
    }
}

/// Message from a runner.
enum Message {
    Reply(Reply),
    Malformed(io::Error),
}

/// Reason why there is no result.
#[derive(Debug)]
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

/// A live runner. Dropping it kills its process tree. Its stdin is open: the runner ends its tree when it closes.
struct Runner {
    child: SupervisedChild<Message>,
    /// Folder that marks the interpreter of this runner and its descendants; `None` if there is none, or once the runner
    /// has ended them itself.
    mark: Option<OsString>,
    /// True if the tasks run code of the user's.
    own_code: bool,
    /// Time from its start to its hello.
    said_hello_after: Duration,
}

impl Drop for Runner {
    fn drop(&mut self) {
        self.child.process.kill();
        if let Some(folder) = &self.mark {
            process_tree::end_marked(protocol::TRIAL_VARIABLE, folder);
        }
    }
}

impl Runner {
    /// Notes that the runner has ended what it started. Code of the user's may have left a process that has not yet left
    /// the runner's group when the runner looked for it, and that leaves it before the group is killed: such trees are
    /// searched for once more.
    fn ended_its_tree(&mut self) {
        if !self.own_code {
            self.mark = None;
        }
    }

    /// Starts a runner, checks its version, and sends it the request. Can be cancelled at any point.
    fn start(program: &Path, request: &RunnerRequest, within: Duration, cancel: &CancelFlag) -> Result<Self, NotDone> {
        let mut command = Command::new(program);
        // The last line of its stderr is its last words: a hint at backtraces would hide the panic.
        command.arg(RUNNER_ARGUMENT).env("RUST_BACKTRACE", "0");
        // As an absolute path, whatever the user has set: a runner's own children have other current folders.
        command.env(process_tree::TEMPORARY_FOLDER_VARIABLE, private_files::temporary_folder());
        command.env(protocol::LAYOUT_VARIABLE, protocol::random_layout());
        let started = Instant::now();
        let child =
            SupervisedChild::spawn_tree_on(&mut command, cpus_of(request), SUPERVISION, decode).map_err(|error| {
                match error {
                    SpawnError::Process(error) => {
                        Failure::system(Action::StartRunner { program: program.into() }, &error)
                    }
                    SpawnError::Pipes => Failure::incomplete(MissingPart::Pipes),
                    SpawnError::Thread(error) => Failure::system(Action::ListenToRunner, &error),
                }
            })?;
        let (mark, own_code) = (mark_of(request), runs_own_code(request));
        let mut runner = Self { child, mark, own_code, said_hello_after: Duration::ZERO };
        runner.check_version(program, cancel)?;
        runner.said_hello_after = started.elapsed();
        runner.send(request, within, cancel)?;
        Ok(runner)
    }

    fn check_version(&mut self, program: &Path, cancel: &CancelFlag) -> Result<(), NotDone> {
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

    /// Writes the request on a separate thread, since a runner that does not read would block the writer forever.
    fn send(&mut self, request: &RunnerRequest, within: Duration, cancel: &CancelFlag) -> Result<(), NotDone> {
        let SupervisedChild { process, stdin, .. } = &mut self.child;
        let Some(stdin) = stdin else { return Err(Failure::incomplete(MissingPart::Pipes).into()) };
        let sent = thread::scope(|scope| {
            let (done, wait) = bounded(1);
            let write = move || {
                let mut pipe = BufWriter::with_capacity(1 << 16, stdin);
                let written = protocol::write_request(&mut pipe, request).and_then(|()| pipe.flush());
                // Drops the buffered rest of a failed request, which would block.
                drop(pipe.into_parts());
                // The receiver lives as long as this scope, so that sending can't fail.
                let _ = done.send(written);
            };
            let started = thread::Builder::new().name("runner-stdin".into()).spawn_scoped(scope, write);
            if let Err(error) = started {
                return Err(NotDone::Failed(Failure::system(Action::SendRequest, &error)));
            }
            let not_done = select! {
                recv(wait) -> written => return Ok(written.unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()))),
                recv(cancel.wake()) -> _ => NotDone::Cancelled,
                default(within) => ProtocolFailure::RequestNotRead { seconds: within.as_secs_f64() }.into(),
            };
            // Closes the other end of the pipe, so that the writer ends as well.
            process.kill();
            Err(not_done)
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
        self.child.recv(deadline, cancel.wake())
    }

    /// Asks for the tasks that hold or wait for locks. Returns false if the question can't be sent.
    fn ask_for_locks(&mut self) -> bool {
        let Some(stdin) = self.child.stdin.as_mut() else { return false };
        stdin.write_all(&[protocol::ASK_FOR_LOCKS]).and_then(|()| stdin.flush()).is_ok()
    }

    /// Returns the failure of a runner that ended without a result. `alive`: threads or processes that it last reported.
    fn explain_end(&mut self, alive: Option<u32>) -> Failure {
        let waited = self.child.wait_within(ENDS_WITHIN);
        let last_words = self.child.last_words();
        match waited {
            Waited::StillRunning => Failure::RunnerStuck { seconds: ENDS_WITHIN.as_secs(), last_words },
            Waited::Exited(exit) => Failure::RunnerExited { exit, alive, last_words },
        }
    }
}

/// Returns true for a trial whose tasks run a function or a program of the user's.
fn runs_own_code(request: &RunnerRequest) -> bool {
    matches!(request, RunnerRequest::Trial(trial) if trial.environment.code.iter().any(Option::is_some))
}

/// Returns the folder that marks the request's interpreter, programs and their descendants.
fn mark_of(request: &RunnerRequest) -> Option<OsString> {
    let folder = match request {
        RunnerRequest::Trial(trial) => {
            let marked = trial.python.is_some() || trial.environment.code.iter().any(Option::is_some);
            trial.environment.folder.as_ref().filter(|_| marked)
        }
        RunnerRequest::Calibrate { python, .. } => python.as_ref().map(|location| &location.folder),
    };
    folder.map(|folder| folder.clone().into_os_string())
}

/// Returns the CPUs that the runner's tree is limited to.
fn cpus_of(request: &RunnerRequest) -> Option<&[u32]> {
    match request {
        RunnerRequest::Trial(trial) => trial.settings.cpus.as_deref(),
        RunnerRequest::Calibrate { .. } => None,
    }
}

/// Decodes one reply.
fn decode(input: &mut BufReader<ChildStdout>) -> Decoded<Message> {
    match Reply::read(input) {
        Ok(reply) => Decoded::Message(Message::Reply(reply)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Decoded::End,
        Err(error) => Decoded::Last(Message::Malformed(error)),
    }
}

#[cfg(test)]
mod tests;
