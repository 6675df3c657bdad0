//! Trials of the lab against plain scripts on the same interpreter, in rounds of one trial and two runs of the script.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use concurrency_lab::analysis::statistics::{bootstrap_median_interval, median};
use concurrency_lab::protocol;
use concurrency_lab::python::{Interpreter, Interpreters};
use concurrency_lab::session::interpreters::{Wanted, find};

/// Runs a script of this folder on an interpreter. Returns the nanoseconds that it prints.
pub fn run(interpreter: &Interpreter, script: &str, arguments: &[&str]) -> f64 {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bench").join(script);
    // What the lab's trials have, too: the length of the environment alone changes the speed of a script.
    let output = Command::new(&interpreter.path)
        .args(["-I".as_ref(), script.as_os_str()])
        .args(arguments)
        .env(protocol::LAYOUT_VARIABLE, protocol::random_layout())
        .output();
    let output = output.expect("the script starts");
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().unwrap_or_else(|_| panic!("{text:?}, {}", String::from_utf8_lossy(&output.stderr)))
}

/// Settings of a bench: `[NAME…] [--rounds N] [--python PATH]`.
pub struct Scripts {
    pub interpreters: Arc<Interpreters>,
    pub names: Vec<String>,
    rounds: u32,
}

impl Scripts {
    /// Reads the command line; `None` without an interpreter.
    pub fn from_arguments() -> Option<Self> {
        let mut arguments = std::env::args().skip(1);
        let (mut names, mut rounds, mut python) = (Vec::new(), 25, Wanted::First);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--rounds" => rounds = arguments.next().and_then(|text| text.parse().ok()).expect("--rounds N"),
                "--python" => python = Wanted::These(vec![PathBuf::from(arguments.next().expect("--python PATH"))]),
                "--bench" => {}
                _ => names.push(argument),
            }
        }
        let interpreters = Arc::new(find(&python));
        let Some(first) = interpreters.usable.first() else {
            println!("no CPython on this machine: nothing to compare");
            return None;
        };
        println!("{}, {rounds} rounds of the lab and twice the script; medians", first.describe());
        Some(Self { interpreters, names, rounds })
    }

    pub fn interpreter(&self) -> &Interpreter {
        &self.interpreters.usable[0]
    }

    /// Runs a script of this folder. Returns the nanoseconds that it prints.
    pub fn run(&self, script: &str, arguments: &[&str]) -> f64 {
        run(self.interpreter(), script, arguments)
    }

    /// Prints lab / plain, and plain / plain of the same rounds. The order changes from round to round, so that a drift
    /// of the machine favours none. `lab` and `plain` return wall nanoseconds.
    pub fn compare(&self, name: &str, lab: impl Fn() -> f64, plain: impl Fn() -> f64) {
        let (mut ratios, mut same, mut plains) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..self.rounds {
            let mut times = [0.0; 3];
            for position in 0..3 {
                let which = (position + round as usize) % 3;
                times[which] = if which == 0 { lab() } else { plain() };
            }
            let [lab, first, second] = times;
            ratios.push((lab / (first * second).sqrt()).ln());
            same.push((second / first).ln());
            plains.extend([first / 1e6, second / 1e6]);
        }
        let told = |logs: &[f64]| {
            let ratio = median(logs).unwrap_or(f64::NAN).exp();
            bootstrap_median_interval(logs).map_or_else(
                || format!("{ratio:.3} (too few rounds for an interval)"),
                |(low, high)| format!("{ratio:.3} (95 % {:.3} to {:.3})", low.exp(), high.exp()),
            )
        };
        println!(
            "  {name:<60} lab/plain {}  plain/plain {}  plain {:.1} ms",
            told(&ratios),
            told(&same),
            median(&plains).unwrap_or(f64::NAN)
        );
    }
}
