//! Trials table: one row per measured trial, completed or not, with the columns of the metric catalogue. Contains no
//! warm-ups.

use std::io::{self, Write};

use super::cell::Cell;
use super::csv_out::CsvOut;
use super::dialect::CsvDialect;
use crate::analysis::metric::{TrialContext, trial_columns};
use crate::results::{Results, RunResults};
use crate::trial::Trial;

/// Iterates over the trials to export in run order, each with the results of its point: all but warm-ups.
pub(super) fn exported(run: &RunResults) -> impl Iterator<Item = (&Results, &Trial)> {
    run.trials().into_iter().filter(|(_, trial)| !trial.is_warmup())
}

/// Writes the table.
pub(super) fn write(run: &RunResults, dialect: CsvDialect, out: &mut dyn Write) -> io::Result<()> {
    let columns = trial_columns();
    let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
    let mut table = CsvOut::new(out, dialect, &names)?;
    for (results, trial) in exported(run) {
        let trial = TrialContext { results, trial };
        let row: Vec<Cell> = columns.iter().map(|column| (column.value)(&trial).into()).collect();
        table.row(&row)?;
    }
    table.finish()
}
