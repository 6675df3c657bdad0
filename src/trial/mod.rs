//! Record of one trial: the raw measurements, which never change. `analysis` computes every statistic from them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

mod background;
pub mod bounds;
mod handover;
mod in_flight;
mod lane_index;
mod lane_parts;
mod lanes;
mod lock_holders;
mod longest_phase;
mod phase_sums;
mod results;
mod span_classes;
mod span_summary;
mod spans;
mod stuck;

pub use crate::workload::Phase;
pub use background::{Background, BackgroundShares, FOREIGN_PERCENT, STEAL_PERCENT};
pub use handover::{Handover, NO_STEP, Transfer};
pub use in_flight::{InFlight, peak_in_flight};
pub use lane_index::{Common, LaneIndex, TaskSums};
pub use lane_parts::{LanePart, LaneSource, MergedTasks, Resolution};
pub use lanes::TaskLanes;
pub use lock_holders::{LockHandover, LockHolders, is_exclusive};
pub use longest_phase::{ALL_PHASES, PHASES, longest_phases};
pub use phase_sums::PhaseSums;
pub use results::{DifferingResult, NotCompared, ResultCheck, ShownResult, TaskResults};
pub use span_classes::{SpanClass, SpanClasses};
pub use span_summary::{Bucket, ClassSummary, Lateness, Percentiles, SpanSummary, WorkerTasks};
pub use spans::{Beat, Span, SpanStore, Spans, SpooledSpans};
pub use stuck::{Stuck, StuckPart};

use crate::clock::StampClock;
use crate::failure::Failure;
use crate::model::Contender;

/// Shortest trial whose usage per core is drawn from the system's counters; they are too coarse below.
pub const SHORTEST_COUNTED_NANOS: u64 = 200_000_000;

/// Reason why a completed trial has no spans.
pub const NO_SPANS: &str = "not measured: the clock of the workers is not this machine's";

/// Outcome of a trial, or of all trials of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// All tasks were done.
    Completed,
    /// It failed or timed out; [`Trial::failure`] has the reason.
    Failed,
    /// The user stopped it.
    Cancelled,
    /// The machine can't run this model. Only a model's status, never a trial's.
    Unavailable,
}

impl Status {
    /// Returns the name in files.
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
    /// Index of the point of a sweep, from 0; 0 without a sweep.
    pub point: u32,
    /// The model on its host.
    pub contender: Contender,
    /// Number of the round, from 1; pairs are compared within a round. Warm-up rounds end with 0: -1, 0.
    pub round: i32,
    /// Position in the order of all trials, from 1, warm-ups included.
    pub position: u32,
    /// Outcome of the trial.
    pub status: Status,
    /// Reason why it did not complete; `None` for completed and cancelled trials.
    pub failure: Option<Failure>,
    /// Start of the trial, milliseconds since the Unix epoch.
    pub started_at_ms: u64,
    /// Measurement of the runner; `None` unless completed.
    pub measured: Option<Measured>,
    /// Per-core usage while the clock ran (or, in a repeated warm-up, while it was repeated).
    pub cpu: Vec<CpuSample>,
    /// CPU time on the machine meanwhile; `None` if the system does not report it.
    pub background: Option<Background>,
}

impl Trial {
    /// Returns true unless it was stopped before its end.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.status != Status::Cancelled
    }

    /// Returns true for a trial of a measured round that was not stopped before its end.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.is_over() && !self.is_warmup()
    }

    /// Returns the reason why it did not complete, in one sentence.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        self.failure.as_ref().map(Failure::to_string)
    }

    /// Returns true for a trial of a warm-up round, which is in no statistic.
    #[must_use]
    pub const fn is_warmup(&self) -> bool {
        self.round < 1
    }

    /// Returns true if it completed and it is not known when its tasks ran.
    #[must_use]
    pub fn has_no_spans(&self) -> bool {
        let runtime = self.completed().and_then(|measured| measured.runtime.as_ref());
        runtime.and_then(|runtime| runtime.external.as_ref()).is_some_and(|external| !external.same_clock)
    }

    /// Returns the measurement of a completed trial.
    #[must_use]
    pub fn completed(&self) -> Option<&Measured> {
        self.measured.as_ref().filter(|_| self.status == Status::Completed)
    }
}

/// Measurements of a runner. Durations are in nanoseconds.
#[derive(Debug, Clone)]
pub struct Measured {
    /// Setup of the model, up to one untimed empty task on every worker.
    pub setup_nanos: u64,
    /// Wall time from submitting the first task to knowing that the last is done.
    pub wall_nanos: u64,
    /// Teardown of the model.
    pub teardown_nanos: u64,
    /// Actual number of workers; `None` for models without a pool.
    pub workers: Option<u32>,
    /// CPU time, context switches and I/O of runner and workers while the clock ran.
    pub usage: Usage,
    /// Peak resident memory of the runner, plus the sum over its worker processes: an upper bound, since pages that they
    /// share count for each of them.
    pub peak_memory_bytes: Option<u64>,
    /// Proportional set size of the runner and its worker processes right after the clock stopped, with all tasks done and
    /// all workers running. Shared pages count once. Linux reports no peak of it. `None` without worker processes that
    /// outlive their tasks, and if the system does not report it.
    pub pss_bytes: Option<u64>,
    /// Size of the lab's own span records within the peak memory: touched before the clock starts, in the runner and in
    /// the worker processes of the native pool.
    pub record_bytes: u64,
    /// Nanoseconds that the lab's timestamps and record add to one task: measured in the same runner before the clock
    /// starts, subtracted nowhere. `None` if it was not measured.
    pub stamp_nanos: Option<f64>,
    /// The same for the first task recorded in the process, with cold caches: it adds up to this much once per trial.
    pub first_stamp_nanos: Option<f64>,
    /// Wrapping sum of the results of all tasks.
    pub checksum: u64,
    /// One span per task.
    pub spans: SpanStore,
    /// Aggregates of the spans for statistics, so that the spans themselves may be on disk.
    pub span_summary: Arc<SpanSummary>,
    /// Number of times that a short workload was repeated for the CPU view (warm-up rounds only; else 1).
    pub passes: u32,
    /// Clock of the spans' timestamps.
    pub stamp_clock: StampClock,
    /// Usage of the HTTP server; `None` if the workload has no HTTP steps.
    pub server: Option<ServerUse>,
    /// Result of the increments; `None` if the workload has none.
    pub counted: Option<Counted>,
    /// Interpreter that ran the trial; `None` for the lab's own executable.
    pub runtime: Option<Runtime>,
    /// Type of the file system that the files were on ("ext4", "tmpfs"); `None` without files, or if the system does not
    /// report it.
    pub file_system: Option<String>,
    /// Comparison of the results of the user's functions with those of other trials; `None` without such functions.
    pub results: Option<ResultCheck>,
    /// Processes that code of the user's had left running at the end of the trial, which ended them; `None` without such
    /// code, and if the system does not list them.
    pub left_processes: Option<u32>,
}

/// Wall time from which CPU time tells the cores that were used, nanoseconds. It is read before and after the clock, of
/// each worker process too, and these readings are in it.
pub const LEAST_COUNTED_NANOS: u64 = 2_000_000;

impl Measured {
    /// Returns the number of cores that were used on average; `None` if the system did not report CPU time.
    #[must_use]
    pub fn cores_used(&self) -> Option<f64> {
        let cores = self.usage.cpu_nanos()? as f64 / self.wall_nanos as f64;
        cores.is_finite().then_some(cores)
    }

    /// Returns the peak memory without the lab's records.
    #[must_use]
    pub fn model_memory_bytes(&self) -> Option<u64> {
        Some(self.peak_memory_bytes?.saturating_sub(self.record_bytes))
    }
}

/// Interpreter that ran a trial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runtime {
    /// Version of CPython: "3.11.7".
    pub version: String,
    /// True if the GIL was enabled at the end of the trial.
    pub gil: bool,
    /// Start method of `multiprocessing`, if it started processes.
    pub start_method: Option<String>,
    /// Upper bound on the error of the total GIL wait, nanoseconds: time in which a thread was ready and the system ran
    /// others. `None` without GIL waits, or if the system does not report it.
    pub gil_wait_error_nanos: Option<u64>,
    /// Scheduler whose workers ran the tasks; `None` if the lab started all processes itself.
    pub external: Option<ExternalScheduler>,
    /// Part of the total GIL wait that tasks spent in waits: a sleep ended later than asked for. The rest was in phases that
    /// compute. `None` without GIL waits, and in runs that did not record it.
    #[serde(default)]
    pub gil_wait_asleep_nanos: Option<u64>,
}

/// A dask scheduler that others run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalScheduler {
    /// Its address, without credentials: "tcp://192.0.2.1:8786".
    pub address: String,
    /// True if its workers read the clock of this machine, so that spans are known.
    pub same_clock: bool,
}

impl Runtime {
    /// Describes the interpreter: "CPython 3.13.15, no GIL, forkserver".
    #[must_use]
    pub fn describe(&self) -> String {
        let gil = if self.gil { "" } else { ", no GIL" };
        let method = self.start_method.as_ref().map_or_else(String::new, |method| format!(", {method}"));
        let external = self.external.as_ref();
        let scheduler = external.map_or_else(String::new, |external| format!(", scheduler {}", external.address));
        format!("CPython {}{gil}{method}{scheduler}", self.version)
    }
}

/// Usage of the HTTP server process while the clock ran. Not part of [`Measured::usage`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerUse {
    /// CPU time, nanoseconds. The server has one thread, so it can use one core at most.
    pub cpu_nanos: Option<u64>,
    /// Number of requests answered.
    pub requests: u64,
    /// Largest number of connections open at once since the trial began.
    pub most_connections: u64,
}

/// Result of the increments of a shared counter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Number of increments made.
    pub expected: u64,
    /// Value of the counter afterwards, as the runner sees it.
    pub got: u64,
}

impl Counted {
    /// Returns the number of increments missing from the counter.
    #[must_use]
    pub const fn lost(self) -> u64 {
        self.expected.saturating_sub(self.got)
    }
}

/// Returns true if a CPU time can be called measured by a clock of this resolution: at ten times that, one unit more or
/// less is a tenth.
#[must_use]
pub const fn is_measured(cpu_nanos: u64, resolution_nanos: u64) -> bool {
    resolution_nanos <= 1 || cpu_nanos >= resolution_nanos.saturating_mul(10)
}

/// CPU time, context switches and storage I/O. `None` if the system does not report a figure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// CPU time in user mode, nanoseconds.
    pub user_nanos: Option<u64>,
    /// CPU time in kernel mode, nanoseconds.
    pub system_nanos: Option<u64>,
    /// Number of voluntary context switches: a thread waited.
    pub voluntary_switches: Option<u64>,
    /// Number of involuntary context switches: the scheduler preempted a thread.
    pub involuntary_switches: Option<u64>,
    /// Bytes read from storage; 0 if the page cache had them all.
    pub storage_read_bytes: Option<u64>,
    /// Bytes written, or queued to be written, to storage.
    pub storage_written_bytes: Option<u64>,
}

impl Usage {
    /// Returns the sum of user and system time, nanoseconds.
    #[must_use]
    pub fn cpu_nanos(&self) -> Option<u64> {
        Some(self.user_nanos? + self.system_nanos?)
    }

    /// Returns it without CPU times if the clock that measured them is too coarse for their sum.
    #[must_use]
    pub fn measured_by(self, resolution_nanos: u64) -> Self {
        if self.cpu_nanos().is_none_or(|nanos| is_measured(nanos, resolution_nanos)) {
            return self;
        }
        Self { user_nanos: None, system_nanos: None, ..self }
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

    /// Returns the sum; a figure that either lacks is missing.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        self.combine(other, u64::wrapping_add)
    }

    /// Returns the difference since `earlier`, never below 0; a figure that either lacks is missing.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        self.combine(earlier, u64::saturating_sub)
    }
}

/// Sample of the per-core usage of the machine.
#[derive(Debug, Clone, PartialEq)]
pub struct CpuSample {
    /// End of the sampled interval, milliseconds since the trial's clock started.
    pub at_ms: f64,
    /// Length of the interval, milliseconds.
    pub width_ms: f64,
    /// Usage of each logical CPU, 0 to 100.
    pub usage_percent: Vec<f32>,
    /// Usage of the lab's own process, percent of one core.
    pub lab_percent: Option<f32>,
    /// Usage of the trial's own processes, percent of one core; `None` if the system does not report it.
    pub tree_percent: Option<f32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_below_ten_units_of_its_clock_is_not_measured() {
        let used = |user, system| Usage {
            user_nanos: Some(user),
            system_nanos: Some(system),
            voluntary_switches: Some(3),
            ..Usage::default()
        };
        assert_eq!(used(90, 9).measured_by(10), Usage { voluntary_switches: Some(3), ..Usage::default() });
        assert_eq!(used(90, 10).measured_by(10), used(90, 10));
        assert_eq!(used(0, 0).measured_by(1), used(0, 0), "exact clocks measure nothing, too");
    }

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
