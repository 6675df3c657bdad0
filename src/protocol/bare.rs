//! Requests to the bare programs that the self-check compares the lab with, and their replies: one line of JSON each.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::clock::StampClock;
use crate::model::ModelId;

/// Request to a bare program: its second argument.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "program", rename_all = "kebab-case")]
pub enum BareRequest {
    /// Run tasks once, as a programmer would write it by hand for the model. Replies [`BareReply::Wall`].
    Model {
        /// The native model.
        model: ModelId,
        /// Number of tasks.
        tasks: u32,
        /// Units of the default kernel in each task; 0 for empty tasks.
        units: u64,
        /// Threads or processes of models with a pool.
        workers: u32,
    },
    /// Run the plain script of a Python model. Replies [`BareReply::Wall`].
    Python {
        /// The interpreter.
        interpreter: PathBuf,
        /// The script, in a folder like that of a trial.
        script: PathBuf,
        /// The Python model.
        model: ModelId,
        /// Number of tasks.
        tasks: u32,
        /// Units of the default kernel in each task; 0 for empty tasks.
        units: u64,
        /// Workers of models with a pool.
        workers: u32,
    },
    /// Be one worker process of the bare process pool.
    Worker {
        /// Units of the default kernel in each task.
        units: u64,
    },
    /// Read the clocks many times. Replies [`BareReply::Clock`].
    Clock,
    /// Take and store the stamps of tasks, and nothing else. Replies [`BareReply::Stamps`].
    Stamps {
        /// Stamps of each task: 2, or 3 with that of its submission.
        per_task: u32,
    },
}

/// Reply of a bare program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "kebab-case")]
pub enum BareReply {
    /// Wall time of all tasks.
    Wall {
        /// Nanoseconds.
        nanos: u64,
    },
    /// Readings of the clocks.
    Clock(ClockReadings),
    /// Cost of the stamps.
    Stamps {
        /// Nanoseconds per task, one figure for each batch.
        nanos_per_task: Vec<f64>,
    },
}

/// Readings of the clocks in a process of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClockReadings {
    /// Clock of the spans.
    pub stamp_clock: StampClock,
    /// Smallest difference between two readings of it in a row that is not 0, nanoseconds.
    pub resolution_nanos: f64,
    /// Nanoseconds of one reading of it, one figure for each batch.
    pub stamp_read_nanos: Vec<f64>,
    /// Nanoseconds of one reading of the system's monotonic clock, one figure for each batch.
    pub os_read_nanos: Vec<f64>,
}
