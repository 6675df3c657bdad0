//! Number of tasks of a trial that are under way at one moment, by how fast they are started and how fast they end.

use crate::analysis::estimate::model_locks_up;
use crate::analysis::ideal::slots;
use crate::model::{Family, ModelId, Workers};
use crate::workload::{Nominal, Workload};

/// Shortest measured time from starting one thread or process to starting the next, nanoseconds: with the shortest the
/// most are alive at once.
const fn start_nanos(model: ModelId) -> f64 {
    match model {
        ModelId::Threads => 20_000.0,
        ModelId::PyThreads => 60_000.0,
        ModelId::Processes => 400_000.0,
        ModelId::PyProcesses => 1_000_000.0,
        // Tasks of event loops exist from the start.
        _ => 0.0,
    }
}

/// Longest turn of a thread that holds the GIL while others wait for it, nanoseconds.
const GIL_TURN_NANOS: f64 = 5e6;

/// Returns about the most tasks of a model that are under way at once. `usable` is the number of CPUs that they can
/// compute on, of `cpus`.
///
/// Tasks that wait are as many as are started, or computed, within the wait. Tasks that compute do not pile up, since
/// whatever starts them shares the CPUs with them (tried: at most 253 of 5,000 threads that compute 1 ms). Tasks that
/// wait for a lock do.
pub(super) fn at_once(
    model: ModelId,
    workload: &Workload,
    nominal: &Nominal,
    workers: u32,
    (usable, cpus): (u32, u32),
) -> u64 {
    let tasks = f64::from(nominal.tasks);
    let most = f64::from(slots(model, workload, workers).unwrap_or(u32::MAX)).min(tasks);
    let start = start_nanos(model);
    if !is_started_per_task(model) || model_locks_up(model, workload, workers) || start <= 0.0 || tasks < 1.0 {
        return most as u64;
    }
    let (compute, wait) = (nominal.compute_nanos / tasks, nominal.wait_nanos / tasks);
    let turn = if usable < cpus { GIL_TURN_NANOS } else { start };
    let under_way = wait / start.max(compute / f64::from(usable.max(1))) + compute / turn;
    let locked = nominal.locked_nanos / tasks;
    let backlog = if locked > 0.0 { tasks * (1.0 - start / locked) } else { 0.0 };
    most.min(under_way.max(backlog).ceil().max(1.0)) as u64
}

/// Returns true for a model that starts a thread or process for each task.
pub(super) fn is_started_per_task(model: ModelId) -> bool {
    let info = model.info();
    info.per_task && info.workers == Workers::None && info.family != Family::EventLoops
}
