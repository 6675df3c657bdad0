//! What the tests of real runs share: building an experiment and running it to its end.

#![allow(dead_code, reason = "each test binary uses its own part of this module")]

use std::path::PathBuf;
use std::sync::Arc;

use concurrency_lab::clock;
use concurrency_lab::experiment::{Experiment, TrialCount, TrialPlan};
use concurrency_lab::model::{Contender, ModelId};
use concurrency_lab::results::Results;
use concurrency_lab::session::{RealSessions, Request, RunningSession, SessionEvent, Sessions};
use concurrency_lab::workload::{Kernel, Spread, Step, Tasks, Workload};

/// The lab's executable, as built for this test run.
pub fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_concurrency-lab"))
}

/// `count` tasks of these steps under these models, one measured round, no warm-up.
pub fn experiment(count: u32, steps: Vec<Step>, models: &[ModelId]) -> Experiment {
    Experiment {
        id: "test".into(),
        title: "Test".into(),
        summary: String::new(),
        explanation: String::new(),
        workload: Workload {
            tasks: Tasks::Alike { count, steps },
            workers: Some(2),
            in_flight: None,
            seed: 7,
            spread: Spread::Constant,
            ticker: false,
        },
        trials: TrialPlan { count: TrialCount::Fixed(1), warmups: 0, timeout_seconds: 60.0, ..TrialPlan::default() },
        models: models.iter().copied().map(Contender::native).collect(),
        left_out: Vec::new(),
        reference: Contender::native(ModelId::Sequential),
    }
}

pub fn compute(ms: f64) -> Step {
    Step::Compute { ms, kernel: Kernel::Splitmix }
}

pub fn wait(ms: f64) -> Step {
    Step::Wait { ms }
}

pub fn start(experiment: Experiment) -> (Results, RunningSession) {
    start_with(program(), experiment)
}

pub fn start_with(program: PathBuf, experiment: Experiment) -> (Results, RunningSession) {
    let experiment = Arc::new(experiment);
    let results = Results::new(Arc::clone(&experiment), clock::unix_millis());
    let request = Request { experiment, more: None, notify: Arc::new(|| ()) };
    (results, RealSessions::new(program).start(request))
}

/// Runs it to its end.
pub fn run(experiment: Experiment) -> Results {
    let (mut results, session) = start(experiment);
    finish(&mut results, &session);
    results
}

/// Takes in all that is still to come.
pub fn finish(results: &mut Results, session: &RunningSession) {
    for event in &session.events {
        results.absorb(event);
    }
}

/// The first event that fits, absorbing all before it.
pub fn wait_for(results: &mut Results, session: &RunningSession, fits: impl Fn(&SessionEvent) -> bool) -> bool {
    for event in &session.events {
        let found = fits(&event);
        results.absorb(event);
        if found {
            return true;
        }
    }
    false
}
