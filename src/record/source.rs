//! The open file of a run: shared by whoever records it and by all who read spans of it later.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, ErrorCode};

use super::blocks::{decode_beats, decode_spans};
use super::connect::{self, Shared};
use super::cut_off;
use super::error::Problem;
use super::lock::Lock;
use super::mirror::trial::{BlockChecks, Layout};
use super::seal::Check;
use crate::trial::{Spans, SpooledSpans};

/// The open file of a run. The run counts as in use while this exists.
#[derive(Debug)]
pub struct Source {
    pub(super) path: PathBuf,
    pub(super) connection: Shared,
    /// Keeps other labs from removing the file; `None` for files outside the history.
    pub(super) lock: Option<Lock>,
    /// Folder of the copy that is read in place of a file that is cut off. Removed after the connection is closed.
    pub(super) _copy: Option<tempfile::TempDir>,
}

impl Source {
    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// True for a file outside the history that a lab has left with a log beside it: what is in there is not read.
    #[must_use]
    pub fn has_unread_log(&self) -> bool {
        let log = |path: &PathBuf| std::fs::metadata(path).is_ok_and(|found| found.len() > 0);
        self.lock.is_none() && super::companions::companions(&self.path).iter().any(log)
    }

    /// A session begins to write.
    pub(super) fn begin_writing(&self) -> Result<(), Problem> {
        connect::use_log(&self.connection.lock())
    }

    /// The session has ended: the file has to stand alone.
    pub(super) fn end_writing(&self) {
        // Fails while another lab reads the file; then the log stays until the run is next opened.
        let _ = connect::drop_log(&self.connection.lock());
    }

    /// Writes the whole file to `out`. Blocks.
    ///
    /// # Errors
    /// If it can't be read or written.
    pub fn copy_to(&self, out: &mut dyn Write) -> io::Result<()> {
        let folder = tempfile::tempdir_in(crate::private_files::temporary_folder())?;
        let copy = folder.path().join("run.clab");
        let name = copy.to_str().ok_or_else(|| io::Error::other("the folder for temporary files has no plain name"))?;
        let copied = self.connection.lock().execute("VACUUM INTO ?1", [name]);
        copied.map_err(|error| {
            // A copy that has no room is no fault of the file that is read.
            let of_copy = matches!(error.sqlite_error_code(), Some(ErrorCode::DiskFull | ErrorCode::CannotOpen));
            let path = if of_copy { &copy } else { &self.path };
            io::Error::other(Problem::from(error).at(path))
        })?;
        let mut file = std::fs::File::open(&copy)?;
        let _folder = cut_off::unless_removed(folder)?;
        let written = io::copy(&mut file, out);
        // Before its folder is removed.
        drop(file);
        written.map(drop)
    }
}

/// Spans of one trial in the file of its run.
#[derive(Debug)]
pub(super) struct RecordedSpans {
    source: Arc<Source>,
    trial: i64,
    layout: Layout,
}

impl RecordedSpans {
    pub(super) const fn new(source: Arc<Source>, trial: i64, layout: Layout) -> Self {
        Self { source, trial, layout }
    }

    fn read(&self) -> Result<Spans, Problem> {
        connect::within_deadline(&mut self.source.connection.lock(), |connection| self.read_from(connection))
    }

    fn read_from(&self, connection: &Connection) -> Result<Spans, Problem> {
        let Layout { tasks, heartbeats, steps, shape, classes, checks } = &self.layout;
        let mut spans = Spans { steps: steps.clone(), classes: classes.clone(), ..Spans::default() };
        let blocks = "SELECT first_task, tasks, data FROM span_block WHERE trial = ?1 ORDER BY first_task";
        let mut statement = connection.prepare_cached(blocks)?;
        let mut rows = statement.query([self.trial])?;
        let mut check = Check::default();
        while let Some(row) = rows.next()? {
            let (first, count) = (index(row, 0)?, index(row, 1)?);
            if first != spans.tasks.len() || count > tasks - first {
                return Err(Problem::Block("span_block"));
            }
            let data = row.get_ref(2)?.as_blob().map_err(|_| Problem::Block("span_block"))?;
            check.block(first as u64, count as u64, data);
            decode_spans(data, count, *shape, &mut spans).map_err(|_| Problem::Block("span_block"))?;
        }
        BlockChecks::verify(checks.spans, check, "span_block")?;
        let blocks = "SELECT first_beat, beats, data FROM heartbeat_block WHERE trial = ?1 ORDER BY first_beat";
        let mut statement = connection.prepare_cached(blocks)?;
        let mut rows = statement.query([self.trial])?;
        let mut check = Check::default();
        while let Some(row) = rows.next()? {
            let (first, count) = (index(row, 0)?, index(row, 1)?);
            if first != spans.beats.len() || count > heartbeats - first {
                return Err(Problem::Block("heartbeat_block"));
            }
            let data = row.get_ref(2)?.as_blob().map_err(|_| Problem::Block("heartbeat_block"))?;
            check.block(first as u64, count as u64, data);
            decode_beats(data, count, &mut spans.beats).map_err(|_| Problem::Block("heartbeat_block"))?;
        }
        BlockChecks::verify(checks.beats, check, "heartbeat_block")?;
        if spans.tasks.len() != *tasks || spans.beats.len() != *heartbeats {
            return Err(Problem::Block("span_block"));
        }
        Ok(spans)
    }
}

fn index(row: &rusqlite::Row<'_>, column: usize) -> Result<usize, Problem> {
    row.get::<_, u32>(column).map(|value| value as usize).map_err(|_| Problem::Block("span_block"))
}

impl SpooledSpans for RecordedSpans {
    fn load(&self) -> io::Result<Spans> {
        self.read().map_err(|problem| io::Error::other(problem.at(&self.source.path)))
    }
}
