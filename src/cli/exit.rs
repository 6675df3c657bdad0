//! Exit statuses.

/// Everything ran as asked.
pub(super) const SUCCESS: u8 = 0;
/// A trial failed, or something could not be written or opened.
pub(super) const FAILED: u8 = 1;
/// Bad usage, an unknown name, unreadable or invalid input.
pub(super) const USAGE: u8 = 2;
/// A comparison found a model slower by more than was allowed.
pub(super) const SLOWER: u8 = 3;
