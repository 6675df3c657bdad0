//! The tasks of a workload as lists of operations on cores, loops and locks. Does not schedule them.

use std::ops::Range;

use crate::workload::{
    Amount, Calibration, Calibrations, Kernel, LockAccess, Plan, PlanStep, SectionWork, Step, Workload,
};

/// Nanoseconds of a step without a duration of its own beside no timed step.
const UNTIMED_NANOS: u64 = 1_000_000;
/// Requests of a lock that lets in any number of readers.
const ALL: u32 = 1 << 30;

/// One thing that a task does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    /// Computes on a core.
    Compute(u64),
    /// Waits without a core.
    Wait(u64),
    /// Waits, and holds the thread of its event loop.
    Block(u64),
    /// Takes a part of a lock.
    Acquire {
        /// Index of the lock.
        lock: usize,
        /// Number of its parts.
        parts: u32,
    },
    /// Gives it back.
    Release {
        /// Index of the lock.
        lock: usize,
        /// Number of its parts.
        parts: u32,
    },
}

/// An operation, and the step that it belongs to.
#[derive(Debug, Clone, Copy)]
pub(super) struct OfStep {
    pub(super) step: usize,
    pub(super) operation: Operation,
}

/// All operations of all tasks.
#[derive(Debug, Clone)]
pub(super) struct Operations {
    pub(super) plan: Plan,
    pub(super) tasks: u32,
    all: Vec<OfStep>,
    /// Index of the first operation of each task, and the number of operations at the end.
    firsts: Vec<usize>,
    /// Parts of each lock.
    pub(super) locks: Vec<u32>,
    /// Timestamps that each task takes inside its steps, before each step.
    pub(super) inner_before: Vec<usize>,
}

impl Operations {
    /// Returns the operations of a workload.
    pub(super) fn of(workload: &Workload) -> Self {
        let plan = nominal_plan(workload);
        let tasks = plan.tasks;
        let mut inner_before = vec![0];
        for step in &plan.steps {
            inner_before.push(inner_before[inner_before.len() - 1] + step.inner_timestamps());
        }
        // Equal steps of several classes share their locks.
        let shared = plan.shared_steps();
        let mut first_lock = vec![0; plan.steps.len()];
        let mut locks = Vec::new();
        for (index, step) in plan.steps.iter().enumerate() {
            first_lock[index] = if shared[index] == index { locks.len() } else { first_lock[shared[index]] };
            if shared[index] == index {
                locks.extend(parts_of(step));
            }
        }
        let mut operations = Self { tasks, all: Vec::new(), firsts: vec![0], locks, inner_before, plan };
        let untimed = longest_untimed(workload);
        for task in 0..tasks {
            for step in operations.plan.steps_of(task) {
                operations.push(task, step, first_lock[step], untimed);
            }
            operations.firsts.push(operations.all.len());
        }
        operations
    }

    /// Returns the indices of the operations of a task.
    pub(super) fn range(&self, task: u32) -> Range<usize> {
        self.firsts[task as usize]..self.firsts[task as usize + 1]
    }

    /// Returns an operation.
    pub(super) fn get(&self, index: usize) -> OfStep {
        self.all[index]
    }

    /// Returns the number of timestamps that each task takes inside its steps.
    pub(super) fn inner_timestamps(&self) -> usize {
        self.inner_before[self.inner_before.len() - 1]
    }

    fn push(&mut self, task: u32, step: usize, first_lock: usize, untimed: u64) {
        let nanos = self.plan.amount(task, step);
        let mut add = |operation| self.all.push(OfStep { step, operation });
        match &self.plan.steps[step] {
            PlanStep::Compute(_) | PlanStep::Wait | PlanStep::BlockingWait if nanos == 0 => {}
            PlanStep::Compute(_) => add(Operation::Compute(nanos)),
            PlanStep::Wait | PlanStep::Http { .. } => add(Operation::Wait(nanos)),
            PlanStep::BlockingWait => add(Operation::Block(nanos)),
            one @ PlanStep::Critical { holds, locks, .. } => {
                let lock = first_lock + (task % (*locks).max(1)) as usize;
                let parts = if one.access() == LockAccess::Write && is_rwlock(one) { ALL } else { 1 };
                add(Operation::Acquire { lock, parts });
                match holds {
                    SectionWork::Compute if nanos > 0 => add(Operation::Compute(nanos)),
                    SectionWork::Wait if nanos > 0 => add(Operation::Wait(nanos)),
                    SectionWork::Compute | SectionWork::Wait => {}
                }
                add(Operation::Release { lock, parts });
            }
            // Both locks are taken at once: a circle of waiting can't close.
            PlanStep::TwoLocks(_) => {
                let (lock, parts) = (first_lock, 1);
                add(Operation::Acquire { lock, parts });
                add(Operation::Wait(nanos.max(1)));
                add(Operation::Release { lock, parts });
            }
            PlanStep::File { .. }
            | PlanStep::Memory
            | PlanStep::MemoryRandom
            | PlanStep::Increment(_)
            | PlanStep::Shared(_)
            | PlanStep::Call
            | PlanStep::Command => add(Operation::Wait(untimed)),
        }
    }
}

fn is_rwlock(step: &PlanStep) -> bool {
    matches!(step, PlanStep::Critical { lock: crate::workload::Lock::Rwlock, .. })
}

/// Returns the parts of each lock of a step.
fn parts_of(step: &PlanStep) -> Vec<u32> {
    match step {
        PlanStep::Critical { locks, .. } if is_rwlock(step) => vec![ALL; (*locks).max(1) as usize],
        PlanStep::Critical { permits, locks, .. } => vec![(*permits).max(1); (*locks).max(1) as usize],
        PlanStep::TwoLocks(_) => vec![1],
        _ => Vec::new(),
    }
}

/// Returns the plan of a host on which a unit of each kernel takes a nanosecond: its amounts are nanoseconds.
fn nominal_plan(workload: &Workload) -> Plan {
    let unit = |kernel: &Kernel| Calibration { kernel: *kernel, nanos_per_unit: 1.0, wall_over_cpu: 1.0 };
    let calibrations = Calibrations::from(Kernel::ALL.iter().map(unit).collect::<Vec<_>>());
    workload.expand(&calibrations).unwrap_or_else(|_| Plan {
        tasks: 0,
        seed: workload.seed,
        steps: Vec::new(),
        amounts: crate::workload::Amounts::default(),
        classes: Box::default(),
        payload: None,
    })
}

/// Returns the length with which steps without a duration are drawn.
fn longest_untimed(workload: &Workload) -> u64 {
    let timed = |step: &Step| match step.amount() {
        Amount::Computing { ms, .. } | Amount::Waiting { ms } => Some((ms * 1e6) as u64),
        Amount::Untimed(_) => None,
    };
    workload.steps().iter().filter_map(timed).max().unwrap_or(0).max(UNTIMED_NANOS)
}
