//! Removes the folders of labs that were killed together with their runners. Only folders with the lab's mark are
//! removed, and no link is followed.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::Duration;

use super::{MARK, OWNER, PREFIX, TASKS};
use crate::private_files;
use crate::process_tree;

/// Removes the leftovers in the folder for temporary files. Blocks.
pub(in crate::session) fn remove_leftovers() {
    remove_leftovers_in(&private_files::temporary_folder());
}

fn remove_leftovers_in(parent: &Path) {
    // If other users can rename folders, the check and the removal may see different ones.
    if private_files::check_parent(parent).is_err() {
        return;
    }
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(PREFIX) {
            remove(&entry.path());
        }
    }
}

/// Age from which a folder without a mark belongs to a lab that was killed while it created or removed it.
const CREATED_WITHIN: Duration = Duration::from_secs(60);

/// Removes a folder if it certainly is a leftover.
fn remove(folder: &Path) {
    let mark = folder.join(OWNER);
    if private_files::check_folder(folder).is_err() {
        return;
    }
    match private_files::read(&mark, 64) {
        Ok(found) if found == MARK => {}
        Ok(found) if found.is_empty() && !may_be_new(folder) => {
            let _ = fs::remove_file(&mark);
            let _ = fs::remove_dir(folder);
            return;
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound && !may_be_new(folder) => {
            // A lab was killed before it wrote the mark, or after it had removed it. Fails unless the folder is empty.
            let _ = fs::remove_dir(folder);
            return;
        }
        _ => return,
    }
    let Ok(owner) = File::open(&mark) else { return };
    if owner.try_lock().is_err() {
        // In use by a live lab.
        return;
    }
    process_tree::remove_semaphores_of(folder);
    // Removes a link, not the folder it leads to.
    let _ = private_files::remove_all(&folder.join(TASKS));
    // The mark is removed last, so that the next run continues an interrupted removal; the folder only if it contains
    // nothing else.
    if fs::read_dir(folder).is_ok_and(|rest| rest.flatten().all(|entry| entry.file_name() == OWNER)) {
        // Windows may keep the name of a file until it is closed.
        drop(owner);
        let _ = fs::remove_file(&mark);
        let _ = fs::remove_dir(folder);
    }
}

/// Returns true for a folder that a live lab may just be creating.
fn may_be_new(folder: &Path) -> bool {
    let modified = fs::symlink_metadata(folder).and_then(|found| found.modified());
    !modified.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > CREATED_WITHIN))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::path::PathBuf;

    use super::*;

    /// A leftover in `parent`, with a file in its folder for tasks.
    fn leftover(parent: &Path, name: &str) -> PathBuf {
        let folder = parent.join(name);
        private_files::create_folder(&folder).expect("created");
        private_files::create_folder(&folder.join(TASKS)).expect("created");
        private_files::write_new(&folder.join(OWNER), MARK).expect("written");
        fs::write(folder.join(TASKS).join("file"), "x").expect("written");
        folder
    }

    #[test]
    fn leftovers_are_removed_and_other_folders_of_that_name_stay() {
        let (parent, elsewhere) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let gone = leftover(parent.path(), "concurrency-lab-abc");
        let in_use = leftover(parent.path(), "concurrency-lab-used");
        let lock = File::open(in_use.join(OWNER)).expect("there");
        lock.lock().expect("free");
        // The user's own folder of that name, with a file of that name and a folder of that name.
        let own = parent.path().join("concurrency-lab-notes");
        fs::create_dir_all(own.join(TASKS)).expect("created");
        fs::write(own.join(OWNER), "Ada").expect("written");
        fs::write(own.join(TASKS).join("file"), "x").expect("written");
        // A link to a folder that looks like a leftover.
        let behind = leftover(elsewhere.path(), "behind");
        symlink(&behind, parent.path().join("concurrency-lab-z")).expect("linked");
        // A leftover whose folder for tasks has been replaced by a link.
        let target = elsewhere.path().join("target");
        fs::create_dir(&target).expect("created");
        fs::write(target.join("file"), "x").expect("written");
        let linked = leftover(parent.path(), "concurrency-lab-linked");
        fs::remove_dir_all(linked.join(TASKS)).expect("removed");
        symlink(&target, linked.join(TASKS)).expect("linked");
        // One whose mark is a link, one that is open to others, and one with something of the user's in it.
        let link_mark = leftover(parent.path(), "concurrency-lab-mark");
        fs::rename(link_mark.join(OWNER), elsewhere.path().join("mark")).expect("moved");
        symlink(elsewhere.path().join("mark"), link_mark.join(OWNER)).expect("linked");
        let open = leftover(parent.path(), "concurrency-lab-open");
        fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).expect("set");
        let mixed = leftover(parent.path(), "concurrency-lab-mixed");
        fs::write(mixed.join("letter"), "x").expect("written");

        // Of labs that were killed while they removed or created a folder.
        let (new, old, half) = ("concurrency-lab-new", "concurrency-lab-old", "concurrency-lab-half");
        let [new, old, half] = [new, old, half].map(|name| parent.path().join(name));
        for folder in [&new, &old, &half] {
            private_files::create_folder(folder).expect("created");
        }
        private_files::write_new(&half.join(OWNER), b"").expect("written");
        for folder in [&old, &half] {
            let before = std::time::SystemTime::now() - CREATED_WITHIN * 2;
            File::open(folder).expect("there").set_modified(before).expect("set");
        }

        remove_leftovers_in(parent.path());

        assert!(!gone.exists(), "a leftover");
        assert!(!old.exists() && !half.exists(), "nothing is in them");
        assert!(new.exists(), "a lab may just be creating it");
        assert!(in_use.join(TASKS).join("file").exists(), "its lab lives");
        assert!(own.join(TASKS).join("file").exists() && own.join(OWNER).exists(), "the user's own");
        assert!(behind.join(TASKS).join("file").exists(), "behind a link");
        assert!(target.join("file").exists(), "behind a link in a leftover");
        assert!(link_mark.join(TASKS).join("file").exists(), "its mark is a link");
        assert!(open.join(TASKS).join("file").exists(), "not as the lab creates them");
        assert!(mixed.join("letter").exists(), "not the lab's");
    }
}
