//! The parent's side of a run: launches runners, samples the machine, arranges the trials in rounds, and reports as
//! events. Never prints, draws or keeps results.
//!
//! Entry points: [`Sessions::start`] takes a [`Request`] and returns a [`RunningSession`] whose channel delivers
//! [`SessionEvent`]s, the last one with the [`Outcome`]. [`RealSessions`] runs `rounds::Session` on a thread, which
//! calls `launcher::run_trial` for each trial.

mod buffer;
mod calibration;
mod cancel;
mod cgroup;
mod counters;
mod event;
mod folder;
mod headroom;
pub mod interpreters;
mod launcher;
mod live;
pub mod machine;
pub mod noise;
mod not_stored;
mod observer;
mod probes;
mod quiet;
mod quiet_wait;
mod request;
mod rounds;
mod sampler;
mod sink;
mod spool;
mod tree_usage;

use std::path::PathBuf;
use std::thread;

use crossbeam_channel::{Receiver, unbounded};

use self::live::Live;
use crate::failure::{Action, Failure};
pub use calibration::{HostCalibrations, SAME_SPEED};
pub use cancel::CancelFlag;
pub use cgroup::Throttling;
pub use event::{Outcome, SessionEvent};
pub use headroom::{FreeSpace, Headroom};
pub use launcher::NotDone;
pub use live::wait_until_ended;
pub use machine::Machine;
pub use not_stored::NotStored;
pub use observer::Observer;
pub use probes::{Probes, PythonPrograms};
pub use quiet::{QUIET_SECONDS, knows_other_programs};
pub use quiet_wait::{QuietWait, Waited};
pub use request::{MoreRounds, Request};
pub use rounds::MOST_FAILURES;
pub use sink::TrialSink;

/// A running session. Dropping it cancels the session.
#[derive(Debug)]
pub struct RunningSession {
    /// Events of the session. The channel closes after [`SessionEvent::Finished`].
    pub events: Receiver<SessionEvent>,
    /// Flag that stops the session; the process tree ends within a second.
    pub cancel: CancelFlag,
}

impl Drop for RunningSession {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

/// Starts sessions: the real launcher, or a scripted one in tests.
pub trait Sessions: Send + Sync {
    /// Starts a session on new threads and returns at once.
    fn start(&self, request: Request) -> RunningSession;
}

/// Real sessions: runners are processes of this executable.
#[derive(Debug, Clone)]
pub struct RealSessions {
    program: PathBuf,
}

impl RealSessions {
    /// Creates sessions that run `program`, the lab's executable, as the runner.
    #[must_use]
    pub const fn new(program: PathBuf) -> Self {
        Self { program }
    }

    /// Creates sessions that run this executable as the runner.
    ///
    /// # Errors
    /// Returns the system's error if the path of this executable is unknown.
    pub fn of_this_executable() -> std::io::Result<Self> {
        std::env::current_exe().map(Self::new)
    }
}

impl Sessions for RealSessions {
    fn start(&self, request: Request) -> RunningSession {
        let (send, events) = unbounded();
        let cancel = CancelFlag::default();
        let session = rounds::Session::new(self.program.clone(), request, send.clone(), cancel.clone());
        let live = Live::new();
        let started = thread::Builder::new().name("session".into()).spawn(move || {
            session.run();
            drop(live);
        });
        if let Err(error) = started {
            let failure = Failure::system(Action::StartSession, &error);
            // The receiver is in this function, so that sending can't fail.
            let _ = send.send(SessionEvent::Finished(Outcome::Failed(failure)));
        }
        RunningSession { events, cancel }
    }
}
