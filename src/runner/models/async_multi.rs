//! `async-multi`: tokio's multi-thread runtime with one spawned task per task.

use tokio::runtime::{Builder, Runtime};

use super::async_classes::{ClassRuntimes, Style};
use super::async_current::{spawn_all, spawn_in_turn};
use super::async_runtime::{await_all, no_runtime, with_drivers};
use super::model::{Model, Teardown, number_threads, worker_of_this_thread};
use super::start_barrier::start_all;
use crate::failure::Failure;
use crate::runner::task_recorder::TaskRecorder;
use crate::workload::Awaiting;

pub(super) struct AsyncMulti {
    runtime: Runtime,
    workers: u32,
    classes: ClassRuntimes,
}

impl AsyncMulti {
    /// Builds a runtime with this number of threads, or with as many as tokio chooses.
    pub(super) fn build(workers: Option<u32>, recorder: &TaskRecorder) -> Result<Self, Failure> {
        let mut builder = Builder::new_multi_thread();
        if let Some(workers) = workers {
            builder.worker_threads(workers as usize);
        }
        let runtime = with_drivers(&mut builder, recorder)
            .on_thread_start(number_threads(0))
            .build()
            .map_err(|error| no_runtime(&error))?;
        let workers = runtime.metrics().num_workers() as u32;
        start_all(&runtime, workers, |wait| tokio::spawn(async move { wait() }))?;
        Ok(Self { runtime, workers, classes: ClassRuntimes::build(Style::Loop, workers, recorder)? })
    }
}

impl Model for AsyncMulti {
    fn pass(&mut self, recorder: &'static TaskRecorder) -> Result<(), Failure> {
        if !recorder.plan.classes.is_empty() {
            return self.runtime.block_on(self.classes.pass(recorder));
        }
        match recorder.awaits {
            Awaiting::Together => self.runtime.block_on(spawn_all(recorder, worker_of_this_thread)),
            Awaiting::InTurn => self.runtime.block_on(spawn_in_turn(recorder, worker_of_this_thread)),
        }
    }

    fn wait_for_repeats(&mut self, _: &'static TaskRecorder) -> Result<(), Failure> {
        self.runtime.block_on(await_all(self.classes.take_repeating(), |_, ()| {}))
    }

    fn workers(&self) -> Option<u32> {
        Some(self.workers + self.classes.workers())
    }

    fn teardown(self: Box<Self>) -> Result<Teardown, Failure> {
        drop(self.runtime);
        Ok(Teardown::default())
    }
}
