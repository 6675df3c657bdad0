//! Payloads under every model: what a task is given and returns arrives whole, everywhere with the same checksum.

use std::sync::Arc;

use concurrency_lab::experiment::Experiment;
use concurrency_lab::experiment::capabilities::unavailable;
use concurrency_lab::model::{Contender, ModelId};
use concurrency_lab::python::{Interpreters, StartMethod};
use concurrency_lab::session::Outcome;
use concurrency_lab::session::interpreters::{Wanted, find};
use concurrency_lab::trial::{Measured, Trial};
use concurrency_lab::workload::{Payload, PayloadKind, Step};

use crate::common::{compute, experiment, python, run, run_on, wait};

/// The sequential native model and every Python model that can run here.
fn everywhere(payload: Payload, tasks: u32, steps: Vec<Step>, interpreters: &Interpreters) -> Experiment {
    let mut all = with(payload, tasks, steps, &[ModelId::Sequential]);
    let able = |one: &Contender| unavailable(one, &all, interpreters).is_none();
    let python: Vec<Contender> =
        ModelId::all().filter(|model| model.is_python()).map(Contender::of).filter(able).collect();
    all.models.extend(python);
    all
}

fn native() -> Vec<ModelId> {
    ModelId::all().filter(|model| !model.is_python()).collect()
}

fn with(payload: Payload, tasks: u32, steps: Vec<Step>, models: &[ModelId]) -> Experiment {
    let mut experiment = experiment(tasks, steps, models);
    experiment.workload.payload = Some(payload);
    experiment
}

fn measured(trial: &Trial) -> &Measured {
    trial.completed().unwrap_or_else(|| panic!("{}: {:?}", trial.contender, trial.failure))
}

const fn bytes(input_bytes: u64, output_bytes: u64) -> Payload {
    Payload { input_bytes, output_bytes, kind: PayloadKind::Bytes }
}

/// True for models that copy, except those that map a function over the tasks.
fn stamps_outputs(model: ModelId) -> bool {
    model.separate_memory() && !matches!(model, ModelId::PyPool | ModelId::PyJoblib | ModelId::PyDask)
}

/// Checks checksums and stamps of all trials; returns the checksum.
fn check(results: &concurrency_lab::results::Results, payload: Payload, tasks: usize) -> u64 {
    assert_eq!(results.outcome, Some(Outcome::Done));
    let checksum = measured(&results.trials[0]).checksum;
    for one in &results.trials {
        let (name, measured) = (one.contender.to_string(), measured(one));
        assert_eq!(measured.checksum, checksum, "{name} with {payload:?}");
        let spans = measured.spans.load().expect("in memory");
        assert_eq!((spans.tasks.len(), spans.handovers.len()), (tasks, tasks), "{name}");
        for (task, (span, handover)) in spans.tasks.iter().zip(&spans.handovers).enumerate() {
            let sent = handover.sent.unwrap_or(span.started);
            let received = handover.received.unwrap_or(span.finished);
            let order = [sent, span.started, handover.read, handover.worked, span.finished, received];
            assert!(order.is_sorted(), "{name}, task {task}: {span:?} {handover:?}");
            let ends: Vec<u64> = spans.step_intervals(task).map(|(_, end)| end).collect();
            assert!(ends.is_sorted() && ends.last().is_none_or(|end| *end <= handover.worked), "{name}");
            assert!(received <= measured.wall_nanos, "{name}: {handover:?} in {}", measured.wall_nanos);
            assert_eq!(handover.received.is_some(), stamps_outputs(one.contender.model), "{name}");
        }
        let transfer = measured.span_summary.transfer;
        assert!(transfer.task_nanos.is_some_and(|nanos| nanos > 0), "{name}");
        assert_eq!(transfer.output_nanos.is_some(), stamps_outputs(one.contender.model), "{name}");
    }
    checksum
}

#[test]
fn every_native_model_gives_and_returns_the_same() {
    let sizes = [(0, 0), (1, 0), (0, 1), (7, 4_097), (65_536, 65_537), (1_000_003, 300_001)];
    for kind in PayloadKind::ALL {
        let mut seen = Vec::new();
        for (input_bytes, output_bytes) in sizes {
            let payload = Payload { input_bytes, output_bytes, kind };
            let results = run(with(payload, 5, vec![], &native()));
            assert_eq!(results.trials.len(), 9);
            seen.push(check(&results, payload, 5));
        }
        seen.dedup();
        // A list of no number is the same for 0, 1 and 7 bytes.
        assert_eq!(seen.len(), if kind == PayloadKind::Bytes { 6 } else { 4 }, "{seen:x?}");
    }
}

#[test]
fn a_payload_comes_with_every_step_and_every_way_of_handing_over() {
    let steps = || vec![compute(0.2), wait(1.0), compute(0.1)];
    let payload = bytes(100_000, 200_000);
    let results = run(with(payload, 12, steps(), &native()));
    check(&results, payload, 12);
    for one in &results.trials {
        let measured = measured(one);
        let separate = one.contender.model.separate_memory();
        assert_eq!(measured.span_summary.transfer.input_nanos.is_some(), separate, "{}", one.contender);
        assert!(measured.span_summary.step_nanos.iter().all(|nanos| *nanos > 0.0), "{}", one.contender);
    }
    // Without computing, all runs have the same checksum.
    let plain = check(&run(with(payload, 12, vec![wait(1.0)], &native())), payload, 12);
    let mut limited = with(payload, 12, vec![wait(1.0)], &native());
    limited.workload.in_flight = Some(2);
    assert_eq!(check(&run(limited), payload, 12), plain);
    let without = run(experiment(12, vec![wait(1.0)], &[ModelId::Sequential]));
    assert_ne!(measured(&without.trials[0]).checksum, plain);
    assert!(measured(&without.trials[0]).spans.load().expect("in memory").handovers.is_empty());
}

#[test]
fn steps_that_need_more_than_a_core_work_with_a_payload() {
    let mut lock = Step::of_kind("critical", 0.1).expect("it exists");
    lock.set_ms(0.1);
    let file = Step::of_kind("file", 0.0).expect("it exists");
    let payload = Payload { input_bytes: 80_000, output_bytes: 16, kind: PayloadKind::List };
    check(&run(with(payload, 4, vec![lock, file, wait(0.1)], &native())), payload, 4);
}

#[test]
fn a_warm_up_that_is_repeated_hands_over_every_time() {
    let payload = bytes(10_000, 10_000);
    let mut repeated = with(payload, 3, vec![compute(0.1)], &native());
    repeated.trials.warmups = 1;
    let results = run(Experiment { ..repeated });
    assert!(results.trials.iter().any(|trial| measured(trial).passes > 1));
    check(&results, payload, 3);
}

#[test]
fn a_sweep_of_input_bytes_measures_each_size() {
    let mut swept = experiment(3, vec![], &[ModelId::Sequential, ModelId::ProcessPool]);
    swept.sweep =
        Some(concurrency_lab::experiment::sweep::Sweep::parse("input_bytes=0,1000,1000000").expect("a sweep"));
    swept.validate().expect("allowed");
    let points = swept.points().expect("points");
    let inputs: Vec<u64> =
        points.iter().map(|(_, point)| point.workload.payload.expect("a payload").input_bytes).collect();
    assert_eq!(inputs, [0, 1_000, 1_000_000]);
    for (_, point) in points {
        let payload = point.workload.payload.expect("a payload");
        check(&run(point), payload, 3);
    }
}

#[test]
fn python_gives_and_returns_the_same_as_rust() {
    let Some(interpreters) = python() else { return };
    for kind in PayloadKind::ALL {
        for (input_bytes, output_bytes) in [(0, 9), (70_000, 0), (300_001, 1_000_003)] {
            let payload = Payload { input_bytes, output_bytes, kind };
            let results = run_on(everywhere(payload, 5, vec![wait(0.5)], &interpreters), &interpreters);
            assert!(results.trials.len() >= 8, "{} models", results.trials.len());
            check(&results, payload, 5);
            let of = |model| results.trials.iter().find(|trial| trial.contender.model == model).expect("it ran");
            let transfer = measured(of(ModelId::PyProcessPool)).span_summary.transfer;
            assert!(transfer.input_nanos.is_some() && transfer.output_nanos.is_some(), "{transfer:?}");
            let transfer = measured(of(ModelId::PyProcesses)).span_summary.transfer;
            assert!(transfer.input_nanos.is_none(), "it can't be told from starting the process");
        }
    }
}

#[test]
fn python_hands_over_with_limits_start_methods_repeats_and_steps() {
    let Some(interpreters) = python() else { return };
    let payload = bytes(100_000, 200_000);
    let steps = || vec![compute(0.05), wait(0.2)];
    let mut limited = everywhere(payload, 6, steps(), &interpreters);
    limited.workload.in_flight = Some(2);
    limited.workload.work = concurrency_lab::workload::Work::SameAlgorithm;
    limited.trials.warmups = 1;
    check(&run_on(limited, &interpreters), payload, 6);
    for method in [StartMethod::Fork, StartMethod::Spawn, StartMethod::Forkserver] {
        let mut started = everywhere(payload, 3, vec![], &interpreters);
        started
            .models
            .retain(|one| matches!(one.model, ModelId::Sequential | ModelId::PyProcesses | ModelId::PyProcessPool));
        started.start_method = method;
        check(&run_on(started, &interpreters), payload, 3);
    }
}

#[test]
fn every_interpreter_of_this_machine_hands_over() {
    if python().is_none() {
        return;
    }
    for one in &find(&Wanted::All).usable {
        let alone = Arc::new(Interpreters { usable: vec![one.clone()], ..Interpreters::default() });
        let payload = Payload { input_bytes: 50_000, output_bytes: 80_000, kind: PayloadKind::List };
        check(&run_on(everywhere(payload, 3, vec![], &alone), &alone), payload, 3);
    }
}

#[test]
fn what_a_busy_pool_has_been_sent_ahead_is_no_transfer() {
    let Some(interpreters) = python() else { return };
    let mut busy = everywhere(bytes(10_000, 10), 8, vec![wait(30.0)], &interpreters);
    busy.models.retain(|one| matches!(one.model, ModelId::Sequential | ModelId::PyProcessPool));
    let results = run_on(busy, &interpreters);
    let pool = results.trials.iter().find(|trial| trial.contender.model == ModelId::PyProcessPool).expect("it ran");
    // Eight tasks of 30 ms: each but the first of a worker was sent while another one ran.
    let input = measured(pool).span_summary.transfer.input_nanos.expect("measured");
    assert!(input < 8 * 15_000_000, "{input}");
}

/// Runs that are ended in the middle of a transfer.
#[cfg(target_os = "linux")]
mod ended {
    use std::fs;
    use std::path::PathBuf;
    use std::thread;
    use std::time::{Duration, Instant};

    use crate::common::marked::{Marked, signal};
    use crate::common::python;

    /// Writes an experiment whose tasks hand over 40 MB each way, many times.
    fn file(folder: &tempfile::TempDir, model: &str) -> PathBuf {
        let path = folder.path().join("payload.toml");
        let text = format!(
            "id = \"payload\"\ntitle = \"Payload\"\n[workload]\ntasks = 2000\nworkers = 2\nin_flight = 4\n\
             [workload.payload]\ninput_bytes = 40_000_000\noutput_bytes = 40_000_000\n\
             [trials]\ncount = 1\nwarmups = 0\n[models]\ninclude = [\"{model}\"]\nreference = \"{model}\"\n"
        );
        fs::write(&path, text).expect("written");
        path
    }

    fn start(test: &str, model: &str, folder: &tempfile::TempDir) -> Marked {
        let path = file(folder, model);
        let lab = Marked::start(test, &["run", path.to_str().expect("text"), "--timeout", "60", "--no-save"]);
        lab.wait_until("a runner", |lab| !lab.with_argument("__runner").is_empty());
        // The interpreter starts, and the first inputs are made.
        thread::sleep(Duration::from_millis(if model.starts_with("py") { 2_000 } else { 700 }));
        lab
    }

    #[test]
    fn a_cancel_in_the_middle_of_a_transfer_leaves_no_process() {
        let mut models = vec!["threads", "thread-pool", "process-pool", "processes"];
        if python().is_some() {
            models.extend(["py-thread-pool", "py-process-pool", "py-processes"]);
        }
        for model in models {
            let folder = tempfile::tempdir().expect("a folder");
            let lab = start(&format!("payload-cancel-{model}"), model, &folder);
            signal(lab.child.id() as i32, "-INT");
            let asked = Instant::now();
            let (status, _, stderr) = lab.finish();
            assert_eq!(status, Some(130), "{model}: {stderr}");
            assert!(asked.elapsed() < Duration::from_secs(20), "{model}");
        }
    }

    #[test]
    fn a_runner_that_is_killed_in_the_middle_of_a_transfer_leaves_no_process() {
        let mut models = vec!["process-pool", "processes"];
        if python().is_some() {
            models.extend(["py-process-pool", "py-processes"]);
        }
        for model in models {
            let folder = tempfile::tempdir().expect("a folder");
            let lab = start(&format!("payload-kill-{model}"), model, &folder);
            signal(lab.with_argument("__runner")[0], "-KILL");
            let (status, _, stderr) = lab.finish();
            assert_eq!(status, Some(1), "{model}: {stderr}");
        }
    }

    #[test]
    fn a_worker_that_dies_in_the_middle_of_a_transfer_is_named() {
        for (model, argument, named) in
            [("process-pool", "__worker", "worker process"), ("processes", "__task", "ended with signal 9")]
        {
            let folder = tempfile::tempdir().expect("a folder");
            let lab = start(&format!("payload-worker-{model}"), model, &folder);
            lab.wait_for_workers(argument, 1);
            signal(lab.with_argument(argument)[0], "-KILL");
            let (status, stdout, stderr) = lab.finish();
            assert_eq!(status, Some(1), "{model}: {stderr}");
            assert!(format!("{stdout}{stderr}").contains(named), "{model}: {stdout}{stderr}");
        }
    }
}
