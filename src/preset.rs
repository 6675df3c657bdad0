//! The presets that ship with the lab, and the user's own.

use std::io;
use std::path::{Path, PathBuf};

use crate::experiment::Experiment;

/// The presets that ship with the lab, in the order shown; the first is the default.
#[must_use]
pub fn built_in() -> &'static [Experiment] {
    &[]
}

/// The user's presets, and what was wrong with files that could not be read.
#[derive(Debug, Clone, Default)]
pub struct UserPresets {
    /// In order of their file names.
    pub presets: Vec<Experiment>,
    /// One message per unreadable file.
    pub problems: Vec<String>,
}

/// Where the user's presets live: `presets` in the configuration folder. `None` without a home folder.
#[must_use]
pub fn user_folder() -> Option<PathBuf> {
    None
}

/// Reads every `.toml` file of a folder. A missing folder is an empty one. Blocks.
#[must_use]
pub fn load_user(folder: &Path) -> UserPresets {
    let _ = folder;
    UserPresets::default()
}

/// Writes `ID.toml` into the folder, replacing one of the same id; returns its path. Blocks.
///
/// # Errors
/// Whatever the file system says.
pub fn save_user(folder: &Path, experiment: &Experiment) -> io::Result<PathBuf> {
    let _ = (folder, experiment);
    Err(io::Error::other("not implemented"))
}
