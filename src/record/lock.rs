//! Locks that say which runs are in use: a file beside each one, locked for as long as a lab has the run open.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::{printable, private_files};

/// A lock that is held: shared by whoever records or shows a run, exclusive to change or remove what nobody uses.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
    path: PathBuf,
}

/// Longest wait for one that has a lock for a moment, to finish a run that was interrupted or to derive its headline.
const PATIENCE: Duration = Duration::from_secs(1);
/// Most times that a lock is taken whose file is removed or replaced meanwhile.
const MOST_REPLACED: usize = 1_000;
/// Time between two attempts.
const PAUSE: Duration = Duration::from_millis(10);

/// Takes a lock by `take`; `None` where another still has it after a second.
pub(super) fn patiently(take: impl Fn() -> io::Result<Option<Lock>>) -> io::Result<Option<Lock>> {
    let begun = Instant::now();
    loop {
        match take()? {
            None if begun.elapsed() < PATIENCE => thread::sleep(PAUSE),
            taken => return Ok(taken),
        }
    }
}

/// True where the lock is held now; false where another has it. File systems without locks have nobody to lock out.
fn held(result: Result<(), TryLockError>) -> io::Result<bool> {
    match result {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

impl Lock {
    /// Takes the lock for one; `None` where another has it.
    pub(super) fn exclusive(path: &Path) -> io::Result<Option<Self>> {
        Self::take(path, File::try_lock)
    }

    /// Takes the lock together with others; `None` where one has it alone.
    pub(super) fn shared(path: &Path) -> io::Result<Option<Self>> {
        Self::take(path, File::try_lock_shared)
    }

    fn take(path: &Path, lock: fn(&File) -> Result<(), TryLockError>) -> io::Result<Option<Self>> {
        for _ in 0..MOST_REPLACED {
            let file = private_files::open_or_create(path)?;
            if !held(lock(&file))? {
                return Ok(None);
            }
            // The last holder may have removed the file meanwhile.
            if private_files::is_still(&file, path) {
                return Ok(Some(Self { file, path: path.to_owned() }));
            }
        }
        let path = printable::path(path);
        Err(io::Error::other(format!(
            "{path} is removed or replaced each time it is opened; end the program that does so"
        )))
    }

    /// Removes the run that the lock is for by `remove`, unless others hold it, too, or its file is another one now. The
    /// lock is then exclusive.
    pub(super) fn alone(&self, remove: impl FnOnce()) {
        if self.make_exclusive().is_ok_and(|alone| alone) && private_files::is_still(&self.file, &self.path) {
            remove();
        }
    }

    /// Makes a shared lock exclusive; false, and shared again, where others hold it, too.
    fn make_exclusive(&self) -> io::Result<bool> {
        // Two steps where the system can't change a lock that it has given.
        self.file.unlock().or_else(unsupported)?;
        let alone = held(self.file.try_lock())?;
        if !alone {
            held(self.file.try_lock_shared())?;
        }
        Ok(alone)
    }
}

fn unsupported(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::Unsupported { Ok(()) } else { Err(error) }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Only the last holder gets it alone. Where the file stays, it is empty and is used again.
        self.alone(|| drop(std::fs::remove_file(&self.path)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_share_a_lock_and_the_last_one_removes_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("run.lock");
        let alone = Lock::exclusive(&path).expect("a lock").expect("free");
        assert!(Lock::exclusive(&path).expect("a lock").is_none());
        assert!(Lock::shared(&path).expect("a lock").is_none());
        drop(alone);
        assert!(!path.exists());
        let one = Lock::shared(&path).expect("a lock").expect("free");
        let other = Lock::shared(&path).expect("a lock").expect("shared");
        assert!(Lock::exclusive(&path).expect("a lock").is_none());
        drop(one);
        assert!(path.exists() && Lock::exclusive(&path).expect("a lock").is_none(), "it is still in use");
        drop(other);
        assert!(!path.exists());
    }
}
