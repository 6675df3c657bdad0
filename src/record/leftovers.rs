//! Removes files of labs that were killed before the tables of a run existed, what another program has left of a run, and
//! runs without a measured trial.

use std::path::Path;

use super::companions::companions;
use super::connect::{self, Origin};
use super::deleted::DELETED;
use super::error::Problem;
use super::lock::Lock;
use super::store::{EXTENSION, Store};
use super::unmeasured::is_unmeasured;

/// Bytes of a file that may have no tables: its tables may all be in the log, too.
const SMALL: u64 = 8_192;

impl Store {
    /// Removes locks and logs without a run, deleted runs that nobody can bring back, and files without tables, unless a
    /// lab is just creating them. What can't be removed stays for the next time.
    pub(super) fn remove_leftovers(&self) {
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return };
        for path in entries.flatten().map(|entry| entry.path()) {
            let Some(id) = path.file_stem().and_then(|stem| stem.to_str()).filter(|stem| super::id::is_id(stem)) else {
                continue;
            };
            let ending = path.extension().unwrap_or_default();
            if ending == "lock" && !self.path(id).exists() {
                // Taken and given back, it goes.
                drop(Lock::exclusive(&path));
            }
            if companions(&self.path(id)).contains(&path) && !self.path(id).exists() {
                self.remove_log(id, &path);
            }
            if ending == DELETED {
                let _ = self.remove_deleted(id);
            }
            if ending == EXTENSION && path.metadata().is_ok_and(|found| found.len() <= SMALL) {
                let _ = self.remove_if_empty(id);
            }
        }
    }

    /// Removes a log of a run whose file another program has removed, once no lab has it open.
    fn remove_log(&self, id: &str, log: &Path) {
        if let Ok(Some(_lock)) = Lock::exclusive(&self.lock_path(id))
            && !self.path(id).exists()
        {
            let _ = std::fs::remove_file(log);
        }
    }

    /// True for a file without tables in which a lab is just creating them.
    pub(super) fn is_being_created(&self, id: &str) -> bool {
        let path = self.path(id);
        if !path.metadata().is_ok_and(|found| found.len() <= SMALL) {
            return false;
        }
        let objects = || -> Result<i64, Problem> {
            let connection = connect::for_reading(&path, Origin::History)?;
            Ok(connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?)
        };
        // An error may come from the changes under way.
        objects().map_or(true, |objects| objects == 0) && matches!(Lock::exclusive(&self.lock_path(id)), Ok(None))
    }

    fn remove_if_empty(&self, id: &str) -> Result<(), Problem> {
        let path = self.path(id);
        let Some(_lock) = Lock::exclusive(&self.lock_path(id))? else { return Ok(()) };
        let connection = connect::for_writing(&path)?;
        let objects: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        drop(connection);
        if objects == 0 { self.remove_files(id) } else { Ok(()) }
    }

    /// Removes a run that its recorder found to have ended without a measured trial, unless it is wanted or in use. One
    /// that another lab uses just now goes with a later list.
    pub(super) fn remove_unmeasured(&self, id: &str) -> Result<(), Problem> {
        let Some(_lock) = Lock::exclusive(&self.lock_path(id))? else { return Ok(()) };
        let path = self.path(id);
        // The file is closed before it is removed.
        let is_unmeasured = connect::for_writing(&path).and_then(|connection| is_unmeasured(&connection));
        match is_unmeasured {
            Ok(false) => Ok(()),
            // Its recorder has found the same before, and there is no space to look again.
            Err(problem) if !problem.is_full_disk(&path) => Err(problem),
            Ok(true) | Err(_) => self.remove_files(id),
        }
    }
}
