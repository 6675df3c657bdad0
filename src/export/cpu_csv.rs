//! CPU table: one row per core and sample of each measured trial.

use std::io::{self, Write};

use super::cell::Cell;
use super::csv_out::CsvOut;
use super::dialect::CsvDialect;
use super::trials_csv::exported;
use crate::analysis::metric::{Value, settings, sweep_key, sweep_value};
use crate::results::RunResults;

/// Columns in their fixed order. New ones are added at the end.
pub const COLUMNS: [&str; 10] =
    ["experiment", "model", "host", "trial", "at_ms", "core", "usage_percent", "sweep_key", "sweep_value", "settings"];

/// Writes the table.
pub(super) fn write(run: &RunResults, dialect: CsvDialect, out: &mut dyn Write) -> io::Result<()> {
    let mut table = CsvOut::new(out, dialect, &COLUMNS)?;
    for (results, trial) in exported(run) {
        let model = results.experiment.row_name(&trial.contender);
        for sample in &trial.cpu {
            for (core, usage) in sample.usage_percent.iter().enumerate() {
                // The shortest decimal form of the 32-bit number: 12.3, not 12.300000190734863.
                let usage: Option<f64> = if usage.is_finite() { usage.to_string().parse().ok() } else { None };
                let row: [Cell; 10] = [
                    results.experiment.id.as_str().into(),
                    model.as_str().into(),
                    trial.contender.host.name().as_str().into(),
                    Value::Integer(i64::from(trial.round)).into(),
                    Some(sample.at_ms).into(),
                    (core as u32).into(),
                    Cell::from(usage),
                    Value::from(sweep_key(results)).into(),
                    sweep_value(results).into(),
                    Value::from(settings(&trial.contender)).into(),
                ];
                table.row(&row)?;
            }
        }
    }
    table.finish()
}
