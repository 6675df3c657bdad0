//! Table of the times of single steps: a row per model in the order of the table of results, a column per step.

use crate::analysis::step_times::{StepLabel, step_labels, step_times};
use crate::analysis::{Analysis, Summary};
use crate::results::Results;
use crate::units;

/// Title above the table.
pub const TITLE: &str = "Time of each step, mean of the tasks, median of the trials";

/// A row of the table.
pub struct StepRow<'a> {
    /// The model.
    pub summary: &'a Summary,
    /// A text per step.
    pub cells: Vec<String>,
}

/// Returns the columns after the model's title.
#[must_use]
pub fn heads(results: &Results) -> Vec<String> {
    step_labels(&results.experiment.workload).iter().map(StepLabel::title).collect()
}

/// Returns the rows of the models with measured steps; none where a task has one step or none.
#[must_use]
pub fn rows<'a>(results: &Results, analysis: &'a Analysis) -> Vec<StepRow<'a>> {
    let row = |summary: &'a Summary| {
        let times = step_times(results, summary);
        let cells = times.iter().map(|time| time.nanos.map_or_else(|| "–".to_owned(), units::duration)).collect();
        (!times.is_empty()).then_some(StepRow { summary, cells })
    };
    analysis.fastest_first().into_iter().filter_map(row).collect()
}
