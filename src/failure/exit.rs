//! How a process ended.

use std::fmt;
use std::process::ExitStatus;

use serde::{Deserialize, Serialize};

use crate::process_tree;

/// How a process ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    /// The exit code, or the number of the signal that ended it.
    pub number: i32,
    /// Set where a signal ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<Signal>,
    /// It was ended by force from outside.
    pub killed: bool,
    /// It ended itself by `abort`.
    pub aborted: bool,
}

/// A Unix signal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    /// "killed"; `None` for less common ones.
    pub name: Option<String>,
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
            None => write!(f, "exit code {number}"),
            Some(Signal { name: Some(name) }) => write!(f, "signal {number} ({name})"),
            Some(Signal { name: None }) => write!(f, "signal {number}"),
        }
    }
}

/// Why a runner ended without a result. `alive`: threads or processes when it last reported a number.
pub(super) fn write_runner_exit(f: &mut impl fmt::Write, exit: Option<&Exit>, alive: Option<u32>) -> fmt::Result {
    let Some(exit) = exit else { return f.write_str("the runner was lost") };
    match (exit, alive) {
        (Exit { aborted: true, .. }, Some(alive)) => {
            write!(f, "the system allows about {alive} threads here: starting more aborted the runner ({exit})")
        }
        (Exit { killed: true, .. }, Some(alive)) => write!(
            f,
            "the runner was ended from outside ({exit}) with about {alive} threads or processes alive, \
             most likely for want of memory"
        ),
        (Exit { killed: true, .. }, None) => {
            write!(f, "the runner was ended from outside ({exit}): by hand, or by the system for want of memory")
        }
        _ => write!(f, "the runner ended without a result ({exit})"),
    }
}
