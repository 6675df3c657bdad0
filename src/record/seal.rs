//! Check values (CRC-32), so that a file that has changed by accident is never read as something else. The documentation
//! of [`super`] states what each covers.

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, Row, Statement};

use super::blocks::Block;
use super::error::Problem;
use super::version::FormatVersion;

/// Tables that are covered as a whole.
const TABLES: [&str; 8] =
    ["format", "run", "machine", "interpreter", "calibration", "point", "contender", "listed_task"];
/// Counts of rows that are covered: all trials, and those without warm-ups. Each trial has a check value of its own.
const TRIALS: &str = "trial";
const MEASURED: &str = "measured";

/// Largest integer up to which every one is a 64-bit float.
const LARGEST_EXACT: i64 = 1 << 53;

/// A check value in the making.
#[derive(Default)]
pub(super) struct Check(flate2::Crc);

impl Check {
    fn of_part(part: &str, rows: u64) -> Self {
        let mut check = Self::default();
        check.bytes(part.as_bytes());
        check.0.update(&rows.to_le_bytes());
        check
    }

    pub(super) fn finish(self) -> u32 {
        self.0.sum()
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    fn value(&mut self, column: &str, value: ValueRef<'_>) {
        match value {
            ValueRef::Null => return,
            // The database stores it as NULL.
            ValueRef::Real(number) if number.is_nan() => return,
            _ => self.bytes(column.as_bytes()),
        }
        match value {
            ValueRef::Null => {}
            // The type of a column may turn one into the other, and -0 into 0.
            ValueRef::Integer(number) if number.abs_diff(0) <= LARGEST_EXACT.unsigned_abs() => self.real(number as f64),
            ValueRef::Real(number) => self.real(number),
            ValueRef::Integer(number) => {
                self.0.update(b"i");
                self.0.update(&number.to_le_bytes());
            }
            ValueRef::Text(text) => {
                self.0.update(b"t");
                self.bytes(text);
            }
            ValueRef::Blob(blob) => {
                self.0.update(b"b");
                self.bytes(blob);
            }
        }
    }

    fn real(&mut self, number: f64) {
        self.0.update(b"n");
        self.0.update(&(number + 0.0).to_le_bytes());
    }

    /// Adds a block of a trial: index of the first item, number of items, data.
    pub(super) fn block(&mut self, first: u64, count: u64, data: &[u8]) {
        self.0.update(&first.to_le_bytes());
        self.0.update(&count.to_le_bytes());
        self.bytes(data);
    }
}

/// The check value over all blocks of a trial, in their order.
pub(super) fn of_blocks(blocks: &[Block]) -> u32 {
    let mut check = Check::default();
    blocks.iter().for_each(|block| check.block(block.first as u64, block.count as u64, &block.data));
    check.finish()
}

/// The check value of a row that is about to be inserted.
pub(super) fn of_values(table: &str, columns: &[&'static str], values: &[Value]) -> u32 {
    let mut sorted: Vec<(&str, &Value)> = columns.iter().copied().zip(values).collect();
    sorted.sort_unstable_by_key(|(column, _)| *column);
    let mut check = Check::of_part(table, 1);
    sorted.into_iter().for_each(|(column, value)| check.value(column, value.into()));
    check.finish()
}

/// Columns of a statement by name, without the check value itself.
pub(super) struct Columns(Vec<(String, usize)>);

impl Columns {
    pub(super) fn of(statement: &Statement<'_>) -> Self {
        let names = statement.column_names().map(str::to_owned).enumerate();
        let mut columns: Vec<(String, usize)> =
            names.filter(|(_, name)| name != "crc").map(|(index, name)| (name, index)).collect();
        columns.sort_unstable();
        Self(columns)
    }

    fn add(&self, row: &Row<'_>, check: &mut Check) -> Result<(), Problem> {
        for (column, index) in &self.0 {
            check.value(column, row.get_ref(*index)?);
        }
        Ok(())
    }

    /// The check value of a row, as [`of_values`] computes it.
    pub(super) fn check(&self, table: &str, row: &Row<'_>) -> Result<u32, Problem> {
        let mut check = Check::of_part(table, 1);
        self.add(row, &mut check)?;
        Ok(check.finish())
    }
}

/// Number of rows and check value of a table as it is.
fn of_table(connection: &Connection, table: &str) -> Result<(u64, u32), Problem> {
    let mut statement = connection.prepare(&format!("SELECT * FROM {table} ORDER BY rowid"))?;
    let columns = Columns::of(&statement);
    let mut check = Check::of_part(table, 0);
    let mut rows = statement.query([])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        count += 1;
        // The start of a row, so that no value can move to another one.
        check.0.update(b"r");
        columns.add(row, &mut check)?;
    }
    Ok((count, check.finish()))
}

/// Returns true for a file that has check values: format 1.5 and newer.
fn is_sealed(connection: &Connection) -> Result<bool, Problem> {
    let version = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(FormatVersion::from_user_version(version).is_some_and(|version| version >= FormatVersion::FIRST_SEALED))
}

fn stored(connection: &Connection, part: &'static str) -> Result<(u64, u32), Problem> {
    let row = "SELECT rows, crc FROM seal WHERE part = ?1";
    let read = connection.query_row(row, [part], |row| Ok((row.get::<_, u32>(0)?.into(), row.get(1)?))).optional();
    match read {
        Ok(found) => found.ok_or(Problem::Damaged(part)),
        Err(rusqlite::Error::FromSqlConversionFailure(..) | rusqlite::Error::InvalidColumnType(..)) => {
            Err(Problem::Damaged(part))
        }
        Err(error) => Err(error.into()),
    }
}

fn store(connection: &Connection, part: &str, rows: u64, crc: u32) -> Result<(), Problem> {
    connection.execute("DELETE FROM seal WHERE part = ?1", [part])?;
    connection.execute("INSERT INTO seal VALUES (?1, ?2, ?3)", (part, rows as i64, crc))?;
    Ok(())
}

/// Checks that a table is as it was written. Files of older formats have no check values.
pub(super) fn verify(connection: &Connection, table: &'static str) -> Result<(), Problem> {
    if !is_sealed(connection)? || stored(connection, table)? == of_table(connection, table)? {
        return Ok(());
    }
    Err(Problem::Damaged(table))
}

/// Checks that no table of a run and no row of its trials is missing or changed, but for their blocks.
pub(super) fn verify_all(connection: &Connection) -> Result<(), Problem> {
    TABLES.iter().try_for_each(|table| verify(connection, table))?;
    let rows: i64 = connection.query_row("SELECT count(*) FROM trial", [], |row| row.get(0))?;
    if trials(connection)?.is_none_or(|trials| trials == rows.unsigned_abs()) {
        Ok(())
    } else {
        Err(Problem::Damaged(TRIALS))
    }
}

/// Changes a table that is as it was written, within a transaction.
pub(super) fn change(
    connection: &Connection,
    table: &'static str,
    change: impl FnOnce() -> Result<(), Problem>,
) -> Result<(), Problem> {
    verify(connection, table)?;
    change()?;
    seal(connection, table)
}

fn seal(connection: &Connection, table: &str) -> Result<(), Problem> {
    if is_sealed(connection)? {
        let (rows, crc) = of_table(connection, table)?;
        store(connection, table, rows, crc)?;
    }
    Ok(())
}

/// Seals a new run, which has no trials yet.
pub(super) fn seal_all(connection: &Connection) -> Result<(), Problem> {
    TABLES.iter().try_for_each(|table| seal(connection, table))?;
    [TRIALS, MEASURED].iter().try_for_each(|part| store(connection, part, 0, Check::of_part(part, 0).finish()))
}

fn count(connection: &Connection, part: &'static str) -> Result<Option<u64>, Problem> {
    if !is_sealed(connection)? {
        return Ok(None);
    }
    let (rows, crc) = stored(connection, part)?;
    if Check::of_part(part, rows).finish() == crc { Ok(Some(rows)) } else { Err(Problem::Damaged(part)) }
}

/// Number of trials, warm-ups included; `None` in files of older formats.
pub(super) fn trials(connection: &Connection) -> Result<Option<u64>, Problem> {
    count(connection, TRIALS)
}

/// Number of trials without warm-ups; `None` in files of older formats.
pub(super) fn measured_trials(connection: &Connection) -> Result<Option<u64>, Problem> {
    count(connection, MEASURED)
}

/// Counts one more trial and returns its number.
pub(super) fn count_trial(connection: &Connection, is_warmup: bool) -> Result<u64, Problem> {
    let one_more = |part| {
        let rows = count(connection, part)?.ok_or(Problem::Damaged(part))? + 1;
        store(connection, part, rows, Check::of_part(part, rows).finish())?;
        Ok::<_, Problem>(rows)
    };
    if !is_warmup {
        one_more(MEASURED)?;
    }
    one_more(TRIALS)
}
