//! Files of runs that end before their last page. The database opens none that is shorter than its header says: what is
//! there is read from a copy whose header says so.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use rusqlite::Connection;
use tempfile::TempDir;

use super::connect::{self, Origin};
use super::error::Problem;
use super::version::APPLICATION_ID;
use crate::private_files;

/// First bytes of every database.
pub(super) const MAGIC: &[u8] = b"SQLite format 3\0";
/// Bytes of its header.
pub(super) const HEADER_BYTES: usize = 100;
/// Position of the number of pages, big-endian.
const PAGES_AT: usize = 28;
/// Space that has to stay free beside the copy.
const MARGIN_BYTES: u64 = 64 << 20;

/// A copy that is read in place of a file that is cut off.
#[derive(Debug)]
pub(super) struct Copied {
    pub(super) connection: Connection,
    /// Removed after the connection is closed; `None` where the system lets a file be removed while it is read.
    pub(super) folder: Option<TempDir>,
}

/// True for the header of a stored run.
pub(super) fn is_run(header: &[u8]) -> bool {
    header.starts_with(MAGIC) && header.get(68..72).is_some_and(|id| id == APPLICATION_ID.to_be_bytes())
}

/// Opens a copy of a file that is cut off, whose header claims no more pages than there are. `None` for a file that has
/// all its pages, or is no stored run.
pub(super) fn open(path: &Path) -> Result<Option<Copied>, Problem> {
    let mut header = [0; HEADER_BYTES];
    let mut file = File::open(path)?;
    file.read_exact(&mut header)?;
    let bytes = file.metadata()?.len();
    // 1 stands for 65,536.
    let page = match u16::from_be_bytes([header[16], header[17]]) {
        1 => 65_536,
        size => u64::from(size),
    };
    let claimed =
        u32::from_be_bytes([header[PAGES_AT], header[PAGES_AT + 1], header[PAGES_AT + 2], header[PAGES_AT + 3]]);
    let pages = u32::try_from(bytes / page.max(512)).unwrap_or(u32::MAX);
    if !is_run(&header) || pages >= claimed {
        return Ok(None);
    }
    let parent = private_files::temporary_folder();
    if fs4::available_space(&parent).is_ok_and(|free| free < bytes.saturating_add(MARGIN_BYTES)) {
        return Err(Problem::NoRoomForCopy { folder: parent, bytes });
    }
    let folder = tempfile::tempdir_in(parent)?;
    let copy = folder.path().join("run.clab");
    fs::copy(path, &copy)?;
    let mut file = OpenOptions::new().write(true).open(&copy)?;
    file.seek(SeekFrom::Start(PAGES_AT as u64))?;
    file.write_all(&pages.to_be_bytes())?;
    drop(file);
    let connection = connect::for_reading(&copy, Origin::Elsewhere)?;
    Ok(Some(Copied { connection, folder: unless_removed(folder)? }))
}

/// Removes the folder of a file that is open, where the system allows that: it stays readable, and nothing is left when
/// the lab is killed.
pub(super) fn unless_removed(folder: TempDir) -> std::io::Result<Option<TempDir>> {
    if cfg!(unix) { folder.close().map(|()| None) } else { Ok(Some(folder)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The header of a file that claims this many pages of 4,096 bytes.
    fn header(application_id: i32, pages: u32) -> Vec<u8> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("made.clab");
        let made = Connection::open(&path).expect("created");
        made.pragma_update(None, "application_id", application_id).expect("set");
        made.execute("CREATE TABLE t (x)", []).expect("created");
        drop(made);
        let mut bytes = fs::read(&path).expect("readable");
        bytes[PAGES_AT..PAGES_AT + 4].copy_from_slice(&pages.to_be_bytes());
        bytes
    }

    #[test]
    fn a_copy_leaves_nothing_behind_while_it_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("cut.clab");
        fs::write(&path, header(APPLICATION_ID, 900)).expect("written");
        let copied = open(&path).expect("readable").expect("cut off");
        assert_eq!(copied.folder.is_none(), cfg!(unix));
        assert_eq!(copied.connection.query_row("SELECT count(*) FROM t", [], |row| row.get(0)), Ok(0));
        fs::write(&path, header(APPLICATION_ID, 2)).expect("written");
        assert!(open(&path).expect("readable").is_none(), "it has all its pages");
        fs::write(&path, header(APPLICATION_ID + 1, 900)).expect("written");
        assert!(open(&path).expect("readable").is_none(), "a database of another program is not copied");
    }

    #[test]
    fn a_copy_that_does_not_fit_is_not_begun() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("huge.clab");
        fs::write(&path, header(APPLICATION_ID, u32::MAX)).expect("written");
        let free = fs4::available_space(private_files::temporary_folder()).expect("known");
        let bytes = free + (1 << 30);
        let file = OpenOptions::new().write(true).open(&path).expect("there");
        // Without content it takes no space.
        file.set_len(bytes).expect("a file system with holes");
        let problem = open(&path).expect_err("too large").to_string();
        assert!(problem.starts_with("the file is cut off; to be read it is copied, and its "), "{problem}");
    }
}
