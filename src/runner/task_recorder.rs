//! The work of one pass and its record: the plan, and one preallocated, pre-touched slot per
//! task. Stamping a slot takes no lock, no allocation and no I/O.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use std::sync::{Mutex, PoisonError};

use super::heartbeat::Heartbeat;
use super::reply_writer::ReplyWriter;
use super::resources::{Record, TaskResources};
use crate::clock::{Scale, StampClock};
use crate::failure::Failure;
use crate::protocol::Reply;
use crate::trial::{Span, Spans};
use crate::usage;
use crate::workload::Plan;
use crate::workload::kernel::checksum_part;

/// One task's record. Every task is run by one worker: relaxed stores, as cheap as plain ones, are enough,
/// because the end of the pass orders them before any reading.
#[derive(Debug, Default)]
struct Slot {
    submitted: AtomicU64,
    started: AtomicU64,
    finished: AtomicU64,
    /// worker << 32 | core + 1 (0 = unknown).
    place: AtomicU64,
    /// The task's result.
    state: AtomicU64,
}

/// The work of one pass, and where its records go. Leaked once per pass, so that every thread and
/// task may hold it without counting references.
#[derive(Debug)]
pub struct TaskRecorder {
    /// The exact work.
    pub plan: &'static Plan,
    /// What its steps need, for tasks that run in this process.
    pub resources: &'static TaskResources,
    /// Beats beside the first pass.
    pub ticker: Option<&'static Heartbeat>,
    /// What stamps are read from.
    pub ticks: StampClock,
    /// Cap for per-task models.
    pub in_flight: Option<u32>,
    replies: &'static ReplyWriter,
    slots: Vec<Slot>,
    step_ends: Vec<AtomicU64>,
    marks: Vec<AtomicU64>,
    inner_timestamps_per_task: usize,
    failure: Mutex<Option<Failure>>,
}

/// Where the stamps of one task go while it runs.
pub struct TaskRecord<'a> {
    /// The recorder that it belongs to.
    pub recorder: &'a TaskRecorder,
    /// Which.
    pub task: u32,
}

impl Record for TaskRecord<'_> {
    #[inline]
    fn step_ended(&mut self, step: usize) {
        self.recorder.step_end(self.task, step);
    }

    #[inline]
    fn mark(&mut self, mark: usize) {
        let recorder = self.recorder;
        recorder.marks[self.task as usize * recorder.inner_timestamps_per_task + mark]
            .store(recorder.ticks.now(), Relaxed);
    }
}

impl TaskRecorder {
    /// Allocates and touches the slots.
    pub fn new(
        resources: &'static TaskResources,
        ticks: StampClock,
        in_flight: Option<u32>,
        ticker: Option<&'static Heartbeat>,
        replies: &'static ReplyWriter,
    ) -> &'static Self {
        Box::leak(Box::new(Self::with_slots(resources.plan.tasks, resources, ticks, in_flight, ticker, replies)))
    }

    fn with_slots(
        tasks: u32,
        resources: &'static TaskResources,
        ticks: StampClock,
        in_flight: Option<u32>,
        ticker: Option<&'static Heartbeat>,
        replies: &'static ReplyWriter,
    ) -> Self {
        let plan = resources.plan;
        let inner = plan.steps.len().saturating_sub(1);
        let inner_timestamps_per_task = plan.steps.iter().map(|step| step.marks()).sum();
        let recorder = Self {
            plan,
            resources,
            ticker,
            marks: (0..tasks as usize * inner_timestamps_per_task).map(|_| AtomicU64::new(0)).collect(),
            inner_timestamps_per_task,
            failure: Mutex::default(),
            ticks,
            in_flight,
            replies,
            slots: (0..tasks).map(|_| Slot::default()).collect(),
            step_ends: (0..tasks as usize * inner).map(|_| AtomicU64::new(0)).collect(),
        };
        recorder.reset();
        recorder
    }

    /// A record of so many tasks in which nothing is run: what recording costs is measured on it.
    pub fn scratch(&self, tasks: u32) -> Self {
        Self::with_slots(tasks, self.resources, self.ticks, None, None, self.replies)
    }

    /// The same work with a record of its own, for another pass.
    pub fn like(&self) -> &'static Self {
        Self::new(self.resources, self.ticks, self.in_flight, None, self.replies)
    }

    /// Clears the record for another pass; the stores also touch every page.
    pub fn reset(&self) {
        for slot in &self.slots {
            for field in [&slot.submitted, &slot.started, &slot.finished, &slot.place, &slot.state] {
                field.store(0, Relaxed);
            }
        }
        for stamp in self.step_ends.iter().chain(&self.marks) {
            stamp.store(0, Relaxed);
        }
    }

    /// Number of tasks.
    pub const fn tasks(&self) -> u32 {
        self.plan.tasks
    }

    /// Bytes of the record.
    pub fn record_bytes(&self) -> u64 {
        let stamps = self.step_ends.len() + self.marks.len();
        (self.slots.len() * size_of::<Slot>() + stamps * size_of::<AtomicU64>()) as u64
    }

    /// Stamps "submitted": just before the task is handed over.
    #[inline]
    pub fn submit(&self, task: u32) {
        self.slots[task as usize].submitted.store(self.ticks.now(), Relaxed);
    }

    /// Stamps the end of a step that is not the last.
    #[inline]
    pub fn step_end(&self, task: u32, step: usize) {
        let inner = self.plan.steps.len() - 1;
        self.step_ends[task as usize * inner + step].store(self.ticks.now(), Relaxed);
    }

    /// Writes the record of a finished task; the stamp "finished" is taken here.
    #[inline]
    pub fn finish(&self, task: u32, started: u64, worker: u32, state: u64) {
        let finished = self.ticks.now();
        self.record(task, started, finished, place(worker, usage::current_core()), state);
    }

    /// Writes a record that was taken elsewhere, in the same ticks.
    #[inline]
    pub fn record(&self, task: u32, started: u64, finished: u64, place: u64, state: u64) {
        let slot = &self.slots[task as usize];
        slot.started.store(started, Relaxed);
        slot.place.store(place, Relaxed);
        slot.state.store(state, Relaxed);
        slot.finished.store(finished, Relaxed);
    }

    /// Writes step ends and marks that were taken elsewhere.
    pub fn record_steps(&self, task: u32, ends: &[u64], marks: &[u64]) {
        for (step, end) in ends.iter().enumerate() {
            self.step_ends[task as usize * ends.len() + step].store(*end, Relaxed);
        }
        for (place, mark) in marks.iter().enumerate() {
            self.marks[task as usize * marks.len() + place].store(*mark, Relaxed);
        }
    }

    /// Stamps inside the steps of each task.
    pub const fn inner_timestamps_per_task(&self) -> usize {
        self.inner_timestamps_per_task
    }

    /// A step could not be done: the trial has failed. The first reason counts.
    #[cold]
    pub fn fail(&self, failure: Failure) {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(failure);
    }

    /// Why a step could not be done, if one could not.
    pub fn take_failure(&self) -> Option<Failure> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// How many tasks are done, from at most 1,024 of them, evenly chosen: costs the workers nothing.
    pub fn estimate_done(&self) -> u32 {
        let stride = self.slots.len().div_ceil(1024).max(1);
        let (mut seen, mut done) = (0_u64, 0_u64);
        for slot in self.slots.iter().step_by(stride) {
            seen += 1;
            done += u64::from(slot.finished.load(Relaxed) != 0);
        }
        (done * u64::from(self.tasks())).checked_div(seen).unwrap_or(0) as u32
    }

    /// Tells the lab how many threads or processes are alive, in case the next one ends this runner.
    pub fn tell_reached(&self, alive: u32) {
        self.replies.send(&Reply::Reached { alive });
    }

    /// The first task without a record, if any.
    pub fn first_missing(&self) -> Option<usize> {
        self.slots.iter().position(|slot| slot.finished.load(Relaxed) == 0)
    }

    /// Wrapping sum over all tasks.
    pub fn checksum(&self) -> u64 {
        (0..self.tasks())
            .zip(&self.slots)
            .fold(0, |sum: u64, (task, slot)| sum.wrapping_add(checksum_part(task, slot.state.load(Relaxed))))
    }

    /// The record in nanoseconds since `clock_start` (ticks).
    pub fn spans(&self, scale: &Scale, clock_start: u64) -> Spans {
        let nanos = |stamp: &AtomicU64| scale.span(clock_start, stamp.load(Relaxed));
        Spans {
            tasks: self
                .slots
                .iter()
                .map(|slot| {
                    let place = slot.place.load(Relaxed);
                    Span {
                        // Never stamped (sequential models): at the start, 0.
                        submitted: nanos(&slot.submitted),
                        started: nanos(&slot.started),
                        finished: nanos(&slot.finished),
                        worker: (place >> 32) as u32,
                        core: (place as u32).checked_sub(1),
                    }
                })
                .collect(),
            step_ends: self.step_ends.iter().map(nanos).collect(),
            // A step that was left out was never stamped; the reader takes that for "at once".
            marks: self.marks.iter().map(|mark| if mark.load(Relaxed) == 0 { 0 } else { nanos(mark) }).collect(),
            steps: self.plan.steps.clone(),
            gil_waits: Vec::new(),
            beats: Vec::new(),
        }
    }
}

/// Worker and core in one word.
#[inline]
pub fn place(worker: u32, core: Option<u32>) -> u64 {
    (u64::from(worker) << 32) | u64::from(core.map_or(0, |core| core + 1))
}
