//! Code of a step: as it was read, as it is sent to a runner, and as a record keeps it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::digest::Digest;
use super::file_state::FileState;
use super::trust::Doubt;
use crate::bounded_read;
use crate::workload::Template;

/// Bytes of the largest program that is hashed before every trial: some milliseconds.
const LARGEST_REHASHED: u64 = 32 << 20;

/// Code of one step, as it was read before the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnCode {
    /// Index of the step, from 0.
    pub step: usize,
    /// The file, as an absolute path.
    pub path: PathBuf,
    /// Folder of the experiment file, else the current one: the working directory of the code.
    pub folder: PathBuf,
    /// SHA-256 of the file.
    pub sha256: Digest,
    /// Reason why another user can change the file, or could have.
    pub doubt: Option<Doubt>,
    /// Use of the code.
    pub kind: CodeKind,
}

/// A function or a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeKind {
    /// A Python function is called.
    Function {
        /// The bytes of the file. They are what runs in every trial.
        source: Arc<[u8]>,
        /// Name of the function.
        function: String,
        /// Its arguments.
        arguments: Vec<Template>,
        /// The arguments as written.
        written: Vec<String>,
    },
    /// A program is run.
    Program {
        /// The arguments, without the program.
        arguments: Vec<Template>,
        /// Program and arguments as written.
        written: Vec<String>,
        /// State of the file when it was hashed.
        state: FileState,
    },
}

/// Code of a step in the request to a runner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepCode {
    /// A function.
    Function {
        /// Copy of its file in the folder of the trial.
        source: PathBuf,
        /// The file itself, for tracebacks and imports.
        path: PathBuf,
        /// Working directory.
        folder: PathBuf,
        /// Name of the function.
        function: String,
        /// Its arguments.
        arguments: Vec<Template>,
    },
    /// A program.
    Program {
        /// The program, as an absolute path.
        program: PathBuf,
        /// Its arguments.
        arguments: Vec<Template>,
        /// Working directory.
        folder: PathBuf,
    },
}

/// Code that a run used, for its record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedCode {
    /// Number of the step, from 1.
    pub step: u32,
    /// SHA-256 of the file, as 64 hexadecimal digits.
    pub sha256: String,
}

impl OwnCode {
    /// Returns the code for a request. `copy`: where its source was written for the trial.
    #[must_use]
    pub fn to_request(&self, copy: &Path) -> StepCode {
        match &self.kind {
            CodeKind::Function { function, arguments, .. } => StepCode::Function {
                source: copy.to_owned(),
                path: self.path.clone(),
                folder: self.folder.clone(),
                function: function.clone(),
                arguments: arguments.clone(),
            },
            CodeKind::Program { arguments, .. } => StepCode::Program {
                program: self.path.clone(),
                arguments: arguments.clone(),
                folder: self.folder.clone(),
            },
        }
    }

    /// Returns the bytes that a trial has to run; `None` for a program, which runs where it is.
    #[must_use]
    pub fn source(&self) -> Option<&[u8]> {
        match &self.kind {
            CodeKind::Function { source, .. } => Some(source),
            CodeKind::Program { .. } => None,
        }
    }

    /// Returns true unless a program has been replaced or written since it was hashed. A program of up to
    /// 32 MiB is hashed again. Blocks.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        match &self.kind {
            CodeKind::Function { .. } => true,
            CodeKind::Program { state, .. } => {
                FileState::of(&self.path).is_ok_and(|now| now == *state)
                    && (state.bytes() > LARGEST_REHASHED || self.hash_is_the_same())
            }
        }
    }

    fn hash_is_the_same(&self) -> bool {
        let file = bounded_read::open(&self.path).ok();
        file.and_then(|file| Digest::of_reader(file, LARGEST_REHASHED).ok()).is_some_and(|now| now == self.sha256)
    }

    /// Returns what a record keeps of it.
    #[must_use]
    pub fn used(&self) -> UsedCode {
        UsedCode { step: self.step as u32 + 1, sha256: self.sha256.to_string() }
    }
}
