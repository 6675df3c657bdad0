//! `async-blocking`: an event loop that runs each task's blocking code in `spawn_blocking`.

use std::sync::Arc;

use tokio::runtime::Runtime;
use tokio::sync::Semaphore;

use super::async_classes::{ClassRuntimes, Style, blocking_runtime};
use super::async_runtime::{await_all, start_heartbeat};
use super::model::{Model, Teardown, worker_of_this_thread};
use crate::failure::Failure;
use crate::runner::{run_task, task_recorder::TaskRecorder};

pub(super) struct AsyncBlocking {
    runtime: Runtime,
    workers: u32,
    classes: ClassRuntimes,
}

impl AsyncBlocking {
    pub(super) fn build(workers: u32, recorder: &TaskRecorder) -> Result<Self, Failure> {
        let runtime = blocking_runtime(workers, 0)?;
        let classes = ClassRuntimes::build(Style::Blocking, workers, recorder)?;
        Ok(Self { runtime, workers, classes })
    }
}

impl Model for AsyncBlocking {
    fn pass(&mut self, recorder: &'static TaskRecorder) -> Result<(), Failure> {
        if !recorder.plan.classes.is_empty() {
            return self.runtime.block_on(self.classes.pass(recorder));
        }
        self.runtime.block_on(async {
            start_heartbeat(recorder);
            let mut handles = Vec::with_capacity(recorder.tasks() as usize);
            let permits = recorder.in_flight.map(|permits| Arc::new(Semaphore::new(permits as usize)));
            for task in 0..recorder.tasks() {
                let Some(permits) = &permits else {
                    recorder.submit(task);
                    handles.push(tokio::task::spawn_blocking(move || {
                        run_task::blocking(recorder, task, worker_of_this_thread())
                    }));
                    continue;
                };
                let permit = Arc::clone(permits).acquire_owned().await;
                recorder.submit(task);
                handles.push(tokio::task::spawn_blocking(move || {
                    run_task::blocking(recorder, task, worker_of_this_thread());
                    drop(permit);
                }));
            }
            await_all(handles).await
        })
    }

    fn stop_repeating(&mut self, recorder: &'static TaskRecorder) -> Result<(), Failure> {
        recorder.repeats.stop();
        self.runtime.block_on(await_all(self.classes.take_repeating()))
    }

    fn workers(&self) -> Option<u32> {
        Some(self.workers + self.classes.workers())
    }

    fn teardown(self: Box<Self>) -> Result<Teardown, Failure> {
        drop(self.runtime);
        Ok(Teardown::default())
    }
}
