//! The trial loop: calibrates, expands the work, then runs every model at every point of a sweep once per round, in a
//! random order from the seed. Reports everything as events and keeps no results. One trial is in `trial`.

mod code;
mod deliver;
mod host_plans;
mod settings;
mod trial;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::Sender;

use super::buffer::{buffer_bytes, check_larger_than_cache};
use super::folder;
use super::quiet;
use super::sampler::Sampler;
use super::spool::Spool;
use super::{CancelFlag, Machine, Observer, Outcome, Request, SessionEvent};
use crate::clock;
use crate::code::OwnCode;
use crate::cpus::Cpus;
use crate::experiment::capabilities::unavailable;
use crate::experiment::{Experiment, TrialCount, round_order};
use crate::failure::{Action, Failure};
use crate::model::{Contender, Host, ModelId};
use crate::trial::TaskResults;
use crate::workload::{Plan, PlanStep};

/// Time for which a shorter workload is repeated in a warm-up round, for the CPU view.
const REPEAT_MS: u64 = 1000;
/// Number of failed trials after which a model that never completed one is not tried again.
pub const MOST_FAILURES: u32 = 2;

/// One run of an experiment.
pub(super) struct Session {
    program: PathBuf,
    request: Request,
    /// The experiment at each point; one without a sweep.
    points: Vec<Arc<Experiment>>,
    events: Events,
    cancel: CancelFlag,
    spool: Spool,
    state: LoopState,
    /// The last field, so that the channel of the events is closed before the end is reported.
    _end: End,
}

/// Tells the observer of the end of the session when it is dropped, also by a panic.
struct End(Arc<dyn Observer>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.ended();
    }
}

/// A model at a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Cell {
    /// Index of the point.
    point: usize,
    /// Index among the models of the experiment.
    model: usize,
}

/// State that the loop carries from trial to trial.
#[derive(Default)]
struct LoopState {
    /// Duration of a cell's latest trial without repeats, start of the process included, seconds.
    seconds: HashMap<Cell, f64>,
    failures: HashMap<Cell, u32>,
    /// True while the sink keeps what it could not store.
    misses_storing: bool,
    completed: HashSet<Cell>,
    /// Checksums of the work at each point.
    checksum: HashMap<(u32, Host), u64>,
    /// Results of the user's functions in the first trial at each point and on each host.
    results: HashMap<(u32, Host), FirstResults>,
    /// Failures of hosts that could not be calibrated.
    broken: HashMap<Host, Failure>,
}

/// Results of the user's functions in the first trial, with which those of the others are compared.
struct FirstResults {
    /// Title of the model.
    title: String,
    checksum: u64,
    results: TaskResults,
}

#[derive(Clone)]
struct Events {
    send: Sender<SessionEvent>,
    notify: Arc<dyn Observer>,
}

impl Events {
    fn send(&self, event: SessionEvent) {
        // Fails if the session was dropped; then its cancel flag is set.
        let _ = self.send.send(event);
        self.notify.event_sent();
    }
}

/// Early end of the session, with its outcome.
struct Stop(Outcome);

impl Session {
    pub(super) fn new(program: PathBuf, request: Request, send: Sender<SessionEvent>, cancel: CancelFlag) -> Self {
        let events = Events { send, notify: Arc::clone(&request.notify) };
        let end = End(Arc::clone(&request.notify));
        Self {
            program,
            request,
            points: Vec::new(),
            events,
            cancel,
            spool: Spool::default(),
            state: LoopState::default(),
            _end: end,
        }
    }

    pub(super) fn run(mut self) {
        if let Some(order) = &self.request.when_quiet {
            let report = |waited| self.events.send(SessionEvent::WaitingForQuiet(waited));
            if let Err(reason) = quiet::wait(order, &self.cancel, report) {
                // Nothing was begun, so nothing is stored.
                self.events.send(SessionEvent::Finished(reason.into()));
                return;
            }
            self.deliver(SessionEvent::Began { at_ms: clock::unix_millis() });
        }
        let outcome = match self.run_all() {
            Ok(()) => Outcome::Done,
            Err(Stop(outcome)) => outcome,
        };
        self.deliver(SessionEvent::Finished(outcome));
    }

    fn run_all(&mut self) -> Result<(), Stop> {
        let machine = Arc::new(Machine::probe());
        self.deliver(SessionEvent::Machine(Arc::clone(&machine)));
        if !self.request.code.is_empty() {
            let used = self.request.code.iter().map(OwnCode::used).collect();
            self.deliver(SessionEvent::CodeUsed(used));
        }
        let experiment = Arc::clone(&self.request.experiment);
        let invalid = || {
            let key = experiment.sweep.as_ref().map(|sweep| sweep.key.to_string()).unwrap_or_default();
            Stop(Outcome::Failed(Failure::InvalidSweep { key }))
        };
        let points = experiment.points().map_err(|_| invalid())?;
        self.points = points.into_iter().map(|(_, experiment)| Arc::new(experiment)).collect();
        let calibrations = self.calibrate(&machine)?;
        let mut points = Vec::with_capacity(self.points.len());
        for index in 0..self.points.len() {
            let plans = self.plans(index, &calibrations).map_err(|failure| Stop(Outcome::Failed(failure)))?;
            points.push(self.shared(index, plans, &machine).map_err(|failure| Stop(Outcome::Failed(failure)))?);
        }
        let events = self.events.clone();
        let sampler = Sampler::start(move |sample| events.send(SessionEvent::CpuSampled(sample.clone())))
            .map_err(|error| Stop(Outcome::Failed(Failure::system(Action::StartSampler, &error))))?;
        folder::remove_leftovers();
        self.rounds(&Shared { points, sampler })
    }

    /// Returns what all trials at a point share.
    fn shared(&self, point: usize, plans: HashMap<Host, Plan>, machine: &Machine) -> Result<SharedAtPoint, Failure> {
        let experiment = &self.points[point];
        let pools = experiment.models.iter().filter(|one| one.model == ModelId::ProcessPool);
        let copies = pools.map(|one| u64::from(one.workers(&experiment.workload, machine.cpus))).max().unwrap_or(1);
        let buffer_bytes = buffer_bytes(machine, copies);
        if plans
            .values()
            .any(|plan| plan.steps.iter().any(|step| matches!(step, PlanStep::Memory | PlanStep::MemoryRandom)))
        {
            check_larger_than_cache(machine, buffer_bytes, copies)?;
        }
        Ok(SharedAtPoint { plans, cpus: machine.cpus, buffer_bytes })
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
            let models = experiment.models.len();
            let order = round_order(experiment.workload.seed, number, models * self.points.len());
            let order: Vec<Cell> =
                order.into_iter().map(|cell| Cell { point: cell / models, model: cell % models }).collect();
            for (index, cell) in order.iter().enumerate() {
                if self.given_up(*cell) {
                    continue;
                }
                position += 1;
                let left = self.seconds_left(&order[index..], round, rounds);
                self.trial(work, *cell, round, position, left)?;
            }
            round += 1;
        }
    }

    /// Returns true for a model that can't do the work at all, or has failed too often at this point.
    fn given_up(&self, cell: Cell) -> bool {
        if self.unavailable(&self.request.experiment.models[cell.model]).is_some() {
            return true;
        }
        !self.state.completed.contains(&cell)
            && self.state.failures.get(&cell).is_some_and(|failures| *failures >= MOST_FAILURES)
    }

    /// Duration of one round without repeats over everything that is still in the run, seconds.
    fn pass_seconds(&self) -> f64 {
        self.state.seconds.iter().filter(|(cell, _)| !self.given_up(**cell)).map(|(_, seconds)| seconds).sum()
    }

    /// Estimate of the remaining time, seconds; `None` until every model has run once.
    fn seconds_left(&self, rest_of_round: &[Cell], round: i32, rounds: Option<u32>) -> Option<f64> {
        let seconds =
            |cell: &Cell| if self.given_up(*cell) { Some(0.0) } else { self.state.seconds.get(cell).copied() };
        let rest: Option<f64> = rest_of_round.iter().map(seconds).sum();
        let rounds_left = (i64::from(rounds?) - i64::from(round)).max(0) as f64;
        Some(rest? + rounds_left * self.pass_seconds())
    }
}

/// State that all trials of a session share.
struct Shared {
    points: Vec<SharedAtPoint>,
    sampler: Sampler,
}

/// State that all trials at one point share.
struct SharedAtPoint {
    /// Exact work of every task, per host.
    plans: HashMap<Host, Plan>,
    cpus: Cpus,
    buffer_bytes: u64,
}
