//! Doing one task: the blocking way of threads and processes, and the async way of event loops.

use super::resources::{Record, TaskResources, sleep, sleep_async};
use super::task_recorder::{TaskRecord, TaskRecorder};
use crate::failure::StepFailure;
use crate::workload::kernel::start_state;
use crate::workload::{Kernel, PlanStep};

/// Runs all steps of a task on the calling thread; returns the result.
#[inline]
pub fn blocking_steps(
    resources: &TaskResources,
    task: u32,
    worker: u32,
    record: &mut impl Record,
) -> Result<u64, StepFailure> {
    let plan = resources.plan;
    let mut state = start_state(plan.seed, task);
    for (place, step) in plan.steps.iter().enumerate() {
        match step {
            PlanStep::Compute(kernel) => state = kernel.run(plan.amount(task, place), state),
            PlanStep::Wait => sleep(plan.amount(task, place)),
            _ => state = resources.blocking(task, place, worker, state, record)?,
        }
        if place + 1 < plan.steps.len() {
            record.step_ended(place);
        }
    }
    Ok(state)
}

/// Runs one task on the calling thread and records it.
#[inline]
pub fn blocking(recorder: &TaskRecorder, task: u32, worker: u32) {
    let started = recorder.ticks.now();
    let done = blocking_steps(recorder.resources, task, worker, &mut TaskRecord { recorder, task });
    finish(recorder, task, started, worker, done);
}

/// Runs one task on an event loop and records it: a wait is a timer, computing is inline and
/// blocks the loop. `worker` says where it is.
pub async fn on_event_loop(recorder: &'static TaskRecorder, task: u32, worker: fn() -> u32) {
    let started = recorder.ticks.now();
    let done = awaited_steps(recorder, task, worker).await;
    finish(recorder, task, started, worker(), done);
}

async fn awaited_steps(recorder: &'static TaskRecorder, task: u32, worker: fn() -> u32) -> Result<u64, StepFailure> {
    let plan = recorder.plan;
    let mut state = start_state(plan.seed, task);
    for (place, step) in plan.steps.iter().enumerate() {
        match step {
            PlanStep::Compute(Kernel::FibAwait) => {
                state = Kernel::FibAwait.run_awaited(plan.amount(task, place), state).await;
            }
            PlanStep::Compute(kernel) => state = kernel.run(plan.amount(task, place), state),
            PlanStep::Wait => sleep_async(plan.amount(task, place)).await,
            // Boxed: the future of a request is several times the size of a timer's, and a hundred
            // thousand waiting tasks would carry it.
            _ => {
                let mut record = TaskRecord { recorder, task };
                state = Box::pin(recorder.resources.awaited(task, place, worker, state, &mut record)).await?;
            }
        }
        if place + 1 < plan.steps.len() {
            recorder.step_end(task, place);
        }
    }
    Ok(state)
}

#[inline]
fn finish(recorder: &TaskRecorder, task: u32, started: u64, worker: u32, done: Result<u64, StepFailure>) {
    let state = done.unwrap_or_else(|error| {
        recorder.fail(error.into());
        0
    });
    recorder.finish(task, started, worker, state);
}
