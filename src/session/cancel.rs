//! The flag that stops a session.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, Sender, bounded};

/// Flag that stops a session. Cheap to clone; any thread can set it.
#[derive(Debug, Clone)]
pub struct CancelFlag {
    cancelled: Arc<AtomicBool>,
    notify: Sender<()>,
    wake: Receiver<()>,
}

impl Default for CancelFlag {
    fn default() -> Self {
        let (notify, wake) = bounded(1);
        Self { cancelled: Arc::default(), notify, wake }
    }
}

impl CancelFlag {
    /// Sets the flag.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Release);
        // A full channel means that the flag was set before.
        let _ = self.notify.try_send(());
    }

    /// Returns true once the flag is set.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
    }

    /// Channel that becomes ready when the flag is set, for `select!`. One receive empties it, so check
    /// [`Self::is_cancelled`] as well.
    #[must_use]
    pub const fn wake(&self) -> &Receiver<()> {
        &self.wake
    }
}
