//! Number of repetitions and tasks of each check.

use super::check::CheckId;
use crate::model::ModelId;

/// Number of repetitions and tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amounts {
    /// Pairs of a trial and a bare program.
    pub pairs: u32,
    /// Calibrations of each kernel.
    pub calibrations: u32,
    /// Starts of a runner.
    pub starts: u32,
    /// Empty tasks, at most; models with a thread or process per task have fewer.
    pub empty_tasks: u32,
    /// Tasks of 1 ms.
    pub busy_tasks: u32,
    /// Rounds in which one model is compared with itself.
    pub rounds: u32,
    /// Trials in which the CPU is sampled.
    pub sampled_trials: u32,
    /// Length of each, milliseconds.
    pub sampled_ms: u32,
}

/// Most empty tasks with a thread each, and with a process each.
const MOST_THREADS: u32 = 1_000;
const MOST_PROCESSES: u32 = 100;
const MOST_PYTHON_PROCESSES: u32 = 20;
/// Most empty tasks of Python models whose tasks are handed to other threads, and to other processes or interpreters.
const MOST_TO_THREADS: u32 = 5_000;
const MOST_TO_PROCESSES: u32 = 1_000;
const MOST_TO_SCHEDULER: u32 = 200;

/// Returns the most empty tasks of a model that take no more than some tenths of a second.
const fn most_empty(model: ModelId) -> u32 {
    match model {
        ModelId::Threads | ModelId::PyThreads => MOST_THREADS,
        ModelId::Processes => MOST_PROCESSES,
        ModelId::PyProcesses => MOST_PYTHON_PROCESSES,
        ModelId::PyThreadPool | ModelId::PyAsyncioThreads | ModelId::PyTrio => MOST_TO_THREADS,
        ModelId::PyProcessPool | ModelId::PyInterpreters | ModelId::PyJoblib => MOST_TO_PROCESSES,
        ModelId::PyDask => MOST_TO_SCHEDULER,
        _ => u32::MAX,
    }
}

impl Default for Amounts {
    fn default() -> Self {
        Self {
            pairs: 11,
            calibrations: 5,
            starts: 15,
            empty_tasks: 20_000,
            busy_tasks: 60,
            rounds: 15,
            sampled_trials: 3,
            sampled_ms: 1_250,
        }
    }
}

impl Amounts {
    /// Returns the number of tasks that a check runs under a model; 0 for checks without tasks.
    #[must_use]
    pub fn tasks(&self, check: CheckId) -> u32 {
        match check {
            CheckId::EmptyTasks(model) => self.empty_tasks.min(most_empty(model)),
            // Processes take the longest to start: some tens of milliseconds each.
            CheckId::BusyTasks(ModelId::PyProcesses) => self.busy_tasks.min(MOST_PYTHON_PROCESSES),
            CheckId::BusyTasks(_) | CheckId::SameModel => self.busy_tasks,
            _ => 0,
        }
    }
}
