//! Findings of a run in sentences, in the order in which they are read.

use crate::analysis::RunAnalysis;

/// Sentences about a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Findings<'a> {
    /// Warning to show first.
    pub disturbance: Option<String>,
    /// The finding in one sentence.
    pub headline: &'a str,
    /// Its cause, its uncertainty, and what else was found.
    pub sentences: Vec<&'a str>,
}

impl<'a> Findings<'a> {
    /// Returns the findings of a run, or of the sweep.
    #[must_use]
    pub fn of(analysis: &'a RunAnalysis) -> Self {
        let verdict = &analysis.first().verdict;
        let sentences: Vec<&str> = match &analysis.scaling {
            Some(scaling) => scaling.sentences.iter().map(String::as_str).collect(),
            None => [&verdict.cause, &verdict.uncertainty]
                .into_iter()
                .chain(&verdict.remarks)
                .map(String::as_str)
                .filter(|sentence| !sentence.is_empty())
                .collect(),
        };
        Self { disturbance: analysis.disturbance(), headline: analysis.headline(), sentences }
    }

    /// Iterates over all sentences that are not empty.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        let all = self.disturbance.as_deref().into_iter().chain([self.headline]).chain(self.sentences.iter().copied());
        all.filter(|line| !line.is_empty())
    }
}
