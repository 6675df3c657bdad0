//! `threads`: one OS thread per task, all started at once; handles are dropped, so that finished
//! threads free their stacks.

use std::sync::Arc;
use std::thread;

use super::{Latch, Model, TELL_EVERY, no_thread};
use crate::failure::Failure;
use crate::runner::{job::Job, perform};

pub(super) struct Threads;

impl Model for Threads {
    fn pass(&mut self, job: &'static Job) -> Result<(), Failure> {
        let tasks = job.tasks();
        let done = Arc::new(Latch::new(tasks));
        let permits = job.in_flight.map(|permits| {
            let (give, take) = crossbeam_channel::bounded(permits as usize);
            for _ in 0..permits {
                // The channel holds exactly as many.
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
            job.submit(task);
            let spawned = thread::Builder::new().spawn(move || {
                perform::blocking(job, task, task);
                if let Some(permit) = permit {
                    let _ = permit.send(());
                }
                done_here.arrive();
            });
            if let Err(error) = spawned {
                return Err(no_thread(done.left().saturating_sub(tasks - task), &error));
            }
            if (task + 1) % TELL_EVERY == 0 {
                job.tell_reached(done.left().saturating_sub(tasks - task - 1));
            }
        }
        done.wait();
        Ok(())
    }
}
