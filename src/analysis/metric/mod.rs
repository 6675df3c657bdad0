//! Metric catalogue: every figure that tables, exports, details and tooltips show, defined once with its id, names,
//! unit, help and a function that takes it from a model's summary or a trial. The format of cells is in `export`, the
//! layout in `ui` and `cli`.

mod context;
mod cpu;
mod definition;
mod identity;
mod latency;
mod memory;
mod payload;
mod steps;
#[cfg(test)]
mod tests;
mod time;
mod time_budget;
mod value;

use std::sync::LazyLock;

pub use context::{ModelContext, TrialContext};
pub use cpu::{CORES_USED, CPU_TIME, GIL_WAIT, OS_SWITCHES};
pub use definition::{Better, Column, CurveAxis, Detail, Metric, OfModel, OfTrial, TerminalColumn};
pub use identity::{settings, sweep_key, sweep_value};
pub use latency::percentiles_of;
pub use memory::{MEMORY_READ, PEAK_MEMORY};
pub use steps::{LOST_UPDATES, STANDSTILL};
pub use time::{OUTLIERS, TIMES_AS_FAST, WALL_INTERVAL, WALL_MAX, WALL_MIN, WALL_TIME};
pub use time_budget::{
    CORE_IDLE, CORE_LAB, CORE_OTHERS, CORE_OVERHEAD, CORE_OWN, CORE_REST, CORE_SERVER, CORE_STAMPS, CORE_TASKS,
    TASK_COMPUTE, TASK_FILE, TASK_GIL, TASK_HTTP, TASK_LOCK, TASK_MEMORY, TASK_OWN_CODE, TASK_PAYLOAD, TASK_QUEUE,
    TASK_REST, TASK_SHARED, TASK_TRANSFER, TASK_WAIT,
};
pub use value::{Unit, Value};

/// Iterates over every metric, file by file.
pub fn all() -> impl Iterator<Item = &'static Metric> {
    [identity::ALL, time::ALL, cpu::ALL, memory::ALL, latency::ALL, steps::ALL, payload::ALL, time_budget::ALL]
        .into_iter()
        .flatten()
        .copied()
}

fn sorted<C: Copy>(columns: impl Iterator<Item = Column<C>>) -> Vec<Column<C>> {
    let mut columns: Vec<Column<C>> = columns.collect();
    columns.sort_by_key(|column| column.order.unwrap_or(usize::MAX));
    columns
}

/// Returns the columns of the summary table in their order, then those that only JSON has.
pub fn summary_columns() -> &'static [Column<OfModel>] {
    static COLUMNS: LazyLock<Vec<Column<OfModel>>> =
        LazyLock::new(|| sorted(all().filter_map(|metric| metric.summary)));
    &COLUMNS
}

/// Returns the columns of the trials table in their order.
pub fn trial_columns() -> &'static [Column<OfTrial>] {
    static COLUMNS: LazyLock<Vec<Column<OfTrial>>> = LazyLock::new(|| sorted(all().filter_map(|metric| metric.trials)));
    &COLUMNS
}

/// Returns the columns of the terminal's table, from the left.
pub fn terminal_columns() -> &'static [(&'static Metric, TerminalColumn)] {
    static COLUMNS: LazyLock<Vec<(&'static Metric, TerminalColumn)>> = LazyLock::new(|| {
        let mut columns: Vec<_> = all().filter_map(|metric| Some((metric, metric.terminal?))).collect();
        columns.sort_by_key(|(_, column)| column.order);
        columns
    });
    &COLUMNS
}

/// Returns the axes of the scaling view, in their order.
#[must_use]
pub fn curve_axes() -> Vec<(&'static Metric, CurveAxis)> {
    let mut axes: Vec<_> = all().filter_map(|metric| Some((metric, metric.curve?))).collect();
    axes.sort_by_key(|(_, axis)| axis.order);
    axes
}

/// Returns the rows of a model's details that apply to it, in their order.
#[must_use]
pub fn details_of(model: &ModelContext<'_>) -> Vec<Detail> {
    let mut details: Vec<Detail> =
        all().filter(|metric| (metric.applies)(model)).filter_map(|metric| metric.detail).collect();
    details.sort_by_key(|detail| detail.order);
    details
}
