//! Tasks of classes that repeat: each is submitted again when it ends, by the model's own means, until the other classes
//! are done.

use super::task_recorder::TaskRecorder;

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
        repeats.completed_one(self.repeater, self.count + 1);
        Some(Self { count: self.count + 1, ..self })
    }

    /// Ends the repeater, because its next repetition could not be started.
    pub fn abandon(self) {
        self.recorder.repeats.one_ended();
    }
}
