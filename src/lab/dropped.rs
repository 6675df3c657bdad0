//! Files dropped onto the window: what becomes of them, decided by their names alone. Draws nothing.

use std::path::{Path, PathBuf};

use super::Lab;
use super::command::{Action, Command};
use super::dialog::Dialog;
use crate::printable;
use crate::record::EXTENSION;

/// Outcome of dropping files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dropped<'a> {
    /// An experiment is opened.
    Experiment(&'a Path),
    /// A stored run is shown.
    Run(&'a Path),
    /// A task list replaces the tasks.
    TaskList(&'a Path),
    /// The functions of a Python file are listed, to measure one of them.
    PythonFile(&'a Path),
    /// Nothing: there are several files.
    Several(usize),
    /// Nothing: no other file is understood.
    Unknown(&'a Path),
    /// Nothing: the system does not say which file it is.
    Unnamed,
}

impl<'a> Dropped<'a> {
    /// Decides about files of these paths.
    #[must_use]
    pub fn of(paths: &'a [PathBuf]) -> Self {
        let path = match paths {
            [] => return Self::Unnamed,
            [path] => path.as_path(),
            several => return Self::Several(several.len()),
        };
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        match ending.as_deref() {
            Some("toml") => Self::Experiment(path),
            Some(EXTENSION) => Self::Run(path),
            Some("csv") => Self::TaskList(path),
            Some("py") => Self::PythonFile(path),
            _ => Self::Unknown(path),
        }
    }

    /// Returns true if nothing will happen.
    #[must_use]
    pub const fn is_refused(self) -> bool {
        matches!(self, Self::Several(_) | Self::Unknown(_))
    }

    /// Describes what will happen when the files are dropped, or why nothing will.
    #[must_use]
    pub fn outlook(self) -> String {
        match self {
            Self::Experiment(path) => format!("Drop to open the experiment {}", name(path)),
            Self::Run(path) => format!("Drop to show the stored run {}", name(path)),
            Self::TaskList(path) => format!("Drop to replace the tasks by the list {}", name(path)),
            Self::PythonFile(path) => format!("Drop to measure a function of {}", name(path)),
            Self::Unnamed => "Drop to open the file".to_owned(),
            Self::Several(count) => format!("{count} files: drop one at a time"),
            Self::Unknown(path) => format!(
                "{} can't be opened. Allowed are experiments (.toml), stored runs (.{EXTENSION}), task lists (.csv) and Python files (.py)",
                name(path)
            ),
        }
    }
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    printable::value(&name.to_string_lossy()).into_owned()
}

impl Lab {
    /// Opens what was dropped, or says why it can't.
    pub(super) fn open_dropped(&mut self, paths: &[PathBuf]) {
        let dropped = Dropped::of(paths);
        // What is typed there exists nowhere else.
        let is_typing = matches!(self.dialog, Some(Dialog::SavePreset(_) | Dialog::Name(_)));
        match dropped {
            Dropped::Unnamed => {}
            Dropped::Several(_) | Dropped::Unknown(_) => self.problem(dropped.outlook()),
            _ if is_typing => self.problem("Close the dialog first, then drop the file again".to_owned()),
            Dropped::Experiment(path) | Dropped::Run(path) | Dropped::TaskList(path) => {
                self.dialog = None;
                self.apply(Command::OpenFile(path.to_owned()));
            }
            Dropped::PythonFile(path) => {
                self.apply(Command::Do(Action::OwnFunction));
                self.apply(Command::DialogPath(path.display().to_string()));
                self.apply(Command::ListFunctions);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_decides() {
        let outlook = |names: &[&str]| {
            let paths: Vec<PathBuf> = names.iter().map(|name| Path::new("/somewhere").join(name)).collect();
            Dropped::of(&paths).outlook()
        };
        assert_eq!(outlook(&["a.toml"]), "Drop to open the experiment a.toml");
        assert_eq!(outlook(&["A.CLAB"]), "Drop to show the stored run A.CLAB");
        assert_eq!(outlook(&["b.csv"]), "Drop to replace the tasks by the list b.csv");
        assert_eq!(outlook(&["c.py"]), "Drop to measure a function of c.py");
        assert_eq!(outlook(&["a.toml", "b.csv"]), "2 files: drop one at a time");
        assert!(outlook(&["d.png"]).starts_with("d.png can't be opened. Allowed are experiments (.toml), stored runs"));
        assert!(outlook(&["folder"]).starts_with("folder can't be opened"));
        assert!(outlook(&["e\u{1b}[2J.png"]).starts_with("e\\u{1b}[2J.png can't"), "{}", outlook(&["e\u{1b}[2J.png"]));
    }
}
