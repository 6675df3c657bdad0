//! The time that a run still takes: from its trials so far and, for models that have none, from the estimate.

use crate::analysis::estimate;
use crate::experiment::capabilities::unavailable;
use crate::model::Contender;
use crate::results::{Results, RunResults};
use crate::trial::{Status, Trial};

/// Seconds that a trial takes beyond its measured time, to start and stop its runner.
const PROCESS_SECONDS: f64 = 0.05;
/// Seconds for which the warm-up repeats a shorter workload; never at several points.
const REPEATED_SECONDS: f64 = 1.0;
/// Failures after which the session gives up a model that never completed a trial.
const MOST_FAILURES: usize = 2;

/// Returns the seconds of one measured round: for each model the mean of its measured trials; models without any are
/// left out.
#[must_use]
pub fn round_seconds(all: &RunResults) -> f64 {
    let seconds = |results: &Results, contender: &Contender| {
        let each = results.measured(contender).filter_map(trial_seconds);
        let (count, sum) = each.fold((0.0, 0.0), |(count, sum), seconds| (count + 1.0, sum + seconds));
        if count > 0.0 { sum / count } else { 0.0 }
    };
    cells(all).map(|(results, contender)| seconds(results, contender)).sum()
}

/// Returns the seconds left when a trial of this round begins; `None` while nobody can know.
#[must_use]
pub fn seconds_left(all: &RunResults, round: i32) -> Option<f64> {
    let plan = &all.experiment.trials;
    let (mut pass, mut warm_up, mut rest) = (0.0, 0.0, 0.0);
    for (results, contender) in cells(all) {
        let plain = cell_seconds(results, contender)?;
        let repeated = if plain > 0.0 && !all.is_sweep() { plain.max(REPEATED_SECONDS) } else { plain };
        pass += plain;
        warm_up += repeated;
        if !ran(results, contender).any(|trial| trial.round == round) {
            rest += if round < 1 { repeated } else { plain };
        }
    }
    let rounds = all.first().rounds.unwrap_or_else(|| plan.rounds((plan.warmups > 0).then_some(pass)));
    let warm_ups = f64::from(-round.min(0));
    let measured = f64::from((i64::from(rounds) - i64::from(round.max(0))).max(0) as u32);
    Some(rest + warm_ups * warm_up + measured * pass)
}

/// Returns every model at every point.
pub(super) fn cells(all: &RunResults) -> impl Iterator<Item = (&Results, &Contender)> {
    all.points.iter().flat_map(|results| results.experiment.models.iter().map(move |contender| (results, contender)))
}

/// Returns true for a model that the session no longer runs, or never: it can't do the work here, or it has failed too
/// often.
pub(super) fn is_given_up(results: &Results, contender: &Contender) -> bool {
    if unavailable(contender, &results.experiment, &results.interpreters).is_some() {
        return true;
    }
    let failed = ran(results, contender).filter(|trial| trial.status == Status::Failed).count();
    failed >= MOST_FAILURES && !ran(results, contender).any(|trial| trial.status == Status::Completed)
}

fn ran<'a>(results: &'a Results, contender: &'a Contender) -> impl Iterator<Item = &'a Trial> {
    results.trials.iter().filter(move |trial| trial.contender == *contender)
}

/// Returns the seconds of one trial without repeats: of the latest one, else as estimated.
fn cell_seconds(results: &Results, contender: &Contender) -> Option<f64> {
    if is_given_up(results, contender) {
        return Some(0.0);
    }
    let latest = ran(results, contender).filter_map(trial_seconds).last();
    if latest.is_some() {
        return latest;
    }
    let known = !estimate::is_unknown(&results.experiment.workload);
    known.then(|| estimate::ended_seconds(contender, &results.experiment, &results.nominal, results.cpus()))
}

/// Returns the seconds of a completed trial, of its one timed pass.
fn trial_seconds(trial: &Trial) -> Option<f64> {
    let measured = trial.completed()?;
    let nanos = measured.setup_nanos + measured.wall_nanos + measured.teardown_nanos;
    Some(nanos as f64 / 1e9 + PROCESS_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::{Synthetic, workload_alike};
    use crate::experiment::TrialCount;
    use std::sync::Arc;

    fn with(count: TrialCount, trials: &[(&str, i32, f64)]) -> RunResults {
        // Each model's estimate: 10 waits of 100 ms.
        let mut made = Synthetic::new(workload_alike(10, 0.0, 100.0), &["sequential", "threads"]);
        Arc::make_mut(&mut made.results.experiment).trials.count = count;
        for (model, round, wall_ms) in trials {
            made.trial(model, *round, *wall_ms, 1, 0.0);
        }
        made.results.into()
    }

    fn near(seconds: Option<f64>, wanted: f64) {
        assert!(seconds.is_some_and(|seconds| (seconds - wanted).abs() < 0.3), "{seconds:?}, not {wanted}");
    }

    #[test]
    fn before_its_first_trial_a_model_counts_with_its_estimate() {
        // Warm-up 1 + 1 s, then 3 rounds of 1 + 0.1 s.
        near(seconds_left(&with(TrialCount::Fixed(3), &[]), 0), 5.3);
        // Sequential took 5 s: it counts as measured, and Threads as estimated.
        near(seconds_left(&with(TrialCount::Fixed(3), &[("sequential", 0, 5000.0)]), 0), 1.0 + 3.0 * 5.15);
    }

    #[test]
    fn later_the_trials_count() {
        let round = [("sequential", 0, 5000.0), ("threads", 0, 2000.0)];
        near(seconds_left(&with(TrialCount::Fixed(3), &round), 1), 3.0 * 7.1);
        let more = [round[0], round[1], ("threads", 1, 1000.0)];
        near(seconds_left(&with(TrialCount::Fixed(3), &more), 1), 5.0 + 2.0 * 6.1);
        let mut all = with(TrialCount::Auto, &round);
        near(seconds_left(&all, 1), 3.0 * 7.1);
        all.points[0].rounds = Some(10);
        near(seconds_left(&all, 8), 3.0 * 7.1);
    }

    #[test]
    fn nobody_knows_the_time_of_own_code_before_it_has_run() {
        use crate::workload::Step;
        let step = Step::Command { argv: vec!["true".to_owned()] };
        let mut made = Synthetic::new(crate::analysis::testing::workload_of(5, vec![step]), &["threads"]);
        assert_eq!(seconds_left(&made.results.clone().into(), 0), None);
        made.trial("threads", 0, 100.0, 1, 0.0);
        assert!(seconds_left(&made.results.into(), 1).is_some());
    }
}
