//! A step of a plan: what a runner does, with its amount beside it.

use serde::{Deserialize, Serialize};

use super::options::{Lock, LockOrder, Protection, SectionWork};
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
        /// Lock of the section.
        lock: Lock,
        /// How many tasks may be inside at once.
        permits: u32,
        /// Meaning of the amount.
        holds: SectionWork,
    },
    /// Amount: increments.
    Increment(Protection),
    /// Amount: nanoseconds between the first lock and the second.
    TwoLocks(LockOrder),
}

impl PlanStep {
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

    /// True for a step of another class that uses the same lock, counter, connections or folder.
    #[must_use]
    pub fn shares_with(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Critical { lock, permits, .. }, Self::Critical { lock: other, permits: others, .. }) => {
                lock == other && permits == others
            }
            _ => self == other,
        }
    }

    /// True where an event loop has something to await in it.
    #[must_use]
    pub fn awaits(&self) -> bool {
        (self.kind().awaits)(self)
    }
}
