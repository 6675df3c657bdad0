//! The time that reading a file may take.

use std::time::Duration;

/// Longest time that one reading operation may take.
pub(super) const DEADLINE: Duration = Duration::from_secs(60);
