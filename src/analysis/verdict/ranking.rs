//! Ranking of the models that completed, and the kind of workload: the input of every part of the verdict.

use crate::analysis::comparison::{Comparison, compare};
use crate::analysis::ratio::{comparable, reference_of};
use crate::analysis::summary::Summary;
use crate::model::Contender;
use crate::results::Results;
use crate::workload::Step;

/// Cores used on average up to which a model counts as using one core, with the system's own work beside it.
pub(in crate::analysis) const ONE_CORE: f64 = 1.3;

/// Mean duration of a task below which its time is mostly overhead.
pub(super) const TINY_TASK_NANOS: f64 = 5_000.0;
/// Share of waiting, or of computing, from which it dominates a workload.
pub(super) const DOMINANT_SHARE: f64 = 0.9;

/// Kind of workload by its dominant activity, from its nominal durations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::analysis) enum Regime {
    /// Nearly all time is waiting.
    Waiting,
    /// Nearly all time is computing.
    Computing,
    /// Neither waiting nor computing dominates.
    Mixed,
    /// Tasks so short, or empty, that the run measures their overhead.
    Overhead,
    /// Not known in advance, as with files: the share of waiting depends on the storage.
    Unstated,
}

impl Regime {
    pub(in crate::analysis) fn of(results: &Results) -> Self {
        let nominal = &results.nominal;
        let all = nominal.compute_nanos + nominal.wait_nanos;
        let steps = results.experiment.workload.steps();
        let any = |kind: fn(&Step) -> bool| steps.iter().any(kind);
        if nominal.untimed {
            let waits = nominal.wait_nanos > 0.0 || any(|step| matches!(step, Step::Http { .. }));
            return match any(|step| matches!(step, Step::File { .. })) {
                false if !waits => Self::Computing,
                _ => Self::Unstated,
            };
        }
        // Tasks wait also for a server that answers at once.
        if any(|step| matches!(step, Step::Http { .. })) && all <= 0.0 {
            return Self::Waiting;
        }
        // What a task is given and returns has no nominal duration.
        if results.experiment.workload.payload.is_some() && all <= 0.0 {
            return Self::Unstated;
        }
        // A wait, however short, is a matter of timers.
        if nominal.wait_nanos <= 0.0 && all / f64::from(nominal.tasks.max(1)) < TINY_TASK_NANOS {
            Self::Overhead
        } else if nominal.wait_nanos >= DOMINANT_SHARE * all {
            Self::Waiting
        } else if nominal.compute_nanos >= DOMINANT_SHARE * all {
            Self::Computing
        } else {
            Self::Mixed
        }
    }
}

/// Models that completed, fastest first, and the leaders among them.
pub(super) struct Ranking<'a> {
    pub(super) results: &'a Results,
    pub(super) regime: Regime,
    /// Contender that the times are compared with; `None` if there is none to compare with.
    pub(super) reference: Option<&'a Contender>,
    /// Models by median wall time, fastest first.
    pub(super) order: Vec<&'a Summary>,
    /// The fastest model with a correct result, followed by all that are not clearly slower. Only the fastest if no result
    /// is correct.
    pub(super) leaders: Vec<&'a Summary>,
    /// Model that the fastest is compared with, and the comparison: the reference, or else the slowest.
    pub(super) rival: Option<(&'a Summary, Comparison)>,
}

impl<'a> Ranking<'a> {
    /// Ranks the models; `None` if no summary has a completed measured trial.
    pub(super) fn of(results: &'a Results, summaries: impl Iterator<Item = &'a Summary>) -> Option<Self> {
        let mut order: Vec<&Summary> = summaries.filter(|summary| summary.wall.is_some()).collect();
        order.sort_by(|a, b| median(a).total_cmp(&median(b)));
        // A model with a wrong result can't lead.
        let right: Vec<&Summary> = order.iter().copied().filter(|summary| !summary.result_is_wrong()).collect();
        let experiment_reference = &results.experiment.reference;
        let of_reference = right.iter().copied().find(|one| comparable(results, experiment_reference, &one.contender));
        let fastest = of_reference.or(right.first().copied()).or(order.first().copied())?;
        let reference = reference_of(results, &fastest.contender);
        let against = |other: &'a Summary| Some((other, compare(results, &other.contender, &fastest.contender)?));
        let others = right.iter().copied().filter(|other| other.contender != fastest.contender);
        let others: Vec<(&Summary, Comparison)> = others.filter_map(against).collect();
        let (slower, level): (Vec<_>, Vec<_>) =
            others.into_iter().partition(|(_, comparison)| comparison.is_clearly_slower());
        let leaders: Vec<&Summary> = [fastest].into_iter().chain(level.iter().map(|(summary, _)| *summary)).collect();
        // The reference if it is clearly slower; else the slowest that is; else the reference or the slowest of the rest.
        let is_reference = |(summary, _): &&(&Summary, Comparison)| Some(&summary.contender) == reference;
        let rival =
            slower.iter().find(is_reference).or(slower.last()).or(level.iter().find(is_reference)).or(level.last());
        let rival = rival.cloned();
        Some(Self { results, regime: Regime::of(results), reference, order, leaders, rival })
    }

    /// Returns a ranking for each set of hosts whose times can be compared, the reference's first; a single one if all
    /// times can be compared.
    pub(super) fn by_host(results: &'a Results, summaries: &'a [Summary]) -> Vec<Self> {
        let mut first_of_host: Vec<&Contender> = Vec::new();
        let reference = Some(&results.experiment.reference);
        for contender in reference.into_iter().chain(summaries.iter().map(|summary| &summary.contender)) {
            if !first_of_host.iter().any(|known| comparable(results, known, contender)) {
                first_of_host.push(contender);
            }
        }
        let on_host = |first: &&'a Contender| {
            let first = *first;
            Self::of(results, summaries.iter().filter(move |one| comparable(results, first, &one.contender)))
        };
        first_of_host.iter().filter_map(on_host).collect()
    }

    /// Returns true if the reference is among the leaders.
    pub(super) fn reference_leads(&self) -> bool {
        self.reference.is_some_and(|reference| self.leads(reference))
    }

    pub(super) fn fastest(&self) -> &'a Summary {
        self.leaders[0]
    }

    pub(super) fn leads(&self, contender: &Contender) -> bool {
        self.leaders.iter().any(|summary| summary.contender == *contender)
    }

    /// Returns the rival if the fastest is clearly ahead of it.
    pub(super) fn beaten(&self) -> Option<(&'a Summary, &Comparison)> {
        let (summary, comparison) = self.rival.as_ref()?;
        comparison.is_clearly_slower().then_some((*summary, comparison))
    }

    /// Returns the leaders that are clearly ahead of a rival, each with the ratio of times.
    pub(super) fn ahead_of(&self, rival: &Summary) -> Vec<(&'a Summary, f64)> {
        let against = |leader: &&'a Summary| compare(self.results, &rival.contender, &leader.contender);
        let ahead = |leader: &&'a Summary| against(leader).filter(Comparison::is_clearly_slower);
        self.leaders.iter().filter_map(|leader| Some((*leader, ahead(leader)?.ratio.median))).collect()
    }

    /// Returns the mean nominal duration of a task, nanoseconds.
    pub(super) fn task_nanos(&self) -> f64 {
        let nominal = &self.results.nominal;
        (nominal.compute_nanos + nominal.wait_nanos) / f64::from(nominal.tasks.max(1))
    }

    /// Returns the median wall time per task, nanoseconds.
    pub(super) fn nanos_per_task(&self, summary: &Summary) -> f64 {
        median(summary) / f64::from(self.results.nominal.tasks.max(1))
    }
}

pub(super) fn median(summary: &Summary) -> f64 {
    summary.wall.map_or(f64::INFINITY, |wall| wall.median)
}
