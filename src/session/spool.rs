//! Spans on disk: the spans of large trials that are not being recorded are moved to one anonymous temporary file, so
//! that 30 trials of 100,000 tasks do not fill the memory. Recorded runs read theirs back from the record.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, PoisonError};

use crate::private_files;
use crate::protocol::{spans_from_bytes, spans_to_bytes};
use crate::trial::{SpanStore, Spans, SpooledSpans};

/// Number of tasks from which spans leave the memory: about a megabyte of spans.
pub(super) const SPOOL_FROM_TASKS: usize = 20_000;

/// The temporary file: created when first needed, deleted with its last handle.
#[derive(Debug, Default, Clone)]
pub struct Spool(Arc<Mutex<Option<File>>>);

#[derive(Debug)]
struct Block {
    spool: Spool,
    offset: u64,
    length: usize,
}

impl Spool {
    /// Moves large spans to disk. If that fails (a full disk), they stay in memory.
    #[must_use]
    pub fn store(&self, spans: Arc<Spans>) -> SpanStore {
        if spans.tasks.len() >= SPOOL_FROM_TASKS
            && let Ok(block) = self.append(&spans)
        {
            return SpanStore::Spooled(Arc::new(block));
        }
        SpanStore::Memory(spans)
    }

    fn append(&self, spans: &Spans) -> io::Result<Block> {
        let bytes = spans_to_bytes(spans)?;
        let mut guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let file = match &mut *guard {
            Some(file) => file,
            empty @ None => empty.insert(tempfile::tempfile_in(private_files::temporary_folder())?),
        };
        let offset = file.seek(SeekFrom::End(0))?;
        file.write_all(&bytes)?;
        Ok(Block { spool: self.clone(), offset, length: bytes.len() })
    }
}

impl SpooledSpans for Block {
    fn load(&self) -> io::Result<Spans> {
        let mut bytes = vec![0; self.length];
        let mut guard = self.spool.0.lock().unwrap_or_else(PoisonError::into_inner);
        let file = guard.as_mut().ok_or_else(|| io::Error::other("the spool file is gone"))?;
        file.seek(SeekFrom::Start(self.offset))?;
        file.read_exact(&mut bytes)?;
        drop(guard);
        spans_from_bytes(&bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::Span;

    fn spans(tasks: usize, worker: u32) -> Spans {
        let span = Span { submitted: 1, started: 2, finished: 3, worker, core: None };
        Spans { tasks: vec![span; tasks], ..Spans::default() }
    }

    #[test]
    fn small_trials_stay_in_memory_and_large_ones_are_read_back_complete() {
        let spool = Spool::default();
        assert!(spool.store(Arc::new(spans(10, 1))).in_memory().is_some());
        let stores: Vec<SpanStore> =
            (0..3).map(|worker| spool.store(Arc::new(spans(SPOOL_FROM_TASKS, worker)))).collect();
        for (worker, store) in (0..).zip(&stores) {
            assert!(store.in_memory().is_none());
            assert_eq!(*store.load().expect("readable"), spans(SPOOL_FROM_TASKS, worker));
        }
    }
}
