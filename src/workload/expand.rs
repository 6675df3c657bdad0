//! From a workload to the exact amounts that every model of a host gets: iteration counts and
//! wait nanoseconds, drawn once by the parent. Runners never draw random numbers.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::classes::REPEAT_FACTORS;
use super::{
    Amount, Calibrations, Classes, DurationDistribution, Kernel, Payload, PlanClass, PlanClasses, PlanStep, Step,
    Tasks, Workload,
};

/// The largest factor that a spread may draw, so that one Pareto task can't run for ever.
pub const LARGEST_FACTOR: f64 = 1000.0;

/// Amounts of work of each task. `steps` is shared by all tasks, or by classes of which each does some; amounts may
/// differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Number of tasks, without those of classes that repeat.
    pub tasks: u32,
    /// Seed of the tasks' start states.
    pub seed: u64,
    /// The steps, in order.
    pub steps: Vec<PlanStep>,
    /// Units or nanoseconds, per step.
    #[serde(skip)]
    pub amounts: Amounts,
    /// Classes of tasks; empty if all do all steps.
    #[serde(default)]
    pub classes: Box<PlanClasses>,
    /// Data that each task is given and returns.
    #[serde(default)]
    pub payload: Option<Payload>,
}

/// The amounts of a plan, one per step. A zero amount of computing or
/// waiting means that the task leaves the step out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Amounts {
    /// All tasks alike: one row.
    Same(Vec<u64>),
    /// Row-major, a row of `steps` amounts for each task, then some that repetitions take in turn.
    PerTask(Vec<u64>),
}

impl Default for Amounts {
    fn default() -> Self {
        Self::Same(Vec::new())
    }
}

/// Reason why a workload can't be expanded.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ExpandError {
    /// The parent has to calibrate each kernel in use first.
    #[error("the kernel {0} has not been calibrated")]
    NotCalibrated(&'static str),
}

impl Plan {
    /// The amount of one step of one task.
    #[inline]
    #[must_use]
    pub fn amount(&self, task: u32, step: usize) -> u64 {
        match &self.amounts {
            Amounts::Same(row) => row[step],
            Amounts::PerTask(all) => all[self.row(task) as usize * self.steps.len() + step],
        }
    }

    /// The row of amounts of a task or repetition.
    #[inline]
    fn row(&self, task: u32) -> u32 {
        if task < self.tasks { task } else { self.tasks + (task - self.tasks) % REPEAT_FACTORS }
    }

    /// Number of rows of amounts where they differ.
    #[must_use]
    pub const fn rows(&self) -> u32 {
        self.tasks + self.classes.repeat_amounts()
    }

    /// The indices of the steps that a task or repetition does.
    #[inline]
    #[must_use]
    pub fn steps_of(&self, task: u32) -> Range<usize> {
        if self.classes.is_empty() {
            return 0..self.steps.len();
        }
        let class = &self.classes.list[self.classes.of(task)];
        class.first_step..class.first_step + class.steps
    }

    /// For each step the first one whose lock, counter or connections it uses: its own index, or that of an equal
    /// step of another class. The nth of several equal steps of a class belongs to the nth of the other.
    #[must_use]
    pub fn shared_steps(&self) -> Vec<usize> {
        let mut shared: Vec<usize> = (0..self.steps.len()).collect();
        for (class, one) in self.classes.list.iter().enumerate() {
            let own = one.first_step..one.first_step + one.steps;
            for index in own.clone() {
                let step = &self.steps[index];
                let nth = |range: Range<usize>| range.filter(|other| self.steps[*other].shares_with(step));
                let number = nth(own.start..index).count();
                // Connections belong to the event loop that opened them.
                let here = |other: &&PlanClass| {
                    !matches!(step, PlanStep::Http { .. }) || (one.workers.is_none() && other.workers.is_none())
                };
                let mut earlier = self.classes.list[..class].iter().filter(here);
                let found = earlier.find_map(|other| nth(other.first_step..other.first_step + other.steps).nth(number));
                if let Some(found) = found {
                    shared[index] = shared[found];
                }
            }
        }
        shared
    }

    /// The number of the file of a task. The repetitions of a repeater write the same file again.
    #[must_use]
    pub fn file_of(&self, task: u32) -> u32 {
        let repeaters = self.classes.repeaters();
        if task < self.tasks || repeaters == 0 { task } else { self.tasks + (task - self.tasks) % repeaters }
    }

    /// The largest amount of a step.
    #[must_use]
    pub fn largest(&self, step: usize) -> u64 {
        match &self.amounts {
            Amounts::Same(row) => row.get(step).copied().unwrap_or(0),
            Amounts::PerTask(all) => all.iter().skip(step).step_by(self.steps.len().max(1)).copied().max().unwrap_or(0),
        }
    }

    /// Sum of the amounts of a step over the tasks that do it, without repetitions.
    #[must_use]
    pub fn total(&self, step: usize) -> u64 {
        (0..self.tasks).filter(|task| self.steps_of(*task).contains(&step)).map(|task| self.amount(task, step)).sum()
    }
}

impl Workload {
    /// One factor per task from seed and spread, mean 1.
    pub(super) fn factors(&self, count: u32) -> Option<Vec<f64>> {
        let mut random = fastrand::Rng::with_seed(self.seed ^ 0x5eed_fac7);
        let mut draw: Box<dyn FnMut() -> f64> = match self.spread {
            DurationDistribution::Constant => return None,
            DurationDistribution::Uniform { percent } => {
                Box::new(move || 1.0 + (random.f64() * 2.0 - 1.0) * percent / 100.0)
            }
            DurationDistribution::Exponential => Box::new(move || -(1.0 - random.f64()).ln()),
            DurationDistribution::Pareto { shape } => Box::new(move || {
                let scale = (shape - 1.0) / shape;
                scale / (1.0 - random.f64()).powf(1.0 / shape)
            }),
        };
        Some((0..count).map(|_| draw().clamp(0.0, LARGEST_FACTOR)).collect())
    }

    /// The exact amounts for one host, from its calibrations.
    ///
    /// # Errors
    /// [`ExpandError::NotCalibrated`] where a kernel in use has no calibration.
    pub fn expand(&self, calibrations: &Calibrations) -> Result<Plan, ExpandError> {
        let units = |ms: f64, kernel: Kernel| -> Result<u64, ExpandError> {
            if ms <= 0.0 {
                return Ok(0);
            }
            let nanos_per_unit =
                calibrations.nanos_per_unit(kernel).ok_or(ExpandError::NotCalibrated(kernel.name()))?;
            Ok(((ms * 1e6 / nanos_per_unit).round() as u64).max(1))
        };
        let nanos = |ms: f64| (ms * 1e6).round() as u64;
        let classes = Box::new(self.classes().map(Classes::plan).unwrap_or_default());
        let rows = self.task_count() + classes.repeat_amounts();
        let (steps, amounts) = match &self.tasks {
            Tasks::List(list) => {
                let mut all = Vec::with_capacity(list.len() * 2);
                for task in list.iter() {
                    all.push(units(task.compute_ms, Kernel::default())?);
                    all.push(nanos(task.wait_ms));
                }
                (vec![PlanStep::Compute(Kernel::default()), PlanStep::Wait], Amounts::PerTask(all))
            }
            Tasks::Alike { steps, .. } | Tasks::Classes(Classes { steps, .. }) => {
                let row = |factor: f64| -> Result<Vec<u64>, ExpandError> {
                    steps
                        .iter()
                        .map(|step| match step.amount() {
                            Amount::Computing { ms, kernel } => units(ms * factor, kernel),
                            Amount::Waiting { ms } => Ok(nanos(ms * factor)),
                            Amount::Untimed(amount) => Ok(amount),
                        })
                        .collect()
                };
                let kinds = steps.iter().map(Step::plan).collect();
                let amounts = match self.factors(rows) {
                    None => Amounts::Same(row(1.0)?),
                    Some(factors) => {
                        let mut all = Vec::with_capacity(factors.len() * steps.len());
                        for factor in factors {
                            all.extend(row(factor)?);
                        }
                        Amounts::PerTask(all)
                    }
                };
                (kinds, amounts)
            }
        };
        Ok(Plan { tasks: self.task_count(), seed: self.seed, steps, amounts, classes, payload: self.payload })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::workload::{Calibration, ListedTask};

    fn workload(count: u32, spread: DurationDistribution) -> Workload {
        let steps = vec![Step::Compute { ms: 2.0, kernel: Kernel::Splitmix }, Step::wait(3.0)];
        Workload { seed: 9, spread, ..Workload::of(count, steps) }
    }

    fn calibrated() -> Calibrations {
        Calibrations::from(vec![Calibration { kernel: Kernel::Splitmix, nanos_per_unit: 2.0, wall_over_cpu: 1.0 }])
    }

    #[test]
    fn constant_tasks_share_one_row() {
        let plan = workload(10, DurationDistribution::Constant).expand(&calibrated()).expect("calibrated");
        assert_eq!(plan.amounts, Amounts::Same(vec![1_000_000, 3_000_000]));
        assert_eq!(plan.amount(9, 1), 3_000_000);
    }

    #[test]
    fn a_list_computes_first_and_a_zero_step_stays_zero() {
        let list = Workload {
            tasks: Tasks::List(std::sync::Arc::new(vec![
                ListedTask { name: "A".into(), compute_ms: 0.0, wait_ms: 2000.0 },
                ListedTask { name: "B".into(), compute_ms: 1.0, wait_ms: 0.0 },
            ])),
            ..workload(1, DurationDistribution::Constant)
        };
        let plan = list.expand(&calibrated()).expect("calibrated");
        assert_eq!(plan.amounts, Amounts::PerTask(vec![0, 2_000_000_000, 500_000, 0]));
        assert_eq!(list.nominal().longest_nanos, 2e9);
        assert!(!list.nominal().equal);
    }

    #[test]
    fn an_uncalibrated_kernel_is_an_error() {
        let error = workload(1, DurationDistribution::Constant).expand(&Calibrations::default());
        assert_eq!(error, Err(ExpandError::NotCalibrated("splitmix")));
    }

    proptest! {
        #[test]
        fn spreads_have_mean_one_and_repeat_from_their_seed(seed in any::<u64>(), kind in 0..3_usize) {
            let spread = [DurationDistribution::Uniform { percent: 80.0 }, DurationDistribution::Exponential, DurationDistribution::Pareto { shape: 3.0 }][kind];
            let work = Workload { seed, ..workload(20_000, spread) };
            let nominal = work.nominal();
            let mean = nominal.compute_nanos / 2e6 / 20_000.0;
            prop_assert!((0.93..1.07).contains(&mean), "{spread:?}: {mean}");
            prop_assert_eq!(work.expand(&calibrated()), work.expand(&calibrated()));
        }
    }
}
