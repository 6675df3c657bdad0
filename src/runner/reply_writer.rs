//! Sends replies to the lab over the runner's stdout, from any thread.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::raw_stdout;
use crate::process_tree;
use crate::protocol::Reply;

/// Time for the stdin watch to remove the trial's folder once the lab is gone; it then ends the tree itself.
const REMOVAL_TIMEOUT: Duration = Duration::from_secs(2);

/// Writes frames on stdout.
#[derive(Debug)]
pub struct ReplyWriter(Mutex<File>);

impl ReplyWriter {
    pub(super) fn open() -> io::Result<Self> {
        raw_stdout::open().map(|stdout| Self(Mutex::new(stdout)))
    }

    /// Sends a reply. A closed pipe means that the lab is gone. Stdin has closed as well, so that the stdin watch
    /// cleans up and ends the tree; if it doesn't, the tree ends here.
    pub fn send(&self, reply: &Reply) {
        if self.try_send(reply).is_err() {
            thread::sleep(REMOVAL_TIMEOUT);
            process_tree::end_own_tree();
        }
    }

    /// Sends a reply.
    ///
    /// # Errors
    /// The pipe's error: the lab is gone.
    pub fn try_send(&self, reply: &Reply) -> io::Result<()> {
        let mut out = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut buffered = BufWriter::with_capacity(1 << 16, &mut *out);
        reply.write(&mut buffered)?;
        buffered.flush()
    }
}
