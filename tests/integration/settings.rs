//! Contenders of one model with different settings, side by side in one run with real runners and interpreters.

use std::collections::BTreeSet;
use std::sync::Arc;

use concurrency_lab::cpus;
use concurrency_lab::experiment::Experiment;
use concurrency_lab::model::{Contender, ModelId, contenders};
use concurrency_lab::python::Interpreters;
use concurrency_lab::results::Results;
use concurrency_lab::session::interpreters::{self, Wanted};
use concurrency_lab::trial::{Measured, Status};
use concurrency_lab::workload::{Step, WorkerCount};

use crate::common::{compute, experiment, finish, program, python, run, skipped, start_on, wait};

fn of(count: u32, steps: Vec<Step>, names: &[&str]) -> Experiment {
    let models = contenders(names.iter().copied()).expect("known names");
    Experiment { reference: models[0].clone(), models, ..experiment(count, steps, &[ModelId::Sequential]) }
}

fn run_on(experiment: Experiment, interpreters: &Arc<Interpreters>) -> Results {
    let (mut results, session) = start_on(program(), experiment, Arc::clone(interpreters));
    finish(&mut results, &session);
    results
}

/// The measurement of a contender by its name, which must have completed.
fn measured<'a>(results: &'a Results, name: &str) -> &'a Measured {
    let wanted: Contender = name.parse().expect("a name");
    let is_wanted = |one: &Contender| one.model == wanted.model && one.settings == wanted.settings;
    let trial = results.trials.iter().find(|trial| is_wanted(&trial.contender)).unwrap_or_else(|| panic!("{name}"));
    assert_eq!(trial.status, Status::Completed, "{name}: {:?}", trial.reason());
    trial.measured.as_ref().expect("completed")
}

fn distinct_workers(measured: &Measured) -> usize {
    let spans = measured.spans.load().expect("in memory");
    spans.tasks.iter().map(|span| span.worker).collect::<BTreeSet<_>>().len()
}

#[test]
fn pools_of_different_sizes_run_side_by_side() {
    let names = [
        "thread-pool{workers=1}",
        "thread-pool{workers=6}",
        "rayon{workers=3}",
        "async-multi{workers=3}",
        "process-pool{workers=3}",
        "async-blocking{workers=4}",
    ];
    let results = run(of(12, vec![wait(20.0)], &names));
    for name in names {
        let expected = name.parse::<Contender>().expect("a name").settings.workers.and_then(WorkerCount::number);
        assert_eq!(measured(&results, name).workers, expected, "{name}");
    }
    let peak = |name| measured(&results, name).span_summary.peak_in_flight;
    assert_eq!((peak(names[0]), peak(names[1])), (1, 6));
    let sums: BTreeSet<u64> = names.iter().map(|name| measured(&results, name).checksum).collect();
    assert_eq!(sums.len(), 1, "the same work under every setting");
}

#[test]
fn a_limit_on_tasks_in_flight_holds_for_its_contender_alone() {
    let names = ["async{in_flight=3}", "async", "threads{in_flight=2}"];
    let results = run(of(10, vec![wait(30.0)], &names));
    let peak = |name| measured(&results, name).span_summary.peak_in_flight;
    assert_eq!((peak(names[0]), peak(names[1]), peak(names[2])), (3, 10, 2));
}

#[test]
fn chunks_of_rayon_keep_neighbours_on_one_thread() {
    let names = ["rayon{workers=2,chunk=50}", "rayon{workers=2,chunk=1}"];
    let results = run(of(100, vec![wait(1.0)], &names));
    let changes = |name| {
        let spans = measured(&results, name).spans.load().expect("in memory");
        spans.tasks.windows(2).filter(|pair| pair[0].worker != pair[1].worker).count()
    };
    // Two jobs of 50 tasks are never split.
    assert!(changes(names[0]) <= 1, "{}", changes(names[0]));
    assert_eq!(measured(&results, names[0]).checksum, measured(&results, names[1]).checksum);
}

#[test]
fn the_library_chooses_the_number_of_workers() {
    let names = ["rayon{workers=default}", "async-multi{workers=default}", "thread-pool{workers=default}"];
    let results = run(of(4, vec![wait(1.0)], &names));
    for name in names {
        assert_eq!(measured(&results, name).workers, Some(cpus::usable()), "{name}");
    }
    let mut general = of(4, vec![wait(1.0)], &["async-blocking", "thread-pool{workers=3}"]);
    general.workload.workers = Some(WorkerCount::Default);
    let results = run(general);
    assert_eq!(measured(&results, "async-blocking").workers, Some(512));
    assert_eq!(measured(&results, "thread-pool{workers=3}").workers, Some(3), "its own setting goes first");
}

#[test]
fn tasks_run_on_the_cpus_of_their_contender() {
    let Some(allowed) = cpus::allowed().filter(|all| all.cpus().len() > 1) else {
        return skipped("one CPU, or a system without affinity");
    };
    let last = allowed.cpus().last().copied().expect("two");
    let own = format!("{{cpus={last}}}");
    let names =
        ["threads", "thread-pool", "async-multi", "process-pool", "processes"].map(|model| format!("{model}{own}"));
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    names.push("threads");
    let mut experiment = of(40, vec![compute(1.0)], &names);
    experiment.workload.workers = None;
    let results = run(experiment);
    for name in &names[..5] {
        let spans = measured(&results, name).spans.load().expect("in memory");
        let cores: BTreeSet<Option<u32>> = spans.tasks.iter().map(|span| span.core).collect();
        assert_eq!(cores, BTreeSet::from([Some(last)]), "{name}");
    }
    assert_eq!(measured(&results, names[1]).workers, Some(1), "one worker per CPU that it may use");
    let analysis = concurrency_lab::analysis::analyse(&results);
    let ideal = |index: usize| analysis.summaries[index].ideal_nanos.expect("it computes");
    assert!((ideal(0) - results.nominal.compute_nanos).abs() < 1.0, "one CPU takes the whole sum");
    assert!(ideal(5) < ideal(0), "all CPUs take less");
}

#[test]
fn a_cpu_that_is_not_there_makes_the_contender_unavailable_with_the_reason() {
    if cpus::allowed().is_none() {
        return skipped("a system without affinity");
    }
    let results = run(of(2, vec![wait(1.0)], &["threads", "threads{cpus=8000}"]));
    let analysis = concurrency_lab::analysis::analyse(&results);
    assert_eq!(analysis.summaries[1].status, Some(Status::Unavailable));
    let reason = analysis.summaries[1].reason.clone().unwrap_or_default();
    assert!(reason.starts_with("CPU 8000 can't be used here: allowed are "), "{reason}");
    assert_eq!(analysis.summaries[0].status, Some(Status::Completed));
}

#[test]
fn start_methods_and_chunks_run_side_by_side() {
    let Some(python) = python() else { return };
    let names = [
        "py-processes{start_method=fork}",
        "py-processes{start_method=spawn}",
        "py-process-pool{start_method=forkserver,workers=2}",
        "py-process-pool{workers=2,chunk=10}",
    ];
    let results = run_on(of(20, vec![compute(0.5)], &names), &python);
    for (name, method) in names.iter().zip([Some("fork"), Some("spawn"), Some("forkserver"), None]) {
        let runtime = measured(&results, name).runtime.as_ref().expect("an interpreter");
        if let Some(method) = method {
            assert_eq!(runtime.start_method.as_deref(), Some(method), "{name}");
        }
    }
    let spans = measured(&results, names[3]).spans.load().expect("in memory");
    for chunk in spans.tasks.chunks(10) {
        let workers: BTreeSet<u32> = chunk.iter().map(|span| span.worker).collect();
        assert_eq!(workers.len(), 1, "a chunk is one call of one worker");
    }
    assert!(spans.tasks.iter().all(|span| span.submitted <= span.started));
}

#[test]
fn pools_of_python_have_as_many_workers_as_the_library_chooses() {
    let Some(python) = python() else { return };
    let names =
        ["py-thread-pool{workers=default}", "py-asyncio-threads{workers=default}", "py-process-pool{workers=default}"];
    let mut experiment = of(8, vec![wait(1.0)], &names);
    experiment.resolve_interpreters(&python);
    let machine = concurrency_lab::session::Machine::probe().cpus;
    let planned: Vec<u32> = experiment.models.iter().map(|one| one.workers(&experiment.workload, machine)).collect();
    let results = run_on(experiment, &python);
    for (name, planned) in names.iter().zip(planned) {
        assert_eq!(measured(&results, name).workers, Some(planned), "{name}");
    }
}

#[test]
fn the_switch_interval_is_that_of_its_contender() {
    let Some(python) = python() else { return };
    if !python.usable[0].gil {
        return skipped("the first CPython runs without the GIL");
    }
    let names = ["py-threads{switch_interval_ms=200}", "py-threads{switch_interval_ms=0.5}"];
    let results = run_on(of(2, vec![compute(100.0)], &names), &python);
    let runs = |name| {
        let spans = measured(&results, name).spans.load().expect("in memory");
        let overlap = spans.tasks[0].finished.min(spans.tasks[1].finished) as i64
            - spans.tasks[0].started.max(spans.tasks[1].started) as i64;
        overlap > 0
    };
    // Within 200 ms the first thread is done before it is asked to let the other one run.
    assert!(!runs(names[0]) && runs(names[1]));
}

#[test]
fn a_free_threaded_build_runs_with_its_gil_on_and_off() {
    let all = Arc::new(interpreters::find(&Wanted::All));
    let Some(free) = all.usable.iter().find(|one| one.free_threaded) else {
        return skipped("no free-threaded CPython on this machine");
    };
    let names = [format!("py-threads@{}{{gil=on}}", free.tag), format!("py-threads@{}{{gil=off}}", free.tag)];
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let results = run_on(of(4, vec![compute(20.0)], &names), &all);
    let gil = |name| measured(&results, name).runtime.as_ref().expect("an interpreter").gil;
    assert!(gil(names[0]) && !gil(names[1]));
    assert!(measured(&results, names[0]).span_summary.gil_wait_nanos.is_some());
    let analysis = concurrency_lab::analysis::analyse(&results);
    assert_eq!(analysis.summaries[0].ideal_nanos, None, "it was calibrated with the GIL off");
}

#[test]
fn the_gil_of_a_plain_build_can_not_be_switched_off() {
    let Some(python) = python() else { return };
    if python.usable[0].free_threaded {
        return skipped("the first CPython is a free-threaded build");
    }
    let results = run_on(of(2, vec![wait(1.0)], &["py-threads", "py-threads{gil=off}"]), &python);
    let analysis = concurrency_lab::analysis::analyse(&results);
    let reason = analysis.summaries[1].reason.clone().unwrap_or_default();
    assert!(reason.contains("is no free-threaded build"), "{reason}");
    assert_eq!(analysis.summaries[0].status, Some(Status::Completed));
}

#[test]
fn every_worker_of_a_pool_with_settings_runs_tasks() {
    let results = run(of(40, vec![wait(5.0)], &["thread-pool{workers=4}"]));
    assert_eq!(distinct_workers(measured(&results, "thread-pool{workers=4}")), 4);
}
