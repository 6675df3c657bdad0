//! Figures derived from the trials: statistics, ideals, caveats, the metric catalogue and the verdict. Everything here
//! can be recomputed from the trials at any time; nothing here measures, stores or draws.

pub mod advisor;
mod background;
mod caveat;
mod caveats;
mod classes;
pub mod comparison;
pub mod cpu_usage;
pub mod distribution;
pub mod estimate;
pub mod finding;
pub mod guessed_order;
pub mod ideal;
mod incomplete;
mod interpreter_lock;
pub mod metric;
mod no_ideal;
pub mod patterns;
mod payload_cost;
mod phrasing;
pub mod preflight;
pub mod quiz;
mod ratio;
pub mod run_comparison;
pub mod scaling;
pub mod schedule;
pub mod statistics;
pub mod step_times;
mod summarise;
mod summary;
mod task_cost;
#[cfg(test)]
pub mod testing;
pub mod time_budget;
mod verdict;

pub use background::{waited_for_quiet, waiting_for_quiet};
pub use caveat::{Caveat, LAB_PERCENT};
pub use caveats::of_machine as caveats_of_machine;
pub use classes::{ClassFigures, own_nanos};
pub use comparison::{Comparison, compare};
pub use finding::Finding;
pub use incomplete::Incomplete;
pub use interpreter_lock::has_gil;
pub use no_ideal::NoIdeal;
pub use ratio::{PairedRatio, comparable};
pub use scaling::Scaling;
pub use summary::{Summary, WallTime};
pub use task_cost::{TaskCost, measures_task_cost, task_costs};
pub use verdict::{Remark, RemarkKind, Verdict};

use crate::model::Contender;
use crate::results::{Results, RunResults};

/// Everything derived from the trials of a run.
#[derive(Debug, Clone)]
pub struct Analysis {
    /// One per contender, in the experiment's order.
    pub summaries: Vec<Summary>,
    /// The finding in sentences.
    pub verdict: Verdict,
    /// Warnings about the run, not about a single model.
    pub caveats: Vec<Caveat>,
    /// Other programs' share of the usable CPUs' time, percent; `None` below 1 s of measuring.
    pub foreign_percent: Option<f64>,
    /// The lab's own share of the usable CPUs' time, percent; `None` below 1 s of measuring.
    pub lab_percent: Option<f64>,
}

impl Analysis {
    /// Returns the models, fastest first. Hosts whose times can't be compared come one after the other, the reference's
    /// first; within a host, correct results come before wrong ones, ordered by median wall time (by that of the warm-up
    /// before the first measured trial).
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

/// Everything derived from the trials of all points of a run.
#[derive(Debug, Clone)]
pub struct RunAnalysis {
    /// One per point, in their order.
    pub points: Vec<Analysis>,
    /// Findings over all points; `None` without a sweep.
    pub scaling: Option<Scaling>,
}

impl RunAnalysis {
    /// Recomputes everything from the raw trials.
    #[must_use]
    pub fn of(run: &RunResults) -> Self {
        let points: Vec<Analysis> = run.points.iter().map(analyse).collect();
        Self { scaling: Self::scaling_of(run, &points), points }
    }

    /// Recomputes everything but what the points of a sweep show together.
    #[must_use]
    pub fn of_points(run: &RunResults) -> Self {
        Self { points: run.points.iter().map(analyse).collect(), scaling: scaling::outline(run) }
    }

    /// Recomputes what the points of a sweep show together; `None` without a sweep.
    #[must_use]
    pub fn scaling_of(run: &RunResults, points: &[Analysis]) -> Option<Scaling> {
        let leaders: Vec<&[Contender]> = points.iter().map(|point| point.verdict.fastest.as_slice()).collect();
        scaling::scaling(run, &leaders)
    }

    /// Returns the analysis of the first point.
    #[must_use]
    pub fn first(&self) -> &Analysis {
        &self.points[0]
    }

    /// Returns the share of the usable CPUs' time that other programs took in the measured trials, percent; where those are
    /// too short for a share, in the warm-ups, too. Of a sweep it is the largest share at one of its points.
    #[must_use]
    pub fn foreign_percent(&self) -> Option<f64> {
        self.points.iter().filter_map(|point| point.foreign_percent).reduce(f64::max)
    }

    /// Returns the share that the lab itself took, counted as [`Self::foreign_percent`].
    #[must_use]
    pub fn lab_percent(&self) -> Option<f64> {
        self.points.iter().filter_map(|point| point.lab_percent).reduce(f64::max)
    }

    /// Returns the warning to show first: a disturbance so large that times are in doubt.
    #[must_use]
    pub fn disturbance(&self) -> Option<String> {
        let warnings: Vec<Option<&String>> =
            self.points.iter().map(|point| point.verdict.disturbance.as_ref()).collect();
        let first = warnings.iter().position(Option::is_some)?;
        let warning = warnings[first]?;
        let Some(scaling) = &self.scaling else { return Some(warning.clone()) };
        let (at, all) = (scaling.key.value_words(scaling.shown.get(first)?), warnings.len());
        let count = warnings.iter().flatten().count();
        let verb = if count == 1 { "is" } else { "are" };
        Some(format!("{warning} That is at {at}; {count} of {all} values {verb} disturbed."))
    }

    /// Returns the finding in one sentence: of the sweep, or of the only point.
    #[must_use]
    pub fn headline(&self) -> &str {
        self.scaling.as_ref().map_or(&self.first().verdict.headline, |scaling| &scaling.headline)
    }
}

/// Recomputes everything about one point from its raw trials.
#[must_use]
pub fn analyse(results: &Results) -> Analysis {
    let mut summaries: Vec<Summary> =
        results.experiment.models.iter().map(|contender| summarise::summarise(results, contender)).collect();
    let most_rounds = summaries.iter().map(|summary| summary.trials).max().unwrap_or(0);
    for summary in &mut summaries {
        summary.caveats = caveats::of_model(results, summary, most_rounds);
    }
    let caveats = caveats::of_run(results, most_rounds);
    let shares = background::of_run(results);
    Analysis {
        verdict: verdict::verdict(results, &summaries, &caveats),
        foreign_percent: shares.map(|shares| shares.foreign_percent),
        lab_percent: shares.map(|shares| shares.lab_percent),
        summaries,
        caveats,
    }
}
