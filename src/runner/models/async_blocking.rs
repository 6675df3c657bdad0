//! `async-blocking`: an event loop that runs each task's blocking code in `spawn_blocking`.

use std::sync::Arc;

use tokio::runtime::Runtime;
use tokio::sync::Semaphore;

use super::async_classes::{ClassRuntimes, Style, blocking_runtime};
use super::async_runtime::{await_all, await_one, start_heartbeat};
use super::model::{Model, Teardown, worker_of_this_thread};
use crate::failure::Failure;
use crate::runner::{run_task, task_recorder::TaskRecorder};
use crate::workload::Awaiting;

pub(super) struct AsyncBlocking {
    runtime: Runtime,
    workers: u32,
    classes: ClassRuntimes,
}

impl AsyncBlocking {
    /// Builds a loop with a blocking pool of `workers` threads, or of as many as the library chooses.
    pub(super) fn build(workers: u32, library_chooses: bool, recorder: &TaskRecorder) -> Result<Self, Failure> {
        let runtime = blocking_runtime(workers, 0, library_chooses)?;
        let classes = ClassRuntimes::build(Style::Blocking, workers, recorder)?;
        Ok(Self { runtime, workers, classes })
    }
}

impl Model for AsyncBlocking {
    fn pass(&mut self, recorder: &'static TaskRecorder) -> Result<(), Failure> {
        if !recorder.plan.classes.is_empty() {
            return self.runtime.block_on(self.classes.pass(recorder));
        }
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
