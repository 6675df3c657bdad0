//! `async`: tokio current-thread event loop, one spawned task each. A compute step runs inline
//! and blocks the loop: that is the lesson.

use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::Model;
use crate::protocol::Failure;
use crate::runner::{job::Job, perform};

pub(super) struct Async(Runtime);

impl Async {
    pub(super) fn build() -> Result<Self, Failure> {
        let runtime = Builder::new_current_thread().enable_time().build().map_err(|error| no_runtime(&error))?;
        runtime.block_on(async {
            // An empty task; nothing can go wrong with it.
            let _ = tokio::spawn(async {}).await;
        });
        Ok(Self(runtime))
    }
}

impl Model for Async {
    fn pass(&mut self, job: &'static Job) -> Result<(), Failure> {
        self.0.block_on(spawn_all(job, || 0))
    }
}

/// Spawns one tokio task per task and awaits them all; with `in_flight`, a semaphore's permit is
/// taken before each spawn.
pub(super) async fn spawn_all(job: &'static Job, worker: fn() -> u32) -> Result<(), Failure> {
    let mut all: Vec<JoinHandle<()>> = Vec::with_capacity(job.tasks() as usize);
    if let Some(permits) = job.in_flight {
        let permits = Arc::new(Semaphore::new(permits as usize));
        for task in 0..job.tasks() {
            let permit = Arc::clone(&permits).acquire_owned().await;
            job.submit(task);
            all.push(tokio::spawn(async move {
                perform::on_event_loop(job, task, worker).await;
                drop(permit);
            }));
        }
    } else {
        for task in 0..job.tasks() {
            job.submit(task);
            all.push(tokio::spawn(perform::on_event_loop(job, task, worker)));
        }
    }
    await_all(all).await
}

pub(super) async fn await_all(all: Vec<JoinHandle<()>>) -> Result<(), Failure> {
    for (task, handle) in all.into_iter().enumerate() {
        handle.await.map_err(|error| Failure::new(format!("task {task} did not end well: {error}")))?;
    }
    Ok(())
}

pub(super) fn no_runtime(error: &std::io::Error) -> Failure {
    Failure::new(format!("tokio could not start its runtime: {error}"))
}
