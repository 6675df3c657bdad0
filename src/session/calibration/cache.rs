//! Cache of calibrations between runs, per machine, operating system kernel and version, so that the same work means the
//! same iterations from run to run while the machine's speed stays the same. Measuring is in `calibration`.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::clock;
use crate::private_files;
use crate::python::Interpreter;
use crate::replace_file::replace_private_file;
use crate::session::Machine;
use crate::workload::{Calibration, Calibrations, Kernel};

/// Age from which a calibration is measured again: firmware, kernel and cooling change.
const MAX_AGE_MS: u64 = 7 * 24 * 3600 * 1000;
/// Largest file that is read: one entry takes less than a kilobyte.
const MOST_BYTES: u64 = 1 << 20;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct CacheEntry {
    key: String,
    measured_at_ms: u64,
    calibrations: Calibrations,
}

fn path() -> Option<PathBuf> {
    let folders = directories::ProjectDirs::from("io.github", "concurrency_lab", "ConcurrencyLab")?;
    Some(folders.cache_dir().join("calibrations.json"))
}

/// Returns the key of a calibration: this build of the kernels on this CPU, or on this interpreter. A debug build has
/// its own.
fn key(machine: &Machine, interpreter: Option<&Interpreter>) -> String {
    let on =
        interpreter.map_or_else(String::new, |one| format!(" | {} {} {}", one.version, one.build, one.path.display()));
    format!(
        "{} | {} | {} | kernels {} | {}{}{on}",
        machine.cpu.as_deref().unwrap_or("unknown CPU"),
        machine.arch,
        machine.kernel.as_deref().unwrap_or("unknown kernel"),
        Kernel::VERSION,
        machine.lab_version,
        if machine.debug_build { " debug" } else { "" }
    )
}

/// Reads the file at `path`. Anything but a short private file in the lab's format counts as empty: a calibration
/// decides how much work every task does.
fn read_all(path: &Path) -> Vec<CacheEntry> {
    let content = private_files::read(path, MOST_BYTES).unwrap_or_default();
    serde_json::from_slice(&content).unwrap_or_default()
}

/// Returns true if a calibration can have been measured: a unit of every kernel takes far more than a picosecond and far
/// less than a second, and the CPU time of a thread can't exceed the wall time by more than the clocks' resolution.
pub(super) fn is_plausible(calibration: &Calibration) -> bool {
    (1e-3..1e9).contains(&calibration.nanos_per_unit) && (0.5..100.0).contains(&calibration.wall_over_cpu)
}

/// Returns the calibrations for this machine that are recent enough; empty if there are none.
pub(super) fn load(machine: &Machine, interpreter: Option<&Interpreter>) -> Calibrations {
    path().map_or_else(Calibrations::default, |path| load_from(&path, &key(machine, interpreter), clock::unix_millis()))
}

fn load_from(path: &Path, key: &str, now: u64) -> Calibrations {
    // An entry from the future counts as old: the clock was wrong then, or is wrong now.
    let recent = |entry: &CacheEntry| now.checked_sub(entry.measured_at_ms).is_some_and(|age| age < MAX_AGE_MS);
    let found = read_all(path).into_iter().find(|entry| entry.key == key && recent(entry));
    let plausible = found.iter().flat_map(|entry| entry.calibrations.iter()).filter(|one| is_plausible(one)).copied();
    Calibrations::from(plausible.collect::<Vec<_>>())
}

/// Stores calibrations, if the cache folder can be written.
pub(super) fn save(machine: &Machine, interpreter: Option<&Interpreter>, calibrations: &Calibrations) {
    let Some(path) = path() else { return };
    let key = key(machine, interpreter);
    let mut entries = read_all(&path);
    entries.retain(|entry| entry.key != key);
    entries.push(CacheEntry { key, measured_at_ms: clock::unix_millis(), calibrations: calibrations.clone() });
    let write = || -> std::io::Result<()> {
        let folder = path.parent().ok_or_else(|| std::io::Error::other("no folder"))?;
        private_files::create_folders(folder)?;
        // A link or a pipe in its place is not followed: a write to a pipe without a reader would block.
        if fs::symlink_metadata(&path).is_ok_and(|found| !found.is_file()) {
            fs::remove_file(&path)?;
        }
        let text = serde_json::to_vec_pretty(&entries)?;
        replace_private_file(&path, |out| out.write_all(&text))
    };
    // Without a cache the next run calibrates again, nothing else.
    let _ = write();
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::process_tree;

    fn file(folder: &Path, nanos_per_unit: f64, wall_over_cpu: f64, measured_at_ms: u64) -> PathBuf {
        let calibration = Calibration { kernel: Kernel::Splitmix, nanos_per_unit, wall_over_cpu };
        let entry =
            CacheEntry { key: "key".to_owned(), measured_at_ms, calibrations: Calibrations::from(vec![calibration]) };
        let path = folder.join("calibrations.json");
        fs::write(&path, serde_json::to_vec(&[entry]).expect("plain data")).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("set");
        path
    }

    #[test]
    fn implausible_calibrations_are_not_used() {
        let folder = tempfile::tempdir().expect("a folder");
        let accepted = |nanos: f64, wall: f64, at: u64| {
            load_from(&file(folder.path(), nanos, wall, at), "key", 1000).get(Kernel::Splitmix).is_some()
        };
        assert!(accepted(2.5, 1.001, 900));
        assert!(!accepted(2.5, 1.001, 1001), "from the future");
        for (nanos, wall) in [(2.5, 1e-300), (2.5, -1.0), (2.5, 1e300), (0.0, 1.0), (-2.5, 1.0), (1e300, 1.0)] {
            assert!(!accepted(nanos, wall, 900), "{nanos} {wall}");
        }
    }

    #[test]
    fn a_cache_that_is_no_private_file_is_not_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = file(folder.path(), 2.5, 1.0, 900);
        assert_eq!(read_all(&path).len(), 1);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o622)).expect("set");
        assert_eq!(read_all(&path).len(), 0, "others can write it");
        fs::remove_file(&path).expect("removed");
        // Reading it would wait for a writer.
        process_tree::make_named_pipe(&path).expect("made");
        assert_eq!(read_all(&path).len(), 0, "a named pipe");
        fs::remove_file(&path).expect("removed");
        std::os::unix::fs::symlink("/dev/zero", &path).expect("linked");
        assert_eq!(read_all(&path).len(), 0, "an endless file");
        fs::remove_file(&path).expect("removed");
        let long = private_files::create_new(&path).expect("created");
        long.set_len(1 << 40).expect("sparse");
        assert_eq!(read_all(&path).len(), 0, "a terabyte");
    }
}
