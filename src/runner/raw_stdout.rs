//! Stdout without the standard library's line buffering, which would split a binary record at
//! every byte that looks like a newline.

use std::fs::File;
use std::io;

/// This process's stdout as a plain file: one write is one system call.
///
/// # Errors
/// Where the descriptor can't be duplicated.
#[cfg(unix)]
pub(super) fn open() -> io::Result<File> {
    use std::os::fd::AsFd as _;
    Ok(File::from(io::stdout().as_fd().try_clone_to_owned()?))
}

/// This process's stdout as a plain file: one write is one system call.
///
/// # Errors
/// Where the handle can't be duplicated.
#[cfg(windows)]
pub(super) fn open() -> io::Result<File> {
    use std::os::windows::io::AsHandle as _;
    Ok(File::from(io::stdout().as_handle().try_clone_to_owned()?))
}
