//! Removes files of labs that were killed before the tables of a run existed.

use super::connect;
use super::deleted::DELETED;
use super::error::Problem;
use super::lock::Lock;
use super::store::{EXTENSION, Store};

/// Bytes of a file that may have no tables: its tables may all be in the log, too.
const SMALL: u64 = 8_192;

impl Store {
    /// Removes locks without a run, deleted runs that nobody can bring back, and files without tables, unless a lab is
    /// just creating them. What can't be removed stays for the next time.
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
            if ending == DELETED {
                let _ = self.remove_deleted(id);
            }
            if ending == EXTENSION && path.metadata().is_ok_and(|found| found.len() <= SMALL) {
                let _ = self.remove_if_empty(id);
            }
        }
    }

    fn remove_if_empty(&self, id: &str) -> Result<(), Problem> {
        let path = self.path(id);
        let Some(_lock) = Lock::exclusive(&self.lock_path(id))? else { return Ok(()) };
        let connection = connect::for_writing(&path)?;
        let objects: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        drop(connection);
        if objects == 0 { self.remove_files(id) } else { Ok(()) }
    }
}
