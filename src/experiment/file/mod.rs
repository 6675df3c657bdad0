//! Experiments as TOML: reading with the position of every mistake, and writing.

mod cursor;
mod diagnostic;
mod edit;
#[cfg(test)]
mod edit_tests;
mod keys;
mod problem;
mod read;
mod read_classes;
mod read_contender;
mod read_quiz;
mod read_step;
mod read_sweep;
mod reference;
mod schema;
#[cfg(test)]
mod schema_tests;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod write;

use std::path::{Path, PathBuf};

use crate::bounded_read::{self, ReadError};
use crate::encoding::{self, EncodingError};
use crate::experiment::Experiment;
use crate::printable;
pub use diagnostic::{Diagnostic, Excerpt, FileError, MOST_DIAGNOSTICS};
pub(crate) use edit::edited;
pub use edit::to_toml_with_comments;
pub use keys::{FORMAT, FileKey, FileValue, ROOT, Section};
pub use problem::{Found, Problem};
pub use read::parse;
pub use reference::reference;
pub use schema::schema;
pub use write::{SCHEMA_FILE, schema_url, to_toml};

/// Bytes of the largest experiment file read: a list of a million tasks fits.
const LARGEST_FILE: u64 = 256_000_000;

/// Origin of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Typed on the command line: may be a pipe, such as `<(…)` of a shell.
    CommandLine,
    /// Found in a folder, or typed in the window: has to be a file, since a pipe may never end.
    Elsewhere,
}

/// Reason why an experiment file was not loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The path names no file, or the file is too large.
    #[error("{name} can't be read: {error}")]
    Unreadable {
        /// The path, printable.
        name: String,
        /// The reason.
        error: ReadError,
    },
    /// The bytes are no text.
    #[error("{name}:{}: {error}", .error.line())]
    NoText {
        /// The path, printable.
        name: String,
        /// The reason.
        error: EncodingError,
    },
    /// The text is no experiment.
    #[error(transparent)]
    Mistakes(#[from] FileError),
}

/// Reads the text of an experiment file. Blocks.
///
/// # Errors
/// If the path names no file, the file is too large, or its bytes are no text.
pub fn read_text(path: &Path, origin: Origin) -> Result<String, LoadError> {
    let name = || printable::line(&path.display().to_string()).into_owned();
    let bytes = match origin {
        Origin::CommandLine => bounded_read::file_or_pipe(path, LARGEST_FILE),
        Origin::Elsewhere => bounded_read::file(path, LARGEST_FILE),
    };
    let bytes = bytes.map_err(|error| LoadError::Unreadable { name: name(), error })?;
    encoding::decode(bytes).map_err(|error| LoadError::NoText { name: name(), error })
}

/// Returns the path of the task list that an experiment file names. Blocks; a pipe is not read.
#[must_use]
pub fn task_list(path: &Path) -> Option<PathBuf> {
    let text = read_text(path, Origin::Elsewhere).ok()?;
    let document = text.parse::<toml_edit::DocumentMut>().ok()?;
    let name = document.get("workload")?.get("task_list")?.as_str()?;
    if read::leaves_machine(name) {
        return None;
    }
    Some(path.parent().unwrap_or(Path::new("")).join(name))
}

/// Reads an experiment file, and its task list in the same folder. Blocks.
///
/// # Errors
/// [`LoadError`].
pub fn load(path: &Path, origin: Origin) -> Result<Experiment, LoadError> {
    let text = read_text(path, origin)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    Ok(parse(&text, &path.display().to_string(), folder)?)
}
