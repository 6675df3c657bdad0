//! False claims with few rounds: the same model four times, under background load. A verdict that ranks one copy behind
//! another is false. Prints the number of false verdicts with one, two, three and five rounds.
//!
//! `cargo bench --bench claims [-- EXPERIMENTS [SPINNERS [TASK_MS]]]`: SPINNERS other programs compute beside the
//! experiments (4 by default, 0 for a quiet machine).

#![expect(clippy::print_stdout, reason = "a bench prints")]

mod copies;

use std::process::{Child, Command, Stdio};

use concurrency_lab::analysis::analyse;
use concurrency_lab::model::ModelId;

const COPIES: u8 = 4;
const ROUNDS: [u32; 4] = [1, 2, 3, 5];

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|text| text.parse::<u32>().ok());
    let experiments = numbers.next().unwrap_or(200);
    let spinners = numbers.next().unwrap_or(4);
    let task_ms = f64::from(numbers.next().unwrap_or(5));
    let mut claims = [0_u32; ROUNDS.len()];
    for seed in 1..=experiments {
        let load: Vec<Spinner> = (0..spinners).filter_map(|_| Spinner::start()).collect();
        let results = copies::run(seed, 5, task_ms, copies::copies(ModelId::Sequential, COPIES).collect());
        drop(load);
        for (count, rounds) in claims.iter_mut().zip(ROUNDS) {
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
    for (count, rounds) in claims.iter().zip(ROUNDS) {
        println!("  {rounds} rounds: {count} ({:.1} %)", f64::from(*count) / f64::from(experiments) * 100.0);
    }
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
