//! Changes of the user's presets: what is asked for, and what their jobs report. Draws nothing.

use crate::preset::{ChangeError, DeletedPreset, UserPresets};

/// A request about the user's presets, which are named by their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PresetsCommand {
    /// Open the dialog that renames a preset.
    AskTitle(String),
    /// Delete a preset; it can be brought back until the window closes.
    Delete(String),
    /// Bring a deleted preset back.
    Restore(String),
}

/// Change that a job has made. The presets are read again after each.
#[derive(Debug)]
pub enum PresetReport {
    /// A preset was renamed, or not.
    Renamed(Result<UserPresets, ChangeError>),
    /// A preset was deleted, or not.
    Deleted(Result<(DeletedPreset, UserPresets), ChangeError>),
    /// A preset was brought back, or not.
    Restored(DeletedPreset, Result<UserPresets, ChangeError>),
}
