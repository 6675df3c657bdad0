//! Takes the figures of each check.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::amounts::Amounts;
use super::check::{CheckId, Details, Measurement, NotMeasured, Outcome, Unit};
use super::limits::{
    ABOVE_FLOOR_NANOS, ABOVE_FLOOR_SHARE, BUSY_PYTHON_RATIO, BUSY_RATIO, EMPTY_SHARE, READING_NANOS, RESOLUTION_NANOS,
    SAMPLING_PERCENT, START_NANOS, SYSTEM_READING_NANOS,
};
use super::trials::Trials;

use crate::analysis::statistics::{bootstrap_median_interval, median, median_interval};
use crate::analysis::{LAB_PERCENT, compare};
use crate::clock::StampClock;
use crate::failure::{Failure, ProtocolFailure};
use crate::model::{Contender, Host, ModelId, contenders};
use crate::protocol::{BareReply, BareRequest, ClockReadings};
use crate::python::Interpreters;
use crate::results::Results;
use crate::session::{
    CancelFlag, HostCalibrations, Machine, NotDone, Observer, Probes, PythonPrograms, RealSessions, SAME_SPEED,
};
use crate::trial::{Background, BackgroundShares, CpuSample, Measured};
use crate::units::NANOS_PER_MS;
use crate::workload::{Calibration, Kernel};

/// Duration of a task that computes, milliseconds.
const TASK_MS: f64 = 1.0;
/// Duration of a task of a trial in which the CPU is sampled, milliseconds.
const SAMPLED_TASK_MS: f64 = 10.0;
/// Most workers of pools: the models are compared with bare programs of the same number, and more would need more tasks.
const MOST_WORKERS: u32 = 2;
/// Time after which a check is not repeated again: all native checks together take at most about a minute.
const LONGEST: Duration = Duration::from_millis(2_500);
/// The same for a model of Python: interpreters and their processes take longer to start.
const LONGEST_PYTHON: Duration = Duration::from_secs(6);
/// Pairs of a model of Python for each one of a native model: interpreters differ more from process to process.
const PYTHON_PAIRS: u32 = 2;
/// The same for the rounds in which a model is compared with itself.
const LONGEST_COMPARISON: Duration = Duration::from_secs(6);
/// Model that is compared with itself and that is sampled.
const POOL: ModelId = ModelId::ThreadPool;

/// A self-check under way, with what later checks need of earlier ones.
pub(super) struct Measuring<'a> {
    sessions: &'a RealSessions,
    amounts: Amounts,
    has_window: bool,
    observer: Arc<dyn Observer>,
    cancel: CancelFlag,
    probes: Probes,
    workers: u32,
    usable: u32,
    readings: Option<ClockReadings>,
    calibrations: HostCalibrations,
    interpreters: Arc<Interpreters>,
    /// Written for the first check of a Python model.
    python_programs: Option<PythonPrograms>,
    /// Median cost of 2 and of 3 stamps alone.
    floors: [Option<f64>; 2],
    sampled: Vec<Sampled>,
    background: Vec<Background>,
}

/// CPU time of one sampled trial.
#[derive(Clone, Copy)]
struct Sampled {
    /// Difference between the samples and what the processes report, percent of the latter; `None` if either is unknown.
    error_percent: Option<f64>,
    /// Time of the lab itself, percent of the usable CPUs' time; `None` if unknown.
    lab_percent: Option<f64>,
}

impl<'a> Measuring<'a> {
    pub(super) fn new(
        (sessions, interpreters): (&'a RealSessions, &Arc<Interpreters>),
        amounts: Amounts,
        (observer, has_window): (Arc<dyn Observer>, bool),
        machine: &Machine,
        cancel: CancelFlag,
    ) -> Self {
        Self {
            sessions,
            amounts,
            has_window,
            observer,
            probes: Probes::of(sessions, cancel.clone()),
            cancel,
            workers: machine.cpus.usable.clamp(1, MOST_WORKERS),
            usable: machine.cpus.usable.max(1),
            readings: None,
            calibrations: HostCalibrations::default(),
            interpreters: Arc::clone(interpreters),
            python_programs: None,
            floors: [None, None],
            sampled: Vec::new(),
            background: Vec::new(),
        }
    }

    /// Returns what other programs, the lab and the host took during the trials; `None` below a second of trials.
    pub(super) fn background(&self) -> Option<BackgroundShares> {
        Background::shares(self.background.iter().copied())
    }

    /// Takes one check.
    pub(super) fn take(&mut self, id: CheckId) -> Result<Outcome, NotDone> {
        match id {
            CheckId::ClockResolution => {
                let readings = self.readings()?;
                let mut measured = figure(Unit::Nanos, readings.resolution_nanos, RESOLUTION_NANOS);
                measured.details = Details::Clock(readings.stamp_clock);
                Ok(Outcome::Measured(measured))
            }
            CheckId::ClockReading => {
                let readings = self.readings()?;
                let details = Details::Clock(readings.stamp_clock);
                of_medians(Unit::Nanos, &readings.stamp_read_nanos, (None, READING_NANOS), details)
            }
            CheckId::SystemClockReading => {
                let readings = self.readings()?;
                let details = Details::Clock(StampClock::OsClock);
                of_medians(Unit::Nanos, &readings.os_read_nanos, (None, SYSTEM_READING_NANOS), details)
            }
            CheckId::Calibration(kernel) => self.calibrations(kernel),
            CheckId::Recording(stamps) => self.recording(stamps),
            CheckId::RunnerStart => self.starts(),
            CheckId::EmptyTasks(model) => self.tasks(id, model, 0.0),
            CheckId::BusyTasks(model) => self.tasks(id, model, TASK_MS),
            CheckId::SameModel => self.same_model(),
            CheckId::Sampling => self.sampling(),
            CheckId::Window => self.window(),
        }
    }

    fn readings(&mut self) -> Result<ClockReadings, NotDone> {
        if let Some(readings) = &self.readings {
            return Ok(readings.clone());
        }
        let BareReply::Clock(readings) = self.bare(BareRequest::Clock)? else { return Err(unexpected()) };
        Ok(self.readings.insert(readings).clone())
    }

    /// Runs a bare program as a trial runs: the window draws before it.
    fn bare(&self, request: BareRequest) -> Result<BareReply, NotDone> {
        self.observer.before_trial();
        self.probes.bare(request)
    }

    /// Runs trials and notes what used the machine meanwhile.
    fn trials(&mut self, trials: &Trials) -> Result<Results, NotDone> {
        let results = trials.run(self.sessions, &self.observer, &self.cancel)?;
        self.background.extend(results.trials.iter().filter_map(|trial| trial.background));
        Ok(results)
    }

    /// Returns nanoseconds per unit of the default kernel on a host, which trials of later checks are given, too.
    fn nanos_per_unit(&mut self, host: &Host) -> Result<f64, NotDone> {
        if let Some(known) = self.calibrations.nanos_per_unit(host, Kernel::Splitmix) {
            return Ok(known);
        }
        let calibration = match self.interpreters.of(host).map(|interpreter| interpreter.path.clone()) {
            Ok(interpreter) => {
                let programs = python_programs(&mut self.python_programs)?;
                self.probes.calibrate_python(programs, &interpreter, Kernel::Splitmix)?
            }
            Err(_) => self.probes.calibrate(Kernel::Splitmix)?,
        };
        self.calibrations.put(host, vec![calibration].into());
        Ok(calibration.nanos_per_unit)
    }

    fn calibrations(&mut self, kernel: Kernel) -> Result<Outcome, NotDone> {
        let mut all: Vec<Calibration> = Vec::new();
        for _ in 0..self.amounts.calibrations {
            match self.probes.calibrate(kernel) {
                Ok(calibration) => all.push(calibration),
                Err(NotDone::Cancelled) if all.len() > 1 => break,
                Err(not_done) => return Err(not_done),
            }
        }
        all.sort_by(|a, b| a.nanos_per_unit.total_cmp(&b.nanos_per_unit));
        let speeds: Vec<f64> = all.iter().map(|calibration| calibration.nanos_per_unit).collect();
        let (Some(middle), Some(least), Some(most)) = (median(&speeds), speeds.first(), speeds.last()) else {
            return Err(ProtocolFailure::KernelMissing.into());
        };
        if kernel == Kernel::Splitmix {
            self.calibrations.put(&Host::Rust, vec![all[all.len() / 2]].into());
        }
        let spread = figure(Unit::Percent, (most - least) / middle * 100.0, SAME_SPEED * 100.0);
        Ok(Outcome::Measured(Measurement { repetitions: all.len() as u32, ..spread }))
    }

    /// Repeats a measurement; a cancel, or a machine that needs too long, ends it with what there is.
    fn repeated<T>(
        &mut self,
        (repetitions, longest): (u32, Duration),
        mut take: impl FnMut(&mut Self, u32) -> Result<T, NotDone>,
    ) -> Result<Vec<T>, NotDone> {
        let begun = Instant::now();
        let mut all = Vec::with_capacity(repetitions as usize);
        for repetition in 0..repetitions {
            if !all.is_empty() && begun.elapsed() > longest {
                break;
            }
            match take(self, repetition) {
                Ok(one) => all.push(one),
                Err(NotDone::Cancelled) if !all.is_empty() => break,
                Err(not_done) => return Err(not_done),
            }
        }
        Ok(all)
    }

    fn recording(&mut self, stamps: u32) -> Result<Outcome, NotDone> {
        // The plain loop submits nothing.
        let model = if stamps > 2 { POOL } else { ModelId::Sequential };
        let pairs = self.repeated((self.amounts.pairs, LONGEST), |this, pair| {
            this.interleaved(pair, |this| this.recorded(model), |this| this.stamps(stamps))
        })?;
        let (recorded, alone): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        let floor = median(&alone).unwrap_or_default();
        self.floors[floor_index(stamps)] = Some(floor);
        let limit = floor + ABOVE_FLOOR_NANOS.max(floor * ABOVE_FLOOR_SHARE);
        of_medians(Unit::NanosPerTask, &recorded, (Some(floor), limit), Details::None)
    }

    /// Returns what the lab's stamps and record add to one task, as a runner reports it.
    fn recorded(&mut self, model: ModelId) -> Result<f64, NotDone> {
        let results = self.trials(&self.one(Contender::of(model), 1, 0.0))?;
        let stamps = only(&results)?.stamp_nanos;
        stamps.ok_or_else(|| ProtocolFailure::NoReport.into())
    }

    fn stamps(&self, per_task: u32) -> Result<f64, NotDone> {
        match self.bare(BareRequest::Stamps { per_task })? {
            BareReply::Stamps { nanos_per_task } => median(&nanos_per_task).ok_or_else(unexpected),
            _ => Err(unexpected()),
        }
    }

    /// Returns the cost of the stamps alone that tasks of a model take.
    fn floor(&mut self, model: ModelId) -> Result<f64, NotDone> {
        let stamps = if model == ModelId::Sequential { 2 } else { 3 };
        match self.floors[floor_index(stamps)] {
            Some(floor) => Ok(floor),
            None => Ok(*self.floors[floor_index(stamps)].insert(self.stamps(stamps)?)),
        }
    }

    fn starts(&mut self) -> Result<Outcome, NotDone> {
        let starts = self.repeated((self.amounts.starts, LONGEST), |this, _| {
            this.observer.before_trial();
            this.probes.runner_start().map(|duration| duration.as_nanos() as f64)
        })?;
        of_medians(Unit::Nanos, &starts, (None, START_NANOS), Details::None)
    }

    /// Takes both halves of a pair, every other time in the other order.
    fn interleaved<T>(
        &mut self,
        pair: u32,
        lab: impl FnOnce(&mut Self) -> Result<T, NotDone>,
        bare: impl FnOnce(&mut Self) -> Result<T, NotDone>,
    ) -> Result<(T, T), NotDone> {
        if pair.is_multiple_of(2) {
            let lab = lab(self)?;
            Ok((lab, bare(self)?))
        } else {
            let bare = bare(self)?;
            Ok((lab(self)?, bare))
        }
    }

    fn one(&self, contender: Contender, tasks: u32, task_ms: f64) -> Trials {
        let (models, workers) = (vec![contender], self.workers);
        let (calibrations, interpreters) = (self.calibrations.clone(), Arc::clone(&self.interpreters));
        Trials { models, tasks, task_ms, workers, rounds: 1, calibrations, interpreters, within: None }
    }

    /// Runs the bare program of a model once. Returns its wall nanoseconds.
    fn bare_tasks(&mut self, contender: &Contender, (tasks, units): (u32, u64)) -> Result<f64, NotDone> {
        let (model, workers) = (contender.model, self.workers);
        let request = match self.interpreters.of(&contender.host).map(|one| one.path.clone()) {
            Ok(interpreter) => {
                let script = python_programs(&mut self.python_programs)?.script().to_owned();
                BareRequest::Python { interpreter, script, model, tasks, units, workers }
            }
            Err(_) => BareRequest::Model { model, tasks, units, workers },
        };
        match self.bare(request)? {
            BareReply::Wall { nanos } => Ok(nanos.max(1) as f64),
            _ => Err(unexpected()),
        }
    }

    /// Compares tasks under a model with a bare program.
    fn tasks(&mut self, id: CheckId, model: ModelId, task_ms: f64) -> Result<Outcome, NotDone> {
        let mut contender = Contender::of(model);
        self.interpreters.resolve_tag(&mut contender);
        if model.is_python() {
            match self.interpreters.of(&contender.host) {
                Err(none) => return Ok(Outcome::NotMeasured(NotMeasured::NoInterpreter(none))),
                Ok(interpreter) => {
                    if let Some(reason) = interpreter.lacks(model) {
                        return Ok(Outcome::NotMeasured(NotMeasured::Lacks(reason)));
                    }
                }
            }
        }
        let (tasks, workers) = (self.amounts.tasks(id), self.workers);
        let units = if task_ms > 0.0 {
            (task_ms * NANOS_PER_MS / self.nanos_per_unit(&contender.host)?).round().max(1.0) as u64
        } else {
            0
        };
        let trial = self.one(contender.clone(), tasks, task_ms);
        let repetitions = match model.is_python() {
            true => (self.amounts.pairs * PYTHON_PAIRS, LONGEST_PYTHON),
            false => (self.amounts.pairs, LONGEST),
        };
        let mut stated = Vec::new();
        let pairs = self.repeated(repetitions, |this, pair| {
            let lab = |this: &mut Self| {
                let results = this.trials(&trial)?;
                let measured = only(&results)?;
                stated.extend(measured.stamp_nanos);
                Ok(measured.wall_nanos as f64)
            };
            this.interleaved(pair, lab, |this| this.bare_tasks(&contender, (tasks, units)))
        })?;
        let per_task = |nanos: f64| nanos / f64::from(tasks.max(1));
        let medians =
            |of: fn(&(f64, f64)) -> f64| median(&pairs.iter().map(of).collect::<Vec<_>>()).unwrap_or_default();
        let (lab_nanos, bare_nanos) = (per_task(medians(|pair| pair.0)), per_task(medians(|pair| pair.1)));
        let details = Details::Tasks { tasks, units, workers, lab_nanos, bare_nanos };
        if task_ms > 0.0 {
            let logs: Vec<f64> = pairs.iter().map(|(lab, bare)| (lab / bare).ln()).collect();
            return Ok(Outcome::Measured(Measurement {
                unit: Unit::Ratio,
                value: median(&logs).unwrap_or_default().exp(),
                ci95: bootstrap_median_interval(&logs).map(|(low, high)| (low.exp(), high.exp())),
                repetitions: logs.len() as u32,
                floor: Some(1.0),
                limit: Some(if model.is_python() { BUSY_PYTHON_RATIO } else { BUSY_RATIO }),
                details,
            }));
        }
        let floor = match model.is_python() {
            true => median(&stated).ok_or(ProtocolFailure::NoReport)?,
            false => self.floor(model)?,
        };
        let added: Vec<f64> = pairs.iter().map(|(lab, bare)| per_task(lab - bare)).collect();
        let limit = floor + ABOVE_FLOOR_NANOS.max((bare_nanos + floor) * EMPTY_SHARE);
        of_medians(Unit::AddedNanosPerTask, &added, (Some(floor), limit), details)
    }

    fn same_model(&mut self) -> Result<Outcome, NotDone> {
        let name = POOL.name();
        let models = contenders([name, name]).unwrap_or_else(|_| vec![Contender::of(POOL)]);
        self.nanos_per_unit(&Host::Rust)?;
        let trials = Trials {
            models: models.clone(),
            rounds: self.amounts.rounds,
            within: Some(LONGEST_COMPARISON),
            ..self.one(Contender::of(POOL), self.amounts.tasks(CheckId::SameModel), TASK_MS)
        };
        let results = self.trials(&trials)?;
        let compared = models.split_last().and_then(|(last, others)| compare(&results, last, others.first()?));
        let Some(compared) = compared else { return Ok(Outcome::NotMeasured(NotMeasured::TooSlow)) };
        Ok(Outcome::Measured(Measurement {
            unit: Unit::Ratio,
            value: compared.ratio.median,
            ci95: compared.ratio.ci95,
            repetitions: compared.ratio.pairs,
            floor: None,
            limit: None,
            details: Details::Compared(compared.finding),
        }))
    }

    /// Runs the trials in which the CPU is sampled, once.
    fn sample(&mut self) -> Result<(), NotDone> {
        if !self.sampled.is_empty() {
            return Ok(());
        }
        self.nanos_per_unit(&Host::Rust)?;
        let tasks = (f64::from(self.amounts.sampled_ms) / SAMPLED_TASK_MS).ceil() as u32 * self.usable;
        let trials = Trials { workers: self.usable, ..self.one(Contender::of(POOL), tasks, SAMPLED_TASK_MS) };
        self.sampled = self.repeated((self.amounts.sampled_trials, LONGEST), |this, _| {
            let results = this.trials(&trials)?;
            let samples = results.trials.first().map_or(&[][..], |trial| &trial.cpu);
            Ok(Sampled {
                error_percent: sampling_error(samples, only(&results)?),
                lab_percent: mean(samples, |sample| sample.lab_percent).map(|lab| lab / f64::from(this.usable)),
            })
        })?;
        Ok(())
    }

    fn sampling(&mut self) -> Result<Outcome, NotDone> {
        self.sample()?;
        let errors: Vec<f64> = self.sampled.iter().filter_map(|sampled| sampled.error_percent).collect();
        let Some(value) = median(&errors) else { return Ok(Outcome::NotMeasured(NotMeasured::NoCpuTime)) };
        let measured = figure(Unit::Percent, value, SAMPLING_PERCENT);
        Ok(Outcome::Measured(Measurement { repetitions: errors.len() as u32, ..measured }))
    }

    fn window(&mut self) -> Result<Outcome, NotDone> {
        if !self.has_window {
            return Ok(Outcome::NotMeasured(NotMeasured::NoWindow));
        }
        self.sample()?;
        let shares: Vec<f64> = self.sampled.iter().filter_map(|sampled| sampled.lab_percent).collect();
        let Some(value) = median(&shares) else { return Ok(Outcome::NotMeasured(NotMeasured::NoCpuTime)) };
        let measured = figure(Unit::Percent, value, LAB_PERCENT);
        Ok(Outcome::Measured(Measurement { repetitions: shares.len() as u32, ..measured }))
    }
}

/// Returns the bare programs of Python models, which are written when the first one is needed.
fn python_programs(written: &mut Option<PythonPrograms>) -> Result<&PythonPrograms, Failure> {
    match written {
        Some(programs) => Ok(programs),
        None => Ok(written.insert(PythonPrograms::write()?)),
    }
}

fn unexpected() -> NotDone {
    ProtocolFailure::Unexpected.into()
}

const fn floor_index(stamps: u32) -> usize {
    if stamps > 2 { 1 } else { 0 }
}

/// Returns the measurement of the only trial.
fn only(results: &Results) -> Result<&Measured, NotDone> {
    let measured = results.trials.first().and_then(|trial| trial.completed());
    measured.ok_or(NotDone::Failed(Failure::SessionLost))
}

/// Returns a single figure with its limit.
const fn figure(unit: Unit, value: f64, limit: f64) -> Measurement {
    Measurement { unit, value, ci95: None, repetitions: 1, floor: None, limit: Some(limit), details: Details::None }
}

/// Returns the median of repetitions with its interval.
fn of_medians(
    unit: Unit,
    values: &[f64],
    (floor, limit): (Option<f64>, f64),
    details: Details,
) -> Result<Outcome, NotDone> {
    Ok(Outcome::Measured(Measurement {
        unit,
        value: median(values).ok_or_else(unexpected)?,
        ci95: median_interval(values),
        repetitions: values.len() as u32,
        floor,
        limit: Some(limit),
        details,
    }))
}

/// Returns the mean of a figure of the samples, weighted by their widths; `None` if any is missing.
fn mean(samples: &[CpuSample], figure: impl Fn(&CpuSample) -> Option<f32>) -> Option<f64> {
    let width: f64 = samples.iter().map(|sample| sample.width_ms).sum();
    let sum: Option<f64> = samples.iter().map(|sample| Some(f64::from(figure(sample)?) * sample.width_ms)).sum();
    sum.map(|sum| sum / width).filter(|mean| mean.is_finite())
}

/// Returns by how much the sampled CPU time of a trial differs from what its processes report, percent of the latter. On
/// systems that don't report the time of running processes the samples are those of the cores, without the lab.
fn sampling_error(samples: &[CpuSample], measured: &Measured) -> Option<f64> {
    let reported = measured.cores_used()? * 100.0;
    let of_cores = |sample: &CpuSample| Some(sample.usage_percent.iter().sum::<f32>() - sample.lab_percent?);
    let sampled = mean(samples, |sample| sample.tree_percent).or_else(|| mean(samples, of_cores))?;
    Some((sampled / reported - 1.0).abs() * 100.0).filter(|error| error.is_finite())
}
