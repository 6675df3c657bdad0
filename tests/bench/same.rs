//! A/A test: experiments that run each model twice, interleaved. At least 95 % of the equal pairs should be reported as
//! "no detectable difference". Prints the share; enforces no limit.
//!
//! `cargo bench --bench same [-- EXPERIMENTS [ROUNDS]]`

#![expect(clippy::print_stdout, reason = "a bench prints")]

use std::path::PathBuf;
use std::sync::Arc;

use concurrency_lab::analysis::{Finding, compare};
use concurrency_lab::clock;
use concurrency_lab::experiment::{Experiment, SamplingPlan, TrialCount};
use concurrency_lab::model::{Contender, ModelId};
use concurrency_lab::results::Results;
use concurrency_lab::session::{RealSessions, Request, Sessions};
use concurrency_lab::workload::{Kernel, Step, Workload};

const MODELS: [ModelId; 7] = [
    ModelId::Sequential,
    ModelId::Threads,
    ModelId::ThreadPool,
    ModelId::Rayon,
    ModelId::Async,
    ModelId::AsyncMulti,
    ModelId::ProcessPool,
];

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|text| text.parse::<u32>().ok());
    let (experiments, rounds) = (numbers.next().unwrap_or(20), numbers.next().unwrap_or(12));
    let (mut equal, mut different) = (0_u32, Vec::new());
    for seed in 1..=experiments {
        let results = run(seed, rounds);
        for model in MODELS {
            let (first, second) = (Contender::of(model), Contender { copy: 2, ..Contender::of(model) });
            match compare(&results, &first, &second) {
                Some(comparison) if matches!(comparison.finding, Finding::NotDistinguishable { .. }) => equal += 1,
                Some(comparison) => different.push(format!("experiment {seed}: {comparison}")),
                None => different.push(format!("experiment {seed}: {first} can't be compared")),
            }
        }
    }
    let all = equal + different.len() as u32;
    let share = f64::from(equal) / f64::from(all) * 100.0;
    println!(
        "{equal} of {all} equal pairs without a detectable difference ({share:.1} %), {experiments} experiments of {rounds} rounds"
    );
    for line in different {
        println!("  {line}");
    }
}

fn run(seed: u32, rounds: u32) -> Results {
    let twice = |model: ModelId| (1..=2).map(move |copy| Contender { copy, ..Contender::of(model) });
    let experiment = Arc::new(Experiment {
        id: "same".into(),
        title: "A/A".into(),
        workload: Workload {
            seed: seed.into(),
            ..Workload::of(20, vec![Step::Compute { ms: 1.0, kernel: Kernel::Splitmix }])
        },
        trials: SamplingPlan { count: TrialCount::Fixed(rounds), warmups: 0, ..SamplingPlan::default() },
        models: MODELS.into_iter().flat_map(twice).collect(),
        models_by_default: false,
        ..Experiment::default()
    });
    let mut results = Results::new(Arc::clone(&experiment), Arc::default(), clock::unix_millis());
    let sessions = RealSessions::new(PathBuf::from(env!("CARGO_BIN_EXE_concurrency-lab")));
    let session = sessions.start(Request {
        experiment,
        interpreters: Arc::default(),
        more: None,
        sink: None,
        notify: Arc::new(|| ()),
    });
    for event in &session.events {
        results.apply(event);
    }
    results
}
