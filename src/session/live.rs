//! The number of sessions that have not ended, so that the lab can wait for them before its process ends.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

static COUNT: Mutex<usize> = Mutex::new(0);
static ENDED: Condvar = Condvar::new();

/// A session that has not ended.
pub(super) struct Live(());

impl Live {
    pub(super) fn new() -> Self {
        *COUNT.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        Self(())
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        *COUNT.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        ENDED.notify_all();
    }
}

/// Waits until all sessions of this process have ended and removed what they made, at most for this long.
pub fn wait_until_ended(within: Duration) {
    let count = COUNT.lock().unwrap_or_else(PoisonError::into_inner);
    drop(ENDED.wait_timeout_while(count, within, |count| *count > 0));
}
