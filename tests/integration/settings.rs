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
        let cores: BTreeSet<Option<u32>> = spans.tasks.iter().map(|span| span.core.map(u32::from)).collect();
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
    let names = ["py-threads{switch_interval_ms=10000}", "py-threads{switch_interval_ms=0.5}"];
    let results = run_on(of(2, vec![compute(100.0)], &names), &python);
    let runs = |name| {
        let spans = measured(&results, name).spans.load().expect("in memory");
        let overlap = spans.tasks[0].finished.min(spans.tasks[1].finished) as i64
            - spans.tasks[0].started.max(spans.tasks[1].started) as i64;
        overlap > 0
    };
    // Within 10 s the first thread is done before it is asked to let the other one run.
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
    let switched = format!("py-threads@{}{{gil=off}}", python.usable[0].tag);
    let results = run_on(of(2, vec![wait(1.0)], &["py-threads", &switched]), &python);
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

fn lab(arguments: &[&str]) -> std::process::Output {
    crate::common::lab().args(arguments).output().expect("the lab starts")
}

#[test]
fn the_terminal_runs_contenders_with_settings_and_exports_them_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    let (csv, saved) = (folder.path().join("s.csv"), folder.path().join("run.clab"));
    let models = "sequential,thread-pool{workers=1},thread-pool{workers=5},thread-pool{workers=5}";
    let output = lab(&[
        "run",
        "quick-tour",
        "--models",
        models,
        "--reference",
        "thread-pool{workers=1}",
        "--tasks",
        "10",
        "--task-ms",
        "2",
        "--workers",
        "3",
        "--trials",
        "2",
        "--progress",
        "none",
        "--summary-csv",
        csv.to_str().expect("text"),
        "--save",
        saved.to_str().expect("text"),
    ]);
    let table = String::from_utf8(output.stdout).expect("text");
    assert_eq!(output.status.code(), Some(0), "{table}{}", String::from_utf8_lossy(&output.stderr));
    for title in ["Thread pool (1 worker) ", "Thread pool (5 workers) ", "Thread pool (5 workers) (2)"] {
        assert!(table.contains(title), "{title}: {table}");
    }
    let rows: Vec<csv::StringRecord> =
        csv::Reader::from_path(&csv).expect("a table").records().map(|row| row.expect("a row")).collect();
    // The column of settings.
    let cells: Vec<(&str, &str, &str, &str)> = rows.iter().map(|row| (&row[1], &row[5], &row[34], &row[61])).collect();
    assert_eq!(
        cells,
        [
            ("sequential", "", "thread-pool", ""),
            ("thread-pool", "1", "thread-pool", "workers=1"),
            ("thread-pool#2", "5", "thread-pool", "workers=5"),
            ("thread-pool#3", "5", "thread-pool", "workers=5"),
        ]
    );
    // The stored run is printed again with the same rows.
    let saved = saved.to_str().expect("text");
    let shown = String::from_utf8(lab(&["show", saved]).stdout).expect("text");
    assert!(shown.contains("Thread pool (5 workers) (2)"), "{shown}");
    // Another run is compared by model and settings.
    let other = folder.path().join("other.clab");
    let other = other.to_str().expect("text");
    let models = "thread-pool{workers=1},thread-pool{workers=4}";
    let flags = ["--tasks", "10", "--task-ms", "2", "--workers", "3", "--trials", "2", "--quiet", "--save", other];
    let mut arguments = vec!["run", "quick-tour", "--models", models];
    arguments.extend(flags);
    assert_eq!(lab(&arguments).status.code(), Some(0));
    let output = lab(&["compare", saved, other]);
    let compared = String::from_utf8(output.stdout).expect("text") + &String::from_utf8(output.stderr).expect("text");
    let has = |text: &str| assert!(compared.contains(text), "{text}: {compared}");
    has("Thread pool (1 worker)");
    has("Thread pool (4 workers)");
    has("Thread pool (5 workers)");
}

#[test]
fn mistakes_in_settings_are_refused_before_anything_runs() {
    let cases: &[(&[&str], &str)] = &[
        (&["--models", "rayon{loops=2}"], "--models: rayon has no setting \"loops\"; it has workers, chunk and cpus"),
        (&["--models", "rayon{workers=2,chunk=0}"], "chunk is 0: allowed are whole numbers from 1 to 1,000,000"),
        (&["--models", "rayon{workers=2"], "has a brace without its counterpart"),
        (&["--models", "rayon", "--reference", "rayon{workers=none}"], "--reference: workers is \"none\": allowed are"),
        (&["--cpus", "3-1"], "lists of CPUs such as 0-3,6, physical and performance"),
        (&["--workers", "all"], "whole numbers from 1 to 4,096"),
        (
            &["--models", "rayon,thread-pool{workers=2}", "--sweep", "workers=1,2"],
            "workers can't be swept: thread-pool{workers=2} sets it for itself",
        ),
    ];
    for (flags, wanted) in cases {
        let mut arguments = vec!["run", "quick-tour", "--dry-run"];
        arguments.extend(*flags);
        let output = lab(&arguments);
        let message = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(2), "{flags:?}: {message}");
        assert!(message.contains(wanted), "{flags:?} gave {message:?}, without {wanted:?}");
    }
    if cpus::allowed().is_some() {
        for (flag, value) in [("--cpus", "8000"), ("--models", "thread-pool{cpus=8000}")] {
            let output = lab(&["run", "quick-tour", flag, value, "--dry-run"]);
            let message = String::from_utf8(output.stderr).expect("text");
            assert_eq!(output.status.code(), Some(2), "{message}");
            assert!(message.contains(&format!("{flag}: CPU 8000 can't be used here: allowed are ")), "{message}");
        }
    }
}

#[test]
fn a_setting_goes_before_a_flag_and_a_flag_before_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("own.toml");
    let text = "id = \"own\"\ntitle = \"Own\"\n[workload]\ntasks = 6\nworkers = 2\n[[workload.step]]\nkind = \"wait\"\nms = 1\n\
                [models]\ninclude = [\"thread-pool\", { model = \"thread-pool\", workers = 6, label = \"wide\" }]\n\
                reference = \"thread-pool\"\n";
    std::fs::write(&file, text).expect("written");
    let workers = |flags: &[&str]| {
        let csv = folder.path().join("s.csv");
        let mut arguments = vec!["run", file.to_str().expect("text"), "--trials", "1", "--warmups", "0", "--quiet"];
        arguments.extend(["--no-save", "--summary-csv", csv.to_str().expect("text")]);
        arguments.extend(flags);
        let output = lab(&arguments);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let mut reader = csv::Reader::from_path(&csv).expect("a table");
        reader.records().map(|row| row.expect("a row")[5].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(workers(&[]), ["2", "6"]);
    assert_eq!(workers(&["--workers", "3"]), ["3", "6"]);
}
