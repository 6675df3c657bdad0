//! One row by the names of its columns: checked where it is read, refused where a value does not fit where it is written.

use rusqlite::types::{FromSql, Value};
use rusqlite::{Connection, Row, params_from_iter};

use crate::printable;
use crate::record::error::Problem;
use crate::record::limits::{LONGEST_TEXT, MOST_COUNT, MOST_LARGE, MOST_NANOS, MOST_SUM_NANOS};
use crate::record::seal;

/// A row to insert.
#[derive(Debug, Default)]
pub(in crate::record) struct RowOut {
    columns: Vec<&'static str>,
    values: Vec<Value>,
    too_large: Option<&'static str>,
}

impl RowOut {
    /// Any value that the database has a type for.
    pub(in crate::record) fn put(&mut self, column: &'static str, value: impl Into<Value>) -> &mut Self {
        self.columns.push(column);
        self.values.push(value.into());
        self
    }

    /// A number, up to what the database can hold.
    pub(in crate::record) fn number(&mut self, column: &'static str, value: impl Into<Option<u64>>) -> &mut Self {
        let value = value.into().map(i64::try_from);
        if let Some(Err(_)) = value {
            self.too_large = Some(column);
        }
        self.put(column, value.and_then(Result::ok))
    }

    /// A text, where there is one.
    pub(in crate::record) fn text<'a>(&mut self, column: &'static str, text: impl Into<Option<&'a str>>) -> &mut Self {
        self.put(column, text.into().map(str::to_owned))
    }

    /// Adds the check value of a row that is complete.
    pub(in crate::record) fn seal(&mut self, table: &'static str) {
        let crc = seal::of_values(table, &self.columns, &self.values);
        self.put("crc", crc);
    }

    /// Inserts the row and returns its number.
    pub(in crate::record) fn insert(self, connection: &Connection, table: &'static str) -> Result<i64, Problem> {
        if let Some(column) = self.too_large {
            return Err(Problem::TooLarge(column));
        }
        let marks = vec!["?"; self.columns.len()].join(", ");
        let sql = format!("INSERT INTO {table} ({}) VALUES ({marks})", self.columns.join(", "));
        connection.prepare_cached(&sql)?.execute(params_from_iter(self.values))?;
        Ok(connection.last_insert_rowid())
    }
}

/// A row that was read, from a file of unknown origin.
pub(in crate::record) struct RowIn<'a> {
    pub(in crate::record) row: &'a Row<'a>,
    pub(in crate::record) table: &'static str,
    /// Its number, for messages.
    pub(in crate::record) number: i64,
}

impl RowIn<'_> {
    /// The error of a column whose value is not allowed.
    pub(in crate::record) const fn wrong(&self, column: &'static str, allowed: &'static str) -> Problem {
        Problem::Value { table: self.table, column, row: self.number, allowed }
    }

    fn get<T: FromSql>(&self, column: &'static str, allowed: &'static str) -> Result<Option<T>, Problem> {
        match self.row.get::<_, Option<T>>(column) {
            // Files of an older minor version don't have it.
            Err(rusqlite::Error::InvalidColumnName(_)) => Ok(None),
            value => value.map_err(|_| self.wrong(column, allowed)),
        }
    }

    fn bounded(&self, column: &'static str, most: u64, allowed: &'static str) -> Result<Option<u64>, Problem> {
        let value = self.get::<i64>(column, allowed)?;
        value
            .map(|value| {
                u64::try_from(value).ok().filter(|value| *value <= most).ok_or_else(|| self.wrong(column, allowed))
            })
            .transpose()
    }

    /// A column that must not be NULL.
    pub(in crate::record) fn needed<T>(&self, column: &'static str, value: Option<T>) -> Result<T, Problem> {
        value.ok_or_else(|| self.wrong(column, "a value"))
    }

    /// A duration, or a moment of a trial.
    pub(in crate::record) fn nanos(&self, column: &'static str) -> Result<Option<u64>, Problem> {
        self.bounded(column, MOST_NANOS, "a number of nanoseconds below 39 hours")
    }

    /// A sum of durations over all cores, or over all tasks.
    pub(in crate::record) fn cpu_nanos(&self, column: &'static str) -> Result<Option<u64>, Problem> {
        self.bounded(column, MOST_SUM_NANOS, "a number of nanoseconds below 146 years")
    }

    /// Number of times that something happened.
    pub(in crate::record) fn count(&self, column: &'static str) -> Result<Option<u64>, Problem> {
        self.bounded(column, MOST_COUNT, "a count from 0 to 8.8e12")
    }

    /// Bytes, or increments.
    pub(in crate::record) fn large(&self, column: &'static str) -> Result<Option<u64>, Problem> {
        self.bounded(column, MOST_LARGE, "a number from 0 to 9e15")
    }

    /// Any number that the database can hold: a limit of the system's.
    pub(in crate::record) fn long_number(&self, column: &'static str) -> Result<Option<u64>, Problem> {
        self.bounded(column, i64::MAX as u64, "a whole number from 0 upward")
    }

    /// A small number.
    pub(in crate::record) fn small(&self, column: &'static str) -> Result<Option<u32>, Problem> {
        self.get(column, "a whole number from 0 to 4,294,967,295")
    }

    /// A number with a sign.
    pub(in crate::record) fn signed(&self, column: &'static str) -> Result<i64, Problem> {
        let value = self.get(column, "a whole number")?;
        self.needed(column, value)
    }

    /// Yes or no.
    pub(in crate::record) fn flag(&self, column: &'static str) -> Result<Option<bool>, Problem> {
        self.get::<i64>(column, "0 or 1")?
            .map(|value| match value {
                0 => Ok(false),
                1 => Ok(true),
                _ => Err(self.wrong(column, "0 or 1")),
            })
            .transpose()
    }

    /// A finite number of no less than 0.
    pub(in crate::record) fn real(&self, column: &'static str) -> Result<Option<f64>, Problem> {
        match self.get::<f64>(column, "a number")? {
            Some(value) if !(0.0..=1e18).contains(&value) => Err(self.wrong(column, "a number from 0 to 1e18")),
            value => Ok(value),
        }
    }

    /// A text of at most `most` bytes.
    pub(in crate::record) fn long_text(&self, column: &'static str, most: usize) -> Result<Option<String>, Problem> {
        match self.get::<String>(column, "a text")? {
            Some(text) if text.len() > most => Err(self.wrong(column, "a text of that length")),
            text => Ok(text),
        }
    }

    /// A text.
    pub(in crate::record) fn text(&self, column: &'static str) -> Result<Option<String>, Problem> {
        self.long_text(column, LONGEST_TEXT)
    }

    /// A text on one line, safe to show.
    pub(in crate::record) fn line(&self, column: &'static str) -> Result<Option<String>, Problem> {
        Ok(self.text(column)?.map(|text| printable::line(&text).into_owned()))
    }

    /// A text on one line that has to be there, safe to show.
    pub(in crate::record) fn needed_line(&self, column: &'static str) -> Result<String, Problem> {
        let line = self.line(column)?;
        self.needed(column, line)
    }

    /// A text that has to be there.
    pub(in crate::record) fn needed_text(&self, column: &'static str) -> Result<String, Problem> {
        let text = self.text(column)?;
        self.needed(column, text)
    }

    /// Bytes.
    pub(in crate::record) fn bytes(&self, column: &'static str) -> Result<Option<Vec<u8>>, Problem> {
        self.get(column, "a block of bytes")
    }

    /// A name that a type has, where there is one.
    pub(in crate::record) fn named<T>(
        &self,
        column: &'static str,
        find: impl Fn(&str) -> Option<T>,
        allowed: &'static str,
    ) -> Result<Option<T>, Problem> {
        self.text(column)?.map(|name| find(&name).ok_or_else(|| self.wrong(column, allowed))).transpose()
    }
}
