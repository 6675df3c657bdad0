//! The dialogs and their fields. Draws nothing.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::run_picker::CompareDialog;
use crate::code::{OwnCode, Question};
use crate::experiment::Experiment;
use crate::report::{Kind, Shown, ThemedChart};
use crate::session::interpreters::functions::Function;

/// An open dialog.
#[derive(Debug, Clone, PartialEq)]
pub enum Dialog {
    /// Export of results.
    Export(ExportDialog),
    /// Opening of an experiment, a stored run or a task list.
    Open(PathField),
    /// Saving of the draft as a preset.
    SavePreset(PresetDialog),
    /// The interpreters.
    Interpreters,
    /// Comparison with a stored run.
    Compare(CompareDialog),
    /// Confirmation before a web page is opened.
    Link(LinkDialog),
    /// Making of an experiment of the user's code.
    OwnCode(OwnCodeDialog),
    /// Question before code is run.
    Consent(ConsentDialog),
    /// Renaming of a stored run or of a preset, or the note of a run.
    Name(NameDialog),
    /// Question before the window is closed in the middle of a run.
    Closing,
    /// The command palette.
    Palette(PaletteDialog),
}

impl Dialog {
    /// Returns true for a dialog with fields whose text would be lost if it closed. The words of the command palette are
    /// typed again at once.
    #[must_use]
    pub const fn keeps_text(&self) -> bool {
        match self {
            Self::Export(_) | Self::Open(_) | Self::SavePreset(_) | Self::OwnCode(_) | Self::Name(_) => true,
            Self::Interpreters
            | Self::Compare(_)
            | Self::Link(_)
            | Self::Consent(_)
            | Self::Closing
            | Self::Palette(_) => false,
        }
    }
}

/// A web page that an explanation links to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkDialog {
    /// Address, beginning with `http://` or `https://`.
    pub address: String,
}

/// A path that can be typed or picked.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PathField {
    /// Text as typed.
    pub path: String,
    /// True if only a task list is wanted.
    pub task_list: bool,
    /// True while the system's dialog is open.
    pub browsing: bool,
    /// True if the system's dialog gave no path: it was closed, or the system has none.
    pub nothing_picked: bool,
    /// Failure of the last attempt.
    pub problem: Option<String>,
    /// True while a job is running.
    pub busy: bool,
}

impl PathField {
    /// Creates a field with a path.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self { path: path.display().to_string(), ..Self::default() }
    }
}

/// Fields of the export dialog.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportDialog {
    /// File to write.
    pub subject: ExportSubject,
    /// Path of the file.
    pub field: PathField,
    /// True if the file exists; the user is asked before it is replaced.
    pub exists: bool,
    /// Files written so far.
    pub written: Vec<PathBuf>,
}

/// File that the export dialog writes.
#[derive(Debug, Clone, PartialEq)]
pub enum ExportSubject {
    /// A file of the run shown; the dialog offers the other kinds.
    Results(Kind),
    /// A picture; the dialog offers nothing else.
    Picture(Box<PictureSubject>),
}

/// Subject of a picture.
#[derive(Debug, Clone, PartialEq)]
pub enum PictureSubject {
    /// A view of the run shown.
    Run(Shown),
    /// The page before a run.
    Draft(ThemedChart),
}

/// Fields of the preset dialog.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PresetDialog {
    /// Text as typed.
    pub title: String,
    /// One-line description, as typed.
    pub summary: String,
    /// Failure of the last attempt.
    pub problem: Option<String>,
    /// True while a job is running.
    pub busy: bool,
}

/// Subject of a dialog with one line of text, by its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// The name of a stored run.
    Run(String),
    /// The note of a stored run.
    Note(String),
    /// The name of a preset of the user's.
    Preset(String),
}

/// Fields of the dialog with one line of text: a name or a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameDialog {
    /// The run or preset.
    pub of: Named,
    /// Text as typed.
    pub name: String,
    /// Failure of the last attempt.
    pub problem: Option<String>,
    /// True while a job is running.
    pub busy: bool,
}

/// Fields of the dialog that makes an experiment of the user's code.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnCodeDialog {
    /// True for a command, false for a function.
    pub is_command: bool,
    /// The Python file; the command as typed.
    pub field: PathField,
    /// The functions of the file, once it was read.
    pub functions: Vec<Function>,
    /// The chosen function.
    pub function: Option<String>,
    /// The arguments as typed.
    pub arguments: String,
    /// True if the functions are to be listed once the search for interpreters has ended.
    pub awaits_python: bool,
}

/// Fields of the command palette.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PaletteDialog {
    /// Words to search for, as typed.
    pub words: String,
    /// Index of the selected entry.
    pub selected: usize,
}

/// The question before code is run.
#[derive(Debug, Clone, PartialEq)]
pub struct ConsentDialog {
    /// The experiment that was started.
    pub experiment: Arc<Experiment>,
    /// Code that its steps run.
    pub code: Arc<[OwnCode]>,
    /// Question to the user.
    pub questions: Vec<Question>,
}

/// Returns the id of a title: lower-case letters, digits and `-`; `None` if nothing is left.
#[must_use]
pub fn id_from(title: &str) -> Option<String> {
    let mut id = String::new();
    for letter in title.chars().flat_map(char::to_lowercase) {
        if letter.is_ascii_alphanumeric() {
            id.push(letter);
        } else if !id.is_empty() && !id.ends_with('-') {
            id.push('-');
        }
    }
    let id = id.trim_end_matches('-').to_owned();
    (!id.is_empty()).then_some(id)
}

/// Returns the folder that dialogs start in: the user's documents, else the home folder, else the current folder.
#[must_use]
pub fn start_folder() -> PathBuf {
    directories::UserDirs::new()
        .map_or_else(PathBuf::new, |dirs| dirs.document_dir().unwrap_or_else(|| dirs.home_dir()).to_path_buf())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_made_of_letters_digits_and_hyphens() {
        assert_eq!(id_from("My  scraper, 2nd try!").as_deref(), Some("my-scraper-2nd-try"));
        assert_eq!(id_from("…"), None);
    }
}
