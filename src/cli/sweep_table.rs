//! A sweep in the terminal: its findings, a table of median wall times, and a small chart.

use super::fit::{Cells, Head, SUMMARY, fitted};
use super::{class_table, step_table};
use crate::analysis::{Incomplete, RunAnalysis, Scaling};
use crate::experiment::describe;
use crate::printable;
use crate::report::findings::Findings;
use crate::report::{caveats, environment, sweep_table};
use crate::results::RunResults;
use crate::units;

/// Rows of the chart.
const CHART_ROWS: usize = 12;
/// Columns of the chart between two points.
const CHART_STEP: usize = 8;
/// Letters that mark the models in the chart.
const MARKS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+*";

/// Findings, table and chart. The table is no wider than `width` characters.
pub(super) fn render(run: &RunResults, analysis: &RunAnalysis, scaling: &Scaling, width: Option<usize>) -> String {
    let rounds = match (Incomplete::of(run), run.first().rounds) {
        (Some(incomplete), _) => format!(", {}", incomplete.rounds()),
        (None, Some(rounds)) => format!(", {}", units::plural(rounds.into(), "round")),
        (None, None) => String::new(),
    };
    let title = format!("{}: {}{rounds}", run.experiment.title, describe::experiment(&run.experiment));
    let mut text = format!("{}\n{}\n", environment::line(run, width), printable::line(&title));
    for sentence in Findings::of(run, analysis).lines() {
        text.push_str(&printable::line(sentence));
        text.push('\n');
    }
    text.push_str("\nWall time, median of the rounds:\n");
    text.push_str(&fitted(table(run, analysis, scaling), width, SUMMARY));
    text.push_str(&chart(analysis, scaling));
    text.push_str(&step_table::render(run, analysis, width));
    text.push_str(&class_table::render(run, analysis, width));
    for caveat in caveats::of_run(analysis).into_iter().chain(caveats::of_points(run, analysis)) {
        text.push_str(&format!("\n{}", printable::line(&caveat.text())));
    }
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// One row per value, one column per model.
fn table(run: &RunResults, analysis: &RunAnalysis, scaling: &Scaling) -> Cells {
    let mut header = vec![Head { title: scaling.key.title(), rank: u8::MAX }];
    let models = run.experiment.models.iter().enumerate();
    // The models named last are hidden first.
    header.extend(models.map(|(index, model)| Head {
        title: model.title(),
        rank: u8::MAX - 1 - u8::try_from(index).unwrap_or(u8::MAX - 1),
    }));
    Cells { header, rows: sweep_table::rows(run, analysis, scaling) }
}

/// Wall time over the values, one column per point, on a logarithmic axis.
fn chart(analysis: &RunAnalysis, scaling: &Scaling) -> String {
    let wall = |point: usize, model: usize| {
        let summary = analysis.points.get(point)?.summaries.get(model)?;
        summary.wall.map(|wall| wall.median).filter(|nanos| *nanos > 0.0)
    };
    let models = scaling.curves.len();
    let all = (0..scaling.values.len()).flat_map(|point| (0..models).filter_map(move |model| wall(point, model)));
    let (least, most) = all.fold((f64::INFINITY, 0.0), |(least, most), nanos| (nanos.min(least), nanos.max(most)));
    if least >= most {
        return String::new();
    }
    let columns = (scaling.values.len() - 1) * CHART_STEP + 1;
    let mut grid = vec![vec![b' '; columns + 1]; CHART_ROWS];
    for point in 0..scaling.values.len() {
        for model in 0..models {
            let Some(nanos) = wall(point, model) else { continue };
            let share = (nanos / least).ln() / (most / least).ln();
            let row = CHART_ROWS - 1 - (share * (CHART_ROWS - 1) as f64).round() as usize;
            let cell = &mut grid[row][point * CHART_STEP];
            // Several models in one place.
            *cell = if *cell == b' ' { MARKS[model % MARKS.len()] } else { b'#' };
        }
    }
    let (top, bottom) = (units::duration(most), units::duration(least));
    let side = top.chars().count().max(bottom.chars().count());
    let mut text = String::from("\nWall time, logarithmic; # stands for several models:\n");
    for (index, row) in grid.iter().enumerate() {
        let label = match index {
            0 => &top,
            _ if index == CHART_ROWS - 1 => &bottom,
            _ => "",
        };
        let pad = side - label.chars().count();
        text.push_str(format!("{}{label} |{}", " ".repeat(pad), String::from_utf8_lossy(row)).trim_end());
        text.push('\n');
    }
    let mut axis = String::new();
    for (point, shown) in scaling.shown.iter().enumerate() {
        let from = point * CHART_STEP;
        while axis.chars().count() < from {
            axis.push(' ');
        }
        // Leaves a value out where the one before it is too long.
        if axis.chars().count() == from {
            axis.push_str(shown);
            axis.push(' ');
        }
    }
    text.push_str(&format!("{}  {}\n", " ".repeat(side), axis.trim_end()));
    for (model, curve) in scaling.curves.iter().enumerate() {
        let mark = char::from(MARKS[model % MARKS.len()]);
        text.push_str(&format!("{}  {mark} {}\n", " ".repeat(side), printable::line(&curve.contender.title())));
    }
    text
}
