//! The entries of the step table for what tasks share: locks, counters and objects.

use super::access::{access, choices, of};
use super::describe;
use super::options::{Lock, LockAccess, LockOrder, Protection, SectionWork, SharedObject};
use super::phase::Phase;
use super::table::{Amount, Capability, Condition, Key, NEW_MS, Need, StepKind, Unit, ValueType};
use super::{MOST_INCREMENTS, MOST_LOCKS, PlanStep, Step};
use crate::workload::{Kernel, MOST_TASKS};

pub(super) static CRITICAL: StepKind = StepKind {
    name: "critical",
    title: "critical section",
    help: "Enters a section that all tasks share, under a lock.",
    keys: &[
        Key {
            name: "ms",
            label: "Time inside",
            what: "its duration in milliseconds",
            help: "How long a task stays in the section that the lock guards",
            value: ValueType::Milliseconds,
            required: true,
            condition: None,
            access: access!(Critical.ms),
        },
        Key {
            name: "lock",
            label: "Lock",
            what: "the lock",
            help: "What guards the section that all tasks share",
            value: choices!(Lock),
            required: false,
            condition: None,
            access: access!(Critical.lock),
        },
        Key {
            name: "permits",
            label: "Permits",
            what: "the number of permits",
            help: "How many tasks may be inside at once; a mutex lets in one",
            value: ValueType::Whole { least: 1, most: MOST_TASKS as u64, unit: Unit::Count },
            required: false,
            condition: Some(Condition {
                holds: |step| matches!(step, Step::Critical { lock: Lock::Semaphore | Lock::Condvar, .. }),
                otherwise: "a mutex lets in one at a time, and a rwlock one writer or all readers; a semaphore or a condvar lets in more",
            }),
            access: access!(Critical.permits),
        },
        Key {
            name: "access",
            label: "Reads or writes",
            what: "how a task uses the section",
            help: "Readers of a rwlock are inside together; a writer is inside alone",
            value: choices!(LockAccess),
            required: false,
            condition: Some(Condition {
                holds: |step| matches!(step, Step::Critical { lock: Lock::Rwlock, .. }),
                otherwise: "only a rwlock tells readers from writers",
            }),
            access: access!(Critical.access),
        },
        Key {
            name: "locks",
            label: "Locks",
            what: "the number of locks",
            help: "How many locks there are: task i takes lock i modulo this number, so that fewer tasks wait for the same one",
            value: ValueType::Whole { least: 1, most: MOST_LOCKS as u64, unit: Unit::Count },
            required: false,
            condition: None,
            access: access!(Critical.locks),
        },
        Key {
            name: "holds",
            label: "Inside",
            what: "what a task does inside",
            help: "What a task does while it is inside: compute on its core, or wait as for a device",
            value: choices!(SectionWork),
            required: false,
            condition: None,
            access: access!(Critical.holds),
        },
    ],
    new: || Step::critical(NEW_MS, Lock::Mutex, 1, SectionWork::Compute),
    describe: describe::critical,
    amount: of!(Step::Critical { ms, holds, .. } => match holds {
        SectionWork::Compute => Amount::Computing { ms: *ms, kernel: Kernel::Splitmix },
        SectionWork::Wait => Amount::Waiting { ms: *ms },
    }),
    plan: of!(Step::Critical { lock, permits, holds, access, locks, .. } => {
        PlanStep::Critical { lock: *lock, permits: *permits, holds: *holds, access: *access, locks: *locks }
    }),
    permits: of!(Step::Critical { lock, permits, access, locks, .. } => match (lock, access) {
        (Lock::Rwlock, LockAccess::Read) => None,
        _ => Some(permits.saturating_mul(*locks)),
    }),
    inner_timestamps: 2,
    phases: |step| match step {
        PlanStep::Critical { holds: SectionWork::Wait, .. } => &[Phase::LockWait, Phase::Wait],
        _ => &[Phase::LockWait, Phase::Compute],
    },
    awaits: |_| true,
    needs: &[
        Need {
            steps: "critical steps with a rwlock",
            applies: |step| matches!(step, Step::Critical { lock: Lock::Rwlock, .. }),
            capability: Capability::ReadWriteLock,
            reason: "Python's standard library has no lock that tells readers from writers",
        },
        Need {
            steps: "critical steps",
            applies: |_| true,
            capability: Capability::LockAcrossLoops,
            reason: "a lock of asyncio belongs to one event loop, and these tasks run on several",
        },
        Need {
            steps: "critical steps",
            applies: |_| true,
            capability: Capability::LockInCluster,
            reason: "workers of dask may be on other machines, where no lock of this one reaches them",
        },
        Need {
            steps: "critical steps with a condvar",
            applies: |step| matches!(step, Step::Critical { lock: Lock::Condvar, .. }),
            capability: Capability::SharedCondvar,
            reason: "a condition variable lives in the memory of one process, and these tasks run in several",
        },
        Need {
            steps: "critical steps with a semaphore",
            applies: |step| matches!(step, Step::Critical { lock: Lock::Semaphore, .. }),
            capability: Capability::SharedSemaphore,
            reason: "sharing a semaphore between processes needs a named pipe, which this system does not have",
        },
        Need {
            steps: "critical steps",
            applies: |_| true,
            capability: Capability::SharedLock,
            reason: "sub-interpreters have no lock in common in the standard library",
        },
    ],
};

pub(super) static INCREMENT: StepKind = StepKind {
    name: "increment",
    title: "increment",
    help: "Adds 1 to a counter that all tasks share, again and again.",
    keys: &[
        Key {
            name: "count",
            label: "Increments",
            what: "how often to add 1",
            help: "How often each task adds 1 to the shared counter",
            value: ValueType::Whole { least: 1, most: MOST_INCREMENTS, unit: Unit::Count },
            required: true,
            condition: None,
            access: access!(Increment.count),
        },
        Key {
            name: "protection",
            label: "Protection",
            what: "the protection",
            help: "What keeps the increments of several threads apart: with none of it, updates get lost",
            value: choices!(Protection),
            required: false,
            condition: None,
            access: access!(Increment.protection),
        },
    ],
    new: || Step::Increment { count: 1_000_000, protection: Protection::None },
    describe: of!(Step::Increment { count, protection } => describe::increment(*count, *protection)),
    amount: of!(Step::Increment { count, .. } => Amount::Untimed(*count)),
    plan: of!(Step::Increment { protection, .. } => PlanStep::Increment(*protection)),
    permits: |_| None,
    inner_timestamps: 0,
    phases: |_| &[Phase::Compute],
    awaits: |_| false,
    needs: &[
        Need {
            steps: "atomic increments",
            applies: |step| matches!(step, Step::Increment { protection, .. } if protection.is_atomic()),
            capability: Capability::AtomicIntegers,
            reason: "the standard library has no atomic integer",
        },
        Need {
            steps: "padded increments",
            applies: |step| {
                let padded =
                    |one: &Protection| matches!(one, Protection::PerWorkerPadded | Protection::PerWorkerPadded64);
                matches!(step, Step::Increment { protection, .. } if padded(protection))
            },
            capability: Capability::MemoryLayout,
            reason: "a Python program has no say in where its objects lie in memory",
        },
    ],
};

pub(super) static TWO_LOCKS: StepKind = StepKind {
    name: "two-locks",
    title: "two locks",
    help: "Takes one of two locks, waits, takes the other, and releases both.",
    keys: &[
        Key {
            name: "ms",
            label: "Between locks",
            what: "its duration in milliseconds",
            help: "How long a task holds its first lock before it asks for the second",
            value: ValueType::Milliseconds,
            required: true,
            condition: None,
            access: access!(TwoLocks.ms),
        },
        Key {
            name: "order",
            label: "Lock order",
            what: "the order",
            help: "same: all tasks take the same lock first; opposite: every other task takes the other one first, so that two can wait for each other for ever",
            value: choices!(LockOrder),
            required: false,
            condition: None,
            access: access!(TwoLocks.order),
        },
    ],
    new: || Step::TwoLocks { ms: NEW_MS, order: LockOrder::Opposite },
    describe: of!(Step::TwoLocks { ms, order } => describe::two_locks(*ms, *order)),
    amount: of!(Step::TwoLocks { ms, .. } => Amount::Waiting { ms: *ms }),
    plan: of!(Step::TwoLocks { order, .. } => PlanStep::TwoLocks(*order)),
    // A task that holds one of the two locks keeps all others from having both.
    permits: |_| Some(1),
    inner_timestamps: 3,
    phases: |_| &[Phase::LockWait, Phase::Wait, Phase::LockWait, Phase::Wait],
    awaits: |_| true,
    needs: &[Need {
        steps: "two-locks steps",
        applies: |_| true,
        capability: Capability::DeadlockReport,
        reason: "a deadlocked interpreter can't report which task holds which lock; the native models can",
    }],
};

pub(super) static SHARED: StepKind = StepKind {
    name: "shared",
    title: "shared object",
    help: "Uses one Python object that all tasks share, again and again.",
    keys: &[
        Key {
            name: "object",
            label: "Object",
            what: "the object",
            help: "What all tasks use: a bound method that they call, a list that each appends to and pops from, a dictionary with an item that each writes, or a lock that each acquires and releases",
            value: choices!(SharedObject),
            required: false,
            condition: None,
            access: access!(Shared.object),
        },
        Key {
            name: "count",
            label: "Uses",
            what: "how often to use the object",
            help: "How often each task uses the shared object",
            value: ValueType::Whole { least: 1, most: MOST_INCREMENTS, unit: Unit::Count },
            required: true,
            condition: None,
            access: access!(Shared.count),
        },
    ],
    new: || Step::Shared { object: SharedObject::Method, count: 100_000 },
    describe: of!(Step::Shared { object, count } => describe::shared(*object, *count)),
    amount: of!(Step::Shared { count, .. } => Amount::Untimed(*count)),
    plan: of!(Step::Shared { object, .. } => PlanStep::Shared(*object)),
    permits: |_| None,
    inner_timestamps: 0,
    phases: |_| &[Phase::Compute],
    awaits: |_| false,
    needs: &[
        Need {
            steps: "shared steps",
            applies: |_| true,
            capability: Capability::PythonObjects,
            reason: "the step uses objects of an interpreter; increment steps do the like with a native counter",
        },
        Need {
            steps: "shared steps",
            applies: |_| true,
            capability: Capability::SharedObjects,
            reason: "each process or sub-interpreter has objects of its own, so that nothing would be shared",
        },
    ],
};
