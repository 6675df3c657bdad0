//! What the lab's own stamps and records cost, measured in the runner of the trial, before its clock and outside
//! its setup. Nothing is subtracted from any figure; the cost is reported beside them.

use std::hint::black_box;
use std::time::Instant;

use super::resources::Record as _;
use super::task_recorder::{TaskRecord, TaskRecorder};

/// Tasks of one batch.
const BATCH: u32 = 256;
/// Batches; the median counts.
const BATCHES: usize = 9;

/// Cost of recording one task, nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct StampCost {
    /// In a long row of tasks: code and records are in the cache.
    pub(super) warm_nanos: f64,
    /// The very first of the process: neither is. A trial of very few tasks pays up to this much.
    pub(super) first_nanos: f64,
}

/// Records empty tasks as those of `recorder` are recorded, in memory of its own.
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

/// All that is stamped and stored of one task, without its steps.
#[inline(never)]
fn record(recorder: &TaskRecorder, task: u32, submits: bool) {
    if submits {
        recorder.submit(task);
    }
    let started = recorder.ticks.now();
    let mut stamps = TaskRecord { recorder, task };
    for mark in 0..recorder.inner_timestamps_per_task() {
        stamps.mark(mark);
    }
    for step in 1..recorder.plan.steps.len() {
        stamps.step_ended(step - 1);
    }
    recorder.finish(task, started, 0, black_box(u64::from(task)));
}
