//! Classes of tasks under the event loops: a class without workers of its own runs like all tasks of the model, one with
//! workers has a runtime of its own. Its handles are awaited on the model's loop, as a program does that moves computing
//! off the loop.

use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::async_runtime::{await_all, no_runtime, start_heartbeat, with_drivers};
use super::model::{number_threads, worker_of_this_thread};
use super::start_barrier::start_all;
use crate::failure::Failure;
use crate::runner::repetition::Repetition;
use crate::runner::run_task;
use crate::runner::task_recorder::TaskRecorder;

/// Way in which a model runs the tasks of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// As async tasks.
    Loop,
    /// As blocking code in a pool of threads.
    Blocking,
}

/// The runtimes of the classes that have workers of their own, and the repeating tasks of one pass.
pub(super) struct ClassRuntimes {
    style: Style,
    /// By class.
    own: Arc<Vec<Option<Runtime>>>,
    workers: u32,
    repeating: Vec<JoinHandle<()>>,
}

impl ClassRuntimes {
    /// Builds the runtimes. Their workers are numbered from `first`.
    pub(super) fn build(style: Style, first: u32, recorder: &TaskRecorder) -> Result<Self, Failure> {
        let mut own = Vec::new();
        let mut next = first;
        for class in &recorder.plan.classes.list {
            let runtime = class.workers.map(|workers| match style {
                Style::Loop => own_loop(workers, next, recorder),
                Style::Blocking => blocking_runtime(workers, next, false),
            });
            next += class.workers.unwrap_or(0);
            own.push(runtime.transpose()?);
        }
        Ok(Self { style, own: Arc::new(own), workers: next - first, repeating: Vec::new() })
    }

    /// Returns the number of their workers.
    pub(super) const fn workers(&self) -> u32 {
        self.workers
    }

    /// Submits the tasks of all classes and awaits those that do not repeat.
    pub(super) async fn pass(&mut self, recorder: &'static TaskRecorder) -> Result<(), Failure> {
        start_heartbeat(recorder);
        let style = self.style;
        for repetition in Repetition::all(recorder) {
            // The first repetition is submitted before the other tasks.
            let runtime = self.own.get(repetition.class).and_then(Option::as_ref);
            let first = submit(style, runtime, repetition);
            self.repeating.push(tokio::spawn(repeat(style, repetition, first, Arc::clone(&self.own))));
        }
        let mut handles = Vec::with_capacity(recorder.tasks() as usize);
        let permits = recorder.in_flight.map(|permits| Arc::new(Semaphore::new(permits as usize)));
        for task in 0..recorder.tasks() {
            let own = self.own.get(recorder.plan.classes.of(task)).and_then(Option::as_ref);
            let permit = match permits.as_ref().filter(|_| own.is_none()) {
                Some(permits) => Some(Arc::clone(permits).acquire_owned().await),
                None => None,
            };
            recorder.submit(task);
            handles.push(spawn(style, own, recorder, task, permit));
        }
        await_all(handles, |_, ()| {}).await
    }

    /// Returns the tasks that repeat, to be awaited.
    pub(super) fn take_repeating(&mut self) -> Vec<JoinHandle<()>> {
        std::mem::take(&mut self.repeating)
    }
}

/// Awaits the end of a repetition and submits the next one, again and again.
async fn repeat(style: Style, first: Repetition, handle: JoinHandle<()>, own: Arc<Vec<Option<Runtime>>>) {
    let runtime = own.get(first.class).and_then(Option::as_ref);
    let (mut repetition, mut handle) = (first, handle);
    loop {
        if let Err(error) = handle.await {
            let message = error.to_string();
            repetition.recorder.fail(Failure::TaskLost { task: repetition.task(), message });
        }
        match repetition.next() {
            Some(next) => repetition = next,
            None => return,
        }
        handle = submit(style, runtime, repetition);
    }
}

fn submit(style: Style, own: Option<&Runtime>, repetition: Repetition) -> JoinHandle<()> {
    let (recorder, task) = (repetition.recorder, repetition.task());
    recorder.submit(task);
    spawn(style, own, recorder, task, None::<()>)
}

/// Spawns a task on the runtime of its class, or on the one that this is called on. `permit` is dropped at its end.
fn spawn<P: Send + 'static>(
    style: Style,
    own: Option<&Runtime>,
    recorder: &'static TaskRecorder,
    task: u32,
    permit: Option<P>,
) -> JoinHandle<()> {
    let done = move || {
        if task < recorder.tasks() {
            recorder.repeats.task_done(recorder.stamp_clock);
        }
    };
    if style == Style::Blocking {
        let run = move || {
            run_task::blocking(recorder, task, worker_of_this_thread());
            done();
            drop(permit);
        };
        return match own {
            Some(own) => own.spawn_blocking(run),
            None => tokio::task::spawn_blocking(run),
        };
    }
    let awaits = recorder.plan.steps_of(task).any(|step| recorder.plan.steps[step].awaits());
    let run = async move {
        if awaits {
            run_task::on_event_loop(recorder, task, worker_of_this_thread).await;
        } else {
            run_task::blocking(recorder, task, worker_of_this_thread());
        }
        done();
        drop(permit);
    };
    match own {
        Some(own) => own.spawn(run),
        None => tokio::spawn(run),
    }
}

fn own_loop(workers: u32, first: u32, recorder: &TaskRecorder) -> Result<Runtime, Failure> {
    let runtime = with_drivers(&mut Builder::new_multi_thread(), recorder)
        .worker_threads(workers as usize)
        .on_thread_start(number_threads(first))
        .build()
        .map_err(|error| no_runtime(&error))?;
    start_all(&runtime, workers, |wait| tokio::spawn(async move { wait() }))?;
    Ok(runtime)
}

/// Builds an event loop whose pool of blocking threads has `workers`, numbered from `first`, all of them up. If the library
/// chooses, that is the number it documents: it does not report it.
pub(super) fn blocking_runtime(workers: u32, first: u32, library_chooses: bool) -> Result<Runtime, Failure> {
    let mut builder = Builder::new_current_thread();
    if !library_chooses {
        builder.max_blocking_threads(workers as usize);
    }
    let runtime = builder
        .enable_time()
        // Threads of the pool live for the whole trial: their start is part of the setup.
        .thread_keep_alive(std::time::Duration::from_secs(24 * 3600))
        .on_thread_start(number_threads(first))
        .build()
        .map_err(|error| no_runtime(&error))?;
    start_all(&runtime, workers, |wait| tokio::task::spawn_blocking(wait))?;
    Ok(runtime)
}
