//! The files that SQLite keeps beside a database.

use std::path::{Path, PathBuf};

/// The files that a database may have beside it.
pub(super) fn companions(path: &Path) -> [PathBuf; 3] {
    ["-wal", "-shm", "-journal"].map(|ending| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    })
}
