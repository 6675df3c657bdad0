//! Synthetic pairs of runs: how often a difference is found, what is refused, and what is said.

use std::sync::Arc;

use super::*;
use crate::analysis::finding::Finding;
use crate::analysis::testing::{Synthetic, machine, workload_alike, workload_of};
use crate::experiment::sweep::Sweep;
use crate::session::Outcome;
use crate::session::{HostCalibrations, SessionEvent};
use crate::trial::{Counted, Runtime, Status};
use crate::workload::{Calibration, Calibrations, Kernel, Step, Work, Workload};

/// A normal number by the sum of twelve uniform ones.
fn normal(random: &mut fastrand::Rng) -> f64 {
    (0..12).map(|_| random.f64()).sum::<f64>() - 6.0
}

/// A run whose wall times have a normal spread.
fn noisy(seed: u64, rounds: i32, noise: f64, models: &[(&str, f64)]) -> RunResults {
    let mut random = fastrand::Rng::with_seed(seed);
    let names: Vec<&str> = models.iter().map(|(name, _)| *name).collect();
    let mut built = Synthetic::new(workload_alike(4, 0.0, 50.0), &names);
    for round in 0..=rounds {
        for (name, wall_ms) in models {
            built.trial(name, round, wall_ms * (1.0 + noise * normal(&mut random)), 4, 0.1);
        }
    }
    built.results.into()
}

const THREE: [(&str, f64); 3] = [("async", 500.0), ("threads", 600.0), ("sequential", 2000.0)];

fn compared(old: &RunResults, new: &RunResults) -> RunComparison {
    compare_runs(old, new).expect("one workload")
}

#[test]
fn two_runs_of_one_workload_show_no_detectable_difference() {
    for noise in [0.01, 0.05] {
        let equal = (0..100).filter(|repetition| {
            let run = |seed| noisy(seed, 10, noise, &THREE);
            let comparison = compared(&run(2 * repetition), &run(2 * repetition + 1));
            comparison.rows.iter().all(|row| matches!(row.finding, Finding::NotDistinguishable { .. }))
        });
        let equal = equal.count();
        println!("noise {noise}: {equal} of 100 without a detectable difference");
        assert!(equal >= 95, "{noise}: {equal}");
    }
}

#[test]
fn five_percent_are_found_with_ten_trials_at_one_percent_of_noise() {
    for (factor, found) in [(1.05, Finding::Slower), (1.0 / 1.05, Finding::Faster)] {
        let hits = (0..100).filter(|repetition| {
            let run = |seed, wall_ms| noisy(seed, 10, 0.01, &[("threads", wall_ms)]);
            let comparison = compared(&run(2 * repetition, 600.0), &run(2 * repetition + 1, 600.0 * factor));
            comparison.rows[0].finding == found
        });
        let hits = hits.count();
        println!("{factor}: {hits} of 100 found");
        assert!(hits >= 95, "{factor}: {hits}");
    }
}

#[test]
fn the_interval_of_the_mean_covers_the_true_ratio() {
    let covered = (0..60).filter(|repetition| {
        let slower = THREE.map(|(name, wall_ms)| (name, wall_ms * 1.03));
        let (old, new) = (noisy(2 * repetition, 10, 0.03, &THREE), noisy(2 * repetition + 1, 10, 0.03, &slower));
        let mean = compared(&old, &new).mean.expect("three rows");
        assert_eq!(mean.rows, 3);
        mean.ci95.is_some_and(|(low, high)| (low..=high).contains(&1.03))
    });
    let covered = covered.count();
    println!("{covered} of 60 cover it");
    assert!(covered >= 55, "{covered}");
}

#[test]
fn below_six_trials_a_clear_lead_of_every_trial_counts() {
    let two = |old_ms, new_ms| {
        let run = |seed, wall_ms| noisy(seed, 3, 0.01, &[("threads", wall_ms)]);
        compared(&run(1, old_ms), &run(2, new_ms))
    };
    let (same, slower, faster) = (two(1000.0, 1000.0), two(1000.0, 2000.0), two(2000.0, 1000.0));
    assert!(!same.rows[0].is_slower() && !same.rows[0].is_faster());
    assert!(slower.rows[0].is_slower() && faster.rows[0].is_faster());
    assert!(slower.rows.iter().chain(&same.rows).all(|row| row.is_slower_by(1.0).is_none()));
    assert_eq!(same.headline(), "No clear difference for Threads; too few trials for an interval");
    assert!(slower.headline().starts_with("NEW is slower under Threads (1.9"), "{}", slower.headline());
    assert!(same.sentences()[0].starts_with("An interval needs 6 trials in each run"), "{:?}", same.sentences());
}

#[test]
fn only_intervals_that_were_computed_are_said_to_miss() {
    let sentences = |trials| {
        let names = ["sequential", "threads", "thread-pool", "rayon", "async", "processes", "process-pool"];
        let names = names.into_iter().chain(["py-threads", "py-asyncio", "py-sequential"]);
        let models: Vec<(&str, f64)> = names.map(|name| (name, 100.0)).collect();
        let run = |seed| noisy(seed, trials, 0.01, &models);
        let comparison = compared(&run(1), &run(2));
        assert_eq!(comparison.rows.len(), 10);
        let mut all = comparison.sentences();
        all.push(comparison.headline());
        all.join("\n")
    };
    let (few, enough) = (sentences(3), sentences(6));
    assert!(!few.contains("can be expected to miss"), "{few}");
    assert!(few.contains("(geometric mean; too few trials for an interval)"), "{few}");
    assert!(few.contains("No clear difference in any of 10 comparisons; too few trials for an interval"), "{few}");
    assert!(enough.contains("Of 10 intervals of 95 %, about 0.5 can be expected to miss the true ratio."), "{enough}");
}

fn one(workload: Workload) -> RunResults {
    Synthetic::new(workload, &["sequential", "threads"]).results.into()
}

#[test]
fn another_nominal_workload_is_refused_with_the_difference() {
    let base = || workload_alike(8, 1.0, 50.0);
    let refused = |old: Workload, new: Workload| {
        let error = check(&one(old), &one(new)).expect_err("another workload");
        error.to_string()
    };
    assert_eq!(refused(base(), workload_alike(9, 1.0, 50.0)), "the number of tasks differs: 8 in OLD, 9 in NEW");
    assert_eq!(refused(base(), workload_alike(8, 2.0, 50.0)), "step 1 differs: ms is 1 in OLD, 2 in NEW");
    assert_eq!(refused(base(), workload_alike(8, 0.0, 50.0)), "the number of steps differs: 2 in OLD, 1 in NEW");
    let kernel = workload_of(8, vec![Step::Compute { ms: 1.0, kernel: Kernel::Sha256 }, Step::wait(50.0)]);
    assert_eq!(refused(base(), kernel), "step 1 differs: kernel is splitmix in OLD, sha256 in NEW");
    let swapped = workload_of(8, vec![Step::wait(50.0), Step::wait(50.0)]);
    assert_eq!(refused(base(), swapped), "step 1 differs: \"compute 1 ms\" in OLD, \"wait 50 ms\" in NEW");
    let workers = refused(base(), Workload { workers: Some(5.into()), ..base() });
    assert_eq!(workers, "the number of workers differs: one per CPU in OLD, 5 in NEW");
    let in_flight = refused(Workload { in_flight: Some(5), ..base() }, base());
    assert_eq!(in_flight, "the most tasks at once differ: 5 in OLD, no limit in NEW");
    let work = refused(base(), Workload { work: Work::SameAlgorithm, ..base() });
    assert_eq!(work, "what is the same on all hosts differs: same-time in OLD, same-algorithm in NEW");
    let payload = Some(crate::workload::Payload { input_bytes: 1_000, ..Default::default() });
    let payload = refused(base(), Workload { payload, ..base() });
    assert_eq!(payload, "the payload differs: none in OLD, each task is given 1 kB in NEW");
    let ticker = refused(base(), Workload { ticker: true, ..base() });
    assert_eq!(ticker, "a ticker runs beside the work in NEW only");
    let spread = crate::workload::DurationDistribution::Uniform { percent: 50.0 };
    let spread = refused(base(), Workload { spread, ..base() });
    assert_eq!(spread, "the spread of the durations differs: constant in OLD, uniform, 50 % in NEW");
    assert_eq!(
        check(&one(base()), &one(Workload { workers: Some(2.into()), ..base() })),
        Ok(()),
        "two CPUs are two workers"
    );
    let other: RunResults = Synthetic::new(base(), &["async"]).results.into();
    assert_eq!(check(&one(base()), &other), Err(NotComparable::NoCommonContender));
}

/// A sweep whose every point has six rounds of one model.
fn sweep(text: &str, wall_ms: f64) -> RunResults {
    let mut experiment = (*Synthetic::new(workload_alike(8, 1.0, 50.0), &["threads"]).results.experiment).clone();
    experiment.sweep = Some(Sweep::parse(text).expect("a sweep"));
    let mut run = RunResults::new(Arc::new(experiment), &Arc::default(), 1);
    let trials = noisy(1, 6, 0.0, &[("threads", wall_ms)]).points.remove(0).trials;
    for point in 0..run.points.len() {
        for trial in &trials {
            let trial = crate::trial::Trial { point: point as u32, ..trial.clone() };
            run.apply(SessionEvent::TrialFinished(Box::new(trial)));
        }
    }
    run.apply(SessionEvent::Machine(Arc::new(machine())));
    run
}

#[test]
fn points_of_sweeps_are_matched_by_their_value() {
    let comparison = compared(&sweep("tasks=1,2,4", 100.0), &sweep("tasks=4,2,8", 110.0));
    let names: Vec<String> = comparison.rows.iter().map(ContenderChange::name).collect();
    assert_eq!(names, ["Threads at 4 tasks", "Threads at 2 tasks"]);
    assert_eq!(comparison.unmatched_sentences(), ["Tasks 1 is only in OLD", "Tasks 8 is only in NEW"]);
    assert!(comparison.rows.iter().all(ContenderChange::is_slower));
    let refused = |old: &RunResults, new: &RunResults| check(old, new).expect_err("refused").to_string();
    let old = sweep("tasks=1,2", 1.0);
    assert_eq!(refused(&old, &sweep("tasks=4,8", 1.0)), "the two sweeps of tasks have no value in common");
    let other = refused(&old, &sweep("workers=1,2", 1.0));
    assert_eq!(other, "the swept settings differ: tasks in OLD, workers in NEW");
    assert_eq!(refused(&old, &one(workload_alike(8, 1.0, 50.0))), "OLD is a sweep and the other run is not");
    let by_range = compared(&sweep("step.1.ms=1..100/3log", 1.0), &sweep("step.1.ms=1,10,100", 1.0));
    assert_eq!(by_range.rows.len(), 3, "a range rounds");
}

fn with_speed(run: &mut RunResults, nanos_per_unit: f64) {
    let calibration = Calibration { kernel: Kernel::Splitmix, nanos_per_unit, wall_over_cpu: 1.0 };
    let mut calibrations = HostCalibrations::default();
    calibrations.put(&crate::model::Host::Rust, Calibrations::from(vec![calibration]));
    run.apply(SessionEvent::Calibrated { calibrations });
}

#[test]
fn differences_of_the_environment_come_as_a_list() {
    let run = || {
        let mut run = RunResults::from(
            Synthetic::new(workload_alike(8, 1.0, 0.0), &["threads", "py-threads"])
                .rounds(7, 0.01, &[("threads", 500.0, 8, 1.0), ("py-threads", 900.0, 8, 1.0)])
                .results,
        );
        run.points[0].outcome = Some(Outcome::Done);
        run
    };
    let (mut old, mut new) = (run(), run());
    assert_eq!(compared(&old, &new).differences, []);
    (new.points[0].outcome, new.points[0].rounds) = (Some(Outcome::Cancelled), Some(9));
    let ended: Vec<String> = compared(&old, &new).differences.iter().map(ToString::to_string).collect();
    assert!(ended.contains(&"NEW was cancelled with 7 of 9 rounds made".to_owned()), "{ended:?}");
    (new.points[0].outcome, new.points[0].rounds) = (Some(Outcome::Done), Some(7));
    new.points[0].started_at_ms -= 1;
    let reversed = compared(&old, &new).sentences();
    assert!(reversed[0].starts_with("OLD was started after NEW"), "{reversed:?}");
    new.points[0].started_at_ms += 1;
    with_speed(&mut old, 1.0);
    with_speed(&mut new, 1.012);
    let near = compared(&old, &new);
    assert!(near.differences.is_empty() && !near.amounts_differ);
    let sentences = near.sentences().join(" ");
    assert!(sentences.contains("Machine, system, lab version and settings are recorded alike"), "{sentences}");
    assert!(sentences.contains("the calibration by up to 1.2 % between them"), "{sentences}");
    with_speed(&mut new, 1.0);
    let shared = compared(&old, &new).sentences().join(" ");
    assert!(!shared.contains("the calibration by"), "{shared}");
    with_speed(&mut new, 1.05);
    let mut after = machine();
    after.cpu = Some("Other CPU".to_owned());
    after.cpus.usable = 4;
    after.governor = Some("powersave".to_owned());
    after.lab_version = "2.0.0".to_owned();
    after.debug_build = true;
    after.memory_bytes = Some(8_000_000_001);
    let point = &mut new.points[0];
    point.machine = Some(Arc::new(after));
    let experiment = Arc::make_mut(&mut point.experiment);
    experiment.workload.seed = 7;
    new.experiment = Arc::clone(&point.experiment);
    for (run, version) in [(&mut old, "3.11.7"), (&mut new, "3.11.9")] {
        for trial in &mut run.points[0].trials {
            if trial.contender.host.is_python() {
                trial.measured.as_mut().expect("completed").runtime = Some(Runtime {
                    version: version.to_owned(),
                    gil: true,
                    start_method: None,
                    gil_wait_error_nanos: None,
                    external: None,
                    gil_wait_asleep_nanos: None,
                });
            }
        }
    }
    for trial in &mut new.points[0].trials {
        let background = trial.background.as_mut().expect("built with one");
        background.busy_nanos += background.wall_nanos * 2 / 10;
    }
    let comparison = compared(&old, &new);
    let lines: Vec<String> = comparison.differences.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!("differences", lines.join("\n"));
    insta::assert_snapshot!("sentences", comparison.sentences().join("\n"));
    old.points[0].machine = None;
    let unknown = compared(&old, &new).differences[0].to_string();
    assert_eq!(unknown, "Machine of OLD: not recorded");
}

#[test]
fn what_can_not_be_compared_is_listed_with_its_reason() {
    let build = |models: &[&str], own: &str| {
        let rows = models.iter().map(|name| (*name, 500.0, 8, 1.0)).collect::<Vec<_>>();
        let names: Vec<&str> = models.iter().copied().chain([own]).collect();
        Synthetic::new(workload_alike(8, 0.0, 50.0), &names).rounds(6, 0.0, &rows)
    };
    let mut old = build(&["async", "threads", "rayon"], "sequential");
    let mut new = build(&["async", "threads", "rayon"], "process-pool");
    new.adjust("threads", |measured| measured.counted = Some(Counted { expected: 9, got: 5 }));
    old.results.trials.retain(|trial| trial.contender.to_string() != "rayon");
    old.failed("rayon", 1, Status::Failed, "no memory");
    new.failed("async", 7, Status::Failed, "no memory");
    let comparison = compared(&old.results.into(), &new.results.into());
    assert_eq!(comparison.rows.len(), 1);
    assert_eq!(comparison.rows[0].costs(), ["1 of 7 trials did not complete in NEW"]);
    insta::assert_snapshot!("unmatched", comparison.unmatched_sentences().join("\n"));
}

#[test]
fn costs_are_stated_where_they_clearly_differ() {
    let build = |cores: f64| {
        let rows = [("threads", 500.0, 8, cores)];
        Synthetic::new(workload_alike(8, 0.0, 50.0), &["threads"]).rounds(8, 0.01, &rows)
    };
    let (old, mut new) = (build(0.5), build(1.0));
    new.adjust("threads", |measured| measured.peak_memory_bytes = Some(6_004_096));
    let comparison = compared(&old.results.clone().into(), &new.results.into());
    let row = &comparison.rows[0];
    assert_eq!(row.costs(), ["CPU time 2.00 times", "peak memory 2.00 times"]);
    assert!(row.sentence().starts_with("Threads: 500 ms in OLD, 500 ms in NEW, "), "{}", row.sentence());
    let same = compared(&old.results.clone().into(), &old.results.into());
    assert!(same.rows[0].costs().is_empty() && same.rows[0].finding_words() == "no detectable difference");
}

#[test]
fn drift_within_a_run_limits_what_is_attributed() {
    let mut run = noisy(1, 10, 0.0, &[("threads", 500.0)]);
    for trial in &mut run.points[0].trials {
        let measured = trial.measured.as_mut().expect("completed");
        measured.wall_nanos = (measured.wall_nanos as f64 * (1.0 + 0.01 * f64::from(trial.round))) as u64;
    }
    let comparison = compared(&noisy(2, 10, 0.0, &[("threads", 500.0)]), &run);
    let drift = comparison.drift.within_new.expect("ten rounds");
    assert!((drift - 0.0485).abs() < 0.001 && comparison.drift.within_old == Some(0.0), "{:?}", comparison.drift);
    assert!(comparison.sentences().join(" ").contains("A difference below 4.9 % can't be attributed"));
}
