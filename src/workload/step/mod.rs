//! One thing that a task does: what kinds there are, what belongs to each, and their names in files.

mod access;
mod describe;
mod kinds;
mod options;
mod own_code;
mod phase;
mod plan;
mod sharing;
mod table;
mod template;
#[cfg(test)]
mod tests;

use serde::Serialize;

use super::Kernel;
pub use options::{Lock, LockAccess, LockOrder, MemoryAccess, Protection, SectionWork, SharedObject};
pub use phase::Phase;
pub use plan::PlanStep;
pub use table::{Amount, Capability, Choice, Condition, Key, Need, StepKind, TextKind, Unit, Value, ValueType};
pub use template::Template;

/// Largest body of one HTTP response, bytes.
pub const MOST_HTTP_BYTES: u64 = 100 << 20;
/// Largest file of one step, bytes.
pub const MOST_FILE_BYTES: u64 = 1 << 30;
/// Most memory that one step streams, MiB.
pub const MOST_MEMORY_MIB: u32 = 1 << 16;
/// Most increments of one step.
pub const MOST_INCREMENTS: u64 = 1_000_000_000;
/// Most locks of one step.
pub const MOST_LOCKS: u32 = 1_000;

/// Most arguments of a function or command of the user's.
pub const MOST_ARGUMENTS: usize = 64;
/// Longest text of a step, in characters.
pub const LONGEST_TEXT: usize = 4096;

/// One thing that a task does.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Step {
    /// Runs a kernel for as many units as take `ms` on one otherwise idle core.
    Compute {
        /// Nominal milliseconds.
        ms: f64,
        /// The kernel that computes.
        kernel: Kernel,
    },
    /// Waits: a sleep in a thread, a timer in an event loop.
    Wait {
        /// Nominal milliseconds.
        ms: f64,
        /// Sleeps in the thread of an event loop, too.
        blocking: bool,
    },
    /// Fetches a body over HTTP from a server on this machine.
    Http {
        /// Milliseconds that the server lets pass before it answers.
        latency_ms: f64,
        /// Length of the body.
        bytes: u64,
        /// Uses connections again.
        keep_alive: bool,
    },
    /// Writes a file of its own and reads it back.
    File {
        /// Length of the file.
        bytes: u64,
        /// Asks the system to bring it to the storage before reading (`fsync`).
        sync: bool,
        /// Reads a file that was written before the clock.
        read_only: bool,
    },
    /// Reads through memory that no cache holds.
    Memory {
        /// Size, MiB.
        mib: u32,
        /// Order of the reads.
        access: MemoryAccess,
    },
    /// Enters a section that all tasks share, under a lock.
    Critical {
        /// Nominal milliseconds inside.
        ms: f64,
        /// Lock of the section.
        lock: Lock,
        /// Most tasks that may be inside at once; 1 for a mutex.
        permits: u32,
        /// Work inside the section.
        holds: SectionWork,
        /// Use of the section; only a rwlock tells readers from writers.
        access: LockAccess,
        /// Number of locks; task i takes the lock i modulo this number.
        locks: u32,
    },
    /// Adds 1 to a counter that all tasks share, again and again.
    Increment {
        /// Number of times.
        count: u64,
        /// Protection against concurrent updates.
        protection: Protection,
    },
    /// Takes one of two locks, waits, takes the other, and gives both back.
    TwoLocks {
        /// Nominal milliseconds between the two.
        ms: f64,
        /// Order in which the locks are taken.
        order: LockOrder,
    },
    /// Uses one Python object that all tasks share, again and again.
    Shared {
        /// The object.
        object: SharedObject,
        /// Number of times.
        count: u64,
    },
    /// Calls a Python function of the user's.
    Call {
        /// File of the function; a relative path starts at the folder of the experiment.
        file: String,
        /// Name of the function.
        function: String,
        /// Positional arguments, as [templates](Template).
        arguments: Vec<String>,
    },
    /// Runs an external program of the user's.
    Command {
        /// The program and its arguments, as [templates](Template).
        argv: Vec<String>,
    },
}

impl Step {
    /// A wait that does not block an event loop.
    #[must_use]
    pub const fn wait(ms: f64) -> Self {
        Self::Wait { ms, blocking: false }
    }

    /// A request on a connection that is kept.
    #[must_use]
    pub const fn http(latency_ms: f64, bytes: u64) -> Self {
        Self::Http { latency_ms, bytes, keep_alive: true }
    }

    /// A file that is written and read back.
    #[must_use]
    pub const fn file(bytes: u64, sync: bool) -> Self {
        Self::File { bytes, sync, read_only: false }
    }

    /// Memory that is read in order.
    #[must_use]
    pub const fn memory(mib: u32) -> Self {
        Self::Memory { mib, access: MemoryAccess::Sequential }
    }

    /// A section under one lock, entered as a writer.
    #[must_use]
    pub const fn critical(ms: f64, lock: Lock, permits: u32, holds: SectionWork) -> Self {
        Self::Critical { ms, lock, permits, holds, access: LockAccess::Write, locks: 1 }
    }

    /// A step of a kind with its default values, `ms` where it is timed; `None` for a kind that does not exist.
    #[must_use]
    pub fn of_kind(kind: &str, ms: f64) -> Option<Self> {
        let kind = Self::KINDS.iter().find(|one| one.name == kind)?;
        let mut step = (kind.new)();
        step.set_ms(ms);
        Some(step)
    }

    /// Nominal milliseconds of a timed step; `None` for steps that have no duration of their own.
    #[must_use]
    pub fn ms(&self) -> Option<f64> {
        match self.amount() {
            Amount::Computing { ms, .. } | Amount::Waiting { ms } => Some(ms),
            Amount::Untimed(_) => None,
        }
    }

    /// Sets the nominal milliseconds of a timed step; does nothing to others.
    pub fn set_ms(&mut self, ms: f64) {
        if let Some(key) = self.kind().duration() {
            key.set(self, &Value::Number(ms));
        }
    }

    /// The nominal amount of work.
    #[must_use]
    pub fn amount(&self) -> Amount {
        (self.kind().amount)(self)
    }

    /// The step of the plan that a runner performs.
    #[must_use]
    pub fn plan(&self) -> PlanStep {
        (self.kind().plan)(self)
    }

    /// A description in a few words: "compute 5 ms", "fetch 10 kB after 50 ms".
    #[must_use]
    pub fn describe(&self) -> String {
        (self.kind().describe)(self)
    }

    /// True where the timed part is computing; false where it is waiting, and for untimed steps.
    #[must_use]
    pub fn computes(&self) -> bool {
        matches!(self.amount(), Amount::Computing { .. })
    }

    /// True where a core is busy in it, for a nominal time or one that is not known before.
    #[must_use]
    pub fn keeps_a_core(&self) -> bool {
        self.plan().phases().contains(&Phase::Compute)
    }

    /// True for a wait in which an event loop stands still.
    #[must_use]
    pub const fn blocks_the_loop(&self) -> bool {
        matches!(self, Self::Wait { blocking: true, .. })
    }

    /// The kernel that has to be calibrated for it.
    #[must_use]
    pub fn kernel(&self) -> Option<Kernel> {
        match self.amount() {
            Amount::Computing { ms, kernel } if ms > 0.0 => Some(kernel),
            _ => None,
        }
    }

    /// Most tasks that may be inside at once, for a step that only so many may be in.
    #[must_use]
    pub fn permits(&self) -> Option<u32> {
        (self.kind().permits)(self)
    }

    /// True where the step runs code that the user names: it runs only after consent.
    #[must_use]
    pub const fn is_own_code(&self) -> bool {
        matches!(self, Self::Call { .. } | Self::Command { .. })
    }

    /// Moves all values to their bounds, and those that mean nothing to this step to their defaults.
    pub fn bound(&mut self) {
        let kind = self.kind();
        let default = (kind.new)();
        for key in kind.keys {
            let value = if key.applies(self) { key.get(self) } else { key.get(&default) };
            if let Some(value) = value {
                key.set(self, &key.value.bounded(value));
            }
        }
    }
}
