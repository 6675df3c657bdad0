//! Doing one task: the blocking way of threads and processes, and the async way of event loops.

use std::thread;
use std::time::Duration;

use super::job::Job;
use crate::workload::kernel::start_state;
use crate::workload::{Plan, PlanStep};

/// One blocking step; returns the new state. A zero amount leaves the step out.
#[inline]
pub fn blocking_step(step: PlanStep, amount: u64, state: u64) -> u64 {
    match step {
        PlanStep::Compute(kernel) => kernel.run(amount, state),
        _ => {
            if amount > 0 {
                thread::sleep(Duration::from_nanos(amount));
            }
            state
        }
    }
}

/// Runs all steps of a task, calling `step_ended` after each but the last; returns the result.
#[inline]
pub fn blocking_steps(plan: &Plan, task: u32, mut step_ended: impl FnMut(usize)) -> u64 {
    let mut state = start_state(plan.seed, task);
    for (place, step) in plan.steps.iter().enumerate() {
        state = blocking_step(*step, plan.amount(task, place), state);
        if place + 1 < plan.steps.len() {
            step_ended(place);
        }
    }
    state
}

/// Runs one task on the calling thread and records it.
#[inline]
pub fn blocking(job: &Job, task: u32, worker: u32) {
    let started = job.ticks.now();
    let state = blocking_steps(job.plan, task, |step| job.step_end(task, step));
    job.finish(task, started, worker, state);
}

/// Runs one task on an event loop and records it: a wait is a timer, computing is inline and
/// blocks the loop. `worker` says where it ended.
pub async fn on_event_loop(job: &'static Job, task: u32, worker: fn() -> u32) {
    let started = job.ticks.now();
    let mut state = start_state(job.plan.seed, task);
    for (place, step) in job.plan.steps.iter().enumerate() {
        let amount = job.plan.amount(task, place);
        match step {
            PlanStep::Compute(kernel) => state = kernel.run(amount, state),
            _ => {
                if amount > 0 {
                    tokio::time::sleep(Duration::from_nanos(amount)).await;
                }
            }
        }
        if place + 1 < job.plan.steps.len() {
            job.step_end(task, place);
        }
    }
    job.finish(task, started, worker(), state);
}
