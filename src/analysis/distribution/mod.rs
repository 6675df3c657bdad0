//! Distribution of wall times of trials and times of tasks: box and dots of each model's trials, cumulative curve and
//! histogram of its tasks' latency or queueing time. Computed when a view or a chart asks for it.

mod tasks;
#[cfg(test)]
mod tests;
mod trials;

pub use tasks::{Bin, TaskDistributions, TaskTime, TaskTimes};
pub use trials::{TrialDot, TrialSpread};

use crate::results::Results;

/// Everything that the distribution view draws.
#[derive(Debug, Clone)]
pub struct Distributions {
    /// Wall times of the trials, for each model with a completed measured trial, in the experiment's order.
    pub trials: Vec<TrialSpread>,
    /// Latency of the tasks.
    pub latency: TaskDistributions,
    /// Queueing time of the tasks.
    pub queue: TaskDistributions,
}

impl Distributions {
    /// Computes the distributions of all completed measured trials.
    #[must_use]
    pub fn of(results: &Results) -> Self {
        Self {
            trials: trials::spreads(results),
            latency: TaskDistributions::of(results, TaskTime::Latency),
            queue: TaskDistributions::of(results, TaskTime::Queue),
        }
    }

    /// Returns the distributions of this time.
    #[must_use]
    pub const fn tasks(&self, time: TaskTime) -> &TaskDistributions {
        match time {
            TaskTime::Latency => &self.latency,
            TaskTime::Queue => &self.queue,
        }
    }
}
