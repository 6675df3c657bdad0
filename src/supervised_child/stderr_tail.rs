//! The tail of a child's stderr, kept while a thread reads the pipe to its end.

use std::collections::VecDeque;
use std::io::Read;
use std::process::ChildStderr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crossbeam_channel::{Receiver, bounded};

/// Time within which the rest of the stderr of a child that has exited arrives. Longer if its children hold the pipe.
const ARRIVES_WITHIN: Duration = Duration::from_secs(1);

/// Tail of a pipe.
#[derive(Debug)]
pub(super) struct StderrTail {
    tail: Arc<Mutex<VecDeque<u8>>>,
    /// Disconnected at the end of the pipe.
    open: Receiver<()>,
}

impl StderrTail {
    /// Returns the tail, at most `kept` bytes long, and the function that reads the pipe to its end.
    pub(super) fn new(mut pipe: ChildStderr, kept: usize) -> (Self, impl FnOnce() + Send + 'static) {
        let tail = Arc::new(Mutex::new(VecDeque::new()));
        let shared = Arc::clone(&tail);
        let (end, open) = bounded(0);
        let read = move || {
            let mut buffer = [0_u8; 1024];
            while let Ok(count @ 1..) = pipe.read(&mut buffer) {
                let mut tail = shared.lock().unwrap_or_else(PoisonError::into_inner);
                tail.extend(&buffer[..count]);
                let excess = tail.len().saturating_sub(kept);
                tail.drain(..excess);
            }
            drop(end);
        };
        (Self { tail, open }, read)
    }

    /// Returns the tail. Waits a moment for the end of the pipe.
    pub(super) fn text(&self) -> String {
        // Nothing is ever sent: this ends when the pipe does, or after the time.
        let _ = self.open.recv_timeout(ARRIVES_WITHIN);
        let mut tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(tail.make_contiguous()).into_owned()
    }
}
