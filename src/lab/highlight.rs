//! The metric that a row shows in addition to the common ones: the one that this workload is about.

use super::run::Run;
use crate::analysis::metric::{GIL_WAIT, LOST_UPDATES, MEMORY_READ, Metric, STANDSTILL};
use crate::workload::{Step, Workload};

/// Returns the metric of a run: that of its workload, else the GIL wait if it was derived.
#[must_use]
pub fn of_run(run: &Run) -> Option<&'static Metric> {
    let waits =
        || run.analysis().into_iter().flat_map(|analysis| &analysis.summaries).any(|one| one.gil_wait_nanos.is_some());
    of_workload(&run.results().experiment.workload).or_else(|| waits().then_some(&GIL_WAIT))
}

/// Returns the metric of a workload; at most one, since the details show the others.
#[must_use]
pub fn of_workload(workload: &Workload) -> Option<&'static Metric> {
    let has = |wanted: fn(&Step) -> bool| workload.steps().iter().any(wanted);
    if has(|step| matches!(step, Step::Increment { .. })) {
        Some(&LOST_UPDATES)
    } else if workload.ticker {
        Some(&STANDSTILL)
    } else if has(|step| matches!(step, Step::Memory { .. })) {
        Some(&MEMORY_READ)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::analyse;
    use crate::analysis::metric::ModelContext;
    use crate::analysis::testing::{Synthetic, workload_of};
    use crate::trial::Counted;
    use crate::workload::{Protection, Tasks};

    #[test]
    fn a_workload_brings_one_figure_at_most() {
        let mut workload = crate::preset::built_in()[0].workload.clone();
        let mut metric_of = |kinds: &[&str], ticker| {
            let steps = kinds.iter().filter_map(|kind| Step::of_kind(kind, 1.0)).collect();
            workload.tasks = Tasks::Alike { count: 1, steps };
            workload.ticker = ticker;
            of_workload(&workload).map(|metric| metric.id)
        };
        assert_eq!(metric_of(&["wait", "http", "file", "critical"], false), None);
        assert_eq!(metric_of(&["memory"], false), Some(MEMORY_READ.id));
        assert_eq!(metric_of(&["memory"], true), Some(STANDSTILL.id));
        assert_eq!(metric_of(&["memory", "increment"], true), Some(LOST_UPDATES.id));
    }

    #[test]
    fn lost_updates_are_a_range_over_the_trials_and_wrong() {
        let steps = vec![Step::Increment { count: 20_000_000, protection: Protection::None }];
        let rows = [("sequential", 80.0, 1, 1.0), ("threads", 160.0, 8, 1.9), ("process-pool", 40.0, 2, 1.9)];
        let models = ["sequential", "threads", "process-pool"];
        let mut built = Synthetic::new(workload_of(8, steps), &models).rounds(3, 0.0, &rows);
        for (index, trial) in built.results.trials.iter_mut().enumerate() {
            let lost = match index % 3 {
                1 if trial.round == 3 => 39_000_000,
                2 => 160_000_000,
                _ => 0,
            };
            let counted = Counted { expected: 160_000_000, got: 160_000_000 - lost };
            trial.measured.as_mut().expect("completed").counted = Some(counted);
        }
        let analysis = analyse(&built.results);
        let seen: Vec<_> = analysis
            .summaries
            .iter()
            .map(|one| {
                let model = ModelContext::new(&built.results, &analysis, one);
                let value = LOST_UPDATES.of_model(&model).expect("counted");
                let clause = LOST_UPDATES.clause_of(&model).expect("counted");
                (value, clause.replace('\u{a0}', " "), LOST_UPDATES.warning_of(&model))
            })
            .collect();
        let row = |value: &str, clause: &str, warning| (value.to_owned(), clause.to_owned(), warning);
        let wrong = Some("wrong result");
        assert_eq!(seen[0], row("0", "0 of 160,000,000 updates lost", None));
        let clause = "wrong result: 0 to 39 million of 160,000,000 updates lost in a trial";
        assert_eq!(seen[1], row("0 to 39 million", clause, wrong));
        let clause = "wrong result: updates made in memory of its own, the counter stays at 0";
        assert_eq!(seen[2], row("own memory", clause, wrong));
    }
}
