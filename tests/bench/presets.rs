//! Durations of presets, beside the time that the lab expects: each is run as shipped by the lab's executable. Ends
//! with exit status 1 if one takes longer than a preset may.
//!
//! `cargo bench --bench presets [-- ID …]`: without an id the presets about settings, payloads, classes and objects. With
//! `--expected` nothing is run.

#![expect(clippy::print_stdout, reason = "a bench prints")]
#![expect(clippy::expect_used, reason = "a bench that can't run its program has nothing to print")]

use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use concurrency_lab::analysis::estimate::run_seconds;
use concurrency_lab::cpus;
use concurrency_lab::preset;

/// Longest time that a preset may take on two cores, seconds.
const LIMIT_SECONDS: f64 = 30.0;
const DEFAULT: [&str; 11] = [
    "gil-convoy",
    "threadpool-of-40",
    "default-executor",
    "pickling",
    "chunksize",
    "start-methods",
    "switch-interval",
    "gil-on-off",
    "blocking-workers",
    "false-sharing-128",
    "shared-objects",
];

fn main() -> ExitCode {
    // Cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let only_expected = arguments.iter().any(|argument| argument == "--expected");
    let named: Vec<&str> = arguments.iter().map(String::as_str).filter(|one| !one.starts_with("--")).collect();
    let ids = if named.is_empty() { DEFAULT.to_vec() } else { named };
    let mut over = Vec::new();
    for id in ids {
        let preset = preset::find(id).expect("a preset that ships with the lab");
        let expected = run_seconds(preset, &preset.workload.nominal(), cpus::usable());
        if only_expected {
            println!("  {id:<20} expected {expected:5.1} s");
            over.extend((expected > LIMIT_SECONDS).then_some(id));
            continue;
        }
        let mut lab = Command::new(env!("CARGO_BIN_EXE_concurrency-lab"));
        lab.args(["run", id, "--quiet", "--no-save"]).stdin(Stdio::null());
        let begun = Instant::now();
        let status = lab.status().expect("the lab starts");
        let took = begun.elapsed().as_secs_f64();
        let failed = if status.success() { "" } else { ", and a model could not run" };
        println!("  {id:<20} expected {expected:5.1} s, took {took:5.1} s{failed}");
        over.extend((took > LIMIT_SECONDS).then_some(id));
    }
    if over.is_empty() {
        println!("none takes longer than {LIMIT_SECONDS} s");
        return ExitCode::SUCCESS;
    }
    println!("longer than {LIMIT_SECONDS} s: {}", over.join(", "));
    ExitCode::FAILURE
}
