//! Atomic replacement of a file: written beside it under another name, then renamed, so that a reader never sees half
//! of it and a failure leaves the old file.

use std::fs::{File, Metadata};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use crate::failure::StorageLimit;
use crate::private_files;

const PREFIX: &str = ".concurrency-lab-";
const SUFFIX: &str = ".part";

/// Replaces `path` by what `write` writes. If that fails, `path` is unchanged.
///
/// A link is followed. A path that is not a regular file (a device, a pipe) is written to, not replaced.
///
/// # Errors
/// The error of `write` or of the file system, preceded by the path.
pub fn replace_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    replace_as(path, NewFile::Shared, write)
}

/// Replaces `path` like [`replace_file`]; a new file can be read by this user only, whatever the umask.
///
/// # Errors
/// See [`replace_file`].
pub fn replace_private_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    replace_as(path, NewFile::Private, write)
}

/// Permissions of a new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NewFile {
    /// Permissions by the umask.
    Shared,
    /// Only this user can read and write it.
    Private,
}

fn replace_as(path: &Path, new: NewFile, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    replace(path, new, write).map_err(|error| naming(path, error))
}

/// Adds the path that could not be written to an error, and the remedy where a disk is full.
#[must_use]
pub fn naming(path: &Path, error: io::Error) -> io::Error {
    let reason = match missing_folder(path) {
        Some(folder) if error.kind() == io::ErrorKind::NotFound => format!("there is no folder {folder}"),
        _ => error.to_string(),
    };
    let remedy = StorageLimit::of(&error).map_or("", StorageLimit::remedy_for_file);
    io::Error::new(error.kind(), format!("can't write {}: {reason}{remedy}", path.display()))
}

/// Returns the folder of a path if it does not exist.
#[must_use]
pub fn missing_folder(path: &Path) -> Option<String> {
    let folder = folder_of(path);
    (!folder.is_dir()).then(|| folder.display().to_string())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Largest number of links followed, the limit of Linux.
const MOST_LINKS: usize = 40;

/// Returns the file that writing to `path` replaces: follows links, also to a file that does not exist yet.
///
/// # Errors
/// The operating system's error, also if the folder does not exist.
pub fn target(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        if let Ok(found) = path.canonicalize() {
            return Ok(found);
        }
        let Ok(link) = std::fs::read_link(&path) else {
            let name = path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
            return Ok(folder_of(&path).canonicalize()?.join(name));
        };
        path = folder_of(&path).join(link);
    }
    Err(io::Error::other("too many links"))
}

fn replace(path: &Path, new: NewFile, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let old = match std::fs::metadata(path) {
        Ok(old) if old.is_dir() => return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder")),
        Ok(old) if !old.is_file() => {
            let mut file = File::options().write(true).open(path)?;
            write(&mut file)?;
            return file.flush();
        }
        Ok(old) => Some(old),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let target = target(path)?;
    let folder = folder_of(&target);
    remove_leftovers(folder);
    let mut temporary = locked_beside(folder, old.as_ref(), new)?;
    write(temporary.as_file_mut())?;
    temporary.as_file().sync_all()?;
    temporary.persist(&target).map_err(|error| error.error)?;
    Ok(())
}

/// Removes temporary files of labs that were killed while writing to this folder: files with the lab's prefix that
/// belong to this user and are not locked.
fn remove_leftovers(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_ours = name.to_str().is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX));
        // Opening something other than a regular file could block.
        if !is_ours || private_files::check_owner(&entry.path()).is_err() {
            continue;
        }
        // The lock is held during the removal: a lab that has just created the file notices (`locked_beside`).
        if let Ok(file) = File::options().write(true).open(entry.path())
            && file.try_lock().is_ok()
            && private_files::is_still(&file, &entry.path())
        {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Creates a locked temporary file, so that other labs do not take it for a leftover.
fn locked_beside(folder: &Path, old: Option<&Metadata>, new: NewFile) -> io::Result<NamedTempFile> {
    loop {
        let temporary = beside(folder, old, new)?;
        // If files can't be locked, no other lab can take it for a leftover either.
        if temporary.as_file().lock().is_err() || private_files::is_still(temporary.as_file(), temporary.path()) {
            return Ok(temporary);
        }
    }
}

/// Creates a temporary file with the permissions of the old file, or those of a new file.
#[cfg(unix)]
fn beside(folder: &Path, old: Option<&Metadata>, new: NewFile) -> io::Result<NamedTempFile> {
    use std::os::unix::fs::PermissionsExt as _;
    // The umask applies, as for any new file. A replacement is closed to other users until it has the old file's
    // permissions: a process that opened it before could read all of it.
    let closed = old.is_some() || new == NewFile::Private;
    let permissions = std::fs::Permissions::from_mode(if closed { 0o600 } else { 0o666 });
    let file = named().permissions(permissions).tempfile_in(folder)?;
    if let Some(old) = old {
        file.as_file().set_permissions(old.permissions())?;
    }
    Ok(file)
}

/// Creates a temporary file; new files inherit their permissions from the folder on these systems.
#[cfg(not(unix))]
fn beside(folder: &Path, _old: Option<&Metadata>, _new: NewFile) -> io::Result<NamedTempFile> {
    named().tempfile_in(folder)
}

fn named<'a>() -> Builder<'a, 'a> {
    let mut builder = Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    builder
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(path: &Path, text: &str) -> io::Result<()> {
        replace_file(path, |out| out.write_all(text.as_bytes()))
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).expect("a folder");
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn the_new_replaces_the_old_and_nothing_else_remains() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("out.csv");
        put(&path, "first, and longer").expect("written");
        put(&path, "second").expect("written");
        assert_eq!(std::fs::read_to_string(&path).expect("readable"), "second");
        assert_eq!(names(folder.path()), ["out.csv"]);
    }

    #[test]
    fn a_failure_leaves_the_old_and_names_the_path() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("out.csv");
        put(&path, "old").expect("written");
        let error = replace_file(&path, |out| {
            out.write_all(b"half")?;
            Err(io::Error::other("the disk is full"))
        });
        let message = error.expect_err("fails").to_string();
        assert!(message.contains("out.csv") && message.contains("the disk is full"), "{message}");
        assert_eq!(std::fs::read_to_string(&path).expect("readable"), "old");
        assert_eq!(names(folder.path()), ["out.csv"]);
        let nowhere = put(&folder.path().join("no/such/out.csv"), "x").expect_err("no folder").to_string();
        let missing = folder.path().join("no/such");
        assert!(nowhere.ends_with(&format!("there is no folder {}", missing.display())), "{nowhere}");
        let is_folder = put(folder.path(), "x").expect_err("a folder").to_string();
        assert!(is_folder.contains("it is a folder"), "{is_folder}");
    }

    #[cfg(unix)]
    #[test]
    fn leftovers_of_a_killed_lab_are_removed_by_the_next_export() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        for name in [".concurrency-lab-dead.part", ".concurrency-lab-live.part", ".concurrency-lab-notes", "x.part"] {
            std::fs::write(at(name), "half").expect("written");
        }
        std::os::unix::fs::symlink(at("x.part"), at(".concurrency-lab-link.part")).expect("linked");
        let live = File::open(at(".concurrency-lab-live.part")).expect("there");
        live.lock().expect("free");
        put(&at("out.csv"), "x").expect("written");
        let mut left = names(folder.path());
        left.sort();
        assert_eq!(
            left,
            [".concurrency-lab-link.part", ".concurrency-lab-live.part", ".concurrency-lab-notes", "out.csv", "x.part"]
        );
    }

    #[cfg(unix)]
    #[test]
    fn permissions_are_those_of_any_new_file_or_of_the_old_one() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let mode =
            |name: &str| std::fs::metadata(folder.path().join(name)).expect("exists").permissions().mode() & 0o777;
        std::fs::write(folder.path().join("plain"), "x").expect("written");
        put(&folder.path().join("ours"), "x").expect("written");
        assert_eq!(mode("ours"), mode("plain"));
        let strict = std::fs::Permissions::from_mode(0o640);
        std::fs::set_permissions(folder.path().join("ours"), strict).expect("set");
        put(&folder.path().join("ours"), "y").expect("written");
        assert_eq!(mode("ours"), 0o640);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_followed_and_a_device_is_written_to() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        put(&file, "old").expect("written");
        std::os::unix::fs::symlink(&file, &link).expect("linked");
        put(&link, "new").expect("written");
        assert!(link.is_symlink());
        assert_eq!(std::fs::read_to_string(&file).expect("readable"), "new");
        put(Path::new("/dev/null"), "gone").expect("written");
        assert!(!Path::new("/dev/null").is_file());
        // Also a link to what does not exist yet, by way of another link.
        let (new, inner, outer) = (folder.path().join("new"), folder.path().join("inner"), folder.path().join("outer"));
        std::os::unix::fs::symlink("new", &inner).expect("linked");
        std::os::unix::fs::symlink(&inner, &outer).expect("linked");
        assert_eq!(
            target(&outer).expect("a file"),
            new.parent().expect("a folder").canonicalize().expect("one").join("new")
        );
        put(&outer, "first").expect("written");
        assert!(outer.is_symlink() && inner.is_symlink());
        assert_eq!(std::fs::read_to_string(&new).expect("readable"), "first");
        let circle = folder.path().join("circle");
        std::os::unix::fs::symlink(&circle, &circle).expect("linked");
        assert!(put(&circle, "x").is_err() && target(&circle).is_err());
    }
}
