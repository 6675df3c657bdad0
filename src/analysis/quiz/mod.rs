//! Questions about a lesson, as data: generated from a run's own figures where those support one clear answer, else from
//! the experiment file. The sentences are in `words`.

mod candidates;
mod estimates;
mod question;
#[cfg(test)]
mod tests;
mod words;

pub use question::{Choice, Evidence, Quantity, Question, Subject};

use super::Analysis;
use crate::experiment::Experiment;
use crate::results::Results;

/// Number of questions of a lesson.
pub const QUESTIONS: usize = 3;

/// Returns the questions of a finished run: at most [`QUESTIONS`], from its figures first, then from its file.
#[must_use]
pub fn questions(results: &Results, analysis: &Analysis) -> Vec<Question> {
    let mut all = candidates::candidates(results, analysis);
    let written = results.experiment.quiz.iter().filter_map(Question::written);
    all.extend(written);
    all.truncate(QUESTIONS);
    all
}

/// Returns the questions before a run: those of the file.
#[must_use]
pub fn written(experiment: &Experiment) -> Vec<Question> {
    experiment.quiz.iter().filter_map(Question::written).take(QUESTIONS).collect()
}
