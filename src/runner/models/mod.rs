//! One file per model: each the real thing. What they share is the trait and small tools here.

mod async_blocking;
mod async_current;
mod async_multi;
mod meeting;
mod process_pool;
mod processes;
mod rayon_scope;
mod sequential;
mod thread_pool;
mod threads;

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::{self, Thread};

use super::drive::Ended;
use super::job::Job;
use crate::failure::{Failure, LimitedUnit, MissingPart};
use crate::model::ModelId;
use crate::protocol::Surroundings;
use crate::trial::Usage;

/// A model that has been set up: its pool, runtime or workers stand and have each run an empty task.
pub(super) trait Model {
    /// Hands over every task and returns once all are known to be done. The clock runs around this call.
    fn pass(&mut self, job: &'static Job) -> Result<(), Failure>;

    /// Pool workers that really exist.
    fn workers(&self) -> Option<u32> {
        None
    }

    /// CPU time of worker processes so far; `None` for models without any.
    fn workers_usage(&mut self) -> Result<Option<Usage>, Failure> {
        Ok(None)
    }

    /// The worker processes that are up; empty for models without any, and where they have ended with their tasks.
    fn worker_processes(&self) -> Vec<u32> {
        Vec::new()
    }

    /// Bytes that the worker processes hold for the lab's records.
    fn worker_record_bytes(&self) -> u64 {
        0
    }

    /// Fetches records that worker processes took themselves. Outside the clock.
    fn collect(&mut self, job: &'static Job) -> Result<(), Failure> {
        let _ = job;
        Ok(())
    }

    /// Takes the model apart.
    fn teardown(self: Box<Self>) -> Result<Ended, Failure> {
        Ok(Ended::default())
    }
}

/// Builds a model for a job, up to one untimed empty task on every worker.
pub(super) fn build(
    model: ModelId,
    workers: u32,
    job: &'static Job,
    surroundings: &Surroundings,
) -> Result<Box<dyn Model>, Failure> {
    let workers = workers.max(1);
    Ok(match model {
        ModelId::Sequential => Box::new(sequential::Sequential),
        ModelId::Threads => Box::new(threads::Threads),
        ModelId::ThreadPool => Box::new(thread_pool::ThreadPool::build(workers)?),
        ModelId::Rayon => Box::new(rayon_scope::Rayon::build(workers)?),
        ModelId::Async => Box::new(async_current::Async::build(job)?),
        ModelId::AsyncMulti => Box::new(async_multi::AsyncMulti::build(workers, job)?),
        ModelId::AsyncBlocking => Box::new(async_blocking::AsyncBlocking::build(workers)?),
        ModelId::ProcessPool => Box::new(process_pool::ProcessPool::build(workers, job, surroundings)?),
        ModelId::Processes => Box::new(processes::Processes::build(surroundings.clone())?),
        _ => return Err(Failure::incomplete(MissingPart::Interpreter)),
    })
}

/// True where the model has an event loop for the ticker to run on.
pub(super) const fn has_event_loop(model: ModelId) -> bool {
    matches!(model, ModelId::Async | ModelId::AsyncMulti | ModelId::AsyncBlocking)
}

/// How often a model tells how many threads or processes it has alive.
const TELL_EVERY: u32 = 128;

thread_local! {
    static WORKER: Cell<u32> = const { Cell::new(0) };
}

/// The number of the calling runtime thread, from 0.
fn worker_of_this_thread() -> u32 {
    WORKER.get()
}

/// Gives each thread of a runtime its number when it starts.
fn number_threads() -> impl Fn() + Send + Sync + 'static {
    let next = AtomicU32::new(0);
    move || WORKER.set(next.fetch_add(1, Ordering::Relaxed))
}

/// Counts parties down and wakes the one thread that waits for all of them.
#[derive(Debug)]
struct Latch {
    left: AtomicU32,
    waiter: Thread,
}

impl Latch {
    /// For the calling thread to wait for so many parties.
    fn new(parties: u32) -> Self {
        Self { left: AtomicU32::new(parties), waiter: thread::current() }
    }

    /// How many have not arrived yet.
    fn left(&self) -> u32 {
        self.left.load(Ordering::Relaxed)
    }

    /// One party is done; the last wakes the waiter.
    #[inline]
    fn arrive(&self) {
        if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.waiter.unpark();
        }
    }

    /// Waits for all. Only the thread that made the latch.
    fn wait(&self) {
        while self.left.load(Ordering::Acquire) > 0 {
            thread::park();
        }
    }
}

/// The failure of a thread that could not be started while `alive` others were.
fn no_thread(alive: u32, error: &std::io::Error) -> Failure {
    Failure::limit(alive, LimitedUnit::Threads, error)
}
