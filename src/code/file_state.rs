//! The state of a file, by which a change is noticed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Facts that change when a file is replaced or written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileState {
    /// The file itself, with all links followed.
    real_path: PathBuf,
    bytes: u64,
    modified: Option<std::time::SystemTime>,
    /// Device and number of the file, and the moment of the last change of its bytes or permissions, which no program can
    /// set back; where the system has such.
    identity: Option<(u64, u64, i64, i64)>,
}

impl FileState {
    /// Examines a file.
    ///
    /// # Errors
    /// The operating system's error.
    pub fn of(path: &Path) -> io::Result<Self> {
        let (real_path, found) = (path.canonicalize()?, fs::metadata(path)?);
        Ok(Self { real_path, bytes: found.len(), modified: found.modified().ok(), identity: identity(&found) })
    }

    /// Returns the size.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }
}

#[cfg(unix)]
fn identity(found: &fs::Metadata) -> Option<(u64, u64, i64, i64)> {
    use std::os::unix::fs::MetadataExt as _;
    Some((found.dev(), found.ino(), found.ctime(), found.ctime_nsec()))
}

#[cfg(not(unix))]
const fn identity(_found: &fs::Metadata) -> Option<(u64, u64, i64, i64)> {
    None
}
