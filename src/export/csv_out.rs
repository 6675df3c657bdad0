//! Writer of CSV files: rows of cells in one dialect.

use std::io::{self, Write};

use super::cell::Cell;
use super::dialect::{CsvDialect, Separators};

/// Writes rows as specified by RFC 4180 (CRLF, quotes where needed) with the separators of a dialect.
pub(super) struct CsvOut<W: Write> {
    pub(super) writer: csv::Writer<W>,
    separators: Separators,
}

impl<W: Write> CsvOut<W> {
    /// Creates the writer and writes the header.
    pub(super) fn new(mut out: W, dialect: CsvDialect, columns: &[&str]) -> io::Result<Self> {
        let separators = dialect.separators();
        if separators.mark {
            out.write_all("\u{feff}".as_bytes())?;
        }
        let mut writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .delimiter(separators.columns as u8)
            .buffer_capacity(1 << 16)
            .from_writer(out);
        writer.write_record(columns)?;
        Ok(Self { writer, separators })
    }

    /// Writes one row.
    pub(super) fn row(&mut self, row: &[Cell]) -> io::Result<()> {
        for cell in row {
            self.writer.write_field(cell.text(self.separators.decimal).as_bytes())?;
        }
        self.writer.write_record(None::<&[u8]>).map_err(io::Error::from)
    }

    /// Flushes the buffer.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.writer.flush()
    }
}
