//! `thread-pool`: fixed threads fed by a channel.

use std::sync::{Arc, Barrier};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::model::{Latch, Model, Teardown, no_thread};
use crate::failure::Failure;
use crate::runner::{run_task, task_recorder::TaskRecorder};

enum Message {
    /// Run one task.
    Task(&'static TaskRecorder, u32),
    /// No more tasks in this pass: arrive at the latch, then wait at the barrier, so that each worker takes one of these.
    /// Boxed, so that the many task messages stay small.
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
        // An empty pass: every worker is up when this returns.
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
            Message::Task(recorder, task) => run_task::blocking(recorder, task, worker),
            Message::EndOfPass(end) => {
                let (latch, barrier) = *end;
                latch.arrive();
                barrier.wait();
            }
        }
    }
}

impl Model for ThreadPool {
    fn pass(&mut self, recorder: &'static TaskRecorder) -> Result<(), Failure> {
        for task in 0..recorder.tasks() {
            recorder.submit(task);
            // Every worker holds a receiver, so sending can't fail.
            let _ = self.send.send(Message::Task(recorder, task));
        }
        recorder.receive_outputs();
        self.end_pass();
        Ok(())
    }

    fn workers(&self) -> Option<u32> {
        Some(self.threads.len() as u32)
    }

    fn teardown(self: Box<Self>) -> Result<Teardown, Failure> {
        drop(self.send);
        for thread in self.threads {
            thread.join().map_err(|_| Failure::ThreadPanicked)?;
        }
        Ok(Teardown::default())
    }
}
