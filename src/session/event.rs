//! The events of a session. Window, terminal, recorder and tests read the same ones.

use std::sync::Arc;
use std::time::Instant;

use super::{HostCalibrations, Machine, NotStored, Waited};
use crate::code::UsedCode;
use crate::failure::Failure;
use crate::model::Contender;
use crate::trial::{CpuSample, Trial};

/// Event of a session, in the order in which they happen.
#[derive(Debug, Clone)]
pub enum SessionEvent {
    /// The machine was examined. The first event of every session, but for those of a wait.
    Machine(Arc<Machine>),
    /// The code of the user's that all trials run.
    CodeUsed(Vec<UsedCode>),
    /// The run waits for other programs; one more second has passed.
    WaitingForQuiet(Waited),
    /// The wait has ended, and the run begins.
    Began {
        /// The moment, Unix time in milliseconds: the start of the run.
        at_ms: u64,
    },
    /// A kernel is being calibrated.
    Calibrating,
    /// All kernels are calibrated; the plan is expanded with these speeds.
    Calibrated {
        /// Calibrations of each host.
        calibrations: HostCalibrations,
    },
    /// The number of measured rounds is now fixed.
    RoundsFixed {
        /// Number of measured rounds, those of earlier parts included.
        rounds: u32,
    },
    /// A runner was started.
    TrialStarted {
        /// Index of the point.
        point: u32,
        /// Model and host.
        contender: Contender,
        /// Round from 1; 0 and below are warm-ups.
        round: i32,
        /// Position in the order of all trials, from 1.
        position: u32,
        /// Estimate of the remaining time of the run, seconds; `None` before every model has run once.
        seconds_left: Option<f64>,
    },
    /// The clock of the running trial has started: its setup is done.
    ClockStarted {
        /// The moment.
        at: Instant,
    },
    /// Progress of the running trial. At most four per second.
    Progress {
        /// Finished tasks, estimated from a sample.
        done: u32,
        /// Number of all tasks.
        tasks: u32,
    },
    /// The CPUs were sampled during the running trial.
    CpuSampled(CpuSample),
    /// Something could not be stored. The run goes on, and what was missed is tried again with each event and trial that
    /// follows; the next such event comes after [`Self::StoredAgain`].
    NotStored(NotStored),
    /// All that could not be stored before is stored by now.
    StoredAgain,
    /// A trial has ended: measured, failed or cancelled.
    TrialFinished(Box<Trial>),
    /// The session has ended. The last event of every session.
    Finished(Outcome),
}

/// Outcome of a session.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// All rounds ran.
    Done,
    /// The user stopped it; finished trials are kept.
    Cancelled,
    /// It could not continue; finished trials are kept.
    Failed(Failure),
}
