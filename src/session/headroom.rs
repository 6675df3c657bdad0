//! Resources that this machine has left for a run: limits that hold for runners, and free space. Read before a run; part
//! of no record.

use std::fs;
use std::path::{Path, PathBuf};

use super::machine::{Machine, file, limit_in};
use crate::private_files;

/// Limits and free space for a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Headroom {
    /// The machine.
    pub machine: Machine,
    /// Open files of one process: a runner raises its limit as far as it may. `None`: unlimited or unknown.
    pub open_files: Option<u64>,
    /// Processes and threads of this user; `None`: unlimited, unknown, or not enforced, as for root.
    pub user_processes: Option<u64>,
    /// Folder of the trials' files.
    pub trial_folder: FreeSpace,
    /// Folder of stored runs; `None` if runs are not stored.
    pub history: Option<FreeSpace>,
}

/// Free space on the file system of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreeSpace {
    /// The folder.
    pub folder: PathBuf,
    /// Free bytes; `None` if the system does not report them.
    pub free_bytes: Option<u64>,
}

impl FreeSpace {
    fn of(folder: &Path) -> Self {
        // The folder of stored runs is created with the first of them.
        let existing = folder.ancestors().find(|folder| folder.exists());
        Self { folder: folder.to_owned(), free_bytes: existing.and_then(|folder| fs4::available_space(folder).ok()) }
    }
}

impl Headroom {
    /// Examines the machine. Reads small files; takes some milliseconds.
    #[must_use]
    pub fn probe(history: Option<&Path>) -> Self {
        let limits = file("/proc/self/limits").unwrap_or_default();
        let machine = Machine::probe();
        let exempt = fs::read_to_string("/proc/self/status").is_ok_and(|status| ignores_process_limit(&status));
        Self {
            open_files: limit_in(&limits, "Max open files", 1),
            user_processes: machine.limits.max_user_processes.filter(|_| !exempt),
            machine,
            trial_folder: FreeSpace::of(&private_files::temporary_folder()),
            history: history.map(FreeSpace::of),
        }
    }
}

/// Returns true for a process that the limit on processes of its user does not bind: one of root, or with the capability
/// `CAP_SYS_ADMIN` (21) or `CAP_SYS_RESOURCE` (24).
fn ignores_process_limit(status: &str) -> bool {
    let value = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let root = value("Uid:").and_then(|ids| ids.split_whitespace().next()) == Some("0");
    let capabilities = value("CapEff:").and_then(|bits| u64::from_str_radix(bits, 16).ok()).unwrap_or(0);
    root || capabilities & (1 << 21 | 1 << 24) != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_on_processes_does_not_bind_root() {
        assert!(ignores_process_limit("Name:\tx\nUid:\t0\t0\t0\t0\nCapEff:\t0000000000000000\n"));
        assert!(ignores_process_limit("Uid:\t1000\t1000\t1000\t1000\nCapEff:\t0000000001000000\n"));
        assert!(!ignores_process_limit("Uid:\t1000\t1000\t1000\t1000\nCapEff:\t0000000000000000\n"));
        assert!(!ignores_process_limit(""));
    }

    #[test]
    fn the_space_of_a_folder_to_come_is_that_of_its_parent() {
        let folder = tempfile::tempdir().expect("a folder");
        let headroom = Headroom::probe(Some(&folder.path().join("data/runs")));
        assert!(headroom.history.is_some_and(|history| history.free_bytes.is_some()));
    }
}
