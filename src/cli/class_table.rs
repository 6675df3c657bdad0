//! The table of classes of tasks, for a terminal: for each value of a sweep, each model and each class a row.

use super::fit::{Cells, Head, fitted};
use crate::analysis::RunAnalysis;
use crate::experiment::sweep::SweepPoint;
use crate::printable;
use crate::report::class_table::{HEADS, TITLE, notes, rows};
use crate::results::RunResults;

/// Flag that keeps all columns.
const KEEPS: &str = "--classes-csv FILE";
/// Ranks of the columns: the class and its median latency go last.
const RANKS: [u8; HEADS.len()] = [u8::MAX - 1, 4, 5, 6, 1, 9, 7, 2];

/// Returns title, table and notes; empty without classes.
pub(super) fn render(run: &RunResults, analysis: &RunAnalysis, width: Option<usize>) -> String {
    let mut header = vec![Head { title: "model".to_owned(), rank: u8::MAX }];
    header.extend(HEADS.iter().zip(RANKS).map(|(title, rank)| Head { title: (*title).to_owned(), rank }));
    let swept = analysis.scaling.is_some();
    if swept {
        header.insert(2, Head { title: "at".to_owned(), rank: u8::MAX - 2 });
    }
    let mut cells = Vec::new();
    let mut remarks: Vec<String> = Vec::new();
    for (results, analysis) in run.points.iter().zip(&analysis.points) {
        let value = results.point.as_ref().map(SweepPoint::title).unwrap_or_default();
        for row in rows(analysis) {
            let mut texts: Vec<String> = std::iter::once(row.summary.contender.title()).chain(row.cells).collect();
            if swept {
                texts.insert(2, value.clone());
            }
            cells.push(texts);
        }
        for note in notes(analysis) {
            if !remarks.contains(&note) {
                remarks.push(note);
            }
        }
    }
    if cells.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{TITLE}:\n{}", fitted(Cells { header, rows: cells }, width, KEEPS));
    for remark in remarks {
        text.push_str(&format!("\n{}", printable::line(&remark)));
    }
    text
}
