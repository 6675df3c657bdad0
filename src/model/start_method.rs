//! Start methods of Python's `multiprocessing`.

use serde::{Deserialize, Serialize};

/// Start method of `multiprocessing`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StartMethod {
    /// Default of the interpreter: `fork` on Linux up to 3.13, `forkserver` from 3.14, `spawn` elsewhere.
    #[default]
    Default,
    /// Copies the running process.
    Fork,
    /// Starts a new interpreter.
    Spawn,
    /// Copies a server process that was started for this purpose.
    Forkserver,
}

impl StartMethod {
    /// All start methods, in the order shown.
    pub const ALL: [Self; 4] = [Self::Default, Self::Fork, Self::Spawn, Self::Forkserver];

    /// Returns the name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Fork => "fork",
            Self::Spawn => "spawn",
            Self::Forkserver => "forkserver",
        }
    }
}
