//! What payloads cost before anything was measured: time to read, make and transfer them, and memory that holds them.

use crate::model::ModelId;
use crate::workload::{Payload, PayloadKind};

/// Memory of a list of Python for each byte of its nominal size: a pointer and an integer object for 8 bytes.
const PYTHON_LIST_BYTES: f64 = 4.5;

/// Estimated nanoseconds of one task.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PayloadNanos {
    /// Reading the input and making the output, in the task.
    pub(super) task: f64,
    /// What the submitter does, one task after the other: serialising, receiving and reading.
    pub(super) submitter: f64,
}

/// Nanoseconds for each byte: of reading, making, and transferring to or from a process or sub-interpreter.
fn per_byte(model: ModelId, kind: PayloadKind) -> (f64, f64, f64) {
    let transfer = |copied: f64| if model.separate_memory() { copied } else { 0.0 };
    match (kind, model.is_python()) {
        (PayloadKind::Bytes, false) => (0.1, 0.3, transfer(0.6)),
        (PayloadKind::Bytes, true) => (0.7, 0.3, transfer(1.2)),
        (PayloadKind::List, false) => (0.1, 0.3, transfer(1.0)),
        (PayloadKind::List, true) => (1.2, 2.5, transfer(6.0)),
    }
}

/// Estimates what the payload of one task takes.
pub(super) fn nanos(model: ModelId, payload: &Payload) -> PayloadNanos {
    let (read, make, transfer) = per_byte(model, payload.kind);
    let (input, output) = (payload.input_bytes as f64, payload.output_bytes as f64);
    PayloadNanos { task: input * read + output * make, submitter: (input + output) * transfer + output * read }
}

/// Estimates the seconds that making the inputs takes before the clock.
pub(super) fn setup_seconds(model: ModelId, payload: &Payload, tasks: u32) -> f64 {
    let (_, make, _) = per_byte(model, payload.kind);
    f64::from(payload.distinct_inputs(tasks)) * payload.input_bytes as f64 * make / 1e9
}

/// Estimates the most memory that payloads take at once, bytes: the inputs that exist before the clock, the copies with
/// tasks that are under way, and the outputs that the submitter has not read yet.
pub(super) fn memory(model: ModelId, payload: &Payload, tasks: u32, alive: f64) -> f64 {
    let list = payload.kind == PayloadKind::List && model.is_python();
    let factor = if list { PYTHON_LIST_BYTES } else { 1.0 };
    let (input, output, tasks_f) = (payload.input_bytes as f64, payload.output_bytes as f64, f64::from(tasks));
    let prepared = f64::from(payload.distinct_inputs(tasks)) * input;
    // Serialised and received, at both ends of a pipe.
    let copies = if model.separate_memory() { alive.min(tasks_f) * (2.0 * input + output) } else { 0.0 };
    let reads_at_once =
        matches!(model, ModelId::Sequential | ModelId::PySequential | ModelId::ProcessPool | ModelId::Processes);
    // The others submit all tasks before they read an output.
    let outputs = if reads_at_once { alive.min(tasks_f) * output } else { tasks_f * output };
    (prepared + copies + outputs) * factor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_at_once_depends_on_the_model() {
        let payload = Payload { input_bytes: 1 << 20, output_bytes: 1 << 20, kind: PayloadKind::Bytes };
        let mib = |model| memory(model, &payload, 100, 2.0) / 1_048_576.0;
        assert_eq!(mib(ModelId::Sequential), 102.0);
        assert_eq!(mib(ModelId::ThreadPool), 200.0);
        assert_eq!(mib(ModelId::ProcessPool), 108.0);
        assert_eq!(mib(ModelId::PyProcessPool), 206.0);
        let list = Payload { kind: PayloadKind::List, ..payload };
        assert!(memory(ModelId::PyThreadPool, &list, 100, 2.0) > 4.0 * memory(ModelId::ThreadPool, &list, 100, 2.0));
    }

    #[test]
    fn transfer_costs_only_where_memory_is_separate() {
        let payload = Payload { input_bytes: 1_000_000, output_bytes: 0, kind: PayloadKind::Bytes };
        assert_eq!(nanos(ModelId::Threads, &payload).submitter, 0.0);
        assert!(nanos(ModelId::PyProcessPool, &payload).submitter > 1e6);
    }
}
