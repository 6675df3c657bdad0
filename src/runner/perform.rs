//! Doing one task: the blocking way of threads and processes, and the async way of event loops.

use super::job::{Job, TaskRecord};
use super::means::{Means, Record, sleep, sleep_async};
use crate::failure::StepFailure;
use crate::workload::kernel::start_state;
use crate::workload::{Kernel, PlanStep};

/// Runs all steps of a task on the calling thread; returns the result.
#[inline]
pub fn blocking_steps(means: &Means, task: u32, worker: u32, record: &mut impl Record) -> Result<u64, StepFailure> {
    let plan = means.plan;
    let mut state = start_state(plan.seed, task);
    for (place, step) in plan.steps.iter().enumerate() {
        match step {
            PlanStep::Compute(kernel) => state = kernel.run(plan.amount(task, place), state),
            PlanStep::Wait => sleep(plan.amount(task, place)),
            _ => state = means.blocking(task, place, worker, state, record)?,
        }
        if place + 1 < plan.steps.len() {
            record.step_ended(place);
        }
    }
    Ok(state)
}

/// Runs one task on the calling thread and records it.
#[inline]
pub fn blocking(job: &Job, task: u32, worker: u32) {
    let started = job.ticks.now();
    let done = blocking_steps(job.means, task, worker, &mut TaskRecord { job, task });
    finish(job, task, started, worker, done);
}

/// Runs one task on an event loop and records it: a wait is a timer, computing is inline and
/// blocks the loop. `worker` says where it is.
pub async fn on_event_loop(job: &'static Job, task: u32, worker: fn() -> u32) {
    let started = job.ticks.now();
    let done = awaited_steps(job, task, worker).await;
    finish(job, task, started, worker(), done);
}

async fn awaited_steps(job: &'static Job, task: u32, worker: fn() -> u32) -> Result<u64, StepFailure> {
    let plan = job.plan;
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
                let mut record = TaskRecord { job, task };
                state = Box::pin(job.means.awaited(task, place, worker, state, &mut record)).await?;
            }
        }
        if place + 1 < plan.steps.len() {
            job.step_end(task, place);
        }
    }
    Ok(state)
}

#[inline]
fn finish(job: &Job, task: u32, started: u64, worker: u32, done: Result<u64, StepFailure>) {
    let state = done.unwrap_or_else(|error| {
        job.fail(error.into());
        0
    });
    job.finish(task, started, worker, state);
}
