//! Notices that the files of a run were removed, replaced or cut off by another program while it is recorded: SQLite
//! writes on into files that have no name any more, and what it writes is lost.

use std::io;
use std::path::{Path, PathBuf};

use super::companions::companions;
use super::error::Problem;
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
