//! `thread-pool`: fixed threads fed by a channel.

use std::sync::{Arc, Barrier};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::{Latch, Model, no_thread};
use crate::failure::Failure;
use crate::runner::drive::Ended;
use crate::runner::{job::Job, perform};

enum Message {
    /// Run one task.
    Task(&'static Job, u32),
    /// No more tasks in this pass: arrive, then meet the others, so that each worker takes one.
    /// Boxed, so that the many messages above stay small.
    EndOfPass(Box<(Arc<Latch>, Arc<Barrier>)>),
}

pub(super) struct ThreadPool {
    send: Sender<Message>,
    threads: Vec<JoinHandle<()>>,
}

impl ThreadPool {
    pub(super) fn build(workers: u32) -> Result<Self, Failure> {
        let (send, receive) = unbounded();
        let mut threads = Vec::with_capacity(workers as usize);
        for worker in 0..workers {
            let receive = receive.clone();
            let thread = thread::Builder::new()
                .name(format!("pool-{worker}"))
                .spawn(move || work(worker, &receive))
                .map_err(|error| no_thread(worker, &error))?;
            threads.push(thread);
        }
        let mut pool = Self { send, threads };
        // One message that does nothing for each worker: all of them are up when this returns.
        pool.end_pass();
        Ok(pool)
    }

    fn end_pass(&mut self) {
        let workers = self.threads.len();
        let (latch, barrier) = (Arc::new(Latch::new(workers as u32)), Arc::new(Barrier::new(workers)));
        for _ in 0..workers {
            // Every worker holds a receiver, so sending can't fail.
            let _ = self.send.send(Message::EndOfPass(Box::new((Arc::clone(&latch), Arc::clone(&barrier)))));
        }
        latch.wait();
    }
}

fn work(worker: u32, receive: &Receiver<Message>) {
    for message in receive {
        match message {
            Message::Task(job, task) => perform::blocking(job, task, worker),
            Message::EndOfPass(meeting) => {
                let (latch, barrier) = *meeting;
                latch.arrive();
                barrier.wait();
            }
        }
    }
}

impl Model for ThreadPool {
    fn pass(&mut self, job: &'static Job) -> Result<(), Failure> {
        for task in 0..job.tasks() {
            job.submit(task);
            // Every worker holds a receiver, so sending can't fail.
            let _ = self.send.send(Message::Task(job, task));
        }
        self.end_pass();
        Ok(())
    }

    fn workers(&self) -> Option<u32> {
        Some(self.threads.len() as u32)
    }

    fn teardown(self: Box<Self>) -> Result<Ended, Failure> {
        drop(self.send);
        for thread in self.threads {
            thread.join().map_err(|_| Failure::ThreadPanicked)?;
        }
        Ok(Ended::default())
    }
}
