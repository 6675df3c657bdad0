//! Shared by the tests of real runs: building an experiment and running it to its end.

#[cfg(target_os = "linux")]
pub mod marked;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, LazyLock};

use concurrency_lab::clock;
use concurrency_lab::experiment::{Experiment, SamplingPlan, TrialCount, file};
use concurrency_lab::model::{Contender, ModelId};
use concurrency_lab::python::Interpreters;
use concurrency_lab::record::DATA_VARIABLE;
use concurrency_lab::results::Results;
use concurrency_lab::session::interpreters::{self, Wanted};
use concurrency_lab::session::{RealSessions, Request, RunningSession, Sessions};
use concurrency_lab::workload::{Kernel, Step, Workload};

/// The lab's executable, as built for this test run.
pub fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_concurrency-lab"))
}

/// The lab's command line, with a history that is not the user's.
pub fn lab() -> Command {
    isolated(Command::new(program()))
}

/// A shell that starts the lab, with a history that is not the user's.
pub fn shell() -> Command {
    isolated(Command::new("sh"))
}

fn isolated(mut command: Command) -> Command {
    command.env(DATA_VARIABLE, concat!(env!("CARGO_TARGET_TMPDIR"), "/lab-data"));
    command
}

/// Returns an experiment with `count` tasks of these steps under these models, one measured round, no warm-up.
pub fn experiment(count: u32, steps: Vec<Step>, models: &[ModelId]) -> Experiment {
    Experiment {
        id: "test".into(),
        title: "Test".into(),
        workload: Workload { workers: Some(2.into()), seed: 7, ..Workload::of(count, steps) },
        trials: SamplingPlan {
            count: TrialCount::Fixed(1),
            warmups: 0,
            timeout_seconds: 60.0,
            ..SamplingPlan::default()
        },
        models: models.iter().copied().map(Contender::of).collect(),
        models_by_default: false,
        ..Experiment::default()
    }
}

/// Writes an experiment into a folder, as a file for the command line.
pub fn write_experiment(folder: &Path, experiment: &Experiment) -> PathBuf {
    let path = folder.join(format!("{}.toml", experiment.id));
    std::fs::write(&path, file::to_toml(experiment)).expect("written");
    path
}

pub fn compute(ms: f64) -> Step {
    Step::Compute { ms, kernel: Kernel::Splitmix }
}

pub fn wait(ms: f64) -> Step {
    Step::wait(ms)
}

pub fn start(experiment: Experiment) -> (Results, RunningSession) {
    start_with(program(), experiment)
}

pub fn start_with(program: PathBuf, experiment: Experiment) -> (Results, RunningSession) {
    start_on(program, experiment, Arc::default())
}

/// Starts an experiment with these interpreters for Python models.
pub fn start_on(
    program: PathBuf,
    mut experiment: Experiment,
    interpreters: Arc<Interpreters>,
) -> (Results, RunningSession) {
    experiment.resolve_interpreters(&interpreters);
    let experiment = Arc::new(experiment);
    let results = Results::new(Arc::clone(&experiment), Arc::clone(&interpreters), clock::unix_millis());
    let request = Request {
        experiment,
        interpreters,
        when_quiet: None,
        more: None,
        sink: None,
        notify: Arc::new(|| ()),
        code: Arc::default(),
    };
    (results, RealSessions::new(program).start(request))
}

/// Runs an experiment to its end.
pub fn run(experiment: Experiment) -> Results {
    let (mut results, session) = start(experiment);
    finish(&mut results, &session);
    results
}

/// Returns the first CPython of this machine; without one, reports that the test is skipped.
pub fn python() -> Option<Arc<Interpreters>> {
    static FOUND: LazyLock<Arc<Interpreters>> = LazyLock::new(|| Arc::new(interpreters::find(&Wanted::First)));
    if FOUND.usable.is_empty() {
        skipped("no CPython 3.9 or newer on this machine");
        return None;
    }
    Some(Arc::clone(&FOUND))
}

/// Returns the first CPython of this machine that can run a model, alone; without one, reports that the test is skipped
/// for this model.
pub fn python_for(model: ModelId) -> Option<Arc<Interpreters>> {
    static ALL: LazyLock<Interpreters> = LazyLock::new(|| interpreters::find(&Wanted::All));
    let Some(one) = ALL.usable.iter().find(|one| one.lacks(model).is_none()) else {
        skipped(&format!("no interpreter of this machine can run {}", model.name()));
        return None;
    };
    Some(Arc::new(Interpreters { usable: vec![one.clone()], ..Interpreters::default() }))
}

/// Reports that a test is skipped, with the reason.
pub fn skipped(reason: &str) {
    // Not captured by the test harness, so that it is seen.
    let _ = writeln!(io::stderr(), "SKIPPED: {reason}");
}

/// Runs an experiment to its end with these interpreters.
pub fn run_on(experiment: Experiment, interpreters: &Arc<Interpreters>) -> Results {
    let (mut results, session) = start_on(program(), experiment, Arc::clone(interpreters));
    finish(&mut results, &session);
    results
}

/// Applies all remaining events.
pub fn finish(results: &mut Results, session: &RunningSession) {
    for event in &session.events {
        results.apply(event);
    }
}
