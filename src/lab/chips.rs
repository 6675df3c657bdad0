//! Marks beside the name of a run: how many rounds, and what its figures suffer from.

use crate::analysis::{RemarkKind, RunAnalysis, Summary};
use crate::trial::Status;
use crate::units::plural;

/// A mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chip {
    /// Measured rounds that every model has finished.
    Rounds(u32),
    /// Something disturbed the run so much that its times are in doubt.
    Disturbed {
        /// The warning.
        warning: String,
    },
    /// Models that failed in at least one trial.
    Failed {
        /// Their titles.
        models: Vec<String>,
    },
    /// Models with a wrong result.
    Wrong {
        /// Their titles.
        models: Vec<String>,
    },
}

impl Chip {
    /// Returns what it says.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Rounds(count) => plural(u64::from(*count), "round"),
            Self::Disturbed { .. } => "disturbed".to_owned(),
            Self::Failed { models } => format!("{} failed", plural(models.len() as u64, "model")),
            Self::Wrong { models } => plural(models.len() as u64, "wrong result"),
        }
    }

    /// Returns what it means.
    #[must_use]
    pub fn tip(&self) -> String {
        match self {
            Self::Rounds(_) => "Measured rounds that every model has finished; the warm-up is in no figure".to_owned(),
            Self::Disturbed { warning } => warning.clone(),
            Self::Failed { models } => format!("Failed in at least one trial: {}", models.join(", ")),
            Self::Wrong { models } => {
                format!(
                    "Updates were lost, or made where nobody sees them; ranked after the others: {}",
                    models.join(", ")
                )
            }
        }
    }

    /// Returns how serious it is.
    #[must_use]
    pub const fn kind(&self) -> RemarkKind {
        match self {
            Self::Rounds(_) => RemarkKind::Note,
            Self::Disturbed { .. } => RemarkKind::Doubt,
            Self::Failed { .. } | Self::Wrong { .. } => RemarkKind::Failure,
        }
    }
}

/// Returns the marks of a run, those that say least first. `rounds`: measured rounds that every model has finished.
pub(super) fn of(rounds: u32, analysis: Option<&RunAnalysis>) -> Vec<Chip> {
    let mut chips = Vec::new();
    chips.extend((rounds > 0).then_some(Chip::Rounds(rounds)));
    let Some(analysis) = analysis else { return chips };
    chips.extend(analysis.disturbance().map(|warning| Chip::Disturbed { warning }));
    let failed = with(analysis, |summary| summary.status == Some(Status::Failed) || summary.failed_trials > 0);
    let wrong = with(analysis, Summary::result_is_wrong);
    chips.extend((!failed.is_empty()).then_some(Chip::Failed { models: failed }));
    chips.extend((!wrong.is_empty()).then_some(Chip::Wrong { models: wrong }));
    chips
}

/// Returns the titles of the models for which something holds at any point.
fn with(analysis: &RunAnalysis, holds: impl Fn(&Summary) -> bool) -> Vec<String> {
    let mut titles: Vec<String> = Vec::new();
    for summary in analysis.points.iter().flat_map(|point| &point.summaries).filter(|summary| holds(summary)) {
        let title = summary.contender.title();
        if !titles.contains(&title) {
            titles.push(title);
        }
    }
    titles
}
