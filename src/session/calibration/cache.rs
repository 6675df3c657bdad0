//! Calibrations kept between runs, per machine, kernel and version, so that the same work means
//! the same iterations from one run to the next, for as long as the machine is as fast as it was.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::clock;
use crate::python::Interpreter;
use crate::session::Machine;
use crate::workload::{Calibrations, Kernel};

/// A calibration older than this is measured anew: firmware, kernel and cooling change.
const KEPT_MS: u64 = 7 * 24 * 3600 * 1000;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    key: String,
    measured_at_ms: u64,
    calibrations: Calibrations,
}

fn path() -> Option<PathBuf> {
    let folders = directories::ProjectDirs::from("io.github", "concurrency_lab", "ConcurrencyLab")?;
    Some(folders.cache_dir().join("calibrations.json"))
}

/// What a calibration is valid for: this build of the kernels on this CPU, or on this interpreter. A debug
/// build has its own.
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

fn read_all() -> Vec<Kept> {
    path()
        .and_then(|path| fs::read(path).ok())
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default()
}

/// What is kept for this machine and still fresh; empty where nothing is.
pub(super) fn load(machine: &Machine, interpreter: Option<&Interpreter>) -> Calibrations {
    let key = key(machine, interpreter);
    let now = clock::unix_millis();
    read_all()
        .into_iter()
        .find(|kept| kept.key == key && now.saturating_sub(kept.measured_at_ms) < KEPT_MS)
        .map(|kept| kept.calibrations)
        .unwrap_or_default()
}

/// Keeps them, if the cache folder can be written; it is only a cache.
pub(super) fn save(machine: &Machine, interpreter: Option<&Interpreter>, calibrations: &Calibrations) {
    let Some(path) = path() else { return };
    let key = key(machine, interpreter);
    let mut all = read_all();
    all.retain(|kept| kept.key != key);
    all.push(Kept { key, measured_at_ms: clock::unix_millis(), calibrations: calibrations.clone() });
    let write = || -> std::io::Result<()> {
        let folder = path.parent().ok_or_else(|| std::io::Error::other("no folder"))?;
        fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&serde_json::to_vec_pretty(&all)?)?;
        file.persist(&path)?;
        Ok(())
    };
    // A read-only home costs a few milliseconds of calibrating next time, nothing else.
    let _ = write();
}
