//! The tasks table: one row per task of each completed measured trial. Written as it is read, trial by
//! trial: a million tasks in thirty trials never stand in memory together.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::cell::{csv_writer, escaped};
use super::trials_csv::exported;
use crate::results::Results;
use crate::trial::{Phase, Spans, Trial};

/// The columns, in their fixed order. New ones go last.
pub const COLUMNS: [&str; 15] = [
    "experiment",
    "model",
    "host",
    "trial",
    "task",
    "name",
    "worker",
    "core",
    "submitted_ns",
    "started_ns",
    "finished_ns",
    "compute_ns",
    "wait_ns",
    "lock_wait_ns",
    "gil_wait_ns",
];

/// Which kinds of steps the workload has: columns of the others stay empty.
#[derive(Clone, Copy)]
struct Kinds {
    compute: bool,
    wait: bool,
}

/// Nanoseconds that one task computed and waited.
fn step_sums(spans: &Spans, task: usize) -> (u64, u64) {
    (spans.nanos_in(task, Phase::Compute), spans.nanos_in(task, Phase::Wait) + spans.nanos_in(task, Phase::Http))
}

/// Writes the table.
pub(super) fn write(results: &Results, out: &mut dyn Write) -> io::Result<()> {
    let nominal = &results.nominal;
    let kinds = Kinds { compute: nominal.compute_nanos > 0.0, wait: nominal.wait_nanos > 0.0 };
    let mut writer = csv_writer(out);
    writer.write_record(COLUMNS)?;
    for trial in exported(results) {
        let Some(measured) = trial.completed() else { continue };
        let spans = measured.spans.load().map_err(|error| {
            let lost = format!("the tasks of {}, trial {}, can't be read back: {error}", trial.contender, trial.round);
            io::Error::new(error.kind(), lost)
        })?;
        write_trial(&mut writer, results, trial, &spans, kinds)?;
    }
    writer.flush()
}

fn write_trial<W: Write>(
    writer: &mut csv::Writer<W>,
    results: &Results,
    trial: &Trial,
    spans: &Spans,
    kinds: Kinds,
) -> io::Result<()> {
    let head = [
        escaped(&results.experiment.id).into_owned(),
        trial.contender.to_string(),
        trial.contender.host.name().to_owned(),
        trial.round.to_string(),
    ];
    let mut text = String::new();
    for (task, span) in spans.tasks.iter().enumerate() {
        for field in &head {
            writer.write_field(field)?;
        }
        let (compute, wait) = step_sums(spans, task);
        let name = results.experiment.workload.task_name(task as u32).unwrap_or_default();
        let mut number = |writer: &mut csv::Writer<W>, value: Option<u64>| -> io::Result<()> {
            text.clear();
            if let Some(value) = value {
                // Writing into a string can't fail.
                let _ = write!(text, "{value}");
            }
            writer.write_field(&text).map_err(io::Error::from)
        };
        number(writer, Some(task as u64))?;
        writer.write_field(escaped(name).as_bytes())?;
        number(writer, Some(u64::from(span.worker)))?;
        number(writer, span.core.map(u64::from))?;
        number(writer, Some(span.submitted))?;
        number(writer, Some(span.started))?;
        number(writer, Some(span.finished))?;
        number(writer, kinds.compute.then_some(compute))?;
        number(writer, kinds.wait.then_some(wait))?;
        number(writer, None)?;
        number(writer, None)?;
        writer.write_record(None::<&[u8]>)?;
    }
    Ok(())
}
