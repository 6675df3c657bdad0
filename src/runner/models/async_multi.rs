//! `async-multi`: tokio multi-thread runtime, one spawned task each.

use tokio::runtime::{Builder, Runtime};

use super::async_current::{no_runtime, spawn_all, with_drivers};
use super::meeting::start_all;
use super::{Model, number_threads, worker_of_this_thread};
use crate::failure::Failure;
use crate::runner::drive::Ended;
use crate::runner::job::Job;

pub(super) struct AsyncMulti {
    runtime: Runtime,
    workers: u32,
}

impl AsyncMulti {
    pub(super) fn build(workers: u32, job: &Job) -> Result<Self, Failure> {
        let runtime = with_drivers(&mut Builder::new_multi_thread(), job)
            .worker_threads(workers as usize)
            .on_thread_start(number_threads())
            .build()
            .map_err(|error| no_runtime(&error))?;
        start_all(&runtime, workers, |meet| tokio::spawn(async move { meet() }))?;
        Ok(Self { runtime, workers })
    }
}

impl Model for AsyncMulti {
    fn pass(&mut self, job: &'static Job) -> Result<(), Failure> {
        self.runtime.block_on(spawn_all(job, worker_of_this_thread))
    }

    fn workers(&self) -> Option<u32> {
        Some(self.workers)
    }

    fn teardown(self: Box<Self>) -> Result<Ended, Failure> {
        drop(self.runtime);
        Ok(Ended::default())
    }
}
