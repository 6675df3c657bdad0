//! Trials of a self-check, by real sessions: without a record, and without frames of a window outside the moments in which
//! a run draws, too.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{after, never, select};

use crate::clock;
use crate::experiment::{Experiment, SamplingPlan, TrialCount};
use crate::failure::Failure;
use crate::model::Contender;
use crate::python::Interpreters;
use crate::results::Results;
use crate::session::{
    CancelFlag, HostCalibrations, MoreRounds, NotDone, Observer, Outcome, RealSessions, Request, SessionEvent, Sessions,
};
use crate::trial::{Status, Trial};
use crate::workload::{Kernel, Step, Workload};

/// Time limit of a trial, seconds.
const TIMEOUT_SECONDS: f64 = 30.0;

/// Passes on when a trial begins and ends, but not that events were sent: between a trial and the bare program that it is
/// compared with nothing may be drawn.
struct BetweenTrials(Arc<dyn Observer>);

impl Observer for BetweenTrials {
    fn event_sent(&self) {}

    fn before_trial(&self) {
        self.0.before_trial();
    }

    fn clock_started(&self) {
        self.0.clock_started();
    }

    fn clock_stopped(&self) {
        self.0.clock_stopped();
    }
}

/// Trials to run: the same tasks under one or more contenders.
pub(super) struct Trials {
    pub(super) models: Vec<Contender>,
    pub(super) tasks: u32,
    /// Milliseconds that each task computes; 0 for empty tasks.
    pub(super) task_ms: f64,
    pub(super) workers: u32,
    pub(super) rounds: u32,
    /// Speed of the default kernel on each host, so that no trial waits for a calibration.
    pub(super) calibrations: HostCalibrations,
    /// The interpreter of Python models, if any.
    pub(super) interpreters: Arc<Interpreters>,
    /// Time after which no further round is finished; the rounds so far count.
    pub(super) within: Option<Duration>,
}

impl Trials {
    fn experiment(&self) -> Experiment {
        let step = Step::Compute { ms: self.task_ms, kernel: Kernel::Splitmix };
        let steps = if self.task_ms > 0.0 { vec![step] } else { Vec::new() };
        Experiment {
            id: "selfcheck".to_owned(),
            title: "Self-check".to_owned(),
            workload: Workload { workers: Some(self.workers.into()), ..Workload::of(self.tasks, steps) },
            trials: SamplingPlan {
                count: TrialCount::Fixed(self.rounds),
                warmups: 0,
                timeout_seconds: TIMEOUT_SECONDS,
                ..SamplingPlan::default()
            },
            reference: self.models[0].clone(),
            models: self.models.clone(),
            models_by_default: false,
            ..Experiment::default()
        }
    }

    /// Runs all trials. A trial that fails is a failure of them all.
    pub(super) fn run(
        &self,
        sessions: &RealSessions,
        observer: &Arc<dyn Observer>,
        cancel: &CancelFlag,
    ) -> Result<Results, NotDone> {
        let experiment = Arc::new(self.experiment());
        let calibrations = self.calibrations.clone();
        let mut results = Results::new(Arc::clone(&experiment), Arc::default(), clock::unix_millis());
        let session = sessions.start(Request {
            experiment,
            interpreters: Arc::clone(&self.interpreters),
            when_quiet: None,
            more: Some(MoreRounds { after_round: 0, after_position: 0, rounds: self.rounds, calibrations }),
            sink: None,
            notify: Arc::new(BetweenTrials(Arc::clone(observer))),
            code: Arc::default(),
        });
        if cancel.is_cancelled() {
            session.cancel.cancel();
        }
        let mut outcome = None;
        let end = self.within.map_or_else(never, after);
        let mut ended = false;
        loop {
            let event = select! {
                recv(session.events) -> event => event,
                recv(cancel.wake()) -> _ => {
                    session.cancel.cancel();
                    continue;
                }
                recv(end) -> _ => {
                    ended = true;
                    session.cancel.cancel();
                    continue;
                }
            };
            let Ok(event) = event else { break };
            if let SessionEvent::Finished(finished) = &event {
                outcome = Some(finished.clone());
            }
            results.apply(event);
        }
        match outcome {
            Some(Outcome::Done) => {}
            Some(Outcome::Cancelled) if ended && !cancel.is_cancelled() => {
                // The one under way was cancelled.
                results.trials.retain(|trial| trial.status != Status::Cancelled);
            }
            Some(Outcome::Cancelled) => return Err(NotDone::Cancelled),
            Some(Outcome::Failed(failure)) => return Err(failure.into()),
            None => return Err(Failure::SessionLost.into()),
        }
        let failed = results.trials.iter().find(|trial| trial.status != Status::Completed);
        match failed.map(|trial: &Trial| trial.failure.clone()) {
            None => Ok(results),
            Some(Some(failure)) => Err(failure.into()),
            Some(None) => Err(NotDone::Cancelled),
        }
    }
}
