//! Caveats of a run with their remedies: those of the run first, then those of its models by kind.

use crate::analysis::{Analysis, Caveat, RunAnalysis, Summary};
use crate::results::RunResults;

/// A caveat to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaveatLine {
    /// Models that have it; `None` for the run.
    pub who: Option<String>,
    /// What it is.
    pub label: String,
    /// What to do.
    pub remedy: String,
}

impl CaveatLine {
    fn new(who: Option<String>, caveat: &Caveat) -> Self {
        Self { who, label: caveat.label(), remedy: caveat.remedy() }
    }

    /// Formats the caveat as one line.
    #[must_use]
    pub fn text(&self) -> String {
        let who = self.who.as_ref().map_or_else(String::new, |who| format!("{who}: "));
        format!("{who}{}: {}", self.label, self.remedy)
    }
}

/// Returns the caveats of a run. Of a sweep those of its models are left out, see [`of_models`] and [`of_points`].
#[must_use]
pub fn of_run(analysis: &RunAnalysis) -> Vec<CaveatLine> {
    let mut lines: Vec<CaveatLine> = Vec::new();
    for caveat in analysis.points.iter().flat_map(|point| &point.caveats) {
        let line = CaveatLine::new(None, caveat);
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    if analysis.scaling.is_none() {
        lines.extend(of_models(analysis.first()));
    }
    lines
}

/// Returns the models' own caveats, one line for each kind with all models that have it: the strongest of a share.
#[must_use]
pub fn of_models(analysis: &Analysis) -> Vec<CaveatLine> {
    by_kind(analysis.fastest_first().into_iter().map(|summary| (summary, String::new())))
}

/// Returns those of the models at all points of a sweep, with the values at which they hold.
#[must_use]
pub fn of_points(run: &RunResults, analysis: &RunAnalysis) -> Vec<CaveatLine> {
    let points = run.points.iter().zip(&analysis.points);
    by_kind(points.flat_map(|(results, analysis)| {
        let at = results.point.as_ref().map_or_else(String::new, |point| format!(" at {}", point.words()));
        analysis.fastest_first().into_iter().map(move |summary| (summary, at.clone()))
    }))
}

/// Joins equal caveats; each summary comes with the words for its point.
fn by_kind<'a>(summaries: impl Iterator<Item = (&'a Summary, String)>) -> Vec<CaveatLine> {
    let mut kinds: Vec<(Vec<String>, &Caveat)> = Vec::new();
    for (summary, at) in summaries {
        // Without commas of their own, titles can stand in a list.
        let title = || format!("{}{at}", summary.contender.name_in_sentence());
        for caveat in &summary.caveats {
            let same =
                |known: &&mut (Vec<String>, &Caveat)| std::mem::discriminant(known.1) == std::mem::discriminant(caveat);
            // Counts differ from model to model, and are not merged.
            match kinds.iter_mut().find(same).filter(|_| caveat.percent().is_some()) {
                Some((names, strongest)) => {
                    if !names.contains(&title()) {
                        names.push(title());
                    }
                    if caveat.percent() > strongest.percent() {
                        *strongest = caveat;
                    }
                }
                None => kinds.push((vec![title()], caveat)),
            }
        }
    }
    let upto = |names: Vec<String>| match names.as_slice() {
        [one] => one.clone(),
        several => format!("{} (largest share)", several.join(", ")),
    };
    kinds.into_iter().map(|(names, caveat)| CaveatLine::new(Some(upto(names)), caveat)).collect()
}
