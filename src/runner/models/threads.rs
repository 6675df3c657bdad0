//! `threads`: one OS thread per task, all started at once. Join handles are dropped, so that finished threads free
//! their stacks. Classes with workers of their own have at most as many threads at a time.

use std::sync::Arc;
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use super::model::{Latch, Model, REPORT_ALIVE_EVERY, no_thread};
use crate::failure::Failure;
use crate::runner::repetition::Repetition;
use crate::runner::{run_task, task_recorder::TaskRecorder};

pub(super) struct Threads;

/// A semaphore: a channel that holds a message for each free permit.
fn semaphore(permits: u32) -> (Sender<()>, Receiver<()>) {
    let (give, take) = bounded(permits as usize);
    for _ in 0..permits {
        // The channel's capacity is the number of permits.
        let _ = give.send(());
    }
    (give, take)
}

impl Model for Threads {
    fn pass(&mut self, recorder: &'static TaskRecorder) -> Result<(), Failure> {
        if !recorder.plan.classes.is_empty() {
            return pass_of_classes(recorder);
        }
        let tasks = recorder.tasks();
        let done = Arc::new(Latch::new(tasks));
        let permits = recorder.in_flight.map(semaphore);
        for task in 0..tasks {
            let permit = permits.as_ref().map(|(give, take)| {
                let _ = take.recv();
                give.clone()
            });
            let done_here = Arc::clone(&done);
            recorder.submit(task);
            let spawned = thread::Builder::new().spawn(move || {
                run_task::blocking(recorder, task, task);
                if let Some(permit) = permit {
                    let _ = permit.send(());
                }
                done_here.arrive();
            });
            if let Err(error) = spawned {
                return Err(no_thread(done.left().saturating_sub(tasks - task), &error));
            }
            if (task + 1) % REPORT_ALIVE_EVERY == 0 {
                recorder.report_alive(done.left().saturating_sub(tasks - task - 1));
            }
        }
        recorder.receive_outputs();
        done.wait();
        Ok(())
    }
}

fn pass_of_classes(recorder: &'static TaskRecorder) -> Result<(), Failure> {
    recorder.repeats.expect_tasks();
    let shared = recorder.in_flight.map(semaphore);
    let mut limited = Vec::with_capacity(recorder.plan.classes.list.len());
    for class in &recorder.plan.classes.list {
        let workers = class.workers.filter(|_| !class.repeat);
        limited.push(workers.map(|workers| start_limiter(recorder, workers)).transpose()?);
    }
    for repetition in Repetition::all(recorder) {
        start_repetition(repetition)?;
    }
    for task in 0..recorder.tasks() {
        if let Some(Some(limiter)) = limited.get(recorder.plan.classes.of(task)) {
            recorder.submit(task);
            // The thread behind it ends after the last sender.
            let _ = limiter.send(task);
            continue;
        }
        let permit = shared.as_ref().map(|(give, take)| {
            let _ = take.recv();
            give.clone()
        });
        recorder.submit(task);
        start_task(recorder, task, permit)?;
    }
    recorder.repeats.wait_for_tasks();
    match recorder.take_failure() {
        Some(failure) => Err(failure),
        None => Ok(()),
    }
}

fn start_task(recorder: &'static TaskRecorder, task: u32, permit: Option<Sender<()>>) -> Result<(), Failure> {
    let run = move || {
        run_task::blocking(recorder, task, task);
        if let Some(permit) = permit {
            let _ = permit.send(());
        }
        recorder.repeats.task_done(recorder.stamp_clock);
    };
    let alive = || task.saturating_sub(recorder.estimate_done());
    thread::Builder::new().spawn(run).map(|_| ()).map_err(|error| no_thread(alive(), &error))
}

/// Starts the thread that starts the tasks of a class, at most `workers` at a time.
fn start_limiter(recorder: &'static TaskRecorder, workers: u32) -> Result<Sender<u32>, Failure> {
    let (send, receive) = unbounded();
    let work = move || {
        let (give, take) = semaphore(workers);
        for task in receive {
            let _ = take.recv();
            if let Err(failure) = start_task(recorder, task, Some(give.clone())) {
                recorder.fail(failure);
                recorder.repeats.give_up();
                return;
            }
        }
    };
    let started = thread::Builder::new().name("limiter".into()).spawn(work);
    started.map(|_| send).map_err(|error| no_thread(0, &error))
}

/// Starts the thread of a repetition; at its end it starts that of the next one.
fn start_repetition(repetition: Repetition) -> Result<(), Failure> {
    let recorder = repetition.recorder;
    let task = repetition.task();
    recorder.submit(task);
    let run = move || {
        run_task::blocking(recorder, task, recorder.tasks() + repetition.repeater());
        if let Some(next) = repetition.next()
            && let Err(failure) = start_repetition(next)
        {
            recorder.fail(failure);
            next.abandon();
        }
    };
    let alive = || recorder.tasks().saturating_sub(recorder.estimate_done());
    thread::Builder::new().spawn(run).map(|_| ()).map_err(|error| no_thread(alive(), &error))
}
