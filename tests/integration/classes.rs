//! Classes of tasks in real runs: every model does the same tasks, repeats the others beside them until they are done, and
//! leaves nothing running.

use std::sync::Arc;

use crate::common::{compute, experiment, python, run, run_on, wait};
use concurrency_lab::experiment::Experiment;
use concurrency_lab::experiment::capabilities::unavailable;
use concurrency_lab::model::{Contender, Family, ModelId};
use concurrency_lab::python::Interpreters;
use concurrency_lab::results::Results;
use concurrency_lab::session::Outcome;
use concurrency_lab::session::interpreters::{Wanted, find};
use concurrency_lab::trial::{Measured, Trial};
use concurrency_lab::workload::{Class, Classes, DurationDistribution, Lock, SectionWork, Step, Tasks, Work};

const REQUESTS: u32 = 24;

fn class(name: &str, tasks: u32, repeat: bool, workers: Option<u32>) -> Class {
    Class { name: name.into(), tasks, repeat, workers, steps: 0 }
}

/// Requests of two steps, reports of one, and computing that repeats, with the workers of the last two.
fn classes(reports: Option<u32>, computing: Option<Option<u32>>) -> Classes {
    let mut classes = Classes::default();
    let fetch = Step::http(1.0, 100);
    classes.push(class("Requests", REQUESTS, false, None), vec![compute(0.1), fetch]);
    classes.push(class("Reports", 5, false, reports), vec![wait(2.0)]);
    if let Some(workers) = computing {
        classes.push(class("Computing", 2, true, workers), vec![compute(0.3), wait(0.2)]);
    }
    classes
}

fn experiment_of(classes: Classes, models: &[ModelId]) -> Experiment {
    let mut all = experiment(1, Vec::new(), models);
    all.workload.tasks = Tasks::Classes(classes);
    all.workload.work = Work::SameAlgorithm;
    all
}

fn measured(trial: &Trial) -> &Measured {
    trial.completed().unwrap_or_else(|| panic!("{}: {:?}", trial.contender, trial.failure))
}

fn native(classes: &Classes) -> Vec<ModelId> {
    let sequential = |model: &ModelId| model.info().family == Family::Sequential;
    ModelId::all().filter(|model| !(model.is_python() || classes.repeats() && sequential(model))).collect()
}

/// Checks what holds under every model; returns the checksums.
fn check(results: &Results, classes: &Classes) -> Vec<u64> {
    assert_eq!(results.outcome, Some(Outcome::Done));
    let of_trial = |trial: &Trial| {
        let (name, measured) = (trial.contender.to_string(), measured(trial));
        let spans = measured.spans.load().expect("in memory");
        assert_eq!(spans.task_count(), classes.task_count() as usize, "{name}");
        for (class, (wanted, found)) in classes.list.iter().zip(&measured.span_summary.classes).enumerate() {
            let recorded = spans.classes.of.iter().filter(|of| usize::from(**of) == class).count() as u64;
            assert_eq!(found.recorded, recorded, "{name}: {}", wanted.name);
            if wanted.repeat {
                assert!(found.done >= 1, "{name}: {} never repeated", wanted.name);
                assert!(found.done >= recorded, "{name}: {found:?}");
            } else {
                assert_eq!((found.done, recorded), (u64::from(wanted.tasks), u64::from(wanted.tasks)), "{name}");
            }
        }
        for (task, span) in spans.tasks.iter().enumerate() {
            assert!(span.submitted <= span.started && span.started <= span.finished, "{name}: {span:?}");
            assert!(span.finished <= measured.wall_nanos, "{name}: task {task} ends after the clock: {span:?}");
            let steps = classes.list[spans.classes.class_of(task).expect("a class")].steps;
            let ends: Vec<u64> = spans.step_intervals(task).map(|(_, end)| end).collect();
            assert_eq!(ends.len(), steps, "{name}");
            assert!(ends.is_sorted() && ends.iter().all(|end| *end > 0), "{name}: {ends:?}");
        }
        measured.checksum
    };
    results.trials.iter().map(of_trial).collect()
}

fn all_equal(checksums: &[u64]) {
    assert!(checksums.iter().all(|sum| *sum == checksums[0]), "{checksums:x?}");
}

#[test]
fn every_model_does_the_same_tasks_beside_those_that_repeat() {
    for computing in [None, Some(None), Some(Some(2))] {
        let classes = classes(None, computing);
        let results = run(experiment_of(classes.clone(), &native(&classes)));
        assert_eq!(results.trials.len(), if computing.is_some() { 8 } else { 9 });
        // What repeats is no part of it: how often it ran differs.
        all_equal(&check(&results, &classes));
    }
}

#[test]
fn classes_with_workers_of_their_own_and_a_spread_do_the_same_tasks() {
    let classes = classes(Some(1), Some(Some(2)));
    let mut spread = experiment_of(classes.clone(), &native(&classes));
    spread.workload.spread = DurationDistribution::Exponential;
    spread.workload.in_flight = Some(3);
    let results = run(spread);
    all_equal(&check(&results, &classes));
    // On an event loop of one thread the waits of a class overlap.
    for trial in results.trials.iter().filter(|trial| !trial.contender.model.has_event_loop()) {
        let spans = measured(trial).spans.load().expect("in memory");
        let mut reports: Vec<_> =
            (spans.tasks.iter().zip(&spans.classes.of)).filter(|(_, of)| **of == 1).map(|(span, _)| span).collect();
        reports.sort_by_key(|span| span.started);
        // A process ends before it is reaped; apart from that one report begins when another has ended.
        for pair in reports.windows(2) {
            assert!(pair[1].started >= pair[0].finished, "{}: {pair:?}", trial.contender);
        }
    }
}

#[test]
fn all_classes_may_have_workers_of_their_own() {
    let mut classes = classes(Some(1), Some(Some(1)));
    classes.list[0].workers = Some(2);
    let results = run(experiment_of(classes.clone(), &native(&classes)));
    all_equal(&check(&results, &classes));
}

#[test]
fn more_repetitions_than_are_recorded_are_counted() {
    let mut classes = Classes::default();
    classes.push(class("Waits", 4, false, None), vec![wait(150.0)]);
    classes.push(class("Spinning", 1, true, Some(1)), vec![compute(0.001)]);
    let models = [ModelId::ThreadPool, ModelId::Rayon, ModelId::Threads];
    let results = run(experiment_of(classes.clone(), &models));
    check(&results, &classes);
    for trial in &results.trials {
        let spans = measured(trial).spans.load().expect("in memory");
        let one = &measured(trial).span_summary.classes[1];
        assert!(one.recorded <= 20_000, "{}: {one:?}", trial.contender);
        assert_eq!(spans.classes.dropped(), one.done - one.recorded, "{}", trial.contender);
    }
    let pool = &measured(&results.trials[0]).span_summary.classes[1];
    let rayon = &measured(&results.trials[1]).span_summary.classes[1];
    assert!(pool.done > 20_000 || rayon.done > 20_000, "{pool:?}, {rayon:?}");
}

#[test]
fn classes_share_a_lock_and_a_class_that_repeats_a_file() {
    let lock = |ms| Step::critical(ms, Lock::Mutex, 1, SectionWork::Wait);
    let mut classes = Classes::default();
    classes.push(class("Readers", 6, false, None), vec![lock(2.0)]);
    classes.push(class("Writers", 6, false, None), vec![wait(0.1), lock(2.0)]);
    classes.push(class("Log", 1, true, Some(1)), vec![Step::file(100, false)]);
    let results = run(experiment_of(classes.clone(), &native(&classes)));
    check(&results, &classes);
    for trial in &results.trials {
        // Twelve sections of 2 ms under one lock; a wait is never shorter than asked for.
        assert!(measured(trial).wall_nanos >= 24_000_000, "{}", trial.contender);
    }
}

fn python_models(all: &Experiment, interpreters: &Arc<Interpreters>) -> Vec<Contender> {
    let able = |one: &Contender| unavailable(one, all, interpreters).is_none();
    ModelId::all().filter(|model| model.is_python()).map(Contender::of).filter(able).collect()
}

#[test]
fn python_does_the_same_tasks_as_rust_beside_those_that_repeat() {
    let Some(interpreters) = python() else { return };
    for (reports, computing) in [(None, None), (None, Some(None)), (Some(1), Some(Some(2)))] {
        let classes = classes(reports, computing);
        let mut all = experiment_of(classes.clone(), &[ModelId::ThreadPool]);
        all.workload.spread = DurationDistribution::Uniform { percent: 50.0 };
        all.models.extend(python_models(&all, &interpreters));
        let models = all.models.len();
        assert!(models >= 6, "{models}");
        let results = run_on(all, &interpreters);
        assert_eq!(results.trials.len(), models);
        all_equal(&check(&results, &classes));
    }
}

#[test]
fn every_interpreter_repeats_tasks_in_every_way_that_it_starts_them() {
    if python().is_none() {
        return;
    }
    for one in &find(&Wanted::All).usable {
        let alone = Arc::new(Interpreters { usable: vec![one.clone()], ..Interpreters::default() });
        let classes = classes(None, Some(Some(2)));
        let mut all = experiment_of(classes.clone(), &[]);
        all.models = python_models(&all, &alone);
        let results = run_on(all, &alone);
        all_equal(&check(&results, &classes));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_time_out_and_a_cancel_leave_nothing_of_what_repeats() {
    use crate::common::marked::{Marked, signal};
    use crate::common::write_experiment;
    let mut classes = Classes::default();
    classes.push(class("Long", 2, false, None), vec![wait(60_000.0)]);
    classes.push(class("Computing", 2, true, Some(2)), vec![compute(1.0)]);
    let mut models = native(&classes);
    if python().is_some() {
        models.extend([ModelId::PyThreads, ModelId::PyProcesses, ModelId::PyProcessPool, ModelId::PyAsyncio]);
    }
    let folder = tempfile::tempdir().expect("a folder");
    for model in models {
        let mut long = experiment_of(classes.clone(), &[model]);
        long.trials.timeout_seconds = 1.0;
        let file = write_experiment(folder.path(), &long).display().to_string();
        let arguments = ["run", &file, "--no-save", "--progress", "none"];
        let (code, stdout, stderr) = Marked::start(&format!("late-{}", model.name()), &arguments).finish();
        assert_eq!(code, Some(1), "{}: {stdout}{stderr}", model.name());
        assert!(stdout.contains("timed out after 1.00 s"), "{}: {stdout}{stderr}", model.name());

        let arguments = ["run", &file, "--no-save", "--progress", "none", "--timeout", "60"];
        let lab = Marked::start(&format!("cancelled-{}", model.name()), &arguments);
        lab.wait_for_workers("__runner", 1);
        signal(lab.child.id() as i32, "-INT");
        let (code, stdout, stderr) = lab.finish();
        assert_eq!(code, Some(130), "{}: {stdout}{stderr}", model.name());
    }
}

#[test]
fn the_clock_ends_with_the_last_task_that_does_not_repeat_though_the_loop_is_busy() {
    let mut busy = Classes::default();
    busy.push(class("Waiting", 1, false, None), vec![wait(10.0)]);
    busy.push(class("Busy", 2, true, None), vec![compute(1.0)]);
    let results = run(experiment_of(busy.clone(), &[ModelId::Async, ModelId::AsyncMulti, ModelId::ThreadPool]));
    check(&results, &busy);
    for trial in &results.trials {
        let (name, measured) = (trial.contender.to_string(), measured(trial));
        let spans = measured.spans.load().expect("in memory");
        let ends_of = |wanted: u8| {
            let all = spans.tasks.iter().zip(&spans.classes.of).filter(move |(_, of)| **of == wanted);
            all.map(|(task, _)| task.finished).collect::<Vec<u64>>()
        };
        let end = ends_of(0).into_iter().max().expect("a task");
        let later = ends_of(1).into_iter().filter(|finished| *finished > end).count();
        assert!(later <= 2, "{name}: {later} repetitions ended after the last task and before the clock did");
    }
}
