//! State of the tasks that repeat in one pass: their stop, and how often each was done. The stop is one flag, read between
//! two repetitions; nothing here takes a lock while the clock runs. One repetition is in `repetition`.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, OnceLock, PoisonError};
use std::thread::{self, Thread};

use crate::clock::StampClock;

/// State of all tasks of one pass that repeat.
#[derive(Debug)]
pub struct Repeats {
    stop: AtomicBool,
    /// Tasks of the other classes that are not done.
    tasks_left: AtomicU32,
    /// Tick at which the last of them was done; 0 before.
    last_done: AtomicU64,
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
            last_done: AtomicU64::new(0),
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
        self.last_done.store(0, Ordering::Relaxed);
        for count in &self.completed {
            count.store(0, Ordering::Relaxed);
        }
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = self.completed.len() as u32;
    }

    /// Counts a task of a class that does not repeat. The last one stops the repeaters and wakes the waiter.
    #[inline]
    pub fn task_done(&self, clock: StampClock) {
        if self.tasks_left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.last_done.store(clock.now(), Ordering::Release);
            self.stop();
            if let Some(waiter) = self.waiter.get() {
                waiter.unpark();
            }
        }
    }

    /// Returns the tick at which the last task was done that does not repeat; `None` if the model does not count them. An
    /// event loop that is busy with repetitions looks late at who awaits the tasks.
    pub fn last_done(&self) -> Option<u64> {
        Some(self.last_done.load(Ordering::Acquire)).filter(|tick| *tick > 0)
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

    /// Counts a repetition that has ended before the stop, and is the `count`th of its repeater.
    pub fn completed_one(&self, repeater: u32, count: u64) {
        self.completed[repeater as usize].store(count, Ordering::Relaxed);
    }

    /// Counts a repeater that has ended.
    pub fn one_ended(&self) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        *running = running.saturating_sub(1);
        if *running == 0 {
            self.ended.notify_all();
        }
    }
}
