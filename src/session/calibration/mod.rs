//! How fast each kernel is on a host: measured in processes of their own, and kept while it holds.

mod cache;
mod hosts;

use std::path::Path;

use super::folder::Folder;
use super::{CancelFlag, Machine, launcher};
use crate::protocol::{CalibrationPlace, Order};
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
    pub(super) fn all(&self, kernels: &[Kernel], interpreter: Option<&Interpreter>) -> Result<Calibrations, String> {
        let kept = cache::load(self.machine, interpreter);
        let mut calibrations = Calibrations::default();
        let mut any_new = false;
        for kernel in kernels {
            (self.begins)();
            let (calibration, new) = self.one(*kernel, interpreter, kept.get(*kernel).copied())?;
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
        interpreter: Option<&Interpreter>,
        kept: Option<Calibration>,
    ) -> Result<(Calibration, bool), String> {
        let (processes, same) = if interpreter.is_some() { (5, SAME_PYTHON_SPEED) } else { (3, SAME_SPEED) };
        let mut runs = Vec::with_capacity(processes);
        for _ in 0..processes {
            runs.push(self.once(kernel, interpreter)?);
        }
        runs.sort_by(|a, b| a.nanos_per_unit.total_cmp(&b.nanos_per_unit));
        let median = runs[processes / 2];
        let still_holds = |kept: &Calibration| (median.nanos_per_unit / kept.nanos_per_unit - 1.0).abs() <= same;
        Ok(kept.filter(still_holds).map_or((median, true), |kept| (kept, false)))
    }

    fn once(&self, kernel: Kernel, interpreter: Option<&Interpreter>) -> Result<Calibration, String> {
        let measure = || {
            let folder = interpreter.map(|_| Folder::new()).transpose()?;
            let place = |(one, folder): (&Interpreter, &Folder)| CalibrationPlace {
                program: one.path.clone(),
                folder: folder.path().to_owned(),
            };
            let order = Order::Calibrate { kernels: vec![kernel], python: interpreter.zip(folder.as_ref()).map(place) };
            let list = launcher::run_calibration(self.program, &order, self.cancel)?;
            let measured = list.into_iter().find(|calibration| calibration.kernel == kernel);
            measured.ok_or_else(|| "it was not measured".to_owned())
        };
        measure().map_err(|reason| {
            let on = interpreter.map_or_else(String::new, |one| format!(" on Python {}", one.tag));
            format!("the {} kernel could not be calibrated{on}: {reason}", kernel.name())
        })
    }
}
