//! From raw trials to statements: statistics, ideals, caveats and the verdict in words. Everything
//! here is derived and can be recomputed from the trials at any time.

mod background;
mod caveat;
mod caveats;
pub mod comparison;
pub mod estimate;
pub mod ideal;
mod interpreter_lock;
pub mod metric;
mod ratio;
pub mod statistics;
mod summarise;
mod summary;
#[cfg(test)]
pub mod testing;
mod verdict;

pub use background::FOREIGN_PERCENT;
pub use caveat::{Caveat, LAB_PERCENT};
pub use comparison::{Comparison, Finding, compare};
pub use ratio::{PairedRatio, comparable};
pub use summary::{Summary, WallTime};
pub use verdict::Verdict;

use crate::model::Contender;
use crate::results::Results;

/// All that is said about a run.
#[derive(Debug, Clone)]
pub struct Analysis {
    /// One per contender, in the experiment's order.
    pub summaries: Vec<Summary>,
    /// The comparison in words.
    pub verdict: Verdict,
    /// About the run as a whole.
    pub caveats: Vec<Caveat>,
    /// Other programs' share of the usable CPUs' time, percent; `None` below 1 s of measuring.
    pub foreign_percent: Option<f64>,
    /// The lab's own share of the usable CPUs' time, percent; `None` below 1 s of measuring.
    pub lab_percent: Option<f64>,
}

impl Analysis {
    /// All models, the fastest first: by the host whose times can be compared, the reference's first; within it right
    /// results before wrong ones, then by median wall time (the warm-up's where there is none yet).
    #[must_use]
    pub fn fastest_first(&self) -> Vec<&Summary> {
        let mut references: Vec<&Option<Contender>> = Vec::new();
        for summary in &self.summaries {
            if !references.contains(&&summary.reference) {
                references.push(&summary.reference);
            }
        }
        let key = |summary: &Summary| {
            let host = references.iter().position(|known| **known == summary.reference);
            let nanos = summary.wall.map(|wall| wall.median).or(summary.first_look).unwrap_or(f64::INFINITY);
            (host, summary.result_is_wrong(), nanos)
        };
        let mut order: Vec<&Summary> = self.summaries.iter().collect();
        order.sort_by(|a, b| {
            let (a, b) = (key(a), key(b));
            a.0.cmp(&b.0).then(a.1.cmp(&b.1)).then(a.2.total_cmp(&b.2))
        });
        order
    }
}

/// Recomputes everything from the raw trials.
#[must_use]
pub fn analyse(results: &Results) -> Analysis {
    let mut summaries: Vec<Summary> =
        results.experiment.models.iter().map(|contender| summarise::summarise(results, contender)).collect();
    let most_rounds = summaries.iter().map(|summary| summary.trials).max().unwrap_or(0);
    for summary in &mut summaries {
        summary.caveats = caveats::of_model(results, summary, most_rounds);
    }
    let caveats = caveats::of_run(results, most_rounds);
    let shares = background::background(results.trials.iter().filter(|trial| !trial.is_warmup()));
    Analysis {
        verdict: verdict::verdict(results, &summaries, &caveats),
        foreign_percent: shares.map(|shares| shares.foreign_percent),
        lab_percent: shares.map(|shares| shares.lab_percent),
        summaries,
        caveats,
    }
}
