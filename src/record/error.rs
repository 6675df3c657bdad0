//! Errors of records: what is wrong with a file, and where.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::companions::companions;
use super::version::FormatVersion;
use crate::experiment::file::FileError;
use crate::experiment::validate::Invalid;
use crate::failure::StorageLimit;
use crate::printable;
use crate::process_tree;
use crate::units;

/// A record that can't be read or written, with its path.
#[derive(Debug, thiserror::Error)]
#[error("{}{problem}", at(path))]
pub struct RecordError {
    /// The file or folder.
    pub path: PathBuf,
    /// The reason.
    #[source]
    pub problem: Box<Problem>,
}

/// The reason why a record can't be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The system's error.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The database's error.
    #[error("{0}")]
    Database(rusqlite::Error),
    /// A file of another kind.
    #[error("this is not a stored run of Concurrency Lab (.clab)")]
    NotARun,
    /// A file of a newer major version.
    #[error("{}", newer(*.found, .lab_version.as_deref()))]
    Newer {
        /// The file's version.
        found: FormatVersion,
        /// The version of the lab that wrote it.
        lab_version: Option<String>,
    },
    /// Tables, views, triggers or indexes that a record does not have.
    #[error("the file has {kind} \"{}\" that a stored run does not have; it is not opened", printable::value(name))]
    UnexpectedObject {
        /// "a view", "a trigger", "a table", "an index".
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// A table that a record needs.
    #[error("the table \"{0}\" is missing or is not the one that a stored run has")]
    MissingTable(&'static str),
    /// A row that a record needs.
    #[error("the table \"{0}\" has no row")]
    MissingRow(&'static str),
    /// A value out of bounds or of the wrong type.
    #[error("damaged: {table}.{column} in row {row} is not {allowed}")]
    Value {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// Its row number.
        row: i64,
        /// Allowed values.
        allowed: &'static str,
    },
    /// A part that is not as it was written.
    #[error("damaged: {0} is not as it was written")]
    Damaged(&'static str),
    /// A file that ends before its last page.
    #[error("damaged: the file is cut off")]
    CutOff,
    /// The same, where there is no room for a copy of it.
    #[error(
        "the file is cut off; to be read it is copied, and its {} do not fit into {}",
        units::bytes(*.bytes as f64), printable::path(folder)
    )]
    NoRoomForCopy {
        /// Folder for temporary files.
        folder: PathBuf,
        /// Bytes of the file.
        bytes: u64,
    },
    /// A block of spans, heartbeats, samples or histogram buckets that can't be decoded.
    #[error("damaged: {0} can't be decoded")]
    Block(&'static str),
    /// The stored experiment can't be read.
    #[error("its experiment can't be read: {0}")]
    Experiment(Box<FileError>),
    /// The stored experiment is no TOML.
    #[error("its experiment can't be read: {0}")]
    NotToml(Box<toml::de::Error>),
    /// The stored experiment has a value that is not allowed.
    #[error("its experiment can't be read: {0}")]
    Invalid(#[from] Invalid),
    /// The experiment refers to another file.
    #[error("its experiment names another file (task_list); a stored run contains its tasks")]
    NamesAFile,
    /// More than a run can have.
    #[error("the file claims more {0} than a run can have")]
    TooMany(&'static str),
    /// Reading took too long.
    #[error("reading it takes longer than {0} seconds; the file is damaged, or the disk is very slow")]
    Deadline(u64),
    /// A measured value that the format can't hold.
    #[error("the value of {0} is too large to be stored")]
    TooLarge(&'static str),
    /// The file, or the log beside it, is not the one that is being written any more.
    #[error(
        "another program has removed or replaced it, or its log, while the run was being recorded; results that were \
         received are still in memory"
    )]
    Gone,
    /// The same, where the run can't be stored anew either.
    #[error(
        "another program has removed or replaced it, or its log, while the run was being recorded, and it can't be \
         stored anew: {0}"
    )]
    NotAnew(Box<RecordError>),
    /// A run that was to be changed.
    #[error("the run is gone: it was deleted, or stopped before a trial was measured")]
    Removed,
    /// A run that ended before a trial was measured.
    #[error("no trial was measured in this run, and nothing of it is kept")]
    NothingMeasured,
    /// The file system of the history is full, or the user's quota is used up.
    #[error("no space is left on its disk{}; {FREE_SPACE}", free(*.free_bytes))]
    Full {
        /// Free bytes; `None` if the system does not report them.
        free_bytes: Option<u64>,
    },
    /// The file would be larger than a file of this process may be.
    #[error("it would be larger than a file of this process may be ({}); raise the limit (ulimit -f)", units::bytes(*.limit as f64))]
    FileSize {
        /// The limit, bytes.
        limit: u64,
    },
    /// This process, or the system, may open no more files.
    #[error("no more files may be open here; raise the limit (ulimit -n) where this process has many open")]
    TooManyOpen,
    /// The run is being recorded or shown by another lab.
    #[error("the run is in use by another Concurrency Lab")]
    InUse,
    /// A pinned run was to be deleted.
    #[error("the run is pinned: unpin it first")]
    Pinned,
    /// A run of an older lab has no place for a note.
    #[error(
        "it is stored in format {version}, which has no notes: runs have them from format {} on",
        FormatVersion::FIRST_WITH_NOTES
    )]
    NoNotes {
        /// Version of its format.
        version: FormatVersion,
    },
}

/// Advice where the disk of the history is full.
const FREE_SPACE: &str = "free some there, or set CONCURRENCY_LAB_DATA to a folder on another disk";
/// Free bytes below which an error of reading or writing counts as a full disk: the database asks for 32 KiB at once.
const FULL_BELOW_BYTES: u64 = 64 << 10;

fn free(bytes: Option<u64>) -> String {
    bytes.map_or_else(String::new, |bytes| format!(" ({} free)", units::bytes(bytes as f64)))
}

/// The path before a problem; a run in memory has none.
fn at(path: &Path) -> String {
    if path.as_os_str().is_empty() { String::new() } else { format!("{}: ", printable::path(path)) }
}

fn newer(found: FormatVersion, lab_version: Option<&str>) -> String {
    let by =
        lab_version.map_or_else(String::new, |version| format!(" by Concurrency Lab {}", printable::value(version)));
    let with = match lab_version {
        Some(version) => format!("Concurrency Lab {} or newer reads it", printable::value(version)),
        None => "a newer Concurrency Lab reads it".to_owned(),
    };
    format!(
        "written{by} in format {found}; this version reads formats up to {}.x: {with}",
        FormatVersion::CURRENT.major
    )
}

impl From<rusqlite::Error> for Problem {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase) => Self::NotARun,
            Some(rusqlite::ErrorCode::OperationInterrupted) => Self::Deadline(super::deadline::DEADLINE.as_secs()),
            _ => Self::Database(error),
        }
    }
}

impl Problem {
    /// True for damage of one row or block: others may be as they were.
    pub(super) fn is_local(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseCorrupt, SystemIoFailure};
        match self {
            Self::Damaged(_) | Self::Value { .. } | Self::Block(_) | Self::MissingRow(_) => true,
            Self::Database(error) => matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | SystemIoFailure)),
            _ => false,
        }
    }

    /// Adds the path.
    pub(super) fn at(self, path: &Path) -> RecordError {
        RecordError { path: path.to_owned(), problem: Box::new(self) }
    }

    /// Adds the path of a file that was to be read. Where another lab has just deleted the run, that is the problem.
    pub(super) fn reading(self, path: &Path) -> RecordError {
        match (&self, std::fs::symlink_metadata(path)) {
            (Self::Database(_), Err(error)) if error.kind() == io::ErrorKind::NotFound => Self::Io(error).at(path),
            _ => self.at(path),
        }
    }

    /// Adds the path of a stored run that was to be changed. Where another lab has just removed it, that is the problem.
    pub(super) fn changing(self, path: &Path) -> RecordError {
        match self.removed(path) {
            Self::Removed => Self::Removed.at(path),
            problem => problem.writing(path),
        }
    }

    /// Adds the path of a stored run that was to be shown. Where another lab has just removed it, that is the problem.
    pub(super) fn showing(self, path: &Path) -> RecordError {
        match self {
            Self::NothingMeasured => self.at(path),
            problem => problem.removed(path).at(path),
        }
    }

    /// Returns [`Problem::Removed`] where the cause may be that the file is not there.
    fn removed(self, path: &Path) -> Self {
        match (&self, std::fs::symlink_metadata(path)) {
            (Self::Database(_) | Self::Io(_) | Self::NothingMeasured, Err(error))
                if error.kind() == io::ErrorKind::NotFound =>
            {
                Self::Removed
            }
            _ => self,
        }
    }

    /// Adds the path of a file that was to be written in the history: a full disk and a limit of this process are stated
    /// as such.
    pub(super) fn writing(self, path: &Path) -> RecordError {
        if !self.is_full_disk(path) {
            return self.limit_reached(path).unwrap_or(self).at(path);
        }
        let free_bytes = free_space_for(path).filter(|free| *free < FULL_BELOW_BYTES);
        Self::Full { free_bytes }.at(path)
    }

    /// Returns the limit of this process that may be behind an error of the database, which does not tell one from the
    /// other.
    fn limit_reached(&self, path: &Path) -> Option<Self> {
        use rusqlite::ErrorCode::{CannotOpen, SystemIoFailure};
        let Self::Database(error) = self else { return None };
        let code = error.sqlite_error_code();
        if !matches!(code, Some(CannotOpen | SystemIoFailure)) {
            return None;
        }
        if File::open(path.parent()?).is_err_and(|error| process_tree::is_out_of_files(&error)) {
            return Some(Self::TooManyOpen);
        }
        let bytes = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
        let largest = companions(path).iter().map(|path| bytes(path)).chain([bytes(path)]).max()?;
        let is_near = |limit: &u64| code == Some(SystemIoFailure) && largest + FULL_BELOW_BYTES > *limit;
        process_tree::file_size_limit().filter(is_near).map(|limit| Self::FileSize { limit })
    }

    /// True where another has the file open in a way that forbids what was to be done.
    pub(super) fn is_busy(&self) -> bool {
        matches!(self, Self::Database(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy))
    }

    /// True for an error of writing a file on a disk that is full.
    pub(super) fn is_full_disk(&self, path: &Path) -> bool {
        use rusqlite::ErrorCode::{CannotOpen, DiskFull, SystemIoFailure};
        match self {
            Self::Database(error) => match error.sqlite_error_code() {
                Some(DiskFull) => true,
                // Its memory beside the file has no error of its own for this.
                Some(CannotOpen | SystemIoFailure) => free_space_for(path).is_some_and(|free| free < FULL_BELOW_BYTES),
                _ => false,
            },
            Self::Io(error) => StorageLimit::of(error) == Some(StorageLimit::Full),
            _ => false,
        }
    }
}

/// Free bytes on the disk of a file; `None` for one in memory, and if the system does not report them.
pub(super) fn free_space_for(path: &Path) -> Option<u64> {
    fs4::available_space(path.parent()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_was_just_deleted_is_told_as_a_file_that_is_not_there() {
        let can_not_open = || Problem::Database(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(14), None));
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.clab");
        let deleted = can_not_open().reading(&path);
        assert!(
            matches!(&*deleted.problem, Problem::Io(error) if error.kind() == io::ErrorKind::NotFound),
            "{deleted}"
        );
        std::fs::write(&path, "").expect("written");
        assert!(matches!(&*can_not_open().reading(&path).problem, Problem::Database(_)), "it is there");
    }
}
