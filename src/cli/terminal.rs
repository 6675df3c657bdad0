//! Output to the terminal: every text is made printable here, whatever its origin.

use std::io::{self, IsTerminal as _, Write as _};

use super::diagnostics;
use super::exit::{FAILED, SUCCESS};
use crate::experiment::file::FileError;
use crate::export::json_writer;
use crate::printable;

/// Writes a message to stderr and returns the exit status given.
pub(super) fn complain(status: u8, message: &str) -> u8 {
    // Without a stderr there is nobody to write to.
    let _ = writeln!(io::stderr(), "concurrency-lab: {}", printable::message(message));
    status
}

/// Writes the mistakes of a file to stderr, each with the line it is in.
pub(super) fn complain_with_excerpts(error: &FileError) {
    let coloured = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let text = diagnostics::draw(error, width(true), coloured);
    // Excerpts and messages are printable; the renderer's own colours have to stay.
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Prints to stdout.
pub(super) fn print(text: &str) -> u8 {
    printed(io::stdout().write_all(printable::block(text).as_bytes()))
}

/// Returns the exit status of a write to stdout. A reader that has gone away (`| head`) is no error.
pub(super) fn printed(written: io::Result<()>) -> u8 {
    match written.and_then(|()| io::stdout().flush()) {
        Ok(()) => SUCCESS,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => SUCCESS,
        Err(error) => complain(FAILED, &format!("stdout can't be written: {error}")),
    }
}

/// Prints to stderr: for a table that makes way for an output on stdout.
pub(super) fn print_aside(text: &str) {
    // Without a stderr there is nobody to write to.
    let _ = io::stderr().write_all(printable::block(text).as_bytes());
}

/// Prints a value as indented JSON.
pub(super) fn print_json(value: &impl serde::Serialize) -> u8 {
    let mut text = Vec::new();
    match json_writer::write(&mut text, value) {
        Ok(()) => print(&String::from_utf8_lossy(&text)),
        Err(error) => complain(FAILED, &format!("JSON can't be written: {error}")),
    }
}

/// Characters that fit on a line of the stream that the table goes to: `COLUMNS`, else the width of the
/// terminal. `None` where it is no terminal: then nothing is cut.
pub(super) fn width(to_stderr: bool) -> Option<usize> {
    let named = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).filter(|width| *width > 0);
    named.or_else(|| {
        let size = if to_stderr {
            io::stderr().is_terminal().then(|| terminal_size::terminal_size_of(io::stderr()))
        } else {
            io::stdout().is_terminal().then(|| terminal_size::terminal_size_of(io::stdout()))
        };
        size.flatten().map(|(width, _)| usize::from(width.0)).filter(|width| *width > 0)
    })
}
