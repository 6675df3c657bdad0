//! Workloads: a number of tasks, each a short list of steps, with a worker count and a spread
//! of durations. How it is scheduled is none of this room's business.

mod awaiting;
pub mod calibration;
mod classes;
mod expand;
pub mod kernel;
mod nominal;
pub mod payload;
mod step;
pub mod task_list;
mod workers;

pub use awaiting::Awaiting;
pub use calibration::{Calibration, Calibrations};
pub use classes::{
    Class, Classes, FEWEST_CLASSES, MOST_CLASSES, MOST_REPEATERS, MOST_REPEATS_RECORDED, PlanClass, PlanClasses,
};
pub use expand::{Amounts, ExpandError, Plan};
pub use kernel::Kernel;
pub use nominal::{Edges, Nominal};
pub use payload::{MOST_PAYLOAD_BYTES, Payload, PayloadKind};
use std::sync::Arc;
pub use workers::WorkerCount;

use crate::cpus::CpuSelection;
use serde::{Deserialize, Serialize};
pub use step::{
    Amount, Capability, Choice, Condition, Key, LONGEST_TEXT, Lock, LockAccess, LockOrder, MOST_ARGUMENTS,
    MOST_FILE_BYTES, MOST_HTTP_BYTES, MOST_INCREMENTS, MOST_MEMORY_MIB, MemoryAccess, Need, Phase, PlanStep,
    Protection, SectionWork, SharedObject, Step, StepKind, Template, TextKind, Unit, Value, ValueType,
};

/// Most tasks a workload may have.
pub const MOST_TASKS: u32 = 1_000_000;
/// Most steps a task may have: each has an end stamp in the span.
pub const MOST_STEPS: usize = 8;
/// Most workers that a pool may be asked for.
pub const MOST_WORKERS: u32 = 4096;
/// Longest single step, in milliseconds: one hour.
pub const LONGEST_STEP_MS: f64 = 3_600_000.0;

/// A whole workload, as described by the user.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Workload {
    /// The tasks: so many alike, a list of named ones, or classes.
    pub tasks: Tasks,
    /// Workers of the pools; `None` means one per logical CPU.
    pub workers: Option<WorkerCount>,
    /// Most tasks that the per-task models may have in flight; `None` means all.
    pub in_flight: Option<u32>,
    /// Seed of durations, start states and the order of trials.
    pub seed: u64,
    /// Distribution of the durations of the tasks. Not used by task lists.
    pub spread: DurationDistribution,
    /// A 10 ms ticker runs beside the work and tells how late it was.
    pub ticker: bool,
    /// Kept the same on all hosts: the time or the algorithm.
    pub work: Work,
    /// Way in which models with an event loop await their tasks.
    #[serde(rename = "await")]
    pub awaits: Awaiting,
    /// CPUs that the processes of every trial are limited to; `None` means all that the lab may use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpus: Option<CpuSelection>,
    /// Data that each task is given and returns, if any.
    pub payload: Option<Payload>,
}

/// Basis on which the work of different hosts is compared; one per experiment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Work {
    /// A computation of 10 ms takes 10 ms of one core on each host, by that host's own calibration:
    /// compares models.
    #[default]
    SameTime,
    /// Each host runs the same iterations, as many as take the time on the reference's host: compares
    /// languages.
    SameAlgorithm,
}

impl Work {
    /// Both, in the order shown.
    pub const ALL: [Self; 2] = [Self::SameTime, Self::SameAlgorithm];

    /// The name in files and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SameTime => "same-time",
            Self::SameAlgorithm => "same-algorithm",
        }
    }
}

/// The tasks of a workload.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tasks {
    /// `count` tasks that each do the same steps (times the spread's factor).
    Alike {
        /// 1 to [`MOST_TASKS`].
        count: u32,
        /// At most [`MOST_STEPS`]; none at all is an empty task.
        steps: Vec<Step>,
    },
    /// Named tasks with durations of their own; shared by all points of a sweep.
    List(Arc<Vec<ListedTask>>),
    /// Classes of tasks with steps of their own.
    Classes(Classes),
}

/// One named task: computes (default kernel) first, then waits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ListedTask {
    /// Shown on the timeline; need not be unique.
    pub name: String,
    /// Milliseconds of computing on one otherwise idle core.
    pub compute_ms: f64,
    /// Milliseconds of waiting.
    pub wait_ms: f64,
}

/// One factor per task, mean 1, applied to all its timed steps.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum DurationDistribution {
    /// Every task takes the same time.
    #[default]
    Constant,
    /// Evenly between 1 − percent/100 and 1 + percent/100.
    Uniform {
        /// 0 to 100.
        percent: f64,
    },
    /// Exponential: many short tasks, a few long ones.
    Exponential,
    /// Pareto: a heavy tail. Factors are cut at 1,000.
    Pareto {
        /// Above 1; smaller means a heavier tail.
        shape: f64,
    },
}

/// 20 empty tasks with seed 1: what a file gets that gives nothing else.
impl Default for Workload {
    fn default() -> Self {
        Self {
            tasks: Tasks::Alike { count: 20, steps: Vec::new() },
            workers: None,
            in_flight: None,
            seed: 1,
            spread: DurationDistribution::Constant,
            ticker: false,
            work: Work::SameTime,
            awaits: Awaiting::Together,
            cpus: None,
            payload: None,
        }
    }
}

impl Workload {
    /// `count` tasks that each do these steps, and the default of everything else.
    #[must_use]
    pub fn of(count: u32, steps: Vec<Step>) -> Self {
        Self { tasks: Tasks::Alike { count, steps }, ..Self::default() }
    }
}

impl DurationDistribution {
    /// The names in files, in the order shown.
    pub const NAMES: [&'static str; 4] = ["constant", "uniform", "exponential", "pareto"];

    /// The name in files.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Uniform { .. } => "uniform",
            Self::Exponential => "exponential",
            Self::Pareto { .. } => "pareto",
        }
    }
}

impl Workload {
    /// Number of tasks, without those of classes that repeat.
    #[must_use]
    pub fn task_count(&self) -> u32 {
        match &self.tasks {
            Tasks::Alike { count, .. } => *count,
            Tasks::List(list) => list.len() as u32,
            Tasks::Classes(classes) => classes.task_count(),
        }
    }

    /// The steps of an alike workload, and those of all classes one after the other; a listed task computes, then waits.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        match &self.tasks {
            Tasks::Alike { steps, .. } => steps,
            Tasks::List(_) => &[],
            Tasks::Classes(classes) => &classes.steps,
        }
    }

    /// The steps, to be changed one by one; `None` for a list.
    pub fn steps_mut(&mut self) -> Option<&mut [Step]> {
        match &mut self.tasks {
            Tasks::Alike { steps, .. } => Some(steps),
            Tasks::List(_) => None,
            Tasks::Classes(classes) => Some(&mut classes.steps),
        }
    }

    /// The classes; `None` where tasks have none.
    #[must_use]
    pub const fn classes(&self) -> Option<&Classes> {
        match &self.tasks {
            Tasks::Classes(classes) => Some(classes),
            Tasks::Alike { .. } | Tasks::List(_) => None,
        }
    }

    /// The name of a task, where it has one.
    #[must_use]
    pub fn task_name(&self, task: u32) -> Option<&str> {
        match &self.tasks {
            Tasks::Alike { .. } | Tasks::Classes(_) => None,
            Tasks::List(list) => list.get(task as usize).map(|listed| listed.name.as_str()),
        }
    }

    /// The name of a task, or its number from 0 as in the CSV.
    #[must_use]
    pub fn task_title(&self, task: u32) -> String {
        self.task_name(task).map_or_else(|| format!("task {task}"), str::to_owned)
    }

    /// The kernels that have to be calibrated.
    #[must_use]
    pub fn kernels(&self) -> Vec<Kernel> {
        let mut kernels: Vec<Kernel> = match &self.tasks {
            Tasks::Alike { steps, .. } | Tasks::Classes(Classes { steps, .. }) => {
                steps.iter().filter_map(Step::kernel).collect()
            }
            Tasks::List(list) => {
                list.iter().any(|task| task.compute_ms > 0.0).then_some(Kernel::default()).into_iter().collect()
            }
        };
        kernels.sort_unstable();
        kernels.dedup();
        kernels
    }

    /// Sum of the timed steps of one task in milliseconds; `None` for a list, for classes, or where no step is
    /// timed.
    #[must_use]
    pub fn task_ms(&self) -> Option<f64> {
        match &self.tasks {
            Tasks::Alike { steps, .. } => {
                let timed: Vec<f64> = steps.iter().filter_map(Step::ms).collect();
                (!timed.is_empty()).then(|| timed.iter().sum())
            }
            Tasks::List(_) | Tasks::Classes(_) => None,
        }
    }

    /// The same with its computing steps longer or shorter, by a factor per kernel where there is one.
    #[must_use]
    pub fn scaled(&self, factor: impl Fn(Kernel) -> Option<f64>) -> Self {
        let mut scaled = self.clone();
        let of = |kernel: Kernel| factor(kernel).unwrap_or(1.0);
        match &mut scaled.tasks {
            Tasks::Alike { steps, .. } | Tasks::Classes(Classes { steps, .. }) => {
                for step in steps {
                    if let (Some(kernel), Some(ms)) = (step.kernel(), step.ms()) {
                        step.set_ms(ms * of(kernel));
                    }
                }
            }
            Tasks::List(list) => {
                Arc::make_mut(list).iter_mut().for_each(|task| task.compute_ms *= of(Kernel::default()));
            }
        }
        scaled
    }

    /// Scales the timed steps so that they sum to `task_ms`, keeping their mix. Where all are 0 the
    /// first gets everything. Does nothing where [`Self::task_ms`] is `None`.
    pub fn set_task_ms(&mut self, task_ms: f64) {
        if let Tasks::Alike { steps, .. } = &mut self.tasks {
            scale_steps(steps, task_ms, |_| true);
        }
    }
}

/// Scales the timed steps that `which` picks so that they sum to `total_ms`, keeping their mix. Where
/// all are 0 the first gets everything. Returns false where there is no such step.
pub fn scale_steps(steps: &mut [Step], total_ms: f64, which: impl Fn(&Step) -> bool) -> bool {
    let timed = |step: &Step| if which(step) { step.ms() } else { None };
    let old: f64 = steps.iter().filter_map(timed).sum();
    let mut first = true;
    for step in steps {
        let Some(ms) = timed(step) else { continue };
        step.set_ms(match old > 0.0 {
            true => ms / old * total_ms,
            false if first => total_ms,
            false => 0.0,
        });
        first = false;
    }
    !first
}
