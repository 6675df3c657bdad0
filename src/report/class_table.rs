//! Table of the classes of tasks: a row per class under each model, models in the order of the table of results.

use crate::analysis::{Analysis, ClassFigures, Summary};
use crate::units;

/// Title above the table.
pub const TITLE: &str = "Classes";

/// Columns after the model's title.
pub const HEADS: [&str; 8] =
    ["class", "tasks", "per second", "queue p50", "queue p99", "latency p50", "latency p99", "latency max"];

/// A row of the table.
pub struct ClassRow<'a> {
    /// The model.
    pub summary: &'a Summary,
    /// A text per column.
    pub cells: [String; HEADS.len()],
}

/// Returns the rows; none without classes.
#[must_use]
pub fn rows(analysis: &Analysis) -> Vec<ClassRow<'_>> {
    let of = |summary: &'_ Summary| summary.classes.iter().map(cells).collect::<Vec<_>>();
    let rows = analysis.fastest_first().into_iter();
    rows.flat_map(|summary| of(summary).into_iter().map(move |cells| ClassRow { summary, cells })).collect()
}

/// Returns the cells of one class.
#[must_use]
pub fn cells(class: &ClassFigures) -> [String; HEADS.len()] {
    let missing = || "–".to_owned();
    let time = |nanos: Option<f64>| nanos.map_or_else(missing, units::duration);
    [
        class.name.clone(),
        units::count(class.tasks.round() as u64),
        class.throughput_per_s.map_or_else(missing, |rate| units::significant(rate, 3)),
        time(class.queue.map(|queue| queue.p50)),
        time(class.queue.map(|queue| queue.p99)),
        time(class.latency.map(|latency| latency.p50)),
        time(class.latency.map(|latency| latency.p99)),
        time(class.latency.map(|latency| latency.max)),
    ]
}

/// Returns notes on the figures: what is counted, and what is not in the percentiles.
#[must_use]
pub fn notes(analysis: &Analysis) -> Vec<String> {
    let all =
        || analysis.summaries.iter().flat_map(|summary| summary.classes.iter().map(move |class| (summary, class)));
    let mut notes = Vec::new();
    let mut repeating: Vec<&str> =
        all().filter(|(_, class)| class.repeat).map(|(_, class)| class.name.as_str()).collect();
    repeating.sort_unstable();
    repeating.dedup();
    if !repeating.is_empty() {
        notes.push(format!(
            "{}: repeated until the other classes were done; counted are the repetitions that ended by then.",
            repeating.join(", ")
        ));
    }
    for (summary, class) in all().filter(|(_, class)| class.dropped > 0) {
        notes.push(format!(
            "{} under {}: {} repetitions are counted without a span; the percentiles are over the first ones of each trial.",
            class.name,
            summary.contender.title(),
            units::count(class.dropped)
        ));
    }
    notes
}
