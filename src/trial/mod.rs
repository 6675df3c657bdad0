//! The record of one trial: what was measured, and nothing that was derived from it. Raw samples
//! are immutable; every statistic is computed from them in `analysis/`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

mod background;
mod span_summary;
mod spans;

pub use crate::workload::Phase;
pub use background::{Background, BackgroundShares};
pub use span_summary::{Bucket, Lateness, Percentiles, SpanSummary};
pub use spans::{Beat, Span, SpanStore, Spans, SpooledSpans};

use crate::clock::StampClock;
use crate::failure::Failure;
use crate::model::Contender;

/// How a trial, or a model as a whole, ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// All tasks were done.
    Completed,
    /// It could not be done; a time-out too. The reason says why.
    Failed,
    /// The user stopped it.
    Cancelled,
    /// The machine can't run this model. Only a model's status, never a trial's.
    Unavailable,
}

impl Status {
    /// As files write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Unavailable => "unavailable",
        }
    }
}

/// One execution of the workload under one model, in a fresh runner process.
#[derive(Debug, Clone)]
pub struct Trial {
    /// Which model, on which host.
    pub contender: Contender,
    /// Round, from 1; pairs are compared within a round. Warm-up rounds count down to 0: -1, 0.
    pub round: i32,
    /// Place in the whole run order, from 1, warm-ups included.
    pub position: u32,
    /// How it ended.
    pub status: Status,
    /// Why it did not complete; `None` for completed and cancelled ones.
    pub failure: Option<Failure>,
    /// When it began: milliseconds since the Unix epoch.
    pub started_at_ms: u64,
    /// What the runner measured; `None` unless completed.
    pub measured: Option<Measured>,
    /// Per-core usage while the clock ran (or, in a repeated warm-up, while it was repeated).
    pub cpu: Vec<CpuSample>,
    /// What the machine did meanwhile; `None` where the system does not say.
    pub background: Option<Background>,
}

impl Trial {
    /// Why it did not complete, in one sentence.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        self.failure.as_ref().map(Failure::to_string)
    }

    /// True for rounds that are in no statistic.
    #[must_use]
    pub const fn is_warmup(&self) -> bool {
        self.round < 1
    }

    /// The measurement of a completed trial.
    #[must_use]
    pub fn completed(&self) -> Option<&Measured> {
        self.measured.as_ref().filter(|_| self.status == Status::Completed)
    }
}

/// What a runner measured. Durations in nanoseconds.
#[derive(Debug, Clone)]
pub struct Measured {
    /// Building what the model needs, up to one untimed empty task on every worker.
    pub setup_nanos: u64,
    /// Handing over the first task to knowing that the last is done.
    pub wall_nanos: u64,
    /// Taking it apart again.
    pub teardown_nanos: u64,
    /// Workers that the model really had; `None` for models without a pool.
    pub workers: Option<u32>,
    /// CPU time and switches of runner and workers while the clock ran.
    pub usage: Usage,
    /// Peak resident memory of the runner, plus the sum over its worker processes: an upper bound there, since
    /// pages that they share count for each of them.
    pub peak_memory_bytes: Option<u64>,
    /// Proportional set size of the runner and its worker processes at one moment: right after the clock, with all
    /// tasks done and all workers up. Shared pages count once. Linux has no peak of it. `None` without worker
    /// processes that outlive their tasks, and where the system does not say.
    pub pss_bytes: Option<u64>,
    /// How much of the peak memory is the lab's own span records: touched before the clock, in the runner and in
    /// the worker processes of the native pool.
    pub record_bytes: u64,
    /// Nanoseconds that the lab's stamps and record add to one task: measured in the same runner before the clock,
    /// subtracted nowhere. `None` where it was not measured.
    pub stamp_nanos: Option<f64>,
    /// The same for the first task recorded in the process, whose code and memory were in no cache: what a trial
    /// of very few tasks pays up to, once.
    pub first_stamp_nanos: Option<f64>,
    /// Wrapping sum over all tasks.
    pub checksum: u64,
    /// One span per task.
    pub spans: SpanStore,
    /// What statistics need of the spans, so that those may be on disk.
    pub span_summary: Arc<SpanSummary>,
    /// How often a short workload was repeated for the CPU view (warm-up rounds only; else 1).
    pub passes: u32,
    /// What the spans were stamped with.
    pub stamp_clock: StampClock,
    /// What the HTTP server used meanwhile; `None` where the workload fetches nothing.
    pub server: Option<ServerUse>,
    /// What became of the increments; `None` where the workload has none.
    pub counted: Option<Counted>,
    /// What ran it; `None` for the lab's own executable.
    pub runtime: Option<Runtime>,
    /// Type of the file system that the files were on ("ext4", "tmpfs"); `None` without files, or where
    /// the system does not say.
    pub file_system: Option<String>,
}

/// The interpreter that ran a trial, as it was after its imports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runtime {
    /// "3.11.7".
    pub version: String,
    /// The interpreter lock was in force at the end.
    pub gil: bool,
    /// How processes were started, where any were.
    pub start_method: Option<String>,
    /// The interpreter lock waits may be too long by up to so much, all tasks together, nanoseconds: time in which
    /// a thread was ready and the system ran others. `None` where there are none, or the system does not say.
    pub gil_wait_error_nanos: Option<u64>,
}

impl Runtime {
    /// "CPython 3.13.15, no GIL, forkserver".
    #[must_use]
    pub fn describe(&self) -> String {
        let gil = if self.gil { "" } else { ", no GIL" };
        let method = self.start_method.as_ref().map_or_else(String::new, |method| format!(", {method}"));
        format!("CPython {}{gil}{method}", self.version)
    }
}

/// What the server process of the `http` steps used while the clock ran. Not part of [`Measured::usage`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerUse {
    /// CPU time, nanoseconds. The server has one thread: 1 s a second is all that it can use.
    pub cpu_nanos: Option<u64>,
    /// Requests answered.
    pub requests: u64,
    /// Most connections open at one moment since the trial began.
    pub most_connections: u64,
}

/// What became of the increments of a shared counter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// How many increments were made.
    pub expected: u64,
    /// What the counter says afterwards, as the runner sees it.
    pub got: u64,
}

impl Counted {
    /// Updates that were made and do not show.
    #[must_use]
    pub const fn lost(self) -> u64 {
        self.expected.saturating_sub(self.got)
    }
}

/// CPU time, switches and traffic with the storage. `None` where the system does not say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// CPU time in user mode, nanoseconds.
    pub user_nanos: Option<u64>,
    /// CPU time in the system, nanoseconds.
    pub system_nanos: Option<u64>,
    /// A thread gave its core up (it waited).
    pub voluntary_switches: Option<u64>,
    /// The scheduler took the core away.
    pub involuntary_switches: Option<u64>,
    /// Bytes that had to be fetched from the storage: 0 where the page cache had them all.
    pub storage_read_bytes: Option<u64>,
    /// Bytes that are on their way to the storage, or have got there.
    pub storage_written_bytes: Option<u64>,
}

impl Usage {
    /// User and system time together, nanoseconds.
    #[must_use]
    pub fn cpu_nanos(&self) -> Option<u64> {
        Some(self.user_nanos? + self.system_nanos?)
    }

    fn combine(self, other: Self, with: fn(u64, u64) -> u64) -> Self {
        let both = |left: Option<u64>, right: Option<u64>| Some(with(left?, right?));
        Self {
            user_nanos: both(self.user_nanos, other.user_nanos),
            system_nanos: both(self.system_nanos, other.system_nanos),
            voluntary_switches: both(self.voluntary_switches, other.voluntary_switches),
            involuntary_switches: both(self.involuntary_switches, other.involuntary_switches),
            storage_read_bytes: both(self.storage_read_bytes, other.storage_read_bytes),
            storage_written_bytes: both(self.storage_written_bytes, other.storage_written_bytes),
        }
    }

    /// The sum; missing where either is missing.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        self.combine(other, u64::wrapping_add)
    }

    /// The difference since `earlier`, never below 0; missing where either is missing.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        self.combine(earlier, u64::saturating_sub)
    }
}

/// One sample of the whole machine's per-core usage.
#[derive(Debug, Clone, PartialEq)]
pub struct CpuSample {
    /// End of the sampled interval, milliseconds since the trial's clock started.
    pub at_ms: f64,
    /// Length of the interval, milliseconds.
    pub width_ms: f64,
    /// Per logical CPU, 0 to 100.
    pub usage_percent: Vec<f32>,
    /// The lab's own process, percent of one core.
    pub lab_percent: Option<f32>,
    /// Used by the trial's own processes, percent of one core; `None` where the system does not say.
    pub tree_percent: Option<f32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_usage_stays_missing() {
        let known = Usage {
            user_nanos: Some(5),
            system_nanos: Some(1),
            voluntary_switches: None,
            involuntary_switches: Some(2),
            ..Usage::default()
        };
        let sum = known.plus(known);
        assert_eq!(sum.cpu_nanos(), Some(12));
        assert_eq!(sum.voluntary_switches, None);
        assert_eq!(Usage::default().since(known).cpu_nanos(), None);
    }
}
