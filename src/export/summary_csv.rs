//! The summary table: one row per model.

use std::io::{self, Write};

use super::cell::Cell;
use super::csv_out::CsvOut;
use super::dialect::CsvDialect;
use super::timestamp::rfc3339;
use crate::analysis::{Analysis, Caveat, Summary};
use crate::results::Results;

/// The columns, in their fixed order. New ones go last.
pub const COLUMNS: [&str; 56] = [
    "experiment",
    "model",
    "host",
    "runtime",
    "tasks",
    "workers",
    "trials",
    "status",
    "wall_ms_median",
    "wall_ms_mean",
    "wall_ms_stddev",
    "wall_ms_min",
    "wall_ms_max",
    "wall_ms_ci95_low",
    "wall_ms_ci95_high",
    "speedup",
    "speedup_ci95_low",
    "speedup_ci95_high",
    "ideal_ms",
    "efficiency",
    "throughput_per_s",
    "cpu_user_ms",
    "cpu_system_ms",
    "cpu_cores_used",
    "voluntary_switches",
    "involuntary_switches",
    "peak_memory_bytes",
    "queue_ms_p50",
    "queue_ms_p95",
    "queue_ms_p99",
    "latency_ms_p50",
    "latency_ms_p95",
    "latency_ms_p99",
    "caveats",
    "reference",
    "setup_ms_median",
    "teardown_ms_median",
    "work",
    "seed",
    "lock_wait_ms",
    "gil_wait_ms",
    "lost_updates",
    "lab_version",
    "started_at",
    "expected_updates",
    "got_updates",
    "ticker_late_ms_median",
    "ticker_late_ms_worst",
    "server_cpu_ms",
    "storage_read_bytes",
    "storage_written_bytes",
    "memory_gb_per_s",
    "gil_wait_error_ms",
    "pss_bytes",
    "record_bytes",
    "start_method",
];

/// The version of the lab that measured, as recorded with the machine.
fn lab_version(results: &Results) -> &str {
    results.machine.as_ref().map_or(env!("CARGO_PKG_VERSION"), |machine| &machine.lab_version)
}

/// What ran a model: the interpreter as it said of itself, or this lab.
fn runtime(results: &Results, summary: &Summary) -> String {
    let of_lab = || format!("concurrency-lab {}", lab_version(results));
    let found = || results.interpreters.of(&summary.contender.host).ok().map(|one| format!("CPython {}", one.version));
    match summary.contender.host.is_python() {
        true => summary.runtime.clone().or_else(found).unwrap_or_default(),
        false => of_lab(),
    }
}

/// One model's row.
pub(super) fn row(results: &Results, analysis: &Analysis, summary: &Summary) -> Vec<Cell> {
    let experiment = &results.experiment;
    let wall = summary.wall;
    let interval = wall.and_then(|wall| wall.ci95);
    let ratio = summary.times_as_fast;
    let ratio_interval = ratio.and_then(|ratio| ratio.ci95);
    let (queue, latency) = (summary.queue, summary.latency);
    // A row may be read without its neighbours, so it carries the caveats of the whole run as well.
    let caveats: Vec<String> = summary.caveats.iter().chain(&analysis.caveats).map(Caveat::label).collect();
    vec![
        experiment.id.as_str().into(),
        summary.contender.to_string().as_str().into(),
        summary.contender.host.name().as_str().into(),
        runtime(results, summary).as_str().into(),
        experiment.workload.task_count().into(),
        summary.workers.into(),
        summary.trials.into(),
        summary.status.map(|status| status.name()).into(),
        Cell::ms(wall.map(|wall| wall.median)),
        Cell::ms(wall.map(|wall| wall.mean)),
        Cell::ms(wall.and_then(|wall| wall.stddev)),
        Cell::ms(wall.map(|wall| wall.min)),
        Cell::ms(wall.map(|wall| wall.max)),
        Cell::ms(interval.map(|(low, _)| low)),
        Cell::ms(interval.map(|(_, high)| high)),
        ratio.map(|ratio| ratio.median).into(),
        ratio_interval.map(|(low, _)| low).into(),
        ratio_interval.map(|(_, high)| high).into(),
        Cell::ms(summary.ideal_nanos),
        summary.efficiency.into(),
        summary.throughput_per_s.into(),
        Cell::ms(summary.cpu_user_nanos),
        Cell::ms(summary.cpu_system_nanos),
        summary.cpu_cores_used.into(),
        summary.voluntary_switches.into(),
        summary.involuntary_switches.into(),
        summary.peak_memory_bytes.into(),
        Cell::ms(queue.map(|queue| queue.p50)),
        Cell::ms(queue.map(|queue| queue.p95)),
        Cell::ms(queue.map(|queue| queue.p99)),
        Cell::ms(latency.map(|latency| latency.p50)),
        Cell::ms(latency.map(|latency| latency.p95)),
        Cell::ms(latency.map(|latency| latency.p99)),
        caveats.join("; ").as_str().into(),
        summary.reference.as_ref().map(ToString::to_string).as_deref().into(),
        Cell::ms(summary.setup_nanos),
        Cell::ms(summary.teardown_nanos),
        experiment.workload.work.name().into(),
        Cell::Count(experiment.workload.seed),
        Cell::ms(summary.lock_wait_nanos),
        Cell::ms(summary.gil_wait_nanos),
        summary.lost_updates.into(),
        lab_version(results).into(),
        rfc3339(results.started_at_ms).as_str().into(),
        summary.expected_updates.into(),
        summary.got_updates.into(),
        Cell::ms(summary.late_median_nanos),
        Cell::ms(summary.late_worst_nanos),
        Cell::ms(summary.server_cpu_nanos),
        summary.storage_read_bytes.into(),
        summary.storage_written_bytes.into(),
        summary.streamed_bytes_per_s.map(|bytes| bytes / 1e9).into(),
        Cell::ms(summary.gil_wait_error_nanos),
        summary.pss_bytes.into(),
        summary.record_bytes.into(),
        summary.start_method.as_deref().into(),
    ]
}

/// Writes the table.
pub(super) fn write(
    results: &Results,
    analysis: &Analysis,
    dialect: CsvDialect,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut table = CsvOut::new(out, dialect, &COLUMNS)?;
    for summary in &analysis.summaries {
        table.row(&row(results, analysis, summary))?;
    }
    table.finish()
}
