//! The table of the times of single steps, for a terminal: for each value of a sweep and each model a row.

use super::fit::{Cells, Head, fitted};
use crate::analysis::RunAnalysis;
use crate::experiment::sweep::SweepPoint;
use crate::report::step_table::{TITLE, heads, rows};
use crate::results::RunResults;

/// Flag that keeps all columns.
const KEEPS: &str = "--summary-csv FILE";

/// Returns title and table; empty where a task has one step or none.
pub(super) fn render(run: &RunResults, analysis: &RunAnalysis, width: Option<usize>) -> String {
    let swept = analysis.scaling.is_some();
    let mut cells = Vec::new();
    for (results, analysis) in run.points.iter().zip(&analysis.points) {
        let value = results.point.as_ref().map(SweepPoint::title).filter(|_| swept);
        for row in rows(results, analysis) {
            let first = std::iter::once(row.summary.contender.title()).chain(value.clone());
            cells.push(first.chain(row.cells).collect());
        }
    }
    if cells.is_empty() {
        return String::new();
    }
    let fixed = std::iter::once("model".to_owned()).chain(swept.then(|| "at".to_owned()));
    let mut header: Vec<Head> = fixed.map(|title| Head { title, rank: u8::MAX }).collect();
    // The steps at the end are hidden first.
    header.extend(
        heads(run.first())
            .into_iter()
            .enumerate()
            .map(|(step, title)| Head { title, rank: u8::MAX - 1 - u8::try_from(step).unwrap_or(u8::MAX - 1) }),
    );
    format!("\n{TITLE}:\n{}", fitted(Cells { header, rows: cells }, width, KEEPS))
}
