//! The place where a run was recorded.

use std::path::PathBuf;

/// Place where a run was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The id in the history; empty for a run in memory.
    pub id: String,
    /// The file; empty for a run in memory.
    pub path: PathBuf,
}
