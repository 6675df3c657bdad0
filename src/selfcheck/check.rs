//! A check: its id, its outcome and the figures. Facts only.

use super::caveat::Caveat;
use super::verdict::Verdict;
use crate::analysis::Finding;
use crate::clock::StampClock;
use crate::failure::Failure;
use crate::model::ModelId;
use crate::python::NoInterpreter;
use crate::workload::Kernel;

/// Kernels whose calibration is checked: those meant for figures.
const KERNELS: [Kernel; 2] = [Kernel::Splitmix, Kernel::Sha256];

/// Property of the lab on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CheckId {
    /// Smallest difference that the clock of the tasks shows.
    ClockResolution,
    /// Cost of one reading of the clock of the tasks.
    ClockReading,
    /// Cost of one reading of the system's monotonic clock.
    SystemClockReading,
    /// Repeatability of a kernel's calibration.
    Calibration(Kernel),
    /// Cost of recording a task with so many stamps, against stamps taken by hand.
    Recording(u32),
    /// Time from the start of a runner to its hello.
    RunnerStart,
    /// Empty tasks under a model, against a bare program.
    EmptyTasks(ModelId),
    /// Tasks of 1 ms under a model, against a bare program.
    BusyTasks(ModelId),
    /// Two copies of one model, compared by the rule for differences.
    SameModel,
    /// Sampled CPU time of a trial, against what its processes report.
    Sampling,
    /// CPU time of the lab while the clock of a trial runs, with its window.
    Window,
}

impl CheckId {
    /// Returns all checks in the order in which they are taken.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let (python, native): (Vec<ModelId>, Vec<ModelId>) = ModelId::all().partition(|model| model.is_python());
        let mut all = vec![Self::ClockResolution, Self::ClockReading, Self::SystemClockReading];
        all.extend(KERNELS.map(Self::Calibration));
        all.extend([Self::Recording(2), Self::Recording(3), Self::RunnerStart]);
        for models in [native, python] {
            all.extend(models.iter().copied().map(Self::EmptyTasks));
            all.extend(models.into_iter().map(Self::BusyTasks));
        }
        all.extend([Self::SameModel, Self::Sampling, Self::Window]);
        all
    }

    /// Returns the model whose trials are compared with a bare program.
    #[must_use]
    pub const fn model(self) -> Option<ModelId> {
        match self {
            Self::EmptyTasks(model) | Self::BusyTasks(model) => Some(model),
            _ => None,
        }
    }

    /// Returns the name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClockResolution => "clock-resolution",
            Self::ClockReading => "clock-reading",
            Self::SystemClockReading => "system-clock-reading",
            Self::Calibration(_) => "calibration",
            Self::Recording(_) => "recording",
            Self::RunnerStart => "runner-start",
            Self::EmptyTasks(_) => "empty-tasks",
            Self::BusyTasks(_) => "busy-tasks",
            Self::SameModel => "same-model",
            Self::Sampling => "sampling",
            Self::Window => "window",
        }
    }
}

/// A check with its outcome and what it supports.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// The property.
    pub id: CheckId,
    /// The figures, or why there are none.
    pub outcome: Outcome,
    /// The conclusion; `None` unless measured.
    pub verdict: Option<Verdict>,
    /// Limitations that follow for users.
    pub caveats: Vec<Caveat>,
}

impl Check {
    /// Returns true if it could not be measured.
    #[must_use]
    pub const fn has_failed(&self) -> bool {
        matches!(self.outcome, Outcome::Failed(_))
    }

    /// Returns the figures.
    #[must_use]
    pub const fn measurement(&self) -> Option<&Measurement> {
        match &self.outcome {
            Outcome::Measured(measurement) => Some(measurement),
            Outcome::NotMeasured(_) | Outcome::Failed(_) => None,
        }
    }
}

/// Outcome of a check.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It was measured.
    Measured(Measurement),
    /// There was nothing to measure.
    NotMeasured(NotMeasured),
    /// It could not be measured.
    Failed(Failure),
}

/// Reason why a check was not taken, without a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotMeasured {
    /// The user ended the self-check before.
    Cancelled,
    /// It was started in the terminal.
    NoWindow,
    /// The system reports no CPU time to compare.
    NoCpuTime,
    /// The time was over before there was anything to compare.
    TooSlow,
    /// There is no interpreter for models of Python.
    NoInterpreter(NoInterpreter),
    /// The interpreter can't run the model, for this reason.
    Lacks(String),
}

/// Unit of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Nanoseconds.
    Nanos,
    /// Nanoseconds per task.
    NanosPerTask,
    /// Nanoseconds per task more than a bare program takes.
    AddedNanosPerTask,
    /// A ratio of two times.
    Ratio,
    /// Percent.
    Percent,
}

/// Figures of a check, all in its unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    /// Unit of the figures.
    pub unit: Unit,
    /// The figure: a median, or a spread.
    pub value: f64,
    /// 95 % interval of the median; `None` below six repetitions, and for a spread.
    pub ci95: Option<(f64, f64)>,
    /// Repetitions that it is derived from.
    pub repetitions: u32,
    /// The same of a bare program, or of its stamps alone, measured in the same run.
    pub floor: Option<f64>,
    /// Largest value that supports the claim; `None` if there is none.
    pub limit: Option<f64>,
    /// Further facts.
    pub details: Details,
}

/// Further facts of a measurement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Details {
    /// None.
    None,
    /// Clock whose readings were measured.
    Clock(StampClock),
    /// Tasks under a model and in a bare program.
    Tasks {
        /// Number of tasks.
        tasks: u32,
        /// Units of the default kernel in each.
        units: u64,
        /// Workers of models with a pool.
        workers: u32,
        /// Median wall time of the trials, nanoseconds per task.
        lab_nanos: f64,
        /// Median wall time of the bare programs, nanoseconds per task.
        bare_nanos: f64,
    },
    /// Conclusion of the rule for differences.
    Compared(Finding),
}
