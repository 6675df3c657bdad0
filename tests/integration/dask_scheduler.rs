//! `py-dask` with a scheduler and workers that the lab did not start: second processes on loopback. Their loss, versions,
//! clocks and addresses. Skipped with a message where distributed is not installed.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::common::marked::{SOON, signal};
use crate::common::{compute, experiment, lab, python_for, run_on, skipped, wait, write_experiment};
use concurrency_lab::analysis::analyse;
use concurrency_lab::experiment::capabilities::unavailable;
use concurrency_lab::failure::{DifferingVersions, Failure, InterpreterFailure, ReportedProblem};
use concurrency_lab::model::{Contender, ModelId};
use concurrency_lab::python::Interpreters;
use concurrency_lab::results::Results;
use concurrency_lab::trial::{Measured, Status, Usage};
use concurrency_lab::workload::{Payload, PayloadKind, Step};

const SCHEDULER: &str = "
import asyncio, sys
BEFORE
from distributed import Scheduler
async def main():
    async with Scheduler(host='127.0.0.1', port=0, dashboard=False) as one:
        print(one.address, flush=True)
        await one.finished()
asyncio.run(main())
";
const WORKER: &str = "
import asyncio, sys
BEFORE
from distributed import Worker
async def main():
    async with Worker(sys.argv[1], nthreads=int(sys.argv[2]), host='127.0.0.1', dashboard=False) as one:
        print(one.address, flush=True)
        await one.finished()
asyncio.run(main())
";

/// A process that ends with the test, and the address that it has printed.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    /// Starts a script. `before` is run first in it.
    fn start(interpreters: &Interpreters, script: &str, before: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(&interpreters.usable[0].path);
        command.args(["-c", &script.replace("BEFORE", before)]).args(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("started");
        let mut address = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut address).expect("text");
        assert!(address.starts_with("tcp://127.0.0.1:"), "{address:?}");
        Self { child, address: address.trim().to_owned() }
    }

    fn kill(&self) {
        signal(self.child.id() as i32, "-KILL");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Fails if it has already ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A scheduler and its workers, dropped last to first.
struct Cluster {
    workers: Vec<Server>,
    scheduler: Server,
    interpreters: Arc<Interpreters>,
}

impl Cluster {
    /// Starts workers with these numbers of threads.
    fn start(threads: &[u32]) -> Option<Self> {
        Self::start_with("", "", threads)
    }

    fn start_with(before_scheduler: &str, before_worker: &str, threads: &[u32]) -> Option<Self> {
        let interpreters = python_for(ModelId::PyDask)?;
        let scheduler = Server::start(&interpreters, SCHEDULER, before_scheduler, &[]);
        let worker = |threads: &u32| {
            Server::start(&interpreters, WORKER, before_worker, &[&scheduler.address, &threads.to_string()])
        };
        let workers = threads.iter().map(worker).collect();
        let interpreters = at(&interpreters, &scheduler.address);
        Some(Self { workers, scheduler, interpreters })
    }
}

/// Returns the interpreters with the address of a scheduler.
fn at(interpreters: &Interpreters, address: &str) -> Arc<Interpreters> {
    let dask_scheduler = Some(address.parse().expect("an address"));
    Arc::new(Interpreters { dask_scheduler, ..interpreters.clone() })
}

const MODELS: [ModelId; 2] = [ModelId::PySequential, ModelId::PyDask];

fn of_dask(results: &Results) -> &Measured {
    let trial = results.trials.iter().rfind(|trial| trial.contender.model == ModelId::PyDask).expect("it ran");
    trial.completed().unwrap_or_else(|| panic!("{:?}", trial.failure))
}

/// Returns the problem of `py-dask`, whose reason contains a text; the other model has completed.
fn problem(results: &Results, contains: &str) -> ReportedProblem {
    for trial in &results.trials {
        if trial.contender.model != ModelId::PyDask {
            assert_eq!(trial.status, Status::Completed, "{}: {:?}", trial.contender, trial.failure);
        }
    }
    let trial = results.trials.iter().find(|trial| trial.contender.model == ModelId::PyDask).expect("it ran");
    let reason = trial.reason().unwrap_or_default();
    assert!(reason.contains(contains), "{reason}");
    match &trial.failure {
        Some(Failure::Interpreter { failure: InterpreterFailure::Reported { problem, .. }, .. }) => problem.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_tasks_run_on_its_workers_and_only_what_is_known_is_stated() {
    let Some(cluster) = Cluster::start(&[1, 2]) else { return };
    let mut plan = experiment(12, vec![compute(0.2), wait(5.0)], &MODELS);
    // Three trials on the same workers: nothing of one is in the way of the next.
    plan.trials.count = concurrency_lab::experiment::TrialCount::Fixed(3);
    let results = run_on(plan, &cluster.interpreters);
    assert_eq!(results.trials.len(), 6);
    for trial in results.trials.iter().filter(|trial| trial.contender.model == ModelId::PyDask) {
        let measured = trial.completed().unwrap_or_else(|| panic!("{:?}", trial.failure));
        let external = measured.runtime.as_ref().and_then(|runtime| runtime.external.clone()).expect("stated");
        assert_eq!((external.address.as_str(), external.same_clock), (cluster.scheduler.address.as_str(), true));
        assert_eq!(measured.workers, Some(3), "threads of all workers");
        assert_eq!((measured.usage, measured.peak_memory_bytes, measured.pss_bytes), (Usage::default(), None, None));
        assert!(trial.cpu.is_empty() && trial.background.is_none());
        let spans = measured.spans.load().expect("in memory");
        assert_eq!((spans.tasks.len(), spans.step_ends.len()), (12, 12));
        for span in &spans.tasks {
            assert!(span.submitted <= span.started && span.started + 5_000_000 <= span.finished, "{span:?}");
            assert!(span.finished <= measured.wall_nanos && span.worker < 3 && span.core.is_none(), "{span:?}");
        }
    }
    let checksums: Vec<u64> = results.trials.iter().map(|one| one.completed().expect("completed").checksum).collect();
    assert!(checksums.iter().all(|sum| *sum == checksums[0]), "{checksums:x?}");
    let analysis = analyse(&results);
    let dask = analysis.summaries.iter().find(|one| one.contender.model == ModelId::PyDask).expect("a row");
    assert_eq!((dask.ideal_nanos, dask.cpu_cores_used), (None, None));
    assert!(dask.caveats.iter().any(|caveat| caveat.label() == "ran on an external scheduler"), "{:?}", dask.caveats);
    assert!(dask.runtime.as_ref().is_some_and(|one| one.describe().contains(&cluster.scheduler.address)));
}

#[test]
fn payloads_and_functions_reach_its_workers() {
    let Some(cluster) = Cluster::start(&[1, 1]) else { return };
    let mut plan = experiment(6, vec![compute(0.1)], &MODELS);
    plan.workload.payload = Some(Payload { input_bytes: 100_000, output_bytes: 1_000, kind: PayloadKind::Bytes });
    let results = run_on(plan, &cluster.interpreters);
    assert_eq!(of_dask(&results).checksum, results.trials[0].completed().expect("completed").checksum);

    let folder = tempfile::tempdir().expect("a folder");
    let text = "import os\nasync def work(task): return [task, os.path.basename(__file__)]";
    std::fs::write(folder.path().join("work.py"), text).expect("written");
    let call = Step::Call { file: "work.py".into(), function: "work".into(), arguments: vec!["{index}".into()] };
    let file = write_experiment(folder.path(), &experiment(5, vec![call], &MODELS));
    let interpreter = &cluster.interpreters.usable[0].path;
    let run = |text: &str| {
        std::fs::write(folder.path().join("work.py"), text).expect("written");
        let mut lab = lab();
        lab.arg("run").arg(&file).args(["--allow-code", "--no-save", "--progress", "none", "--python"]);
        lab.arg(interpreter).args(["--dask-scheduler", &cluster.scheduler.address, "--json", "-"]);
        let output = lab.output().expect("the lab starts");
        let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout).into_owned(), output.stderr);
        (output.status.code(), stdout, String::from_utf8_lossy(&stderr).into_owned())
    };
    let (code, json, stderr) = run(text);
    assert_eq!(code, Some(0), "{stderr}");
    let document: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let models = document["models"].as_array().expect("a list");
    let dask = models.iter().find(|one| one["model"].as_str().is_some_and(|name| name.starts_with("py-dask")));
    let dask = dask.expect("a row");
    assert!(
        dask["cpu_user_ms"].is_null() && dask["peak_memory_bytes"].is_null() && dask["ideal_ms"].is_null(),
        "{dask}"
    );
    assert!(dask["runtime"].as_str().is_some_and(|text| text.contains(&cluster.scheduler.address)), "{dask}");
    let caveats = dask["caveats"].to_string();
    assert!(caveats.contains("ran on an external scheduler") && !caveats.contains("results differ"), "{caveats}");
    // The next text is what runs next, and what it raises names the task and the line.
    let (code, _, stderr) = run("def work(task):\n    if task == 3: raise ValueError('no three')\n    return task");
    assert_eq!(code, Some(1), "{stderr}");
    assert!(stderr.contains("task 3 failed at step 1 (call): ValueError: no three (work.py, line 2"), "{stderr}");
}

#[test]
fn under_another_clock_there_are_no_spans_but_what_the_client_sees() {
    // As in a container with a time of its own, or on another machine.
    let other = "import time; own = time.perf_counter_ns; time.perf_counter_ns = lambda: own() + 10**15";
    let Some(cluster) = Cluster::start_with("", other, &[1, 1]) else { return };
    let results = run_on(experiment(8, vec![wait(20.0)], &MODELS), &cluster.interpreters);
    let measured = of_dask(&results);
    let external = measured.runtime.as_ref().and_then(|runtime| runtime.external.as_ref()).expect("stated");
    assert!(!external.same_clock);
    assert_eq!(measured.checksum, results.trials[0].completed().expect("completed").checksum);
    let spans = measured.spans.load().expect("in memory");
    assert_eq!((spans.tasks.len(), spans.step_ends.len(), spans.seen.len()), (0, 0, 8));
    for (submitted, done) in &spans.seen {
        assert!(submitted + 20_000_000 <= *done && *done <= measured.wall_nanos, "{submitted} {done}");
    }
    let analysis = analyse(&results);
    let dask = analysis.summaries.iter().find(|one| one.contender.model == ModelId::PyDask).expect("a row");
    assert_eq!((dask.queue, dask.peak_in_flight, dask.fairness, dask.step_nanos.len()), (None, None, None, 0));
    assert!(dask.latency.is_some_and(|latency| latency.p50 >= 20e6) && dask.wall.is_some());
}

/// Runs long tasks, and calls `lose` while they run.
fn losing(cluster: &Cluster, lose: impl FnOnce() + Send + 'static) -> Results {
    let begun = Instant::now();
    let mut plan = experiment(6, vec![wait(3_000.0)], &[ModelId::PyDask]);
    plan.trials.timeout_seconds = 100.0;
    plan.models.insert(0, Contender::of(ModelId::PyAsyncio));
    plan.reference = plan.models[0].clone();
    plan.workload.seed = 7;
    let (mut results, session) =
        crate::common::start_on(crate::common::program(), plan, Arc::clone(&cluster.interpreters));
    let mut lose = Some(lose);
    let mut lost_at = None;
    let mut of_dask = false;
    for event in &session.events {
        use concurrency_lab::session::SessionEvent;
        match &event {
            SessionEvent::TrialStarted { contender, .. } => of_dask = contender.model == ModelId::PyDask,
            // Sent while the clock runs.
            SessionEvent::Progress { .. } if of_dask => {
                if let Some(lose) = lose.take() {
                    lose();
                    lost_at = Some(Instant::now());
                }
            }
            SessionEvent::TrialFinished(trial) if trial.contender.model == ModelId::PyDask => {
                let lost = lost_at.expect("the tasks ran long enough").elapsed();
                assert!(lost < SOON, "stated after {lost:?}");
            }
            _ => {}
        }
        results.apply(event);
    }
    assert!(begun.elapsed() < Duration::from_secs(80));
    results
}

#[test]
fn a_scheduler_that_is_killed_is_a_stated_failure_and_the_other_models_go_on() {
    let Some(cluster) = Cluster::start(&[1]) else { return };
    let scheduler = cluster.scheduler.child.id() as i32;
    let results = losing(&cluster, move || signal(scheduler, "-KILL"));
    assert_eq!(problem(&results, "lost the dask scheduler during the trial"), ReportedProblem::SchedulerLost);
}

#[test]
fn workers_that_are_killed_are_a_stated_failure_and_the_other_models_go_on() {
    let Some(cluster) = Cluster::start(&[1, 1]) else { return };
    let workers: Vec<i32> = cluster.workers.iter().map(|worker| worker.child.id() as i32).collect();
    let results = losing(&cluster, move || workers.iter().for_each(|worker| signal(*worker, "-KILL")));
    let lost = problem(&results, "the dask scheduler lost the worker tcp://127.0.0.1:");
    assert!(matches!(lost, ReportedProblem::WorkerLost { .. }), "{lost:?}");
}

#[test]
fn what_keeps_a_scheduler_from_being_used_is_stated() {
    let Some(cluster) = Cluster::start(&[]) else { return };
    let plan = || experiment(2, vec![wait(1.0)], &MODELS);
    let address = cluster.scheduler.address.clone();
    let none =
        problem(&run_on(plan(), &cluster.interpreters), &format!("the dask scheduler at {address} has no worker"));
    assert_eq!(none, ReportedProblem::NoWorkers { address: address.clone() });
    cluster.scheduler.kill();
    drop(cluster);
    let interpreters = python_for(ModelId::PyDask).expect("it was there");
    let gone = problem(&run_on(plan(), &at(&interpreters, &address)), "reached no dask scheduler at tcp://127.0.0.1:");
    assert_eq!(gone, ReportedProblem::SchedulerUnreachable { address });
    // Something else that listens there and says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("tcp://{}", silent.local_addr().expect("bound"));
    let silent = problem(&run_on(plan(), &at(&interpreters, &address)), "reached no dask scheduler at");
    assert_eq!(silent, ReportedProblem::SchedulerUnreachable { address });
}

#[test]
fn other_versions_are_stated_with_both() {
    let older = "import distributed.versions as v
own = v.get_package_info
v.get_package_info = lambda packages: {**own(packages), 'distributed': '1999.1.0'}";
    for (before_scheduler, before_worker, expected) in [(older, "", None), ("", older, Some("tcp://127.0.0.1:"))] {
        let Some(cluster) = Cluster::start_with(before_scheduler, before_worker, &[1]) else { return };
        let results = run_on(experiment(2, vec![wait(1.0)], &MODELS), &cluster.interpreters);
        let found = problem(&results, " has distributed 1999.1.0");
        let ReportedProblem::VersionsDiffer(versions) = found else { panic!("{found:?}") };
        let DifferingVersions { package, here, there, worker } = *versions;
        assert_eq!((package.as_str(), there.as_str()), ("distributed", "1999.1.0"));
        assert_eq!(Some(&here), cluster.interpreters.usable[0].packages.get("distributed"));
        assert_eq!(worker.is_some(), expected.is_some());
        assert!(worker.is_none_or(|worker: String| worker.starts_with(expected.unwrap_or_default())));
    }
}

#[test]
fn what_its_workers_can_not_do_is_unavailable_with_the_reason() {
    let Some(interpreters) = python_for(ModelId::PyDask) else { return };
    let elsewhere = at(&interpreters, "tcp://192.0.2.1:8786");
    for (step, expected) in [
        (Step::http(1.0, 10), "HTTP server on 127.0.0.1"),
        (Step::file(10, false), "without the files of this one"),
        (Step::Command { argv: vec!["true".into()] }, "without the programs of this one"),
    ] {
        let plan = experiment(1, vec![step], &MODELS);
        let reason = |interpreters| unavailable(&plan.models[1], &plan, interpreters);
        assert_eq!(reason(&interpreters), None, "with a cluster of its own");
        assert!(reason(&elsewhere).is_some_and(|reason| reason.contains(expected)), "{expected}");
        assert_eq!(unavailable(&plan.models[0], &plan, &elsewhere), None);
    }
    let plan = experiment(1, vec![wait(1.0)], &MODELS);
    for (name, expected) in [("py-dask{workers=3}", "workers of its own"), ("py-dask{cpus=0}", "limited to CPUs")] {
        let mut contender: Contender = name.parse().expect("a contender");
        interpreters.resolve_tag(&mut contender);
        assert!(unavailable(&contender, &plan, &elsewhere).is_some_and(|reason| reason.contains(expected)), "{name}");
    }
}

#[test]
fn an_address_comes_from_the_command_line_only_and_has_to_be_one() {
    let run = |arguments: &[&str]| {
        let output = lab().args(["run", "io-bound", "--dry-run"]).args(arguments).output().expect("the lab starts");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for (address, expected) in [
        ("tls://host:1", "the protocol is not tcp; allowed is [tcp://]HOST[:PORT]"),
        ("tcp://me:secret@host:1", "dask takes no user name or password over tcp"),
        ("host:0", "the port is no number from 1 to 65535"),
    ] {
        let (code, stderr) = run(&["--models", "py-dask", "--dask-scheduler", address]);
        assert_eq!(code, Some(2), "{address}: {stderr}");
        assert!(stderr.contains("--dask-scheduler") && stderr.contains(expected), "{address}: {stderr}");
    }
    let (code, stderr) = run(&["--models", "sequential", "--dask-scheduler", "host"]);
    assert_eq!(code, Some(2));
    assert!(stderr.contains("--dask-scheduler: py-dask is not chosen"), "{stderr}");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("cluster.toml");
    for key in ["dask_scheduler", "scheduler"] {
        let text = format!("id = \"x\"\ntitle = \"X\"\n{key} = \"tcp://h:1\"\n[workload]\ntasks = 1\n");
        std::fs::write(&file, text).expect("written");
        let output = lab().args(["run", "--dry-run"]).arg(&file).output().expect("the lab starts");
        assert_eq!(output.status.code(), Some(2), "a file names no scheduler");
    }
    if python_for(ModelId::PyDask).is_none() {
        skipped("no py-dask to plan a run of");
    }
}
