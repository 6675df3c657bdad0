//! Exit status of a process, in a form that can be stored.

use std::fmt;
use std::process::ExitStatus;

use serde::{Deserialize, Serialize};

use crate::process_tree;

/// Exit status of a process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    /// The exit code, or the number of the signal that ended it.
    pub number: i32,
    /// The signal that ended it, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<Signal>,
    /// True if another process killed it.
    pub killed: bool,
    /// True if it called `abort`.
    pub aborted: bool,
}

/// A Unix signal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    /// Name of the signal: "killed"; `None` for less common ones.
    pub name: Option<String>,
}

/// Exit code of a process that called `abort` on Windows.
const ABORTED_ON_WINDOWS: i32 = 0xC000_0409_u32 as i32;

impl Exit {
    /// Creates the status that Python reports as a return code: the exit code, or the negative number of a signal.
    #[must_use]
    pub fn of_python(code: i32) -> Self {
        // On Windows it is the code as the system has it, which is negative for a crash.
        let signal = (code < 0 && !cfg!(windows)).then(|| code.saturating_neg());
        Self {
            number: signal.unwrap_or(code),
            signal: signal.map(|number| Signal { name: process_tree::signal_name(number).map(str::to_owned) }),
            killed: signal == Some(9),
            aborted: signal == Some(6) || code == ABORTED_ON_WINDOWS && cfg!(windows),
        }
    }
}

impl From<ExitStatus> for Exit {
    fn from(status: ExitStatus) -> Self {
        let signal = process_tree::signal(status);
        Self {
            number: signal.or(status.code()).unwrap_or_default(),
            signal: signal.map(|number| Signal { name: process_tree::signal_name(number).map(str::to_owned) }),
            killed: process_tree::killed(status),
            aborted: process_tree::aborted(status),
        }
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, .. } = self;
        match &self.signal {
            // Windows ends what crashed with a code that its documentation has in hexadecimal.
            None if *number < 0 => write!(f, "exit code 0x{number:08X}"),
            None => write!(f, "exit code {number}"),
            Some(Signal { name: Some(name) }) => write!(f, "signal {number} ({name})"),
            Some(Signal { name: None }) => write!(f, "signal {number}"),
        }
    }
}

/// Writes the reason why a runner ended without a result. `alive` is its last report of threads or processes alive.
pub(super) fn write_runner_exit(f: &mut impl fmt::Write, exit: Option<&Exit>, alive: Option<u32>) -> fmt::Result {
    let Some(exit) = exit else { return f.write_str("the runner was lost") };
    match (exit, alive) {
        (Exit { aborted: true, .. }, Some(alive)) => {
            write!(f, "the system allows about {alive} threads here: starting more aborted the runner ({exit})")
        }
        (Exit { killed: true, .. }, Some(alive)) => write!(
            f,
            "the runner was killed ({exit}) with about {alive} threads or processes alive: by another process, or by the \
             system, for example because memory ran out"
        ),
        (Exit { killed: true, .. }, None) => {
            write!(
                f,
                "the runner was killed ({exit}): by another process, or by the system, for example because memory ran out"
            )
        }
        _ => write!(f, "the runner ended without a result ({exit})"),
    }
}
