//! Moments at which the payload of a task changed hands.

/// Index of the step in [`super::Spans::phases`] of what is no step: reading, making and transferring a payload.
pub const NO_STEP: usize = usize::MAX;

/// Moments at which the payload of a task changed hands. Nanoseconds since the trial's clock started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Handover {
    /// Start of the transfer of the input to the worker: the submitter serialised it and the worker was free. Not after
    /// the start of the task. `None` if the input is shared by reference, or if this can't be told from the start of a
    /// process.
    pub sent: Option<u64>,
    /// The task had read its input.
    pub read: u64,
    /// The steps were done; what follows is making the output.
    pub worked: u64,
    /// The submitter had received the output. Not before the end of the task. `None` if it is handed over by reference.
    pub received: Option<u64>,
}

/// Time that all tasks of a trial together took to hand over their payload, nanoseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Transfer {
    /// Inputs, from the submitter to the workers; `None` if not measured.
    pub input_nanos: Option<u64>,
    /// Outputs, from the workers to the submitter; `None` if not measured.
    pub output_nanos: Option<u64>,
    /// From the start to the end of the tasks, for comparison; `None` without a payload.
    pub task_nanos: Option<u64>,
}
