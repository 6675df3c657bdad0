//! Sends replies to the lab over the runner's stdout, from any thread.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::sync::{Mutex, PoisonError};

use super::raw_stdout;
use crate::process_tree;
use crate::protocol::Reply;

/// Writes frames on stdout.
#[derive(Debug)]
pub struct ReplyWriter(Mutex<File>);

impl ReplyWriter {
    pub(super) fn open() -> io::Result<Self> {
        raw_stdout::open().map(|stdout| Self(Mutex::new(stdout)))
    }

    /// Sends a reply. A closed pipe means that the lab is gone: the tree ends.
    pub fn send(&self, reply: &Reply) {
        let mut out = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut buffered = BufWriter::with_capacity(1 << 16, &mut *out);
        if reply.write(&mut buffered).and_then(|()| buffered.flush()).is_err() {
            process_tree::end_own_tree();
        }
    }
}
