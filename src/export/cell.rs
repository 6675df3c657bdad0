//! One cell of an exported table: the same typed value for CSV and JSON. A missing measurement is
//! an empty cell in CSV and `null` in JSON, never 0.

use std::borrow::Cow;
use std::fmt;
use std::io;

use serde::{Serialize, Serializer};

/// A typed cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Not measured.
    Empty,
    /// Text of any origin: escaped in CSV.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A count that may be large.
    Count(u64),
    /// The shortest decimal that reads back as the same number; not finite means not measured.
    Number(f64),
}

impl Cell {
    /// A duration in nanoseconds as milliseconds.
    #[must_use]
    pub fn ms(nanos: Option<f64>) -> Self {
        nanos.map(|nanos| nanos / 1e6).into()
    }
}

impl From<Option<f64>> for Cell {
    fn from(value: Option<f64>) -> Self {
        value.filter(|number| number.is_finite()).map_or(Self::Empty, Self::Number)
    }
}

impl From<Option<u64>> for Cell {
    fn from(value: Option<u64>) -> Self {
        value.map_or(Self::Empty, Self::Count)
    }
}

impl From<u32> for Cell {
    fn from(value: u32) -> Self {
        Self::Count(u64::from(value))
    }
}

impl From<Option<u32>> for Cell {
    fn from(value: Option<u32>) -> Self {
        value.map(u64::from).into()
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text.to_owned()) }
    }
}

impl From<Option<&str>> for Cell {
    fn from(text: Option<&str>) -> Self {
        text.unwrap_or_default().into()
    }
}

impl fmt::Display for Cell {
    /// As it stands in CSV.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => Ok(()),
            Self::Text(text) => f.write_str(&escaped(text)),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Count(number) => write!(f, "{number}"),
            Self::Number(number) if number.is_finite() => write!(f, "{number}"),
            Self::Number(_) => Ok(()),
        }
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Empty => serializer.serialize_none(),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Integer(number) => serializer.serialize_i64(*number),
            Self::Count(number) => serializer.serialize_u64(*number),
            Self::Number(number) if number.is_finite() => serializer.serialize_f64(*number),
            Self::Number(_) => serializer.serialize_none(),
        }
    }
}

/// Text that a spreadsheet would take for a formula gets an apostrophe in front.
#[must_use]
pub fn escaped(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}").into() } else { text.into() }
}

/// A CSV writer as RFC 4180 has it: commas, CRLF, quotes where needed.
pub(super) fn csv_writer<W: io::Write>(out: W) -> csv::Writer<W> {
    csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).buffer_capacity(1 << 16).from_writer(out)
}

/// Writes one row of cells.
pub(super) fn write_row<W: io::Write>(writer: &mut csv::Writer<W>, row: &[Cell]) -> io::Result<()> {
    writer.write_record(row.iter().map(ToString::to_string)).map_err(io::Error::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_escaped_and_numbers_are_not_text() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"] {
            assert_eq!(Cell::from(text).to_string(), format!("'{text}"));
        }
        assert_eq!(Cell::from("a=b").to_string(), "a=b");
        assert_eq!(Cell::Number(-1.5).to_string(), "-1.5");
        assert_eq!(Cell::Integer(-3).to_string(), "-3");
    }

    #[test]
    fn numbers_read_back_as_the_same_and_never_use_an_exponent() {
        for number in [0.1 + 0.2, 1e-9, 53.210_001, 4_100_000.000_001, 1e15] {
            let text = Cell::Number(number).to_string();
            assert_eq!(text.parse::<f64>(), Ok(number));
            assert!(!text.contains('e'), "{text}");
        }
        assert_eq!(Cell::ms(Some(53_210_001.0)).to_string(), "53.210001");
    }

    #[test]
    fn missing_is_empty_and_null() {
        for cell in [Cell::from(None::<f64>), Cell::from(Some(f64::NAN)), Cell::Number(f64::INFINITY), Cell::from("")] {
            assert_eq!(cell.to_string(), "");
            assert_eq!(serde_json::to_string(&cell).expect("serialisable"), "null");
        }
    }
}
