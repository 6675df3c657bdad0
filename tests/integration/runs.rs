//! Real runs in real runner processes. Asserts properties that hold on every machine, never milliseconds.

use crate::common::{compute, experiment, run, wait};
use concurrency_lab::experiment::TrialCount;
use concurrency_lab::model::ModelId;
use concurrency_lab::results::Results;
use concurrency_lab::session::Outcome;
use concurrency_lab::trial::{Status, Trial};
use concurrency_lab::workload::{DurationDistribution, Kernel, ListedTask, Payload, PayloadKind, Step, Tasks};

fn all() -> Vec<ModelId> {
    ModelId::all().filter(|model| !model.is_python()).collect()
}

fn trial(results: &Results, model: ModelId) -> &Trial {
    results.trials.iter().find(|trial| trial.contender.model == model).expect("every model ran")
}

fn wall_ms(results: &Results, model: ModelId) -> f64 {
    let trial = trial(results, model);
    trial.completed().unwrap_or_else(|| panic!("{}: {:?}", model.name(), trial.failure)).wall_nanos as f64 / 1e6
}

#[test]
fn the_worker_that_is_held_up_gets_fewer_tasks_and_the_figure_says_so() {
    // One task of 1.5 s and nineteen of 5 ms: one worker does the long one, the other all else.
    let task = |number: u32| ListedTask {
        name: number.to_string(),
        compute_ms: 0.0,
        wait_ms: if number == 0 { 1500.0 } else { 5.0 },
    };
    let models = [ModelId::Sequential, ModelId::ThreadPool, ModelId::ProcessPool];
    let mut listed = experiment(1, Vec::new(), &models);
    listed.workload.tasks = Tasks::List((0..20).map(task).collect::<Vec<_>>().into());
    let results = run(listed);
    let analysis = concurrency_lab::analysis::analyse(&results);
    for summary in &analysis.summaries {
        let spans =
            trial(&results, summary.contender.model).completed().expect("completed").spans.load().expect("there");
        let of_worker = |worker: u32| spans.tasks.iter().filter(|span| span.worker == worker).count();
        let counts = (of_worker(0).min(of_worker(1)), of_worker(0).max(of_worker(1)));
        let expected = (summary.contender.model != ModelId::Sequential).then_some(1.0 / 19.0);
        assert_eq!(summary.fairness, expected, "{}: {counts:?}", summary.contender);
        if expected.is_some() {
            assert_eq!(counts, (1, 19), "{}", summary.contender);
        }
    }
}

#[test]
fn every_model_does_the_same_work_and_records_every_task() {
    let steps = vec![compute(0.3), wait(0.5), Step::Compute { ms: 0.1, kernel: Kernel::Sha256 }];
    let mut experiment = experiment(23, steps, &all());
    experiment.workload.spread = DurationDistribution::Exponential;
    let results = run(experiment);
    assert_eq!(results.outcome, Some(Outcome::Done));
    assert_eq!(results.trials.len(), 9);
    let mut checksums = Vec::new();
    for trial in &results.trials {
        let name = trial.contender.to_string();
        let measured = trial.completed().unwrap_or_else(|| panic!("{name}: {:?}", trial.failure));
        checksums.push(measured.checksum);
        let spans = measured.spans.load().expect("in memory");
        assert_eq!(spans.tasks.len(), 23, "{name}");
        for (task, span) in spans.tasks.iter().enumerate() {
            assert!(span.submitted <= span.started && span.started <= span.finished, "{name}: {span:?}");
            assert!(span.finished <= measured.wall_nanos, "{name}: task {task} ends after the clock: {span:?}");
            let intervals: Vec<_> = spans.step_intervals(task).collect();
            assert_eq!(intervals.len(), 3, "{name}");
            assert!(intervals[0].1 >= span.started && intervals[1].1 <= span.finished, "{name}: {intervals:?}");
        }
        assert!(measured.usage.cpu_nanos().is_some_and(|nanos| nanos > 0), "{name}");
        assert!(measured.peak_memory_bytes.is_some_and(|bytes| bytes > 500_000), "{name}");
    }
    assert!(checksums.iter().all(|sum| *sum == checksums[0]), "{checksums:x?}");
}

#[test]
fn a_pool_has_all_tasks_before_the_first_one_ends() {
    let models = [ModelId::ThreadPool, ModelId::Rayon, ModelId::AsyncBlocking, ModelId::ProcessPool];
    let with_data = Payload { input_bytes: 1_000, output_bytes: 0, kind: PayloadKind::Bytes };
    for payload in [None, Some(with_data)] {
        let mut experiment = experiment(12, vec![wait(20.0)], &models);
        experiment.workload.payload = payload;
        for trial in &run(experiment).trials {
            let spans = trial.completed().expect("completed").spans.load().expect("in memory");
            let first_end = spans.tasks.iter().map(|span| span.finished).min().expect("tasks");
            let late = spans.tasks.iter().filter(|span| span.submitted > first_end).count();
            assert_eq!(late, 0, "{} {payload:?}: a queue would seem to be short", trial.contender);
        }
    }
}

#[test]
fn the_cost_of_the_labs_stamps_is_measured_in_the_same_run() {
    let results = run(experiment(20_000, vec![], &[ModelId::Sequential, ModelId::ThreadPool, ModelId::ProcessPool]));
    for trial in &results.trials {
        let (name, measured) = (trial.contender.to_string(), trial.completed().expect("completed"));
        let stamp = measured.stamp_nanos.expect("measured");
        let first = measured.first_stamp_nanos.expect("measured");
        assert!(stamp > 0.0 && first >= stamp / 2.0, "{name}: {stamp} ns, the first {first} ns");
        // Every task was recorded within the clock. The bounds are wide, since the machine may be busy at either time.
        assert!(stamp * 20_000.0 < 3.0 * measured.wall_nanos as f64, "{name}: {stamp} ns of {}", measured.wall_nanos);
    }
    // Without work, recording takes a large part of the loop's time.
    let measured = trial(&results, ModelId::Sequential).completed().expect("completed");
    let stamps = measured.stamp_nanos.expect("measured") * 20_000.0;
    assert!(stamps > 0.1 * measured.wall_nanos as f64, "{stamps} ns of {}", measured.wall_nanos);
}

#[test]
fn another_seed_gives_another_checksum() {
    let one = run(experiment(5, vec![compute(0.1)], &[ModelId::Sequential]));
    let mut other = experiment(5, vec![compute(0.1)], &[ModelId::Sequential]);
    other.workload.seed = 8;
    let other = run(other);
    let checksum = |results: &Results| results.trials[0].completed().expect("ran").checksum;
    assert_ne!(checksum(&one), checksum(&other));
}

#[test]
fn waiting_overlaps_as_far_as_the_model_allows() {
    let mut experiment = experiment(8, vec![wait(60.0)], &all());
    experiment.trials.count = TrialCount::Fixed(3);
    let results = run(experiment);
    // 8 waits of 60 ms: 480 ms in turn, half of it two at a time, an eighth all at once. A wait is never shorter than
    // requested, and may be longer on a busy machine: the least of three trials shows what the model allows.
    let least_ms = |model: ModelId| {
        let trials = results.trials.iter().filter(|trial| trial.contender.model == model);
        let walls = trials.map(|trial| trial.completed().expect("completed").wall_nanos as f64 / 1e6);
        walls.fold(f64::INFINITY, f64::min)
    };
    let in_turn = least_ms(ModelId::Sequential);
    assert!(in_turn >= 480.0, "{in_turn}");
    for model in [ModelId::ThreadPool, ModelId::Rayon, ModelId::AsyncBlocking, ModelId::ProcessPool] {
        let ms = least_ms(model);
        assert!(ms >= 240.0 && ms < 0.8 * in_turn, "{}: {ms} of {in_turn}", model.name());
    }
    for model in [ModelId::Threads, ModelId::Async, ModelId::AsyncMulti, ModelId::Processes] {
        let ms = least_ms(model);
        assert!(ms >= 60.0 && ms < 0.4 * in_turn, "{}: {ms} of {in_turn}", model.name());
    }
}

#[test]
fn a_cap_on_tasks_in_flight_is_kept() {
    let models = [ModelId::Threads, ModelId::Async, ModelId::AsyncMulti, ModelId::Processes];
    let mut experiment = experiment(9, vec![wait(30.0)], &models);
    experiment.workload.in_flight = Some(3);
    let results = run(experiment);
    for model in models {
        let measured = trial(&results, model).completed().expect("ran");
        // For processes a task ends before its process is reaped: never more than the cap at once.
        assert!(
            measured.span_summary.peak_in_flight <= 3,
            "{}: {}",
            model.name(),
            measured.span_summary.peak_in_flight
        );
        assert!(wall_ms(&results, model) >= 90.0, "{}", model.name());
    }
}

#[test]
fn empty_tasks_and_listed_tasks_run_under_every_model() {
    let results = run(experiment(50, vec![], &all()));
    for trial in &results.trials {
        assert_eq!(trial.status, Status::Completed, "{}: {:?}", trial.contender, trial.failure);
    }
    let mut listed = experiment(1, vec![], &all());
    let task = |name: &str, compute_ms, wait_ms| ListedTask { name: name.into(), compute_ms, wait_ms };
    listed.workload.tasks = Tasks::List(vec![task("A", 0.0, 20.0), task("B", 1.0, 30.0), task("C", 0.5, 0.0)].into());
    let results = run(listed);
    for trial in &results.trials {
        let name = trial.contender.to_string();
        let measured = trial.completed().unwrap_or_else(|| panic!("{name}: {:?}", trial.failure));
        let spans = measured.spans.load().expect("in memory");
        let length = |task: usize| spans.tasks[task].finished - spans.tasks[task].started;
        assert!(length(0) >= 20_000_000 && length(1) >= 30_000_000, "{name}");
    }
}

#[test]
fn the_warm_up_is_repeated_for_the_cpu_view_and_counts_in_no_result() {
    let mut experiment = experiment(4, vec![compute(2.0)], &[ModelId::Sequential, ModelId::ProcessPool]);
    experiment.trials.warmups = 1;
    let results = run(experiment);
    let (warm, measured): (Vec<&Trial>, Vec<&Trial>) = results.trials.iter().partition(|trial| trial.is_warmup());
    assert_eq!((warm.len(), measured.len()), (2, 2));
    for trial in warm {
        let passes = trial.completed().expect("ran").passes;
        assert!(passes > 10, "{}: {passes} passes of 8 ms in one second", trial.contender);
        assert!(!trial.cpu.is_empty(), "{}: a second has CPU samples", trial.contender);
    }
    assert!(measured.iter().all(|trial| trial.completed().is_some_and(|measured| measured.passes == 1)));
    let positions: Vec<u32> = results.trials.iter().map(|trial| trial.position).collect();
    assert_eq!(positions, [1, 2, 3, 4]);
}

#[test]
fn a_time_out_is_a_stated_failure_and_the_rest_goes_on() {
    let mut experiment = experiment(30, vec![wait(100.0)], &[ModelId::Sequential, ModelId::Async]);
    experiment.trials.timeout_seconds = 1.0;
    let results = run(experiment);
    let failed = trial(&results, ModelId::Sequential);
    assert_eq!(failed.status, Status::Failed);
    assert!(failed.reason().is_some_and(|reason| reason.contains("timed out after 1.00 s")), "{failed:?}");
    assert_eq!(trial(&results, ModelId::Async).status, Status::Completed);
}
