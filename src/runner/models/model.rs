//! The trait that every native model implements, and small tools that several of them share.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::{self, Thread};

use crate::failure::{Failure, LimitedUnit};
use crate::runner::task_recorder::TaskRecorder;
use crate::trial::Usage;
use crate::workload::PlanClasses;

/// A model that has been set up: its pool, runtime or workers are up and have each run an empty task.
pub(in crate::runner) trait Model {
    /// Submits every task and returns once all are done. The trial's clock runs around this call.
    fn pass(&mut self, recorder: &'static TaskRecorder) -> Result<(), Failure>;

    /// Waits for the tasks that repeat: they end after their current repetition. Called when they have been told to
    /// stop, which is when the clock has stopped.
    fn wait_for_repeats(&mut self, recorder: &'static TaskRecorder) -> Result<(), Failure> {
        recorder.repeats.wait();
        Ok(())
    }

    /// Number of pool workers that really exist; `None` for models without a pool.
    fn workers(&self) -> Option<u32> {
        None
    }

    /// CPU time of worker processes so far; `None` for models without any.
    fn workers_usage(&mut self) -> Result<Option<Usage>, Failure> {
        Ok(None)
    }

    /// Process ids of the live worker processes; empty for models without any, and where they end with their tasks.
    fn worker_processes(&self) -> Vec<u32> {
        Vec::new()
    }

    /// Bytes that the worker processes allocate for the lab's records.
    fn worker_record_bytes(&self) -> u64 {
        0
    }

    /// Fetches records that worker processes took themselves. Called outside the clock.
    fn collect(&mut self, recorder: &'static TaskRecorder) -> Result<(), Failure> {
        let _ = recorder;
        Ok(())
    }

    /// Ends the model's threads or processes.
    fn teardown(self: Box<Self>) -> Result<Teardown, Failure> {
        Ok(Teardown::default())
    }
}

/// Figures that are known once a model has been torn down.
#[derive(Debug, Default)]
pub(in crate::runner) struct Teardown {
    /// Sum of the workers' peak memory, bytes: `None` for a model without worker processes, `Some(None)` if the system
    /// doesn't report it.
    pub(in crate::runner) workers_peak_bytes: Option<Option<u64>>,
}

/// Number of threads or processes started between two reports of how many are alive.
pub(super) const REPORT_ALIVE_EVERY: u32 = 128;

thread_local! {
    static WORKER: Cell<u32> = const { Cell::new(0) };
}

/// Returns the number of the calling runtime thread, from 0.
pub(super) fn worker_of_this_thread() -> u32 {
    WORKER.get()
}

/// Gives each thread of a runtime its number, from `first`, when it starts.
pub(super) fn number_threads(first: u32) -> impl Fn() + Send + Sync + 'static {
    let next = AtomicU32::new(first);
    move || WORKER.set(next.fetch_add(1, Ordering::Relaxed))
}

/// Counts parties down and wakes the one thread that waits for all of them.
#[derive(Debug)]
pub(super) struct Latch {
    left: AtomicU32,
    waiter: Thread,
}

impl Latch {
    /// Creates a latch on which the calling thread waits for `parties`.
    pub(super) fn new(parties: u32) -> Self {
        Self { left: AtomicU32::new(parties), waiter: thread::current() }
    }

    /// Number of parties that have not arrived yet.
    pub(super) fn left(&self) -> u32 {
        self.left.load(Ordering::Relaxed)
    }

    /// Counts one party down; the last one wakes the waiter.
    #[inline]
    pub(super) fn arrive(&self) {
        if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.waiter.unpark();
        }
    }

    /// Waits for all parties. Only for the thread that created the latch.
    pub(super) fn wait(&self) {
        while self.left.load(Ordering::Acquire) > 0 {
            thread::park();
        }
    }
}

/// Pools of a model: the one that classes share, then one for each class with workers of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PoolSizes {
    /// Workers of each pool.
    pub(super) sizes: Vec<u32>,
    /// Index of the pool of each class.
    of_class: Vec<usize>,
}

impl PoolSizes {
    /// Returns the pools of a plan. The shared pool has `workers`; none if every class has a pool of its own.
    pub(super) fn of(classes: &PlanClasses, workers: u32) -> Self {
        let shared = classes.is_empty() || classes.list.iter().any(|class| class.workers.is_none());
        let mut sizes = if shared { vec![workers] } else { Vec::new() };
        let of_class = classes.list.iter().map(|class| {
            let Some(own) = class.workers else { return 0 };
            sizes.push(own);
            sizes.len() - 1
        });
        let of_class = of_class.collect();
        Self { sizes, of_class }
    }

    /// Returns the index of the pool of a class.
    #[inline]
    pub(super) fn of_class(&self, class: usize) -> usize {
        self.of_class.get(class).copied().unwrap_or(0)
    }

    /// Returns the number of the first worker of each pool, among all.
    pub(super) fn first_workers(&self) -> Vec<u32> {
        let first = self.sizes.iter().scan(0, |next, size| {
            let first = *next;
            *next += size;
            Some(first)
        });
        first.collect()
    }

    /// Returns the number of all workers.
    pub(super) fn total(&self) -> u32 {
        self.sizes.iter().sum()
    }
}

/// Returns the failure of a thread that could not be started while `alive` others were running.
pub(super) fn no_thread(alive: u32, error: &std::io::Error) -> Failure {
    Failure::limit(alive, LimitedUnit::Threads, error)
}
