//! Runs copies of models against each other: tasks that compute, no warm-up, a fixed number of rounds.

use std::path::PathBuf;
use std::sync::Arc;

use concurrency_lab::clock;
use concurrency_lab::experiment::{Experiment, SamplingPlan, TrialCount};
use concurrency_lab::model::{Contender, ModelId};
use concurrency_lab::results::Results;
use concurrency_lab::session::{RealSessions, Request, Sessions};
use concurrency_lab::workload::{Kernel, Step, Workload};

/// The copies 1 to `count` of a model.
pub fn copies(model: ModelId, count: u8) -> impl Iterator<Item = Contender> {
    (1..=count).map(move |copy| Contender { copy, ..Contender::of(model) })
}

/// Runs 20 tasks of `task_ms` under each contender; the first is the reference.
pub fn run(seed: u32, rounds: u32, task_ms: f64, contenders: Vec<Contender>) -> Results {
    let experiment = Arc::new(Experiment {
        id: "copies".into(),
        title: "A/A".into(),
        workload: Workload {
            seed: seed.into(),
            ..Workload::of(20, vec![Step::Compute { ms: task_ms, kernel: Kernel::Splitmix }])
        },
        trials: SamplingPlan { count: TrialCount::Fixed(rounds), warmups: 0, ..SamplingPlan::default() },
        reference: contenders[0].clone(),
        models: contenders,
        models_by_default: false,
        ..Experiment::default()
    });
    let mut results = Results::new(Arc::clone(&experiment), Arc::default(), clock::unix_millis());
    let sessions = RealSessions::new(PathBuf::from(env!("CARGO_BIN_EXE_concurrency-lab")));
    let (interpreters, notify, code) = (Arc::default(), Arc::new(|| ()), Arc::default());
    let session =
        sessions.start(Request { experiment, interpreters, when_quiet: None, more: None, sink: None, notify, code });
    for event in &session.events {
        results.apply(event);
    }
    results
}
