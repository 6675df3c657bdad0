//! Calibration of the kernels on a host: measured in separate processes; a cached calibration is used while the machine's
//! speed has not changed.

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

/// Relative difference up to which two calibrations count as equal: the repeatability of a kernel between processes on a
/// quiet machine.
pub const SAME_SPEED: f64 = 0.01;
/// The same for interpreters, whose processes differ by several percent from each other.
const SAME_PYTHON_SPEED: f64 = 0.03;
/// Processes whose median is the calibration of a kernel without an interpreter.
pub(super) const NATIVE_PROCESSES: usize = 3;

/// Calibrator of one session.
pub(super) struct Calibrator<'a> {
    /// The lab's executable.
    pub(super) program: &'a Path,
    pub(super) machine: &'a Machine,
    pub(super) cancel: &'a CancelFlag,
    /// Called before each kernel.
    pub(super) begins: &'a dyn Fn(),
}

impl Calibrator<'_> {
    /// Calibrates kernels on an interpreter, or in a runner without one.
    pub(super) fn all(&self, kernels: &[Kernel], interpreter: Option<&Interpreter>) -> Result<Calibrations, NotDone> {
        let cached = cache::load(self.machine, interpreter);
        // One folder for all processes, so that the program is compiled only once.
        let folder = interpreter.filter(|_| !kernels.is_empty()).map(|_| Folder::new()).transpose()?;
        let location = interpreter
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
            let (calibration, new) =
                self.one(*kernel, location.as_ref(), cached.get(*kernel).copied()).map_err(failed)?;
            calibrations.put(calibration);
            any_new |= new;
        }
        if any_new {
            let mut all = cached;
            calibrations.iter().for_each(|calibration| all.put(*calibration));
            cache::save(self.machine, interpreter, &all);
        }
        Ok(calibrations)
    }

    /// Returns the median of several processes, and true if it is new. The cached calibration of an earlier run stays
    /// valid while the machine's speed is the same, so that the same work means the same iterations from run to run. The
    /// speed of a virtual machine may change by more than that within minutes; with the cached value, a task of 10 ms
    /// would then take longer.
    fn one(
        &self,
        kernel: Kernel,
        location: Option<&InterpreterLocation>,
        cached: Option<Calibration>,
    ) -> Result<(Calibration, bool), NotDone> {
        let (processes, same) =
            if location.is_some() { (5, SAME_PYTHON_SPEED) } else { (NATIVE_PROCESSES, SAME_SPEED) };
        let median = measure(self.program, self.cancel, kernel, location, processes)?;
        let still_valid = |cached: &Calibration| (median.nanos_per_unit / cached.nanos_per_unit - 1.0).abs() <= same;
        // Disturbance by other programs is always measured in this run.
        let updated = |cached: Calibration| Calibration { wall_over_cpu: median.wall_over_cpu, ..cached };
        Ok(cached.filter(still_valid).map_or((median, true), |cached| (updated(cached), false)))
    }
}

/// Calibrates a kernel in several processes, whatever was measured before. Returns the median.
pub(super) fn measure(
    program: &Path,
    cancel: &CancelFlag,
    kernel: Kernel,
    location: Option<&InterpreterLocation>,
    processes: usize,
) -> Result<Calibration, NotDone> {
    let request = RunnerRequest::Calibrate { kernels: vec![kernel], python: location.cloned() };
    let mut runs = Vec::with_capacity(processes);
    for _ in 0..processes {
        let list = launcher::run_calibration(program, &request, cancel)?;
        let measured = list.into_iter().find(|calibration| calibration.kernel == kernel);
        let measured = measured.ok_or(ProtocolFailure::KernelMissing)?;
        if !cache::is_plausible(&measured) {
            // It would decide how much work every task does: trials might never end.
            return Err(ProtocolFailure::Impossible { figure: "nanos_per_unit".to_owned() }.into());
        }
        runs.push(measured);
    }
    runs.sort_by(|a, b| a.nanos_per_unit.total_cmp(&b.nanos_per_unit));
    Ok(runs[processes / 2])
}
