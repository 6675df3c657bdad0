//! Tests of what a sweep shows, on synthetic runs with a known truth.

use super::curve::Rounds;
use super::fit::{fit_amdahl, fit_usl};
use super::*;
use crate::analysis::RunAnalysis;
use crate::analysis::testing::{Noise, swept};
use crate::trial::Status;

fn scaling_of(run: &RunResults) -> Scaling {
    RunAnalysis::of(run).scaling.expect("a sweep")
}

fn sentences(scaling: &Scaling) -> String {
    std::iter::once(&scaling.headline).chain(&scaling.sentences).cloned().collect::<Vec<_>>().join("\n")
}

/// As on two cores: nothing is gained beyond two workers.
fn two_cores(model: &str, workers: f64) -> Option<f64> {
    Some(if model == "sequential" { 200.0 } else { 200.0 / workers.min(2.0) })
}

#[test]
fn the_knee_is_the_number_of_cores() {
    for rounds in [3, 10] {
        let run = swept("workers=1,2,4,8", &["sequential", "thread-pool"], rounds, 0.01, 7, two_cores);
        let scaling = scaling_of(&run);
        let [knee] = scaling.knees.as_slice() else { panic!("{:?}", scaling.knees) };
        assert_eq!((knee.point, knee.beyond.as_slice(), knee.slower.len()), (1, &[2, 3][..], 0), "{rounds} rounds");
        assert_eq!(scaling.headline, "Thread pool: 2 workers are enough; 4 and 8 gain nothing measurable.");
        let evidence = if rounds < 6 { "In 3 rounds a gain is told only if it is " } else { "In 10 rounds a gain of " };
        assert!(scaling.sentences[0].starts_with(evidence), "{}", scaling.sentences[0]);
    }
}

#[test]
fn a_disturbance_is_told_with_its_value_and_their_number() {
    let seconds = |model: &str, workers: f64| two_cores(model, workers).map(|ms| ms * 20.0);
    let mut run = swept("workers=1,2,4,8", &["sequential", "thread-pool"], 6, 0.01, 7, seconds);
    let mut disturb = |point: usize| {
        for background in run.points[point].trials.iter_mut().filter_map(|trial| trial.background.as_mut()) {
            background.busy_nanos += background.wall_nanos;
        }
        RunAnalysis::of(&run).disturbance().expect("disturbed")
    };
    for (point, extent) in [
        (2, "That is at 4 workers; 1 of 4 values is disturbed."),
        (1, "That is at 2 workers; 2 of 4 values are disturbed."),
    ] {
        let warning = disturb(point);
        assert!(warning.starts_with("Disturbed: other programs used ") && warning.ends_with(extent), "{warning}");
    }
}

#[test]
fn where_the_noise_hides_gains_no_number_is_called_enough() {
    let run = swept("workers=1,2,4,8", &["sequential", "thread-pool"], 8, 0.3, 7, two_cores);
    let scaling = scaling_of(&run);
    assert!(!sentences(&scaling).contains("enough"), "{}", sentences(&scaling));
    let headline = "Thread pool: 8 rounds can't tell whether anything beyond ";
    assert!(scaling.headline.starts_with(headline), "{}", scaling.headline);
}

#[test]
fn more_cpu_time_beyond_the_knee_is_said() {
    let mut run = swept("workers=1,2,4", &["sequential", "thread-pool"], 10, 0.005, 3, two_cores);
    let last = &mut run.points[2];
    for trial in last.trials.iter_mut().filter(|trial| trial.contender.to_string() == "thread-pool") {
        let usage = &mut trial.measured.as_mut().expect("completed").usage;
        usage.user_nanos = usage.user_nanos.map(|nanos| nanos * 2 * 112 / 100);
    }
    for trial in run.points[1].trials.iter_mut().filter(|trial| trial.contender.to_string() == "thread-pool") {
        let usage = &mut trial.measured.as_mut().expect("completed").usage;
        usage.user_nanos = usage.user_nanos.map(|nanos| nanos * 2);
    }
    let scaling = scaling_of(&run);
    let text = sentences(&scaling);
    assert!(
        text.contains("Compared with 2 workers, Thread pool takes 12 % more CPU time with 4 workers, medians of"),
        "{text}"
    );
}

#[test]
fn where_more_still_gains_there_is_no_knee_before_the_end() {
    let perfect = |model: &str, workers: f64| Some(if model == "sequential" { 800.0 } else { 800.0 / workers });
    let run = swept("workers=1,2,4,8", &["sequential", "thread-pool"], 6, 0.005, 5, perfect);
    let scaling = scaling_of(&run);
    assert!(
        scaling.headline.contains("8 workers was the most that was measured, and the fastest"),
        "{}",
        scaling.headline
    );
}

fn usl_wall(workers: f64, (lambda, sigma, kappa): (f64, f64, f64), tasks: f64) -> f64 {
    let throughput = lambda * workers / (1.0 + sigma * (workers - 1.0) + kappa * workers * (workers - 1.0));
    tasks / throughput * 1e9
}

#[test]
fn the_universal_scalability_law_is_recovered_within_five_percent() {
    let workers = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0];
    let truth = (1_000.0, 0.05, 0.002);
    let mut random = Noise::new(11);
    let walls: Vec<Rounds> = workers
        .iter()
        .map(|n| (1..=15).map(|round| (round, usl_wall(*n, truth, 500.0) * random.factor(0.003))).collect())
        .collect();
    let fitted = fit_usl(&workers, &walls.iter().collect::<Vec<_>>(), 500.0).expect("fits").law;
    for (name, found, truth) in
        [("λ", fitted.lambda, truth.0), ("σ", fitted.sigma, truth.1), ("κ", fitted.kappa, truth.2)]
    {
        assert!((found.value / truth - 1.0).abs() < 0.05, "{name}: {found:?}, not {truth}");
        let (low, high) = found.ci95;
        assert!(low <= truth && truth <= high, "{name}: {found:?}, not {truth}");
    }
    assert!((fitted.peak().expect("κ > 0") / 21.8 - 1.0).abs() < 0.05);
}

#[test]
fn amdahls_law_is_recovered_and_refused_where_cores_end() {
    let workers = [1.0, 2.0, 4.0, 8.0];
    let rounds = |wall: &dyn Fn(f64) -> f64| -> Vec<Rounds> {
        let mut random = Noise::new(13);
        let at = |n: &f64| (1..=10).map(|round| (round, wall(*n) * random.factor(0.003))).collect();
        workers.iter().map(at).collect()
    };
    let serial = rounds(&|n| 1e9 * (0.1 + 0.9 / n));
    let fitted = fit_amdahl(&workers, &serial.iter().collect::<Vec<_>>()).expect("fits").law.serial;
    assert!((fitted.value / 0.1 - 1.0).abs() < 0.05, "{fitted:?}");
    let parallel = rounds(&|n| 1e9 / n);
    let fitted = fit_amdahl(&workers, &parallel.iter().collect::<Vec<_>>()).expect("fits").law.serial;
    assert!(fitted.value < 0.005 && fitted.ci95.0 == 0.0, "no serial part: {fitted:?}");
    let superlinear = rounds(&|n| 1e9 / n.powf(1.02));
    let fitted = fit_amdahl(&workers, &superlinear.iter().collect::<Vec<_>>()).expect("fits").law.serial;
    assert_eq!(fitted.value, 0.0, "caches grow with the cores");
    let capped = rounds(&|n| 1e9 / n.min(2.0));
    let refused = fit_amdahl(&workers, &capped.iter().collect::<Vec<_>>());
    assert!(matches!(refused, Err(FitProblem::Residual { .. })), "{refused:?}");
    let few = fit_usl(&workers[..2], &capped[..2].iter().collect::<Vec<_>>(), 20.0);
    assert_eq!(few, Err(FitProblem::FewPoints { points: 2, needed: 4 }));
}

#[test]
fn a_crossover_lies_within_its_interval_in_95_of_100_repetitions() {
    // Threads cost 0.1 ms to start and take the value; processes cost 1.6 ms and take half of it: they meet at 3 ms.
    let wall = |model: &str, value: f64| Some(20.0 * if model == "threads" { 0.1 + value } else { 1.6 + value / 2.0 });
    let (mut covered, mut found) = (0, 0);
    for seed in 0..100 {
        let run = swept("task_ms=0.5..20/6log", &["threads", "processes"], 10, 0.01, seed, wall);
        let curves: Vec<Curve> = run.experiment.models.iter().map(|one| Curve::of(&run, one)).collect();
        let crossovers = crossover::crossovers(&run, false, &curves);
        let [one] = crossovers.as_slice() else { continue };
        found += 1;
        assert_eq!((one.below.to_string().as_str(), one.above.to_string().as_str()), ("threads", "processes"));
        let (low, high) = one.ci95.expect("ten rounds");
        covered += i32::from((low..=high).contains(&3.0));
        assert!(high / low < 2.0, "{one:?}");
    }
    assert!(found >= 98 && covered >= 95, "{covered} of {found}");
}

#[test]
fn a_crossover_is_a_sentence() {
    let wall = |model: &str, value: f64| Some(20.0 * if model == "threads" { 0.1 + value } else { 1.6 + value / 2.0 });
    let run = swept("task_ms=1,2,4,8", &["threads", "processes"], 10, 0.01, 1, wall);
    let scaling = scaling_of(&run);
    let text = sentences(&scaling);
    assert!(text.contains("Threads are faster than Processes below "), "{text}");
    assert!(text.contains(" a task, Processes above it (95 % "), "{text}");
    assert!(text.contains("Fastest at 1 ms to 2 ms a task: Threads; at "), "{text}");
}

#[test]
fn a_crossover_of_counts_has_whole_numbers() {
    let wall = |model: &str, value: f64| Some(if model == "sequential" { 10.0 * value } else { 12.0 + value });
    let run = swept("tasks=1,2,4,8", &["sequential", "async"], 10, 0.005, 1, wall);
    let text = sentences(&scaling_of(&run));
    assert!(text.contains("Sequential is faster than Async at 1 task, Async from 2 tasks on."), "{text}");
    let apart = swept("tasks=1,8,64", &["sequential", "async"], 10, 0.005, 1, |model, value| {
        Some(if model == "sequential" { 10.0 * value } else { 38.0 + value })
    });
    let text = sentences(&scaling_of(&apart));
    assert!(text.contains("Sequential is faster than Async up to 4 tasks, Async from 5 tasks on (95 % "), "{text}");
    let interval = text.split("on (95 % ").nth(1).and_then(|rest| rest.split(')').next()).expect("an interval");
    assert!(!interval.contains('.'), "{interval}");
}

#[test]
fn a_lead_is_claimed_only_at_values_where_it_is_clear() {
    // Level from 2 to 8: the medians cross somewhere there, and no value shows a lead.
    let wall = |model: &str, value: f64| {
        let level = (2.0..=8.0).contains(&value);
        let leads = level || (model == "sequential") == (value < 2.0);
        Some(10.0 * value * if leads { 1.0 } else { 2.0 })
    };
    let run = swept("tasks=1,2,4,8,16,32", &["sequential", "async"], 10, 0.01, 3, wall);
    let text = sentences(&scaling_of(&run));
    let expected =
        "Sequential is faster than Async at 1 task, Async at 16 to 32 tasks, and neither clearly at the other values";
    assert!(text.contains(expected), "{text}");
    assert!(!text.contains("below") && text.contains("at 2 to 8 tasks: "), "{text}");
    assert!(text.contains(" Where several are named, the rounds don't tell which."), "{text}");
}

#[test]
fn leaders_of_many_values_are_counted() {
    let wall = |model: &str, value: f64| {
        let leads = match model {
            "sequential" => value % 3.0 == 0.0,
            "threads" => value % 3.0 == 1.0,
            _ => value % 3.0 == 2.0,
        };
        Some(if leads { 10.0 } else { 20.0 })
    };
    let run = swept("tasks=1..20/20", &["sequential", "threads", "async"], 10, 0.005, 3, wall);
    let text = sentences(&scaling_of(&run));
    let expected = "The fastest, or not told apart from it: Threads at 7 of 20 values, Async at 7, Sequential at 6.";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn the_fastest_of_hosts_ranked_apart_are_those_of_one_host() {
    let wall = |model: &str, value: f64| Some(if model.contains("threads") { value } else { 2.0 * value });
    let models = ["sequential", "threads", "py-sequential", "py-threads"];
    let mut run = swept("task_ms=1,2,4", &models, 10, 0.005, 3, wall);
    let same_time = crate::workload::Work::SameTime;
    std::sync::Arc::make_mut(&mut run.experiment).workload.work = same_time;
    for point in &mut run.points {
        std::sync::Arc::make_mut(&mut point.experiment).workload.work = same_time;
    }
    let text = sentences(&scaling_of(&run));
    assert!(text.contains("Threads are the fastest of the Rust models at every value."), "{text}");
}

#[test]
fn many_values_are_counted() {
    let run = swept("tasks=1..30/30", &["sequential", "threads"], 3, 0.01, 1, |model, value| {
        (model == "sequential" || value < 11.0).then_some(value)
    });
    let text = sentences(&scaling_of(&run));
    assert!(text.contains("Threads failed at 11, 12 and 18 other values: "), "{text}");
}

#[test]
fn the_fastest_is_not_said_to_be_faster_than_a_model_that_failed() {
    let run = swept("tasks=10,100,1000", &["sequential", "async"], 6, 0.01, 1, |model, value| {
        (model == "async" || value < 100.0).then_some(if model == "async" { value } else { 3.0 * value })
    });
    let text = sentences(&scaling_of(&run));
    let wanted = "Async is the fastest at every value (of the models that completed a trial there).";
    assert!(text.contains(wanted), "{text}");
}

#[test]
fn a_model_alone_is_not_called_the_fastest() {
    let run = swept("tasks=10,100,1000", &["async"], 6, 0.0, 1, |_, value| (value < 1000.0).then_some(3.0 * value));
    let scaling = scaling_of(&run);
    assert_eq!(scaling.headline, "Async took 30.0 ms at 10 tasks and 300 ms at 100 tasks.");
    assert!(!sentences(&scaling).contains("astest"), "{}", sentences(&scaling));
}

#[test]
fn models_that_never_change_places_have_no_crossover() {
    let run = swept("tasks=10,100,1000", &["sequential", "async"], 6, 0.01, 1, |model, value| {
        Some(if model == "async" { value } else { 3.0 * value })
    });
    let scaling = scaling_of(&run);
    assert!(scaling.crossovers.is_empty() && scaling.knees.is_empty() && scaling.fits.is_empty());
    assert!(sentences(&scaling).contains("Async is the fastest at every value."), "{}", sentences(&scaling));
}

#[test]
fn points_beyond_a_limit_are_named_with_the_limit() {
    let run = swept("tasks=10,100,1000", &["sequential", "threads"], 3, 0.01, 1, |model, value| {
        (model == "sequential" || value < 1000.0).then_some(value)
    });
    let text = sentences(&scaling_of(&run));
    assert!(text.contains("Threads failed at 1,000: the system allows about 16,367 threads"), "{text}");
}

#[test]
fn each_value_is_told_with_its_own_reason() {
    use crate::failure::{Failure, TrialState};
    let told = |failure: fn(u32) -> Failure| {
        let mut run = swept("tasks=10,100,1000", &["sequential", "threads"], 3, 0.01, 1, |model, value| {
            (model == "threads" || value < 100.0).then_some(value)
        });
        for (point, tasks) in run.points.iter_mut().zip([10, 100, 1000]) {
            for trial in point.trials.iter_mut().filter(|trial| trial.failure.is_some()) {
                trial.failure = Some(failure(tasks));
            }
        }
        let all = sentences(&scaling_of(&run));
        all.split_inclusive(". ").filter(|one| one.contains("Sequential failed")).collect::<String>()
    };
    let text = told(|tasks| Failure::TimedOut {
        after_seconds: 2.0,
        state: TrialState::Running { done: tasks / 2, tasks, stalled_seconds: None },
    });
    let wanted =
        "Sequential failed at 100 and 1,000: timed out after 2.00 s; a longer time-out or less work may let it";
    assert!(text.contains(wanted), "{text}");
    let text = told(|_| Failure::TimedOut {
        after_seconds: 2.0,
        state: TrialState::Running { done: 50, tasks: 100, stalled_seconds: None },
    });
    assert!(text.contains("failed at 100 and 1,000: timed out after 2.00 s with about 50 of 100 tasks"), "{text}");
    let text = told(|tasks| Failure::TimedOut {
        after_seconds: 2.0,
        state: match tasks {
            100 => TrialState::Setup,
            _ => TrialState::Running { done: 50, tasks, stalled_seconds: Some(1.5) },
        },
    });
    let wanted = [
        "Sequential failed at 100: timed out after 2.00 s, while",
        "Sequential failed at 1,000: timed out after 2.00 s with about 50 of 1,000 tasks",
    ];
    assert!(wanted.iter().all(|wanted| text.contains(wanted)), "{text}");
}

#[test]
fn memory_per_task_is_a_slope() {
    let mut run = swept("tasks=1000,10000,100000", &["sequential", "async"], 8, 0.0, 1, |_, value| Some(value / 100.0));
    for point in &mut run.points {
        let tasks = point.point.as_ref().expect("a point").value;
        for trial in &mut point.trials {
            let wobble = f64::from(trial.round % 3 - 1) * 40_000.0;
            let measured = trial.measured.as_mut().expect("completed");
            let own = if trial.contender.to_string() == "async" { 464.0 * tasks } else { 0.0 };
            measured.peak_memory_bytes = Some((4_000_000.0 + own + wobble) as u64 + measured.record_bytes);
        }
    }
    let scaling = scaling_of(&run);
    let [slope] = scaling.memory.as_slice() else { panic!("{:?}", scaling.memory) };
    assert!((slope.bytes_per_task / 464.0 - 1.0).abs() < 0.01, "{slope:?}");
    assert!(slope.ci95.is_some_and(|(low, high)| low <= 464.5 && high >= 463.5), "{slope:?}");
}

#[test]
fn a_cancelled_trial_is_no_failed_one() {
    let mut run = swept("workers=1,2", &["sequential", "thread-pool"], 1, 0.01, 1, |model, workers| {
        (model == "sequential" || workers < 2.0).then_some(10.0)
    });
    for trial in run.points[1].trials.iter_mut().filter(|trial| trial.status == Status::Failed) {
        (trial.status, trial.failure) = (Status::Cancelled, None);
    }
    let text = sentences(&scaling_of(&run));
    assert!(!text.contains("failed"), "{text}");
}

#[test]
fn models_that_change_places_twice_are_faster_below_or_above_no_value() {
    let run = swept("tasks=1,10,100", &["threads", "processes"], 8, 0.005, 1, |model, value| {
        Some(if (model == "threads") == (value == 10.0) { 10.0 } else { 20.0 })
    });
    assert!(scaling_of(&run).crossovers.is_empty());
}

#[test]
fn all_models_with_workers_are_counted_only_where_all_have_completed() {
    let models = ["sequential", "thread-pool", "rayon", "async-multi", "process-pool"];
    let all = swept("workers=1,2,4", &models, 3, 0.005, 1, two_cores);
    assert!(
        scaling_of(&all).headline.starts_with("All 4 models with workers: 2 workers"),
        "{}",
        scaling_of(&all).headline
    );
    let one_failed = swept("workers=1,2,4", &models, 3, 0.005, 1, |model, workers| {
        two_cores(model, workers).filter(|_| model != "process-pool")
    });
    let headline = scaling_of(&one_failed).headline;
    assert!(headline.starts_with("Thread pool, Work stealing (rayon) and Async multi-thread: 2 workers"), "{headline}");
}

#[test]
fn one_measured_value_is_not_the_fastest_of_several() {
    // Threads have one value; the pool two without a round in common.
    let mut run = swept("workers=1,2,4", &["sequential", "thread-pool"], 3, 0.01, 1, |_, value| Some(100.0 / value));
    for (index, results) in run.points.iter_mut().enumerate() {
        results.trials.retain(|trial| trial.contender.model != crate::model::ModelId::ThreadPool || index == 2);
    }
    let text = sentences(&scaling_of(&run));
    assert!(!text.contains("the fastest.") && !text.contains("enough"), "{text}");
    let mut run = swept("workers=1,2,4", &["sequential", "thread-pool"], 3, 0.01, 1, |_, value| Some(100.0 / value));
    for (index, results) in run.points.iter_mut().enumerate() {
        results.trials.retain(|trial| {
            trial.contender.model != crate::model::ModelId::ThreadPool
                || trial.round == index as i32 + 1
                || trial.round < 1
        });
    }
    let text = sentences(&scaling_of(&run));
    assert!(!text.contains("measured, and the fastest") && !text.contains("enough"), "{text}");
}
