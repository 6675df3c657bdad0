//! Tasks of classes that repeat: each is submitted again when it ends, by the model's own means, until the other classes
//! are done. The stop is one flag, read between two repetitions; nothing here takes a lock while the clock runs.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, OnceLock, PoisonError};
use std::thread::{self, Thread};

use super::task_recorder::TaskRecorder;

/// State of all tasks of one pass that repeat.
#[derive(Debug)]
pub struct Repeats {
    stop: AtomicBool,
    /// Tasks of the other classes that are not done.
    tasks_left: AtomicU32,
    /// Thread that waits for those tasks.
    waiter: OnceLock<Thread>,
    /// Repetitions that each repeater has completed before the stop.
    completed: Vec<AtomicU64>,
    /// Repeaters that have not ended.
    running: Mutex<u32>,
    ended: Condvar,
}

impl Repeats {
    /// Creates the state of `repeaters` tasks that will be started beside `tasks` others.
    pub fn new(tasks: u32, repeaters: u32) -> Self {
        Self {
            stop: AtomicBool::new(false),
            tasks_left: AtomicU32::new(tasks),
            waiter: OnceLock::new(),
            completed: (0..repeaters).map(|_| AtomicU64::new(0)).collect(),
            running: Mutex::new(repeaters),
            ended: Condvar::new(),
        }
    }

    /// Prepares another pass of `tasks`.
    pub fn reset(&self, tasks: u32) {
        self.stop.store(false, Ordering::Relaxed);
        self.tasks_left.store(tasks, Ordering::Relaxed);
        for count in &self.completed {
            count.store(0, Ordering::Relaxed);
        }
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = self.completed.len() as u32;
    }

    /// Counts a task of a class that does not repeat; the last one wakes the waiter.
    #[inline]
    pub fn task_done(&self) {
        if self.tasks_left.fetch_sub(1, Ordering::AcqRel) == 1
            && let Some(waiter) = self.waiter.get()
        {
            waiter.unpark();
        }
    }

    /// Ends the wait for the tasks, because one of them failed for good.
    pub fn give_up(&self) {
        self.tasks_left.store(0, Ordering::Release);
        if let Some(waiter) = self.waiter.get() {
            waiter.unpark();
        }
    }

    /// Makes the calling thread the one that waits for the tasks. Called before the first of them starts, by the same
    /// thread in each pass.
    pub fn expect_tasks(&self) {
        let _ = self.waiter.set(thread::current());
    }

    /// Waits until the tasks of the classes that do not repeat are done.
    pub fn wait_for_tasks(&self) {
        while self.tasks_left.load(Ordering::Acquire) > 0 {
            thread::park();
        }
    }

    /// Returns the repetitions that each repeater has completed before the stop.
    pub fn completed(&self) -> Vec<u64> {
        self.completed.iter().map(|count| count.load(Ordering::Relaxed)).collect()
    }

    /// Asks all repeaters to end after their current repetition.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Release);
    }

    /// Returns true after [`Self::stop`].
    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    /// Waits until every repeater has ended.
    pub fn wait(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let _all = self.ended.wait_while(running, |running| *running > 0).unwrap_or_else(PoisonError::into_inner);
    }

    fn one_ended(&self) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        *running = running.saturating_sub(1);
        if *running == 0 {
            self.ended.notify_all();
        }
    }
}

/// One repetition of a task of a class that repeats.
#[derive(Debug, Clone, Copy)]
pub struct Repetition {
    /// Recorder of the pass.
    pub recorder: &'static TaskRecorder,
    /// Class of the task.
    pub class: usize,
    repeater: u32,
    count: u64,
}

impl Repetition {
    /// Returns the first repetition of each task that repeats.
    pub fn all(recorder: &'static TaskRecorder) -> impl Iterator<Item = Self> {
        let classes = &recorder.plan.classes;
        (0..classes.repeaters()).map(move |repeater| Self {
            recorder,
            class: classes.of_repeater(repeater),
            repeater,
            count: 0,
        })
    }

    /// Returns the number of the task among those that repeat.
    pub const fn repeater(self) -> u32 {
        self.repeater
    }

    /// Returns true if its record is kept.
    pub fn is_recorded(self) -> bool {
        self.count < u64::from(self.recorder.plan.classes.recorded_per_repeater())
    }

    /// Returns the index of its record.
    pub fn task(self) -> u32 {
        self.recorder.plan.classes.repetition(self.repeater, self.count)
    }

    /// Counts the repetition, which has ended, and returns the next one; `None` once the other classes are done.
    pub fn next(self) -> Option<Self> {
        let repeats = &self.recorder.repeats;
        if repeats.stopped() {
            repeats.one_ended();
            return None;
        }
        repeats.completed[self.repeater as usize].store(self.count + 1, Ordering::Relaxed);
        Some(Self { count: self.count + 1, ..self })
    }

    /// Ends the repeater, because its next repetition could not be started.
    pub fn abandon(self) {
        self.recorder.repeats.one_ended();
    }
}
