//! Runs one task: blocking, for threads and processes, or awaiting, for event loops. The steps that need more than a
//! core or a timer are in `resources`.

use super::resources::{Record, TaskResources, sleep, sleep_async};
use super::task_recorder::{TaskRecord, TaskRecorder};
use crate::failure::StepFailure;
use crate::workload::kernel::start_state;
use crate::workload::{Kernel, PlanStep};

/// Runs all steps of a task on the calling thread; returns the task's result.
#[inline]
pub fn blocking_steps(
    resources: &TaskResources,
    task: u32,
    worker: u32,
    record: &mut impl Record,
) -> Result<u64, StepFailure> {
    let plan = resources.plan;
    let mut state = start_state(plan.seed, task);
    let steps = plan.steps_of(task);
    for index in steps.clone() {
        match &plan.steps[index] {
            PlanStep::Compute(kernel) => state = kernel.run(plan.amount(task, index), state),
            PlanStep::Wait => sleep(plan.amount(task, index)),
            _ => state = resources.blocking(task, index, worker, state, record)?,
        }
        if index + 1 < steps.end {
            record.step_ended(index);
        }
    }
    Ok(state)
}

/// Runs one task on the calling thread and records it.
#[inline]
pub fn blocking(recorder: &TaskRecorder, task: u32, worker: u32) {
    let started = recorder.stamp_clock.now();
    let result = blocking_steps(recorder.resources, task, worker, &mut TaskRecord { recorder, task });
    finish(recorder, task, started, worker, result);
}

/// Runs one task on an event loop and records it: a wait is a timer, computing is inline and blocks the loop.
/// `worker` returns the number of the thread that it is called on.
pub async fn on_event_loop(recorder: &'static TaskRecorder, task: u32, worker: fn() -> u32) {
    let started = recorder.stamp_clock.now();
    let result = awaited_steps(recorder, task, worker).await;
    finish(recorder, task, started, worker(), result);
}

async fn awaited_steps(recorder: &'static TaskRecorder, task: u32, worker: fn() -> u32) -> Result<u64, StepFailure> {
    let plan = recorder.plan;
    let mut state = start_state(plan.seed, task);
    let steps = plan.steps_of(task);
    for index in steps.clone() {
        match &plan.steps[index] {
            PlanStep::Compute(Kernel::FibAwait) => {
                state = Kernel::FibAwait.run_awaited(plan.amount(task, index), state).await;
            }
            PlanStep::Compute(kernel) => state = kernel.run(plan.amount(task, index), state),
            PlanStep::Wait => sleep_async(plan.amount(task, index)).await,
            // Boxed: the future of a request is several times the size of a timer's, and each of a hundred thousand
            // waiting tasks would carry it.
            _ => {
                let mut record = TaskRecord { recorder, task };
                state = Box::pin(recorder.resources.awaited(task, index, worker, state, &mut record)).await?;
            }
        }
        if index + 1 < steps.end {
            recorder.step_end(task, index);
        }
    }
    Ok(state)
}

#[inline]
fn finish(recorder: &TaskRecorder, task: u32, started: u64, worker: u32, result: Result<u64, StepFailure>) {
    let state = result.unwrap_or_else(|error| {
        recorder.fail(error.into());
        0
    });
    recorder.finish(task, started, worker, state);
}
