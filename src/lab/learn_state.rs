//! State of the tab Learn.

use std::sync::Arc;

use super::lesson::{Lesson, LessonKey};
use crate::analysis::TaskCost;
use crate::model::Contender;

/// Identity of the questions that answers belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asked {
    Run(LessonKey),
    Draft(String),
}

/// State of the tab.
#[derive(Default)]
pub struct Learn {
    pub(super) lesson: Option<Arc<Lesson>>,
    pub(super) requested: Option<LessonKey>,
    /// Costs from stored runs; `None` before the search has ended.
    pub(super) stored: Option<Vec<TaskCost>>,
    pub(super) searched: bool,
    pub(super) answers: Option<(Asked, Vec<(usize, usize)>)>,
    pub(super) card: Option<Contender>,
}
