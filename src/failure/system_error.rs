//! The answer of the operating system, in a form that can be stored.

use std::fmt;
use std::io;

use serde::{Deserialize, Serialize};

/// An error of the operating system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemError {
    /// The system's number; `None` for errors of a library.
    pub code: Option<i32>,
    /// The system's text.
    pub message: String,
    /// Set where storage ran out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<StorageLimit>,
}

/// What there was no room in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StorageLimit {
    /// The file system, or the user's share of it.
    Full,
    /// The largest file that the process may write.
    FileSize,
}

impl SystemError {
    /// What the user can do about it, after a semicolon; empty where nothing is known.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self.storage {
            Some(limit) => limit.remedy(),
            None => "",
        }
    }
}

impl StorageLimit {
    /// The limit that an error reports; `None` for other errors.
    #[must_use]
    pub fn of(error: &io::Error) -> Option<Self> {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Some(Self::Full),
            io::ErrorKind::FileTooLarge => Some(Self::FileSize),
            _ => None,
        }
    }

    /// What the user can do about it, after a semicolon.
    #[must_use]
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::Full => "; free some space there, or set TMPDIR to a folder with more",
            Self::FileSize => "; the limit on the size of files (ulimit -f) is too low",
        }
    }
}

impl From<&io::Error> for SystemError {
    fn from(error: &io::Error) -> Self {
        Self { code: error.raw_os_error(), message: error.to_string(), storage: StorageLimit::of(error) }
    }
}

impl From<io::Error> for SystemError {
    fn from(error: io::Error) -> Self {
        Self::from(&error)
    }
}

impl fmt::Display for SystemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
