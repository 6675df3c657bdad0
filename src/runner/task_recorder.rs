//! The record of one pass: one preallocated, pre-touched slot per task. Stamping a slot takes no lock, no allocation
//! and no I/O. Running the tasks is in `run_task`.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use super::heartbeat::Heartbeat;
use super::payload::{Data, Payloads};
use super::repeats::Repeats;
use super::reply_writer::ReplyWriter;
use super::resources::{PAYLOAD_STAMPS, Record, TaskResources, mix_in};
use crate::clock::{Scale, StampClock};
use crate::failure::Failure;
use crate::protocol::Reply;
use crate::trial::{Handover, Span, SpanClasses, Spans};
use crate::usage;
use crate::workload::kernel::checksum_part;
use crate::workload::{Awaiting, Plan};

/// Record of one task. One worker runs the task: relaxed stores, as cheap as plain ones, are enough, because the end
/// of the pass orders them before any read.
#[derive(Debug, Default)]
struct Slot {
    submitted: AtomicU64,
    started: AtomicU64,
    finished: AtomicU64,
    /// worker << 32 | core + 1 (0 = unknown).
    worker_and_core: AtomicU64,
    /// The task's result.
    state: AtomicU64,
}

/// Record of the payload of one task.
#[derive(Debug, Default)]
struct PayloadSlot {
    /// Start of the transfer of the input to the worker; 0 where there is none.
    sent: AtomicU64,
    /// That the input was read, and that the steps were done.
    inside: [AtomicU64; PAYLOAD_STAMPS],
    /// Arrival of the output at the submitter; 0 where it was handed over by reference.
    received: AtomicU64,
    /// Result of reading the output.
    output: AtomicU64,
}

/// Plan and records of one pass. Leaked once per pass, so that every thread and task may hold it without counting
/// references.
#[derive(Debug)]
pub struct TaskRecorder {
    /// Exact work of every task.
    pub plan: &'static Plan,
    /// Resources of the steps of tasks that run in this process.
    pub resources: &'static TaskResources,
    /// Payloads of the tasks, if they have any.
    pub payloads: Option<&'static Payloads>,
    /// Heartbeat beside the first pass.
    pub heartbeat: Option<&'static Heartbeat>,
    /// Clock of all stamps.
    pub stamp_clock: StampClock,
    /// Limit on tasks in flight for models with a thread, process or async task per task.
    pub in_flight: Option<u32>,
    /// Way in which a model with an event loop awaits its tasks.
    pub awaits: Awaiting,
    replies: &'static ReplyWriter,
    slots: Vec<Slot>,
    step_ends: Vec<AtomicU64>,
    inner_timestamps: Vec<AtomicU64>,
    inner_timestamps_per_task: usize,
    payload_slots: Vec<PayloadSlot>,
    failure: Mutex<Option<Failure>>,
    /// State of the classes that repeat.
    pub repeats: Repeats,
}

/// Writes the stamps of one task while it runs.
pub struct TaskRecord<'a> {
    /// Recorder of the pass.
    pub recorder: &'a TaskRecorder,
    /// Index of the task.
    pub task: u32,
}

impl Record for TaskRecord<'_> {
    #[inline]
    fn step_ended(&mut self, step: usize) {
        self.recorder.step_end(self.task, step);
    }

    #[inline]
    fn stamp_inside_step(&mut self, index: usize) -> u64 {
        let (recorder, now) = (self.recorder, self.recorder.stamp_clock.now());
        recorder.inner_timestamps[self.task as usize * recorder.inner_timestamps_per_task + index].store(now, Relaxed);
        now
    }

    #[inline]
    fn stamp_payload(&mut self, moment: usize) {
        let recorder = self.recorder;
        recorder.payload_slots[self.task as usize].inside[moment].store(recorder.stamp_clock.now(), Relaxed);
    }
}

impl TaskRecorder {
    /// Allocates and touches the slots.
    pub fn new(
        resources: &'static TaskResources,
        stamp_clock: StampClock,
        limits: (Option<u32>, Awaiting),
        heartbeat: Option<&'static Heartbeat>,
        replies: &'static ReplyWriter,
    ) -> &'static Self {
        Self::with_payloads(Self::prepare(resources), resources, stamp_clock, limits, heartbeat, replies)
    }

    /// Makes the payloads of the plan.
    fn prepare(resources: &'static TaskResources) -> Option<&'static Payloads> {
        let payloads = Payloads::prepare(resources.plan.payload?, resources.plan.tasks);
        Some(Box::leak(Box::new(payloads)))
    }

    fn with_payloads(
        payloads: Option<&'static Payloads>,
        resources: &'static TaskResources,
        stamp_clock: StampClock,
        limits: (Option<u32>, Awaiting),
        heartbeat: Option<&'static Heartbeat>,
        replies: &'static ReplyWriter,
    ) -> &'static Self {
        Box::leak(Box::new(Self::with_slots(
            payloads,
            resources.plan.tasks + resources.plan.classes.repeat_records(),
            resources,
            stamp_clock,
            limits,
            heartbeat,
            replies,
        )))
    }

    fn with_slots(
        payloads: Option<&'static Payloads>,
        tasks: u32,
        resources: &'static TaskResources,
        stamp_clock: StampClock,
        (in_flight, awaits): (Option<u32>, Awaiting),
        heartbeat: Option<&'static Heartbeat>,
        replies: &'static ReplyWriter,
    ) -> Self {
        let plan = resources.plan;
        let inner = plan.steps.len().saturating_sub(1);
        let inner_timestamps_per_task = plan.steps.iter().map(|step| step.inner_timestamps()).sum();
        let recorder = Self {
            plan,
            resources,
            payloads,
            heartbeat,
            payload_slots: (0..payloads.map_or(0, |_| tasks)).map(|_| PayloadSlot::default()).collect(),
            inner_timestamps: (0..tasks as usize * inner_timestamps_per_task).map(|_| AtomicU64::new(0)).collect(),
            inner_timestamps_per_task,
            failure: Mutex::default(),
            repeats: Repeats::new(plan.tasks, plan.classes.repeaters()),
            stamp_clock,
            in_flight,
            awaits,
            replies,
            slots: (0..tasks).map(|_| Slot::default()).collect(),
            step_ends: (0..tasks as usize * inner).map(|_| AtomicU64::new(0)).collect(),
        };
        recorder.reset();
        recorder
    }

    /// Creates a recorder of `tasks` tasks on which the cost of recording is measured.
    pub fn scratch(&self, tasks: u32) -> Self {
        Self::with_slots(None, tasks, self.resources, self.stamp_clock, (None, self.awaits), None, self.replies)
    }

    /// Creates a recorder for another pass of the same work.
    pub fn like(&self) -> &'static Self {
        let limits = (self.in_flight, self.awaits);
        Self::with_payloads(self.payloads, self.resources, self.stamp_clock, limits, None, self.replies)
    }

    /// Clears the records for another pass; the stores also touch every page.
    pub fn reset(&self) {
        for slot in &self.slots {
            for field in [&slot.submitted, &slot.started, &slot.finished, &slot.worker_and_core, &slot.state] {
                field.store(0, Relaxed);
            }
        }
        for stamp in self.step_ends.iter().chain(&self.inner_timestamps) {
            stamp.store(0, Relaxed);
        }
        self.repeats.reset(self.tasks());
        for PayloadSlot { sent, inside: [read, worked], received, output } in &self.payload_slots {
            for field in [sent, read, worked, received, output] {
                field.store(0, Relaxed);
            }
        }
    }

    /// Number of tasks, without those of classes that repeat.
    pub const fn tasks(&self) -> u32 {
        self.plan.tasks
    }

    /// Bytes of all records.
    pub fn record_bytes(&self) -> u64 {
        let stamps = self.step_ends.len() + self.inner_timestamps.len();
        let payload = self.payload_slots.len() * size_of::<PayloadSlot>();
        (self.slots.len() * size_of::<Slot>() + payload + stamps * size_of::<AtomicU64>()) as u64
    }

    /// Stamps "submitted"; called just before the task is submitted.
    #[inline]
    pub fn submit(&self, task: u32) {
        self.slots[task as usize].submitted.store(self.stamp_clock.now(), Relaxed);
    }

    /// Returns the stamp of [`Self::submit`].
    pub fn submitted(&self, task: u32) -> u64 {
        self.slots[task as usize].submitted.load(Relaxed)
    }

    /// Sets the stamp of a task that was submitted before.
    pub fn submitted_at(&self, task: u32, stamp: u64) {
        self.slots[task as usize].submitted.store(stamp, Relaxed);
    }

    /// Stamps the end of a step that is not the last.
    #[inline]
    pub fn step_end(&self, task: u32, step: usize) {
        let inner = self.plan.steps.len() - 1;
        self.step_ends[task as usize * inner + step].store(self.stamp_clock.now(), Relaxed);
    }

    /// Stamps "finished" and writes the record of the task.
    #[inline]
    pub fn finish(&self, task: u32, started: u64, worker: u32, state: u64) {
        let finished = self.stamp_clock.now();
        self.record(task, started, finished, worker_and_core(worker, usage::current_core()), state);
    }

    /// Writes a record that another process took with the same clock.
    #[inline]
    pub fn record(&self, task: u32, started: u64, finished: u64, worker_and_core: u64, state: u64) {
        let slot = &self.slots[task as usize];
        slot.started.store(started, Relaxed);
        slot.worker_and_core.store(worker_and_core, Relaxed);
        slot.state.store(state, Relaxed);
        slot.finished.store(finished, Relaxed);
    }

    /// Writes step ends and inner timestamps that another process took.
    pub fn record_steps(&self, task: u32, ends: &[u64], inner_timestamps: &[u64]) {
        for (step, end) in ends.iter().enumerate() {
            self.step_ends[task as usize * ends.len() + step].store(*end, Relaxed);
        }
        for (index, stamp) in inner_timestamps.iter().enumerate() {
            self.inner_timestamps[task as usize * inner_timestamps.len() + index].store(*stamp, Relaxed);
        }
    }

    /// Sets the stamp of the start of the transfer of a task's input to another process.
    pub fn sent(&self, task: u32, stamp: u64) {
        self.payload_slots[task as usize].sent.store(stamp, Relaxed);
    }

    /// Writes stamps of a payload that another process took.
    pub fn record_payload(&self, task: u32, inside: &[u64]) {
        let slot = &self.payload_slots[task as usize];
        for (stamp, nanos) in slot.inside.iter().zip(inside) {
            stamp.store(*nanos, Relaxed);
        }
    }

    /// Stamps that the submitter has received the output of a task from another process.
    pub fn received(&self, task: u32) {
        self.payload_slots[task as usize].received.store(self.stamp_clock.now(), Relaxed);
    }

    /// Reads the output of a task: the submitter's part of the work.
    pub fn take_output(&self, task: u32, output: &Data) {
        self.payload_slots[task as usize].output.store(output.read(), Relaxed);
    }

    /// Receives and reads the outputs of all tasks of a pass; returns at once without a payload.
    pub fn receive_outputs(&self) {
        let Some(payloads) = self.payloads else { return };
        for _ in 0..self.tasks() {
            if let Some((task, output)) = payloads.next_output() {
                self.take_output(task, &output);
            }
        }
    }

    /// Number of timestamps inside the steps of each task.
    pub const fn inner_timestamps_per_task(&self) -> usize {
        self.inner_timestamps_per_task
    }

    /// Records that a step failed, and with it the trial. The first failure counts.
    #[cold]
    pub fn fail(&self, failure: Failure) {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(failure);
    }

    /// Returns the first failure of a step, if any.
    pub fn take_failure(&self) -> Option<Failure> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Estimates the number of finished tasks from at most 1,024 of them, evenly chosen: costs the workers nothing.
    pub fn estimate_done(&self) -> u32 {
        let tasks = self.tasks() as usize;
        let stride = tasks.div_ceil(1024).max(1);
        let (mut seen, mut done) = (0_u64, 0_u64);
        for slot in self.slots.iter().take(tasks).step_by(stride) {
            seen += 1;
            done += u64::from(slot.finished.load(Relaxed) != 0);
        }
        (done * u64::from(self.tasks())).checked_div(seen).unwrap_or(0) as u32
    }

    /// Reports how many threads or processes are alive, in case the next one makes this runner fail.
    pub fn report_alive(&self, alive: u32) {
        self.replies.send(&Reply::Reached { alive });
    }

    /// Returns the first task without a record, if any.
    pub fn first_missing(&self) -> Option<usize> {
        self.slots.iter().take(self.tasks() as usize).position(|slot| slot.finished.load(Relaxed) == 0)
    }

    /// Wrapping sum over the results of all tasks.
    pub fn checksum(&self) -> u64 {
        (0..self.tasks())
            .zip(&self.slots)
            .fold(0, |sum: u64, (task, slot)| sum.wrapping_add(checksum_part(task, self.result(task, slot))))
    }

    /// Returns the result of a task, with that of reading its output.
    fn result(&self, task: u32, slot: &Slot) -> u64 {
        let state = slot.state.load(Relaxed);
        self.payload_slots.get(task as usize).map_or(state, |payload| mix_in(state, payload.output.load(Relaxed)))
    }

    /// Indices of the records with a span: all tasks, and the repetitions that ended within the clock.
    fn recorded(&self, clock_end: u64) -> Vec<usize> {
        let classes = &self.plan.classes;
        let tasks = self.tasks() as usize;
        let kept = classes.recorded_repeats() as usize;
        let ended = |index: &usize| (1..=clock_end).contains(&self.slots[*index].finished.load(Relaxed));
        (0..tasks).chain((tasks..tasks + kept).filter(ended)).collect()
    }

    /// Converts the records to nanoseconds since `clock_start`, a stamp.
    pub fn spans(&self, scale: &Scale, clock_start: u64, clock_end: u64) -> Spans {
        let nanos = |stamp: &AtomicU64| scale.span(clock_start, stamp.load(Relaxed));
        if !self.plan.classes.is_empty() {
            return self.spans_of_classes(scale, clock_start, clock_end);
        }
        Spans {
            tasks: self.slots.iter().map(|slot| slot.span(&nanos)).collect(),
            step_ends: self.step_ends.iter().map(nanos).collect(),
            // A step that was skipped has no stamp; readers take 0 for "at once".
            inner_timestamps: self
                .inner_timestamps
                .iter()
                .map(|stamp| if stamp.load(Relaxed) == 0 { 0 } else { nanos(stamp) })
                .collect(),
            steps: self.plan.steps.clone(),
            gil_waits: Vec::new(),
            beats: Vec::new(),
            classes: SpanClasses::default(),
            handovers: self.handovers(nanos),
            seen: Vec::new(),
        }
    }

    fn spans_of_classes(&self, scale: &Scale, clock_start: u64, clock_end: u64) -> Spans {
        let nanos = |stamp: &AtomicU64| scale.span(clock_start, stamp.load(Relaxed));
        let classes = &self.plan.classes;
        let recorded = self.recorded(clock_end);
        let (ends, inner) = (self.plan.steps.len() - 1, self.inner_timestamps_per_task);
        let rows = |stamps: &[AtomicU64], width: usize| -> Vec<u64> {
            let rows = recorded.iter().flat_map(|index| &stamps[index * width..(index + 1) * width]);
            // A step that was skipped, or belongs to another class, has no stamp.
            rows.map(|stamp| if stamp.load(Relaxed) == 0 { 0 } else { nanos(stamp) }).collect()
        };
        Spans {
            tasks: recorded.iter().map(|index| self.slots[*index].span(&nanos)).collect(),
            step_ends: rows(&self.step_ends, ends),
            inner_timestamps: rows(&self.inner_timestamps, inner),
            steps: self.plan.steps.clone(),
            classes: SpanClasses::of(classes, &recorded, &self.repeats.completed()),
            ..Spans::default()
        }
    }

    fn handovers(&self, nanos: impl Fn(&AtomicU64) -> u64) -> Vec<Handover> {
        let taken = |stamp: &AtomicU64| (stamp.load(Relaxed) != 0).then(|| nanos(stamp));
        let handover = |(slot, payload): (&Slot, &PayloadSlot)| {
            let [read, worked] = &payload.inside;
            Handover {
                sent: taken(&payload.sent).map(|sent| sent.min(nanos(&slot.started))),
                read: nanos(read),
                worked: nanos(worked),
                received: taken(&payload.received).map(|received| received.max(nanos(&slot.finished))),
            }
        };
        self.slots.iter().zip(&self.payload_slots).map(handover).collect()
    }
}

impl Slot {
    fn span(&self, nanos: &impl Fn(&AtomicU64) -> u64) -> Span {
        let worker_and_core = self.worker_and_core.load(Relaxed);
        Span {
            // Never stamped (sequential models): at the start, 0.
            submitted: nanos(&self.submitted),
            started: nanos(&self.started),
            finished: nanos(&self.finished),
            worker: (worker_and_core >> 32) as u32,
            core: (worker_and_core as u32).checked_sub(1).and_then(|core| u16::try_from(core).ok()),
        }
    }
}

/// Packs worker and core into one word.
#[inline]
pub fn worker_and_core(worker: u32, core: Option<u32>) -> u64 {
    (u64::from(worker) << 32) | u64::from(core.map_or(0, |core| core + 1))
}
