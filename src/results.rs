//! Everything that a session has delivered so far: the raw material of analysis and export.

use std::sync::Arc;

use crate::experiment::Experiment;
use crate::model::{Contender, Host};
use crate::python::Interpreters;
use crate::session::{HostCalibrations, Machine, Outcome, SessionEvent};
use crate::trial::{Runtime, Trial};
use crate::workload::{Nominal, Work};

/// An experiment and its trials. Grows by [`Results::apply`]; nothing is ever taken out.
#[derive(Debug, Clone)]
pub struct Results {
    /// What was run.
    pub experiment: Arc<Experiment>,
    /// Nominal durations behind the ideals.
    pub nominal: Nominal,
    /// When the run was started: milliseconds since the Unix epoch.
    pub started_at_ms: u64,
    /// Where; `None` until the session has looked.
    pub machine: Option<Arc<Machine>>,
    /// What its Python models run on.
    pub interpreters: Arc<Interpreters>,
    /// The kernels' speeds; empty until known and where nothing is computed.
    pub calibrations: HostCalibrations,
    /// The nominal durations on each host, where they differ; known with the calibrations.
    nominal_on: Vec<(Host, Nominal)>,
    /// All trials in run order, warm-ups included.
    pub trials: Vec<Trial>,
    /// Measured rounds planned, once fixed.
    pub rounds: Option<u32>,
    /// How it ended; `None` while it runs.
    pub outcome: Option<Outcome>,
}

impl Results {
    /// An experiment of which nothing has run yet.
    #[must_use]
    pub fn new(experiment: Arc<Experiment>, interpreters: Arc<Interpreters>, started_at_ms: u64) -> Self {
        let nominal = experiment.workload.nominal();
        Self {
            experiment,
            nominal,
            started_at_ms,
            machine: None,
            interpreters,
            calibrations: HostCalibrations::default(),
            nominal_on: Vec::new(),
            trials: Vec::new(),
            rounds: None,
            outcome: None,
        }
    }

    /// Takes in one event. Returns true where a statistic may have changed.
    pub fn apply(&mut self, event: SessionEvent) -> bool {
        match event {
            SessionEvent::Machine(machine) => self.machine = Some(machine),
            SessionEvent::Calibrated { calibrations, .. } => {
                self.calibrations = calibrations;
                self.nominal_on = self.nominal_on_hosts();
            }
            SessionEvent::RoundsFixed { rounds } => self.rounds = Some(rounds),
            SessionEvent::TrialFinished(trial) => self.trials.push(*trial),
            SessionEvent::Finished(outcome) => self.outcome = Some(outcome),
            SessionEvent::Calibrating
            | SessionEvent::TrialStarted { .. }
            | SessionEvent::Progress { .. }
            | SessionEvent::CpuSampled(_)
            | SessionEvent::NotStored(_) => return false,
        }
        true
    }

    /// Measured trials (no warm-ups) of one contender, in run order.
    pub fn measured<'a>(&'a self, contender: &'a crate::model::Contender) -> impl Iterator<Item = &'a Trial> {
        self.trials.iter().filter(move |trial| trial.contender == *contender && !trial.is_warmup())
    }

    /// The nominal durations on a host: where all run the same algorithm, computing takes as much longer
    /// there as its kernels are slower.
    #[must_use]
    pub fn nominal_on(&self, host: &Host) -> &Nominal {
        self.nominal_on.iter().find(|(known, _)| known == host).map_or(&self.nominal, |(_, nominal)| nominal)
    }

    /// Drawn once, and not for every statistic: a workload may have a million tasks.
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
            // How long it takes there is not known: no ideal is stated.
            return Nominal { untimed: true, ..self.nominal.clone() };
        }
        workload.scaled(|kernel| Some(speed(host, kernel)? / speed(base, kernel)?)).nominal()
    }

    /// The interpreter that ran a contender; `None` for native ones, and before a trial has reported it.
    #[must_use]
    pub fn runtime(&self, contender: &Contender) -> Option<&Runtime> {
        let of_trial = |trial: &'_ Trial| trial.contender == *contender;
        self.trials.iter().filter(|trial| of_trial(trial)).find_map(|trial| trial.measured.as_ref()?.runtime.as_ref())
    }

    /// Logical CPUs, as the ideals need them.
    #[must_use]
    pub fn logical_cpus(&self) -> u32 {
        self.machine.as_ref().map_or(1, |machine| machine.cpus.usable)
    }
}
