//! Consent to run code: what it covers, the question, and the consents that the user has given.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use super::digest::Digest;
use super::step_code::{CodeKind, OwnCode};
use super::words;
use crate::printable;
use crate::private_files;
use crate::replace_file::{naming, replace_private_file};

/// File of the consents in the configuration folder.
const FILE: &str = "consents";
/// Consents that are kept; the oldest go first.
const MOST_CONSENTS: usize = 10_000;
/// Bytes of the largest file of consents.
const LARGEST_FILE: u64 = 1_000_000;
/// Part of the question that is about all code.
const RIGHTS: &str = "It runs with your rights: it can read, change and send whatever you can. Modules and files that it loads itself are not covered by the hash.";

/// Part of the question that is about one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Facts, each with its name. Everything is shown, and nothing in it is invisible.
    pub facts: Vec<(&'static str, String)>,
}

impl Question {
    /// Part that is about all code.
    pub const RIGHTS: &'static str = RIGHTS;
}

impl OwnCode {
    /// Returns what the user is asked.
    #[must_use]
    pub fn question(&self) -> Question {
        let line = |text: &str| printable::line(text).into_owned();
        let path = line(&self.path.display().to_string());
        let mut facts = match &self.kind {
            CodeKind::Function { function, written, .. } => {
                let arguments = if written.is_empty() { "none".to_owned() } else { line(&words::join(written)) };
                vec![("File", path), ("Function", line(function)), ("Arguments", arguments)]
            }
            CodeKind::Program { written, .. } => vec![("Command", line(&words::join(written))), ("Program", path)],
        };
        facts.push(("SHA-256", self.sha256.to_string()));
        facts.push(("Folder", line(&self.folder.display().to_string())));
        facts.extend(self.doubt.as_ref().map(|doubt| ("Caution", line(&format!("{doubt}. They decide what runs")))));
        Question { facts }
    }

    /// Returns what consent covers: bytes, function and arguments, or program and arguments; and the folder of the
    /// file and the working directory, since what the code loads comes from there.
    #[must_use]
    pub fn consent(&self) -> Digest {
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned()).into_os_string();
        let (file, folder) = (real(&self.path), real(&self.folder));
        let (kind, texts) = match &self.kind {
            CodeKind::Function { function, written, .. } => {
                ("function", [function].into_iter().chain(written).map(String::as_bytes).collect::<Vec<_>>())
            }
            CodeKind::Program { written, .. } => ("program", written.iter().map(String::as_bytes).collect()),
        };
        let (file, folder) = (file.as_encoded_bytes(), folder.as_encoded_bytes());
        Digest::of_parts([kind.as_bytes(), self.sha256.bytes(), file, folder].into_iter().chain(texts))
    }
}

/// The consents that the user has given, in a private file.
#[derive(Debug, Clone)]
pub struct Consents {
    path: PathBuf,
}

impl Consents {
    /// Those of this user; `None` without a home folder.
    #[must_use]
    pub fn of_user() -> Option<Self> {
        let folders = directories::ProjectDirs::from("io.github", "concurrency_lab", "ConcurrencyLab")?;
        Some(Self::in_folder(folders.config_dir()))
    }

    /// Those in a folder.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self { path: folder.join(FILE) }
    }

    /// A file that is missing, or that others could have written, holds none.
    fn read(&self) -> Vec<String> {
        let bytes = private_files::read(&self.path, LARGEST_FILE).unwrap_or_default();
        String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect()
    }

    /// Returns true if the user has agreed to all of this code. Blocks.
    #[must_use]
    pub fn cover(&self, code: &[OwnCode]) -> bool {
        let known: BTreeSet<String> = self.read().into_iter().collect();
        code.iter().all(|one| known.contains(&one.consent().to_string()))
    }

    /// Remembers that the user has agreed to this code. Blocks.
    ///
    /// # Errors
    /// If the file can't be written: then the user is asked again.
    pub fn remember(&self, code: &[OwnCode]) -> io::Result<()> {
        if let Some(folder) = self.path.parent() {
            private_files::create_folders(folder).map_err(|error| naming(&self.path, error))?;
        }
        let mut known = self.read();
        for one in code {
            let consent = one.consent().to_string();
            known.retain(|other| *other != consent);
            known.push(consent);
        }
        let skipped = known.len().saturating_sub(MOST_CONSENTS);
        replace_private_file(&self.path, |file| {
            known.iter().skip(skipped).try_for_each(|line| writeln!(file, "{line}"))
        })
    }
}
