//! Runs one task: blocking, for threads and processes, or awaiting, for event loops. The steps that need more than a
//! core or a timer are in `resources`.

use super::payload::{Data, Payloads};
use super::resources::{Record, TaskResources, mix_in, sleep, sleep_async};
use super::task_recorder::{TaskRecord, TaskRecorder};
use crate::failure::StepFailure;
use crate::workload::kernel::start_state;
use crate::workload::{Kernel, Payload, PlanStep};

/// Runs all steps of a task on the calling thread; returns the task's result.
#[inline]
pub fn blocking_steps(
    resources: &TaskResources,
    task: u32,
    worker: u32,
    record: &mut impl Record,
) -> Result<u64, StepFailure> {
    steps_from(resources, task, worker, start_state(resources.plan.seed, task), record)
}

/// Reads the input of a task, runs its steps and makes its output, on the calling thread. Returns result and output.
#[inline(never)]
pub fn blocking_steps_with(
    resources: &TaskResources,
    payload: Payload,
    input: &Data,
    (task, worker): (u32, u32),
    record: &mut impl Record,
) -> (Result<u64, StepFailure>, Data) {
    let state = mix_in(start_state(resources.plan.seed, task), input.read());
    record.stamp_payload(0);
    let result = steps_from(resources, task, worker, state, record);
    record.stamp_payload(1);
    let output = Payloads::output(payload, *result.as_ref().unwrap_or(&0));
    (result, output)
}

#[inline]
fn steps_from(
    resources: &TaskResources,
    task: u32,
    worker: u32,
    mut state: u64,
    record: &mut impl Record,
) -> Result<u64, StepFailure> {
    let plan = resources.plan;
    let steps = plan.steps_of(task);
    for index in steps.clone() {
        match &plan.steps[index] {
            PlanStep::Compute(kernel) => state = kernel.run(plan.amount(task, index), state),
            PlanStep::Wait | PlanStep::BlockingWait => sleep(plan.amount(task, index)),
            _ => state = resources.blocking(task, index, worker, state, record)?,
        }
        if index + 1 < steps.end {
            record.step_ended(index);
        }
    }
    Ok(state)
}

/// Runs one task on the calling thread and records it. An output goes to the submitter.
#[inline]
pub fn blocking(recorder: &TaskRecorder, task: u32, worker: u32) {
    if let Some(payloads) = recorder.payloads {
        payloads.give_back(task, returning(recorder, payloads, task, worker));
        return;
    }
    let started = recorder.stamp_clock.now();
    let result = blocking_steps(recorder.resources, task, worker, &mut TaskRecord { recorder, task });
    finish(recorder, task, started, worker, result);
}

/// Runs one task with a payload on the calling thread, records it and returns its output.
pub fn returning(recorder: &TaskRecorder, payloads: &Payloads, task: u32, worker: u32) -> Data {
    let started = recorder.stamp_clock.now();
    let (input, mut record) = (payloads.input(task), TaskRecord { recorder, task });
    let (result, output) =
        blocking_steps_with(recorder.resources, payloads.payload, input, (task, worker), &mut record);
    finish(recorder, task, started, worker, result);
    output
}

/// Runs one task with a payload on an event loop, records it and returns its output.
pub async fn returning_on_event_loop(
    recorder: &'static TaskRecorder,
    payloads: &'static Payloads,
    task: u32,
    worker: fn() -> u32,
) -> Data {
    let started = recorder.stamp_clock.now();
    let mut record = TaskRecord { recorder, task };
    let state = mix_in(start_state(recorder.plan.seed, task), payloads.input(task).read());
    record.stamp_payload(0);
    let result = awaited_steps(recorder, task, worker, state).await;
    record.stamp_payload(1);
    let output = Payloads::output(payloads.payload, *result.as_ref().unwrap_or(&0));
    finish(recorder, task, started, worker(), result);
    output
}

/// Runs one task on an event loop and records it: a wait is a timer, computing is inline and blocks the loop.
/// `worker` returns the number of the thread that it is called on.
pub async fn on_event_loop(recorder: &'static TaskRecorder, task: u32, worker: fn() -> u32) {
    let started = recorder.stamp_clock.now();
    let result = awaited_steps(recorder, task, worker, start_state(recorder.plan.seed, task)).await;
    finish(recorder, task, started, worker(), result);
}

async fn awaited_steps(
    recorder: &'static TaskRecorder,
    task: u32,
    worker: fn() -> u32,
    mut state: u64,
) -> Result<u64, StepFailure> {
    let plan = recorder.plan;
    let steps = plan.steps_of(task);
    for index in steps.clone() {
        match &plan.steps[index] {
            PlanStep::Compute(Kernel::FibAwait) => {
                state = Kernel::FibAwait.run_awaited(plan.amount(task, index), state).await;
            }
            PlanStep::Compute(kernel) => state = kernel.run(plan.amount(task, index), state),
            PlanStep::Wait => sleep_async(plan.amount(task, index)).await,
            // The thread sleeps, and the loop with it.
            PlanStep::BlockingWait => sleep(plan.amount(task, index)),
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
