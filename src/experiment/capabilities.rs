//! Steps that models can't do, with the reason. A model that can't run a workload is shown with it,
//! never skipped in silence and never simulated.

use super::Experiment;
use super::payload_rules::payload_problem;
use crate::cpus;
use crate::model::{Contender, Family, ModelId};
use crate::python::Interpreters;
use crate::workload::{Amounts, Awaiting, Capability, Classes, Plan, PlanStep, Step, Workload};

/// Reason why a model can't run a workload here: it can't do a step, or there is no interpreter that it could run
/// on; `None` where it can.
#[must_use]
pub fn unavailable(contender: &Contender, experiment: &Experiment, interpreters: &Interpreters) -> Option<String> {
    if contender.host.is_python() {
        match interpreters.of(&contender.host) {
            Err(error) => return Some(error.to_string()),
            Ok(interpreter) => {
                if contender.settings.gil.is_some() && !interpreter.free_threaded {
                    let other = match interpreters.usable.iter().find(|one| one.free_threaded) {
                        Some(one) => format!("that of {0} can: {1}@{0}", one.tag, contender.model.name()),
                        None => "one such as python3.14t can".to_owned(),
                    };
                    return Some(format!(
                        "Python {} is no free-threaded build, so its GIL can't be switched; {other}",
                        interpreter.tag
                    ));
                }
                let method = contender.settings.start_method.unwrap_or(experiment.start_method);
                let reason = interpreter.lacks(contender.model);
                if let Some(reason) = reason.or_else(|| interpreter.unsupported_start_method(contender.model, method)) {
                    return Some(reason);
                }
            }
        }
    }
    if let Some(Err(error)) = contender.cpu_selection(&experiment.workload).map(cpus::select) {
        return Some(error.to_string());
    }
    if contender.model == ModelId::PyDask
        && let Some(reason) =
            interpreters.dask_scheduler.as_ref().and_then(|_| impossible_elsewhere(contender, experiment))
    {
        return Some(reason.to_owned());
    }
    // With a payload each task is submitted by itself, as it has an input of its own.
    let submits = contender.model == ModelId::PyProcessPool && contender.settings.chunk.is_some();
    if submits && experiment.workload.payload.is_some() {
        return Some(
            "tasks with a payload are submitted one by one, so there are no chunks; py-pool has them".to_owned(),
        );
    }
    if experiment.workload.classes().is_some() && contender.settings.chunk.is_some() {
        return Some("tasks of classes are handed over one by one, in their order, so there are no chunks".to_owned());
    }
    unsupported(contender.model, &experiment.workload)
}

/// Returns why workers of a dask scheduler that others run can't do this; `None` where they can.
fn impossible_elsewhere(contender: &Contender, experiment: &Experiment) -> Option<&'static str> {
    if contender.cpu_selection(&experiment.workload).is_some() {
        return Some("the workers of a scheduler that the lab did not start can't be limited to CPUs");
    }
    if contender.settings.workers.is_some() {
        return Some("a scheduler that the lab did not start has workers of its own, all of which are used");
    }
    experiment.workload.steps().iter().find_map(|step| match step {
        Step::Http { .. } => Some("workers of an external scheduler can't reach the lab's HTTP server on 127.0.0.1"),
        Step::File { .. } => Some("workers of an external scheduler may be on machines without the files of this one"),
        Step::Command { .. } => {
            Some("workers of an external scheduler may be on machines without the programs of this one")
        }
        _ => None,
    })
}

/// Reason why a model can't run a workload, wherever; `None` where it can.
#[must_use]
pub fn unsupported(model: ModelId, workload: &Workload) -> Option<String> {
    // Files are refused as a whole; in the form each of the two can be taken back.
    if let Some(problem) = workload.payload.as_ref().and_then(|_| payload_problem(workload)) {
        return Some(problem.to_string());
    }
    if workload.payload.is_some() && workload.awaits == Awaiting::InTurn && model.has_event_loop() {
        return Some(
            "tasks with a payload are awaited together: leave out the payload, or await = \"in-turn\"".to_owned(),
        );
    }
    let step = workload.steps().iter().find_map(|step| step_unsupported(model, step));
    step.or_else(|| classes_unsupported(model, workload.classes()?, workload)).map(str::to_owned)
}

/// Reason why a model can't run these classes beside each other.
fn classes_unsupported(model: ModelId, classes: &Classes, workload: &Workload) -> Option<&'static str> {
    if workload.awaits == Awaiting::InTurn && model.has_event_loop() {
        return Some(
            "tasks of classes run beside each other, which tasks awaited in turn don't: leave out one of the two",
        );
    }
    if matches!(
        model,
        ModelId::PyPool | ModelId::PyAsyncioMulti | ModelId::PyUvloop | ModelId::PyJoblib | ModelId::PyDask
    ) {
        return Some("the lab hands it tasks that are all alike, without classes");
    }
    if model.info().family == Family::Sequential && classes.repeats() {
        return Some("it runs one task after the other: a class that repeats would keep the others from their turn");
    }
    let beside_loop = matches!(model, ModelId::PyAsyncio | ModelId::PyTrio);
    if beside_loop && shares_locks(classes) {
        return Some("its event loop and the threads of a class with workers of its own can't share a lock");
    }
    None
}

/// True where a class with workers of its own and one without use the same lock.
fn shares_locks(classes: &Classes) -> bool {
    let plan = Plan {
        tasks: 0,
        seed: 0,
        steps: classes.steps.iter().map(Step::plan).collect(),
        amounts: Amounts::default(),
        classes: Box::new(classes.plan()),
        payload: None,
    };
    let own = |step: usize| classes.class_of_step(step).is_some_and(|class| classes.list[class].workers.is_some());
    let locks = |step: &usize| matches!(plan.steps[*step], PlanStep::Critical { .. });
    plan.shared_steps()
        .into_iter()
        .enumerate()
        .filter(|(step, _)| locks(step))
        .any(|(step, first)| own(step) != own(first))
}

fn step_unsupported(model: ModelId, step: &Step) -> Option<&'static str> {
    step.kind().needs.iter().find(|need| (need.applies)(step) && !can(model, need.capability)).map(|need| need.reason)
}

/// True where a model has a capability.
fn can(model: ModelId, capability: Capability) -> bool {
    let several_processes = !model.is_python() && model.separate_memory();
    match capability {
        Capability::MemoryStreaming
        | Capability::DeadlockReport
        | Capability::AtomicIntegers
        | Capability::MemoryLayout => !model.is_python(),
        Capability::LongLivedBuffer => model != ModelId::Processes,
        Capability::SharedLock => model != ModelId::PyInterpreters,
        Capability::LockAcrossLoops => model != ModelId::PyAsyncioMulti,
        Capability::LockInCluster => model != ModelId::PyDask,
        Capability::SharedSemaphore => !several_processes || cfg!(unix),
        Capability::SharedCondvar => !several_processes,
        Capability::ReadWriteLock => !model.is_python(),
        Capability::PythonObjects => model.is_python(),
        Capability::SharedObjects => !(model.is_python() && model.separate_memory()),
        Capability::PythonFunctions => model.is_python(),
        Capability::PlainPrograms => model != ModelId::PyUvloop,
    }
}

/// Steps that a model can't do, whatever the workload, with the reason. Empty for most.
#[must_use]
pub fn limits(model: ModelId) -> Vec<(&'static str, &'static str)> {
    let needs = Step::KINDS.iter().flat_map(|kind| kind.needs);
    needs.filter(|need| !can(model, need.capability)).map(|need| (need.steps, need.reason)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preset;
    use crate::workload::{Class, Lock, Payload, SectionWork, Tasks};

    #[test]
    fn what_needs_shared_memory_is_refused_with_a_reason_under_processes_only() {
        let mut workload = preset::built_in()[0].workload.clone();
        let condvar = Step::critical(1.0, Lock::Condvar, 1, SectionWork::Compute);
        workload.tasks = Tasks::Alike { count: 2, steps: vec![condvar] };
        for model in ModelId::all() {
            let reason = unsupported(model, &workload);
            let apart = matches!(
                model,
                ModelId::ProcessPool
                    | ModelId::Processes
                    | ModelId::PyInterpreters
                    | ModelId::PyAsyncioMulti
                    | ModelId::PyDask
            );
            assert_eq!(reason.is_some(), apart, "{}: {reason:?}", model.name());
        }
        workload.tasks = Tasks::Alike { count: 2, steps: vec![Step::memory(1)] };
        assert!(unsupported(ModelId::Processes, &workload).is_some_and(|reason| reason.contains("buffer")));
        assert_eq!(unsupported(ModelId::ProcessPool, &workload), None);
    }

    #[test]
    fn what_classes_of_tasks_can_not_be_combined_with_is_refused_with_a_reason() {
        let mut classes = Classes::default();
        let class = |name: &str| Class { name: name.into(), tasks: 2, repeat: false, workers: None, steps: 0 };
        classes.push(class("Requests"), vec![Step::wait(1.0)]);
        classes.push(class("Reports"), vec![Step::wait(2.0)]);
        let workload = Workload { tasks: Tasks::Classes(classes), ..Workload::default() };
        for model in ModelId::all() {
            let newer =
                [ModelId::PyPool, ModelId::PyAsyncioMulti, ModelId::PyUvloop, ModelId::PyJoblib, ModelId::PyDask];
            let reason = unsupported(model, &workload);
            assert_eq!(reason.is_some(), newer.contains(&model), "{}: {reason:?}", model.name());
            let has =
                |workload: &Workload, text| unsupported(model, workload).is_some_and(|reason| reason.contains(text));
            let payload = Workload { payload: Some(Payload::default()), ..workload.clone() };
            assert!(has(&payload, "leave out the classes or the payload"), "{}", model.name());
            let in_turn = Workload { awaits: Awaiting::InTurn, ..workload.clone() };
            assert_eq!(has(&in_turn, "awaited in turn"), model.has_event_loop(), "{}", model.name());
        }
        let mut experiment = preset::built_in()[0].clone();
        experiment.workload = workload;
        let mut rayon = Contender::of(ModelId::Rayon);
        assert_eq!(unavailable(&rayon, &experiment, &Interpreters::default()), None);
        rayon.settings.chunk = Some(4);
        let reason = unavailable(&rayon, &experiment, &Interpreters::default());
        assert!(reason.is_some_and(|reason| reason.ends_with("so there are no chunks")));
    }

    #[test]
    fn what_a_model_can_not_do_is_listed() {
        let own: Vec<&str> = limits(ModelId::Async).into_iter().map(|(steps, _)| steps).collect();
        assert_eq!(own, ["shared steps", "calls of Python functions"]);
        let shared: Vec<&str> = limits(ModelId::PyProcesses).into_iter().map(|(steps, _)| steps).collect();
        assert!(shared.contains(&"shared steps") && shared.contains(&"critical steps with a rwlock"), "{shared:?}");
        let pool: Vec<&str> = limits(ModelId::ProcessPool).into_iter().map(|(steps, _)| steps).collect();
        assert!(pool.contains(&"critical steps with a condvar") && !pool.contains(&"memory steps"), "{pool:?}");
        assert!(limits(ModelId::Processes).iter().any(|(steps, _)| *steps == "memory steps"));
    }
}
