//! `async-blocking`: an event loop that runs each task's blocking code in `spawn_blocking`.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;

use super::async_current::{await_all, no_runtime, start_ticker};
use super::meeting::start_all;
use super::{Model, number_threads, worker_of_this_thread};
use crate::failure::Failure;
use crate::runner::drive::Ended;
use crate::runner::{job::Job, perform};

pub(super) struct AsyncBlocking {
    runtime: Runtime,
    workers: u32,
}

impl AsyncBlocking {
    pub(super) fn build(workers: u32) -> Result<Self, Failure> {
        let runtime = Builder::new_current_thread()
            .enable_time()
            .max_blocking_threads(workers as usize)
            // Threads of the pool are kept for the whole trial: their start belongs to the setup.
            .thread_keep_alive(Duration::from_secs(24 * 3600))
            .on_thread_start(number_threads())
            .build()
            .map_err(|error| no_runtime(&error))?;
        start_all(&runtime, workers, |meet| tokio::task::spawn_blocking(meet))?;
        Ok(Self { runtime, workers })
    }
}

impl Model for AsyncBlocking {
    fn pass(&mut self, job: &'static Job) -> Result<(), Failure> {
        self.runtime.block_on(async {
            start_ticker(job);
            let mut all = Vec::with_capacity(job.tasks() as usize);
            let permits = job.in_flight.map(|permits| Arc::new(Semaphore::new(permits as usize)));
            for task in 0..job.tasks() {
                let Some(permits) = &permits else {
                    job.submit(task);
                    all.push(tokio::task::spawn_blocking(move || {
                        perform::blocking(job, task, worker_of_this_thread())
                    }));
                    continue;
                };
                let permit = Arc::clone(permits).acquire_owned().await;
                job.submit(task);
                all.push(tokio::task::spawn_blocking(move || {
                    perform::blocking(job, task, worker_of_this_thread());
                    drop(permit);
                }));
            }
            await_all(all).await
        })
    }

    fn workers(&self) -> Option<u32> {
        Some(self.workers)
    }

    fn teardown(self: Box<Self>) -> Result<Ended, Failure> {
        drop(self.runtime);
        Ok(Ended::default())
    }
}
