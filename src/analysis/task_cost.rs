//! Cost of handing over a task, from runs whose tasks do nothing.

use super::Analysis;
use crate::model::Contender;
use crate::results::Results;
use crate::workload::{Tasks, Workload};

/// Fewest tasks with which their handing over is not hidden by its beginning and end.
const FEWEST_TASKS: u32 = 100;

/// Cost of a task as it was measured. Times are in nanoseconds.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskCost {
    /// The contender.
    pub contender: Contender,
    /// Median wall time per task.
    pub nanos: f64,
    /// 95 % interval of it; `None` below six trials.
    pub ci95: Option<(f64, f64)>,
    /// Part of it that is the lab's own record.
    pub stamp_nanos: Option<f64>,
    /// Number of tasks.
    pub tasks: u32,
    /// Number of trials.
    pub trials: u32,
    /// Start of the run, milliseconds since the Unix epoch.
    pub started_at_ms: u64,
    /// True if other programs used so much of the CPU that the times are in doubt.
    pub is_disturbed: bool,
}

/// Returns true if the tasks of a workload do nothing, so that its time is their handing over.
#[must_use]
pub fn measures_task_cost(workload: &Workload) -> bool {
    matches!(workload.tasks, Tasks::Alike { .. })
        && workload.steps().is_empty()
        && workload.payload.is_none()
        && workload.in_flight.is_none()
        && !workload.ticker
        && workload.task_count() >= FEWEST_TASKS
}

/// Returns the cost of a task under each contender that completed every trial; none for other workloads.
#[must_use]
pub fn task_costs(results: &Results, analysis: &Analysis) -> Vec<TaskCost> {
    let workload = &results.experiment.workload;
    if !measures_task_cost(workload) {
        return Vec::new();
    }
    let tasks = workload.task_count();
    let each = |nanos: f64| nanos / f64::from(tasks);
    let complete =
        analysis.summaries.iter().filter(|one| one.reason.is_none() && one.contender.settings.in_flight.is_none());
    let cost = |summary: &super::Summary| {
        let wall = summary.wall?;
        Some(TaskCost {
            contender: summary.contender.clone(),
            nanos: each(wall.median),
            ci95: wall.ci95.map(|(low, high)| (each(low), each(high))),
            stamp_nanos: summary.stamp_nanos,
            tasks,
            trials: summary.trials,
            started_at_ms: results.started_at_ms,
            is_disturbed: analysis.verdict.disturbance.is_some(),
        })
    };
    complete.filter_map(cost).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::analyse;
    use crate::analysis::testing::{Synthetic, workload_alike};
    use crate::workload::Payload;

    const ROWS: &[(&str, f64, u32, f64)] = &[("sequential", 5.0, 1, 1.0), ("threads", 3500.0, 4, 1.2)];

    #[test]
    fn a_task_costs_the_wall_time_divided_by_their_number() {
        let built = Synthetic::new(workload_alike(100_000, 0.0, 0.0), &["sequential", "threads"]).rounds(7, 0.0, ROWS);
        let costs = task_costs(&built.results, &analyse(&built.results));
        let found: Vec<(f64, u32, u32)> = costs.iter().map(|one| (one.nanos.round(), one.trials, one.tasks)).collect();
        assert_eq!(found, [(50.0, 7, 100_000), (35_000.0, 7, 100_000)]);
        assert_eq!(costs[1].ci95, Some((35_000.0, 35_000.0)));
        assert_eq!(costs[0].started_at_ms, built.results.started_at_ms);
    }

    #[test]
    fn only_empty_tasks_measure_their_cost() {
        assert!(measures_task_cost(&workload_alike(100, 0.0, 0.0)));
        assert!(!measures_task_cost(&workload_alike(99, 0.0, 0.0)), "too few");
        assert!(!measures_task_cost(&workload_alike(100_000, 0.001, 0.0)), "they compute");
        assert!(!measures_task_cost(&workload_alike(100_000, 0.0, 0.001)), "they wait");
        let data = Workload { payload: Some(Payload::default()), ..workload_alike(100_000, 0.0, 0.0) };
        assert!(!measures_task_cost(&data), "they are given data");
        let few = Workload { in_flight: Some(4), ..workload_alike(100_000, 0.0, 0.0) };
        assert!(!measures_task_cost(&few), "they wait for each other");
        let preset = crate::preset::find("tiny-tasks").expect("it ships");
        assert!(measures_task_cost(&preset.workload));
    }

    #[test]
    fn a_model_that_lost_trials_has_no_cost() {
        let mut built =
            Synthetic::new(workload_alike(1_000, 0.0, 0.0), &["sequential", "threads"]).rounds(3, 0.0, ROWS);
        built.failed("threads", 4, crate::trial::Status::Failed, "no memory");
        let costs = task_costs(&built.results, &analyse(&built.results));
        assert_eq!(costs.len(), 1);
    }
}
