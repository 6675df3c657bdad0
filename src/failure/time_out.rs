//! Progress of a trial when it timed out.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::LockGraph;
use crate::units;

/// Progress of a trial when it timed out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum TrialState {
    /// The model was still being set up; the clock had not started.
    Setup,
    /// Tasks were running.
    Running {
        /// Number of tasks done, estimated from a sample.
        done: u32,
        /// Number of all tasks.
        tasks: u32,
        /// Seconds since the number of tasks done last changed, if that is most of the time-out.
        stalled_seconds: Option<f64>,
    },
    /// All tasks were done and the clock had stopped, but the model did not end.
    Teardown {
        /// Seconds for which the lab waited beyond the time-out.
        waited_seconds: f64,
    },
    /// Tasks held locks and waited for others.
    Locked(LockGraph),
}

impl fmt::Display for TrialState {
    /// Writes the rest of a sentence that begins with "timed out after 10 s".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setup => f.write_str(", while the model was still being set up: its clock had not started"),
            Self::Teardown { waited_seconds } => write!(
                f,
                ": all tasks were done, but the model had not ended {} s later; a thread, an exit handler or a process \
                 that a task started, or the text (repr) of a result, may hold it up",
                units::significant(*waited_seconds, 3)
            ),
            Self::Locked(graph) => write!(f, ": {graph}"),
            Self::Running { done, tasks, stalled_seconds } => {
                // They are counted now and then: some may have ended since.
                if *done > 0 {
                    write!(
                        f,
                        " with about {} of {} tasks done when they were last counted",
                        units::count((*done).into()),
                        units::count((*tasks).into())
                    )?;
                }
                match stalled_seconds {
                    Some(_) if *done == 0 => f.write_str(": it may be stuck"),
                    Some(seconds) => write!(
                        f,
                        ", and none was seen to finish in the last {} s: it may be stuck",
                        units::significant(*seconds, 3)
                    ),
                    None => f.write_str("; a longer time-out or less work may let it finish"),
                }
            }
        }
    }
}
