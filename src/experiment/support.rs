//! Which models can't do which steps, and why. What a model can't do is shown with this reason,
//! never skipped in silence and never simulated.

use super::Experiment;
use crate::model::{Contender, ModelId};
use crate::python::Interpreters;
use crate::workload::{Holds, Lock, LockOrder, Protection, Step, Workload};

/// Why a model can't run a workload here: it can't do a step, or there is no interpreter that it could run
/// on; `None` where it can.
#[must_use]
pub fn unavailable(contender: &Contender, experiment: &Experiment, interpreters: &Interpreters) -> Option<String> {
    if contender.host.is_python() {
        match interpreters.of(&contender.host) {
            Err(reason) => return Some(reason),
            Ok(interpreter) => {
                let method = experiment.start_method;
                let reason = interpreter.lacks(contender.model);
                if let Some(reason) = reason.or_else(|| interpreter.can_not_start(contender.model, method)) {
                    return Some(reason);
                }
            }
        }
    }
    unsupported(contender.model, &experiment.workload)
}

/// Why a model can't run a workload, wherever; `None` where it can.
#[must_use]
pub fn unsupported(model: ModelId, workload: &Workload) -> Option<String> {
    workload.steps().iter().find_map(|step| step_unsupported(model, step)).map(str::to_owned)
}

fn step_unsupported(model: ModelId, step: &Step) -> Option<&'static str> {
    if model.is_python() { python_unsupported(model, step) } else { native_unsupported(model, step) }
}

fn native_unsupported(model: ModelId, step: &Step) -> Option<&'static str> {
    let separate_memory = model.separate_memory();
    match step {
        Step::Critical { lock: Lock::Condvar, .. } if separate_memory => {
            Some("a condition variable lives in the memory of one process, and these tasks run in several")
        }
        Step::Critical { lock: Lock::Semaphore, .. } if separate_memory && cfg!(not(unix)) => {
            Some("sharing a semaphore between processes is done by a named pipe here, which this system does not have")
        }
        Step::Memory { .. } if model == ModelId::Processes => Some(
            "each process would first have to fill a buffer of its own, larger than the cache: that would be measured, not the streaming",
        ),
        _ => None,
    }
}

fn python_unsupported(model: ModelId, step: &Step) -> Option<&'static str> {
    match step {
        Step::Memory { .. } => Some(
            "a loop over memory in Python measures the interpreter and not the memory; the native models stream it",
        ),
        Step::TwoLocks { .. } => {
            Some("of an interpreter that has locked up the lab could not say who holds what; the native models show it")
        }
        Step::Increment {
            protection: Protection::Atomic | Protection::PerWorkerAtomic | Protection::PerWorkerPaddedAtomic,
            ..
        } => Some("the standard library has no atomic integer"),
        Step::Increment { protection: Protection::PerWorkerPadded, .. } => {
            Some("a Python program has no say in where its objects lie in memory")
        }
        Step::Critical { .. } if model == ModelId::PyInterpreters => {
            Some("sub-interpreters have no lock in common in the standard library")
        }
        _ => None,
    }
}

/// What a model can't do, whatever the workload: the steps in words, and why. Empty for most.
#[must_use]
pub fn limits(model: ModelId) -> Vec<(&'static str, &'static str)> {
    let section = |lock| Step::Critical { ms: 1.0, lock, permits: 1, holds: Holds::Compute };
    let increment = |protection| Step::Increment { count: 1, protection };
    let kinds = [
        ("memory steps", Step::Memory { mib: 1 }),
        ("two-locks steps", Step::TwoLocks { ms: 1.0, order: LockOrder::Same }),
        ("atomic increments", increment(Protection::Atomic)),
        ("padded increments", increment(Protection::PerWorkerPadded)),
        ("critical steps with a mutex", section(Lock::Mutex)),
        ("critical steps with a semaphore", section(Lock::Semaphore)),
        ("critical steps with a condvar", section(Lock::Condvar)),
    ];
    kinds.into_iter().filter_map(|(words, step)| Some((words, step_unsupported(model, &step)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preset;
    use crate::workload::Tasks;

    #[test]
    fn what_needs_shared_memory_is_refused_with_a_reason_under_processes_only() {
        let mut workload = preset::built_in()[0].workload.clone();
        let condvar = Step::Critical { ms: 1.0, lock: Lock::Condvar, permits: 1, holds: Holds::Compute };
        workload.tasks = Tasks::Alike { count: 2, steps: vec![condvar] };
        for model in ModelId::all() {
            let reason = unsupported(model, &workload);
            let apart = matches!(model, ModelId::ProcessPool | ModelId::Processes | ModelId::PyInterpreters);
            assert_eq!(reason.is_some(), apart, "{}: {reason:?}", model.name());
        }
        workload.tasks = Tasks::Alike { count: 2, steps: vec![Step::Memory { mib: 1 }] };
        assert!(unsupported(ModelId::Processes, &workload).is_some_and(|reason| reason.contains("buffer")));
        assert_eq!(unsupported(ModelId::ProcessPool, &workload), None);
    }

    #[test]
    fn what_a_model_can_not_do_is_listed() {
        assert!(limits(ModelId::Async).is_empty());
        let pool: Vec<&str> = limits(ModelId::ProcessPool).into_iter().map(|(steps, _)| steps).collect();
        assert!(pool.contains(&"critical steps with a condvar") && !pool.contains(&"memory steps"), "{pool:?}");
        assert!(limits(ModelId::Processes).iter().any(|(steps, _)| *steps == "memory steps"));
    }
}
