//! Cost of the lab's own stamps and records, measured in the runner of the trial, before its clock and outside its
//! setup. It is reported beside the other figures and never subtracted from them.

use std::hint::black_box;
use std::time::Instant;

use super::resources::Record as _;
use super::task_recorder::{TaskRecord, TaskRecorder};

/// Tasks per batch.
const BATCH: u32 = 256;
/// Batches; the median counts.
const BATCHES: usize = 9;

/// Cost of recording one task, nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct StampCost {
    /// In a long series of tasks: code and records are in the cache.
    pub(super) warm_nanos: f64,
    /// The first task of the process: neither is in the cache. A trial of very few tasks pays up to this much per task.
    pub(super) first_nanos: f64,
}

/// Records empty tasks in the same way as those of `recorder`, in separate memory.
pub(super) fn measure(recorder: &TaskRecorder, submits: bool) -> StampCost {
    let scratch = recorder.scratch(BATCH);
    let begun = Instant::now();
    record(&scratch, 0, submits);
    let first_nanos = begun.elapsed().as_nanos() as f64;
    let mut batches: Vec<f64> = (0..BATCHES)
        .map(|_| {
            let begun = Instant::now();
            for task in 0..BATCH {
                record(&scratch, task, submits);
            }
            begun.elapsed().as_nanos() as f64 / f64::from(BATCH)
        })
        .collect();
    batches.sort_by(f64::total_cmp);
    StampCost { warm_nanos: batches[BATCHES / 2], first_nanos }
}

/// Takes and stores all stamps of one task, without running its steps.
#[inline(never)]
fn record(recorder: &TaskRecorder, task: u32, submits: bool) {
    if submits {
        recorder.submit(task);
    }
    let started = recorder.stamp_clock.now();
    let mut stamps = TaskRecord { recorder, task };
    for index in 0..recorder.inner_timestamps_per_task() {
        stamps.stamp_inside_step(index);
    }
    for step in 1..recorder.plan.steps.len() {
        stamps.step_ended(step - 1);
    }
    recorder.finish(task, started, 0, black_box(u64::from(task)));
}
