//! The timeline of one trial: when each task was handed over, began, what it did step by step, and ended.

use std::sync::Arc;

use crate::workload::{Phase, PlanStep};

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

/// One beat of the ticker that runs beside the work. No beat is due before the one in front of it has come: those
/// that were missed meanwhile are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beat {
    /// When it was due. Nanoseconds since the trial's clock started.
    pub due: u64,
    /// By how much it came late, nanoseconds. For one that had not come when the work ended: at least so much.
    pub late: u64,
}

/// The spans of one trial, by task index.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spans {
    /// One per task.
    pub tasks: Vec<Span>,
    /// Ends of all steps but the last (which is `finished`), row-major: `steps - 1` per task.
    pub step_ends: Vec<u64>,
    /// Stamps inside steps, row-major: the sum of [`PlanStep::inner_timestamps`] per task.
    pub marks: Vec<u64>,
    /// What each step is.
    pub steps: Vec<PlanStep>,
    /// Nanoseconds that each task was ready and waited for its interpreter, as derived from wall and CPU time;
    /// empty where that can't be told, or no other thread wants the interpreter.
    pub gil_waits: Vec<u64>,
    /// Beats of the ticker; empty where none ran.
    pub beats: Vec<Beat>,
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
                let mark = move |at: usize| own.get(at).map_or(from, |mark| (*mark).clamp(from, to));
                let last = step.phases().len().saturating_sub(1);
                // Phase i ends at timestamp i. Releasing a lock may take a while, and belongs to no phase.
                let end = move |index: usize| {
                    if index == last && (own.is_empty() || index >= own.len()) { to } else { mark(index) }
                };
                let stretches = step.phases().iter().enumerate().map(move |(index, phase)| (*phase, end(index)));
                let mut from = from;
                stretches.map(move |(phase, to)| {
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
    use crate::workload::{Lock, LockOrder, SectionWork};

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
        let critical = PlanStep::Critical { lock: Lock::Mutex, permits: 1, holds: SectionWork::Compute };
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
}
