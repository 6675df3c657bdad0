//! Experiments as TOML: reading with the place of every mistake, and writing.

mod read;
mod read_step;
mod shape;
#[cfg(test)]
mod tests;
mod write;

use std::path::Path;

use crate::bounded_read::{self, ReadError};
use crate::{encoding, printable};
pub use read::parse;
pub use write::to_toml;

/// Bytes of the largest experiment file read: a list of a million tasks fits.
const LARGEST_FILE: u64 = 256_000_000;

/// A mistake in an experiment file: file, line and column, what was wrong, what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FileError {
    /// The whole message.
    pub message: String,
}

/// Where a path comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Typed on the command line: may be a pipe, such as `<(…)` of a shell.
    CommandLine,
    /// Found in a folder, or typed in the window: has to be a file, since a pipe may never end.
    Elsewhere,
}

/// Reads the text of an experiment file. Blocks.
///
/// # Errors
/// Where the path names no file, the file is too large, or its bytes are no text.
pub fn read_text(path: &Path, origin: Origin) -> Result<String, FileError> {
    let name = path.display().to_string();
    let name = printable::line(&name);
    let bytes = match origin {
        Origin::CommandLine => bounded_read::file_or_pipe(path, LARGEST_FILE),
        Origin::Elsewhere => bounded_read::file(path, LARGEST_FILE),
    };
    let bytes = bytes.map_err(|error: ReadError| FileError { message: format!("{name} can't be read: {error}") })?;
    encoding::decode(bytes).map_err(|error| FileError { message: format!("{name}:{}: {error}", error.line()) })
}
