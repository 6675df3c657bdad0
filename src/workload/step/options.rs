//! The choices of a step: locks, protections and their like, with their names in files and their titles.

use serde::{Deserialize, Serialize};

/// Lock of a critical section.
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
    /// All readers together, or one writer alone.
    Rwlock,
}

impl Lock {
    /// Every lock, in the order shown.
    pub const ALL: [Self; 4] = [Self::Mutex, Self::Semaphore, Self::Condvar, Self::Rwlock];

    /// The name in lists of choices.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Mutex => "mutex",
            Self::Semaphore => "semaphore",
            Self::Condvar => "condition variable",
            Self::Rwlock => "read-write lock",
        }
    }

    /// The name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mutex => "mutex",
            Self::Semaphore => "semaphore",
            Self::Condvar => "condvar",
            Self::Rwlock => "rwlock",
        }
    }
}

/// Work of a task inside a critical section.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SectionWork {
    /// Computes with the default kernel.
    #[default]
    Compute,
    /// Waits, as for a device or a connection that only so many may use.
    Wait,
}

impl SectionWork {
    /// Both, in the order shown.
    pub const ALL: [Self; 2] = [Self::Compute, Self::Wait];

    /// The name in lists of choices.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Compute => "computes",
            Self::Wait => "waits",
        }
    }

    /// The name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Compute => "compute",
            Self::Wait => "wait",
        }
    }
}

/// Protection of a counter against concurrent increments.
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
    /// A counter for each worker, 64 bytes apart: on a cache line of its own, but two to a pair of lines.
    #[serde(rename = "per-worker-padded-64")]
    PerWorkerPadded64,
    /// The same with one atomic instruction.
    #[serde(rename = "per-worker-padded-64-atomic")]
    PerWorkerPadded64Atomic,
}

impl Protection {
    /// All of them, in the order shown.
    pub const ALL: [Self; 10] = [
        Self::None,
        Self::NoneCall,
        Self::Mutex,
        Self::Atomic,
        Self::PerWorker,
        Self::PerWorkerPadded,
        Self::PerWorkerAtomic,
        Self::PerWorkerPaddedAtomic,
        Self::PerWorkerPadded64,
        Self::PerWorkerPadded64Atomic,
    ];

    /// The name in lists of choices.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::NoneCall => "none, with a call",
            Self::Mutex => "mutex",
            Self::Atomic => "atomic",
            Self::PerWorker => "per worker",
            Self::PerWorkerPadded => "per worker, padded",
            Self::PerWorkerAtomic => "per worker, atomic",
            Self::PerWorkerPaddedAtomic => "per worker, padded, atomic",
            Self::PerWorkerPadded64 => "per worker, padded to 64 bytes",
            Self::PerWorkerPadded64Atomic => "per worker, padded to 64 bytes, atomic",
        }
    }

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
            Self::PerWorkerPadded64 => "per-worker-padded-64",
            Self::PerWorkerPadded64Atomic => "per-worker-padded-64-atomic",
        }
    }

    /// True where each increment is one atomic instruction.
    #[must_use]
    pub const fn is_atomic(self) -> bool {
        matches!(
            self,
            Self::Atomic | Self::PerWorkerAtomic | Self::PerWorkerPaddedAtomic | Self::PerWorkerPadded64Atomic
        )
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

    /// The name in lists of choices.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Opposite => "opposite",
            Self::Same => "same",
        }
    }

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

/// Use of a section whose lock tells readers from writers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LockAccess {
    /// Reads: all readers may be inside together.
    Read,
    /// Writes: a writer is inside alone.
    #[default]
    Write,
}

impl LockAccess {
    /// Both, in the order shown.
    pub const ALL: [Self; 2] = [Self::Read, Self::Write];

    /// The name in lists of choices.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Read => "reads",
            Self::Write => "writes",
        }
    }

    /// The name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// Order in which memory is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MemoryAccess {
    /// From one address to the next.
    #[default]
    Sequential,
    /// A cache line here and a cache line there; each address follows from what was read before.
    Random,
}

impl MemoryAccess {
    /// Both, in the order shown.
    pub const ALL: [Self; 2] = [Self::Sequential, Self::Random];

    /// The name in lists of choices.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Sequential => "sequential",
            Self::Random => "random",
        }
    }

    /// The name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sequential => "sequential",
            Self::Random => "random",
        }
    }
}

/// Python object that all tasks share.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SharedObject {
    /// A bound method, which is called.
    #[default]
    Method,
    /// A list: an item is appended and popped.
    List,
    /// A dictionary: an item is written.
    Dict,
    /// A lock: it is acquired and released.
    Lock,
}

impl SharedObject {
    /// All of them, in the order shown.
    pub const ALL: [Self; 4] = [Self::Method, Self::List, Self::Dict, Self::Lock];

    /// The name in lists of choices.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Method => "bound method",
            Self::List => "list",
            Self::Dict => "dictionary",
            Self::Lock => "lock",
        }
    }

    /// The name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Method => "method",
            Self::List => "list",
            Self::Dict => "dict",
            Self::Lock => "lock",
        }
    }
}
