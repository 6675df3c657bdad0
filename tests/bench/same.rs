//! A/A test: experiments that run each model twice, interleaved. At least 95 % of the equal pairs should be reported as
//! "no detectable difference". Prints the share; enforces no limit.
//!
//! `cargo bench --bench same [-- EXPERIMENTS [ROUNDS]]`

#![expect(clippy::print_stdout, reason = "a bench prints")]

mod copies;

use concurrency_lab::analysis::{Finding, compare};
use concurrency_lab::model::{Contender, ModelId};

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
        let contenders = MODELS.into_iter().flat_map(|model| copies::copies(model, 2));
        let results = copies::run(seed, rounds, 1.0, contenders.collect());
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
