//! The parent's side of a run: launches runners, samples the machine, orders the trials in
//! rounds, and tells what happens as events. It never prints and never draws.

mod buffer;
mod calibration;
mod cgroup;
mod counters;
mod folder;
pub mod interpreters;
mod launcher;
pub mod machine;
pub mod noise;
mod rounds;
mod sampler;
mod sink;
mod spool;
mod tree_usage;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use crate::experiment::Experiment;
use crate::failure::{Action, Failure};
use crate::model::Contender;
use crate::python::Interpreters;
use crate::trial::{CpuSample, Trial};
pub use calibration::HostCalibrations;
pub use cgroup::Throttling;
pub use machine::Machine;
pub use sink::{NotStored, TrialSink};

/// What to run.
#[derive(Clone)]
pub struct Request {
    /// The validated experiment.
    pub experiment: Arc<Experiment>,
    /// What its Python models run on.
    pub interpreters: Arc<Interpreters>,
    /// More rounds of an experiment that has already run: no warm-up, the rounds go on counting.
    pub more: Option<MoreRounds>,
    /// Stores the run trial by trial; `None` where it is not to be stored.
    pub sink: Option<Arc<dyn TrialSink>>,
    /// Called after each event was put into the channel, from the session's thread.
    pub notify: Arc<dyn Fn() + Send + Sync>,
}

/// Where a continued run takes up.
#[derive(Debug, Clone)]
pub struct MoreRounds {
    /// The last round that has run.
    pub after_round: i32,
    /// The last position that was used.
    pub after_position: u32,
    /// How many more rounds.
    pub rounds: u32,
    /// The calibrations of the first part: the work must stay the same.
    pub calibrations: HostCalibrations,
}

/// What happened, in order. Window, terminal and tests read the same events.
#[derive(Debug, Clone)]
pub enum SessionEvent {
    /// The machine was looked at. The first event of every session.
    Machine(Arc<Machine>),
    /// Kernels are being calibrated.
    Calibrating,
    /// The speeds that the plan was expanded with.
    Calibrated {
        /// Of each host.
        calibrations: HostCalibrations,
    },
    /// How many measured rounds there will be is now fixed.
    RoundsFixed {
        /// Measured rounds, those that had run before included.
        rounds: u32,
    },
    /// A runner was started.
    TrialStarted {
        /// Which model.
        contender: Contender,
        /// 1-based; 0 and below are warm-ups.
        round: i32,
        /// Place in the whole run order, from 1.
        position: u32,
        /// Seconds that all that is left will probably take, once the first round is known.
        seconds_left: Option<f64>,
    },
    /// How far the running trial is. At most four a second.
    Progress {
        /// Tasks done, estimated from a sample of them.
        done: u32,
        /// Of so many.
        tasks: u32,
    },
    /// A sample of the running trial.
    CpuSampled(CpuSample),
    /// The run, or the rest of it, is not being stored. Sent at most once; the run goes on.
    NotStored(NotStored),
    /// A trial is over, whatever became of it.
    TrialFinished(Box<Trial>),
    /// The last event of every session.
    Finished(Outcome),
}

/// How a session ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// All rounds ran.
    Done,
    /// The user stopped it; finished trials remain.
    Cancelled,
    /// It could not go on; finished trials remain.
    Failed(Failure),
}

/// A session under way. Dropping it cancels.
#[derive(Debug)]
pub struct RunningSession {
    /// What happens. Ends after [`SessionEvent::Finished`].
    pub events: Receiver<SessionEvent>,
    /// Set to stop: the process tree is gone within a second.
    pub cancel: CancelFlag,
}

impl Drop for RunningSession {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

/// Asks a session to stop. Cheap to clone, can be set from any thread.
#[derive(Debug, Clone)]
pub struct CancelFlag {
    asked: Arc<AtomicBool>,
    ring: Sender<()>,
    wake: Receiver<()>,
}

impl Default for CancelFlag {
    fn default() -> Self {
        let (ring, wake) = bounded(1);
        Self { asked: Arc::default(), ring, wake }
    }
}

impl CancelFlag {
    /// Asks.
    pub fn cancel(&self) {
        self.asked.store(true, Ordering::Release);
        // Full means that somebody has rung before.
        let _ = self.ring.try_send(());
    }

    /// Whether somebody asked.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.asked.load(Ordering::Acquire)
    }

    /// Ready when somebody asks, for those who wait for several things. Ask [`Self::is_cancelled`] too.
    #[must_use]
    pub const fn wake(&self) -> &Receiver<()> {
        &self.wake
    }
}

/// Starts sessions: the real launcher, or a scripted one in tests.
pub trait Sessions: Send + Sync {
    /// Starts a session on threads of its own and returns at once.
    fn start(&self, request: Request) -> RunningSession;
}

/// The real thing: runners are processes of this executable.
#[derive(Debug, Clone)]
pub struct RealSessions {
    program: PathBuf,
}

impl RealSessions {
    /// Runs `program` (the lab's own executable) as the runner.
    #[must_use]
    pub const fn new(program: PathBuf) -> Self {
        Self { program }
    }

    /// Runs this executable as the runner.
    ///
    /// # Errors
    /// Where the system does not say what this executable is.
    pub fn of_this_executable() -> std::io::Result<Self> {
        std::env::current_exe().map(Self::new)
    }
}

impl Sessions for RealSessions {
    fn start(&self, request: Request) -> RunningSession {
        let (send, events) = unbounded();
        let cancel = CancelFlag::default();
        let session = rounds::Session::new(self.program.clone(), request, send.clone(), cancel.clone());
        let started = thread::Builder::new().name("session".into()).spawn(move || session.run());
        if let Err(error) = started {
            let failure = Failure::system(Action::StartSession, &error);
            // The receiver is in this very function.
            let _ = send.send(SessionEvent::Finished(Outcome::Failed(failure)));
        }
        RunningSession { events, cancel }
    }
}
