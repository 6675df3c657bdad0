//! The private folder of one trial, for files and for locks between processes: created in the system's temporary folder,
//! accessible to this user only, and removed however the trial ends.

mod leftovers;

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::failure::{Action, Failure};
use crate::private_files;
use crate::process_tree;
use crate::workload::{Plan, PlanStep};

pub(super) use leftovers::remove_leftovers;

const PREFIX: &str = "concurrency-lab-";
const TASKS: &str = "trial";
/// File that the lab keeps locked while it uses the folder, so that a later lab recognises leftovers.
const OWNER: &str = "owner";
/// Content of [`OWNER`]: only folders with this mark are ever removed as leftovers.
const MARK: &[u8] = b"concurrency-lab trial folder 1\n";
/// Space that has to stay free beside the trial's files.
const MARGIN_BYTES: u64 = 64 << 20;

/// Folder that is removed when dropped.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    tasks: PathBuf,
    /// Open and locked while the folder is used.
    owner: Option<File>,
}

impl Folder {
    /// Creates the folder for a plan that needs one; returns `None` for others.
    ///
    /// # Errors
    /// Returns a failure if there is too little space or the system refuses it.
    pub(super) fn for_plan(plan: &Plan, python: bool) -> Result<Option<Self>, Failure> {
        // The folder of a program's trial marks its descendants.
        let needed = |step: &PlanStep| {
            let own = matches!(step, PlanStep::Call | PlanStep::Command);
            own || matches!(step, PlanStep::File { .. } | PlanStep::Critical { .. } | PlanStep::TwoLocks(_))
        };
        // An interpreter needs files for its program and its records.
        if !python && !plan.steps.iter().any(needed) {
            return Ok(None);
        }
        Self::with_space_for(file_bytes(plan)).map(Some)
    }

    /// Creates the folder for the program of an interpreter that is calibrated.
    ///
    /// # Errors
    /// Returns a failure if the system refuses it.
    pub(super) fn new() -> Result<Self, Failure> {
        Self::with_space_for(0)
    }

    fn with_space_for(bytes: u64) -> Result<Self, Failure> {
        let parent = private_files::temporary_folder();
        if parent.to_str().is_none() {
            return Err(Failure::FolderNotUtf8 { folder: parent.into() });
        }
        check_space(&parent, bytes)?;
        let failed = |error: io::Error| Failure::system(Action::PrivateFolder { parent: (&parent).into() }, &error);
        Self::create(&parent).map_err(failed)
    }

    fn create(parent: &Path) -> io::Result<Self> {
        private_files::check_parent(parent)?;
        // Removed when dropped, until it is whole.
        let fresh = fresh_folder(parent)?;
        let owner = Self::fill(fresh.path())?;
        let root = fresh.keep();
        Ok(Self { tasks: root.join(TASKS), root, owner: Some(owner) })
    }

    fn fill(folder: &Path) -> io::Result<File> {
        private_files::check_folder(folder)?;
        let mut owner = private_files::create_new(&folder.join(OWNER))?;
        // Locked before it is marked: a lab that looks for leftovers meanwhile finds no mark, or a lock.
        owner.lock()?;
        owner.write_all(MARK)?;
        private_files::create_folder(&folder.join(TASKS))?;
        Ok(owner)
    }

    /// Path of the empty folder for the runner.
    pub(super) fn path(&self) -> &Path {
        &self.tasks
    }

    /// Type of the folder's file system; `None` if the system doesn't report it.
    pub(super) fn file_system(&self) -> Option<String> {
        let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
        file_system_of(&mounts, &self.root.canonicalize().ok()?)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Processes of the runner's tree that was killed may still be exiting, or removing the folder themselves: try
        // again for a while.
        process_tree::remove_semaphores_of(&self.root);
        // Without its sign the folder would not be known as a leftover: the tasks' part goes first.
        let _ = private_files::remove_all(&self.tasks);
        // Windows removes no file that is open.
        self.owner = None;
        for _ in 0..50 {
            let removed = private_files::remove_all(&self.tasks);
            if removed.and_then(|()| private_files::remove_all(&self.root)).is_ok() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }
}

/// Creates a folder with a random name and mode 0700, whatever the umask.
fn fresh_folder(parent: &Path) -> io::Result<tempfile::TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let private = fs::Permissions::from_mode(0o700);
        let fresh = builder.permissions(private.clone()).tempdir_in(parent)?;
        // A umask may have removed even this user's permissions.
        fs::set_permissions(fresh.path(), private)?;
        Ok(fresh)
    }
    #[cfg(not(unix))]
    builder.tempdir_in(parent)
}

/// Returns the size of the files of all tasks together, bytes.
fn file_bytes(plan: &Plan) -> u64 {
    let files = || plan.steps.iter().enumerate().filter(|(_, step)| matches!(step, PlanStep::File { .. }));
    let bytes_of = |(step, _): (usize, &PlanStep)| (0..plan.tasks).map(|task| plan.amount(task, step)).sum::<u64>();
    files().map(bytes_of).sum()
}

fn check_space(parent: &Path, wanted: u64) -> Result<(), Failure> {
    if wanted == 0 {
        return Ok(());
    }
    // If the system doesn't report the free space, writing will fail instead.
    let Ok(free) = fs4::available_space(parent) else { return Ok(()) };
    if free >= wanted.saturating_add(MARGIN_BYTES) {
        return Ok(());
    }
    Err(Failure::NoSpace { folder: parent.into(), wanted_bytes: wanted, free_bytes: free })
}

/// Returns the file system type of the mount that contains a path, from the text of `/proc/self/mountinfo`.
fn file_system_of(mounts: &str, path: &Path) -> Option<String> {
    let mount = |line: &str| -> Option<(usize, String)> {
        let (before, after) = line.split_once(" - ")?;
        let point = before.split(' ').nth(4)?.replace("\\040", " ");
        let kind = after.split(' ').next()?;
        path.starts_with(&point).then(|| (point.len(), kind.to_owned()))
    };
    // Of several mounts on the same point the last one counts.
    mounts.lines().filter_map(mount).max_by_key(|(length, _)| *length).map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::Amounts;

    #[test]
    fn a_folder_is_removed_with_its_owner_which_holds_its_lock() {
        let parent = tempfile::tempdir().expect("a folder");
        let folder = Folder::create(parent.path()).expect("made");
        fs::write(folder.path().join("file"), "x").expect("written");
        let owner = File::open(folder.root.join(OWNER)).expect("there");
        assert!(owner.try_lock().is_err(), "the owner is alive");
        drop(owner);
        drop(folder);
        assert_eq!(fs::read_dir(parent.path()).expect("there").count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_is_created_only_where_others_can_not_replace_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let parent = tempfile::tempdir().expect("a folder");
        let set = |mode| fs::set_permissions(parent.path(), fs::Permissions::from_mode(mode)).expect("set");
        set(0o777);
        let refused = Folder::create(parent.path()).expect_err("everybody can rename what is in there").to_string();
        assert!(refused.contains("not sticky"), "{refused}");
        set(0o1777);
        let folder = Folder::create(parent.path()).expect("made");
        let mode = |path: &Path| fs::symlink_metadata(path).expect("there").permissions().mode() & 0o7777;
        assert_eq!((mode(&folder.root), mode(&folder.tasks)), (0o700, 0o700));
        assert_eq!(mode(&folder.root.join(OWNER)), 0o600);
    }

    #[test]
    fn the_longest_mount_point_decides() {
        let mounts = "22 1 254:0 / / rw shared:1 - ext4 /dev/vda rw\n\
                      30 22 0:25 / /tmp rw,nosuid - tmpfs tmpfs rw\n\
                      31 22 0:26 / /tmpx rw - xfs /dev/vdb rw\n";
        assert_eq!(file_system_of(mounts, Path::new("/tmp/a/b")), Some("tmpfs".to_owned()));
        assert_eq!(file_system_of(mounts, Path::new("/tmpx")), Some("xfs".to_owned()));
        assert_eq!(file_system_of(mounts, Path::new("/home")), Some("ext4".to_owned()));
        assert_eq!(file_system_of("", Path::new("/home")), None);
    }

    #[test]
    fn files_that_do_not_fit_are_refused_with_the_figures() {
        let plan = Plan {
            tasks: 1_000_000,
            seed: 1,
            steps: vec![PlanStep::file(false)],
            amounts: Amounts::Same(vec![1 << 30]),
            classes: Box::default(),
            payload: None,
        };
        let refused = Folder::for_plan(&plan, false).expect_err("a petabyte").to_string();
        assert!(refused.contains("free") && refused.contains("TMPDIR"), "{refused}");
        let none = Plan { steps: vec![PlanStep::Wait], amounts: Amounts::Same(vec![1]), ..plan };
        assert!(Folder::for_plan(&none, false).expect("nothing to refuse").is_none());
    }
}
