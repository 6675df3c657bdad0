//! Calibrations and plans of each host: the speed of every kernel there, and the exact work that follows from it.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Session, Stop};
use crate::failure::Failure;
use crate::model::Host;
use crate::session::calibration::{Calibrator, HostCalibrations};
use crate::session::launcher::NotDone;
use crate::session::{Machine, Outcome, SessionEvent};
use crate::workload::{ExpandError, Plan, Work};

impl Session {
    /// Returns the calibrations of each host: those of an earlier part of the run, cached, or measured now. An
    /// interpreter that can't be calibrated excludes its own models, and no others.
    pub(super) fn calibrate(&mut self, machine: &Machine) -> Result<HostCalibrations, Stop> {
        if let Some(more) = &self.request.more {
            let calibrations = more.calibrations.clone();
            // The record of the earlier part may be gone.
            self.deliver(SessionEvent::Calibrated { calibrations: calibrations.clone() });
            return Ok(calibrations);
        }
        let kernels = self.request.experiment.workload.kernels();
        let mut all = HostCalibrations::default();
        let begins = || self.events.send(SessionEvent::Calibrating);
        let calibrator = Calibrator { program: &self.program, machine, cancel: &self.cancel, begins: &begins };
        for host in self.hosts() {
            match calibrator.all(&kernels, self.request.interpreters.of(&host).ok()) {
                Ok(calibrations) => all.put(&host, calibrations),
                Err(_) if self.cancel.is_cancelled() => return Err(Stop(Outcome::Cancelled)),
                Err(NotDone::Cancelled) => return Err(Stop(Outcome::Cancelled)),
                Err(NotDone::Failed(failure)) if host.is_python() => {
                    self.state.broken.insert(host, failure);
                }
                Err(NotDone::Failed(failure)) => return Err(Stop(Outcome::Failed(failure))),
            }
        }
        self.deliver(SessionEvent::Calibrated { calibrations: all.clone() });
        Ok(all)
    }

    /// Returns the hosts of all models that can run, each once.
    fn hosts(&self) -> Vec<Host> {
        let mut hosts: Vec<Host> = Vec::new();
        for contender in &self.request.experiment.models {
            let host = contender.host.base();
            if self.unavailable(contender).is_none() && !hosts.contains(&host) {
                hosts.push(host);
            }
        }
        hosts
    }

    /// Returns the plan of each host at a point: by its own calibration (same time), or by that of the reference's host (same
    /// algorithm).
    pub(super) fn plans(
        &mut self,
        point: usize,
        calibrations: &HostCalibrations,
    ) -> Result<HashMap<Host, Plan>, Failure> {
        let experiment = Arc::clone(&self.points[point]);
        let hosts = self.hosts();
        let base = calibrations.base(&experiment.reference.host, experiment.models.iter().map(|one| &one.host));
        if !experiment.workload.kernels().is_empty() {
            // Applies to an earlier part of this run as well.
            for host in hosts.iter().filter(|host| calibrations.of(host).is_none()) {
                let failure = || Failure::NotCalibrated { host: host.title() };
                self.state.broken.entry(host.clone()).or_insert_with(failure);
            }
        }
        let mut plans = HashMap::new();
        for host in hosts.iter().filter(|host| !self.state.broken.contains_key(host)) {
            let from = match experiment.workload.work {
                Work::SameTime => calibrations.of(host),
                Work::SameAlgorithm => base.and_then(|base| calibrations.of(base)),
            };
            let plan = experiment.workload.expand(&from.cloned().unwrap_or_default());
            plans.insert(
                host.clone(),
                plan.map_err(|ExpandError::NotCalibrated(kernel)| Failure::KernelNotCalibrated {
                    kernel: kernel.to_owned(),
                })?,
            );
        }
        Ok(plans)
    }
}
