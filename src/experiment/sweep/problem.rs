//! Mistakes in a sweep. Files, the command line and the form show the same sentences.

use super::MOST_POINTS;
use super::range::ValueRange;
use crate::experiment::payload_rules::PayloadProblem;
use crate::printable;
use crate::units;

/// A sweep that can't be run.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SweepProblem {
    /// The text has no values.
    #[error("\"{}\" is no sweep: write a key and its values, such as workers=1,2,4 or tasks=10..100000/9log", printable::value(.text))]
    NoValues {
        /// As written.
        text: String,
    },
    /// No such setting.
    #[error(
        "\"{}\" can't be swept: allowed are workers, tasks, task_ms, in_flight, compute_share, input_bytes, output_bytes, and \
         numeric keys of steps, such as step.1.ms or class.NAME.step.1.ms",
        printable::value(.name)
    )]
    UnknownKey {
        /// As written.
        name: String,
    },
    /// No values can be read from the text.
    #[error(
        "\"{text}\" are no values: allowed are numbers with commas between them, or FROM..TO/POINTS, with log after it for equal ratios"
    )]
    Malformed {
        /// As written, made printable.
        text: String,
    },
    /// Too few or too many points.
    #[error("a sweep has 2 to {MOST_POINTS} different values, this one has {points}")]
    Points {
        /// Number of different values.
        points: usize,
    },
    /// A logarithmic range that touches zero.
    #[error("a logarithmic range goes from one number above 0 to another")]
    LogOfZero,
    /// No chosen model uses the setting.
    #[error("{key} can't be swept: no chosen model uses it")]
    Unused {
        /// The setting.
        key: String,
    },
    /// A contender sets the setting for itself.
    #[error("{key} can't be swept: {contender} sets it for itself")]
    SetByContender {
        /// The setting.
        key: String,
        /// The contender's name.
        contender: String,
    },
    /// The tasks of a list have durations of their own.
    #[error(
        "{key} can't be swept with a task list, whose tasks have durations of their own; workers, in_flight, input_bytes and output_bytes can"
    )]
    TaskList {
        /// The setting.
        key: String,
    },
    /// Classes have tasks and steps of their own.
    #[error(
        "{key} can't be swept with classes, which have tasks and steps of their own: name the class, as in \
         class.NAME.tasks, class.NAME.workers or class.NAME.step.1.ms"
    )]
    Classes {
        /// The setting.
        key: String,
    },
    /// The tasks can't have a payload.
    #[error("{key} can't be swept: {problem}")]
    Payload {
        /// The setting.
        key: String,
        /// The reason.
        problem: PayloadProblem,
    },
    /// There is no such class.
    #[error("there is no class \"{}\"", printable::value(.name))]
    NoSuchClass {
        /// As written.
        name: String,
    },
    /// No step has a duration.
    #[error("task_ms can't be swept: no step of a task has a duration")]
    NothingTimed,
    /// No mix of computing and waiting.
    #[error("compute_share can't be swept: a task needs a compute step and a wait step")]
    NoMix,
    /// No such step.
    #[error("step {step} can't be swept: a task has {}, counted from 1", units::plural(*.steps as u64, "step"))]
    NoSuchStep {
        /// Its number.
        step: usize,
        /// Number of steps.
        steps: usize,
    },
    /// No such numeric key.
    #[error("step.{step}.{key} can't be swept: step {step} is a {kind} step, whose numeric keys are {}", .allowed.join(", "))]
    NoSuchStepKey {
        /// Number of the step.
        step: usize,
        /// The key.
        key: String,
        /// The kind of the step.
        kind: &'static str,
        /// Its numeric keys.
        allowed: Vec<&'static str>,
    },
    /// A value out of range.
    #[error("{key} can't be {}: allowed are {allowed}", units::quoted(*.value))]
    NotAllowed {
        /// The setting.
        key: String,
        /// The value.
        value: f64,
        /// Allowed values.
        allowed: ValueRange,
    },
}
