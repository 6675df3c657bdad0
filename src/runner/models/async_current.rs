//! `async`: tokio's current-thread event loop with one spawned task per task, and what the other async models share
//! with it. A compute step runs inline and blocks the loop: that is the lesson.

use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::async_classes::{ClassRuntimes, Style};
use super::async_runtime::{await_all, await_one, no_runtime, start_heartbeat, with_drivers};
use super::model::Model;
use crate::failure::Failure;
use crate::runner::payload::Data;
use crate::runner::{run_task, task_recorder::TaskRecorder};
use crate::workload::Awaiting;

pub(super) struct Async {
    runtime: Runtime,
    classes: ClassRuntimes,
}

impl Async {
    pub(super) fn build(recorder: &TaskRecorder) -> Result<Self, Failure> {
        let runtime =
            with_drivers(&mut Builder::new_current_thread(), recorder).build().map_err(|error| no_runtime(&error))?;
        runtime.block_on(async {
            // An empty task, which can't fail.
            let _ = tokio::spawn(async {}).await;
        });
        // The loop is worker 0.
        Ok(Self { runtime, classes: ClassRuntimes::build(Style::Loop, 1, recorder)? })
    }
}

impl Model for Async {
    fn pass(&mut self, recorder: &'static TaskRecorder) -> Result<(), Failure> {
        if !recorder.plan.classes.is_empty() {
            return self.runtime.block_on(self.classes.pass(recorder));
        }
        match recorder.awaits {
            Awaiting::Together => self.runtime.block_on(spawn_all(recorder, || 0)),
            Awaiting::InTurn => {
                self.runtime.block_on(async {
                    start_heartbeat(recorder);
                    for task in 0..recorder.tasks() {
                        recorder.submit(task);
                        run_task::on_event_loop(recorder, task, || 0).await;
                    }
                });
                Ok(())
            }
        }
    }

    fn wait_for_repeats(&mut self, _: &'static TaskRecorder) -> Result<(), Failure> {
        // They run on this loop.
        self.runtime.block_on(await_all(self.classes.take_repeating(), |_, ()| {}))
    }
}

/// Spawns one tokio task per task and awaits them all. Where no step awaits, the future of a task is the plain call,
/// as a programmer would write it, without the several hundred bytes that a timer needs.
pub(super) async fn spawn_all(recorder: &'static TaskRecorder, worker: fn() -> u32) -> Result<(), Failure> {
    start_heartbeat(recorder);
    let awaits = recorder.plan.steps.iter().any(|step| step.awaits());
    if let Some(payloads) = recorder.payloads {
        let take = |task, output: Data| recorder.take_output(task, &output);
        return if awaits {
            spawn_each(recorder, |task| run_task::returning_on_event_loop(recorder, payloads, task, worker), take).await
        } else {
            let future = |task| async move { run_task::returning(recorder, payloads, task, worker()) };
            spawn_each(recorder, future, take).await
        };
    }
    let nothing = |_, ()| {};
    if awaits {
        spawn_each(recorder, |task| run_task::on_event_loop(recorder, task, worker), nothing).await
    } else {
        spawn_each(recorder, |task| async move { run_task::blocking(recorder, task, worker()) }, nothing).await
    }
}

/// Spawns the tasks; with `in_flight`, takes a semaphore's permit before each spawn. `take` gets what they return.
async fn spawn_each<F, T>(
    recorder: &'static TaskRecorder,
    future: impl Fn(u32) -> F,
    take: impl FnMut(u32, T),
) -> Result<(), Failure>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let mut handles: Vec<JoinHandle<T>> = Vec::with_capacity(recorder.tasks() as usize);
    let permits = recorder.in_flight.map(|permits| Arc::new(Semaphore::new(permits as usize)));
    for task in 0..recorder.tasks() {
        let Some(permits) = &permits else {
            recorder.submit(task);
            handles.push(tokio::spawn(future(task)));
            continue;
        };
        let permit = Arc::clone(permits).acquire_owned().await;
        recorder.submit(task);
        let future = future(task);
        handles.push(tokio::spawn(async move {
            let output = future.await;
            drop(permit);
            output
        }));
    }
    await_all(handles, take).await
}

/// Spawns each tokio task and awaits it before the next one is spawned.
pub(super) async fn spawn_in_turn(recorder: &'static TaskRecorder, worker: fn() -> u32) -> Result<(), Failure> {
    start_heartbeat(recorder);
    for task in 0..recorder.tasks() {
        recorder.submit(task);
        await_one(task, tokio::spawn(run_task::on_event_loop(recorder, task, worker))).await?;
    }
    Ok(())
}
