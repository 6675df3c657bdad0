//! Tasks table: one row per task of each completed measured trial. Trials are read and written one by one, so that the
//! tasks of all trials are never in memory together.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::cell::{Cell, escaped};
use super::csv_out::CsvOut;
use super::dialect::CsvDialect;
use super::trials_csv::exported;
use crate::analysis::metric::{settings, sweep_key, sweep_value};
use crate::results::{Results, RunResults};
use crate::trial::{Phase, Spans, Trial};
use crate::workload::Step;

/// Columns in their fixed order. New ones are added at the end.
pub const COLUMNS: [&str; 23] = [
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
    "file_ns",
    "sweep_key",
    "sweep_value",
    "settings",
    "payload_ns",
    "transfer_input_ns",
    "transfer_output_ns",
    "class",
];

/// Kinds of time that the workload's steps have. Columns of other kinds stay empty.
#[derive(Clone, Copy)]
struct Kinds {
    compute: bool,
    wait: bool,
    lock: bool,
    file: bool,
}

impl Kinds {
    fn of(results: &Results) -> Self {
        let (nominal, steps) = (&results.nominal, results.experiment.workload.steps());
        let any = |kind: fn(&Step) -> bool| steps.iter().any(kind);
        Self {
            // Streaming and incrementing also keep a core busy, for a time that is not known in advance.
            compute: nominal.compute_nanos > 0.0
                || any(|step| matches!(step, Step::Memory { .. } | Step::Increment { .. } | Step::Shared { .. })),
            // Tasks wait also for a server that answers at once.
            wait: nominal.wait_nanos > 0.0 || any(|step| matches!(step, Step::Http { .. })),
            lock: any(|step| step.permits().is_some()),
            file: any(|step| matches!(step, Step::File { .. })),
        }
    }
}

/// Writes the table.
pub(super) fn write(run: &RunResults, dialect: CsvDialect, out: &mut dyn Write) -> io::Result<()> {
    let mut table = CsvOut::new(out, dialect, &COLUMNS)?;
    for (results, trial) in exported(run) {
        let Some(measured) = trial.completed() else { continue };
        let spans = measured.spans.load().map_err(|error| {
            let message =
                format!("the tasks of {}, trial {}, can't be read back: {error}", trial.contender, trial.round);
            io::Error::new(error.kind(), message)
        })?;
        let decimal = dialect.separators().decimal;
        write_trial(&mut table.writer, results, trial, &spans, decimal)?;
    }
    table.finish()
}

fn write_trial<W: Write>(
    writer: &mut csv::Writer<W>,
    results: &Results,
    trial: &Trial,
    spans: &Spans,
    decimal: char,
) -> io::Result<()> {
    let kinds = Kinds::of(results);
    let sweep_value = Cell::from(sweep_value(results)).text(decimal).into_owned();
    let text = |text: Option<String>| escaped(&text.unwrap_or_default()).into_owned();
    let tail = [text(sweep_key(results)), sweep_value, text(settings(&trial.contender))];
    let head = [
        escaped(&results.experiment.id).into_owned(),
        escaped(&results.experiment.row_name(&trial.contender)).into_owned(),
        escaped(&trial.contender.host.name()).into_owned(),
        trial.round.to_string(),
    ];
    let classes = results.experiment.workload.classes();
    let mut text = String::new();
    for (task, span) in spans.tasks.iter().enumerate() {
        for field in &head {
            writer.write_field(field)?;
        }
        // One pass over a task's phases; `OwnCode` is the last variant.
        let mut sums = [0_u64; Phase::OwnCode as usize + 1];
        for (_, phase, from, to) in spans.phases(task) {
            sums[phase as usize] += to - from;
        }
        let sum = |phase: Phase| sums[phase as usize];
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
        number(writer, kinds.compute.then(|| sum(Phase::Compute)))?;
        number(writer, kinds.wait.then(|| sum(Phase::Wait) + sum(Phase::Http)))?;
        number(writer, kinds.lock.then(|| sum(Phase::LockWait)))?;
        number(writer, spans.gil_waits.get(task).copied())?;
        number(writer, kinds.file.then(|| sum(Phase::File)))?;
        for field in &tail {
            writer.write_field(field)?;
        }
        let (input, output) = spans.transfer_nanos(task);
        number(writer, (!spans.handovers.is_empty()).then(|| sum(Phase::Payload)))?;
        number(writer, input)?;
        number(writer, output)?;
        let class = spans.classes.class_of(task).and_then(|class| classes?.list.get(class));
        writer.write_field(class.map_or_else(Default::default, |class| escaped(&class.name)).as_bytes())?;
        writer.write_record(None::<&[u8]>)?;
    }
    Ok(())
}
