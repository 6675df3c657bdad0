//! Connections to the files of runs: to write one, to read one of the own history, and to read one from anywhere.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use super::deadline::DEADLINE;
use super::error::Problem;
use super::limits::LARGEST_VALUE;

/// Longest wait for another lab that is writing the same file.
const BUSY: Duration = Duration::from_secs(5);
/// Steps of the database's virtual machine between two looks at the clock.
const STEPS: i32 = 20_000;

/// A connection that the writer of a run and all readers of its spans share: one at a time.
#[derive(Debug, Clone)]
pub(super) struct Shared(Arc<Mutex<Connection>>);

impl Shared {
    pub(super) fn new(connection: Connection) -> Self {
        Self(Arc::new(Mutex::new(connection)))
    }

    /// Waits for the others.
    pub(super) fn lock(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Origin of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Written by this user's labs, in the folder of runs.
    History,
    /// Anywhere else: opened immutable, without its `-wal` or `-journal`.
    Elsewhere,
}

/// Opens an existing file for writing.
pub(super) fn for_writing(path: &Path) -> Result<Connection, Problem> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    harden(&connection)?;
    Ok(connection)
}

/// Lets commits go to a write-ahead log: no commit waits for the disk, and none is lost when the lab is killed. Where
/// there can be no such log (some network file systems), each commit is flushed instead.
pub(super) fn use_log(connection: &Connection) -> Result<(), Problem> {
    if connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).or_else(no_row).is_err() {
        connection.pragma_update_and_check(None, "journal_mode", "TRUNCATE", |_| Ok(())).or_else(no_row)?;
    }
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    Ok(())
}

/// Moves what is in the log into the file, and removes the log.
pub(super) fn drop_log(connection: &Connection) -> Result<(), Problem> {
    connection.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(())).or_else(no_row)?;
    Ok(())
}

/// Moves what is in the log into the file and empties the log, as far as nobody reads it: nobody is waited for.
pub(super) fn empty_log(connection: &Connection) -> Result<(), Problem> {
    connection.busy_timeout(Duration::ZERO)?;
    let emptied = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    connection.busy_timeout(BUSY)?;
    Ok(emptied?)
}

/// Leaves what is in the log where it is when the connection is closed.
pub(super) fn never_empty_log(connection: &Connection) {
    // Where that can't be set, closing it does as it always does.
    let _ = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
}

/// Copies what a connection reads into an empty file. The connection may be that of a file without a name.
pub(super) fn copy_into(connection: &Connection, path: &Path) -> Result<(), Problem> {
    let name = path.to_str().ok_or_else(|| std::io::Error::other("the folder of the stored runs has no plain name"))?;
    connection.execute("VACUUM INTO ?1", [name])?;
    Ok(())
}

/// Opens an empty database in memory.
pub(super) fn in_memory() -> Result<Connection, Problem> {
    let connection = Connection::open_in_memory()?;
    harden(&connection)?;
    Ok(connection)
}

/// Opens a file for reading.
pub(super) fn for_reading(path: &Path, origin: Origin) -> Result<Connection, Problem> {
    // A pipe or a device could block.
    if !std::fs::metadata(path)?.is_file() {
        return Err(Problem::NotARun);
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match origin {
        Origin::History => Connection::open_with_flags(path, flags)?,
        Origin::Elsewhere => {
            Connection::open_with_flags(uri(&std::path::absolute(path)?), flags | OpenFlags::SQLITE_OPEN_URI)?
        }
    };
    connection.busy_timeout(BUSY)?;
    harden(&connection)?;
    Ok(connection)
}

/// Begins a change. It waits for other changes here, where it has read nothing yet: later the database would refuse it.
pub(super) fn change(connection: &Connection) -> Result<Transaction<'_>, Problem> {
    Ok(Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?)
}

/// Reads by `read`, all of it as the file was at one moment; ends every statement that runs beyond the deadline, counted
/// from now.
pub(super) fn within_deadline<T>(
    connection: &mut Connection,
    read: impl FnOnce(&Connection) -> Result<T, Problem>,
) -> Result<T, Problem> {
    within(DEADLINE, connection, read)
}

fn within<T>(
    deadline: Duration,
    connection: &mut Connection,
    read: impl FnOnce(&Connection) -> Result<T, Problem>,
) -> Result<T, Problem> {
    let begun = Instant::now();
    connection.progress_handler(STEPS, Some(move || begun.elapsed() > deadline))?;
    let result = connection.transaction().map_err(Problem::from).and_then(|moment| read(&moment));
    // The same connection may write later.
    connection.progress_handler(0, None::<fn() -> bool>)?;
    result
}

/// Nothing in the file may run anything, and no value may be larger than a run has any.
fn harden(connection: &Connection) -> Result<(), Problem> {
    for (config, on) in [
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
        (DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
    ] {
        connection.set_db_config(config, on)?;
    }
    for (limit, most) in [
        (Limit::SQLITE_LIMIT_LENGTH, LARGEST_VALUE),
        (Limit::SQLITE_LIMIT_SQL_LENGTH, 100_000),
        (Limit::SQLITE_LIMIT_COLUMN, 200),
        (Limit::SQLITE_LIMIT_EXPR_DEPTH, 20),
        (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 3),
        (Limit::SQLITE_LIMIT_VDBE_OP, 25_000),
        (Limit::SQLITE_LIMIT_ATTACHED, 1),
        (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 1),
        (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
    ] {
        connection.set_limit(limit, most)?;
    }
    connection.pragma_update(None, "cell_size_check", true)?;
    // Answers with the new value where the system has memory maps at all.
    connection.pragma_update_and_check(None, "mmap_size", 0, |_| Ok(())).or_else(no_row)?;
    Ok(())
}

fn no_row(error: rusqlite::Error) -> Result<(), rusqlite::Error> {
    if matches!(error, rusqlite::Error::QueryReturnedNoRows) { Ok(()) } else { Err(error) }
}

/// The address of a file that nobody changes while it is read.
fn uri(path: &Path) -> PathBuf {
    let mut uri = String::from("file://");
    if !cfg!(unix) {
        uri.push('/');
    }
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b':' => uri.push(char::from(*byte)),
            b'\\' if cfg!(windows) => uri.push('/'),
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri.push_str("?immutable=1");
    PathBuf::from(uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_ends_a_statement_and_no_later_one() {
        let mut connection = in_memory().expect("memory");
        let endless = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n";
        let count = |connection: &Connection| Ok(connection.query_row(endless, [], |row| row.get::<_, i64>(0))?);
        let ended = within(Duration::from_millis(50), &mut connection, count).expect_err("endless");
        assert!(matches!(ended, Problem::Deadline(_)), "{ended}");
        std::thread::sleep(Duration::from_millis(60));
        let limited = endless.replace("FROM n)", "FROM n LIMIT 100000)");
        assert_eq!(connection.query_row(&limited, [], |row| row.get(0)), Ok(100_000));
    }

    #[test]
    fn any_name_can_be_opened_immutable() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["plain.clab", "a b?c=1#d%20.clab", "ü’.clab"] {
            let path = folder.path().join(name);
            let made = Connection::open(&path).expect("created");
            made.execute("CREATE TABLE t (x)", []).expect("created");
            drop(made);
            let read = for_reading(&path, Origin::Elsewhere).expect("opened");
            assert_eq!(read.query_row("SELECT count(*) FROM t", [], |row| row.get(0)), Ok(0), "{name}");
            assert!(read.execute("INSERT INTO t VALUES (1)", []).is_err(), "read only");
        }
        assert!(matches!(for_reading(folder.path(), Origin::Elsewhere), Err(Problem::NotARun)));
    }
}
