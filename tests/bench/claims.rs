//! False claims among copies of one model, and the power to find a true difference.
//!
//! `cargo bench --bench claims -- MODE [EXPERIMENTS [SPINNERS [TASK_MS]]]`
//!
//! - `few` (default): one to five rounds of four copies, beside SPINNERS other programs that compute (4 by default, 0 for
//!   a quiet machine). Prints the verdicts that rank one copy behind another.
//! - `resampled`: experiments of 15 rounds, drawn from recorded trials of four copies whose names are dealt anew in each
//!   round, and pairs of runs drawn the same way. Prints those in which any two copies are called different.
//! - `real`: experiments of 15 rounds of four copies.
//! - `power`: experiments of 15 rounds of two models, 2 % apart, with a normal noise of 1 % in each trial.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a bench prints, and a broken one should stop")]

mod copies;

use std::process::{Child, Command, Stdio};

use concurrency_lab::analysis::run_comparison::compare_runs;
use concurrency_lab::analysis::{Finding, analyse, compare};
use concurrency_lab::model::{Contender, ModelId};
use concurrency_lab::results::Results;

const COPIES: u8 = 4;
const FEW_ROUNDS: [u32; 4] = [1, 2, 3, 5];
const ROUNDS: u32 = 15;
/// Rounds that are recorded for resampling.
const RECORDED: u32 = 60;
const RECORDED_MODELS: [ModelId; 3] = [ModelId::Sequential, ModelId::ThreadPool, ModelId::AsyncMulti];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut numbers = arguments.iter().filter_map(|text| text.parse::<u32>().ok());
    let (experiments, spinners, task_ms) = (numbers.next(), numbers.next(), f64::from(numbers.next().unwrap_or(5)));
    let is = |mode: &str| arguments.iter().any(|argument| argument == mode);
    if is("resampled") {
        resampled(experiments.unwrap_or(200), spinners.unwrap_or(0), task_ms);
    } else if is("real") {
        real(experiments.unwrap_or(20), spinners.unwrap_or(0), task_ms);
    } else if is("power") {
        power(experiments.unwrap_or(1_000));
    } else {
        few(experiments.unwrap_or(200), spinners.unwrap_or(4), task_ms);
    }
}

fn few(experiments: u32, spinners: u32, task_ms: f64) {
    let mut claims = [0_u32; FEW_ROUNDS.len()];
    for seed in 1..=experiments {
        let results = recorded(seed, 5, spinners, task_ms, ModelId::Sequential);
        for (count, rounds) in claims.iter_mut().zip(FEW_ROUNDS) {
            let mut few = results.clone();
            few.trials.retain(|trial| trial.round <= rounds as i32);
            let verdict = analyse(&few).verdict;
            if verdict.fastest.len() < usize::from(COPIES) {
                *count += 1;
                println!("  seed {seed}, {rounds} rounds: {}", verdict.headline);
            }
        }
    }
    println!("{experiments} experiments with one model {COPIES} times, {spinners} programs beside them; false claims:");
    for (count, rounds) in claims.iter().zip(FEW_ROUNDS) {
        println!("  {rounds} rounds: {}", share(*count, experiments));
    }
}

fn resampled(experiments: u32, spinners: u32, task_ms: f64) {
    let mut random = fastrand::Rng::with_seed(1);
    for model in RECORDED_MODELS {
        let source = recorded(1, RECORDED, spinners, task_ms, model);
        let (mut within, mut between) = (0, 0);
        for _ in 0..experiments {
            let (old, new) = (drawn(&source, &mut random), drawn(&source, &mut random));
            within += u32::from(!claims(&new).is_empty());
            let compared = compare_runs(&old.into(), &new.into()).expect("one workload");
            between += u32::from(compared.rows.iter().any(|row| is_claim(row.finding)));
        }
        println!(
            "{}, {ROUNDS} rounds of {COPIES} copies drawn from {RECORDED}, {spinners} programs beside them: false claims in {} experiments, in {} comparisons of two runs",
            model.name(),
            share(within, experiments),
            share(between, experiments)
        );
    }
}

fn real(experiments: u32, spinners: u32, task_ms: f64) {
    let mut count = 0;
    for seed in 1..=experiments {
        let model = RECORDED_MODELS[seed as usize % RECORDED_MODELS.len()];
        let found = claims(&recorded(seed, ROUNDS, spinners, task_ms, model));
        count += u32::from(!found.is_empty());
        found.iter().for_each(|claim| println!("  seed {seed}: {claim}"));
    }
    println!("{ROUNDS} rounds of {COPIES} copies: false claims in {} real experiments", share(count, experiments));
}

fn power(experiments: u32) {
    let mut results = copies::run(1, ROUNDS, 1.0, copies::copies(ModelId::Sequential, 2).collect());
    let [slow, fast] = [2, 1].map(|copy| Contender { copy, ..Contender::of(ModelId::Sequential) });
    let mut random = fastrand::Rng::with_seed(1);
    let (mut pairs, mut separate) = (0, 0);
    for _ in 0..experiments {
        for trial in &mut results.trials {
            let factor = if trial.contender == slow { 1.02 } else { 1.0 };
            if let Some(measured) = &mut trial.measured {
                measured.wall_nanos = (100e6 * factor * (1.0 + 0.01 * normal(&mut random))) as u64;
            }
        }
        let found = compare(&results, &slow, &fast).map(|comparison| comparison.finding);
        pairs += u32::from(found == Some(Finding::Slower));
        let (mut old, mut new) = (results.clone(), results.clone());
        old.trials.retain(|trial| trial.contender == fast);
        new.trials.retain(|trial| trial.contender == slow);
        new.trials.iter_mut().for_each(|trial| trial.contender = fast.clone());
        let compared = compare_runs(&old.into(), &new.into()).expect("one workload");
        separate += u32::from(compared.rows.iter().any(|row| row.finding == Finding::Slower));
    }
    println!(
        "2 % at 1 % of noise, {ROUNDS} rounds: found in {} experiments, in {} comparisons of two runs",
        share(pairs, experiments),
        share(separate, experiments)
    );
}

/// Runs copies of a model beside other programs.
fn recorded(seed: u32, rounds: u32, spinners: u32, task_ms: f64, model: ModelId) -> Results {
    let load: Vec<Spinner> = (0..spinners).filter_map(|_| Spinner::start()).collect();
    let results = copies::run(seed, rounds, task_ms, copies::copies(model, COPIES).collect());
    drop(load);
    results
}

/// Draws rounds with replacement, and deals the trials of each to the copies anew.
fn drawn(source: &Results, random: &mut fastrand::Rng) -> Results {
    let mut results = source.clone();
    results.trials.clear();
    results.rounds = Some(ROUNDS);
    for round in 1..=ROUNDS as i32 {
        let from = random.i32(1..=RECORDED as i32);
        let mut trials: Vec<_> = source.trials.iter().filter(|trial| trial.round == from).cloned().collect();
        random.shuffle(&mut trials);
        for (mut trial, contender) in trials.into_iter().zip(&source.experiment.models) {
            (trial.round, trial.contender) = (round, contender.clone());
            results.trials.push(trial);
        }
    }
    results
}

/// Returns the claims of a difference between any two copies.
fn claims(results: &Results) -> Vec<String> {
    let models = &results.experiment.models;
    let pairs = models.iter().enumerate().flat_map(|(index, a)| models[..index].iter().map(move |b| (a, b)));
    let compared = pairs.filter_map(|(a, b)| compare(results, a, b));
    compared.filter(|comparison| is_claim(comparison.finding)).map(|comparison| comparison.to_string()).collect()
}

fn is_claim(finding: Finding) -> bool {
    matches!(finding, Finding::Faster | Finding::Slower)
}

fn share(count: u32, of: u32) -> String {
    format!("{count} of {of} ({:.1} %)", f64::from(count) / f64::from(of) * 100.0)
}

/// Draws a standard normal number (Box and Muller 1958).
fn normal(random: &mut fastrand::Rng) -> f64 {
    (-2.0 * (1.0 - random.f64()).ln()).sqrt() * (std::f64::consts::TAU * random.f64()).cos()
}

/// Another process that keeps a core busy. A thread of this process would count as the lab's CPU time.
struct Spinner(Child);

impl Spinner {
    fn start() -> Option<Self> {
        // Ends with this process, however that ends.
        let busy = "while kill -0 $PPID 2>/dev/null; do i=0; while [ $i -lt 9999 ]; do i=$((i + 1)); done; done";
        Command::new("sh").args(["-c", busy]).stdin(Stdio::null()).spawn().ok().map(Self)
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        // Fails if it has already exited.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
