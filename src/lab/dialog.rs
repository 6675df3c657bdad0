//! The dialogs of the window and what has been typed into them.

use std::path::{Path, PathBuf};

use crate::export::Kind;
use crate::printable;

/// The dialog that is open.
#[derive(Debug, Clone, PartialEq)]
pub enum Dialog {
    /// Write results.
    Export(ExportDialog),
    /// Read an experiment, a stored run or a task list.
    Open(PathField),
    /// Keep the draft as a preset.
    SavePreset(PresetDialog),
    /// The measuring method.
    Help,
    /// What the preset shows.
    Explanation,
    /// Caveats and remedies.
    Caveats,
    /// Interpreters, found and chosen.
    Interpreters,
    /// Open a web page.
    Link(LinkDialog),
}

/// A web page that an explanation links to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkDialog {
    /// Begins with `http://` or `https://`.
    pub address: String,
    /// The explanation was open, and is shown again afterwards.
    pub from_explanation: bool,
}

/// True for the address of a web page: the only kind that is opened.
#[must_use]
pub fn is_web_address(address: &str) -> bool {
    let lower = address.get(..8).unwrap_or(address).to_ascii_lowercase();
    let rest = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://"));
    let visible = |letter: char| !letter.is_whitespace() && !letter.is_control() && !printable::is_hidden(letter);
    rest.is_some() && address.chars().all(visible) && address.split("://").nth(1).is_some_and(|host| !host.is_empty())
}

/// A path that can be typed or picked.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PathField {
    /// As typed.
    pub path: String,
    /// A task list is wanted, and nothing else.
    pub task_list: bool,
    /// The system's dialog is open.
    pub browsing: bool,
    /// The system's dialog has ended without a path: closed, or there is none on this system.
    pub nothing_picked: bool,
    /// What went wrong with the last try.
    pub problem: Option<String>,
    /// A job is at work.
    pub busy: bool,
}

impl PathField {
    /// With a path to begin from.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self { path: path.display().to_string(), ..Self::default() }
    }
}

/// What to write, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportDialog {
    /// What.
    pub kind: Kind,
    /// Where.
    pub field: PathField,
    /// That file exists; the user is asked.
    pub exists: bool,
    /// Written in this dialog so far.
    pub written: Vec<PathBuf>,
}

/// Under which title to keep the draft.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PresetDialog {
    /// As typed.
    pub title: String,
    /// One line that describes it, as typed.
    pub summary: String,
    /// What went wrong with the last try.
    pub problem: Option<String>,
    /// A job is at work.
    pub busy: bool,
}

/// An id from a title: lower-case letters, digits and `-`; `None` where nothing is left.
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

/// Where a dialog begins: the user's documents, else the home folder, else the current folder.
#[must_use]
pub fn start_folder() -> PathBuf {
    directories::UserDirs::new()
        .map_or_else(PathBuf::new, |dirs| dirs.document_dir().unwrap_or_else(|| dirs.home_dir()).to_path_buf())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_pages_are_addresses_to_open() {
        for address in ["https://example.org/a?b=c", "http://x", "HTTPS://example.org"] {
            assert!(is_web_address(address), "{address}");
        }
        for address in [
            "file:///etc/passwd",
            "javascript:alert(1)",
            "../../etc/hosts",
            "https:/x",
            "https://",
            "ftp://x",
            " https://x",
            "https://a b",
            "https://a\u{202e}b",
            "data:text/html,x",
            "",
        ] {
            assert!(!is_web_address(address), "{address}");
        }
    }

    #[test]
    fn an_id_is_made_of_letters_digits_and_hyphens() {
        assert_eq!(id_from("My  scraper, 2nd try!").as_deref(), Some("my-scraper-2nd-try"));
        assert_eq!(id_from("…"), None);
    }
}
