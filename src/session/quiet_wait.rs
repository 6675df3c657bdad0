//! The order to wait for other programs before a run, and how far a wait is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::trial::BackgroundShares;

/// Order to wait before a run. Cheap to clone; any thread can end the wait.
#[derive(Debug, Clone, Default)]
pub struct QuietWait {
    ended: Arc<AtomicBool>,
}

impl QuietWait {
    /// Ends the wait: the run begins, however loud it is.
    pub fn end(&self) {
        self.ended.store(true, Ordering::Release);
    }

    /// Returns true once [`Self::end`] was called.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }
}

/// State of a wait after one more second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Waited {
    /// Seconds waited so far, all of them.
    pub seconds: u64,
    /// CPU shares of the last second.
    pub shares: BackgroundShares,
}
