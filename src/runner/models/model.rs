//! What every model implements, and small tools that several share.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::{self, Thread};

use crate::failure::{Failure, LimitedUnit};
use crate::runner::task_recorder::TaskRecorder;
use crate::trial::Usage;

/// A model that has been set up: its pool, runtime or workers stand and have each run an empty task.
pub(in crate::runner) trait Model {
    /// Hands over every task and returns once all are known to be done. The clock runs around this call.
    fn pass(&mut self, recorder: &'static TaskRecorder) -> Result<(), Failure>;

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
    fn collect(&mut self, recorder: &'static TaskRecorder) -> Result<(), Failure> {
        let _ = recorder;
        Ok(())
    }

    /// Takes the model apart.
    fn teardown(self: Box<Self>) -> Result<Teardown, Failure> {
        Ok(Teardown::default())
    }
}

/// What a model says when it has been taken apart.
#[derive(Debug, Default)]
pub(in crate::runner) struct Teardown {
    /// Sum of the workers' peak memory: `None` for a model without worker processes, `Some(None)`
    /// where the system does not say.
    pub(in crate::runner) workers_peak_bytes: Option<Option<u64>>,
}

/// How often a model tells how many threads or processes it has alive.
pub(super) const TELL_EVERY: u32 = 128;

thread_local! {
    static WORKER: Cell<u32> = const { Cell::new(0) };
}

/// The number of the calling runtime thread, from 0.
pub(super) fn worker_of_this_thread() -> u32 {
    WORKER.get()
}

/// Gives each thread of a runtime its number when it starts.
pub(super) fn number_threads() -> impl Fn() + Send + Sync + 'static {
    let next = AtomicU32::new(0);
    move || WORKER.set(next.fetch_add(1, Ordering::Relaxed))
}

/// Counts parties down and wakes the one thread that waits for all of them.
#[derive(Debug)]
pub(super) struct Latch {
    left: AtomicU32,
    waiter: Thread,
}

impl Latch {
    /// For the calling thread to wait for so many parties.
    pub(super) fn new(parties: u32) -> Self {
        Self { left: AtomicU32::new(parties), waiter: thread::current() }
    }

    /// How many have not arrived yet.
    pub(super) fn left(&self) -> u32 {
        self.left.load(Ordering::Relaxed)
    }

    /// One party is done; the last wakes the waiter.
    #[inline]
    pub(super) fn arrive(&self) {
        if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.waiter.unpark();
        }
    }

    /// Waits for all. Only the thread that made the latch.
    pub(super) fn wait(&self) {
        while self.left.load(Ordering::Acquire) > 0 {
            thread::park();
        }
    }
}

/// The failure of a thread that could not be started while `alive` others were.
pub(super) fn no_thread(alive: u32, error: &std::io::Error) -> Failure {
    Failure::limit(alive, LimitedUnit::Threads, error)
}
