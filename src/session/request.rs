//! The request for a run: an experiment, its interpreters, and where its trials are stored.

use std::sync::Arc;

use super::{HostCalibrations, Observer, QuietWait, TrialSink};
use crate::code::OwnCode;
use crate::experiment::Experiment;
use crate::python::Interpreters;

/// Run to start.
#[derive(Clone)]
pub struct Request {
    /// Validated experiment.
    pub experiment: Arc<Experiment>,
    /// Interpreters of its Python models.
    pub interpreters: Arc<Interpreters>,
    /// Order to wait, before it measures anything, until other programs leave the CPUs alone.
    pub when_quiet: Option<QuietWait>,
    /// Further rounds of an experiment that has already run: without warm-up, numbered from where they left off.
    pub more: Option<MoreRounds>,
    /// Receiver that stores the run trial by trial; `None` if it is not to be stored.
    pub sink: Option<Arc<dyn TrialSink>>,
    /// Told of every event that was sent, and of the moments between trials.
    pub notify: Arc<dyn Observer>,
    /// Code that its steps name and that the user has agreed to run.
    pub code: Arc<[OwnCode]>,
}

/// Point from which a run is continued.
#[derive(Debug, Clone)]
pub struct MoreRounds {
    /// Last round that has run.
    pub after_round: i32,
    /// Last position in the run order that was used.
    pub after_position: u32,
    /// Number of further rounds.
    pub rounds: u32,
    /// Calibrations of the first part: the work must stay the same.
    pub calibrations: HostCalibrations,
}
