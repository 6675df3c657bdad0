//! Figures of the point shown that single views need and that take too long to compute in each frame: computed when a view
//! first asks for them, and again after the next trial.

use std::cell::OnceCell;

use super::chips::Chip;
use crate::analysis::cpu_usage::{CpuUsage, UsageMeans};
use crate::analysis::distribution::Distributions;
use crate::analysis::guessed_order::{JudgedOrder, OrderedBy, judge};
use crate::analysis::time_budget::TimeBudget;
use crate::model::Contender;
use crate::results::Results;
use crate::trial::SHORTEST_COUNTED_NANOS;
use crate::trial::{CpuSample, Trial};

/// The figures computed so far.
#[derive(Default)]
pub struct ViewData {
    distributions: OnceCell<Distributions>,
    counted: OnceCell<Vec<(Contender, Counted)>>,
    budgets: OnceCell<Vec<TimeBudget>>,
    judged: OnceCell<JudgedOrder>,
    /// Index of the typical trial of each model that has one.
    typical: OnceCell<Vec<(Contender, usize)>>,
    /// Number of measured rounds that every model has finished, at all points.
    pub(super) finished_rounds: OnceCell<u32>,
    /// Marks beside the name of the run.
    pub(super) chips: OnceCell<Vec<Chip>>,
}

/// CPU usage of a model from the system's counters.
pub struct Counted {
    /// The samples.
    pub usage: CpuUsage,
    /// Their means.
    pub means: UsageMeans,
    /// Passes of the warm-up that they are from; `None` if they are from the measured trials.
    pub warmup_passes: Option<u32>,
}

impl ViewData {
    /// Returns how the times of trials and tasks spread. The results are those that all calls share.
    pub fn distributions(&self, results: &Results) -> &Distributions {
        self.distributions.get_or_init(|| Distributions::of(results))
    }

    /// Returns the time budget of a trial of each model. The results are those that all calls share.
    pub fn budgets(&self, results: &Results) -> &[TimeBudget] {
        self.budgets.get_or_init(|| TimeBudget::of_models(results))
    }

    /// Returns the guessed order beside the measured one. Results and order are those that all calls share.
    pub fn judged_guess(&self, results: &Results, order: &[Contender], by: OrderedBy) -> &JudgedOrder {
        self.judged.get_or_init(|| judge(results, order, by))
    }

    /// Returns the trial that stands for a model. The results are those that all calls share.
    pub fn typical_trial<'a>(&self, results: &'a Results, contender: &Contender) -> Option<&'a Trial> {
        let all = self.typical.get_or_init(|| {
            let index = |contender: &Contender| {
                let typical = results.typical_trial(contender)?;
                let index = results.trials.iter().position(|trial| std::ptr::eq(trial, typical))?;
                Some((contender.clone(), index))
            };
            results.experiment.models.iter().filter_map(index).collect()
        });
        let (_, index) = all.iter().find(|(known, _)| known == contender)?;
        results.trials.get(*index)
    }

    /// Returns the counted CPU usage of a model: of its measured trials, or of its warm-up if those are too short for the
    /// counters. `None` if neither was sampled. The results are those that all calls share.
    pub fn counted_usage(&self, results: &Results, contender: &Contender) -> Option<&Counted> {
        let all = self.counted.get_or_init(|| {
            let models = results.experiment.models.iter();
            models.filter_map(|contender| Some((contender.clone(), counted(results, contender)?))).collect()
        });
        all.iter().find(|(known, _)| known == contender).map(|(_, counted)| counted)
    }
}

fn counted(results: &Results, contender: &Contender) -> Option<Counted> {
    // Cancelled and failed trials say nothing about the model's usage.
    let sampled =
        |trial: &&Trial| trial.contender == *contender && !trial.cpu.is_empty() && trial.completed().is_some();
    let long = |trial: &&Trial| trial.completed().is_some_and(|one| one.wall_nanos >= SHORTEST_COUNTED_NANOS);
    let all = || results.trials.iter().filter(sampled);
    let usage = CpuUsage::of(all().filter(|trial| !trial.is_warmup()).filter(long).map(timed_samples));
    if !usage.samples.is_empty() {
        return Some(Counted { means: usage.means(), usage, warmup_passes: None });
    }
    let warmup = all().find(|trial| trial.is_warmup())?;
    let passes = warmup.completed().map_or(1, |measured| measured.passes);
    let usage = CpuUsage::of([timed_samples(warmup)].into_iter());
    Some(Counted { means: usage.means(), usage, warmup_passes: Some(passes) })
}

/// Returns the samples of a trial and the length of its timed part. A repeated warm-up is sampled for longer than its one
/// timed pass.
fn timed_samples(trial: &Trial) -> (&[CpuSample], Option<u64>) {
    let timed = trial.completed().filter(|measured| measured.passes <= 1).map(|measured| measured.wall_nanos);
    (&trial.cpu, timed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::{Synthetic, workload_alike};

    #[test]
    fn the_typical_trial_is_that_of_the_results_until_there_are_others() {
        let rows = [("sequential", 90.0, 1, 1.0), ("threads", 50.0, 2, 1.9)];
        let names = ["sequential", "threads", "async"];
        let mut built = Synthetic::new(workload_alike(4, 10.0, 0.0), &names).rounds(5, 0.05, &rows);
        let position = |data: &ViewData, results: &Results, contender: &Contender| {
            data.typical_trial(results, contender).map(|trial| trial.position)
        };
        let data = ViewData::default();
        for contender in &built.results.experiment.models.clone() {
            let wanted = built.results.typical_trial(contender).map(|trial| trial.position);
            assert_eq!(position(&data, &built.results, contender), wanted);
            assert_eq!(wanted.is_none(), contender.to_string() == "async");
        }
        built.trial("async", 6, 20.0, 4, 1.0);
        let event_loop = &built.results.experiment.models[2];
        assert!(position(&ViewData::default(), &built.results, event_loop).is_some());
    }
}
