//! How fast each kernel is on a host: measured in processes of their own, and kept while it holds.

mod cache;
mod hosts;

use std::path::Path;

use super::folder::Folder;
use super::launcher::{self, NotDone};
use super::{CancelFlag, Machine};
use crate::failure::{Failure, ProtocolFailure};
use crate::protocol::{InterpreterLocation, RunnerRequest};
use crate::python::Interpreter;
use crate::workload::{Calibration, Calibrations, Kernel};

pub use hosts::HostCalibrations;

/// Within this share of each other two calibrations are the same: what one kernel repeats to between
/// processes on a quiet machine.
const SAME_SPEED: f64 = 0.01;
/// The same for an interpreter, whose processes differ by several percent among themselves.
const SAME_PYTHON_SPEED: f64 = 0.03;

/// Calibrates the kernels of one session.
pub(super) struct Calibrator<'a> {
    /// The lab's executable.
    pub(super) program: &'a Path,
    pub(super) machine: &'a Machine,
    pub(super) cancel: &'a CancelFlag,
    /// Called before each kernel.
    pub(super) begins: &'a dyn Fn(),
}

impl Calibrator<'_> {
    /// The speeds of these kernels on an interpreter, or in a runner where there is none.
    pub(super) fn all(&self, kernels: &[Kernel], interpreter: Option<&Interpreter>) -> Result<Calibrations, NotDone> {
        let kept = cache::load(self.machine, interpreter);
        // One folder for all processes: the program is compiled there once.
        let folder = interpreter.filter(|_| !kernels.is_empty()).map(|_| Folder::new()).transpose()?;
        let place = interpreter
            .zip(folder.as_ref())
            .map(|(one, folder)| InterpreterLocation { program: one.path.clone(), folder: folder.path().to_owned() });
        let mut calibrations = Calibrations::default();
        let mut any_new = false;
        for kernel in kernels {
            (self.begins)();
            let failed = |not_done| match not_done {
                NotDone::Cancelled => NotDone::Cancelled,
                NotDone::Failed(cause) => NotDone::Failed(Failure::Calibration {
                    kernel: kernel.name().to_owned(),
                    host: interpreter.map(|one| format!("Python {}", one.tag)),
                    cause: Box::new(cause),
                }),
            };
            let (calibration, new) = self.one(*kernel, place.as_ref(), kept.get(*kernel).copied()).map_err(failed)?;
            calibrations.put(calibration);
            any_new |= new;
        }
        if any_new {
            let mut all = kept;
            calibrations.iter().for_each(|calibration| all.put(*calibration));
            cache::save(self.machine, interpreter, &all);
        }
        Ok(calibrations)
    }

    /// The median of several processes, and whether it is new. What is kept from an earlier run stays
    /// in force while the machine is as fast as it was, so that the same work means the same
    /// iterations from run to run; the speed of a virtual machine may change by more than that
    /// within minutes, and then a task of 10 ms would not be one.
    fn one(
        &self,
        kernel: Kernel,
        place: Option<&InterpreterLocation>,
        kept: Option<Calibration>,
    ) -> Result<(Calibration, bool), NotDone> {
        let (processes, same) = if place.is_some() { (5, SAME_PYTHON_SPEED) } else { (3, SAME_SPEED) };
        let order = RunnerRequest::Calibrate { kernels: vec![kernel], python: place.cloned() };
        let mut runs = Vec::with_capacity(processes);
        for _ in 0..processes {
            let list = launcher::run_calibration(self.program, &order, self.cancel)?;
            let measured = list.into_iter().find(|calibration| calibration.kernel == kernel);
            runs.push(measured.ok_or(ProtocolFailure::KernelMissing)?);
        }
        runs.sort_by(|a, b| a.nanos_per_unit.total_cmp(&b.nanos_per_unit));
        let median = runs[processes / 2];
        let still_holds = |kept: &Calibration| (median.nanos_per_unit / kept.nanos_per_unit - 1.0).abs() <= same;
        // How much this core was disturbed is always this run's own figure.
        let in_force = |kept: Calibration| Calibration { wall_over_cpu: median.wall_over_cpu, ..kept };
        Ok(kept.filter(still_holds).map_or((median, true), |kept| (in_force(kept), false)))
    }
}
