//! Timeline of one trial: when each task was submitted, started, went from step to step and finished.

use std::sync::Arc;

use super::SpanClasses;
use super::handover::{Handover, NO_STEP};
use crate::workload::{Phase, PlanStep};

/// A task on the timeline. Times are nanoseconds since the trial's clock started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Time just before the task was spawned or sent; 0 for sequential models.
    pub submitted: u64,
    /// Start of the first step.
    pub started: u64,
    /// End of the last step.
    pub finished: u64,
    /// Thread, process or event loop that ran it, from 0.
    pub worker: u32,
    /// Logical CPU at the finish; `None` if the system does not report it. Of 16 bits, since there is a span for each of
    /// a million tasks.
    pub core: Option<u16>,
}

/// A beat of the heartbeat that runs beside the work. Beats that were missed while an earlier one was late are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beat {
    /// Time at which it was due, nanoseconds since the trial's clock started.
    pub due: u64,
    /// Lateness in nanoseconds; a lower bound for a beat that was still due when the work ended.
    pub late: u64,
}

/// Spans of one trial, by task index. Recorded repetitions of classes that repeat follow the tasks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spans {
    /// One span per task.
    pub tasks: Vec<Span>,
    /// Ends of all steps but the last (which is `finished`), row-major: `steps - 1` per task.
    pub step_ends: Vec<u64>,
    /// Timestamps inside steps, row-major: the sum of [`PlanStep::inner_timestamps`] per task.
    pub inner_timestamps: Vec<u64>,
    /// Steps of each task, or of all classes one after the other.
    pub steps: Vec<PlanStep>,
    /// Nanoseconds that each task was ready and waited for the GIL, derived from wall and CPU time; empty if not known, or
    /// if no other thread uses the interpreter.
    pub gil_waits: Vec<u64>,
    /// Beats of the heartbeat; empty if none ran.
    pub beats: Vec<Beat>,
    /// Classes of the spans; empty if all do all steps.
    pub classes: SpanClasses,
    /// Moments at which the payload of each task changed hands; empty without a payload.
    pub handovers: Vec<Handover>,
    /// Submission of each task and the moment at which the submitter learned of its end, nanoseconds since the trial's clock
    /// started: all that is known of tasks that ran under the clock of another machine. Empty for all others, and in
    /// stored runs, which keep the latencies.
    pub seen: Vec<(u64, u64)>,
}

/// At most two phases of a payload, as [`Spans::phases`] returns them.
type PayloadPhases = [Option<(usize, Phase, u64, u64)>; 2];

/// Longest pause of a task that is taken to give its core to nobody, such as an uncontended lock: about the time of two
/// switches between threads.
const KEEPS_CORE_NANOS: u64 = 10_000;

impl Spans {
    /// Returns start and end of the steps of a task: without reading its input and making its output.
    fn time_of_steps(&self, task: usize) -> (u64, u64) {
        let span = self.tasks[task];
        let Some(handover) = self.handovers.get(task) else { return (span.started, span.finished) };
        // In a report that is still to be checked a task may end before it starts.
        let end = span.finished.max(span.started);
        let read = handover.read.clamp(span.started, end);
        (read, handover.worked.clamp(read, end))
    }

    /// Returns the time from submitting a task to its start, without the transfer of its input where that was measured.
    #[must_use]
    pub fn queue_nanos(&self, task: usize) -> u64 {
        let span = self.tasks[task];
        let sent = self.handovers.get(task).and_then(|handover| handover.sent);
        sent.unwrap_or(span.started).saturating_sub(span.submitted)
    }

    /// Returns the time from submitting a task to its end, or to the arrival of its output at the submitter where that
    /// was measured.
    #[must_use]
    pub fn latency_nanos(&self, task: usize) -> u64 {
        let span = self.tasks[task];
        let received = self.handovers.get(task).and_then(|handover| handover.received);
        received.unwrap_or(span.finished).saturating_sub(span.submitted)
    }

    /// Returns the time that the transfer of the input and of the output of a task took, where it was measured.
    #[must_use]
    pub fn transfer_nanos(&self, task: usize) -> (Option<u64>, Option<u64>) {
        let (span, handover) = (self.tasks[task], self.handovers.get(task).copied().unwrap_or_default());
        let input = handover.sent.map(|sent| span.started.saturating_sub(sent));
        (input, handover.received.map(|received| received.saturating_sub(span.finished)))
    }

    /// Returns the phases of the payload before and after the steps of a task.
    fn payload_phases(&self, task: usize) -> [PayloadPhases; 2] {
        let Some(handover) = self.handovers.get(task) else { return [[None; 2]; 2] };
        let (span, (read, worked)) = (self.tasks[task], self.time_of_steps(task));
        let phase = |phase, from, to| Some((NO_STEP, phase, from, to));
        let sent = handover.sent.and_then(|sent| phase(Phase::Transfer, sent, span.started));
        let received = handover.received.and_then(|received| phase(Phase::Transfer, span.finished, received));
        [[sent, phase(Phase::Payload, span.started, read)], [phase(Phase::Payload, worked, span.finished), received]]
    }

    /// Returns start and end of each step of a task in order, nanoseconds since the trial's clock started.
    pub fn step_intervals(&self, task: usize) -> impl Iterator<Item = (u64, u64)> + '_ {
        let (started, finished) = self.time_of_steps(task);
        let inner = self.steps.len().saturating_sub(1);
        let steps = self.steps_of(task);
        let last = steps.end.saturating_sub(1).max(steps.start);
        let ends =
            self.step_ends[task * inner + steps.start.min(inner)..task * inner + last.min(inner)].iter().copied();
        let ends = ends.chain([finished]);
        let mut from = started;
        ends.take(steps.len()).map(move |end| {
            let interval = (from, end.max(from));
            from = interval.1;
            interval
        })
    }

    /// Returns the indices of the steps that a task does.
    #[must_use]
    pub fn steps_of(&self, task: usize) -> std::ops::Range<usize> {
        self.classes.steps_of(task, self.steps.len())
    }

    /// Returns true for a repetition of a class that repeats.
    #[must_use]
    pub fn is_repetition(&self, task: usize) -> bool {
        self.classes.repeats(task)
    }

    /// Returns the number of tasks, without repetitions.
    #[must_use]
    pub fn task_count(&self) -> usize {
        if self.classes.is_empty() {
            return self.tasks.len();
        }
        (0..self.tasks.len()).filter(|task| !self.is_repetition(*task)).count()
    }

    /// Returns the phases of a task in order: index of the step or [`NO_STEP`], phase, start, end. Empty phases are left
    /// out, and so is the release of a lock. The transfer of a payload comes before the start of the task and after its
    /// end.
    pub fn phases(&self, task: usize) -> impl Iterator<Item = (usize, Phase, u64, u64)> + '_ {
        let [before, after] = self.payload_phases(task);
        let all = before.into_iter().flatten().chain(self.step_phases(task)).chain(after.into_iter().flatten());
        all.filter(|(_, _, from, to)| to > from)
    }

    /// Returns the parts of a task that keep a core busy: start and end.
    pub fn busy_parts(&self, task: usize) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.phases(task).filter(|(_, phase, _, _)| phase.keeps_core_busy()).map(|(_, _, from, to)| (from, to))
    }

    /// Returns those parts of all tasks in order of their cores: core, start and end. A task records the core on which it
    /// ended: `None` if that is not known, or if a task gave its core away after computing, so that it may have ended on
    /// another one.
    #[must_use]
    pub fn busy_by_core(&self) -> Option<Vec<(u32, u64, u64)>> {
        let mut parts = Vec::new();
        for (task, span) in self.tasks.iter().enumerate() {
            let core = u32::from(span.core?);
            let first = parts.len();
            for (_, phase, from, to) in self.phases(task) {
                if phase.keeps_core_busy() {
                    parts.push((core, from, to));
                } else if parts.len() > first && from < span.finished && to - from > KEEPS_CORE_NANOS {
                    return None;
                }
            }
        }
        parts.sort_unstable();
        Some(parts)
    }

    fn step_phases(&self, task: usize) -> impl Iterator<Item = (usize, Phase, u64, u64)> + '_ {
        let per_task: usize = self.steps.iter().map(|step| step.inner_timestamps()).sum();
        let steps = self.steps_of(task);
        let before: usize = self.steps[..steps.start].iter().map(|step| step.inner_timestamps()).sum();
        let mut rest = self.inner_timestamps.get(task * per_task + before..(task + 1) * per_task).unwrap_or_default();
        steps.clone().zip(&self.steps[steps]).zip(self.step_intervals(task)).flat_map(
            move |((step_index, step), (from, to))| {
                let (own, others) = rest.split_at_checked(step.inner_timestamps()).unwrap_or((&[], rest));
                rest = others;
                let to = to.max(from);
                // A timestamp of 0 was never taken: the step was skipped.
                let timestamp = move |at: usize| own.get(at).map_or(from, |timestamp| (*timestamp).clamp(from, to));
                let last = step.phases().len().saturating_sub(1);
                // Phase i ends at timestamp i. Releasing a lock may take a while, and belongs to no phase.
                let end = move |index: usize| {
                    if index == last && (own.is_empty() || index >= own.len()) { to } else { timestamp(index) }
                };
                let phases = step.phases().iter().enumerate().map(move |(index, phase)| (*phase, end(index)));
                let mut from = from;
                phases.map(move |(phase, to)| {
                    let interval = (step_index, phase, from, to.max(from));
                    from = interval.3;
                    interval
                })
            },
        )
    }

    /// Returns the nanoseconds that a task spent in one kind of phase.
    #[must_use]
    pub fn nanos_in(&self, task: usize, wanted: Phase) -> u64 {
        self.phases(task).filter(|(_, phase, _, _)| *phase == wanted).map(|(_, _, from, to)| to - from).sum()
    }
}

/// Spans in memory or in the session's spool file. Cheap to clone.
#[derive(Debug, Clone)]
pub enum SpanStore {
    /// In memory.
    Memory(Arc<Spans>),
    /// In a temporary file, to be read off the UI thread.
    Spooled(Arc<dyn SpooledSpans>),
}

/// Access to spans that were written to disk.
pub trait SpooledSpans: std::fmt::Debug + Send + Sync {
    /// Reads the spans. Blocks.
    ///
    /// # Errors
    /// The operating system's error.
    fn load(&self) -> std::io::Result<Spans>;
}

impl SpanStore {
    /// Returns the spans, from memory or disk. May block.
    ///
    /// # Errors
    /// The operating system's error if the spool file can't be read.
    pub fn load(&self) -> std::io::Result<Arc<Spans>> {
        match self {
            Self::Memory(spans) => Ok(Arc::clone(spans)),
            Self::Spooled(spooled) => spooled.load().map(Arc::new),
        }
    }

    /// Returns the spans if they are in memory.
    #[must_use]
    pub const fn in_memory(&self) -> Option<&Arc<Spans>> {
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
    fn waiting_for_a_lock_and_holding_it_are_different_phases() {
        let critical = PlanStep::critical(Lock::Mutex, 1, SectionWork::Compute);
        let span = |started, finished| Span { submitted: 0, started, finished, worker: 0, core: None };
        let spans = Spans {
            tasks: vec![span(0, 30), span(0, 50)],
            step_ends: vec![10, 10],
            inner_timestamps: vec![10, 30, 30, 50],
            steps: vec![PlanStep::Wait, critical],
            ..Spans::default()
        };
        let phases = |task| spans.phases(task).collect::<Vec<_>>();
        assert_eq!(phases(0), [(0, Phase::Wait, 0, 10), (1, Phase::Compute, 10, 30)]);
        assert_eq!(phases(1), [(0, Phase::Wait, 0, 10), (1, Phase::LockWait, 10, 30), (1, Phase::Compute, 30, 50)]);
        assert_eq!((spans.nanos_in(1, Phase::LockWait), spans.nanos_in(0, Phase::LockWait)), (20, 0));
    }

    #[test]
    fn a_payload_is_read_before_the_steps_and_transferred_before_and_after_the_task() {
        let mut spans = Spans {
            tasks: vec![Span { submitted: 0, started: 10, finished: 40, worker: 0, core: None }],
            step_ends: vec![20],
            steps: vec![PlanStep::Wait; 2],
            handovers: vec![Handover { sent: Some(4), read: 15, worked: 30, received: Some(47) }],
            ..Spans::default()
        };
        let phases = |spans: &Spans| spans.phases(0).collect::<Vec<_>>();
        let steps = [(0, Phase::Wait, 15, 20), (1, Phase::Wait, 20, 30)];
        let expected = [
            vec![(NO_STEP, Phase::Transfer, 4, 10), (NO_STEP, Phase::Payload, 10, 15)],
            steps.to_vec(),
            vec![(NO_STEP, Phase::Payload, 30, 40), (NO_STEP, Phase::Transfer, 40, 47)],
        ];
        assert_eq!(phases(&spans), expected.concat());
        assert_eq!((spans.queue_nanos(0), spans.latency_nanos(0)), (4, 47));
        assert_eq!(spans.transfer_nanos(0), (Some(6), Some(7)));
        spans.handovers[0] = Handover { sent: None, received: None, ..spans.handovers[0] };
        assert_eq!(phases(&spans).len(), 4);
        assert_eq!((spans.queue_nanos(0), spans.latency_nanos(0), spans.transfer_nanos(0)), (10, 40, (None, None)));
        spans.handovers.clear();
        assert_eq!(phases(&spans), [(0, Phase::Wait, 10, 20), (1, Phase::Wait, 20, 40)]);
    }

    #[test]
    fn two_locks_are_waited_for_one_after_the_other() {
        let spans = Spans {
            tasks: vec![Span { submitted: 0, started: 5, finished: 40, worker: 0, core: None }],
            inner_timestamps: vec![7, 20, 40],
            steps: vec![PlanStep::TwoLocks(LockOrder::Same)],
            ..Spans::default()
        };
        let phases: Vec<_> = spans.phases(0).map(|(_, phase, from, to)| (phase, from, to)).collect();
        assert_eq!(phases, [(Phase::LockWait, 5, 7), (Phase::Wait, 7, 20), (Phase::LockWait, 20, 40)]);
    }
}
