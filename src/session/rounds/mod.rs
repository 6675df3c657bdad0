//! The trial loop: calibrates, expands the work, then runs every model once per round in a random order from the seed.
//! Reports everything as events and keeps no results. One trial is in `trial`.

mod deliver;
mod host_plans;
mod trial;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::Sender;

use super::buffer::{buffer_bytes, check_larger_than_cache};
use super::folder;
use super::sampler::Sampler;
use super::spool::Spool;
use super::{CancelFlag, Machine, Outcome, Request, SessionEvent};
use crate::experiment::capabilities::unavailable;
use crate::experiment::{TrialCount, round_order};
use crate::failure::{Action, Failure};
use crate::model::{Contender, Host, ModelId};
use crate::workload::{Plan, PlanStep};

/// Time for which a shorter workload is repeated in a warm-up round, for the CPU view.
const REPEAT_MS: u64 = 1000;
/// Number of failed trials after which a model that never completed one is not tried again.
const MOST_FAILURES: u32 = 2;

/// One run of an experiment.
pub(super) struct Session {
    program: PathBuf,
    request: Request,
    events: Events,
    cancel: CancelFlag,
    spool: Spool,
    state: LoopState,
}

/// State that the loop carries from trial to trial. Keys are indices of contenders.
#[derive(Default)]
struct LoopState {
    /// Duration of a contender's latest trial without repeats, start of the process included, seconds.
    seconds: HashMap<usize, f64>,
    failures: HashMap<usize, u32>,
    completed: HashSet<usize>,
    checksum: HashMap<Host, u64>,
    /// Failures of hosts that could not be calibrated.
    broken: HashMap<Host, Failure>,
}

#[derive(Clone)]
struct Events {
    send: Sender<SessionEvent>,
    notify: Arc<dyn Fn() + Send + Sync>,
}

impl Events {
    fn send(&self, event: SessionEvent) {
        // Fails if the session was dropped; then its cancel flag is set.
        let _ = self.send.send(event);
        (self.notify)();
    }
}

/// Early end of the session, with its outcome.
struct Stop(Outcome);

impl Session {
    pub(super) fn new(program: PathBuf, request: Request, send: Sender<SessionEvent>, cancel: CancelFlag) -> Self {
        let events = Events { send, notify: Arc::clone(&request.notify) };
        Self { program, request, events, cancel, spool: Spool::default(), state: LoopState::default() }
    }

    pub(super) fn run(mut self) {
        let outcome = match self.run_all() {
            Ok(()) => Outcome::Done,
            Err(Stop(outcome)) => outcome,
        };
        self.deliver(SessionEvent::Finished(outcome));
    }

    fn run_all(&mut self) -> Result<(), Stop> {
        let machine = Arc::new(Machine::probe());
        self.deliver(SessionEvent::Machine(Arc::clone(&machine)));
        let calibrations = self.calibrate(&machine)?;
        let plans = self.plans(&calibrations).map_err(|failure| Stop(Outcome::Failed(failure)))?;
        let events = self.events.clone();
        let sampler = Sampler::start(move |sample| events.send(SessionEvent::CpuSampled(sample.clone())))
            .map_err(|error| Stop(Outcome::Failed(Failure::system(Action::StartSampler, &error))))?;
        let workers = self.request.experiment.workload.workers_on(machine.cpus.usable);
        let copies = match self.request.experiment.models.iter().any(|one| one.model == ModelId::ProcessPool) {
            true => u64::from(workers),
            false => 1,
        };
        let buffer_bytes = buffer_bytes(&machine, copies);
        if plans.values().any(|plan| plan.steps.contains(&PlanStep::Memory)) {
            check_larger_than_cache(&machine, buffer_bytes, copies)
                .map_err(|failure| Stop(Outcome::Failed(failure)))?;
        }
        folder::remove_leftovers();
        let work = Shared { plans, workers, buffer_bytes, sampler };
        self.rounds(&work)
    }

    fn unavailable(&self, contender: &Contender) -> Option<String> {
        unavailable(contender, &self.request.experiment, &self.request.interpreters)
    }

    fn rounds(&mut self, work: &Shared) -> Result<(), Stop> {
        let experiment = Arc::clone(&self.request.experiment);
        let (first, mut position, fixed) = match &self.request.more {
            Some(more) => {
                (more.after_round + 1, more.after_position, Some(more.after_round.max(0) as u32 + more.rounds))
            }
            None => {
                let fixed = match experiment.trials.count {
                    TrialCount::Fixed(count) => Some(count),
                    TrialCount::Auto => None,
                };
                (1 - experiment.trials.warmups as i32, 0, fixed)
            }
        };
        if let Some(rounds) = fixed {
            self.deliver(SessionEvent::RoundsFixed { rounds });
        }
        let (mut round, mut rounds) = (first, fixed);
        loop {
            if round >= 1 && rounds.is_none() {
                let pass = (first < 1).then(|| self.pass_seconds());
                let fixed = experiment.trials.rounds(pass);
                rounds = Some(fixed);
                self.deliver(SessionEvent::RoundsFixed { rounds: fixed });
            }
            if rounds.is_some_and(|rounds| round > rounds as i32) {
                return Ok(());
            }
            // Each round, warm-ups included, has a different number, so that their orders differ.
            let number = (round + experiment.trials.warmups as i32).max(0) as u32;
            let order = round_order(experiment.workload.seed, number, experiment.models.len());
            for (index, contender) in order.iter().enumerate() {
                if self.given_up(*contender) {
                    continue;
                }
                position += 1;
                let left = self.seconds_left(&order[index..], round, rounds);
                self.trial(work, *contender, round, position, left)?;
            }
            round += 1;
        }
    }

    /// Returns true for a model that can't do the work at all, or has failed too often.
    fn given_up(&self, contender: usize) -> bool {
        let experiment = &self.request.experiment;
        if self.unavailable(&experiment.models[contender]).is_some() {
            return true;
        }
        !self.state.completed.contains(&contender)
            && self.state.failures.get(&contender).is_some_and(|failures| *failures >= MOST_FAILURES)
    }

    /// Duration of one round without repeats over all models that are still in the run, seconds.
    fn pass_seconds(&self) -> f64 {
        let active = |contender: &usize| !self.given_up(*contender);
        self.state.seconds.iter().filter(|(contender, _)| active(contender)).map(|(_, seconds)| seconds).sum()
    }

    /// Estimate of the remaining time, seconds; `None` until every model has run once.
    fn seconds_left(&self, rest_of_round: &[usize], round: i32, rounds: Option<u32>) -> Option<f64> {
        let seconds = |contender: &usize| {
            if self.given_up(*contender) { Some(0.0) } else { self.state.seconds.get(contender).copied() }
        };
        let rest: Option<f64> = rest_of_round.iter().map(seconds).sum();
        let rounds_left = (i64::from(rounds?) - i64::from(round)).max(0) as f64;
        Some(rest? + rounds_left * self.pass_seconds())
    }
}

/// State that all trials of a session share.
struct Shared {
    /// Exact work of every task, per host.
    plans: HashMap<Host, Plan>,
    workers: u32,
    buffer_bytes: u64,
    sampler: Sampler,
}
