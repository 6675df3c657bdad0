//! Functions that work: called once per task under every model, with the arguments of the step, and their results compared.

use super::{call, measured, module, python_models, run_everywhere, run_in};
use crate::common::{experiment, python, skipped};
use concurrency_lab::experiment::TrialCount;
use concurrency_lab::model::{ModelId, contenders};
use concurrency_lab::python::{Interpreters, StartMethod};
use concurrency_lab::session::interpreters::functions::{FunctionNote, functions};
use concurrency_lab::session::interpreters::{Wanted, find};
use concurrency_lab::trial::{NotCompared, Phase, ResultCheck};
use concurrency_lab::workload::Step;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Each call leaves a file named after the task.
const LEAVES_FILES: &str = "
import os, pathlib
import helper

def work(task, text, both):
    assert os.getcwd() == os.path.dirname(os.path.abspath(__file__)), os.getcwd()
    assert (text, both) == ('plain', f'{task}-{task}'), (text, both)
    with open(f'called-{task}', 'a') as file:
        file.write('x')
    return helper.double(task)
";

#[test]
fn a_function_is_called_once_per_task_under_every_model() {
    let Some(interpreters) = python() else { return };
    let arguments = ["{index}", "plain", "{index}-{index}"].map(str::to_owned).to_vec();
    let step = Step::Call { file: "work.py".to_owned(), function: "work".to_owned(), arguments };
    for model in python_models(&step, &interpreters) {
        let folder = module(LEAVES_FILES);
        std::fs::write(folder.path().join("helper.py"), "def double(task): return 2 * task").expect("written");
        let results = run_in(folder.path(), experiment(6, vec![step.clone()], &[model]), &interpreters);
        let measured = measured(&results.trials[0]);
        for task in 0..6 {
            let file = std::fs::read_to_string(folder.path().join(format!("called-{task}")));
            assert_eq!(file.expect("called"), "x", "{}: task {task}", model.name());
        }
        let spans = measured.spans.load().expect("in memory");
        assert_eq!(spans.tasks.len(), 6, "{}", model.name());
        assert!(spans.phases(0).all(|(_, phase, _, _)| phase == Phase::OwnCode), "{}", model.name());
        assert_eq!(measured.results, Some(ResultCheck::Same), "{}", model.name());
    }
}

#[test]
fn a_coroutine_function_is_awaited_on_event_loops_and_wrapped_elsewhere() {
    let Some(interpreters) = python() else { return };
    // Twelve waits of 100 ms are over in less than two only where they are awaited together.
    let text = "
import asyncio
async def work(task):
    await asyncio.sleep(0.1)
    return task
";
    let step = call("work");
    let folder = module(text);
    let models = [ModelId::PySequential, ModelId::PyThreadPool, ModelId::PyProcessPool, ModelId::PyAsyncio];
    let results = run_in(folder.path(), experiment(12, vec![step], &models), &interpreters);
    for trial in &results.trials {
        let spans = measured(trial).spans.load().expect("in memory");
        let first_end = spans.tasks.iter().map(|span| span.finished).min();
        let together = spans.tasks.iter().all(|span| Some(span.started) < first_end);
        assert_eq!(together, trial.contender.model == ModelId::PyAsyncio, "{}", trial.contender);
    }
}

#[test]
fn a_plain_function_blocks_the_event_loop_and_not_the_threads_beside_it() {
    let Some(interpreters) = python() else { return };
    let folder = module("import time\ndef work(task): time.sleep(0.05)");
    let models = [ModelId::PyAsyncio, ModelId::PyAsyncioThreads];
    let results = run_in(folder.path(), experiment(4, vec![call("work")], &models), &interpreters);
    for trial in &results.trials {
        let spans = measured(trial).spans.load().expect("in memory");
        let mut tasks = spans.tasks.clone();
        tasks.sort_by_key(|span| span.started);
        let one_at_a_time = tasks.windows(2).all(|pair| pair[0].finished <= pair[1].started);
        assert_eq!(one_at_a_time, trial.contender.model == ModelId::PyAsyncio, "{}", trial.contender);
    }
}

#[test]
fn every_start_method_and_interpreter_runs_the_same_bytes() {
    if python().is_none() {
        return;
    }
    let text = "
class Point:
    def __init__(self, x): self.x = x
    def __repr__(self): return f'Point({self.x})'
def work(task): return Point(task)
";
    let models = [ModelId::PyThreadPool, ModelId::PyProcesses, ModelId::PyProcessPool, ModelId::PyInterpreters];
    for one in find(&Wanted::All).usable {
        let alone = Arc::new(Interpreters { usable: vec![one.clone()], ..Interpreters::default() });
        let able = python_models(&call("work"), &alone);
        let models: Vec<ModelId> = models.into_iter().filter(|model| able.contains(model)).collect();
        for method in StartMethod::ALL {
            let folder = module(text);
            let mut plan = experiment(3, vec![call("work")], &models);
            plan.start_method = method;
            let results = run_in(folder.path(), plan, &alone);
            for trial in &results.trials {
                let name = format!("{} {} {}", one.tag, method.name(), trial.contender);
                assert_eq!(measured(trial).results, Some(ResultCheck::Same), "{name}");
                assert_eq!(measured(trial).checksum, measured(&results.trials[0]).checksum, "{name}");
            }
        }
    }
}

#[test]
fn results_that_differ_are_shown_with_both_values() {
    let Some(interpreters) = python() else { return };
    let text = "import os\ndef work(task): return [task, os.getpid() if task == 1 else 'same']";
    let results = run_everywhere(text, "work", 3, &interpreters);
    let differing: Vec<_> = results
        .trials
        .iter()
        .filter_map(|trial| match &measured(trial).results {
            Some(ResultCheck::Differ(differing)) => Some(differing),
            _ => None,
        })
        .collect();
    assert_eq!(differing.len(), results.trials.len() - 1, "all but the first");
    for one in differing {
        assert_eq!(one.task, Some(1));
        assert!(
            one.found.starts_with("[1, ") && one.expected.starts_with("[1, ") && one.found != one.expected,
            "{one:?}"
        );
        assert_eq!(one.other, results.trials[0].contender.title());
    }
}

#[test]
fn the_order_of_a_set_is_no_difference_and_an_address_is_not_compared() {
    let Some(interpreters) = python() else { return };
    let sets = "def work(task): return {'a', 'b', 'c', 'd', str(task)}, {frozenset({'e', 'f', 'g'}): task}";
    for trial in &run_everywhere(sets, "work", 3, &interpreters).trials {
        assert_eq!(measured(trial).results, Some(ResultCheck::Same), "{}", trial.contender);
    }
    let address = "class Plain: pass\ndef work(task): return Plain()";
    for trial in &run_everywhere(address, "work", 2, &interpreters).trials {
        let expected = Some(ResultCheck::NotCompared(NotCompared::Address));
        assert_eq!(measured(trial).results, expected, "{}", trial.contender);
    }
    let large = "def work(task): return bytearray(300 << 20) if task == 1 else 0";
    let folder = module(large);
    let results = run_in(folder.path(), experiment(2, vec![call("work")], &[ModelId::PySequential]), &interpreters);
    assert_eq!(measured(&results.trials[0]).results, Some(ResultCheck::NotCompared(NotCompared::TooLarge)));
}

#[test]
fn functions_are_listed_without_running_anything() {
    let Some(interpreters) = python() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let trace = folder.path().join("trace");
    let text = format!(
        "# -*- coding: latin-1 -*-\nopen({trace:?}, 'w')\ndef fetch(url, /, size=3, *rest, key): pass\nasync def nap(): pass\nclass C:\n    def inner(self): pass\nx = lambda: 0\n"
    );
    let listed = functions(&interpreters.usable[0].path, text.as_bytes()).expect("Python");
    let shown: Vec<_> =
        listed.iter().map(|one| (one.name.as_str(), one.is_coroutine, one.parameters.len(), one.needed)).collect();
    assert_eq!(shown, [("fetch", false, 2, 1), ("nap", true, 0, 0)]);
    assert!(!trace.exists(), "nothing ran");
    let text = b"def plain():\n    def inner(): yield 1\n    return lambda: (yield)\n@cache\ndef cached(): yield\nasync def nap(): pass\ndef lazy():\n    if 1:\n        yield 1\n";
    let listed = functions(&interpreters.usable[0].path, text).expect("Python");
    let told: Vec<_> = listed.iter().filter_map(|one| Some((one.name.as_str(), one.note()?))).collect();
    let expected = [("plain", FunctionNote::HoldsTheLoop), ("lazy", FunctionNote::Generator)];
    assert_eq!(told, expected, "a decorator may make anything of a function");
    let mistake = functions(&interpreters.usable[0].path, b"x = 1\ndef f(:\n").expect_err("no Python").to_string();
    assert!(mistake.contains("line 2"), "{mistake}");
    let deep = "(".repeat(100_000);
    assert!(functions(&interpreters.usable[0].path, deep.as_bytes()).is_err(), "too deep to parse");
    if cfg!(not(unix)) {
        skipped("programs that are no interpreters are shell scripts");
    }
}

#[test]
fn nothing_is_estimated_of_a_sweep_over_code_of_the_users() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("f.py"), "def work(index):\n    return index\n").expect("written");
    let output = crate::common::lab()
        .current_dir(folder.path())
        .args(["run", "f.py:work", "--models", "py-sequential", "--sweep", "tasks=2,4", "--trials", "1", "--dry-run"])
        .output()
        .expect("the lab starts");
    let shown = String::from_utf8_lossy(&output.stdout).replace('\u{a0}', " ");
    assert!(shown.contains("2 values, 1 model: expected time unknown") && !shown.contains("of memory"), "{shown}");
}

#[test]
fn a_chunk_of_calls_returns_the_results_of_each() {
    let Some(interpreters) = python() else { return };
    let folder = module("def work(task): return task * 2");
    let mut experiment = experiment(5, vec![call("work")], &[]);
    let names = ["py-sequential", "py-process-pool{workers=2,chunk=2}", "py-pool{workers=2,chunk=2}"];
    experiment.models = contenders(names).expect("models");
    experiment.reference = experiment.models[0].clone();
    let results = run_in(folder.path(), experiment, &interpreters);
    assert_eq!(results.trials.len(), names.len());
    for trial in &results.trials {
        assert_eq!(measured(trial).checksum, measured(&results.trials[0]).checksum, "{}", trial.contender);
    }
}

#[test]
fn the_environment_of_each_trial_has_a_length_of_its_own() {
    let Some(interpreters) = python() else { return };
    let text = "
import os
def work(task):
    with open('lengths', 'a') as file:
        file.write(f'{sum(map(len, os.environ.values()))} ')
";
    let folder = module(text);
    let mut experiment = experiment(1, vec![call("work")], &[ModelId::PySequential]);
    experiment.trials.count = TrialCount::Fixed(5);
    run_in(folder.path(), experiment, &interpreters);
    let lengths = std::fs::read_to_string(folder.path().join("lengths")).expect("written");
    let lengths: BTreeSet<&str> = lengths.split_whitespace().collect();
    assert!(lengths.len() > 1, "{lengths:?}");
}
