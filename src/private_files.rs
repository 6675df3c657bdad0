//! Folders and files that no other user can write, and the checks before one is trusted. Modes are set explicitly and
//! do not depend on the umask. Contains no policy about names or contents.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::bounded_read::{self, ReadError};

/// Longest folder for temporary files: the path of a socket in a longer one would exceed the system's limit.
const LONGEST_TEMPORARY: usize = 60;

/// Returns the system's folder for temporary files as an absolute path. An empty variable counts as unset; a relative
/// folder is resolved against the current folder.
#[must_use]
pub fn temporary_folder() -> PathBuf {
    let folder = std::env::temp_dir();
    if folder.as_os_str().is_empty() {
        return PathBuf::from("/tmp");
    }
    // Without a current folder the relative path remains.
    std::path::absolute(&folder).unwrap_or(folder)
}

/// Returns the folder for temporary files of a process that has a folder of its own: that one, unless its path is so long
/// that no socket could be made in it. Absolute, since the process may have another current folder.
#[must_use]
pub fn temporary_folder_within(folder: &Path) -> PathBuf {
    if folder.as_os_str().len() <= LONGEST_TEMPORARY { folder.to_owned() } else { temporary_folder() }
}

/// Creates a folder that only this user can enter. Its parent must exist.
///
/// # Errors
/// The operating system's error, also if the path exists.
pub fn create_folder(path: &Path) -> io::Result<()> {
    platform::create_folder(path)?;
    check_folder(path)
}

/// Creates a folder and its missing parents, all for this user only.
///
/// # Errors
/// The operating system's error.
pub fn create_folders(path: &Path) -> io::Result<()> {
    match platform::create_folder(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let parent = path.parent().ok_or(error)?;
            create_folders(parent)?;
            platform::create_folder(path)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match path.is_dir() {
            true => Ok(()),
            false => Err(denied(format!("{} is not a folder", path.display()))),
        },
        other => other,
    }
}

/// Checks that a path is a folder (not a link to one), belongs to this user and is closed to all others.
///
/// # Errors
/// [`io::ErrorKind::PermissionDenied`] with the reason, or the operating system's error.
pub fn check_folder(path: &Path) -> io::Result<()> {
    let found = fs::symlink_metadata(path)?;
    if !found.is_dir() {
        return Err(denied(format!("{} is not a folder", path.display())));
    }
    platform::belongs_to_this_user(path, &found)?;
    platform::closed_to_others(path, &found)
}

/// Checks that no other user can rename or replace what this user creates in a folder: the folder and its parents
/// belong to this user or root, and either no other user can write them, or they are sticky, as `/tmp` is. (The owner
/// of a sticky folder can rename everything in it.)
///
/// # Errors
/// [`io::ErrorKind::PermissionDenied`] with the reason, or the operating system's error.
pub fn check_parent(path: &Path) -> io::Result<()> {
    path.canonicalize()?.ancestors().try_for_each(|folder| platform::check_parent(folder, &fs::metadata(folder)?))
}

/// Writes a new file that only this user can access.
///
/// # Errors
/// The operating system's error, also if the path exists.
pub fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    create_new(path)?.write_all(content)
}

/// Returns options that create files only this user can access.
#[must_use]
pub fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    platform::private(&mut options);
    options
}

/// Creates a new file that only this user can access, open for reading and writing.
///
/// # Errors
/// The operating system's error, also if the path exists.
pub fn create_new(path: &Path) -> io::Result<File> {
    let file = options().read(true).write(true).create_new(true).open(path)?;
    platform::close_to_others(&file)?;
    Ok(file)
}

/// Opens a file for reading and writing, and creates it where there is none, for this user only. Follows no link and waits
/// for no pipe.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] with the reason if the path leads to anything but a regular file, or the operating
/// system's error.
pub fn open_or_create(path: &Path) -> io::Result<File> {
    let other = || {
        let reason = format!("{} is not a regular file; move or remove it", path.display());
        io::Error::new(io::ErrorKind::InvalidInput, reason)
    };
    let is_other = || fs::symlink_metadata(path).is_ok_and(|found| !found.is_file());
    let mut options = options();
    let options = platform::without_following(options.read(true).write(true).create(true).truncate(false));
    let file = options.open(path).map_err(|error| if is_other() { other() } else { error })?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(other()) }
}

/// Checks that a path is a regular file (not a link to one), belongs to this user and can't be written by others.
///
/// # Errors
/// [`io::ErrorKind::PermissionDenied`] with the reason, or the operating system's error.
pub fn check_file(path: &Path) -> io::Result<()> {
    check_owner(path)?;
    platform::written_by_owner_only(path, &fs::symlink_metadata(path)?)
}

/// Checks that a path is a regular file (not a link to one) and belongs to this user.
///
/// # Errors
/// [`io::ErrorKind::PermissionDenied`] with the reason, or the operating system's error.
pub fn check_owner(path: &Path) -> io::Result<()> {
    let found = fs::symlink_metadata(path)?;
    if !found.is_file() {
        return Err(denied(format!("{} is not a regular file", path.display())));
    }
    platform::belongs_to_this_user(path, &found)
}

/// Returns true if a path still leads to an open file: it was neither removed nor replaced meanwhile.
#[must_use]
pub fn is_still(file: &File, path: &Path) -> bool {
    let both = file.metadata().and_then(|open| Ok((open, fs::symlink_metadata(path)?)));
    both.is_ok_and(|(open, there)| platform::is_same(&open, &there))
}

/// Device and inode of a file (Unix): two paths with the same identity lead to one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileIdentity(platform::Identity);

/// Returns which file a path leads to, and its length in bytes.
///
/// # Errors
/// The operating system's error.
pub fn identity(path: &Path) -> io::Result<(FileIdentity, u64)> {
    let found = fs::symlink_metadata(path)?;
    Ok((FileIdentity(platform::identity(&found)), found.len()))
}

/// Reads a private file of at most `limit` bytes, after the checks of [`check_file`].
///
/// # Errors
/// The errors of [`check_file`], and [`io::ErrorKind::FileTooLarge`] for a longer file.
pub fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    check_file(path)?;
    bounded_read::file(path, limit).map_err(|error| match error {
        ReadError::Io(error) => error,
        // The message of `ReadError` states the limit in megabytes, which is too coarse here.
        _ => io::Error::new(io::ErrorKind::FileTooLarge, format!("{} has more than {limit} bytes", path.display())),
    })
}

fn denied(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, reason)
}

#[cfg(unix)]
mod platform {
    use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
    use std::io;
    use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
    use std::path::Path;

    use super::denied;
    use crate::usage;

    pub(super) fn create_folder(path: &Path) -> io::Result<()> {
        DirBuilder::new().mode(0o700).create(path)?;
        // A umask may have removed even this user's permissions.
        fs::set_permissions(path, Permissions::from_mode(0o700))
    }

    pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
        options.mode(0o600)
    }

    pub(super) fn without_following(options: &mut OpenOptions) -> &mut OpenOptions {
        options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
    }

    pub(super) fn close_to_others(file: &File) -> io::Result<()> {
        file.set_permissions(Permissions::from_mode(0o600))
    }

    pub(super) fn belongs_to_this_user(path: &Path, found: &Metadata) -> io::Result<()> {
        if usage::effective_user() == Some(found.uid()) {
            return Ok(());
        }
        Err(denied(format!("{} belongs to another user (id {})", path.display(), found.uid())))
    }

    pub(super) fn closed_to_others(path: &Path, found: &Metadata) -> io::Result<()> {
        let mode = found.mode() & 0o7777;
        if mode & 0o077 == 0 {
            return Ok(());
        }
        Err(denied(format!(
            "{} is open to other users (mode {mode:o}); chmod go-rwx takes their access away",
            path.display()
        )))
    }

    pub(super) fn written_by_owner_only(path: &Path, found: &Metadata) -> io::Result<()> {
        let mode = found.mode() & 0o7777;
        if mode & 0o022 == 0 {
            return Ok(());
        }
        Err(denied(format!("{} can be written by other users (mode {mode:o})", path.display())))
    }

    /// Device and inode.
    pub(super) type Identity = (u64, u64);

    pub(super) fn identity(found: &Metadata) -> Identity {
        (found.dev(), found.ino())
    }

    pub(super) fn is_same(one: &Metadata, other: &Metadata) -> bool {
        identity(one) == identity(other)
    }

    pub(super) fn check_parent(path: &Path, found: &Metadata) -> io::Result<()> {
        let (mode, owner, group) = (found.mode() & 0o7777, found.uid(), found.gid());
        // A group with the owner's id, as many systems create for each user, has no other members.
        let by_group = mode & 0o020 != 0 && group != 0 && group != owner;
        if mode & 0o1000 == 0 && (mode & 0o002 != 0 || by_group) {
            return Err(denied(format!(
                "other users can replace files in {} (mode {mode:o}, not sticky)",
                path.display()
            )));
        }
        if owner == 0 || usage::effective_user() == Some(owner) {
            return Ok(());
        }
        Err(denied(format!("{} belongs to another user (id {owner})", path.display())))
    }
}

#[cfg(not(unix))]
mod platform {
    //! Files inherit the permissions of the user's folder for temporary files on these systems.
    use std::fs::{self, File, Metadata, OpenOptions};
    use std::io;
    use std::path::Path;

    pub(super) fn create_folder(path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    pub(super) const fn private(options: &mut OpenOptions) -> &mut OpenOptions {
        options
    }

    pub(super) const fn without_following(options: &mut OpenOptions) -> &mut OpenOptions {
        options
    }

    pub(super) const fn close_to_others(_file: &File) -> io::Result<()> {
        Ok(())
    }

    pub(super) const fn belongs_to_this_user(_path: &Path, _found: &Metadata) -> io::Result<()> {
        Ok(())
    }

    pub(super) const fn closed_to_others(_path: &Path, _found: &Metadata) -> io::Result<()> {
        Ok(())
    }

    pub(super) const fn written_by_owner_only(_path: &Path, _found: &Metadata) -> io::Result<()> {
        Ok(())
    }

    /// Open files can't be replaced on these systems.
    pub(super) type Identity = ();

    pub(super) const fn identity(_found: &Metadata) -> Identity {}

    /// Open files can't be replaced on these systems.
    pub(super) const fn is_same(_one: &Metadata, _other: &Metadata) -> bool {
        true
    }

    pub(super) const fn check_parent(_path: &Path, _found: &Metadata) -> io::Result<()> {
        Ok(())
    }
}

/// Removes a folder with all that is in it, folders too that were made read-only. Follows no link. A folder that is not
/// there counts as removed.
///
/// # Errors
/// The system's error.
pub fn remove_all(folder: &Path) -> io::Result<()> {
    let removed = fs::remove_dir_all(folder).or_else(|error| match error.kind() {
        io::ErrorKind::PermissionDenied => {
            make_writable(folder);
            fs::remove_dir_all(folder)
        }
        _ => Err(error),
    });
    removed.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
}

/// Gives this user all permissions on a folder and those in it.
#[cfg(unix)]
fn make_writable(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        if fs::symlink_metadata(&folder).is_ok_and(|found| found.is_dir()) {
            // Where this fails, so does the removal, which is reported.
            let _ = fs::set_permissions(&folder, fs::Permissions::from_mode(0o700));
            let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
            folders.extend(
                entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|entry| entry.path()),
            );
        }
    }
}

#[cfg(not(unix))]
fn make_writable(_folder: &Path) {}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).expect("exists").permissions().mode() & 0o7777
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("set");
    }

    #[test]
    fn folders_and_files_are_for_one_user() {
        let parent = tempfile::tempdir().expect("a folder");
        let folder = parent.path().join("folder");
        create_folder(&folder).expect("created");
        assert_eq!(mode(&folder), 0o700);
        assert!(create_folder(&folder).is_err(), "it exists");
        let file = folder.join("file");
        write_new(&file, b"content").expect("written");
        assert_eq!(mode(&file), 0o600);
        assert!(write_new(&file, b"other").is_err(), "it exists");
        assert_eq!(read(&file, 7).expect("private"), b"content");
        assert_eq!(read(&file, 6).expect_err("too long").kind(), io::ErrorKind::FileTooLarge);
        create_folders(&folder.join("a/b/c")).expect("created");
        create_folders(&folder.join("a/b/c")).expect("exists");
        assert_eq!((mode(&folder.join("a")), mode(&folder.join("a/b/c"))), (0o700, 0o700));
        assert!(create_folders(&file.join("below")).is_err(), "a file is in the way");
    }

    #[test]
    fn what_belongs_to_another_user_is_refused() {
        let parent = tempfile::tempdir().expect("a folder");
        let (folder, file) = (parent.path().join("folder"), parent.path().join("file"));
        create_folder(&folder).expect("created");
        write_new(&file, b"x").expect("written");
        // Only root can give a file away.
        if [&folder, &file].iter().any(|path| std::os::unix::fs::chown(path, Some(65_534), None).is_err()) {
            return;
        }
        for refused in [check_folder(&folder), check_parent(&folder), check_file(&file), read(&file, 9).map(|_| ())] {
            let reason = refused.expect_err("another user's").to_string();
            assert!(reason.contains("belongs to another user (id 65534)"), "{reason}");
        }
    }

    #[test]
    fn what_others_could_change_is_refused_with_the_reason() {
        let parent = tempfile::tempdir().expect("a folder");
        let (folder, file) = (parent.path().join("folder"), parent.path().join("file"));
        create_folder(&folder).expect("created");
        write_new(&file, b"x").expect("written");
        let reason = |result: io::Result<()>| result.expect_err("refused").to_string();
        for open in [0o750, 0o701, 0o777, 0o1777] {
            set_mode(&folder, open);
            assert!(reason(check_folder(&folder)).contains("open to other users"), "{open:o}");
        }
        assert!(check_parent(&folder).is_ok(), "sticky");
        let inside = folder.join("inside");
        create_folder(&inside).expect("created");
        set_mode(&folder, 0o777);
        assert!(reason(check_parent(&folder)).contains("not sticky"));
        assert!(reason(check_parent(&inside)).contains("not sticky"), "nor where a folder around it is open");
        // Only root can give a folder to another group, or to another user.
        if std::os::unix::fs::chown(&folder, None, Some(65_534)).is_ok() {
            set_mode(&folder, 0o2775);
            assert!(reason(check_parent(&folder)).contains("mode 2775, not sticky"), "the group can replace files");
        }
        if std::os::unix::fs::chown(&folder, Some(65_534), None).is_ok() {
            set_mode(&folder, 0o1777);
            assert!(reason(check_parent(&folder)).contains("belongs to another user"), "the owner can, sticky or not");
            std::os::unix::fs::chown(&folder, Some(0), Some(0)).expect("root");
        }
        set_mode(&file, 0o662);
        assert!(reason(check_file(&file)).contains("written by other users"));
        set_mode(&folder, 0o700);
        let (to_folder, to_file) = (parent.path().join("to-folder"), parent.path().join("to-file"));
        symlink(&folder, &to_folder).expect("linked");
        symlink(&file, &to_file).expect("linked");
        assert!(reason(check_folder(&to_folder)).contains("is not a folder"));
        assert!(reason(check_file(&to_file)).contains("is not a regular file"));
        assert!(reason(check_file(Path::new("/dev/null"))).contains("is not a regular file"));
    }
}
