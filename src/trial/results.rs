//! Results of the user's functions: what a trial reports of them, and how they compare with those of other trials.

use serde::{Deserialize, Serialize};

/// Results of the functions of one trial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskResults {
    /// Reason why they are not compared; `None` where they are. Then the checksum covers those of all tasks.
    pub not_compared: Option<NotCompared>,
    /// Those of the first tasks.
    pub shown: Vec<ShownResult>,
}

/// Reason why results are not compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotCompared {
    /// The `repr` of one contains an address in memory.
    Address,
    /// They are too large, or the `repr` of one can't be made.
    TooLarge,
}

/// Result of one function call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownResult {
    /// The task, from 0.
    pub task: u32,
    /// Hash of the `repr`.
    pub digest: u64,
    /// The beginning of the `repr`.
    pub text: String,
}

/// Comparison of the results of a trial with those of the first trial on the same host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResultCheck {
    /// They are the same, or this was the first trial.
    Same,
    /// They were not compared.
    NotCompared(NotCompared),
    /// They differ.
    Differ(DifferingResult),
}

/// The first difference between the results of two trials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DifferingResult {
    /// The task, from 0; `None` if it is not among the first ones.
    pub task: Option<u32>,
    /// Result of this trial; empty without a task.
    pub found: String,
    /// Result of the other trial; empty without a task.
    pub expected: String,
    /// Title of the other trial's model.
    pub other: String,
}

impl TaskResults {
    /// Finds the first difference from the results of another trial, of a model with the title `other`.
    #[must_use]
    pub fn difference_from(&self, expected: &Self, other: String) -> DifferingResult {
        let pairs = self.shown.iter().zip(&expected.shown);
        let differing = pairs.into_iter().find(|(found, expected)| found != expected);
        let (task, found, expected) = differing.map_or_else(Default::default, |(found, expected)| {
            (Some(found.task), found.text.clone(), expected.text.clone())
        });
        DifferingResult { task, found, expected, other }
    }
}
