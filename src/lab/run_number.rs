//! Numbers for the runs of a session, by which late reports find theirs.

use std::sync::atomic::{AtomicU64, Ordering};

static LATEST: AtomicU64 = AtomicU64::new(0);

/// Returns a number that no other run of this session has.
pub(super) fn next() -> u64 {
    LATEST.fetch_add(1, Ordering::Relaxed)
}
