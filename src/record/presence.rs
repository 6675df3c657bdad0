//! Notices that the files of a run were removed, replaced or cut off by another program while it is recorded: SQLite
//! writes on into files that have no name any more, and what it writes is lost.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::companions::companions;
use super::cut_off::{HEADER_BYTES, MAGIC, is_run};
use super::error::Problem;
use super::reader;
use super::store::remove_with_companions;
use crate::private_files::{self, FileIdentity};

/// The files of a run as they were after the last transaction.
#[derive(Debug, Clone)]
pub(super) struct Presence {
    path: PathBuf,
    /// `None` for a run in memory.
    file: Option<(FileIdentity, u64)>,
    /// The write-ahead log; `None` while there is none.
    log: Option<FileIdentity>,
}

impl Presence {
    /// The files of a run that was just created.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let mut presence = Self { path: path.to_owned(), file: None, log: None };
        if !path.as_os_str().is_empty() {
            presence.file = Some(private_files::identity(path)?);
            presence.written();
        }
        Ok(presence)
    }

    fn log_path(&self) -> PathBuf {
        let [log, ..] = companions(&self.path);
        log
    }

    /// Checks that the names still lead to the files that are being written.
    pub(super) fn check(&self) -> Result<(), Problem> {
        let Some((file, bytes)) = self.file else { return Ok(()) };
        let is_there = private_files::identity(&self.path).is_ok_and(|(found, now)| found == file && now >= bytes);
        let log = || private_files::identity(&self.log_path()).ok().map(|(found, _)| found);
        if is_there && (self.log.is_none() || self.log == log()) { Ok(()) } else { Err(Problem::Gone) }
    }

    /// Removes the log of this run, which SQLite would write into the file that now has its name. Called once this run's own
    /// file is closed.
    pub(super) fn remove_log(&self) {
        let [log, index, _] = companions(&self.path);
        let own = |log: &Path| private_files::identity(log).ok().map(|(found, _)| found);
        if self.log.is_some() && own(&log) == self.log {
            // What can't be removed is removed with the next list of the runs.
            let _ = std::fs::remove_file(&log);
            let _ = std::fs::remove_file(&index);
        }
    }

    /// Removes the file of this run, which stands elsewhere now, unless another program has replaced it or has written
    /// into it. Called with its lock alone and without its log.
    pub(super) fn remove_file(&self, id: &str) {
        let found = private_files::identity(&self.path).ok();
        let is_same = found.is_some_and(|(found, _)| self.file.is_some_and(|(file, _)| found == file));
        if is_same && is_rest_of(&self.path, id) {
            // What can't be removed is listed beside the run.
            let _ = remove_with_companions(&self.path);
        }
    }

    /// Notes the files as they are after a transaction.
    pub(super) fn written(&mut self) {
        if let Some((file, bytes)) = &mut self.file {
            // What has changed already is found before the next transaction.
            *bytes = private_files::identity(&self.path)
                .map_or(*bytes, |(found, now)| if found == *file { now } else { *bytes });
            self.log = self.log.or_else(|| private_files::identity(&self.log_path()).ok().map(|(found, _)| found));
        }
    }

    /// Notes that there is no log any more, or another one: a session begins or ends.
    pub(super) fn without_log(&mut self) {
        self.log = None;
    }
}

/// Bytes of a file whose tables are all in its log.
const ONE_PAGE: usize = 4_096;

/// True for a file that holds this run or nothing but a part of a stored run: it was cut off, or its tables were in its
/// log.
fn is_rest_of(path: &Path, id: &str) -> bool {
    if let Ok(head) = reader::head(path) {
        return head.id == id;
    }
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(ONE_PAGE as u64 + 1).read_to_end(&mut start));
    // The page of an empty database: its header, an empty table of tables, and zeros.
    let is_empty = |start: &[u8]| start.starts_with(MAGIC) && start.len() <= ONE_PAGE && start[103..105] == [0, 0];
    match read {
        Err(_) => false,
        Ok(0) => true,
        Ok(bytes) if bytes < HEADER_BYTES => MAGIC.starts_with(&start[..bytes.min(MAGIC.len())]),
        Ok(bytes) => is_run(&start) || bytes < HEADER_BYTES + 8 && start.starts_with(MAGIC) || is_empty(&start),
    }
}
