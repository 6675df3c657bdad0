//! Summary table: one row per model and point of a sweep, with the columns of the metric catalogue.

use std::io::{self, Write};

use super::cell::Cell;
use super::csv_out::CsvOut;
use super::dialect::CsvDialect;
use crate::analysis::RunAnalysis;
use crate::analysis::metric::{ModelContext, summary_columns};
use crate::results::RunResults;

/// Writes the table.
pub(super) fn write(
    run: &RunResults,
    analysis: &RunAnalysis,
    dialect: CsvDialect,
    out: &mut dyn Write,
) -> io::Result<()> {
    let columns: Vec<_> = summary_columns().iter().filter(|column| column.order.is_some()).collect();
    let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
    let mut table = CsvOut::new(out, dialect, &names)?;
    for (results, analysis) in run.points.iter().zip(&analysis.points) {
        for summary in &analysis.summaries {
            let model = ModelContext::new(results, analysis, summary);
            let row: Vec<Cell> = columns.iter().map(|column| (column.value)(&model).into()).collect();
            table.row(&row)?;
        }
    }
    table.finish()
}
