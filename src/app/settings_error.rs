//! Failures to read or store the window's settings, and the state of the last attempt, which the writing thread and the
//! window share. Reads and writes nothing.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Failure to read or store the settings of the window. Each sentence says what becomes of the old ones.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SettingsError {
    /// The file could not be written.
    #[error(
        "the settings of the window could not be stored{}: {error}",
        if *.are_unchanged { "; the previous ones are unchanged" } else { "" }
    )]
    NotWritten {
        /// The reason; names the file.
        error: Arc<io::Error>,
        /// True if the file was read or written in this session, and so holds the previous settings.
        are_unchanged: bool,
    },
    /// The file is still being written.
    #[error("the settings of the window are not stored yet: writing {} does not end", .0.display())]
    NotFinished(PathBuf),
    /// The file could not be read and has another name now.
    #[error(
        "the settings of the window can't be read: {reason}. The file is now {}, and the window has its first settings",
        .kept_as.display()
    )]
    SetAside {
        /// The reason; names the file.
        reason: String,
        /// Path of the file now.
        kept_as: PathBuf,
    },
    /// The file could not be read and is left as it is.
    #[error(
        "the settings of the window can't be read: {0}. The file is left as it is, and no settings are stored in this \
         session"
    )]
    Unreadable(String),
    /// A text is longer than what would be read at the next start.
    #[error(
        "the experiment is too long for the settings of the window (more than {} MB) and is not stored with them; save \
         it as a preset to keep it",
        .most / 1_000_000
    )]
    TooLong {
        /// Longest text that is stored, bytes.
        most: usize,
    },
    /// The system names no folder for settings.
    #[error("the settings of the window are not stored: the system names no folder for them (HOME is not set)")]
    NoFolder,
}

/// Outcome of the last attempt to write the settings, shared with the thread that writes.
#[derive(Debug, Clone, Default)]
pub struct LastWrite(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    error: Option<SettingsError>,
    /// True once the window has shown an error since the last success.
    is_shown: bool,
    /// True if the file was read or written in this session.
    has_file: bool,
}

impl LastWrite {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the error for the window, once until writing has succeeded again.
    #[must_use]
    pub fn to_show(&self) -> Option<SettingsError> {
        let mut last = self.lock();
        if last.is_shown {
            return None;
        }
        last.is_shown = last.error.is_some();
        last.error.clone()
    }

    /// Takes the error.
    #[must_use]
    pub fn take(&self) -> Option<SettingsError> {
        self.lock().error.take()
    }

    /// Returns true if the last attempt has failed.
    pub(super) fn has_failed(&self) -> bool {
        self.lock().error.is_some()
    }

    /// Notes that the file was read.
    pub(super) fn has_read(&self) {
        self.lock().has_file = true;
    }

    /// Notes the end of an attempt. Returns true if the window has something new to show.
    pub(super) fn ended(&self, result: io::Result<()>) -> bool {
        let mut last = self.lock();
        last.has_file |= result.is_ok();
        last.is_shown &= result.is_err();
        let are_unchanged = last.has_file;
        last.error = result.err().map(|error| SettingsError::NotWritten { error: Arc::new(error), are_unchanged });
        last.error.is_some() && !last.is_shown
    }

    /// Notes a failure that is no error of the file system.
    pub(super) fn failed(&self, error: SettingsError) {
        self.lock().error = Some(error);
    }
}
