//! The record of one trial: what was measured, and nothing that was derived from it. Raw samples
//! are immutable; every statistic is computed from them in `analysis/`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

mod digest;

pub use digest::{Digest, Lateness, Percentiles};

use crate::clock::TickSource;
use crate::model::Contender;
use crate::workload::{Holds, PlanStep};

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
    /// Why it did not complete, and what the user can do.
    pub reason: Option<String>,
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
    /// Peak memory of the runner, plus the sum over its worker processes (an upper bound there).
    pub peak_memory_bytes: Option<u64>,
    /// How much of it is the lab's own span records.
    pub record_bytes: u64,
    /// Wrapping sum over all tasks.
    pub checksum: u64,
    /// One span per task.
    pub spans: SpanStore,
    /// What statistics need of the spans, so that those may be on disk.
    pub digest: Arc<Digest>,
    /// How often a short workload was repeated for the CPU view (warm-up rounds only; else 1).
    pub passes: u32,
    /// What the spans were stamped with.
    pub tick_source: TickSource,
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
}

/// CPU time on the machine between start and exit of a trial's runner, nanoseconds over all cores.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Background {
    /// Wall time of the interval.
    pub wall_nanos: u64,
    /// Time that any core was busy.
    pub busy_nanos: u64,
    /// Used by the trial's own process tree.
    pub tree_nanos: u64,
    /// Used by the lab itself.
    pub lab_nanos: u64,
    /// Taken by the host of this virtual machine.
    pub steal_nanos: Option<u64>,
    /// Intervals in which a CPU quota stopped the tree (`nr_throttled`).
    pub throttled: Option<u64>,
}

/// One task on the timeline. Nanoseconds since the trial's clock started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Just before spawn or send; 0 for sequential models.
    pub submitted: u64,
    /// The task's first step began.
    pub started: u64,
    /// The task's last step ended.
    pub finished: u64,
    /// Thread, process or event loop that ran it, from 0.
    pub worker: u32,
    /// Logical CPU at finish; `None` where the system does not say.
    pub core: Option<u32>,
}

/// One beat of the ticker that runs beside the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tick {
    /// When it was due. Nanoseconds since the trial's clock started.
    pub due: u64,
    /// By how much it came late, nanoseconds. For one that had not come when the work ended: at least so much.
    pub late: u64,
}

/// What a task does in one stretch of its span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Keeps a core busy: computing, streaming memory, incrementing, computing inside a critical section.
    Compute,
    /// Waits: a sleep or timer, also inside a critical section.
    Wait,
    /// Waits for a response over HTTP.
    Http,
    /// Writes, flushes and reads a file.
    File,
    /// Waits for a lock that another task holds.
    LockWait,
}

/// The spans of one trial, by task index.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spans {
    /// One per task.
    pub tasks: Vec<Span>,
    /// Ends of all steps but the last (which is `finished`), row-major: `steps - 1` per task.
    pub step_ends: Vec<u64>,
    /// Stamps inside steps, row-major: the sum of [`PlanStep::marks`] per task.
    pub marks: Vec<u64>,
    /// What each step is.
    pub steps: Vec<PlanStep>,
    /// Nanoseconds that each task was ready and waited for its interpreter, as derived from wall and CPU time;
    /// empty where that can't be told, or no other thread wants the interpreter.
    pub gil_waits: Vec<u64>,
    /// Beats of the ticker; empty where none ran.
    pub ticks: Vec<Tick>,
}

impl Spans {
    /// Start and end of each step of a task, in order. Nanoseconds since the trial's clock started.
    pub fn step_intervals(&self, task: usize) -> impl Iterator<Item = (u64, u64)> + '_ {
        let span = self.tasks[task];
        let inner = self.steps.len().saturating_sub(1);
        let ends = self.step_ends[task * inner..(task + 1) * inner].iter().copied().chain([span.finished]);
        let mut from = span.started;
        ends.take(self.steps.len()).map(move |end| {
            let interval = (from, end.max(from));
            from = interval.1;
            interval
        })
    }

    /// What a task did, stretch by stretch, in order: the step's place, what, from, to. Stretches of
    /// no length are left out, and so is giving back a lock.
    pub fn phases(&self, task: usize) -> impl Iterator<Item = (usize, Phase, u64, u64)> + '_ {
        let per_task: usize = self.steps.iter().map(|step| step.marks()).sum();
        let mut rest = self.marks.get(task * per_task..(task + 1) * per_task).unwrap_or_default();
        self.steps
            .iter()
            .zip(self.step_intervals(task))
            .enumerate()
            .flat_map(move |(place, (step, (from, to)))| {
                let (own, others) = rest.split_at_checked(step.marks()).unwrap_or((&[], rest));
                rest = others;
                // A mark of 0 was never taken: the step was left out.
                let mark = |at: usize| own.get(at).map_or(from, |mark| (*mark).clamp(from, to));
                let stretches = match step {
                    PlanStep::Compute(_) | PlanStep::Memory | PlanStep::Increment(_) => vec![(Phase::Compute, to)],
                    PlanStep::Wait => vec![(Phase::Wait, to)],
                    PlanStep::Http { .. } => vec![(Phase::Http, to)],
                    PlanStep::File { .. } => vec![(Phase::File, to)],
                    PlanStep::Critical { holds, .. } => {
                        let inside = if *holds == Holds::Compute { Phase::Compute } else { Phase::Wait };
                        // Giving the lock back may take a while, and is neither.
                        vec![(Phase::LockWait, mark(0)), (inside, if own.is_empty() { to } else { mark(1) })]
                    }
                    PlanStep::TwoLocks(_) => vec![
                        (Phase::LockWait, mark(0)),
                        (Phase::Wait, mark(1)),
                        (Phase::LockWait, mark(2)),
                        (Phase::Wait, to),
                    ],
                };
                let mut from = from;
                stretches.into_iter().map(move |(phase, to)| {
                    let stretch = (place, phase, from, to.max(from));
                    from = stretch.3;
                    stretch
                })
            })
            .filter(|(_, _, from, to)| to > from)
    }

    /// Nanoseconds that a task spent in one kind of phase.
    #[must_use]
    pub fn nanos_in(&self, task: usize, wanted: Phase) -> u64 {
        self.phases(task).filter(|(_, phase, _, _)| *phase == wanted).map(|(_, _, from, to)| to - from).sum()
    }
}

/// Spans, in memory or in the session's spool file. Cheap to clone.
#[derive(Debug, Clone)]
pub enum SpanStore {
    /// At hand.
    Memory(Arc<Spans>),
    /// In a temporary file: read it off the UI thread.
    Spooled(Arc<dyn SpooledSpans>),
}

/// Spans that have to be read back from disk.
pub trait SpooledSpans: std::fmt::Debug + Send + Sync {
    /// Reads them. Blocks.
    ///
    /// # Errors
    /// Whatever the file system says.
    fn load(&self) -> std::io::Result<Spans>;
}

impl SpanStore {
    /// The spans, from memory or disk. May block.
    ///
    /// # Errors
    /// Where the spool file can't be read.
    pub fn load(&self) -> std::io::Result<Arc<Spans>> {
        match self {
            Self::Memory(spans) => Ok(Arc::clone(spans)),
            Self::Spooled(spooled) => spooled.load().map(Arc::new),
        }
    }

    /// The spans if they are in memory.
    #[must_use]
    pub const fn at_hand(&self) -> Option<&Arc<Spans>> {
        match self {
            Self::Memory(spans) => Some(spans),
            Self::Spooled(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::{Lock, LockOrder};

    #[test]
    fn steps_follow_each_other_and_end_with_the_task() {
        let spans = Spans {
            tasks: vec![Span { submitted: 1, started: 5, finished: 30, worker: 0, core: Some(1) }],
            step_ends: vec![10, 20],
            steps: vec![PlanStep::Wait; 3],
            ..Spans::default()
        };
        assert_eq!(spans.step_intervals(0).collect::<Vec<_>>(), [(5, 10), (10, 20), (20, 30)]);
    }

    #[test]
    fn an_empty_task_has_no_steps() {
        let spans = Spans {
            tasks: vec![Span { submitted: 0, started: 5, finished: 6, worker: 0, core: None }],
            ..Spans::default()
        };
        assert_eq!(spans.step_intervals(0).count(), 0);
    }

    #[test]
    fn waiting_for_a_lock_and_being_inside_are_told_apart() {
        let critical = PlanStep::Critical { lock: Lock::Mutex, permits: 1, holds: Holds::Compute };
        let span = |started, finished| Span { submitted: 0, started, finished, worker: 0, core: None };
        let spans = Spans {
            tasks: vec![span(0, 30), span(0, 50)],
            step_ends: vec![10, 10],
            marks: vec![10, 30, 30, 50],
            steps: vec![PlanStep::Wait, critical],
            ..Spans::default()
        };
        let phases = |task| spans.phases(task).collect::<Vec<_>>();
        assert_eq!(phases(0), [(0, Phase::Wait, 0, 10), (1, Phase::Compute, 10, 30)]);
        assert_eq!(phases(1), [(0, Phase::Wait, 0, 10), (1, Phase::LockWait, 10, 30), (1, Phase::Compute, 30, 50)]);
        assert_eq!((spans.nanos_in(1, Phase::LockWait), spans.nanos_in(0, Phase::LockWait)), (20, 0));
    }

    #[test]
    fn two_locks_are_waited_for_one_after_the_other() {
        let spans = Spans {
            tasks: vec![Span { submitted: 0, started: 5, finished: 40, worker: 0, core: None }],
            marks: vec![7, 20, 40],
            steps: vec![PlanStep::TwoLocks(LockOrder::Same)],
            ..Spans::default()
        };
        let phases: Vec<_> = spans.phases(0).map(|(_, phase, from, to)| (phase, from, to)).collect();
        assert_eq!(phases, [(Phase::LockWait, 5, 7), (Phase::Wait, 7, 20), (Phase::LockWait, 20, 40)]);
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
