//! Trust check for programs that the lab finds by itself: the file and all folders above it have to belong to this user
//! or to root, and no other user may be able to change them.

use std::path::Path;

/// Returns the reason why another user could have changed a program; `None` if that is ruled out.
#[cfg(unix)]
pub(super) fn doubt(program: &Path) -> Option<String> {
    let name = program.file_name()?;
    // The file may be a link, as in a virtual environment: the folders of the link and of its target both count.
    let Some((folder, target)) =
        program.parent().and_then(|folder| folder.canonicalize().ok()).zip(program.canonicalize().ok())
    else {
        return Some("it can't be found any more".to_owned());
    };
    let link = folder.join(name);
    link.ancestors().chain(target.ancestors()).find_map(doubt_of)
}

/// Returns `None`: permissions are not read on this system; the lab does not look in folders of other users.
#[cfg(not(unix))]
pub(super) fn doubt(_program: &Path) -> Option<String> {
    None
}

#[cfg(unix)]
fn doubt_of(path: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    let found = match std::fs::symlink_metadata(path) {
        // The mode of a link has no meaning.
        Ok(found) if found.is_symlink() => return foreign(path, found.uid()),
        Ok(found) => found,
        Err(error) => return Some(format!("{} can't be examined: {error}", path.display())),
    };
    let (mode, owner, group) = (found.mode(), found.uid(), found.gid());
    let sticky = found.is_dir() && mode & 0o1000 != 0;
    // A private group with the owner's id, as many systems give each user, has no other members.
    let private_group = group == 0 || group == owner;
    if !sticky && (mode & 0o002 != 0 || (mode & 0o020 != 0 && !private_group)) {
        return Some(format!("other users can change {} (mode {:o})", path.display(), mode & 0o7777));
    }
    foreign(path, owner)
}

#[cfg(unix)]
fn foreign(path: &Path, owner: u32) -> Option<String> {
    let trusted = owner == 0 || crate::usage::effective_user() == Some(owner);
    (!trusted).then(|| format!("{} belongs to another user (id {owner})", path.display()))
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
        assert_eq!(doubt(&program), None);
        let real = parent.path().canonicalize().expect("there");
        for part in ["project", "project/.venv", "project/.venv/bin", "python3.11"] {
            let path = real.join(part);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o757)).expect("set");
            let reason = doubt(&program).expect("every user can change it");
            assert!(reason.contains(&format!("other users can change {} (mode 757)", path.display())), "{reason}");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("set");
        }
        fs::remove_file(&program).expect("removed");
        assert!(doubt(&program).is_some_and(|reason| reason.contains("can't be found")));
    }

    #[test]
    fn a_folder_of_another_user_is_doubted() {
        let parent = tempfile::tempdir().expect("a folder");
        let program = environment(parent.path());
        let folder = parent.path().join("project/.venv");
        // Only root can give a folder away.
        if std::os::unix::fs::chown(&folder, Some(65_534), None).is_ok() {
            let reason = doubt(&program).expect("foreign");
            assert!(reason.contains("belongs to another user (id 65534)"), "{reason}");
        }
    }
}
