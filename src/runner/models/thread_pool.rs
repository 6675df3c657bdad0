//! `thread-pool`: fixed threads fed by a channel. Classes with workers of their own have a pool each.

use std::sync::{Arc, Barrier};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::model::{Latch, Model, PoolSizes, Teardown, no_thread};
use crate::failure::Failure;
use crate::runner::repetition::Repetition;
use crate::runner::{run_task, task_recorder::TaskRecorder};

enum Message {
    /// Run one task.
    Task(&'static TaskRecorder, u32),
    /// Run one repetition, and send the next one to the same pool.
    Repeat(Box<(Repetition, Sender<Message>)>),
    /// No more tasks in this pass: arrive at the latch, then wait at the barrier, so that each worker takes one of these.
    /// Boxed, so that the many task messages stay small.
    EndOfPass(Box<(Arc<Latch>, Arc<Barrier>)>),
}

pub(super) struct ThreadPool {
    pools: Vec<Pool>,
    sizes: PoolSizes,
}

struct Pool {
    send: Sender<Message>,
    threads: Vec<JoinHandle<()>>,
}

impl ThreadPool {
    pub(super) fn build(workers: u32, recorder: &TaskRecorder) -> Result<Self, Failure> {
        let sizes = PoolSizes::of(&recorder.plan.classes, workers);
        let pools = sizes.sizes.iter().zip(sizes.first_workers()).map(|(size, first)| Pool::build(first, *size));
        Ok(Self { pools: pools.collect::<Result<_, _>>()?, sizes })
    }

    fn pass_of_classes(&self, recorder: &'static TaskRecorder) {
        recorder.repeats.expect_tasks();
        for repetition in Repetition::all(recorder) {
            send_repetition(repetition, &self.pools[self.sizes.of_class(repetition.class)].send);
        }
        for task in 0..recorder.tasks() {
            let pool = &self.pools[self.sizes.of_class(recorder.plan.classes.of(task))];
            recorder.submit(task);
            // Every worker holds a receiver, so sending can't fail.
            let _ = pool.send.send(Message::Task(recorder, task));
        }
        recorder.repeats.wait_for_tasks();
    }
}

impl Pool {
    fn build(first: u32, workers: u32) -> Result<Self, Failure> {
        let (send, receive) = unbounded();
        let mut threads = Vec::with_capacity(workers as usize);
        for worker in first..first + workers {
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
            Message::Task(recorder, task) => {
                run_task::blocking(recorder, task, worker);
                if !recorder.plan.classes.is_empty() {
                    recorder.repeats.task_done(recorder.stamp_clock);
                }
            }
            Message::Repeat(repeat) => {
                let (repetition, pool) = *repeat;
                run_task::blocking(repetition.recorder, repetition.task(), worker);
                if let Some(next) = repetition.next() {
                    send_repetition(next, &pool);
                }
            }
            Message::EndOfPass(end) => {
                let (latch, barrier) = *end;
                latch.arrive();
                barrier.wait();
            }
        }
    }
}

fn send_repetition(repetition: Repetition, pool: &Sender<Message>) {
    repetition.recorder.submit(repetition.task());
    // Every worker holds a receiver, so sending can't fail.
    let _ = pool.send(Message::Repeat(Box::new((repetition, pool.clone()))));
}

impl Model for ThreadPool {
    fn pass(&mut self, recorder: &'static TaskRecorder) -> Result<(), Failure> {
        if !recorder.plan.classes.is_empty() {
            self.pass_of_classes(recorder);
            return Ok(());
        }
        let pool = &mut self.pools[0];
        for task in 0..recorder.tasks() {
            recorder.submit(task);
            // Every worker holds a receiver, so sending can't fail.
            let _ = pool.send.send(Message::Task(recorder, task));
        }
        recorder.receive_outputs();
        pool.end_pass();
        Ok(())
    }

    fn workers(&self) -> Option<u32> {
        Some(self.sizes.total())
    }

    fn teardown(self: Box<Self>) -> Result<Teardown, Failure> {
        for pool in self.pools {
            drop(pool.send);
            for thread in pool.threads {
                thread.join().map_err(|_| Failure::ThreadPanicked)?;
            }
        }
        Ok(Teardown::default())
    }
}
