//! Stdout without the standard library's line buffering, which would split a binary record at
//! every byte that looks like a newline.

use std::fs::File;
use std::io;

/// Returns this process's stdout as a plain file: one write is one system call.
///
/// # Errors
/// Returns the system's error if the descriptor can't be duplicated.
#[cfg(unix)]
pub(super) fn open() -> io::Result<File> {
    use std::os::fd::AsFd as _;
    Ok(File::from(io::stdout().as_fd().try_clone_to_owned()?))
}

/// Returns this process's stdout as a plain file: one write is one system call.
///
/// # Errors
/// Returns the system's error if the handle can't be duplicated.
#[cfg(windows)]
pub(super) fn open() -> io::Result<File> {
    use std::os::windows::io::AsHandle as _;
    Ok(File::from(io::stdout().as_handle().try_clone_to_owned()?))
}
