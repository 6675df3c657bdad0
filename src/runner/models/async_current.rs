//! `async`: tokio current-thread event loop, one spawned task each. A compute step runs inline
//! and blocks the loop: that is the lesson.

use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::Model;
use crate::failure::{Action, Failure};
use crate::runner::{job::Job, perform};
use crate::workload::PlanStep;

pub(super) struct Async(Runtime);

impl Async {
    pub(super) fn build(job: &Job) -> Result<Self, Failure> {
        let runtime =
            with_drivers(&mut Builder::new_current_thread(), job).build().map_err(|error| no_runtime(&error))?;
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

/// Timers always, sockets where the work has any: a loop that polls for none wakes up faster.
pub(super) fn with_drivers<'a>(builder: &'a mut Builder, job: &Job) -> &'a mut Builder {
    builder.enable_time();
    if job.plan.steps.iter().any(|step| matches!(step, PlanStep::Http { .. })) {
        builder.enable_io();
    }
    builder
}

/// Starts the ticker on the running event loop, if this pass has one.
pub(super) fn start_ticker(job: &'static Job) {
    if let Some(ticker) = job.ticker {
        tokio::spawn(ticker.beat_on_loop());
    }
}

/// Spawns one tokio task per task and awaits them all. Without a step that waits there is nothing to
/// await inside a task: its future then is the plain call, as a programmer would write it, and not
/// the several hundred bytes that a timer needs.
pub(super) async fn spawn_all(job: &'static Job, worker: fn() -> u32) -> Result<(), Failure> {
    start_ticker(job);
    if job.plan.steps.iter().any(|step| step.awaits()) {
        spawn_each(job, |task| perform::on_event_loop(job, task, worker)).await
    } else {
        spawn_each(job, |task| async move { perform::blocking(job, task, worker()) }).await
    }
}

/// With `in_flight`, a semaphore's permit is taken before each spawn.
async fn spawn_each<F>(job: &'static Job, future: impl Fn(u32) -> F) -> Result<(), Failure>
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut all: Vec<JoinHandle<()>> = Vec::with_capacity(job.tasks() as usize);
    let permits = job.in_flight.map(|permits| Arc::new(Semaphore::new(permits as usize)));
    for task in 0..job.tasks() {
        let Some(permits) = &permits else {
            job.submit(task);
            all.push(tokio::spawn(future(task)));
            continue;
        };
        let permit = Arc::clone(permits).acquire_owned().await;
        job.submit(task);
        let future = future(task);
        all.push(tokio::spawn(async move {
            future.await;
            drop(permit);
        }));
    }
    await_all(all).await
}

pub(super) async fn await_all(all: Vec<JoinHandle<()>>) -> Result<(), Failure> {
    for (task, handle) in (0..).zip(all) {
        handle.await.map_err(|error| Failure::TaskLost { task, message: error.to_string() })?;
    }
    Ok(())
}

pub(super) fn no_runtime(error: &std::io::Error) -> Failure {
    Failure::system(Action::StartTokio, error)
}
