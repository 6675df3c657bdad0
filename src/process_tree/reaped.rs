//! Record of a child process that has ended.

use std::process::ExitStatus;

/// A child that has ended and was waited for.
#[derive(Debug, Clone, Copy)]
pub struct Reaped {
    /// Process id of the child.
    pub id: u32,
    /// Exit code or signal.
    pub status: ExitStatus,
    /// Peak memory in bytes. On Linux it may include the memory of the process that spawned the child: an upper bound.
    pub peak_memory_bytes: Option<u64>,
}
