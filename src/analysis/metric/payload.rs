//! Metrics of payloads: the time that their transfer takes.

use super::definition::{Metric, metrics};
use super::value::{Unit, Value};
use crate::units;

const fn ms(id: &'static str, head: &'static str) -> Metric {
    Metric::new(id, head, Unit::Milliseconds).lower()
}

metrics! {
    /// Time that the transfer of the input took, mean of all tasks.
    TRANSFER_INPUT = ms("transfer_input_ms", "input transfer")
        .help("Time from the start of serialising the input of a task to its arrival at the worker, mean of all tasks")
        .summary(62, |model| Value::ms(model.summary.transfer_input_nanos))
        .trials(37, |trial| {
            Value::ms(trial.per_task(|measured| measured.span_summary.transfer.input_nanos))
        })
        .text(|model| model.summary.transfer_input_nanos.map(units::duration))
        .only_if(|model| model.results.experiment.workload.payload.is_some())
        .detail(60, "Input transfer, mean", |model| TRANSFER_INPUT.of_model(model));
    /// Time that the transfer of the output took, mean of all tasks.
    TRANSFER_OUTPUT = ms("transfer_output_ms", "output transfer")
        .help("Time from the end of a task to the arrival of its output at the submitter, which may be busy; mean of all tasks")
        .summary(63, |model| Value::ms(model.summary.transfer_output_nanos))
        .trials(38, |trial| {
            Value::ms(trial.per_task(|measured| measured.span_summary.transfer.output_nanos))
        })
        .text(|model| model.summary.transfer_output_nanos.map(units::duration))
        .only_if(|model| model.results.experiment.workload.payload.is_some())
        .detail(61, "Output transfer, mean", |model| TRANSFER_OUTPUT.of_model(model));
}
