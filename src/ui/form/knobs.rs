//! What can be set of one step: which fields each kind has, their names and tips, and the controls.
//! The same fields stand in the main form for the step that a workload is about, and in the list
//! of steps for every step.

use eframe::egui::{Response, Ui};

use super::fields::{self, Number};
use crate::lab::typed::Quantity;
use crate::lab::words;
use crate::units;
use crate::workload::{
    Holds, Kernel, LONGEST_STEP_MS, Lock, LockOrder, MOST_FILE_BYTES, MOST_HTTP_BYTES, MOST_INCREMENTS,
    MOST_MEMORY_MIB, MOST_TASKS, Protection, Step,
};

/// One thing that can be set of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Knob {
    Duration,
    Latency,
    Inside,
    Between,
    Kernel,
    Body,
    FileSize,
    Flush,
    Memory,
    Lock,
    Permits,
    Holds,
    Increments,
    Protection,
    LockOrder,
}

impl Knob {
    /// Its label in the main form.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Duration => "Duration",
            Self::Latency => "Latency",
            Self::Inside => "Time inside",
            Self::Between => "Between locks",
            Self::Kernel => "Kind of computing",
            Self::Body => "Body",
            Self::FileSize => "File size",
            Self::Flush => "Flush (fsync)",
            Self::Memory => "Memory read",
            Self::Lock => "Lock",
            Self::Permits => "Permits",
            Self::Holds => "Inside",
            Self::Increments => "Increments",
            Self::Protection => "Protection",
            Self::LockOrder => "Lock order",
        }
    }

    /// What it is, for the hover text.
    pub const fn tip(self) -> &'static str {
        match self {
            Self::Duration => "Milliseconds on an idle core; type a unit, as in 20 us or 2 s",
            Self::Latency => "How long the server on this machine waits before it answers; type a unit, as in 2 s",
            Self::Inside => "How long a task stays in the section that the lock guards; type a unit, as in 20 us",
            Self::Between => "How long a task holds its first lock before it asks for the second",
            Self::Kernel => "What the step computes",
            Self::Body => "Length of each response, 0 B to 100 MiB; type a unit, as in 10 kB",
            Self::FileSize => {
                "Length of the file that each task writes and reads back, up to 1 GiB; type a unit, as in 1 MB"
            }
            Self::Flush => "Asks the system to bring the file to the storage (fsync) before it is read back",
            Self::Memory => "How much memory each task reads through, in MiB; no cache holds it",
            Self::Lock => "What guards the section that all tasks share",
            Self::Permits => "How many tasks may be inside at once; a mutex lets in one",
            Self::Holds => "What a task does while it is inside: compute on its core, or wait as for a device",
            Self::Increments => "How often each task adds 1 to the shared counter",
            Self::Protection => "What keeps the increments of several threads apart: with none of it, updates get lost",
            Self::LockOrder => {
                "opposite: every other task takes the two locks the other way round, so that two can wait for each other for ever"
            }
        }
    }

    /// True for the length of a timed step.
    pub const fn is_duration(self) -> bool {
        matches!(self, Self::Duration | Self::Latency | Self::Inside | Self::Between)
    }
}

/// What a step has, most important first.
pub const fn knobs(step: &Step) -> &'static [Knob] {
    match step {
        Step::Compute { .. } => &[Knob::Duration, Knob::Kernel],
        Step::Wait { .. } => &[Knob::Duration],
        Step::Http { .. } => &[Knob::Latency, Knob::Body],
        Step::File { .. } => &[Knob::FileSize, Knob::Flush],
        Step::Memory { .. } => &[Knob::Memory],
        // A mutex lets in one: there is nothing to set.
        Step::Critical { lock: Lock::Mutex, .. } => &[Knob::Inside, Knob::Lock, Knob::Holds],
        Step::Critical { .. } => &[Knob::Inside, Knob::Lock, Knob::Permits, Knob::Holds],
        Step::Increment { .. } => &[Knob::Increments, Knob::Protection],
        Step::TwoLocks { .. } => &[Knob::Between, Knob::LockOrder],
    }
}

/// The control of one knob, and the step as it became where it was changed.
pub fn control(ui: &mut Ui, knob: Knob, step: &Step, name: &str) -> (Option<Step>, Response) {
    let mut new = step.clone();
    let (changed, response) = match &mut new {
        Step::Compute { kernel, .. } if knob == Knob::Kernel => {
            let (picked, response) =
                fields::choice(ui, name, *kernel, &Kernel::ALL, |one| words::kernel(one).to_owned());
            (put(picked, kernel), response)
        }
        Step::Http { bytes, .. } if knob == Knob::Body => size(ui, bytes, MOST_HTTP_BYTES),
        Step::File { bytes, .. } if knob == Knob::FileSize => size(ui, bytes, MOST_FILE_BYTES),
        Step::File { sync, .. } => {
            let (ticked, response) = fields::tick(ui, *sync, name);
            (put(ticked, sync), response)
        }
        Step::Memory { mib } => {
            let number = whole((*mib).into(), 1, MOST_MEMORY_MIB.into());
            let told = |value: f64| format!("{} MiB", units::count(value as u64));
            let (typed, response) = number.show(ui, Quantity::Mib, told);
            (put(typed.map(|value| value.round() as u32), mib), response)
        }
        Step::Critical { lock, .. } if knob == Knob::Lock => {
            let told = |one: Lock| if one == Lock::Condvar { "condition variable" } else { one.name() }.to_owned();
            let (picked, response) = fields::choice(ui, name, *lock, &Lock::ALL, told);
            (put(picked, lock), response)
        }
        Step::Critical { permits, .. } if knob == Knob::Permits => {
            let number = whole((*permits).into(), 1, MOST_TASKS.into());
            let (typed, response) = number.show(ui, Quantity::Count, |value| units::count(value as u64));
            (put(typed.map(|value| value.round() as u32), permits), response)
        }
        Step::Critical { holds, .. } if knob == Knob::Holds => {
            let told = |one: Holds| if one == Holds::Compute { "computes" } else { "waits" }.to_owned();
            let (picked, response) = fields::choice(ui, name, *holds, &Holds::ALL, told);
            (put(picked, holds), response)
        }
        Step::Increment { count, .. } if knob == Knob::Increments => {
            let number = whole(*count, 1, MOST_INCREMENTS);
            let (typed, response) = number.show(ui, Quantity::Count, |value| units::count(value as u64));
            (put(typed.map(|value| value.round() as u64), count), response)
        }
        Step::Increment { protection, .. } => {
            let told = |one: Protection| words::protection(one).to_owned();
            let (picked, response) = fields::choice(ui, name, *protection, &Protection::ALL, told);
            (put(picked, protection), response)
        }
        Step::TwoLocks { order, .. } if knob == Knob::LockOrder => {
            let (picked, response) = fields::choice(ui, name, *order, &LockOrder::ALL, |one| one.name().to_owned());
            (put(picked, order), response)
        }
        timed => {
            let number = Number { value: timed.ms().unwrap_or(0.0), range: 0.0..=LONGEST_STEP_MS, logarithmic: true };
            let (typed, response) = number.show(ui, Quantity::Milliseconds, fields::milliseconds);
            if let Some(ms) = typed {
                timed.set_ms(ms);
            }
            (typed.is_some(), response)
        }
    };
    (changed.then_some(new), response)
}

/// Puts what was picked in its place; true where something was.
fn put<T>(picked: Option<T>, place: &mut T) -> bool {
    picked.map(|value| *place = value).is_some()
}

fn whole(value: u64, least: u64, most: u64) -> Number {
    Number { value: value as f64, range: least as f64..=most as f64, logarithmic: true }
}

fn size(ui: &mut Ui, bytes: &mut u64, most: u64) -> (bool, Response) {
    let told = |value: f64| words::bytes(value.round() as u64);
    let (typed, response) = whole(*bytes, 0, most).show(ui, Quantity::Bytes, told);
    (put(typed.map(|value| value.round() as u64), bytes), response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_knobs_and_no_name_stands_for_two() {
        let mut names = Vec::new();
        for kind in Step::KINDS {
            let mut step = Step::of_kind(kind, 1.0).expect("a kind");
            if let Step::Critical { lock, .. } = &mut step {
                *lock = Lock::Semaphore;
            }
            assert!(!knobs(&step).is_empty(), "{kind}");
            assert_eq!(knobs(&step).iter().any(|knob| knob.is_duration()), step.ms().is_some(), "{kind}");
            names.extend(knobs(&step).iter().filter(|knob| **knob != Knob::Duration).map(|knob| knob.name()));
        }
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all, "{names:?}");
    }
}
