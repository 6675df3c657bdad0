//! Trust checks for code and programs: the file and all folders above it belong to this user or to root, and no other
//! user can change them; no link of another user leads there.

use std::io;
use std::path::{Path, PathBuf};

use crate::printable;

/// Links that are followed in one path, as on Linux.
#[cfg(unix)]
const MOST_LINKS: usize = 40;

/// Reason why another user could have changed a program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// There is no such file.
    #[error("it can't be found any more")]
    Missing,
    /// The operating system tells nothing about it.
    #[error("{} can't be examined: {error}", printable::path(.path))]
    NotExamined {
        /// The file or folder.
        path: PathBuf,
        /// The reason.
        error: io::ErrorKind,
    },
    /// Other users may write it.
    #[error("other users can change {} (mode {mode:o})", printable::path(.path))]
    Writable {
        /// The file or folder.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It is another user's.
    #[error("{} belongs to another user (id {owner})", printable::path(.path))]
    Foreign {
        /// The file, folder or link.
        path: PathBuf,
        /// Number of its owner.
        owner: u32,
    },
}

/// Returns the reason why another user could have changed a program; `None` if that is ruled out.
#[cfg(unix)]
#[must_use]
pub fn doubt(program: &Path) -> Option<Doubt> {
    let name = program.file_name()?;
    // The file may be a link, as in a virtual environment: the folders of the link and of its target both count.
    let Some((folder, target)) =
        program.parent().and_then(|folder| folder.canonicalize().ok()).zip(program.canonicalize().ok())
    else {
        return Some(Doubt::Missing);
    };
    let link = folder.join(name);
    link.ancestors().chain(target.ancestors()).find_map(doubt_of)
}

/// Returns `None`: permissions are not read on this system; the lab does not look in folders of other users.
#[cfg(not(unix))]
#[must_use]
pub fn doubt(_program: &Path) -> Option<Doubt> {
    None
}

/// Returns the first link on the way to a file that lies in a folder where every user may write, such as `/tmp`, and
/// belongs to another user.
#[cfg(unix)]
pub(super) fn foreign_link(path: &Path) -> Option<Doubt> {
    use std::os::unix::fs::MetadataExt as _;
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let link = path.ancestors().collect::<Vec<_>>().into_iter().rev().find(|part| part.is_symlink())?.to_owned();
        let folder = link.parent()?;
        let is_shared = folder.metadata().is_ok_and(|found| found.mode() & 0o002 != 0);
        let owner = link.symlink_metadata().ok()?.uid();
        if let Some(doubt) = foreign(&link, owner).filter(|_| is_shared) {
            return Some(doubt);
        }
        let target = folder.join(link.read_link().ok()?);
        path = target.join(path.strip_prefix(&link).ok()?);
    }
    // So many links lead nowhere: reading fails.
    None
}

/// Returns `None`: links of other users are a danger in shared temporary folders, which this system does not have.
#[cfg(not(unix))]
pub(super) const fn foreign_link(_path: &Path) -> Option<Doubt> {
    None
}

#[cfg(unix)]
fn doubt_of(path: &Path) -> Option<Doubt> {
    use std::os::unix::fs::MetadataExt as _;
    let found = match std::fs::symlink_metadata(path) {
        // The mode of a link has no meaning.
        Ok(found) if found.is_symlink() => return foreign(path, found.uid()),
        Ok(found) => found,
        Err(error) => return Some(Doubt::NotExamined { path: path.to_owned(), error: error.kind() }),
    };
    let (mode, owner, group) = (found.mode(), found.uid(), found.gid());
    let sticky = found.is_dir() && mode & 0o1000 != 0;
    // A private group with the owner's id, as many systems give each user, has no other members.
    let private_group = group == 0 || group == owner;
    if !sticky && (mode & 0o002 != 0 || (mode & 0o020 != 0 && !private_group)) {
        return Some(Doubt::Writable { path: path.to_owned(), mode: mode & 0o7777 });
    }
    foreign(path, owner)
}

#[cfg(unix)]
fn foreign(path: &Path, owner: u32) -> Option<Doubt> {
    let trusted = owner == 0 || crate::usage::effective_user() == Some(owner);
    (!trusted).then(|| Doubt::Foreign { path: path.to_owned(), owner })
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::path::PathBuf;

    use super::*;

    fn environment(parent: &Path) -> PathBuf {
        let bin = parent.join("project/.venv/bin");
        fs::create_dir_all(&bin).expect("created");
        fs::write(parent.join("python3.11"), "").expect("written");
        symlink(parent.join("python3.11"), bin.join("python3")).expect("linked");
        for folder in [parent.join("project"), parent.join("project/.venv"), bin.clone(), parent.join("python3.11")] {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).expect("set");
        }
        bin.join("python3")
    }

    #[test]
    fn a_file_or_folder_that_others_can_change_is_doubted() {
        let parent = tempfile::tempdir().expect("a folder");
        let program = environment(parent.path());
        assert!(doubt(&program).is_none());
        let real = parent.path().canonicalize().expect("there");
        for part in ["project", "project/.venv", "project/.venv/bin", "python3.11"] {
            let path = real.join(part);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o757)).expect("set");
            let reason = doubt(&program).expect("every user can change it").to_string();
            assert!(reason.contains(&format!("other users can change {} (mode 757)", path.display())), "{reason}");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("set");
        }
        fs::remove_file(&program).expect("removed");
        assert!(matches!(doubt(&program), Some(Doubt::Missing)));
    }

    #[test]
    fn a_link_of_another_user_in_a_shared_folder_is_not_followed() {
        let parent = tempfile::tempdir().expect("a folder");
        let (shared, own) = (parent.path().join("shared"), parent.path().join("own"));
        for (folder, mode) in [(&shared, 0o1777), (&own, 0o755)] {
            fs::create_dir(folder).expect("created");
            fs::set_permissions(folder, fs::Permissions::from_mode(mode)).expect("set");
        }
        let program = own.join("tool");
        fs::write(&program, "").expect("written");
        let (link, indirect) = (shared.join("link"), own.join("indirect"));
        symlink("../own/tool", &link).expect("linked");
        symlink(&shared, &indirect).expect("linked");
        let ways = [program.clone(), link.clone(), indirect.join("link")];
        assert!(ways.iter().all(|way| foreign_link(way).is_none()), "links of this user");
        // Only root can give a link away.
        if std::os::unix::fs::lchown(&link, Some(65_534), None).is_ok() {
            let found: Vec<bool> = ways.iter().map(|way| foreign_link(way).is_some()).collect();
            assert_eq!(found, [false, true, true]);
            fs::set_permissions(&shared, fs::Permissions::from_mode(0o755)).expect("set");
            assert!(foreign_link(&link).is_none(), "no other user could put it there");
        }
        fs::remove_file(&link).expect("removed");
        symlink("link", &link).expect("linked");
        assert!(foreign_link(&link).is_none(), "a circle ends");
    }

    #[test]
    fn a_folder_of_another_user_is_doubted() {
        let parent = tempfile::tempdir().expect("a folder");
        let program = environment(parent.path());
        let folder = parent.path().join("project/.venv");
        // Only root can give a folder away.
        if std::os::unix::fs::chown(&folder, Some(65_534), None).is_ok() {
            let reason = doubt(&program).expect("foreign").to_string();
            assert!(reason.contains("belongs to another user (id 65534)"), "{reason}");
        }
    }
}
