//! Facts of a trial that patterns are found in.

use crate::trial::{LockHolders, Spans};

/// Facts of a trial that patterns are found in.
#[derive(Debug, Clone, Copy)]
pub struct TrialFacts<'a> {
    /// Spans of the tasks.
    pub spans: &'a Spans,
    /// Holders of the locks.
    pub holders: &'a LockHolders,
    /// Wall time of the trial.
    pub wall_nanos: u64,
    /// Number of workers of the model's pool; `None` without a pool.
    pub workers: Option<u32>,
    /// CPUs that the model may use; `None` if they are not known.
    pub cpus: Option<u32>,
    /// CPU time of runner and workers while the clock ran; `None` if it was not measured.
    pub cpu_nanos: Option<u64>,
    /// True for an event loop.
    pub is_loop: bool,
}

impl TrialFacts<'_> {
    /// Returns the number of workers: those of the pool, else those that ran a task.
    pub(super) fn worker_count(&self) -> u32 {
        self.workers.unwrap_or_else(|| {
            let mut workers: Vec<u32> = self.spans.tasks.iter().map(|span| span.worker).collect();
            workers.sort_unstable();
            workers.dedup();
            workers.len() as u32
        })
    }
}
