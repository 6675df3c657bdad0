//! The dialog that compares the run shown with a stored one: the runs to choose from, then the comparison. Draws nothing.

use std::sync::Arc;

use crate::analysis::run_comparison::{NotComparable, RunComparison};
use crate::clock;
use crate::printable;
use crate::record::{Head, RecordError};
use crate::units;

/// A stored run that can be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunChoice {
    /// Id in the history.
    pub id: String,
    /// Name given by the user.
    pub name: String,
    /// Milliseconds since the Unix epoch.
    pub started_at_ms: u64,
    /// True for a run that is kept until it is deleted.
    pub pinned: bool,
    /// Note of the user's.
    pub note: Option<String>,
    /// Headline of its verdict.
    pub headline: Option<String>,
}

impl RunChoice {
    /// Returns the choice of a run of the history.
    #[must_use]
    pub fn of(head: Head) -> Self {
        let Head { id, name, started_at_ms, pinned, note, headline, .. } = head;
        Self { id, name, started_at_ms, pinned, note, headline }
    }

    /// Returns its label: "Test scraper · 26 Nov, 11:40 · 20261126-114002-k3f9 · pinned".
    #[must_use]
    pub fn label(&self) -> String {
        let when = units::wall_clock(self.started_at_ms, clock::unix_millis());
        let pinned = if self.pinned { " · pinned" } else { "" };
        let note = self.note.as_ref().map_or_else(String::new, |note| format!(" · {}", printable::value(note)));
        format!("{} · {when} · {}{pinned}{note}", self.name, self.id)
    }
}

/// The stored runs, sorted by whether they can be compared with the run shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunChoices {
    /// Runs of the same workload, the newest first.
    pub alike: Vec<RunChoice>,
    /// Number of stored runs that can't be compared: of another workload, empty, or unreadable.
    pub others: usize,
}

/// Two runs by name and start, and their comparison. The one that started earlier is OLD.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparedRuns {
    /// Name and start of OLD.
    pub old: (String, u64),
    /// Name and start of NEW.
    pub new: (String, u64),
    /// The comparison.
    pub comparison: RunComparison,
}

/// Reason why a stored run was not compared.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// The run can't be read.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The runs can't be compared.
    #[error(
        "These runs can't be compared: {why} (OLD is \"{}\", NEW \"{}\")",
        printable::value(old),
        printable::value(new)
    )]
    NotComparable {
        /// Reason.
        why: NotComparable,
        /// Name of the earlier run.
        old: String,
        /// Name of the later run.
        new: String,
    },
}

/// State of the dialog.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CompareDialog {
    /// Number of the dialog: reports for an earlier one are ignored.
    pub request: u64,
    /// Runs to choose from; `None` while they are being listed.
    pub choices: Option<RunChoices>,
    /// True while a run is being read.
    pub busy: bool,
    /// Failure of the last attempt.
    pub problem: Option<String>,
    /// The comparison, once a run was chosen.
    pub compared: Option<Arc<ComparedRuns>>,
}
