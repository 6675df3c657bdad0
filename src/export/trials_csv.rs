//! The trials table: one row per measured trial, whatever became of it. Warm-ups never appear.

use std::io::{self, Write};

use super::cell::Cell;
use super::csv_out::CsvOut;
use super::dialect::CsvDialect;
use super::timestamp::rfc3339;
use crate::results::Results;
use crate::trial::{Counted, Runtime, Trial};
use crate::workload::Step;

/// The columns, in their fixed order. New ones go last.
pub const COLUMNS: [&str; 33] = [
    "experiment",
    "model",
    "host",
    "trial",
    "position",
    "status",
    "setup_ms",
    "wall_ms",
    "teardown_ms",
    "cpu_user_ms",
    "cpu_system_ms",
    "voluntary_switches",
    "involuntary_switches",
    "peak_memory_bytes",
    "lab_cpu_percent",
    "checksum",
    "started_at",
    "reason",
    "lock_wait_ms",
    "lost_updates",
    "expected_updates",
    "got_updates",
    "ticker_late_ms_median",
    "ticker_late_ms_worst",
    "server_cpu_ms",
    "storage_read_bytes",
    "storage_written_bytes",
    "gil_wait_ms",
    "gil_wait_error_ms",
    "runtime",
    "pss_bytes",
    "record_bytes",
    "start_method",
];

/// Trials that exports tell of: no warm-ups.
pub(super) fn exported(results: &Results) -> impl Iterator<Item = &Trial> {
    results.trials.iter().filter(|trial| !trial.is_warmup())
}

/// One trial's row.
pub(super) fn row(results: &Results, trial: &Trial) -> Vec<Cell> {
    let measured = trial.completed();
    let ms = |nanos: Option<u64>| Cell::ms(nanos.map(|nanos| nanos as f64));
    let usage = measured.map(|measured| measured.usage).unwrap_or_default();
    let counted = measured.and_then(|measured| measured.counted);
    let runtime = measured.and_then(|measured| measured.runtime.as_ref());
    let lateness = measured.and_then(|measured| measured.digest.lateness);
    // Whatever else the runner wrote is no finding about files.
    let has_files = results.experiment.workload.steps().iter().any(|step| matches!(step, Step::File { .. }));
    let storage = |bytes: Option<u64>| Cell::from(bytes.filter(|_| has_files));
    vec![
        results.experiment.id.as_str().into(),
        trial.contender.to_string().as_str().into(),
        trial.contender.host.name().as_str().into(),
        Cell::Integer(i64::from(trial.round)),
        trial.position.into(),
        trial.status.name().into(),
        ms(measured.map(|measured| measured.setup_nanos)),
        ms(measured.map(|measured| measured.wall_nanos)),
        ms(measured.map(|measured| measured.teardown_nanos)),
        ms(usage.user_nanos),
        ms(usage.system_nanos),
        usage.voluntary_switches.into(),
        usage.involuntary_switches.into(),
        measured.and_then(|measured| measured.peak_memory_bytes).into(),
        lab_cpu_percent(trial).into(),
        measured.map(|measured| format!("0x{:016x}", measured.checksum)).as_deref().into(),
        rfc3339(trial.started_at_ms).as_str().into(),
        trial.reason().as_deref().into(),
        ms(measured.and_then(|measured| measured.digest.lock_wait_nanos)),
        counted.map(Counted::lost).into(),
        counted.map(|counted| counted.expected).into(),
        counted.map(|counted| counted.got).into(),
        ms(lateness.map(|late| late.median)),
        ms(lateness.map(|late| late.worst)),
        ms(measured.and_then(|measured| measured.server?.cpu_nanos)),
        storage(usage.storage_read_bytes),
        storage(usage.storage_written_bytes),
        ms(measured.and_then(|measured| measured.digest.gil_wait_nanos)),
        ms(runtime.and_then(|runtime| runtime.gil_wait_error_nanos)),
        runtime.map(Runtime::describe).as_deref().into(),
        measured.and_then(|measured| measured.pss_bytes).into(),
        measured.map(|measured| measured.record_bytes).into(),
        runtime.and_then(|runtime| runtime.start_method.as_deref()).into(),
    ]
}

/// The lab's own CPU use while the runner lived, percent of one core.
fn lab_cpu_percent(trial: &Trial) -> Option<f64> {
    let background = trial.background?;
    (background.wall_nanos > 0).then(|| background.lab_nanos as f64 / background.wall_nanos as f64 * 100.0)
}

/// Writes the table.
pub(super) fn write(results: &Results, dialect: CsvDialect, out: &mut dyn Write) -> io::Result<()> {
    let mut table = CsvOut::new(out, dialect, &COLUMNS)?;
    for trial in exported(results) {
        table.row(&row(results, trial))?;
    }
    table.finish()
}
