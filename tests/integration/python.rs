//! Python models on a real CPython: the same work as in Rust, every kind of step, and every way in which an interpreter
//! can fail. Skipped with a message without a CPython.

use std::sync::Arc;

use crate::common::{compute, experiment, python, run_on, skipped, wait};
use concurrency_lab::experiment::Experiment;
use concurrency_lab::experiment::capabilities::unavailable;
use concurrency_lab::failure::{Failure, InterpreterFailure, ReportedProblem, StepFailure};
use concurrency_lab::model::{Contender, ModelId};
use concurrency_lab::python::{Interpreters, PROGRAM, PROGRAM_FOLDER, PROGRAM_START, StartMethod};
use concurrency_lab::results::Results;
use concurrency_lab::session::Outcome;
use concurrency_lab::session::interpreters::{Wanted, find};
use concurrency_lab::trial::{Measured, Phase, Status, Trial};
use concurrency_lab::workload::{DurationDistribution, Kernel, Lock, Protection, SectionWork, Step, Work};

pub fn measured(trial: &Trial) -> &Measured {
    trial.completed().unwrap_or_else(|| panic!("{}: {:?}", trial.contender, trial.failure))
}

pub fn trial(results: &Results, model: ModelId) -> &Measured {
    measured(results.trials.iter().find(|trial| trial.contender.model == model).expect("it ran"))
}

/// Returns an experiment with the sequential native model and every Python model that can do these steps here, with the
/// same iterations.
pub fn everywhere(tasks: u32, steps: Vec<Step>, interpreters: &Arc<Interpreters>) -> Experiment {
    let mut all = experiment(tasks, steps, &[ModelId::Sequential]);
    all.workload.work = Work::SameAlgorithm;
    let able = |one: &Contender| unavailable(one, &all, interpreters).is_none();
    let python = ModelId::all().filter(|model| model.is_python()).map(Contender::of).filter(able);
    let models: Vec<Contender> = all.models.iter().cloned().chain(python).collect();
    Experiment { models, ..all }
}

pub fn run_everywhere(tasks: u32, steps: Vec<Step>, interpreters: &Arc<Interpreters>) -> Results {
    let results = run_on(everywhere(tasks, steps, interpreters), interpreters);
    assert_eq!(results.outcome, Some(Outcome::Done));
    assert!(results.trials.len() >= 8, "{} models", results.trials.len());
    let checksums: Vec<u64> = results.trials.iter().map(|trial| measured(trial).checksum).collect();
    assert!(checksums.iter().all(|sum| *sum == checksums[0]), "{checksums:x?}");
    results
}

#[test]
fn python_does_the_same_work_as_rust_and_records_every_task() {
    let Some(interpreters) = python() else { return };
    let kernels = [Kernel::Splitmix, Kernel::Sha256, Kernel::Sha256Large, Kernel::Fib, Kernel::FibAwait];
    let mut steps: Vec<Step> = kernels.map(|kernel| Step::Compute { ms: 0.02, kernel }).to_vec();
    steps.push(wait(0.5));
    let mut spread = everywhere(9, steps, &interpreters);
    spread.workload.spread = DurationDistribution::Exponential;
    let results = run_on(spread, &interpreters);
    let checksum = trial(&results, ModelId::Sequential).checksum;
    for one in &results.trials {
        let (name, measured) = (one.contender.to_string(), measured(one));
        assert_eq!(measured.checksum, checksum, "{name}");
        let spans = measured.spans.load().expect("in memory");
        assert_eq!((spans.tasks.len(), spans.step_ends.len()), (9, 45), "{name}");
        for (task, span) in spans.tasks.iter().enumerate() {
            assert!(span.submitted <= span.started && span.started < span.finished, "{name}: {span:?}");
            assert!(span.finished <= measured.wall_nanos, "{name}: {span:?} in {}", measured.wall_nanos);
            let ends: Vec<u64> = spans.step_intervals(task).map(|(_, end)| end).collect();
            assert!(ends.is_sorted(), "{name}: {ends:?}");
        }
        assert!(measured.usage.cpu_nanos().is_some_and(|nanos| nanos > 0), "{name}");
        assert!(measured.peak_memory_bytes.is_some_and(|bytes| bytes > 1 << 20), "{name}");
        let stamps = (measured.stamp_nanos.expect("measured"), measured.first_stamp_nanos.expect("measured"));
        assert!(stamps.0 > 0.0 && stamps.1 > 0.0, "{name}: {stamps:?}");
        let Some(runtime) = &measured.runtime else {
            assert_eq!(one.contender.model, ModelId::Sequential, "{name}");
            continue;
        };
        assert_eq!(runtime.version, interpreters.usable[0].version, "{name}");
        let processes = one.contender.model.has_start_method();
        assert_eq!(runtime.start_method.is_some(), processes, "{name}");
        let shares = one.contender.model.shares_an_interpreter() && runtime.gil;
        assert_eq!(spans.gil_waits.len(), if shares { 9 } else { 0 }, "{name}");
        let pool = measured.workers;
        assert_eq!(pool, (one.contender.model.info().workers != concurrency_lab::model::Workers::None).then_some(2));
    }
}

#[test]
fn every_interpreter_of_this_machine_runs_the_models_it_supports() {
    if python().is_none() {
        return;
    }
    let all = find(&Wanted::All);
    for one in &all.usable {
        let alone = Arc::new(Interpreters { usable: vec![one.clone()], ..Interpreters::default() });
        let mut models = everywhere(3, vec![wait(1.0)], &alone).models;
        models.retain(|model| model.host.is_python());
        let lacking = ModelId::all().filter(|model| model.is_python()).count() - models.len();
        let results = run_on(Experiment { models, ..everywhere(3, vec![wait(1.0)], &alone) }, &alone);
        assert!(results.trials.len() >= 9 && lacking <= 6, "{}: {} models", one.tag, results.trials.len());
        for trial in &results.trials {
            let runtime = measured(trial).runtime.clone().expect("an interpreter");
            assert_eq!(runtime.version, one.version, "{}: {}", one.tag, trial.contender);
        }
    }
}

/// Smallest reference count of an immortal object, which the threads of a free-threaded build share without counting.
const IMMORTAL: u64 = 1 << 30;

#[test]
fn threads_of_a_free_threaded_build_do_not_wait_for_each_other_at_constants() {
    if python().is_none() {
        return;
    }
    let all = find(&Wanted::All);
    let Some(one) = all.usable.iter().find(|one| one.free_threaded) else {
        skipped("no free-threaded CPython on this machine");
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let package = folder.path().join(PROGRAM_FOLDER);
    std::fs::create_dir(&package).expect("created");
    for (name, content) in PROGRAM {
        std::fs::write(package.join(name), content).expect("written");
    }
    // The program is started as in a trial, and ends at once without a request.
    let look = "import runpy, sys
try:
    runpy.run_path(sys.argv[1], run_name='__main__')
except ValueError:
    pass
def constants(code):
    for constant in code.co_consts:
        yield constant
        if hasattr(constant, 'co_consts'):
            yield from constants(constant)
modules = [sys.modules['concurrency_lab_program.' + name] for name in ('kernels', 'recorder', 'steps', 'counters')]
functions = [one for module in modules for one in vars(module).values() if hasattr(one, '__code__')]
numbers = [one for function in functions for one in constants(function.__code__) if isinstance(one, int)]
assert 0xBF58476D1CE4E5B9 in numbers and len(functions) > 30, functions
print(min(map(sys.getrefcount, numbers)), file=sys.stderr)";
    let mut command = std::process::Command::new(&one.path);
    let output =
        command.args(["-I", "-c", look]).arg(package.join(PROGRAM_START)).stdin(std::process::Stdio::null()).output();
    let stderr = String::from_utf8(output.expect("it ran").stderr).expect("text");
    let least: u64 =
        stderr.trim().lines().last().and_then(|line| line.parse().ok()).unwrap_or_else(|| panic!("{stderr}"));
    assert!(least >= IMMORTAL, "Python {} counts the uses of a constant: {least}", one.version);
}

#[test]
fn under_the_interpreter_lock_threads_take_turns_and_record_it() {
    let Some(interpreters) = python() else { return };
    if !interpreters.usable[0].gil {
        return;
    }
    let models = [ModelId::PySequential, ModelId::PyThreads, ModelId::PyProcessPool];
    let mut both = experiment(4, vec![compute(40.0)], &models);
    both.reference = Contender::of(ModelId::PySequential);
    let results = run_on(both, &interpreters);
    let threads = trial(&results, ModelId::PyThreads);
    let waited = threads.span_summary.gil_wait_nanos.expect("derived");
    // One of four threads computes at a time: each waits for three quarters of its time, less the time that the first and
    // last run alone.
    let all: u64 = threads.spans.load().expect("spans").tasks.iter().map(|span| span.finished - span.started).sum();
    let share = waited as f64 / all as f64;
    assert!((0.3..0.9).contains(&share), "{share}");
    assert!(threads.runtime.as_ref().is_some_and(|runtime| runtime.gil));
    assert_eq!(trial(&results, ModelId::PyProcessPool).span_summary.gil_wait_nanos, None);
    assert_eq!(trial(&results, ModelId::PySequential).span_summary.gil_wait_nanos, None);
}

#[test]
fn requests_and_files_are_real() {
    let Some(interpreters) = python() else { return };
    let steps = vec![Step::http(5.0, 20_000), Step::file(3_000_000, true)];
    for one in &run_everywhere(6, steps, &interpreters).trials {
        assert_eq!(measured(one).server.map(|server| server.requests), Some(6), "{}", one.contender);
    }
}

#[test]
fn locks_admit_as_many_tasks_as_they_have_permits() {
    let Some(interpreters) = python() else { return };
    for (lock, permits) in [(Lock::Mutex, 1), (Lock::Semaphore, 2), (Lock::Condvar, 2)] {
        let section = Step::critical(3.0, lock, permits, SectionWork::Wait);
        for one in &run_everywhere(6, vec![section], &interpreters).trials {
            let spans = measured(one).spans.load().expect("in memory");
            let inside = |task| spans.phases(task).find(|(_, phase, _, _)| *phase == Phase::Wait).expect("inside");
            let sections: Vec<(u64, u64)> = (0..6).map(inside).map(|(_, _, from, to)| (from, to)).collect();
            let at_once = |at: u64| sections.iter().filter(|(from, to)| *from <= at && at < *to).count();
            let most = sections.iter().map(|(from, _)| at_once(*from)).max().unwrap_or(0);
            assert!(most <= permits as usize, "{lock:?}, {}: {most} inside", one.contender);
        }
    }
}

#[test]
fn a_call_between_reading_and_writing_loses_updates_and_a_lock_does_not() {
    let Some(interpreters) = python() else { return };
    let first = &interpreters.usable[0];
    for protection in [Protection::None, Protection::NoneCall, Protection::Mutex, Protection::PerWorker] {
        let count = if protection == Protection::NoneCall { 1_000_000 } else { 100_000 };
        let results = run_everywhere(4, vec![Step::Increment { count, protection }], &interpreters);
        for one in results.trials.iter().filter(|one| one.contender.host.is_python()) {
            let (name, counted) = (one.contender.to_string(), measured(one).counted.expect("counted"));
            let lost = counted.lost();
            assert_eq!(counted.expected, 4 * count);
            match one.contender.model {
                model if model.separate_memory() => assert_eq!(counted.got, 0, "{name}: the parent sees nothing"),
                ModelId::PyThreads | ModelId::PyThreadPool if protection == Protection::NoneCall => {
                    assert!(lost > 0, "{name}: a switch between two of {} updates", counted.expected);
                }
                // From 3.10 on no thread switch can happen inside `x = x + 1`.
                ModelId::PyThreads | ModelId::PyThreadPool if protection == Protection::None => {
                    assert!(lost == 0 || first.series < (3, 10) || !first.gil, "{name}: {lost} lost");
                }
                ModelId::PyAsyncioThreads | ModelId::PyAsyncioMulti => {
                    assert!(lost == 0 || !protection.is_safe(), "{name}: {lost} lost")
                }
                _ => assert_eq!(lost, 0, "{name}"),
            }
        }
    }
}

#[test]
fn a_blocked_event_loop_freezes_its_ticker_and_threads_do_not() {
    let Some(interpreters) = python() else { return };
    let models = [ModelId::PyAsyncio, ModelId::PyAsyncioThreads, ModelId::PySequential];
    let mut frozen = experiment(3, vec![compute(60.0)], &models);
    frozen.workload.ticker = true;
    frozen.reference = Contender::of(ModelId::PySequential);
    let results = run_on(frozen, &interpreters);
    let share_of_wall = |model| {
        let measured = trial(&results, model);
        measured.span_summary.lateness.expect("it beat").worst as f64 / measured.wall_nanos as f64
    };
    assert!(share_of_wall(ModelId::PyAsyncio) > 0.5, "{}", share_of_wall(ModelId::PyAsyncio));
    assert!(share_of_wall(ModelId::PyAsyncioThreads) < 0.5, "{}", share_of_wall(ModelId::PyAsyncioThreads));
    assert!(trial(&results, ModelId::PySequential).span_summary.lateness.is_some());
    for model in models {
        // Each beat follows the one before it at the next multiple of 10 ms: none queues behind another.
        let mut last = 0;
        for beat in &trial(&results, model).spans.load().expect("in memory").beats {
            assert_eq!(beat.due, (last / 10_000_000 + 1) * 10_000_000, "{}", model.name());
            last = beat.due + beat.late;
        }
        assert!(last > 0, "{}", model.name());
    }
}

#[test]
fn repeats_for_the_cpu_view_do_not_change_the_first_record() {
    let Some(interpreters) = python() else { return };
    let mut warm = everywhere(5, vec![wait(4.0)], &interpreters);
    warm.trials.warmups = 1;
    warm.workload.in_flight = Some(2);
    let results = run_on(warm, &interpreters);
    for one in results.trials.iter().filter(|one| one.is_warmup() && one.contender.host.is_python()) {
        let (name, measured) = (one.contender.to_string(), measured(one));
        assert!(measured.passes > 1, "{name}");
        let spans = measured.spans.load().expect("in memory");
        assert!(spans.tasks.iter().all(|span| span.finished <= measured.wall_nanos), "{name}");
        assert!(measured.span_summary.peak_in_flight <= 2, "{name}: {}", measured.span_summary.peak_in_flight);
    }
}

/// Plain program with fifty thousand waiting tasks; prints its peak memory in KiB.
#[cfg(target_os = "linux")]
const PLAIN_SLEEPERS: &str = r#"
import asyncio
async def one():
    await asyncio.sleep(0.5)
async def main():
    await asyncio.gather(*[asyncio.create_task(one()) for _ in range(50_000)])
asyncio.run(main())
print(next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM:")))
"#;

#[cfg(target_os = "linux")]
#[test]
fn waiting_tasks_of_asyncio_take_hardly_more_memory_than_in_a_plain_program() {
    let Some(interpreters) = python() else { return };
    let plain = std::process::Command::new(&interpreters.usable[0].path).args(["-I", "-c", PLAIN_SLEEPERS]).output();
    let plain = String::from_utf8(plain.expect("it runs").stdout).expect("text");
    let plain = plain.trim().parse::<u64>().expect("KiB") * 1024;
    let results = run_on(experiment(50_000, vec![wait(500.0)], &[ModelId::PyAsyncio]), &interpreters);
    let measured = trial(&results, ModelId::PyAsyncio);
    assert_eq!(measured.record_bytes, 50_000 * 7 * 8);
    let own = measured.peak_memory_bytes.expect("stated") - measured.record_bytes;
    // At most 1.13 on 3.11 and 3.14; one more coroutine per task makes it 1.4.
    assert!(own < plain * 5 / 4, "{own} bytes of {plain}");
}

#[cfg(target_os = "linux")]
#[test]
fn memory_that_forked_workers_share_counts_once_in_the_pss() {
    let Some(interpreters) = python() else { return };
    let models = [ModelId::Sequential, ModelId::ProcessPool, ModelId::PyThreadPool, ModelId::PyProcessPool];
    let mut forked = experiment(6, vec![wait(2.0)], &models);
    forked.start_method = StartMethod::Fork;
    let results = run_on(forked, &interpreters);
    for model in models {
        let measured = trial(&results, model);
        let processes = matches!(model, ModelId::ProcessPool | ModelId::PyProcessPool);
        assert_eq!(measured.pss_bytes.is_some(), processes, "{}", model.name());
        let peak = measured.peak_memory_bytes.expect("stated");
        if let Some(pss) = measured.pss_bytes {
            assert!(pss > 1 << 20 && pss < peak, "{}: {pss} of {peak}", model.name());
        }
    }
    let measured = trial(&results, ModelId::PyProcessPool);
    let (pss, peak) = (measured.pss_bytes.expect("stated"), measured.peak_memory_bytes.expect("stated"));
    // Three processes share nearly all of their memory: the sum counts it three times.
    assert!(pss < peak * 2 / 3, "{pss} of {peak}");
    assert_eq!(measured.runtime.as_ref().expect("an interpreter").start_method.as_deref(), Some("fork"));
}

/// Returns an interpreter that is a shell script, in which `python` stands for the real one.
#[cfg(unix)]
fn disguised(interpreters: &Interpreters, folder: &std::path::Path, script: &str) -> Arc<Interpreters> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut first = interpreters.usable[0].clone();
    let path = folder.join("python3");
    let script = script.replace("python", &format!("'{}'", first.path.display()));
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("set");
    first.path = path;
    Arc::new(Interpreters { usable: vec![first], ..Interpreters::default() })
}

/// Faults of an interpreter, as shell scripts, and the reason that is reported.
#[cfg(unix)]
const FAULTS: [(&str, &str); 5] = [
    ("exec sleep 1000", "did not start within 15 s"),
    (
        "kill -9 $$",
        "was killed (signal 9 (killed)): by its own code, by another process, or by the system, for example because memory ran out",
    ),
    ("echo no such luck >&2; exit 3", "exit code 3). Its stderr: no such luck"),
    ("exec python -c 'import no_such_module'", "No module named 'no_such_module'"),
    ("yes | head -c 3000000; exec python \"$@\"", "printed more than"),
];

#[cfg(unix)]
fn fails_alone(step: &Step) {
    let Some(interpreters) = python() else { return };
    for (script, reason) in FAULTS {
        let folder = tempfile::tempdir().expect("a folder");
        let broken = disguised(&interpreters, folder.path(), script);
        let begun = std::time::Instant::now();
        let models = [ModelId::Sequential, ModelId::PyThreads];
        let results = run_on(experiment(2, vec![step.clone()], &models), &broken);
        assert_eq!(results.outcome, Some(Outcome::Done), "{script}");
        assert!(begun.elapsed() < std::time::Duration::from_secs(30), "{script}: {:?}", begun.elapsed());
        let of = |model| results.trials.iter().find(|trial| trial.contender.model == model).expect("tried");
        assert_eq!(of(ModelId::Sequential).status, Status::Completed, "{script}");
        let failed = of(ModelId::PyThreads);
        let reported = failed.reason().unwrap_or_default();
        assert!(failed.status == Status::Failed && reported.contains(reason), "{script}: {reported}");
    }
}

#[cfg(unix)]
#[test]
fn an_interpreter_that_can_not_be_calibrated_fails_alone_with_the_reason() {
    fails_alone(&compute(1.0));
}

#[cfg(unix)]
#[test]
fn an_interpreter_that_fails_in_its_trial_fails_alone_with_the_reason() {
    fails_alone(&wait(1.0));
}

#[cfg(target_os = "linux")]
#[test]
fn a_pool_whose_threads_can_not_all_start_fails_and_does_not_wait_for_them() {
    let Some(interpreters) = python() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    // Threads take stacks of 1 GB, and two of them are all that fits.
    let script = "ulimit -s 1000000; ulimit -v 2500000; exec python \"$@\"";
    let small = disguised(&interpreters, folder.path(), script);
    for model in [ModelId::PyThreadPool, ModelId::PyAsyncioThreads] {
        let mut crowded = experiment(8, vec![wait(1.0)], &[model]);
        crowded.workload.workers = Some(6.into());
        let begun = std::time::Instant::now();
        let results = run_on(crowded, &small);
        let reason = results.trials[0].reason().unwrap_or_default();
        assert!(reason.contains("the system allows no more threads here"), "{model:?}: {reason}");
        let Some(Failure::Interpreter { failure: InterpreterFailure::Reported { problem, .. }, .. }) =
            &results.trials[0].failure
        else {
            panic!("{model:?}: {:?}", results.trials[0].failure);
        };
        assert_eq!(*problem, ReportedProblem::ThreadLimit, "{model:?}");
        assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{model:?}: {:?}", begun.elapsed());
    }
}

#[cfg(unix)]
#[test]
fn a_step_that_fails_names_its_task_under_every_model() {
    let Some(interpreters) = python() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    // No file may become as large as this step wants it: 2 or 4 MB, by the shell.
    let limited = disguised(&interpreters, folder.path(), "ulimit -f 4000; exec python \"$@\"");
    let mut large = everywhere(2, vec![wait(0.1), Step::file(5_000_000, false)], &interpreters);
    large.models.retain(|model| model.host.is_python());
    large.reference = large.models[0].clone();
    let results = run_on(large, &limited);
    assert!(results.trials.len() >= 7, "{} models", results.trials.len());
    for trial in &results.trials {
        let named = matches!(&trial.failure, Some(Failure::Step(StepFailure { step: 1, kind, .. })) if kind == "file");
        assert!(named, "{}: {:?}", trial.contender, trial.failure);
    }
}

#[cfg(unix)]
#[test]
fn files_of_processes_hold_what_the_parent_made() {
    let Some(interpreters) = python() else { return };
    let step = Step::file(300_001, false);
    let mut files = everywhere(3, vec![step], &interpreters);
    files.start_method = StartMethod::Spawn;
    let results = run_on(files, &interpreters);
    let checksums: Vec<u64> = results.trials.iter().map(|trial| measured(trial).checksum).collect();
    assert!(checksums.len() > 5 && checksums.iter().all(|sum| *sum == checksums[0]), "{checksums:x?}");
}

#[cfg(unix)]
#[test]
fn output_before_the_program_begins_is_not_read_as_a_message() {
    let Some(interpreters) = python() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let noisy = disguised(&interpreters, folder.path(), "echo '{\"report\": 1}'; printf noise; exec python \"$@\"");
    let results = run_on(experiment(2, vec![compute(1.0)], &[ModelId::PyThreads, ModelId::PyProcessPool]), &noisy);
    assert!(results.trials.iter().all(|trial| measured(trial).checksum != 0));
}

#[test]
fn a_model_without_an_interpreter_is_unavailable_with_the_reason() {
    let models = [ModelId::Sequential, ModelId::PyThreads];
    let results = run_on(experiment(2, vec![wait(1.0)], &models), &Arc::default());
    assert_eq!(results.outcome, Some(Outcome::Done));
    assert_eq!(results.trials.len(), 1);
    let analysis = concurrency_lab::analysis::analyse(&results);
    assert_eq!(analysis.summaries[1].status, Some(Status::Unavailable));
    assert!(analysis.summaries[1].reason.as_deref().is_some_and(|reason| reason.contains("no CPython 3.9 or newer")));
}
