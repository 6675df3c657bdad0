//! Time budget: where the core-seconds and the task-seconds of a trial went. The parts are defined in `parts`, exactly and
//! with their errors; `cores` and `tasks` compute them, `counters` reads the samples of the CPU view. The figures of a
//! model are those of one trial, the one nearest its median: parts of one trial add up, medians of parts would not.

mod cores;
mod counters;
mod note;
mod parts;
mod stack;
mod table;
mod tasks;
#[cfg(test)]
mod tests;
mod words;

pub use note::{Note, Unsampled, Unsplit};
pub use parts::Part;
pub use stack::Stack;
pub use table::{BudgetTable, parts_of};
pub use words::{HINT, common_notes, heading, largest, listing, notes, outside_clock, part, sentence};

use crate::model::Contender;
use crate::results::Results;
use crate::trial::Trial;

/// One of the two totals that are divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Total {
    /// Cores × wall time.
    CoreSeconds,
    /// Sum over the tasks of the time from submission to completion.
    TaskSeconds,
}

impl Total {
    /// Both, in the order shown.
    pub const ALL: [Self; 2] = [Self::CoreSeconds, Self::TaskSeconds];

    /// Returns its title: "Core-seconds".
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::CoreSeconds => "Core-seconds",
            Self::TaskSeconds => "Task-seconds",
        }
    }
}

/// Time budget of one trial.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeBudget {
    /// The model.
    pub contender: Contender,
    /// Round of the trial; 0 and below are warm-ups.
    pub round: i32,
    /// Number of cores that the model may use.
    pub cores: u32,
    /// Wall time of the trial's clock, nanoseconds.
    pub wall_nanos: u64,
    /// Start-up, before the clock.
    pub setup_nanos: u64,
    /// Teardown, after the clock.
    pub teardown_nanos: u64,
    /// Division of the core-seconds.
    pub core_seconds: Stack,
    /// Division of the task-seconds; `None` in runs stored by a version that did not record it, and where the tasks ran
    /// on machines with other clocks.
    pub task_seconds: Option<Stack>,
}

impl TimeBudget {
    /// Computes the budget of a trial; `None` unless it completed.
    #[must_use]
    pub fn of_trial(results: &Results, trial: &Trial) -> Option<Self> {
        let measured = trial.completed()?;
        let cores = results.cpus_of(&trial.contender);
        Some(Self {
            contender: trial.contender.clone(),
            round: trial.round,
            cores,
            wall_nanos: measured.wall_nanos,
            setup_nanos: measured.setup_nanos,
            teardown_nanos: measured.teardown_nanos,
            core_seconds: cores::core_seconds(results, trial, measured, cores),
            task_seconds: tasks::task_seconds(results, trial, measured, cores),
        })
    }

    /// Computes the budget of a model: that of the trial nearest its median, or of the warm-up before there is one. `None`
    /// without a completed trial.
    #[must_use]
    pub fn of_model(results: &Results, contender: &Contender) -> Option<Self> {
        Self::of_trial(results, results.typical_trial(contender)?)
    }

    /// Computes the budgets of all models with a completed trial, in the experiment's order.
    #[must_use]
    pub fn of_models(results: &Results) -> Vec<Self> {
        results.experiment.models.iter().filter_map(|contender| Self::of_model(results, contender)).collect()
    }

    /// Returns one of the totals with its parts.
    #[must_use]
    pub const fn stack(&self, total: Total) -> Option<&Stack> {
        match total {
            Total::CoreSeconds => Some(&self.core_seconds),
            Total::TaskSeconds => self.task_seconds.as_ref(),
        }
    }

    /// Returns true for a trial of a warm-up.
    #[must_use]
    pub const fn is_warmup(&self) -> bool {
        self.round < 1
    }
}
