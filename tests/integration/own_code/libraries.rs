//! Functions and coroutine functions under models that need a package, on the first interpreter that has it, and worker
//! processes that are killed. Skipped with a message where no interpreter has the package.

use super::faults::inside;
use super::{call, measured, module, reason, run_in};
use crate::common::{experiment, python_for};
use concurrency_lab::failure::{Failure, InterpreterFailure, ReportedProblem};
use concurrency_lab::model::ModelId;
use concurrency_lab::trial::{Phase, ResultCheck, Status};

const LIBRARIES: [ModelId; 5] =
    [ModelId::PyJoblib, ModelId::PyDask, ModelId::PyUvloop, ModelId::PyGevent, ModelId::PyTrio];

#[test]
fn a_function_is_called_once_per_task_and_its_results_are_those_of_the_plain_loop() {
    let text = "
import os
class Point:
    def __init__(self, x): self.x = x
    def __repr__(self): return f'Point({self.x})'
def work(task):
    with open(f'called-{task}', 'a') as file:
        file.write('x')
    return [Point(task), {'half': task / 2}]
";
    for model in LIBRARIES {
        let Some(interpreters) = python_for(model) else { continue };
        let folder = module(text);
        let plan = experiment(6, vec![call("work")], &[ModelId::PySequential, model]);
        let results = run_in(folder.path(), plan, &interpreters);
        assert_eq!(results.trials.len(), 2);
        for trial in &results.trials {
            let one = measured(trial);
            assert_eq!(one.results, Some(ResultCheck::Same), "{}", trial.contender);
            assert_eq!(one.checksum, measured(&results.trials[0]).checksum, "{}", trial.contender);
            let spans = one.spans.load().expect("in memory");
            assert!(spans.phases(5).all(|(_, phase, _, _)| phase == Phase::OwnCode), "{}", trial.contender);
        }
        for task in 0..6 {
            let file = std::fs::read_to_string(folder.path().join(format!("called-{task}"))).expect("called");
            assert_eq!(file, "xx", "{}: once under each model", model.name());
        }
    }
}

#[test]
fn what_a_function_raises_and_what_can_not_be_sent_is_stated_under_joblib_and_dask() {
    for model in [ModelId::PyJoblib, ModelId::PyDask] {
        let Some(interpreters) = python_for(model) else { continue };
        let cases = [
            (
                "def work(task):\n    if task == 2: raise ValueError('no two')\n    return task",
                "task 2 failed at step 1 (call): ValueError: no two (work.py, line 2, in work",
            ),
            ("import sys\ndef work(task): sys.exit('enough')", "failed at step 1 (call): SystemExit: enough"),
            ("import threading\ndef work(task): return threading.Lock()", "can't be sent between processes"),
        ];
        for (text, expected) in cases {
            let folder = module(text);
            let results = run_in(folder.path(), experiment(4, vec![call("work")], &[model]), &interpreters);
            let reason = reason(&results.trials[0]);
            assert!(reason.contains(expected), "{}: {reason}", model.name());
            assert_eq!(inside(folder.path()), Vec::<String>::new(), "{}", model.name());
        }
    }
}

#[test]
fn a_coroutine_function_runs_in_turn_under_gevent_and_together_under_uvloop() {
    let text = "
import asyncio
async def work(task):
    await asyncio.sleep(0.1)
    return task
";
    for model in [ModelId::PyGevent, ModelId::PyUvloop, ModelId::PyJoblib, ModelId::PyDask] {
        let Some(interpreters) = python_for(model) else { continue };
        let folder = module(text);
        let plan = experiment(4, vec![call("work")], &[ModelId::PySequential, model]);
        let results = run_in(folder.path(), plan, &interpreters);
        let trial = results.trials.iter().find(|trial| trial.contender.model == model).expect("it ran");
        let one = measured(trial);
        assert_eq!(one.results, Some(ResultCheck::Same), "{}", model.name());
        let spans = one.spans.load().expect("in memory");
        let first_end = spans.tasks.iter().map(|span| span.finished).min();
        let together = spans.tasks.iter().all(|span| Some(span.started) < first_end);
        if model == ModelId::PyGevent {
            // Greenlets begin together, and wait for their turn: at most one is over in each tenth of a second.
            let mut ends: Vec<u64> = spans.tasks.iter().map(|span| span.finished).collect();
            ends.sort_unstable();
            assert!(ends.windows(2).all(|pair| pair[1] - pair[0] >= 90_000_000), "{ends:?}");
        } else {
            assert_eq!(together, model == ModelId::PyUvloop, "{}", model.name());
        }
    }
}

/// Leaves the id of its process and waits, unless it runs in the interpreter that the runner has started.
#[cfg(target_os = "linux")]
const WAITS_IN_WORKERS: &str = "
import os, time
def work(task):
    with open(f'/proc/{os.getppid()}/cmdline') as file:
        if '__runner' in file.read():
            return task
    open(f'worker-{os.getpid()}', 'w').close()
    while not os.path.exists('killed'):
        time.sleep(0.01)
    return task
";

#[cfg(target_os = "linux")]
#[test]
fn a_killed_worker_is_a_stated_failure_and_the_other_models_go_on() {
    use crate::common::marked::{SOON, signal};
    use std::time::{Duration, Instant};

    for model in [ModelId::PyProcessPool, ModelId::PyPool, ModelId::PyJoblib, ModelId::PyDask] {
        let Some(interpreters) = python_for(model) else { continue };
        let folder = module(WAITS_IN_WORKERS);
        let path = folder.path().to_owned();
        let killer = std::thread::spawn(move || {
            let worker = || {
                let names = std::fs::read_dir(&path).expect("there").flatten().map(|entry| entry.file_name());
                names.filter_map(|name| name.to_str()?.strip_prefix("worker-")?.parse::<i32>().ok()).min()
            };
            let begun = Instant::now();
            let found = loop {
                match worker() {
                    Some(worker) => break Some(worker),
                    None if begun.elapsed() > SOON => break None,
                    None => std::thread::sleep(Duration::from_millis(5)),
                }
            };
            if let Some(worker) = found {
                signal(worker, "-KILL");
            }
            std::fs::write(path.join("killed"), "").expect("written");
            found
        });
        let models = [model, ModelId::PySequential, ModelId::PyThreads];
        let results = run_in(folder.path(), experiment(4, vec![call("work")], &models), &interpreters);
        assert!(killer.join().expect("no panic").is_some(), "{}: a worker began a task", model.name());
        assert_eq!(results.trials.len(), models.len(), "{}", model.name());
        for trial in &results.trials {
            if trial.contender.model != model {
                assert_eq!(trial.status, Status::Completed, "{}: {:?}", trial.contender, trial.failure);
                continue;
            }
            let Some(Failure::Interpreter { failure: InterpreterFailure::Reported { problem, .. }, .. }) =
                &trial.failure
            else {
                panic!("{}: {:?}", model.name(), trial.failure);
            };
            assert_eq!(*problem, ReportedProblem::WorkerDied, "{}", model.name());
            assert!(reason(trial).contains("a worker process died: by its own code"), "{}", reason(trial));
        }
        assert_eq!(inside(folder.path()), Vec::<String>::new(), "{}: no process is left", model.name());
    }
}

/// Semaphores that no trial's name is part of: those that nobody would find after a trial was killed.
#[cfg(target_os = "linux")]
fn nameless_semaphores() -> Vec<String> {
    let names = std::fs::read_dir("/dev/shm").expect("there").flatten().map(|entry| entry.file_name());
    let names = names.filter_map(|name| name.into_string().ok());
    names.filter(|name| name.starts_with("sem.loky-") || name.starts_with("sem.mp-")).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn a_timed_out_trial_of_joblib_or_dask_leaves_no_semaphore() {
    for model in [ModelId::PyJoblib, ModelId::PyDask] {
        let Some(interpreters) = python_for(model) else { continue };
        let before = nameless_semaphores();
        let folder = module("import time\ndef work(task): time.sleep(1000)\n");
        let mut plan = experiment(2, vec![call("work")], &[model]);
        plan.trials.timeout_seconds = 3.0;
        let results = run_in(folder.path(), plan, &interpreters);
        assert!(reason(&results.trials[0]).contains("timed out"), "{}", reason(&results.trials[0]));
        let left: Vec<String> = nameless_semaphores().into_iter().filter(|name| !before.contains(name)).collect();
        assert_eq!(left, Vec::<String>::new(), "{}", model.name());
    }
}
