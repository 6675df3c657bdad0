//! Functions and commands of the user's: under every model, with every fault, and never without consent. Those of Python are
//! skipped with a message without a CPython.

mod commands;
mod consent;
mod faults;
mod functions;
mod libraries;
mod names;
mod stored;

use std::path::Path;
use std::sync::Arc;

use crate::common;
use concurrency_lab::clock;
use concurrency_lab::code::{self, OwnCode};
use concurrency_lab::experiment::Experiment;
use concurrency_lab::experiment::capabilities::unavailable;
use concurrency_lab::model::{Contender, ModelId};
use concurrency_lab::python::Interpreters;
use concurrency_lab::results::Results;
use concurrency_lab::session::{RealSessions, Request, Sessions};
use concurrency_lab::trial::{Measured, Trial};
use concurrency_lab::workload::Step;

/// Returns the step that calls a function of `work.py` with the number of the task.
fn call(function: &str) -> Step {
    Step::Call { file: "work.py".to_owned(), function: function.to_owned(), arguments: vec!["{index}".to_owned()] }
}

fn command(argv: &[&str]) -> Step {
    Step::Command { argv: argv.iter().map(|one| (*one).to_owned()).collect() }
}

/// Writes `work.py` into a folder of its own.
fn module(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("work.py"), text).expect("written");
    folder
}

/// Returns the models of Python that can run a step here.
fn python_models(step: &Step, interpreters: &Interpreters) -> Vec<ModelId> {
    let experiment = common::experiment(1, vec![step.clone()], &[]);
    let able = |model: &ModelId| unavailable(&Contender::of(*model), &experiment, interpreters).is_none();
    ModelId::all().filter(|model| model.is_python()).filter(able).collect()
}

/// Runs one round of an experiment with the code that its steps name in a folder.
fn run_in(folder: &Path, experiment: Experiment, interpreters: &Arc<Interpreters>) -> Results {
    let code = code::read(experiment.workload.steps(), folder).expect("readable");
    run_with(experiment, interpreters, code)
}

fn run_with(mut experiment: Experiment, interpreters: &Arc<Interpreters>, code: Vec<OwnCode>) -> Results {
    experiment.resolve_interpreters(interpreters);
    let experiment = Arc::new(experiment);
    let mut results = Results::new(Arc::clone(&experiment), Arc::clone(interpreters), clock::unix_millis());
    let session = RealSessions::new(common::program()).start(Request {
        experiment,
        interpreters: Arc::clone(interpreters),
        when_quiet: None,
        more: None,
        sink: None,
        notify: Arc::new(|| ()),
        code: code.into(),
    });
    common::finish(&mut results, &session);
    results
}

/// Runs a function of a module under all models of Python that are here.
fn run_everywhere(text: &str, function: &str, tasks: u32, interpreters: &Arc<Interpreters>) -> Results {
    let (folder, step) = (module(text), call(function));
    let models = python_models(&step, interpreters);
    assert!(models.len() >= 7, "{models:?}");
    let results = run_in(folder.path(), common::experiment(tasks, vec![step], &models), interpreters);
    assert_eq!(results.trials.len(), models.len());
    results
}

fn measured(trial: &Trial) -> &Measured {
    trial.completed().unwrap_or_else(|| panic!("{}: {:?}", trial.contender, trial.failure))
}

/// Returns why a trial failed.
fn reason(trial: &Trial) -> String {
    trial.failure.as_ref().unwrap_or_else(|| panic!("{} completed", trial.contender)).to_string()
}
