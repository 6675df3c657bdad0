//! Errors of the operating system, in a form that can be stored.

use std::fmt;
use std::io;

use serde::{Deserialize, Serialize};

/// An error of the operating system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemError {
    /// The system's error number; `None` for errors of a library.
    pub code: Option<i32>,
    /// The system's message.
    pub message: String,
    /// The storage limit that was reached, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<StorageLimit>,
}

/// Limit on storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StorageLimit {
    /// The file system, or the user's quota, is full.
    Full,
    /// The file exceeds the process's limit on file sizes.
    FileSize,
}

impl SystemError {
    /// Returns advice for the user after a semicolon; empty if there is none.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self.storage {
            Some(limit) => limit.remedy(),
            None => "",
        }
    }
}

impl StorageLimit {
    /// Returns the limit that an error reports; `None` for other errors.
    #[must_use]
    pub fn of(error: &io::Error) -> Option<Self> {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Some(Self::Full),
            io::ErrorKind::FileTooLarge => Some(Self::FileSize),
            _ => None,
        }
    }

    /// Returns advice for the user after a semicolon.
    #[must_use]
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::Full => "; free some space there, or set TMPDIR (TMP on Windows) to a folder with more",
            Self::FileSize => "; the limit on the size of files (ulimit -f) is too low",
        }
    }

    /// Returns advice after a semicolon for a file whose path is the user's choice or fixed.
    #[must_use]
    pub const fn remedy_for_file(self) -> &'static str {
        match self {
            Self::Full => "; free some space there",
            Self::FileSize => self.remedy(),
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
