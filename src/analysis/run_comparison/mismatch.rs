//! Reasons why two runs can't be compared: typed, with one sentence each.

use super::pair::{Changed, Side};
use crate::units;
use crate::workload::{Awaiting, Work};

/// Reasons why two runs can't be compared.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NotComparable {
    /// Both are the same run.
    #[error("OLD and NEW are the same run")]
    SameRun,
    /// One is a sweep, the other is not.
    #[error("{0} is a sweep and the other run is not")]
    OneSweep(Side),
    /// Another setting was swept.
    #[error("the swept settings differ: {} in OLD, {} in NEW", .0.old, .0.new)]
    SweepKey(Changed<String>),
    /// No value was measured in both.
    #[error("the two sweeps of {0} have no value in common")]
    NoCommonValue(String),
    /// Another number of tasks.
    #[error("the number of tasks differs: {} in OLD, {} in NEW", units::count(.0.old.into()), units::count(.0.new.into()))]
    Tasks(Changed<u32>),
    /// One has a task list.
    #[error("{0} has a task list and the other run has not")]
    OneTaskList(Side),
    /// The lists differ.
    #[error("the task lists differ")]
    TaskLists,
    /// The classes differ.
    #[error("the classes of tasks differ")]
    Classes,
    /// Another number of steps.
    #[error("the number of steps differs: {} in OLD, {} in NEW", .0.old, .0.new)]
    StepCount(Changed<usize>),
    /// A step differs.
    #[error("step {step} differs: \"{}\" in OLD, \"{}\" in NEW", .change.old, .change.new)]
    Step {
        /// Number of the step, from 1.
        step: usize,
        /// Its descriptions.
        change: Changed<String>,
    },
    /// A key of a step differs.
    #[error("step {step} differs: {key} is {} in OLD, {} in NEW", .change.old, .change.new)]
    StepKey {
        /// Number of the step, from 1.
        step: usize,
        /// Name of the key in files.
        key: &'static str,
        /// Its values.
        change: Changed<String>,
    },
    /// Another distribution of durations.
    #[error("the spread of the durations differs: {} in OLD, {} in NEW", .0.old, .0.new)]
    Spread(Changed<String>),
    /// Another number of workers.
    #[error("the number of workers differs: {} in OLD, {} in NEW", .0.old, .0.new)]
    Workers(Changed<String>),
    /// Another limit of tasks in flight.
    #[error("the most tasks at once differ: {} in OLD, {} in NEW", .0.old, .0.new)]
    InFlight(Changed<String>),
    /// Another meaning of the same work.
    #[error("what is the same on all hosts differs: {} in OLD, {} in NEW", .0.old.name(), .0.new.name())]
    Work(Changed<Work>),
    /// Event loops await their tasks in another way.
    #[error("how event loops await their tasks differs: {} in OLD, {} in NEW", .0.old.name(), .0.new.name())]
    Await(Changed<Awaiting>),
    /// A ticker ran beside the work in one of them.
    #[error("a ticker runs beside the work in {0} only")]
    Ticker(Side),
    /// Another payload, or one of them has none.
    #[error("the payload differs: {} in OLD, {} in NEW", .0.old, .0.new)]
    Payload(Changed<String>),
    /// No contender is in both.
    #[error("the two runs have no model in common")]
    NoCommonContender,
}
