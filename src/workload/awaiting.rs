//! Way in which models with an event loop await their tasks.

use serde::{Deserialize, Serialize};

/// Way in which models with an event loop await their tasks. Models without one have nothing to await.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Awaiting {
    /// All tasks are spawned, then awaited.
    #[default]
    Together,
    /// Each task is awaited before the next one is begun: an `await` in a loop.
    InTurn,
}

impl Awaiting {
    /// Both, in the order shown.
    pub const ALL: [Self; 2] = [Self::Together, Self::InTurn];

    /// Returns the name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Together => "together",
            Self::InTurn => "in-turn",
        }
    }

    /// Returns the name in lists of choices.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Together => "all together",
            Self::InTurn => "one after the other",
        }
    }
}
