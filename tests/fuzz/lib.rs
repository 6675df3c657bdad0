//! Parts that the fuzz targets share: the entries that the tests have, too, and a stored run to forge.

#[path = "../integration/entries.rs"]
pub mod entries;
#[path = "../integration/record/sealing.rs"]
pub mod sealing;

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::types::Value;

/// A run of the current format, as the sqlite3 shell dumps it.
const RUN: &str = include_str!("../integration/record/format_1_5.sql");

/// The folder for files of a target: in memory, where the system has such a folder.
#[must_use]
pub fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    tempfile::tempdir_in(parent).expect("a folder")
}

/// Opens a stored run and uses it; returns why it is refused, or what of it is damaged.
pub fn stored_run(path: &Path) -> Option<String> {
    match concurrency_lab::record::open_file(path) {
        Err(error) => Some(error.to_string()),
        Ok(run) => {
            entries::use_run(&run);
            run.damage.map(|damage| damage.to_string())
        }
    }
}

/// A stored run whose values are changed by an input.
pub struct Forgery {
    path: PathBuf,
    valid: Vec<u8>,
    columns: Vec<(String, String)>,
}

impl Forgery {
    /// Makes the valid run in a folder.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        let path = folder.join("forged.clab");
        let connection = Connection::open(&path).expect("created");
        connection.execute_batch(RUN).expect("filled");
        let sql = "SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table'";
        let mut statement = connection.prepare(sql).expect("prepared");
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("queried");
        let columns = rows.map(|row| row.expect("a row")).collect();
        drop(statement);
        drop(connection);
        let valid = std::fs::read(&path).expect("readable");
        Self { path, valid, columns }
    }

    /// Gives columns other values: for each, a byte that chooses the column (and another for more of them), one for the row,
    /// one for the kind of the value and its length, and its bytes. Then the run is sealed again.
    pub fn forge(&self, mut input: &[u8]) -> &Path {
        std::fs::write(&self.path, &self.valid).expect("written");
        let connection = Connection::open(&self.path).expect("opened");
        connection.execute_batch("PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF; BEGIN").expect("set");
        while let [low, high, row, kind, rest @ ..] = input {
            let (table, column) = &self.columns[usize::from(u16::from_le_bytes([*low, *high])) % self.columns.len()];
            let (bytes, rest) = rest.split_at(usize::from(kind / 8).min(rest.len()));
            let mut word = [0; 8];
            word[..bytes.len().min(8)].copy_from_slice(&bytes[..bytes.len().min(8)]);
            let value = match kind % 8 {
                0 => Value::Null,
                1 | 2 => Value::Integer(i64::from_le_bytes(word)),
                3 => Value::Real(f64::from_le_bytes(word)),
                4 | 5 => Value::Text(String::from_utf8_lossy(bytes).into_owned()),
                _ => Value::Blob(bytes.to_vec()),
            };
            let which = if *row == 0 { String::new() } else { format!(" WHERE rowid = {row}") };
            // A row number takes no text.
            let _ = connection.execute(&format!("UPDATE OR IGNORE {table} SET {column} = ?1{which}"), [value]);
            input = rest;
        }
        // Some values can't be sealed.
        let _ = sealing::seal_again(&connection);
        connection.execute_batch("COMMIT").expect("written");
        &self.path
    }
}
