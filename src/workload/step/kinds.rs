//! The step table: every kind of step, defined once. A new kind needs a variant of [`Step`] and of
//! [`PlanStep`], an entry here, and the code that performs it. Entries for what tasks share are in `sharing`.

use super::access::{access, choices, of};
use super::describe;
use super::options::MemoryAccess;
use super::own_code::{CALL, COMMAND};
use super::phase::Phase;
use super::sharing::{CRITICAL, INCREMENT, SHARED, TWO_LOCKS};
use super::table::{Amount, Capability, Condition, Key, NEW_MS, Need, StepKind, Unit, ValueType};
use super::{MOST_FILE_BYTES, MOST_HTTP_BYTES, MOST_MEMORY_MIB, PlanStep, Step};
use crate::units::milliseconds;
use crate::workload::Kernel;

macro_rules! kinds {
    ($($variant:ident $(| $plan:ident)? => $kind:ident),+ $(,)?) => {
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
                    $(Self::$variant { .. } $(| Self::$plan)? => &$kind,)+
                }
            }
        }
    };
}

kinds! {
    Compute => COMPUTE,
    Wait | BlockingWait => WAIT,
    Http => HTTP,
    File => FILE,
    Memory | MemoryRandom => MEMORY,
    Critical => CRITICAL,
    Increment => INCREMENT,
    TwoLocks => TWO_LOCKS,
    Shared => SHARED,
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
    keys: &[
        Key {
            name: "ms",
            label: "Duration",
            what: "its duration in milliseconds",
            help: "Nominal duration on an idle core",
            value: ValueType::Milliseconds,
            required: true,
            condition: None,
            access: access!(Wait.ms),
        },
        Key {
            name: "blocking",
            label: "Blocks the loop",
            what: "whether it blocks the loop",
            help: "Sleeps in the thread of the event loop, as time.sleep does in a coroutine: nothing else on the loop goes on meanwhile. In threads and processes it is the same as any other wait",
            value: ValueType::Flag,
            required: false,
            condition: None,
            access: access!(Wait.blocking),
        },
    ],
    new: || Step::wait(NEW_MS),
    describe: of!(Step::Wait { ms, blocking } => describe::wait(*ms, *blocking)),
    amount: of!(Step::Wait { ms, .. } => Amount::Waiting { ms: *ms }),
    plan: of!(Step::Wait { blocking, .. } => if *blocking { PlanStep::BlockingWait } else { PlanStep::Wait }),
    permits: |_| None,
    inner_timestamps: 0,
    phases: |_| &[Phase::Wait],
    awaits: |step| matches!(step, PlanStep::Wait),
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
        Key {
            name: "keep_alive",
            label: "Keep connections",
            what: "whether connections are kept",
            help: "Uses a connection again for later requests; otherwise each request opens a connection and closes it",
            value: ValueType::Flag,
            required: false,
            condition: None,
            access: access!(Http.keep_alive),
        },
    ],
    new: || Step::http(NEW_MS, 10_000),
    describe: of!(Step::Http { latency_ms, bytes, keep_alive } => describe::http(*latency_ms, *bytes, *keep_alive)),
    amount: of!(Step::Http { latency_ms, .. } => Amount::Waiting { ms: *latency_ms }),
    plan: of!(Step::Http { bytes, keep_alive, .. } => PlanStep::Http { bytes: *bytes, keep_alive: *keep_alive }),
    permits: |_| None,
    inner_timestamps: 0,
    phases: |_| &[Phase::Http],
    awaits: |_| true,
    needs: &[],
};

static FILE: StepKind = StepKind {
    name: "file",
    title: "file",
    help: "Writes a file of its own and reads it back, or reads one that exists.",
    keys: &[
        Key {
            name: "bytes",
            label: "File size",
            what: "the length of the file",
            help: "Length of the file of each task, up to 1 GiB",
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
            condition: Some(Condition {
                holds: |step| matches!(step, Step::File { read_only: false, .. }),
                otherwise: "a file that is only read has nothing to flush",
            }),
            access: access!(File.sync),
        },
        Key {
            name: "read_only",
            label: "Only read",
            what: "whether the file is only read",
            help: "Reads a file that was written before the clock; it is then in the page cache, as far as memory has room for it",
            value: ValueType::Flag,
            required: false,
            condition: None,
            access: access!(File.read_only),
        },
    ],
    new: || Step::file(1_000_000, false),
    describe: of!(Step::File { bytes, sync, read_only } => describe::file(*bytes, *sync, *read_only)),
    amount: of!(Step::File { bytes, .. } => Amount::Untimed(*bytes)),
    plan: of!(Step::File { sync, read_only, .. } => PlanStep::File { sync: *sync, read_only: *read_only }),
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
    keys: &[
        Key {
            name: "mib",
            label: "Memory read",
            what: "how many MiB to read",
            help: "How much memory each task reads through, in MiB; no cache holds it",
            value: ValueType::Whole { least: 1, most: MOST_MEMORY_MIB as u64, unit: Unit::Mib },
            required: true,
            condition: None,
            access: access!(Memory.mib),
        },
        Key {
            name: "access",
            label: "Access",
            what: "the order of the reads",
            help: "sequential: from one address to the next, which the core fetches ahead; random: 64 bytes here and 64 bytes there, and each address follows from what was read before, so that nothing can be fetched ahead",
            value: choices!(MemoryAccess),
            required: false,
            condition: None,
            access: access!(Memory.access),
        },
    ],
    new: || Step::memory(64),
    describe: of!(Step::Memory { mib, access } => describe::memory(*mib, *access)),
    amount: of!(Step::Memory { mib, .. } => Amount::Untimed(u64::from(*mib) << 20)),
    plan: of!(Step::Memory { access, .. } => match access {
        MemoryAccess::Sequential => PlanStep::Memory,
        MemoryAccess::Random => PlanStep::MemoryRandom,
    }),
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
