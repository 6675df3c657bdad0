//! Results of a run: everything that a session has delivered so far, for each point of a sweep. Input of analysis and
//! export.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use crate::code::UsedCode;
use crate::cpus::Cpus;
use crate::experiment::Experiment;
use crate::experiment::sweep::SweepPoint;
use crate::model::{Contender, Host};
use crate::python::Interpreters;
use crate::session::{HostCalibrations, Machine, Outcome, SessionEvent};
use crate::trial::{Runtime, Stuck, Trial};
use crate::workload::{Nominal, Work, Workload};

/// Results of all points of a run. Without a sweep there is one point.
#[derive(Debug, Clone)]
pub struct RunResults {
    /// The experiment that was run, with its sweep.
    pub experiment: Arc<Experiment>,
    /// Results of each point, in the order of the values. Never empty.
    pub points: Vec<Results>,
    /// Trials that a damaged file no longer contains.
    pub lost_trials: u32,
    /// Note that the user has put on the stored run; not empty.
    pub note: Option<String>,
}

/// A run with one point.
impl From<Results> for RunResults {
    fn from(results: Results) -> Self {
        Self { experiment: Arc::clone(&results.experiment), points: vec![results], lost_trials: 0, note: None }
    }
}

impl RunResults {
    /// Creates the results of an experiment before its first trial. A sweep that can't be run has no points of its own:
    /// validate the experiment first.
    #[must_use]
    pub fn new(experiment: Arc<Experiment>, interpreters: &Arc<Interpreters>, started_at_ms: u64) -> Self {
        let new = |experiment| Results::new(experiment, Arc::clone(interpreters), started_at_ms);
        let points = match &experiment.sweep {
            None => vec![new(Arc::clone(&experiment))],
            Some(_) => {
                let points = experiment.points().unwrap_or_default().into_iter();
                points.map(|(point, experiment)| Results { point, ..new(Arc::new(experiment)) }).collect()
            }
        };
        let points = if points.is_empty() { vec![new(Arc::clone(&experiment))] } else { points };
        Self { experiment, points, lost_trials: 0, note: None }
    }

    /// Applies one event. Returns the points whose statistics may have changed.
    pub fn apply(&mut self, event: SessionEvent) -> Range<usize> {
        if let SessionEvent::TrialFinished(trial) = event {
            let index = trial.point as usize;
            let Some(point) = self.points.get_mut(index) else { return 0..0 };
            point.apply(SessionEvent::TrialFinished(trial));
            return index..index + 1;
        }
        let mut changed = false;
        for point in &mut self.points {
            changed |= point.apply(event.clone());
        }
        if changed { 0..self.points.len() } else { 0..0 }
    }

    /// Returns the first point, whose facts about run, machine and interpreters are those of every point.
    #[must_use]
    pub fn first(&self) -> &Results {
        &self.points[0]
    }

    /// Returns true for a sweep.
    #[must_use]
    pub fn is_sweep(&self) -> bool {
        self.points.len() > 1
    }

    /// Returns all trials of all points in run order.
    #[must_use]
    pub fn trials(&self) -> Vec<(&Results, &Trial)> {
        let mut all: Vec<(&Results, &Trial)> =
            self.points.iter().flat_map(|point| point.trials.iter().map(move |trial| (point, trial))).collect();
        all.sort_by_key(|(_, trial)| trial.position);
        all
    }
}

/// An experiment at one point and its trials. Grows by [`Results::apply`]; nothing is ever removed.
#[derive(Debug, Clone)]
pub struct Results {
    /// The experiment that was run, at this point.
    pub experiment: Arc<Experiment>,
    /// The value of the swept setting; `None` without a sweep.
    pub point: Option<SweepPoint>,
    /// Nominal durations on the reference's host, from which the ideals are computed.
    pub nominal: Nominal,
    /// Start of the run, milliseconds since the Unix epoch.
    pub started_at_ms: u64,
    /// The machine; `None` until the session has inspected it.
    pub machine: Option<Arc<Machine>>,
    /// Interpreters that Python models run on.
    pub interpreters: Arc<Interpreters>,
    /// Speeds of the kernels; empty until known, and if nothing is computed.
    pub calibrations: HostCalibrations,
    /// Nominal durations on hosts where they differ; known with the calibrations.
    nominal_on: Vec<(Host, Nominal)>,
    /// All trials in run order, warm-ups included.
    pub trials: Vec<Trial>,
    /// Measured rounds planned, once fixed.
    pub rounds: Option<u32>,
    /// Outcome of the run; `None` while it runs.
    pub outcome: Option<Outcome>,
    /// Code of the user's that the trials ran.
    pub code: Vec<UsedCode>,
}

impl Results {
    /// Creates the results of an experiment before its first trial.
    #[must_use]
    pub fn new(experiment: Arc<Experiment>, interpreters: Arc<Interpreters>, started_at_ms: u64) -> Self {
        let nominal = experiment.workload.nominal();
        Self {
            experiment,
            point: None,
            nominal,
            started_at_ms,
            machine: None,
            interpreters,
            calibrations: HostCalibrations::default(),
            nominal_on: Vec::new(),
            trials: Vec::new(),
            rounds: None,
            outcome: None,
            code: Vec::new(),
        }
    }

    /// Applies one event. Returns true if a statistic may have changed.
    pub fn apply(&mut self, event: SessionEvent) -> bool {
        match event {
            SessionEvent::Machine(machine) => self.machine = Some(machine),
            SessionEvent::Calibrated { calibrations, .. } => {
                self.calibrations = calibrations;
                self.nominal_on = self.nominal_on_hosts();
            }
            SessionEvent::Began { at_ms } => self.started_at_ms = at_ms,
            SessionEvent::CodeUsed(code) => self.code = code,
            SessionEvent::RoundsFixed { rounds } => self.rounds = Some(rounds),
            SessionEvent::TrialFinished(trial) => self.trials.push(*trial),
            SessionEvent::Finished(outcome) => self.outcome = Some(outcome),
            SessionEvent::Calibrating
            | SessionEvent::WaitingForQuiet(_)
            | SessionEvent::TrialStarted { .. }
            | SessionEvent::ClockStarted { .. }
            | SessionEvent::Progress { .. }
            | SessionEvent::CpuSampled(_)
            | SessionEvent::NotStored(_)
            | SessionEvent::StoredAgain => return false,
        }
        true
    }

    /// Returns the measured trials (no warm-ups) of one contender, in run order.
    pub fn measured<'a>(&'a self, contender: &'a crate::model::Contender) -> impl Iterator<Item = &'a Trial> {
        self.trials.iter().filter(move |trial| trial.contender == *contender && !trial.is_warmup())
    }

    /// Returns true if workers that the lab did not start run the tasks of a contender.
    #[must_use]
    pub fn runs_elsewhere(&self, contender: &Contender) -> bool {
        let external = |trial: &Trial| trial.completed()?.runtime.as_ref()?.external.as_ref().map(|_| ());
        self.trials.iter().any(|trial| trial.contender == *contender && external(trial).is_some())
    }

    /// Returns the trial that stands for a contender: the measured one nearest the median, else the last warm-up. `None`
    /// if no trial completed.
    #[must_use]
    pub fn typical_trial(&self, contender: &Contender) -> Option<&Trial> {
        let completed =
            || self.trials.iter().filter(|trial| trial.contender == *contender && trial.completed().is_some());
        let mut measured: Vec<&Trial> = completed().filter(|trial| !trial.is_warmup()).collect();
        measured.sort_by_key(|trial| trial.completed().map(|measured| measured.wall_nanos));
        measured.get(measured.len().saturating_sub(1) / 2).copied().or_else(|| completed().next_back())
    }

    /// Returns a trial whose tasks were stuck, for a contender without a completed trial: the last one, or that of a round.
    #[must_use]
    pub fn stuck_trial(&self, contender: &Contender, round: Option<i32>) -> Option<Stuck<'_>> {
        let of_it = |trial: &&Trial| trial.contender == *contender && round.is_none_or(|round| trial.round == round);
        let trials = self.trials.iter().filter(of_it);
        if trials.clone().any(|trial| trial.completed().is_some()) {
            return None;
        }
        trials.rev().find_map(Trial::stuck)
    }

    /// Returns these trials of all models.
    pub fn stuck_trials(&self, round: Option<i32>) -> impl Iterator<Item = Stuck<'_>> {
        self.experiment.models.iter().filter_map(move |contender| self.stuck_trial(contender, round))
    }

    /// Returns the nominal durations on a host. If all hosts run the same algorithm, compute time scales with the speed of
    /// the host's kernels.
    #[must_use]
    pub fn nominal_on(&self, host: &Host) -> &Nominal {
        self.nominal_on.iter().find(|(known, _)| known == host).map_or(&self.nominal, |(_, nominal)| nominal)
    }

    /// Computes the nominal durations once and not for each statistic, since a workload may have a million tasks.
    fn nominal_on_hosts(&self) -> Vec<(Host, Nominal)> {
        let workload = &self.experiment.workload;
        let hosts = || self.experiment.models.iter().map(|one| &one.host);
        let base = self.calibrations.base(&self.experiment.reference.host, hosts());
        let Some(base) = base.filter(|_| workload.work == Work::SameAlgorithm && self.nominal.compute_nanos > 0.0)
        else {
            return Vec::new();
        };
        let mut others: Vec<&Host> = hosts().filter(|host| host.base() != base.base()).collect();
        others.sort();
        others.dedup();
        others.into_iter().map(|host| (host.clone(), self.nominal_against(base, host))).collect()
    }

    fn nominal_against(&self, base: &Host, host: &Host) -> Nominal {
        let workload = &self.experiment.workload;
        let speed = |host, kernel| self.calibrations.nanos_per_unit(host, kernel);
        if workload.kernels().into_iter().any(|kernel| speed(host, kernel).is_none()) {
            // The speed on this host is not known, so there is no ideal.
            return Nominal { untimed: true, ..self.nominal.clone() };
        }
        workload.scaled(|kernel| Some(speed(host, kernel)? / speed(base, kernel)?)).nominal()
    }

    /// Returns the interpreter that ran a contender; `None` for native ones, and before a trial has reported it.
    #[must_use]
    pub fn runtime(&self, contender: &Contender) -> Option<&Runtime> {
        let of_trial = |trial: &'_ Trial| trial.contender == *contender;
        self.trials.iter().filter(|trial| of_trial(trial)).find_map(|trial| trial.measured.as_ref()?.runtime.as_ref())
    }

    /// Returns the numbers of CPUs of the machine; 1 usable CPU until they are known.
    #[must_use]
    pub fn cpus(&self) -> Cpus {
        self.machine.as_ref().map_or_else(|| Cpus::from(1), |machine| machine.cpus)
    }

    /// Returns the number of logical CPUs that the run may use; 1 until known.
    #[must_use]
    pub fn logical_cpus(&self) -> u32 {
        self.cpus().usable
    }

    /// Returns the number of logical CPUs that a contender may use.
    #[must_use]
    pub fn cpus_of(&self, contender: &Contender) -> u32 {
        contender.cpus(&self.experiment.workload, self.cpus())
    }

    /// Returns the planned number of workers of a contender.
    #[must_use]
    pub fn planned_workers(&self, contender: &Contender) -> u32 {
        contender.workers(&self.experiment.workload, self.cpus())
    }

    /// Returns the workload with a contender's own settings.
    #[must_use]
    pub fn workload_of(&self, contender: &Contender) -> Cow<'_, Workload> {
        contender.workload(&self.experiment.workload)
    }
}
