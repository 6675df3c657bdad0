//! Deleting a run so that it can be brought back: its files get another ending and stay locked for as long as that is
//! possible. What a killed lab has left so is removed with the other leftovers.

use std::path::{Path, PathBuf};

use super::companions::companions;
use super::error::{Problem, RecordError};
use super::lock::Lock;
use super::store::Store;

/// The ending of the file of a deleted run.
pub(super) const DELETED: &str = "deleted";

/// A deleted run that can be brought back. It is removed for good when this is dropped.
#[derive(Debug)]
pub struct DeletedRun {
    store: Store,
    id: String,
    /// `None` once it is back.
    lock: Option<Lock>,
}

impl Store {
    /// Deletes a run until the returned value is dropped; then it is gone. Blocks.
    ///
    /// # Errors
    /// If it is pinned or in use, or can't be renamed.
    pub fn delete_for_now(&self, id: &str) -> Result<DeletedRun, RecordError> {
        let path = self.path(id);
        let delete = || -> Result<DeletedRun, Problem> {
            std::fs::symlink_metadata(&path)?;
            // A log goes into the file first. Where that fails the file is damaged, and the log moves with it.
            if let Err(gone @ Problem::NothingMeasured) = self.finish_interrupted(id) {
                return Err(gone);
            }
            let lock = self.lock_to_delete(id)?;
            move_files(&path, &self.deleted_path(id))?;
            Ok(DeletedRun { store: self.clone(), id: id.to_owned(), lock: Some(lock) })
        };
        delete().map_err(|problem| problem.changing(&path))
    }

    fn deleted_path(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.{DELETED}"))
    }

    /// Removes a deleted run that nobody can bring back.
    pub(super) fn remove_deleted(&self, id: &str) -> Result<(), Problem> {
        let Some(_lock) = Lock::exclusive(&self.lock_path(id))? else { return Ok(()) };
        super::store::remove_with_companions(&self.deleted_path(id))
    }
}

impl DeletedRun {
    /// Id of the run.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Brings the run back; one that is back stays. Blocks.
    ///
    /// # Errors
    /// If it can't be renamed; it can then be tried again.
    pub fn restore(&mut self) -> Result<(), RecordError> {
        if self.lock.is_none() {
            return Ok(());
        }
        let path = self.store.path(&self.id);
        let restore = || {
            if path.exists() {
                return Err(Problem::Io(std::io::ErrorKind::AlreadyExists.into()));
            }
            move_files(&self.store.deleted_path(&self.id), &path)
        };
        restore().map_err(|problem| problem.at(&path))?;
        self.lock = None;
        Ok(())
    }
}

impl Drop for DeletedRun {
    fn drop(&mut self) {
        if self.lock.is_some() {
            // What can't be removed is a leftover, which the next list of runs removes.
            let _ = super::store::remove_with_companions(&self.store.deleted_path(&self.id));
        }
    }
}

/// Renames a file and those beside it. The file itself is last: what is killed in between is still a run.
fn move_files(from: &Path, to: &Path) -> Result<(), Problem> {
    for (from, to) in companions(from).iter().zip(companions(to)) {
        match std::fs::rename(from, to) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    std::fs::rename(from, to)?;
    Ok(())
}
