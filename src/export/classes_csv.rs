//! Classes table: one row per class of tasks under each model, at each point of a sweep.

use std::io::{self, Write};

use super::cell::Cell;
use super::csv_out::CsvOut;
use super::dialect::CsvDialect;
use crate::analysis::metric::{settings, sweep_key, sweep_value};
use crate::analysis::{ClassFigures, RunAnalysis};
use crate::results::RunResults;

/// Columns in their fixed order. New ones are added at the end.
pub const COLUMNS: [&str; 15] = [
    "experiment",
    "model",
    "host",
    "settings",
    "class",
    "tasks",
    "throughput_per_s",
    "queue_ms_p50",
    "queue_ms_p99",
    "latency_ms_p50",
    "latency_ms_p95",
    "latency_ms_p99",
    "latency_ms_max",
    "sweep_key",
    "sweep_value",
];

/// Writes the table.
pub(super) fn write(
    run: &RunResults,
    analysis: &RunAnalysis,
    dialect: CsvDialect,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut table = CsvOut::new(out, dialect, &COLUMNS)?;
    for (results, analysis) in run.points.iter().zip(&analysis.points) {
        let classes =
            analysis.summaries.iter().flat_map(|summary| summary.classes.iter().map(move |one| (summary, one)));
        for (summary, class) in classes {
            let mut row = vec![
                results.experiment.id.clone().into(),
                summary.contender.to_string().into(),
                summary.contender.host.name().into(),
                settings(&summary.contender).into(),
            ];
            row.extend(figures(class).into_iter().map(|(_, cell)| cell));
            row.extend([sweep_key(results).into(), sweep_value(results).into()]);
            table.row(&row)?;
        }
    }
    table.finish()
}

/// Returns the figures of a class, with the names of their columns.
pub(super) fn figures(class: &ClassFigures) -> [(&'static str, Cell); 9] {
    let ms = |nanos: Option<f64>| Cell::from(nanos.map(|nanos| nanos / 1e6));
    let (queue, latency) = (class.queue, class.latency);
    [
        ("class", class.name.clone().into()),
        ("tasks", Some(class.tasks).into()),
        ("throughput_per_s", class.throughput_per_s.into()),
        ("queue_ms_p50", ms(queue.map(|queue| queue.p50))),
        ("queue_ms_p99", ms(queue.map(|queue| queue.p99))),
        ("latency_ms_p50", ms(latency.map(|latency| latency.p50))),
        ("latency_ms_p95", ms(latency.map(|latency| latency.p95))),
        ("latency_ms_p99", ms(latency.map(|latency| latency.p99))),
        ("latency_ms_max", ms(latency.map(|latency| latency.max))),
    ]
}
