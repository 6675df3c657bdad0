//! Ideal schedules: when each task of a workload runs under a model if scheduling costs nothing. Calculated from nominal
//! durations, never measured. No schedule ends before the ideal of `ideal`, which is a bound; tasks are taken in the order
//! of the workload, so an uneven mix may end later.

mod capacity;
mod operations;
mod simulation;
mod spans;
#[cfg(test)]
mod tests;

pub use capacity::Capacity;
use operations::Operations;
use simulation::Simulation;
pub use spans::Schedule;

use crate::workload::{Tasks, Workload};

/// Most tasks of a schedule. A larger workload is represented by its first ones.
pub const MOST_TASKS: u32 = 2_000;

/// The tasks of a workload, or its first ones, with their nominal durations.
#[derive(Debug, Clone)]
pub struct NominalTasks {
    operations: Operations,
    /// Number of tasks of the workload.
    pub all: u32,
}

impl NominalTasks {
    /// Returns the tasks of a workload, at most [`MOST_TASKS`] of them. Steps without a nominal duration take as long as
    /// the longest other one, at least a millisecond, so that they can be drawn.
    #[must_use]
    pub fn of(workload: &Workload) -> Self {
        Self { operations: Operations::of(&first(workload, MOST_TASKS)), all: workload.task_count() }
    }

    /// Returns the number of tasks of the schedules.
    #[must_use]
    pub const fn shown(&self) -> u32 {
        self.operations.tasks
    }

    /// Returns each task by itself, from time 0.
    #[must_use]
    pub fn alone(&self) -> Schedule {
        let capacity = Capacity { slots: None, cores: u32::MAX, loops: None, chunk: 1 };
        Simulation::new(&self.operations, capacity, false).run()
    }

    /// Returns the schedule under a model with this capacity.
    #[must_use]
    pub fn under(&self, capacity: Capacity) -> Schedule {
        Simulation::new(&self.operations, capacity, true).run()
    }
}

/// Returns a workload of the first tasks of another one.
fn first(workload: &Workload, most: u32) -> Workload {
    let mut few = workload.clone();
    match &mut few.tasks {
        Tasks::Alike { count, .. } => *count = (*count).min(most),
        Tasks::List(list) => {
            if list.len() > most as usize {
                *list = list[..most as usize].to_vec().into();
            }
        }
        Tasks::Classes(classes) => {
            let all = u64::from(classes.task_count().max(1));
            for class in &mut classes.list {
                // Each class keeps its share.
                let share = u64::from(class.tasks) * u64::from(most) / all;
                class.tasks = if all > u64::from(most) { (share as u32).max(1) } else { class.tasks };
            }
        }
    }
    few
}
