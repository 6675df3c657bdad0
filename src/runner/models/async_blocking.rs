//! `async-blocking`: an event loop that runs each task's blocking code in `spawn_blocking`.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;

use super::async_current::{await_all, await_one, no_runtime, start_heartbeat};
use super::model::{Model, Teardown, number_threads, worker_of_this_thread};
use super::start_barrier::start_all;
use crate::failure::Failure;
use crate::runner::{run_task, task_recorder::TaskRecorder};
use crate::workload::Awaiting;

pub(super) struct AsyncBlocking {
    runtime: Runtime,
    workers: u32,
}

impl AsyncBlocking {
    /// Builds a loop with a blocking pool of `workers` threads. If the library chooses, that is the number it documents: it
    /// does not report it.
    pub(super) fn build(workers: u32, library_chooses: bool) -> Result<Self, Failure> {
        let mut builder = Builder::new_current_thread();
        if !library_chooses {
            builder.max_blocking_threads(workers as usize);
        }
        let runtime = builder
            .enable_time()
            // Threads of the pool live for the whole trial: their start is part of the setup.
            .thread_keep_alive(Duration::from_secs(24 * 3600))
            .on_thread_start(number_threads())
            .build()
            .map_err(|error| no_runtime(&error))?;
        start_all(&runtime, workers, |wait| tokio::task::spawn_blocking(wait))?;
        Ok(Self { runtime, workers })
    }
}

impl Model for AsyncBlocking {
    fn pass(&mut self, recorder: &'static TaskRecorder) -> Result<(), Failure> {
        if recorder.awaits == Awaiting::InTurn {
            return self.in_turn(recorder);
        }
        let Some(payloads) = recorder.payloads else {
            let run = move |task| run_task::blocking(recorder, task, worker_of_this_thread());
            return self.spawn_each(recorder, run, |_, ()| {});
        };
        let run = move |task| run_task::returning(recorder, payloads, task, worker_of_this_thread());
        self.spawn_each(recorder, run, |task, output| recorder.take_output(task, &output))
    }

    fn workers(&self) -> Option<u32> {
        Some(self.workers)
    }

    fn teardown(self: Box<Self>) -> Result<Teardown, Failure> {
        drop(self.runtime);
        Ok(Teardown::default())
    }
}

impl AsyncBlocking {
    /// Hands each task to the blocking pool when the one before is done.
    fn in_turn(&self, recorder: &'static TaskRecorder) -> Result<(), Failure> {
        self.runtime.block_on(async {
            start_heartbeat(recorder);
            for task in 0..recorder.tasks() {
                recorder.submit(task);
                let run = move || run_task::blocking(recorder, task, worker_of_this_thread());
                await_one(task, tokio::task::spawn_blocking(run)).await?;
            }
            Ok(())
        })
    }

    /// Hands all tasks to the blocking pool and awaits them; `take` gets what they return.
    fn spawn_each<T: Send + 'static>(
        &self,
        recorder: &'static TaskRecorder,
        run: impl Fn(u32) -> T + Copy + Send + 'static,
        take: impl FnMut(u32, T),
    ) -> Result<(), Failure> {
        self.runtime.block_on(async {
            start_heartbeat(recorder);
            let mut handles = Vec::with_capacity(recorder.tasks() as usize);
            let permits = recorder.in_flight.map(|permits| Arc::new(Semaphore::new(permits as usize)));
            for task in 0..recorder.tasks() {
                let Some(permits) = &permits else {
                    recorder.submit(task);
                    handles.push(tokio::task::spawn_blocking(move || run(task)));
                    continue;
                };
                let permit = Arc::clone(permits).acquire_owned().await;
                recorder.submit(task);
                handles.push(tokio::task::spawn_blocking(move || {
                    let output = run(task);
                    drop(permit);
                    output
                }));
            }
            await_all(handles, take).await
        })
    }
}
