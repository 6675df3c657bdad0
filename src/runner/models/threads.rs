//! `threads`: one OS thread per task, all started at once. Join handles are dropped, so that finished threads free
//! their stacks.

use std::sync::Arc;
use std::thread;

use super::model::{Latch, Model, REPORT_ALIVE_EVERY, no_thread};
use crate::failure::Failure;
use crate::runner::{run_task, task_recorder::TaskRecorder};

pub(super) struct Threads;

impl Model for Threads {
    fn pass(&mut self, recorder: &'static TaskRecorder) -> Result<(), Failure> {
        let tasks = recorder.tasks();
        let done = Arc::new(Latch::new(tasks));
        let permits = recorder.in_flight.map(|permits| {
            let (give, take) = crossbeam_channel::bounded(permits as usize);
            for _ in 0..permits {
                // The channel's capacity is the number of permits.
                let _ = give.send(());
            }
            (give, take)
        });
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
