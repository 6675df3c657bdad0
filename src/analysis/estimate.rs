//! How long things will probably take, before anything was measured.

use super::ideal::ideal_nanos;
use crate::experiment::Experiment;
use crate::model::{Contender, ModelId};
use crate::workload::{Nominal, Workload};

/// Seconds from spawning a runner to its greeting, and from its report to its end.
const STARTUP_SECONDS: f64 = 0.02;
/// Seconds that calibrating one kernel takes.
const CALIBRATION_SECONDS: f64 = 0.1;
/// In a warm-up round a shorter workload is repeated until so many seconds have passed.
const WARM_UP_SECONDS: f64 = 1.0;

/// Seconds that one trial of a model will take, setup and handing over included.
#[must_use]
pub fn trial_seconds(model: ModelId, workload: &Workload, nominal: &Nominal, logical_cpus: u32) -> f64 {
    let workers = workload.workers_on(logical_cpus);
    let work = ideal_nanos(model, workload, nominal, workers, logical_cpus)
        .unwrap_or(nominal.compute_nanos + nominal.wait_nanos);
    STARTUP_SECONDS + (work + f64::from(nominal.tasks) * handing_over_nanos(model, workers)) / 1e9
}

/// What handing over one task costs, nanoseconds: floors of bare programs, recording included.
fn handing_over_nanos(model: ModelId, workers: u32) -> f64 {
    match model {
        ModelId::Sequential => 50.0,
        ModelId::ThreadPool => 100.0,
        ModelId::Rayon => 150.0,
        ModelId::Async => 400.0,
        ModelId::AsyncMulti => 500.0,
        ModelId::AsyncBlocking => 800.0,
        ModelId::ProcessPool => 12_000.0 / f64::from(workers.max(1)),
        ModelId::Threads => 35_000.0,
        ModelId::Processes => 700_000.0,
    }
}

/// Seconds that a whole run will take: calibration, warm-up round, measured rounds.
#[must_use]
pub fn run_seconds(experiment: &Experiment, nominal: &Nominal, logical_cpus: u32) -> f64 {
    let plan = &experiment.trials;
    let trial = |contender: &Contender| {
        trial_seconds(contender.model, &experiment.workload, nominal, logical_cpus).min(plan.timeout_seconds)
    };
    let pass: f64 = experiment.models.iter().map(trial).sum();
    let warm_up: f64 = experiment.models.iter().map(|contender| trial(contender).max(WARM_UP_SECONDS)).sum();
    let rounds = plan.rounds((plan.warmups > 0).then_some(pass));
    experiment.workload.kernels().len() as f64 * CALIBRATION_SECONDS
        + f64::from(plan.warmups) * warm_up
        + f64::from(rounds) * pass
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::{Synthetic, workload_alike};
    use crate::experiment::TrialCount;

    #[test]
    fn a_trial_is_startup_ideal_and_handing_over() {
        let work = workload_alike(1000, 0.0, 2.0);
        let seconds = |model| trial_seconds(model, &work, &work.nominal(), 2);
        assert!((seconds(ModelId::Sequential) - (0.02 + 2.0 + 0.000_05)).abs() < 1e-9);
        assert!((seconds(ModelId::Threads) - (0.02 + 0.002 + 0.035)).abs() < 1e-9);
        assert!((seconds(ModelId::ProcessPool) - (0.02 + 1.0 + 0.006)).abs() < 1e-9);
    }

    #[test]
    fn empty_tasks_cost_their_handing_over() {
        let work = workload_alike(100_000, 0.0, 0.0);
        let seconds = trial_seconds(ModelId::Threads, &work, &work.nominal(), 2);
        assert!((seconds - 3.52).abs() < 1e-9, "{seconds}");
    }

    #[test]
    fn a_run_is_calibration_warm_up_and_rounds() {
        let mut experiment =
            (*Synthetic::new(workload_alike(4, 500.0, 0.0), &["sequential", "async"]).results.experiment).clone();
        let nominal = experiment.workload.nominal();
        // Both take 2.02 s a trial: a pass of 4.04 s fits three times into 15 s.
        let seconds = run_seconds(&experiment, &nominal, 2);
        assert!((seconds - (0.1 + 4.0 * 4.04)).abs() < 1e-3, "{seconds}");
        experiment.trials.count = TrialCount::Fixed(10);
        experiment.trials.warmups = 0;
        let seconds = run_seconds(&experiment, &nominal, 2);
        assert!((seconds - (0.1 + 10.0 * 4.04)).abs() < 1e-3, "{seconds}");
        experiment.trials.timeout_seconds = 1.0;
        assert!((run_seconds(&experiment, &nominal, 2) - 20.1).abs() < 1e-9, "ended by the time-out");
    }

    #[test]
    fn a_short_workload_is_repeated_for_a_second_in_the_warm_up() {
        let experiment = Synthetic::new(workload_alike(1, 0.0, 1.0), &["async"]).results.experiment;
        let seconds = run_seconds(&experiment, &experiment.workload.nominal(), 2);
        assert!((1.6..1.7).contains(&seconds), "1 s and 30 rounds of 21 ms: {seconds}");
    }
}
