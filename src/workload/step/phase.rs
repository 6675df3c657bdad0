//! The phases of a step: what a task does in one part of its span.

/// Activity of a task in one part of its span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Keeps a core busy: computing, streaming memory, incrementing, computing inside a critical section.
    Compute,
    /// Waits: a sleep or timer, also inside a critical section.
    Wait,
    /// Waits for a response over HTTP.
    Http,
    /// Writes, flushes and reads a file.
    File,
    /// Waits for a lock that another task holds.
    LockWait,
    /// Keeps a core busy with a payload: reads its input, makes its output.
    Payload,
    /// Its payload is on the way between submitter and worker.
    Transfer,
    /// Runs a function or a program of the user's, which may compute or wait.
    OwnCode,
}

impl Phase {
    /// Returns true if it keeps a core busy unless something keeps it from that.
    #[must_use]
    pub const fn keeps_core_busy(self) -> bool {
        matches!(self, Self::Compute | Self::Payload)
    }
}
