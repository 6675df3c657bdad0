//! Caveats of a run with their remedies: those of the run first, then those of its models by kind.

use crate::analysis::{Analysis, Caveat, RunAnalysis, Summary};
use crate::experiment::sweep::SweepPoint;
use crate::results::RunResults;

/// A caveat to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaveatLine {
    /// Models that have it; `None` for the run.
    pub who: Option<String>,
    /// Name of the caveat.
    pub label: String,
    /// Remedy.
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
    by_kind(analysis.fastest_first().into_iter().map(|summary| (summary, None)), 1)
}

/// Returns those of the models at all points of a sweep, with the value at which they hold, or the number of values.
#[must_use]
pub fn of_points(run: &RunResults, analysis: &RunAnalysis) -> Vec<CaveatLine> {
    let points = run.points.iter().zip(&analysis.points);
    let all = points.flat_map(|(results, analysis)| {
        let at = results.point.as_ref().map(SweepPoint::words);
        analysis.fastest_first().into_iter().map(move |summary| (summary, at.clone()))
    });
    by_kind(all, run.points.len())
}

/// Caveats of one kind that share a line.
struct Kind<'a> {
    /// Title of each model that has it, with the values at which it has it.
    models: Vec<(String, Vec<String>)>,
    /// The one that is shown.
    caveat: &'a Caveat,
}

impl Kind<'_> {
    /// Names the models, and the values out of `points`.
    fn who(&self, points: usize) -> String {
        let words = |(title, values): &(String, Vec<String>)| match values.as_slice() {
            [] => title.clone(),
            [only] => format!("{title} at {only}"),
            several => format!("{title} at {} of {points} values", several.len()),
        };
        let who = self.models.iter().map(words).collect::<Vec<_>>().join(", ");
        let is_share = self.caveat.percent().is_some();
        match self.models.as_slice() {
            [(_, values)] if values.len() < 2 => who,
            // Only one model is on the line of a count.
            [(_, values)] if !is_share => {
                format!("{who}, here at {}", values.last().map(String::as_str).unwrap_or_default())
            }
            _ => format!("{who} (largest share)"),
        }
    }
}

/// Joins caveats of a kind; each summary comes with the words for its point.
fn by_kind<'a>(summaries: impl Iterator<Item = (&'a Summary, Option<String>)>, points: usize) -> Vec<CaveatLine> {
    let mut kinds: Vec<Kind<'a>> = Vec::new();
    for (summary, at) in summaries {
        let title = summary.contender.title();
        for caveat in &summary.caveats {
            let is_share = caveat.percent().is_some();
            // Counts differ from model to model, and are not merged.
            let shares_line = |known: &&mut Kind<'_>| {
                std::mem::discriminant(known.caveat) == std::mem::discriminant(caveat)
                    && (is_share || at.is_some() && known.models.iter().any(|(other, _)| *other == title))
            };
            let Some(kind) = kinds.iter_mut().find(shares_line) else {
                kinds.push(Kind { models: vec![(title.clone(), at.iter().cloned().collect())], caveat });
                continue;
            };
            if !is_share || caveat.percent() > kind.caveat.percent() {
                kind.caveat = caveat;
            }
            match kind.models.iter_mut().find(|(other, _)| *other == title) {
                Some((_, values)) => values.extend(at.clone()),
                None => kind.models.push((title.clone(), at.iter().cloned().collect())),
            }
        }
    }
    kinds.iter().map(|kind| CaveatLine::new(Some(kind.who(points)), kind.caveat)).collect()
}
