//! Limits of a model: tasks in flight, cores, threads of event loops. The limits are those of `ideal`.

use crate::analysis::ideal::{cores, loops, slots, usable_cpus};
use crate::cpus::Cpus;
use crate::model::Contender;
use crate::workload::Workload;

/// Limits on the number of tasks that can do something at once under a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    /// Tasks in flight; `None` for all.
    pub slots: Option<u32>,
    /// Tasks that compute.
    pub cores: u32,
    /// Threads of event loops, which a computing or blocking task holds; `None` without a loop.
    pub loops: Option<u32>,
    /// Tasks that one worker is given at a time.
    pub chunk: u32,
}

impl Capacity {
    /// Returns the capacity of a contender on a machine with these CPUs.
    #[must_use]
    pub fn of(contender: &Contender, workload: &Workload, machine: impl Into<Cpus>) -> Self {
        let (model, machine) = (contender.model, machine.into());
        let workers = contender.workers(workload, machine);
        let usable = usable_cpus(model, workload, contender.expects_gil(), contender.cpus(workload, machine));
        let own = &*contender.workload(workload);
        Self {
            slots: slots(model, own, workers),
            cores: cores(model, workers, usable),
            loops: loops(model, workers),
            chunk: contender.settings.chunk.unwrap_or(1).max(1),
        }
    }
}
