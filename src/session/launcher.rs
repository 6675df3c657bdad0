//! Starts one runner, hears what it says, and ends its whole tree. Turns every way in which a
//! runner can end into a measurement or a stated reason.

use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded, select};

use super::CancelFlag;
use crate::process_tree::{self, Tree};
use crate::protocol::{self, Failure, Hello, Order, RUNNER_ARGUMENT, Reply, Report};
use crate::trial::Spans;
use crate::units;
use crate::workload::Calibration;

/// A runner that has not said hello by then is broken.
const HELLO_WITHIN: Duration = Duration::from_secs(10);
/// A runner that is asked who holds which lock answers at once, or not at all.
const ANSWER_WITHIN: Duration = Duration::from_millis(500);
/// How much of a runner's stderr is kept for its reason.
const STDERR_KEPT: usize = 4096;

/// How a trial's runner ended.
#[derive(Debug)]
pub enum Ending {
    /// With a measurement.
    Measured(Box<Report>, Spans),
    /// Without one.
    Failed(String),
    /// Because somebody asked.
    Cancelled,
}

/// What happens in a runner while it lives, for those who watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Setup is over, the clock runs.
    ClockStarted,
    /// So many tasks are done.
    Progress(u32),
    /// The work, repeats included, is over.
    ClockStopped,
    /// The system refused to start one more thread or process while so many were alive.
    LimitReached(u32),
}

/// Runs one order to its end in a fresh runner.
pub fn run_trial(
    program: &Path,
    order: &Order,
    timeout: Duration,
    cancel: &CancelFlag,
    mut watch: impl FnMut(Moment),
) -> Ending {
    let mut runner = match Runner::start(program, order) {
        Ok(runner) => runner,
        Err(reason) => return Ending::Failed(reason),
    };
    let deadline = Instant::now() + timeout;
    let mut report: Option<Box<Report>> = None;
    let mut alive = None;
    loop {
        let heard = match runner.hear(deadline, cancel) {
            Ok(heard) => heard,
            Err(Silence::Cancelled) => return Ending::Cancelled,
            Err(Silence::TimedOut) => {
                let limit = units::significant(timeout.as_secs_f64(), 3);
                return Ending::Failed(match runner.ask_for_locks() {
                    Some(locks) => format!("timed out after {limit} s: {locks}"),
                    None => format!("timed out after {limit} s; a longer time-out or less work would let it finish"),
                });
            }
            Err(Silence::Gone) => return Ending::Failed(runner.explain_end(alive)),
        };
        match heard {
            Heard::Reply(Reply::ClockStarted) => watch(Moment::ClockStarted),
            Heard::Reply(Reply::Progress { done }) => watch(Moment::Progress(done)),
            Heard::Reply(Reply::ClockStopped) => watch(Moment::ClockStopped),
            Heard::Reply(Reply::Reached { alive: reached }) => alive = Some(reached),
            Heard::Reply(Reply::Report(measured)) => report = Some(measured),
            Heard::Reply(Reply::Spans(spans)) => {
                return match report {
                    Some(report) => Ending::Measured(report, spans),
                    None => Ending::Failed("the runner sent spans without a report".to_owned()),
                };
            }
            Heard::Reply(Reply::Failed(Failure { reason, limit })) => {
                limit.into_iter().for_each(|alive| watch(Moment::LimitReached(alive)));
                return Ending::Failed(reason);
            }
            Heard::Reply(Reply::Hello(_) | Reply::Calibrated(_) | Reply::Locks(_)) => {
                return Ending::Failed("the runner answered something that was not asked".to_owned());
            }
            Heard::Nonsense(error) => return Ending::Failed(format!("the runner's answer can't be read: {error}")),
        }
    }
}

/// Has kernels calibrated in a process of their own.
///
/// # Errors
/// In words, why there is no calibration.
pub fn run_calibration(program: &Path, order: &Order, cancel: &CancelFlag) -> Result<Vec<Calibration>, String> {
    let mut runner = Runner::start(program, order)?;
    match runner.hear(Instant::now() + Duration::from_secs(30), cancel) {
        Ok(Heard::Reply(Reply::Calibrated(list))) => Ok(list),
        Ok(Heard::Reply(Reply::Failed(Failure { reason, .. }))) => Err(reason),
        Ok(Heard::Reply(_)) => Err("the calibration process answered something that was not asked".to_owned()),
        Ok(Heard::Nonsense(error)) => Err(format!("the calibration process's answer can't be read: {error}")),
        Err(Silence::Cancelled) => Err("cancelled".to_owned()),
        Err(Silence::TimedOut) => Err("calibration took more than 30 s".to_owned()),
        Err(Silence::Gone) => Err(runner.explain_end(None)),
    }
}

enum Heard {
    Reply(Reply),
    Nonsense(io::Error),
}

enum Silence {
    Cancelled,
    TimedOut,
    Gone,
}

/// A live runner. Dropping it ends its tree.
struct Runner {
    tree: Tree,
    heard: Receiver<Heard>,
    stderr: Receiver<String>,
    // Held open: the runner ends its tree when this closes.
    stdin: std::process::ChildStdin,
}

impl Runner {
    /// Starts a runner, checks who it is, and gives it its order.
    fn start(program: &Path, order: &Order) -> Result<Self, String> {
        let mut command = Command::new(program);
        command.arg(RUNNER_ARGUMENT).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut tree = Tree::spawn(&mut command)
            .map_err(|error| format!("the runner ({}) could not be started: {error}", program.display()))?;
        let leader = tree.leader();
        let (Some(mut stdin), Some(stdout), Some(stderr)) =
            (leader.stdin.take(), leader.stdout.take(), leader.stderr.take())
        else {
            return Err("the runner was started without pipes".to_owned());
        };
        let no_thread = |error: io::Error| format!("a thread that listens to the runner could not be started: {error}");
        let heard = listen(stdout).map_err(no_thread)?;
        let stderr = keep_tail(stderr).map_err(no_thread)?;
        match heard.recv_timeout(HELLO_WITHIN) {
            Ok(Heard::Reply(Reply::Hello(Hello { protocol, lab_version }))) => {
                if protocol != protocol::VERSION {
                    return Err(format!(
                        "the runner is of version {lab_version} (protocol {protocol}), this is {} (protocol {}): \
                         the program was replaced while it ran; start it again",
                        env!("CARGO_PKG_VERSION"),
                        protocol::VERSION
                    ));
                }
            }
            Ok(_) => return Err(format!("{} is no runner of the lab", program.display())),
            Err(RecvTimeoutError::Timeout) => return Err("the runner did not say hello within 10 s".to_owned()),
            Err(RecvTimeoutError::Disconnected) => {
                let mut runner = Self { tree, heard, stderr, stdin };
                return Err(runner.explain_end(None));
            }
        }
        let mut pipe = BufWriter::with_capacity(1 << 16, &mut stdin);
        let sent = protocol::write_order(&mut pipe, order).and_then(|()| pipe.flush());
        drop(pipe);
        let mut runner = Self { tree, heard, stderr, stdin };
        match sent {
            Ok(()) => Ok(runner),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(runner.explain_end(None)),
            // The runner still waits for its order: it ends with this value.
            Err(error) => Err(format!("the order for the runner can't be written: {error}")),
        }
    }

    fn hear(&mut self, deadline: Instant, cancel: &CancelFlag) -> Result<Heard, Silence> {
        if cancel.is_cancelled() {
            return Err(Silence::Cancelled);
        }
        select! {
            recv(self.heard) -> heard => heard.map_err(|_| Silence::Gone),
            recv(cancel.wake()) -> _ => Err(Silence::Cancelled),
            default(deadline.saturating_duration_since(Instant::now())) => Err(Silence::TimedOut),
        }
    }

    /// Who holds which lock and who waits, in words; `None` where nobody does, or the runner can't say.
    fn ask_for_locks(&mut self) -> Option<String> {
        self.stdin.write_all(&[protocol::ASK_FOR_LOCKS]).and_then(|()| self.stdin.flush()).ok()?;
        let deadline = Instant::now() + ANSWER_WITHIN;
        loop {
            match self.heard.recv_deadline(deadline).ok()? {
                Heard::Reply(Reply::Locks(words)) => return Some(words).filter(|words| !words.is_empty()),
                // What was under way when the question was asked.
                Heard::Reply(Reply::Progress { .. } | Reply::Reached { .. } | Reply::ClockStarted) => {}
                Heard::Reply(_) | Heard::Nonsense(_) => return None,
            }
        }
    }

    /// Why a runner went away without a last word. `alive`: threads or processes it had last told of.
    fn explain_end(&mut self, alive: Option<u32>) -> String {
        let status = self.tree.wait();
        let said = self.stderr.recv_timeout(Duration::from_secs(1)).unwrap_or_default();
        explain(status, alive, &said)
    }
}

fn explain(status: io::Result<ExitStatus>, alive: Option<u32>, said: &str) -> String {
    let said = last_words(said);
    let Ok(status) = status else { return format!("the runner was lost{said}") };
    let ended = process_tree::describe(status);
    match alive {
        Some(alive) if process_tree::aborted(status) => {
            format!("the system allows about {alive} threads here: starting more aborted the runner ({ended}){said}")
        }
        Some(alive) if process_tree::killed(status) => {
            format!(
                "the runner was ended from outside ({ended}) with about {alive} threads or processes alive, most likely for want of memory{said}"
            )
        }
        _ if process_tree::killed(status) => {
            format!("the runner was ended from outside ({ended}): by hand, or by the system for want of memory{said}")
        }
        _ => format!("the runner ended without a result ({ended}){said}"),
    }
}

/// The last line that a runner wrote to stderr, for its reason.
fn last_words(said: &str) -> String {
    said.lines()
        .rev()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .map_or_else(String::new, |line| format!(". It said: {}", line.chars().take(300).collect::<String>()))
}

fn listen(stdout: impl Read + Send + 'static) -> io::Result<Receiver<Heard>> {
    let (send, receive) = bounded(64);
    thread::Builder::new().name("runner-replies".into()).spawn(move || {
        let mut input = BufReader::with_capacity(1 << 16, stdout);
        loop {
            let heard = match Reply::read(&mut input) {
                Ok(reply) => Heard::Reply(reply),
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return,
                Err(error) => Heard::Nonsense(error),
            };
            let over = matches!(heard, Heard::Nonsense(_));
            if send.send(heard).is_err() || over {
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
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn an_abort_names_the_number_reached() {
        use std::os::unix::process::ExitStatusExt as _;
        let words = explain(Ok(ExitStatus::from_raw(6)), Some(16_256), "x\nfailed to set up a guard page\n\n");
        assert!(
            words.contains("about 16256 threads") && words.contains("aborted") && words.contains("guard page"),
            "{words}"
        );
        let words = explain(Ok(ExitStatus::from_raw(9)), None, "");
        assert!(words.contains("signal 9 (killed)") && words.contains("from outside"), "{words}");
    }

    #[test]
    fn a_program_that_is_no_runner_is_named() {
        let order = Order::Calibrate { kernels: vec![], python: None };
        let cancel = CancelFlag::default();
        let missing = run_calibration(Path::new("no-such-program"), &order, &cancel).expect_err("missing");
        assert!(missing.contains("no-such-program"), "{missing}");
    }
}
