//! One thing that a task does: what kinds there are, what belongs to each, and their names in files.

use serde::{Deserialize, Serialize};

use super::Kernel;

/// Largest body of one HTTP response, bytes.
pub const MOST_HTTP_BYTES: u64 = 100 << 20;
/// Largest file of one step, bytes.
pub const MOST_FILE_BYTES: u64 = 1 << 30;
/// Most memory that one step streams, MiB.
pub const MOST_MEMORY_MIB: u32 = 1 << 16;
/// Most increments of one step.
pub const MOST_INCREMENTS: u64 = 1_000_000_000;

/// One thing that a task does.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Step {
    /// Runs a kernel for as many units as take `ms` on one otherwise idle core.
    Compute {
        /// Nominal milliseconds.
        ms: f64,
        /// Which kernel.
        kernel: Kernel,
    },
    /// Waits: a sleep in a thread, a timer in an event loop.
    Wait {
        /// Nominal milliseconds.
        ms: f64,
    },
    /// Fetches a body over HTTP from a server on this machine.
    Http {
        /// Milliseconds that the server lets pass before it answers.
        latency_ms: f64,
        /// Length of the body.
        bytes: u64,
    },
    /// Writes a file of its own and reads it back.
    File {
        /// Length of the file.
        bytes: u64,
        /// Asks the system to bring it to the storage before reading (`fsync`).
        sync: bool,
    },
    /// Reads through memory that no cache holds.
    Memory {
        /// How much, MiB.
        mib: u32,
    },
    /// Enters a section that all tasks share, under a lock.
    Critical {
        /// Nominal milliseconds inside.
        ms: f64,
        /// What guards the section.
        lock: Lock,
        /// How many tasks may be inside at once; 1 for a mutex.
        permits: u32,
        /// What a task does inside.
        holds: Holds,
    },
    /// Adds 1 to a counter that all tasks share, again and again.
    Increment {
        /// How often.
        count: u64,
        /// What keeps the updates of several threads apart.
        protection: Protection,
    },
    /// Takes one of two locks, waits, takes the other, and gives both back.
    TwoLocks {
        /// Nominal milliseconds between the two.
        ms: f64,
        /// Which first.
        order: LockOrder,
    },
}

/// What guards a critical section.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lock {
    /// One task at a time.
    #[default]
    Mutex,
    /// A counter of permits.
    Semaphore,
    /// A count behind a mutex, and a condition variable on which tasks wait for a place to be handed over.
    Condvar,
}

impl Lock {
    /// Every lock, in the order shown.
    pub const ALL: [Self; 3] = [Self::Mutex, Self::Semaphore, Self::Condvar];

    /// The name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mutex => "mutex",
            Self::Semaphore => "semaphore",
            Self::Condvar => "condvar",
        }
    }
}

/// What a task does inside a critical section.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Holds {
    /// Computes with the default kernel.
    #[default]
    Compute,
    /// Waits, as for a device or a connection that only so many may use.
    Wait,
}

impl Holds {
    /// Both, in the order shown.
    pub const ALL: [Self; 2] = [Self::Compute, Self::Wait];

    /// The name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Compute => "compute",
            Self::Wait => "wait",
        }
    }
}

/// What keeps the increments of several threads apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protection {
    /// Nothing: read, add, write back. Two threads may read the same value, and one update is lost.
    #[default]
    None,
    /// Nothing, and a call between reading and writing (`x = int(x) + 1`): where CPython may switch threads.
    NoneCall,
    /// A mutex around each increment.
    Mutex,
    /// One atomic instruction.
    Atomic,
    /// A counter for each worker, side by side in memory, summed up at the end.
    PerWorker,
    /// A counter for each worker, each on cache lines of its own, summed up at the end.
    PerWorkerPadded,
    /// A counter for each worker, side by side in memory, and one atomic instruction.
    PerWorkerAtomic,
    /// A counter for each worker, each on cache lines of its own, and one atomic instruction.
    PerWorkerPaddedAtomic,
}

impl Protection {
    /// All of them, in the order shown.
    pub const ALL: [Self; 8] = [
        Self::None,
        Self::NoneCall,
        Self::Mutex,
        Self::Atomic,
        Self::PerWorker,
        Self::PerWorkerPadded,
        Self::PerWorkerAtomic,
        Self::PerWorkerPaddedAtomic,
    ];

    /// The name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::NoneCall => "none-call",
            Self::Mutex => "mutex",
            Self::Atomic => "atomic",
            Self::PerWorker => "per-worker",
            Self::PerWorkerPadded => "per-worker-padded",
            Self::PerWorkerAtomic => "per-worker-atomic",
            Self::PerWorkerPaddedAtomic => "per-worker-padded-atomic",
        }
    }

    /// True where no update can be lost.
    #[must_use]
    pub const fn is_safe(self) -> bool {
        !matches!(self, Self::None | Self::NoneCall)
    }
}

/// In which order tasks take two locks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LockOrder {
    /// Every other task the other way round: two of them can each hold what the other one needs.
    #[default]
    Opposite,
    /// All tasks the same lock first: nothing can lock up.
    Same,
}

impl LockOrder {
    /// Both, in the order shown.
    pub const ALL: [Self; 2] = [Self::Opposite, Self::Same];

    /// The name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opposite => "opposite",
            Self::Same => "same",
        }
    }

    /// The two locks (0 and 1) in the order in which a task takes them.
    #[must_use]
    pub const fn of_task(self, task: u32) -> [usize; 2] {
        match self {
            Self::Opposite if task % 2 == 1 => [1, 0],
            Self::Opposite | Self::Same => [0, 1],
        }
    }
}

impl Step {
    /// Every kind in files, in the order shown.
    pub const KINDS: [&str; 8] = ["compute", "wait", "http", "file", "memory", "critical", "increment", "two-locks"];

    /// The kind as files name it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Compute { .. } => "compute",
            Self::Wait { .. } => "wait",
            Self::Http { .. } => "http",
            Self::File { .. } => "file",
            Self::Memory { .. } => "memory",
            Self::Critical { .. } => "critical",
            Self::Increment { .. } => "increment",
            Self::TwoLocks { .. } => "two-locks",
        }
    }

    /// A step of a kind with ordinary values, `ms` where it is timed; `None` for a kind that does not exist.
    #[must_use]
    pub fn of_kind(kind: &str, ms: f64) -> Option<Self> {
        Some(match kind {
            "compute" => Self::Compute { ms, kernel: Kernel::default() },
            "wait" => Self::Wait { ms },
            "http" => Self::Http { latency_ms: ms, bytes: 10_000 },
            "file" => Self::File { bytes: 1_000_000, sync: false },
            "memory" => Self::Memory { mib: 64 },
            "critical" => Self::Critical { ms, lock: Lock::default(), permits: 1, holds: Holds::default() },
            "increment" => Self::Increment { count: 1_000_000, protection: Protection::default() },
            "two-locks" => Self::TwoLocks { ms, order: LockOrder::default() },
            _ => return None,
        })
    }

    /// Nominal milliseconds of a timed step; `None` for steps that have no duration of their own.
    #[must_use]
    pub const fn ms(&self) -> Option<f64> {
        match self {
            Self::Compute { ms, .. }
            | Self::Wait { ms }
            | Self::Http { latency_ms: ms, .. }
            | Self::Critical { ms, .. }
            | Self::TwoLocks { ms, .. } => Some(*ms),
            Self::File { .. } | Self::Memory { .. } | Self::Increment { .. } => None,
        }
    }

    /// Sets the nominal milliseconds of a timed step; does nothing to others.
    pub const fn set_ms(&mut self, value: f64) {
        match self {
            Self::Compute { ms, .. }
            | Self::Wait { ms }
            | Self::Http { latency_ms: ms, .. }
            | Self::Critical { ms, .. }
            | Self::TwoLocks { ms, .. } => *ms = value,
            Self::File { .. } | Self::Memory { .. } | Self::Increment { .. } => {}
        }
    }

    /// True where the timed part is computing; false where it is waiting, and for untimed steps.
    #[must_use]
    pub const fn computes(&self) -> bool {
        matches!(self, Self::Compute { .. } | Self::Critical { holds: Holds::Compute, .. })
    }

    /// The kernel that has to be calibrated for it.
    #[must_use]
    pub fn kernel(&self) -> Option<Kernel> {
        match self {
            Self::Compute { ms, kernel } if *ms > 0.0 => Some(*kernel),
            Self::Critical { ms, holds: Holds::Compute, .. } if *ms > 0.0 => Some(Kernel::default()),
            _ => None,
        }
    }

    /// How many tasks may be inside at once, for a step that only so many may be in.
    #[must_use]
    pub const fn permits(&self) -> Option<u32> {
        match self {
            Self::Critical { permits, .. } => Some(*permits),
            // Whoever holds one of the two locks keeps everybody else from having both.
            Self::TwoLocks { .. } => Some(1),
            _ => None,
        }
    }
}

/// What a step of a plan is; its amount stands beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlanStep {
    /// Amount: units of the kernel.
    Compute(Kernel),
    /// Amount: nanoseconds.
    Wait,
    /// Amount: nanoseconds that the server waits.
    Http {
        /// Length of the body.
        bytes: u64,
    },
    /// Amount: bytes.
    File {
        /// With `fsync`.
        sync: bool,
    },
    /// Amount: bytes.
    Memory,
    /// Amount: units of the default kernel, or nanoseconds.
    Critical {
        /// What guards the section.
        lock: Lock,
        /// How many tasks may be inside at once.
        permits: u32,
        /// What the amount means.
        holds: Holds,
    },
    /// Amount: increments.
    Increment(Protection),
    /// Amount: nanoseconds between the first lock and the second.
    TwoLocks(LockOrder),
}

impl PlanStep {
    /// The kind as files name it.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Compute(_) => "compute",
            Self::Wait => "wait",
            Self::Http { .. } => "http",
            Self::File { .. } => "file",
            Self::Memory => "memory",
            Self::Critical { .. } => "critical",
            Self::Increment(_) => "increment",
            Self::TwoLocks(_) => "two-locks",
        }
    }

    /// Stamps that a task takes inside the step, beside the one at its end: when it got a lock and was
    /// about to give it back; where it takes two, when it got the first, asked for the second, and got that.
    #[must_use]
    pub const fn marks(self) -> usize {
        match self {
            Self::Critical { .. } => 2,
            Self::TwoLocks(_) => 3,
            _ => 0,
        }
    }

    /// True where an event loop has something to await in it.
    #[must_use]
    pub const fn awaits(self) -> bool {
        match self {
            Self::Compute(kernel) => matches!(kernel, Kernel::FibAwait),
            Self::Memory | Self::Increment(_) => false,
            _ => true,
        }
    }
}
