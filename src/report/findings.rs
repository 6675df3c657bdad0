//! Findings of a run in sentences, in the order in which they are read.

use crate::analysis::{Incomplete, RunAnalysis};
use crate::results::RunResults;

/// Sentences about a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Findings<'a> {
    /// End of a run that did not make all its rounds, with the rounds made. Shown first.
    pub incomplete: Option<String>,
    /// Warning to show next.
    pub disturbance: Option<String>,
    /// The finding in one sentence.
    pub headline: &'a str,
    /// Its cause, its uncertainty, and what else was found.
    pub sentences: Vec<&'a str>,
}

impl<'a> Findings<'a> {
    /// Returns the findings of a run, or of the sweep.
    #[must_use]
    pub fn of(run: &RunResults, analysis: &'a RunAnalysis) -> Self {
        let verdict = &analysis.first().verdict;
        let sentences: Vec<&str> = match &analysis.scaling {
            Some(scaling) => scaling.sentences.iter().map(String::as_str).collect(),
            None => [&verdict.cause, &verdict.uncertainty]
                .into_iter()
                .map(String::as_str)
                .chain(verdict.remarks.iter().map(|remark| remark.sentence.as_str()))
                .filter(|sentence| !sentence.is_empty())
                .collect(),
        };
        Self {
            incomplete: incomplete(run),
            disturbance: analysis.disturbance(),
            headline: analysis.headline(),
            sentences,
        }
    }

    /// Iterates over all sentences that are not empty.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        let warnings = [&self.incomplete, &self.disturbance].into_iter().filter_map(Option::as_deref);
        let all = warnings.chain([self.headline]).chain(self.sentences.iter().copied());
        all.filter(|line| !line.is_empty())
    }
}

/// Returns how a run ended that did not reach its end: "This run was cancelled with 2 of 6 rounds made.".
#[must_use]
pub fn incomplete(run: &RunResults) -> Option<String> {
    let text = format!("This run {}", Incomplete::of(run)?);
    Some(if text.ends_with('.') { text } else { text + "." })
}
