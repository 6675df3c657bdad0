//! The points of a run as rows: one without a sweep.

use rusqlite::Connection;

use super::row::{RowIn, RowOut};
use crate::experiment::Experiment;
use crate::experiment::sweep::SweepPoint;
use crate::record::error::Problem;
use crate::results::RunResults;

/// One row per point, in the order of the values.
pub(in crate::record) fn write(experiment: &Experiment) -> Result<Vec<RowOut>, Problem> {
    let points = experiment.points().map_err(|problem| Problem::Invalid(problem.into()))?;
    let row = |(index, (point, _)): (usize, (Option<SweepPoint>, Experiment))| {
        let mut row = RowOut::default();
        row.number("id", index as u64 + 1);
        if let Some(point) = point {
            row.put("sweep_key", point.key.to_string()).put("sweep_value", point.value.to_string());
        }
        row
    };
    Ok(points.into_iter().enumerate().map(row).collect())
}

/// Checks that the rows of `point` are the points of the experiment.
pub(in crate::record) fn check(results: &RunResults, connection: &Connection) -> Result<(), Problem> {
    let mut statement = connection.prepare("SELECT * FROM point ORDER BY id")?;
    let mut rows = statement.query([])?;
    let mut expected = results.points.iter().enumerate();
    while let Some(row) = rows.next()? {
        let row = RowIn { row, table: "point", number: row.get("id")? };
        let (index, results) = expected.next().ok_or(Problem::TooMany("points"))?;
        let point = results.point.as_ref().map(|point| (point.key.to_string(), point.value.to_string()));
        let stored = row.text("sweep_key")?.zip(row.text("sweep_value")?);
        if row.number != index as i64 + 1 || stored != point {
            return Err(row.wrong("sweep_value", "the value of the experiment"));
        }
    }
    match expected.next() {
        Some(_) => Err(Problem::MissingRow("point")),
        None => Ok(()),
    }
}
