//! A step of a plan: what a runner does, with its amount beside it.

use serde::{Deserialize, Serialize};

use super::options::{Lock, LockAccess, LockOrder, Protection, SectionWork, SharedObject};
use super::phase::Phase;
use crate::workload::Kernel;

/// Kind and settings of a step in a plan; the plan holds its amount.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlanStep {
    /// Amount: units of the kernel.
    Compute(Kernel),
    /// Amount: nanoseconds.
    #[default]
    Wait,
    /// Amount: nanoseconds, in which an event loop stands still.
    BlockingWait,
    /// Amount: nanoseconds that the server waits.
    Http {
        /// Length of the body.
        bytes: u64,
        /// Uses connections again. A stored run without the key did.
        #[serde(default = "yes")]
        keep_alive: bool,
    },
    /// Amount: bytes.
    File {
        /// With `fsync`.
        sync: bool,
        /// Reads a file that was written before the clock.
        #[serde(default)]
        read_only: bool,
    },
    /// Amount: bytes.
    Memory,
    /// Amount: bytes, read in cache lines at random.
    MemoryRandom,
    /// Amount: units of the default kernel, or nanoseconds.
    Critical {
        /// Lock of the section.
        lock: Lock,
        /// Most tasks that may be inside at once.
        permits: u32,
        /// Meaning of the amount.
        holds: SectionWork,
        /// Use of the section, under a lock that tells readers from writers.
        #[serde(default)]
        access: LockAccess,
        /// Number of locks; task i takes the lock i modulo this number.
        #[serde(default = "one")]
        locks: u32,
    },
    /// Amount: increments.
    Increment(Protection),
    /// Amount: nanoseconds between the first lock and the second.
    TwoLocks(LockOrder),
    /// Amount: uses of the object.
    Shared(SharedObject),
    /// No amount. The function travels beside the plan.
    Call,
    /// No amount. The program travels beside the plan.
    Command,
}

const fn yes() -> bool {
    true
}

const fn one() -> u32 {
    1
}

impl PlanStep {
    /// A request on a connection that is kept.
    #[must_use]
    pub const fn http(bytes: u64) -> Self {
        Self::Http { bytes, keep_alive: true }
    }

    /// A file that is written and read back.
    #[must_use]
    pub const fn file(sync: bool) -> Self {
        Self::File { sync, read_only: false }
    }

    /// A section under one lock, entered as a writer.
    #[must_use]
    pub const fn critical(lock: Lock, permits: u32, holds: SectionWork) -> Self {
        Self::Critical { lock, permits, holds, access: LockAccess::Write, locks: 1 }
    }

    /// Timestamps that a task takes inside the step, beside the one at its end: when it got a lock and was
    /// about to release it; where it takes two, when it got the first, asked for the second, and got that.
    #[must_use]
    pub const fn inner_timestamps(&self) -> usize {
        self.kind().inner_timestamps
    }

    /// Its phases, in order. Each ends at the inner timestamp of the same index, or with the step.
    #[must_use]
    pub fn phases(&self) -> &'static [Phase] {
        (self.kind().phases)(self)
    }

    /// True for a step of another class that uses the same lock, counter or connections.
    #[must_use]
    pub fn shares_with(&self, other: &Self) -> bool {
        match (self, other) {
            // Readers and writers are different steps of the same lock.
            (
                Self::Critical { lock, permits, locks, .. },
                Self::Critical { lock: other_lock, permits: other_permits, locks: other_locks, .. },
            ) => lock == other_lock && permits == other_permits && locks == other_locks,
            // Each task has a file of its own, and each program is another.
            (Self::File { .. } | Self::Call | Self::Command, _) => false,
            _ => self == other,
        }
    }

    /// Use of the section; a writer has a lock for itself, as every lock but the one of readers and writers does.
    #[must_use]
    pub const fn access(&self) -> LockAccess {
        match self {
            Self::Critical { lock: Lock::Rwlock, access, .. } => *access,
            _ => LockAccess::Write,
        }
    }

    /// True where an event loop has something to await in it.
    #[must_use]
    pub fn awaits(&self) -> bool {
        (self.kind().awaits)(self)
    }
}
