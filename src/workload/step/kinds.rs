//! The step table: every kind of step, defined once. A new kind needs a variant of [`Step`] and of
//! [`PlanStep`], an entry here, and the code that performs it.

use super::access::{access, choices, of};
use super::describe;
use super::options::{Lock, LockOrder, Protection, SectionWork};
use super::own_code::{CALL, COMMAND};
use super::phase::Phase;
use super::table::{Amount, Capability, Condition, Key, Need, StepKind, Unit, ValueType};
use super::{MOST_FILE_BYTES, MOST_HTTP_BYTES, MOST_INCREMENTS, MOST_MEMORY_MIB, PlanStep, Step};
use crate::units::{self, milliseconds, size};
use crate::workload::{Kernel, MOST_TASKS};

/// Milliseconds of a new timed step.
const NEW_MS: f64 = 5.0;

macro_rules! kinds {
    ($($variant:ident => $kind:ident),+ $(,)?) => {
        impl Step {
            /// Every kind, in the order shown.
            pub const KINDS: &[&'static StepKind] = &[$(&$kind),+];

            /// Its entry in the step table.
            #[must_use]
            pub const fn kind(&self) -> &'static StepKind {
                match self {
                    $(Self::$variant { .. } => &$kind,)+
                }
            }
        }

        impl PlanStep {
            /// Its entry in the step table.
            #[must_use]
            pub const fn kind(&self) -> &'static StepKind {
                match self {
                    $(Self::$variant { .. } => &$kind,)+
                }
            }
        }
    };
}

kinds! {
    Compute => COMPUTE,
    Wait => WAIT,
    Http => HTTP,
    File => FILE,
    Memory => MEMORY,
    Critical => CRITICAL,
    Increment => INCREMENT,
    TwoLocks => TWO_LOCKS,
    Call => CALL,
    Command => COMMAND,
}

static COMPUTE: StepKind = StepKind {
    name: "compute",
    title: "compute",
    help: "Runs a kernel for as many units as take the given time on one otherwise idle core.",
    keys: &[
        Key {
            name: "ms",
            label: "Duration",
            what: "its duration in milliseconds",
            help: "Nominal duration on an idle core",
            value: ValueType::Milliseconds,
            required: true,
            condition: None,
            access: access!(Compute.ms),
        },
        Key {
            name: "kernel",
            label: "Kind of computing",
            what: "the kernel",
            help: "What the step computes",
            value: choices!(Kernel),
            required: false,
            condition: None,
            access: access!(Compute.kernel),
        },
    ],
    new: || Step::Compute { ms: NEW_MS, kernel: Kernel::Splitmix },
    describe: of!(Step::Compute { ms, .. } => format!("compute {}", milliseconds(*ms))),
    amount: of!(Step::Compute { ms, kernel } => Amount::Computing { ms: *ms, kernel: *kernel }),
    plan: of!(Step::Compute { kernel, .. } => PlanStep::Compute(*kernel)),
    permits: |_| None,
    inner_timestamps: 0,
    phases: |_| &[Phase::Compute],
    awaits: |step| matches!(step, PlanStep::Compute(Kernel::FibAwait)),
    needs: &[],
};

static WAIT: StepKind = StepKind {
    name: "wait",
    title: "wait",
    help: "Waits: a sleep in a thread, a timer in an event loop.",
    keys: &[Key {
        name: "ms",
        label: "Duration",
        what: "its duration in milliseconds",
        help: "Nominal duration on an idle core",
        value: ValueType::Milliseconds,
        required: true,
        condition: None,
        access: access!(Wait.ms),
    }],
    new: || Step::Wait { ms: NEW_MS },
    describe: of!(Step::Wait { ms } => format!("wait {}", milliseconds(*ms))),
    amount: of!(Step::Wait { ms } => Amount::Waiting { ms: *ms }),
    plan: |_| PlanStep::Wait,
    permits: |_| None,
    inner_timestamps: 0,
    phases: |_| &[Phase::Wait],
    awaits: |_| true,
    needs: &[],
};

static HTTP: StepKind = StepKind {
    name: "http",
    title: "HTTP",
    help: "Fetches a body over HTTP from a server on this machine.",
    keys: &[
        Key {
            name: "latency_ms",
            label: "Latency",
            what: "its duration in milliseconds",
            help: "How long the server on this machine waits before it answers",
            value: ValueType::Milliseconds,
            required: true,
            condition: None,
            access: access!(Http.latency_ms),
        },
        Key {
            name: "bytes",
            label: "Body",
            what: "the length of the body",
            help: "Length of each response, up to 100 MiB",
            value: ValueType::Whole { least: 0, most: MOST_HTTP_BYTES, unit: Unit::Bytes },
            required: true,
            condition: None,
            access: access!(Http.bytes),
        },
    ],
    new: || Step::Http { latency_ms: NEW_MS, bytes: 10_000 },
    describe: of!(Step::Http { latency_ms, bytes } => format!("fetch {} after {}", size(*bytes), milliseconds(*latency_ms))),
    amount: of!(Step::Http { latency_ms, .. } => Amount::Waiting { ms: *latency_ms }),
    plan: of!(Step::Http { bytes, .. } => PlanStep::Http { bytes: *bytes }),
    permits: |_| None,
    inner_timestamps: 0,
    phases: |_| &[Phase::Http],
    awaits: |_| true,
    needs: &[],
};

static FILE: StepKind = StepKind {
    name: "file",
    title: "file",
    help: "Writes a file of its own and reads it back.",
    keys: &[
        Key {
            name: "bytes",
            label: "File size",
            what: "the length of the file",
            help: "Length of the file that each task writes and reads back, up to 1 GiB",
            value: ValueType::Whole { least: 0, most: MOST_FILE_BYTES, unit: Unit::Bytes },
            required: true,
            condition: None,
            access: access!(File.bytes),
        },
        Key {
            name: "sync",
            label: "Flush (fsync)",
            what: "the flush",
            help: "Asks the system to bring the file to the storage (fsync) before it is read back",
            value: ValueType::Flag,
            required: false,
            condition: None,
            access: access!(File.sync),
        },
    ],
    new: || Step::File { bytes: 1_000_000, sync: false },
    describe: of!(Step::File { bytes, sync } => describe::file(*bytes, *sync)),
    amount: of!(Step::File { bytes, .. } => Amount::Untimed(*bytes)),
    plan: of!(Step::File { sync, .. } => PlanStep::File { sync: *sync }),
    permits: |_| None,
    inner_timestamps: 0,
    phases: |_| &[Phase::File],
    awaits: |_| true,
    needs: &[],
};

static MEMORY: StepKind = StepKind {
    name: "memory",
    title: "memory",
    help: "Reads through memory that no cache holds.",
    keys: &[Key {
        name: "mib",
        label: "Memory read",
        what: "how many MiB to stream",
        help: "How much memory each task reads through, in MiB; no cache holds it",
        value: ValueType::Whole { least: 1, most: MOST_MEMORY_MIB as u64, unit: Unit::Mib },
        required: true,
        condition: None,
        access: access!(Memory.mib),
    }],
    new: || Step::Memory { mib: 64 },
    describe: of!(Step::Memory { mib } => format!("stream {} MiB of memory", units::count((*mib).into()))),
    amount: of!(Step::Memory { mib } => Amount::Untimed(u64::from(*mib) << 20)),
    plan: |_| PlanStep::Memory,
    permits: |_| None,
    inner_timestamps: 0,
    phases: |_| &[Phase::Compute],
    awaits: |_| false,
    needs: &[
        Need {
            steps: "memory steps",
            applies: |_| true,
            capability: Capability::MemoryStreaming,
            reason: "a loop over memory in Python measures the interpreter and not the memory; the native models stream it",
        },
        Need {
            steps: "memory steps",
            applies: |_| true,
            capability: Capability::LongLivedBuffer,
            reason: "each process would first have to fill a buffer of its own, larger than the cache: that would be measured, not the streaming",
        },
    ],
};

static CRITICAL: StepKind = StepKind {
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
                holds: |step| !matches!(step, Step::Critical { lock: Lock::Mutex, .. }),
                otherwise: "a mutex lets in one at a time; a semaphore or a condvar lets in more",
            }),
            access: access!(Critical.permits),
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
    new: || Step::Critical { ms: NEW_MS, lock: Lock::Mutex, permits: 1, holds: SectionWork::Compute },
    describe: of!(Step::Critical { ms, lock, permits, holds } => describe::critical(*ms, *lock, *permits, *holds)),
    amount: of!(Step::Critical { ms, holds, .. } => match holds {
        SectionWork::Compute => Amount::Computing { ms: *ms, kernel: Kernel::Splitmix },
        SectionWork::Wait => Amount::Waiting { ms: *ms },
    }),
    plan: of!(Step::Critical { lock, permits, holds, .. } => {
        PlanStep::Critical { lock: *lock, permits: *permits, holds: *holds }
    }),
    permits: of!(Step::Critical { permits, .. } => Some(*permits)),
    inner_timestamps: 2,
    phases: |step| match step {
        PlanStep::Critical { holds: SectionWork::Wait, .. } => &[Phase::LockWait, Phase::Wait],
        _ => &[Phase::LockWait, Phase::Compute],
    },
    awaits: |_| true,
    needs: &[
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

static INCREMENT: StepKind = StepKind {
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
            applies: |step| matches!(step, Step::Increment { protection: Protection::PerWorkerPadded, .. }),
            capability: Capability::MemoryLayout,
            reason: "a Python program has no say in where its objects lie in memory",
        },
    ],
};

static TWO_LOCKS: StepKind = StepKind {
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
