//! Choices of the timeline, and what is selected on it. Draws nothing.

use super::range::Range;
use crate::chart::ColourBy;
use crate::model::Contender;
use crate::workload::Workload;

/// Selection.
#[derive(Debug, Clone, PartialEq)]
pub enum Selection {
    /// A task. Those of the same number under other models are marked, too.
    Task {
        /// The model.
        contender: Contender,
        /// Index of the task.
        task: u32,
        /// The lane that it is on.
        lane: usize,
    },
    /// A part of the time, with the tasks that ran then.
    Moment {
        /// The model.
        contender: Contender,
        /// The time.
        range: Range,
    },
    /// A pattern, with its evidence.
    Pattern {
        /// The model.
        contender: Contender,
        /// Index of the pattern among those of the model.
        index: usize,
    },
}

impl Selection {
    /// Returns the model on whose lanes the selection is.
    #[must_use]
    pub const fn contender(&self) -> &Contender {
        match self {
            Self::Task { contender, .. } | Self::Moment { contender, .. } | Self::Pattern { contender, .. } => {
                contender
            }
        }
    }
}

/// Tasks that ran in a part of the time.
#[derive(Debug, Clone, PartialEq)]
pub struct MomentTasks {
    /// The model.
    pub contender: Contender,
    /// The time.
    pub range: Range,
    /// Number of tasks that ran.
    pub ran: u64,
    /// Number of those that computed at some time in it.
    pub computed: u64,
    /// Number of those that waited for a lock at some time in it.
    pub waited_for_lock: u64,
    /// The first of them, by their start.
    pub first: Vec<u32>,
}

/// Result of a search for a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Nothing was searched.
    Nothing,
    /// The search is running.
    Searching,
    /// A task was found.
    Task {
        /// Index of the task.
        task: u32,
        /// Its position among the tasks that the words fit, from 1.
        position: u64,
        /// Number of tasks that the words fit.
        of: u64,
    },
    /// No task fits.
    None {
        /// Number of tasks.
        tasks: u64,
    },
}

/// A lane to scroll to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reveal {
    /// Number of the request.
    pub request: u64,
    /// The model.
    pub contender: Contender,
    /// The lane.
    pub lane: usize,
}

/// State of the timeline.
#[derive(Debug, Clone)]
pub struct TimelineView {
    /// Meaning of the colours.
    pub colour: ColourBy,
    /// Words of the search for a task.
    pub search: String,
    /// Result of the search.
    pub found: Found,
    /// Selection.
    pub selection: Option<Selection>,
    /// Tasks of the selected part of the time, once they are counted.
    pub moment: Option<MomentTasks>,
    /// Lane to scroll to.
    pub reveal: Option<Reveal>,
    /// Number of searches and reveals so far.
    pub requests: u64,
}

impl Default for TimelineView {
    fn default() -> Self {
        Self {
            colour: ColourBy::State,
            search: String::new(),
            found: Found::Nothing,
            selection: None,
            moment: None,
            reveal: None,
            requests: 0,
        }
    }
}

impl TimelineView {
    /// Returns what the colours stand for in the lanes of a workload: states where it has no classes.
    #[must_use]
    pub fn colour_of(&self, workload: &Workload) -> ColourBy {
        match self.colour {
            ColourBy::Class if workload.classes().is_none() => ColourBy::State,
            colour => colour,
        }
    }

    /// Forgets what was selected and found, for other results.
    pub fn clear(&mut self) {
        *self = Self { colour: self.colour, requests: self.requests, ..Self::default() };
    }
}

/// A request of the user on the timeline.
#[derive(Debug, Clone, PartialEq)]
pub enum TimelineCommand {
    /// Choose what the colours stand for.
    ColourBy(ColourBy),
    /// Set the words of the search.
    SearchText(String),
    /// Search the task, or the next one that the words fit, and show it.
    Search,
    /// Select something.
    Select(Selection),
    /// Select a neighbour of the selected task, or the first task on screen.
    Step {
        /// The model.
        contender: Contender,
        /// Tasks to go on along the lane; negative values go back.
        along: i32,
        /// Lanes to go down; negative values go up.
        down: i32,
    },
    /// Show the selected part of the time in full width.
    ZoomToSelection,
    /// Select nothing.
    Clear,
}
