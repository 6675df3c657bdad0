//! The history: the folder with the runs of this user, one file each.

use std::path::{Path, PathBuf};

use super::companions::companions;
use super::connect::{self, Origin};
use super::error::{Problem, RecordError};
use super::id;
use super::lock::{self, Lock};
use super::reader::{self, Head, StoredRun};
use super::recorded::Recorded;
use super::status::RunStatus;
use super::unmeasured::ends_unmeasured;
use super::version::FormatVersion;
use crate::printable;
use crate::private_files;
use crate::results::RunResults;

/// Names the folder for data, instead of the one that the platform has.
pub const DATA_VARIABLE: &str = "CONCURRENCY_LAB_DATA";
/// The ending of the file of a run.
pub const EXTENSION: &str = "clab";

/// Limits on what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Bytes of all files.
    pub most_bytes: u64,
    /// Number of runs.
    pub most_runs: usize,
}

impl Default for Retention {
    fn default() -> Self {
        Self { most_bytes: 2_000_000_000, most_runs: 500 }
    }
}

/// The folder with the runs of this user. Cheap to clone; nothing is opened until something is asked of it.
#[derive(Debug, Clone)]
pub struct Store {
    pub(super) folder: PathBuf,
    pub(super) retention: Retention,
}

/// A run as lists show it.
#[derive(Debug)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// Bytes on disk.
    pub bytes: u64,
    /// Content of the file, or the error of reading it.
    pub head: Result<Head, RecordError>,
}

impl Store {
    /// The history of this user: `runs` in the data folder. `None` without a home folder.
    #[must_use]
    pub fn of_user() -> Option<Self> {
        let data = match std::env::var_os(DATA_VARIABLE).filter(|folder| !folder.is_empty()) {
            Some(folder) => PathBuf::from(folder),
            None => {
                let folders = directories::ProjectDirs::from("io.github", "concurrency_lab", "ConcurrencyLab")?;
                folders.data_local_dir().to_owned()
            }
        };
        Some(Self::at(data.join("runs")))
    }

    /// The history in this folder, which is created when the first run is recorded.
    #[must_use]
    pub fn at(folder: PathBuf) -> Self {
        Self { folder: std::path::absolute(&folder).unwrap_or(folder), retention: Retention::default() }
    }

    /// The same with other limits.
    #[must_use]
    pub fn keeping(self, retention: Retention) -> Self {
        Self { retention, ..self }
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file of a run.
    #[must_use]
    pub fn path(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.{EXTENSION}"))
    }

    pub(super) fn lock_path(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.lock"))
    }

    /// Creates the folder where there is none, and checks that only this user can enter it.
    ///
    /// # Errors
    /// The folder, and why runs can't be stored in it.
    pub fn prepare(&self) -> Result<(), RecordError> {
        let prepared =
            private_files::create_folders(&self.folder).and_then(|()| private_files::check_folder(&self.folder));
        prepared.map_err(|error| Problem::Io(error).writing(&self.folder))
    }

    /// Creates the empty file of a new run, locked.
    pub(super) fn create(&self, started_at_ms: u64) -> Result<(Recorded, Option<Lock>), RecordError> {
        self.prepare()?;
        self.remove_leftovers();
        loop {
            let id = id::new(started_at_ms);
            let path = self.path(&id);
            let at_path = |error: std::io::Error| Problem::Io(error).writing(&path);
            let Some(lock) = Lock::shared(&self.lock_path(&id)).map_err(at_path)? else { continue };
            match private_files::create_new(&path) {
                Ok(_) => return Ok((Recorded { id, path }, Some(lock))),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(at_path(error)),
            }
        }
    }

    /// The ids of all runs, the newest first. A run whose file a lab is just creating does not exist yet.
    ///
    /// # Errors
    /// If the folder can't be read. A missing one is empty.
    pub fn ids(&self) -> Result<Vec<String>, RecordError> {
        Ok(self.ids_and_creation()?.0)
    }

    /// The ids of all runs, and whether a lab is just creating one.
    pub(super) fn ids_and_creation(&self) -> Result<(Vec<String>, bool), RecordError> {
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok((Vec::new(), false)),
            Err(error) => return Err(Problem::Io(error).at(&self.folder)),
        };
        let id = |path: PathBuf| {
            let is_run = path.extension().is_some_and(|extension| extension == EXTENSION);
            path.file_stem()?.to_str().filter(|stem| is_run && id::is_id(stem)).map(str::to_owned)
        };
        let mut ids: Vec<String> = entries.flatten().filter_map(|entry| id(entry.path())).collect();
        let found = ids.len();
        ids.retain(|id| !self.is_being_created(id));
        ids.sort_unstable_by(|one, other| other.cmp(one));
        let creation = ids.len() < found;
        Ok((ids, creation))
    }

    /// All runs, the newest first. Blocks.
    ///
    /// # Errors
    /// If the folder can't be read. A run that can't be read is listed with its error.
    pub fn list(&self) -> Result<Vec<Entry>, RecordError> {
        self.remove_leftovers();
        Ok(self.ids()?.into_iter().filter_map(|id| self.entry(&id)).collect())
    }

    /// A run as lists show it; `None` if it was removed meanwhile.
    pub(super) fn entry(&self, id: &str) -> Option<Entry> {
        let entry = Entry { bytes: self.bytes(id), head: self.head(id), id: id.to_owned() };
        (entry.head.is_ok() || self.path(id).symlink_metadata().is_ok()).then_some(entry)
    }

    /// Facts that the file of a run holds.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn head(&self, id: &str) -> Result<Head, RecordError> {
        let path = self.path(id);
        if !companions(&path).iter().any(|path| path.exists()) {
            let head = reader::head(&path).map_err(|error| error.problem.showing(&path))?;
            if !is_unfinished(&head) {
                return Ok(head);
            }
        }
        let end = self.finish_interrupted(id).map_err(|problem| problem.showing(&path))?;
        let mut head = reader::head(&path).map_err(|error| error.problem.showing(&path))?;
        head.end_as(end);
        Ok(head)
    }

    /// Reads a run without its trials: what it was to measure, and on which machine. Blocks.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn without_trials(&self, id: &str) -> Result<(Head, RunResults), RecordError> {
        let path = self.path(id);
        let end = self.finish_interrupted(id).map_err(|problem| problem.showing(&path))?;
        let (mut head, results) = reader::without_trials(&path).map_err(|error| error.problem.showing(&path))?;
        head.end_as(end);
        Ok((head, results))
    }

    /// Reads a run. It is in use until its `source` is dropped. Blocks.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn open(&self, id: &str) -> Result<StoredRun, RecordError> {
        let path = self.path(id);
        let open = || {
            std::fs::metadata(&path)?;
            let end = self.finish_interrupted(id)?;
            match lock::patiently(|| Lock::shared(&self.lock_path(id))) {
                Ok(lock) => reader::open(&path, Origin::History, Some(lock.ok_or(Problem::InUse)?), end),
                // Nobody can change it there.
                Err(error) if is_read_only(&error) => reader::open(&path, Origin::Elsewhere, None, None),
                Err(error) => Err(error.into()),
            }
        };
        open().map_err(|problem| problem.showing(&path))
    }

    /// Finishes what a lab has left that was killed, or that could not write the end: the log goes into the file, and the
    /// run counts as completed if all its trials are there, else as interrupted. Returns that end if it found that nobody
    /// records the run any more, even where it could not write it. A run without a measured trial that nobody uses is
    /// removed: [`Problem::NothingMeasured`].
    pub(super) fn finish_interrupted(&self, id: &str) -> Result<Option<RunStatus>, Problem> {
        let path = self.path(id);
        let log = companions(&path).iter().any(|path| path.exists());
        if !log && reader::head(&path).map_or(true, |head| !is_unfinished(&head)) {
            return Ok(None);
        }
        let _lock = match Lock::exclusive(&self.lock_path(id)) {
            Ok(Some(lock)) => lock,
            Ok(None) => {
                // Whoever records or shows it shares the lock. Another that is just finishing it does not.
                drop(lock::patiently(|| Lock::shared(&self.lock_path(id)))?);
                return Ok(None);
            }
            Err(error) if is_read_only(&error) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut end = RunStatus::Interrupted;
        let mut finish = || {
            let connection = connect::for_writing(&path)?;
            super::schema::check(&connection)?;
            if ends_unmeasured(&connection)? {
                // The file is closed before it is removed.
                drop(connection);
                self.remove_files(id)?;
                return Err(Problem::NothingMeasured);
            }
            end = reader::end_of_abandoned(&connection);
            let set = "UPDATE run SET status = ?1 WHERE status = ?2";
            change_run(&connection, set, [end.name(), RunStatus::Running.name()])?;
            connect::drop_log(&connection)
        };
        match finish() {
            // It can be read all the same, and is finished once there is space, or nobody reads its log.
            Err(problem) if problem.is_full_disk(&path) || problem.is_busy() => Ok(Some(end)),
            finished => finished.map(|()| Some(end)),
        }
    }

    /// Bytes on disk.
    pub(super) fn bytes(&self, id: &str) -> u64 {
        let path = self.path(id);
        let length = |path: &Path| std::fs::symlink_metadata(path).map_or(0, |found| found.len());
        length(&path) + companions(&path).iter().map(|path| length(path)).sum::<u64>()
    }

    /// Gives a run another name.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn rename(&self, id: &str, name: &str) -> Result<(), RecordError> {
        self.set(id, "UPDATE run SET name = ?1", name.to_owned().into())
    }

    /// Gives a run a note, or takes it away with an empty one.
    ///
    /// # Errors
    /// If it can't be written, or its format has no notes.
    pub fn set_note(&self, id: &str, note: &str) -> Result<(), RecordError> {
        let note = (!note.is_empty()).then(|| printable::without_home(note).into_owned());
        self.change(id, |connection, version| {
            if version < FormatVersion::FIRST_WITH_NOTES {
                return Err(Problem::NoNotes { version });
            }
            change_run(connection, "UPDATE run SET note = ?1", [note])
        })
    }

    /// Keeps a run until it is deleted, or no longer.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn pin(&self, id: &str, pinned: bool) -> Result<(), RecordError> {
        self.set(id, "UPDATE run SET pinned = ?1", pinned.into())
    }

    /// Returns true for a run that ended without a measured trial, and that neither a pin nor a note keeps: the next list
    /// removes it. Blocks.
    #[must_use]
    pub fn goes_with_next_list(&self, id: &str) -> bool {
        reader::head(&self.path(id)).is_ok_and(|head| head.is_unmeasured)
    }

    /// Stores the headline of a run that has none of this version of the lab. A file of an older format stays as it is.
    /// Blocks.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn set_headline(&self, id: &str, headline: &str) -> Result<(), RecordError> {
        let path = self.path(id);
        let set = || {
            let _lock = self.lock_to_change(id)?;
            let connection = connect::for_writing(&path)?;
            if super::schema::check(&connection)? >= FormatVersion::CURRENT {
                super::schema::set_headline(&connection, headline)?;
            }
            Ok::<_, Problem>(())
        };
        set().map_err(|problem| problem.changing(&path))
    }

    /// Keeps other labs from removing a run while it is changed.
    fn lock_to_change(&self, id: &str) -> Result<Lock, Problem> {
        let lock = lock::patiently(|| Lock::shared(&self.lock_path(id)))?.ok_or(Problem::InUse)?;
        if self.path(id).exists() { Ok(lock) } else { Err(Problem::Removed) }
    }

    fn set(&self, id: &str, sql: &'static str, value: rusqlite::types::Value) -> Result<(), RecordError> {
        self.change(id, |connection, _| change_run(connection, sql, [value]))
    }

    fn change(
        &self,
        id: &str,
        change: impl FnOnce(&rusqlite::Connection, FormatVersion) -> Result<(), Problem>,
    ) -> Result<(), RecordError> {
        let path = self.path(id);
        let changed = || {
            self.finish_interrupted(id)?;
            let _lock = self.lock_to_change(id)?;
            let connection = connect::for_writing(&path)?;
            let version = super::schema::check(&connection)?;
            change(&connection, version)
        };
        changed().map_err(|problem| problem.changing(&path))
    }

    /// Deletes a run.
    ///
    /// # Errors
    /// If it is pinned or in use, or can't be removed.
    pub fn delete(&self, id: &str) -> Result<(), RecordError> {
        let path = self.path(id);
        let delete = || {
            let _lock = self.lock_to_delete(id)?;
            self.remove_files(id)
        };
        delete().map_err(|problem| problem.changing(&path))
    }

    /// Waits until nobody uses a run, and keeps it from being used. Nobody can have pinned it then.
    pub(super) fn lock_to_delete(&self, id: &str) -> Result<Lock, Problem> {
        let lock = lock::patiently(|| Lock::exclusive(&self.lock_path(id)))?.ok_or(Problem::InUse)?;
        // One that can't be read can't be pinned.
        if reader::head(&self.path(id)).is_ok_and(|head| head.pinned) { Err(Problem::Pinned) } else { Ok(lock) }
    }

    /// Deletes a run that nobody uses at the moment, unless it is pinned or can't be read. Returns true if it is gone.
    pub(super) fn delete_unused(&self, id: &str) -> bool {
        let lock = Lock::exclusive(&self.lock_path(id));
        matches!(lock, Ok(Some(_)))
            && reader::head(&self.path(id)).is_ok_and(|head| !head.pinned)
            && self.remove_files(id).is_ok()
    }

    /// Removes the files of a run whose lock is held.
    pub(super) fn remove_files(&self, id: &str) -> Result<(), Problem> {
        remove_with_companions(&self.path(id))
    }
}

/// True for a run whose file states that it runs, where nobody may record it any more, or that it ended with nothing
/// measured and is not wanted.
fn is_unfinished(head: &Head) -> bool {
    head.status == RunStatus::Running || head.is_unmeasured
}

/// Changes the row of a run, and its check value.
pub(super) fn change_run(
    connection: &rusqlite::Connection,
    sql: &str,
    values: impl rusqlite::Params,
) -> Result<(), Problem> {
    let transaction = connect::change(connection)?;
    super::seal::change(&transaction, "run", || {
        transaction.execute(sql, values)?;
        Ok(())
    })?;
    transaction.commit()?;
    Ok(())
}

/// Removes a file and those that SQLite keeps beside it.
pub(super) fn remove_with_companions(path: &Path) -> Result<(), Problem> {
    std::fs::remove_file(path)?;
    for companion in companions(path) {
        match std::fs::remove_file(&companion) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

/// A folder as messages name it.
pub(super) fn shown(folder: &Path) -> String {
    printable::path(folder)
}

/// True where the folder can't be written to.
fn is_read_only(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::ReadOnlyFilesystem | std::io::ErrorKind::PermissionDenied)
}
