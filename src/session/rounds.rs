//! The trial loop: calibrate, expand, then every model once per round in a random order from the
//! seed. Tells everything as events; keeps nothing.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

use super::counters::Counters;
use super::folder::{self, Folder};
use super::launcher::{self, Ending, Moment};
use super::sampler::Sampler;
use super::spool::Spool;
use super::{CancelFlag, HostCalibrations, Machine, Outcome, Request, SessionEvent, calibration_cache};
use crate::clock;
use crate::experiment::support::unavailable;
use crate::experiment::{TrialCount, round_order};
use crate::model::{Contender, Host, ModelId};
use crate::protocol::{Order, PythonOrder, Report, Surroundings, TrialOrder};
use crate::python::Interpreter;
use crate::trial::{Digest, Measured, Spans, Status, Trial};
use crate::units;
use crate::usage;
use crate::workload::{Calibration, Calibrations, Kernel, Plan, PlanStep, Step, Work};

/// In the warm-up round a shorter workload is repeated until so long has passed, for the CPU view.
const REPEAT_MS: u64 = 1000;
/// A model that failed so often in a row without ever completing is not tried again.
const TRIES: u32 = 2;

/// Where the system does not say how large the last-level cache is.
const ASSUMED_CACHE_BYTES: u64 = 64 << 20;
/// Memory is streamed through at least so much.
const LEAST_BUFFER_BYTES: u64 = 64 << 20;

/// Within this share of each other two calibrations are the same: what one kernel repeats to between
/// processes on a quiet machine.
const SAME_SPEED: f64 = 0.01;
/// The same for an interpreter, whose processes differ by several percent among themselves.
const SAME_PYTHON_SPEED: f64 = 0.03;

/// One run of an experiment.
pub(super) struct Session {
    program: PathBuf,
    request: Request,
    events: Events,
    cancel: CancelFlag,
    spool: Spool,
    seen: Seen,
}

/// What was learnt on the way.
#[derive(Default)]
struct Seen {
    /// Seconds that a plain trial took, start of the process included; the latest per contender.
    seconds: HashMap<usize, f64>,
    failures: HashMap<usize, u32>,
    completed: HashSet<usize>,
    checksum: HashMap<Host, u64>,
    /// Interpreters that could not be calibrated, and why.
    broken: HashMap<Host, String>,
}

#[derive(Clone)]
struct Events {
    send: Sender<SessionEvent>,
    notify: Arc<dyn Fn() + Send + Sync>,
}

impl Events {
    fn tell(&self, event: SessionEvent) {
        // Nobody listens any more: the session is being dropped, and its cancel flag is set.
        let _ = self.send.send(event);
        (self.notify)();
    }
}

/// The session stops here; the event says why.
struct Stop(Outcome);

impl Session {
    pub(super) fn new(program: PathBuf, request: Request, send: Sender<SessionEvent>, cancel: CancelFlag) -> Self {
        let events = Events { send, notify: Arc::clone(&request.notify) };
        Self { program, request, events, cancel, spool: Spool::default(), seen: Seen::default() }
    }

    pub(super) fn run(mut self) {
        let outcome = match self.run_all() {
            Ok(()) => Outcome::Done,
            Err(Stop(outcome)) => outcome,
        };
        self.events.tell(SessionEvent::Finished(outcome));
    }

    fn run_all(&mut self) -> Result<(), Stop> {
        let machine = Arc::new(Machine::probe());
        self.events.tell(SessionEvent::Machine(Arc::clone(&machine)));
        let calibrations = self.calibrate(&machine)?;
        let plans = self.plans(&calibrations).map_err(|reason| Stop(Outcome::Failed(reason)))?;
        let events = self.events.clone();
        let sampler = Sampler::start(move |sample| events.tell(SessionEvent::CpuSampled(sample.clone())))
            .map_err(|error| Stop(Outcome::Failed(format!("the CPU sampler could not be started: {error}"))))?;
        let workers = self.request.experiment.workload.workers_on(machine.logical_cpus);
        let copies = match self.request.experiment.models.iter().any(|one| one.model == ModelId::ProcessPool) {
            true => u64::from(workers),
            false => 1,
        };
        let buffer_bytes = buffer_bytes(&machine, copies);
        if plans.values().any(|plan| plan.steps.contains(&PlanStep::Memory)) {
            larger_than_cache(&machine, buffer_bytes, copies).map_err(|reason| Stop(Outcome::Failed(reason)))?;
        }
        folder::remove_leftovers();
        let work = Shared { plans, workers, buffer_bytes, sampler };
        self.rounds(&work)
    }

    /// The kernels' speeds on each host: those of an earlier part, from the cache, or measured now. An
    /// interpreter that can't be calibrated takes its own models out, and no others.
    fn calibrate(&mut self, machine: &Machine) -> Result<HostCalibrations, Stop> {
        if let Some(more) = &self.request.more {
            return Ok(more.calibrations.clone());
        }
        let kernels = self.request.experiment.workload.kernels();
        let mut all = HostCalibrations::default();
        for host in self.hosts() {
            match self.calibrate_host(machine, &host, &kernels) {
                Ok(calibrations) => all.put(&host, calibrations),
                Err(_) if self.cancel.is_cancelled() => return Err(Stop(Outcome::Cancelled)),
                Err(reason) if host.is_python() => {
                    self.seen.broken.insert(host, reason);
                }
                Err(reason) => return Err(Stop(Outcome::Failed(reason))),
            }
        }
        self.events.tell(SessionEvent::Calibrated { calibrations: all.clone() });
        Ok(all)
    }

    /// The hosts of all models that can run, each once.
    fn hosts(&self) -> Vec<Host> {
        let mut hosts: Vec<Host> = Vec::new();
        for contender in &self.request.experiment.models {
            let place = contender.host.place();
            if self.unavailable(contender).is_none() && !hosts.contains(&place) {
                hosts.push(place);
            }
        }
        hosts
    }

    fn unavailable(&self, contender: &Contender) -> Option<String> {
        unavailable(contender, &self.request.experiment, &self.request.interpreters)
    }

    fn calibrate_host(&self, machine: &Machine, host: &Host, kernels: &[Kernel]) -> Result<Calibrations, String> {
        let interpreter = self.request.interpreters.of(host).ok();
        let kept = calibration_cache::load(machine, interpreter);
        let mut calibrations = Calibrations::default();
        let mut any_new = false;
        for kernel in kernels {
            self.events.tell(SessionEvent::Calibrating);
            let (calibration, new) = self.calibrate_one(*kernel, interpreter, kept.get(*kernel).copied())?;
            calibrations.put(calibration);
            any_new |= new;
        }
        if any_new {
            let mut all = kept;
            calibrations.iter().for_each(|calibration| all.put(*calibration));
            calibration_cache::save(machine, interpreter, &all);
        }
        Ok(calibrations)
    }

    /// The median of several processes, and whether it is new. What is kept from an earlier run stays
    /// in force while the machine is as fast as it was, so that the same work means the same
    /// iterations from run to run; the speed of a virtual machine may change by more than that
    /// within minutes, and then a task of 10 ms would not be one.
    fn calibrate_one(
        &self,
        kernel: Kernel,
        interpreter: Option<&Interpreter>,
        kept: Option<Calibration>,
    ) -> Result<(Calibration, bool), String> {
        let (processes, same) = if interpreter.is_some() { (5, SAME_PYTHON_SPEED) } else { (3, SAME_SPEED) };
        let mut runs = Vec::with_capacity(processes);
        for _ in 0..processes {
            runs.push(self.calibrate_once(kernel, interpreter)?);
        }
        runs.sort_by(|a, b| a.nanos_per_unit.total_cmp(&b.nanos_per_unit));
        let median = runs[processes / 2];
        let still_holds = |kept: &Calibration| (median.nanos_per_unit / kept.nanos_per_unit - 1.0).abs() <= same;
        Ok(kept.filter(still_holds).map_or((median, true), |kept| (kept, false)))
    }

    fn calibrate_once(&self, kernel: Kernel, interpreter: Option<&Interpreter>) -> Result<Calibration, String> {
        let python = interpreter.map(|one| one.path.clone());
        let order = Order::Calibrate { kernels: vec![kernel], python };
        let answer = launcher::run_calibration(&self.program, &order, &self.cancel).and_then(|list| {
            list.into_iter()
                .find(|calibration| calibration.kernel == kernel)
                .ok_or_else(|| "it was not measured".to_owned())
        });
        answer.map_err(|reason| {
            let on = interpreter.map_or_else(String::new, |one| format!(" on Python {}", one.tag));
            format!("the {} kernel could not be calibrated{on}: {reason}", kernel.name())
        })
    }

    /// What each host's tasks do: by its own calibration, or all by that of the reference's host.
    fn plans(&mut self, calibrations: &HostCalibrations) -> Result<HashMap<Host, Plan>, String> {
        let experiment = Arc::clone(&self.request.experiment);
        let hosts = self.hosts();
        let base = calibrations.base(&experiment.reference.host, experiment.models.iter().map(|one| &one.host));
        if !experiment.workload.kernels().is_empty() {
            // Also of an earlier part of this run.
            for host in hosts.iter().filter(|host| calibrations.of(host).is_none()) {
                let reason = || format!("{} could not be calibrated", host.title());
                self.seen.broken.entry(host.clone()).or_insert_with(reason);
            }
        }
        let mut plans = HashMap::new();
        for host in hosts.iter().filter(|host| !self.seen.broken.contains_key(host)) {
            let from = match experiment.workload.work {
                Work::SameTime => calibrations.of(host),
                Work::SameAlgorithm => base.and_then(|base| calibrations.of(base)),
            };
            let plan = experiment.workload.expand(&from.cloned().unwrap_or_default());
            plans.insert(host.clone(), plan.map_err(|error| error.to_string())?);
        }
        Ok(plans)
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
            self.events.tell(SessionEvent::RoundsFixed { rounds });
        }
        let (mut round, mut rounds) = (first, fixed);
        loop {
            if round >= 1 && rounds.is_none() {
                let pass = (first < 1).then(|| self.pass_seconds());
                let fixed = experiment.trials.rounds(pass);
                rounds = Some(fixed);
                self.events.tell(SessionEvent::RoundsFixed { rounds: fixed });
            }
            if rounds.is_some_and(|rounds| round > rounds as i32) {
                return Ok(());
            }
            // A number of its own for each round, warm-ups too, so that their orders differ.
            let number = (round + experiment.trials.warmups as i32).max(0) as u32;
            let order = round_order(experiment.workload.seed, number, experiment.models.len());
            for (place, contender) in order.iter().enumerate() {
                if self.given_up(*contender) {
                    continue;
                }
                position += 1;
                let left = self.seconds_left(&order[place..], round, rounds);
                self.trial(work, *contender, round, position, left)?;
            }
            round += 1;
        }
    }

    /// A model that can't do the work at all, or has failed too often.
    fn given_up(&self, contender: usize) -> bool {
        let experiment = &self.request.experiment;
        if self.unavailable(&experiment.models[contender]).is_some() {
            return true;
        }
        !self.seen.completed.contains(&contender)
            && self.seen.failures.get(&contender).is_some_and(|failures| *failures >= TRIES)
    }

    /// Seconds of one plain pass over all models that are still in the run.
    fn pass_seconds(&self) -> f64 {
        let going_on = |contender: &usize| !self.given_up(*contender);
        self.seen.seconds.iter().filter(|(contender, _)| going_on(contender)).map(|(_, seconds)| seconds).sum()
    }

    /// Seconds that all that is left will take; `None` until every model of it has run once.
    fn seconds_left(&self, rest_of_round: &[usize], round: i32, rounds: Option<u32>) -> Option<f64> {
        let seconds = |contender: &usize| {
            if self.given_up(*contender) { Some(0.0) } else { self.seen.seconds.get(contender).copied() }
        };
        let rest: Option<f64> = rest_of_round.iter().map(seconds).sum();
        let rounds_left = (i64::from(rounds?) - i64::from(round)).max(0) as f64;
        Some(rest? + rounds_left * self.pass_seconds())
    }

    fn trial(
        &mut self,
        work: &Shared,
        place: usize,
        round: i32,
        position: u32,
        seconds_left: Option<f64>,
    ) -> Result<(), Stop> {
        if self.cancel.is_cancelled() {
            return Err(Stop(Outcome::Cancelled));
        }
        let experiment = Arc::clone(&self.request.experiment);
        let contender = experiment.models[place].clone();
        self.events.tell(SessionEvent::TrialStarted { contender: contender.clone(), round, position, seconds_left });
        let Some(plan) = work.plans.get(&contender.host.place()) else {
            let reason = self.seen.broken.get(&contender.host.place()).cloned().unwrap_or_default();
            self.give_up(place, &contender, (round, position), reason);
            return Ok(());
        };
        let python = self.python(&contender);
        let folder = match Folder::for_plan(plan, python.is_some()) {
            Ok(folder) => folder,
            // Native models may do the same work without a folder.
            Err(reason) if python.is_some() => {
                self.give_up(place, &contender, (round, position), reason);
                return Ok(());
            }
            Err(reason) => return Err(Stop(Outcome::Failed(reason))),
        };
        let order = Order::Trial(TrialOrder {
            model: contender.model,
            plan: plan.clone(),
            workers: work.workers,
            in_flight: experiment.workload.in_flight,
            repeat_ms: (round < 1).then_some(REPEAT_MS),
            ticker: experiment.workload.ticker,
            surroundings: Surroundings {
                folder: folder.as_ref().map(|folder| folder.path().to_owned()),
                buffer_bytes: work.buffer_bytes,
                server: None,
            },
            python,
        });
        let started_at_ms = clock::unix_millis();
        let (begun, before, reaped) = (Instant::now(), Counters::read(), usage::of_reaped_children());
        let timeout = Duration::from_secs_f64(experiment.trials.timeout_seconds);
        let mut cpu = Vec::new();
        let ending = launcher::run_trial(&self.program, &order, timeout, &self.cancel, |moment| match moment {
            Moment::ClockStarted => work.sampler.clock_started(),
            Moment::ClockStopped => cpu = work.sampler.clock_stopped(),
            Moment::Progress(done) => {
                self.events.tell(SessionEvent::Progress { done, tasks: plan.tasks });
            }
        });
        // Where the runner ended inside the clock, the sampler still runs.
        cpu.extend(work.sampler.clock_stopped());
        let elapsed = begun.elapsed();
        let mut trial = Trial {
            contender,
            round,
            position,
            status: Status::Failed,
            reason: None,
            started_at_ms,
            measured: None,
            cpu,
            background: None,
        };
        let mut plain = elapsed;
        match ending {
            Ending::Measured(report, spans) => {
                plain = elapsed.saturating_sub(Duration::from_nanos(report.repeat_nanos));
                // What the system says of the runner once it has been waited for includes its end, in which
                // the memory goes back; where the system does not say, what the runner said has to do.
                let ended = usage::of_reaped_children().since(reaped).cpu_nanos();
                let tree = ended.max(report.tree_usage.cpu_nanos());
                trial.background = Counters::read().since(&before, tree);
                let has_files = plan.steps.iter().any(|step| matches!(step, PlanStep::File { .. }));
                let file_system = folder.as_ref().filter(|_| has_files).and_then(Folder::file_system);
                self.accept(&mut trial, *report, spans, file_system);
            }
            Ending::Failed(reason) => trial.reason = Some(reason),
            Ending::Cancelled => {
                trial.status = Status::Cancelled;
                trial.reason = Some("cancelled".to_owned());
            }
        }
        // The runner's tree is gone; so is its folder before anything else starts.
        drop(folder);
        self.seen.seconds.insert(place, plain.as_secs_f64());
        match trial.status {
            Status::Completed => {
                self.seen.completed.insert(place);
            }
            _ => *self.seen.failures.entry(place).or_default() += 1,
        }
        let cancelled = trial.status == Status::Cancelled;
        self.events.tell(SessionEvent::TrialFinished(Box::new(trial)));
        if cancelled { Err(Stop(Outcome::Cancelled)) } else { Ok(()) }
    }

    /// What the interpreter of a Python model is told; `None` for native ones.
    fn python(&self, contender: &Contender) -> Option<PythonOrder> {
        let interpreter = self.request.interpreters.of(&contender.host).ok()?;
        // In a request or a file nobody can tell waiting for the interpreter from waiting for what was asked.
        let can_be_told = |step: &Step| !matches!(step, Step::Http { .. } | Step::File { .. });
        let workload = &self.request.experiment.workload;
        let told = workload.steps().is_empty() || workload.steps().iter().any(can_be_told);
        Some(PythonOrder {
            program: interpreter.path.clone(),
            title: format!("Python {}", interpreter.tag),
            start_method: self.request.experiment.start_method,
            gil_wait: told && contender.model.shares_an_interpreter() && interpreter.gil,
        })
    }

    /// A model whose interpreter can't be used: its first trial says why, and there is no other.
    fn give_up(&mut self, place: usize, contender: &Contender, (round, position): (i32, u32), reason: String) {
        self.seen.failures.insert(place, TRIES);
        let trial = Trial {
            contender: contender.clone(),
            round,
            position,
            status: Status::Failed,
            reason: Some(reason),
            started_at_ms: clock::unix_millis(),
            measured: None,
            cpu: Vec::new(),
            background: None,
        };
        self.events.tell(SessionEvent::TrialFinished(Box::new(trial)));
    }

    /// Takes a measurement over into the trial, if the work was the same as everyone's.
    fn accept(&mut self, trial: &mut Trial, report: Report, spans: Spans, file_system: Option<String>) {
        // The same iterations have the same result wherever they run.
        let whose = match self.request.experiment.workload.work {
            Work::SameTime => trial.contender.host.place(),
            Work::SameAlgorithm => Host::Rust,
        };
        let expected = *self.seen.checksum.entry(whose).or_insert(report.checksum);
        if report.checksum != expected {
            trial.reason = Some(format!(
                "the checksum is {:#018x} where the other models have {expected:#018x}: not the same work was done",
                report.checksum
            ));
            return;
        }
        if let Some(task) = spans.tasks.iter().position(|span| span.finished < span.started) {
            trial.reason = Some(format!("task {task} finished before it started: the clock of the spans is unusable"));
            return;
        }
        trial.status = Status::Completed;
        let digest = Arc::new(Digest::of(&spans));
        trial.measured = Some(Measured {
            setup_nanos: report.setup_nanos,
            wall_nanos: report.wall_nanos,
            teardown_nanos: report.teardown_nanos,
            workers: report.workers,
            usage: report.usage,
            peak_memory_bytes: report.peak_memory_bytes,
            record_bytes: report.record_bytes,
            checksum: report.checksum,
            spans: self.spool.store(spans),
            digest,
            passes: report.passes,
            tick_source: report.tick_source,
            server: report.server,
            counted: report.counted,
            runtime: report.runtime,
            file_system,
        });
    }
}

/// What all trials of a session share.
struct Shared {
    /// The exact work, per host.
    plans: HashMap<Host, Plan>,
    workers: u32,
    buffer_bytes: u64,
    sampler: Sampler,
}

/// Length of the buffer that memory steps stream through: four times the last-level cache, so that
/// tasks in different places of it do not find each other's data in the cache. All copies of it, one a
/// worker process, take at most an eighth of the machine's memory.
fn buffer_bytes(machine: &Machine, copies: u64) -> u64 {
    let wanted = machine.last_level_cache_bytes.unwrap_or(ASSUMED_CACHE_BYTES).saturating_mul(4);
    let most = machine.memory_bytes.map_or(u64::MAX, |bytes| bytes / 8 / copies);
    wanted.max(LEAST_BUFFER_BYTES).min(most)
}

/// Refuses a buffer that the cache would hold: it, and not the memory, would be measured.
fn larger_than_cache(machine: &Machine, buffer_bytes: u64, copies: u64) -> Result<(), String> {
    let cache = machine.last_level_cache_bytes.unwrap_or(0);
    if buffer_bytes > cache.saturating_mul(2) {
        return Ok(());
    }
    Err(format!(
        "memory steps need a buffer of more than twice the last-level cache of {}, {}; this machine's memory leaves room for {} each: use fewer workers, or leave the process pool out",
        units::bytes(cache as f64),
        if copies > 1 {
            format!("one for each of {copies} worker processes")
        } else {
            "and the system beside it".to_owned()
        },
        units::bytes(buffer_bytes as f64)
    ))
}
