//! The state of a stored run as a whole.

use serde::Serialize;

/// Progress of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RunStatus {
    /// Its session is under way.
    Running,
    /// All rounds ran; every planned trial is there.
    Completed,
    /// The user stopped it; finished trials are there.
    Cancelled,
    /// It could not go on; finished trials are there.
    Failed,
    /// The lab ended before all rounds had run; finished trials are there.
    Interrupted,
}

impl RunStatus {
    /// All.
    pub const ALL: [Self; 5] = [Self::Running, Self::Completed, Self::Cancelled, Self::Failed, Self::Interrupted];

    /// As files and lists name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }

    /// The inverse of [`Self::name`].
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}
