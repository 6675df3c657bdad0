//! Bounded reading of files from untrusted sources: never a device, never more than a limit.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::path::Path;

/// Reason why a file was not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The path is not a file but a folder, a device or a pipe.
    #[error("it is {0}, not a file")]
    NotAFile(&'static str),
    /// The file is larger than the limit.
    #[error("it is larger than the {} MB allowed", .most / 1_000_000)]
    TooLarge {
        /// Limit, bytes.
        most: u64,
    },
    /// The operating system's error.
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl ReadError {
    /// Returns true if the path does not exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Io(error) if error.kind() == io::ErrorKind::NotFound)
    }
}

/// Reads a regular file of at most `most` bytes. Fails at once for a pipe, a device or a folder, so that a name found
/// in a folder can't block.
///
/// # Errors
/// [`ReadError`].
pub fn file(path: &Path, most: u64) -> Result<Vec<u8>, ReadError> {
    to_end(open(path)?, most)
}

/// Opens a regular file. Fails at once for a pipe, a device or a folder.
///
/// # Errors
/// [`ReadError`].
pub fn open(path: &Path) -> Result<File, ReadError> {
    // Checked first, since opening a device may have side effects, and opening a pipe waits for its writer.
    refuse(&std::fs::metadata(path)?, false)?;
    let file = open_without_waiting(path)?;
    // Checked again, since the path may have been replaced.
    refuse(&file.metadata()?, false)?;
    Ok(file)
}

/// Reads a regular file or a pipe of at most `most` bytes, for a path that the user has named: `<(…)` of a
/// shell is a pipe. Waits for the pipe's writer.
///
/// # Errors
/// [`ReadError`].
pub fn file_or_pipe(path: &Path, most: u64) -> Result<Vec<u8>, ReadError> {
    refuse(&std::fs::metadata(path)?, true)?;
    let file = File::open(path)?;
    refuse(&file.metadata()?, true)?;
    to_end(file, most)
}

fn to_end(file: File, most: u64) -> Result<Vec<u8>, ReadError> {
    let length = file.metadata()?.len();
    if length > most {
        return Err(ReadError::TooLarge { most });
    }
    let mut bytes = Vec::new();
    // A length that memory can't hold must be an error, not an abort.
    bytes.try_reserve_exact(length as usize + 1).map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
    // One more byte than allowed shows that the file is too large.
    file.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(ReadError::TooLarge { most });
    }
    Ok(bytes)
}

fn refuse(found: &Metadata, pipe_allowed: bool) -> Result<(), ReadError> {
    match kind(found) {
        None => Ok(()),
        Some(PIPE) if pipe_allowed => Ok(()),
        Some(kind) => Err(ReadError::NotAFile(kind)),
    }
}

const PIPE: &str = "a pipe";

/// Names the kind of a path that is not a regular file.
fn kind(found: &Metadata) -> Option<&'static str> {
    if found.is_file() {
        return None;
    }
    if found.is_dir() {
        return Some("a folder");
    }
    Some(special_kind(found))
}

#[cfg(unix)]
fn special_kind(found: &Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;
    let kind = found.file_type();
    if kind.is_fifo() {
        PIPE
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn special_kind(_found: &Metadata) -> &'static str {
    "a device"
}

#[cfg(unix)]
fn open_without_waiting(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)
}

#[cfg(not(unix))]
fn open_without_waiting(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_completely_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        std::fs::write(&path, "twelve bytes").expect("written");
        for read in [file, file_or_pipe] {
            assert_eq!(read(&path, 12).expect("readable"), b"twelve bytes");
            let error = read(&path, 11).expect_err("too large");
            assert!(matches!(error, ReadError::TooLarge { most: 11 }), "{error}");
            assert_eq!(read(folder.path(), 12).expect_err("a folder").to_string(), "it is a folder, not a file");
            assert!(read(&folder.path().join("none"), 1).expect_err("missing").is_not_found());
        }
        let sparse = File::create(&path).expect("created");
        sparse.set_len(20_000_000_000).expect("grown");
        let error = file(&path, 1_000_000).expect_err("too large").to_string();
        assert_eq!(error, "it is larger than the 1 MB allowed");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn devices_are_refused_and_files_that_hide_their_length_are_bounded() {
        for read in [file, file_or_pipe] {
            assert_eq!(read(Path::new("/dev/zero"), 9).expect_err("endless").to_string(), "it is a device, not a file");
            // The system reports a length of 0.
            assert!(matches!(read(Path::new("/proc/cpuinfo"), 9), Err(ReadError::TooLarge { most: 9 })));
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_read_only_where_it_was_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&path).status().expect("mkfifo");
        assert!(made.success());
        assert_eq!(file(&path, 100).expect_err("a pipe").to_string(), "it is a pipe, not a file");
        for (text, most) in [("some text", 100), ("more than is allowed", 10)] {
            let writer = {
                let path = path.clone();
                std::thread::spawn(move || std::fs::write(path, text))
            };
            let read = file_or_pipe(&path, most);
            // The writer fails if the reader closes early.
            let _ = writer.join().expect("the writer ends");
            match read {
                Ok(bytes) => assert_eq!(bytes, text.as_bytes()),
                Err(error) => assert!(most == 10 && matches!(error, ReadError::TooLarge { .. }), "{error}"),
            }
        }
    }
}
