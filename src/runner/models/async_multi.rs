//! `async-multi`: tokio's multi-thread runtime with one spawned task per task.

use tokio::runtime::{Builder, Runtime};

use super::async_current::{no_runtime, spawn_all, spawn_in_turn, with_drivers};
use super::model::{Model, Teardown, number_threads, worker_of_this_thread};
use super::start_barrier::start_all;
use crate::failure::Failure;
use crate::runner::task_recorder::TaskRecorder;
use crate::workload::Awaiting;

pub(super) struct AsyncMulti {
    runtime: Runtime,
    workers: u32,
}

impl AsyncMulti {
    /// Builds a runtime with this number of threads, or with as many as tokio chooses.
    pub(super) fn build(workers: Option<u32>, recorder: &TaskRecorder) -> Result<Self, Failure> {
        let mut builder = Builder::new_multi_thread();
        if let Some(workers) = workers {
            builder.worker_threads(workers as usize);
        }
        let runtime = with_drivers(&mut builder, recorder)
            .on_thread_start(number_threads())
            .build()
            .map_err(|error| no_runtime(&error))?;
        let workers = runtime.metrics().num_workers() as u32;
        start_all(&runtime, workers, |wait| tokio::spawn(async move { wait() }))?;
        Ok(Self { runtime, workers })
    }
}

impl Model for AsyncMulti {
    fn pass(&mut self, recorder: &'static TaskRecorder) -> Result<(), Failure> {
        match recorder.awaits {
            Awaiting::Together => self.runtime.block_on(spawn_all(recorder, worker_of_this_thread)),
            Awaiting::InTurn => self.runtime.block_on(spawn_in_turn(recorder, worker_of_this_thread)),
        }
    }

    fn workers(&self) -> Option<u32> {
        Some(self.workers)
    }

    fn teardown(self: Box<Self>) -> Result<Teardown, Failure> {
        drop(self.runtime);
        Ok(Teardown::default())
    }
}
