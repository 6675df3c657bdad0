//! Python models against plain scripts of the same work on the same interpreter, interleaved. Prints ratios; enforces no
//! limit.
//!
//! `cargo bench --bench python [-- CONTENDER…] [--triples N] [--python PATH]`

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a bench prints, and a broken one should stop")]

mod pairs;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use concurrency_lab::model::{Contender, ModelId};
use concurrency_lab::python::Interpreters;
use concurrency_lab::session::HostCalibrations;
use concurrency_lab::session::interpreters::{Wanted, find};
use concurrency_lab::workload::{Kernel, Step};

const TASKS: u32 = 20;
const TASK_MS: f64 = 10.0;
/// Number of tasks that wait at the same time, and the duration of the wait.
const WAITS: u32 = 1000;
const WAIT_MS: u32 = 100;

/// Number of short tasks for pools with a chunk size, and their nominal duration.
const SHORT_TASKS: u32 = 2000;
const SHORT_TASK_MS: f64 = 0.1;

const CONTENDERS: [&str; 10] = [
    "py-sequential",
    "py-thread-pool",
    "py-process-pool",
    "py-threads",
    "py-asyncio",
    "py-pool{chunk=1}",
    "py-pool{chunk=64}",
    "py-uvloop",
    "py-joblib",
    "py-dask",
];

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (mut models, mut triples, mut python) = (Vec::new(), 25, Wanted::First);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--triples" => triples = arguments.next().and_then(|text| text.parse().ok()).expect("--triples N"),
            "--python" => python = Wanted::These(vec![PathBuf::from(arguments.next().expect("--python PATH"))]),
            "--bench" => {}
            name => models.push(name.parse::<Contender>().expect("a model")),
        }
    }
    let interpreters = Arc::new(find(&python));
    let Some(first) = interpreters.usable.first() else {
        println!("no CPython on this machine: nothing to compare");
        return;
    };
    println!(
        "{}, {triples} triples each, {TASKS} tasks of {TASK_MS} ms, {} workers; medians; a ratio is lab / plain",
        first.describe(),
        pairs::WORKERS
    );
    let bench = Bench::new(interpreters);
    let everything = models.is_empty();
    let all = || CONTENDERS.iter().map(|name| name.parse().expect("a model")).collect();
    for contender in if everything { all() } else { models } {
        bench.compare(&contender, triples);
    }
    if everything {
        bench.waits(triples);
    }
}

/// Factor between two runs of the same program within a triple above which the machine's speed has changed.
const SAME_SPEED: f64 = 1.05;

/// Interpreter and its calibration, measured once, so that nothing runs between two measurements.
struct Bench {
    interpreters: Arc<Interpreters>,
    calibrations: HostCalibrations,
    units: u64,
}

impl Bench {
    fn new(interpreters: Arc<Interpreters>) -> Self {
        let step = Step::Compute { ms: TASK_MS, kernel: Kernel::Splitmix };
        let (_, results) = pairs::lab_on(&interpreters, &Contender::of(ModelId::PySequential), vec![step], 1, None);
        let per_unit = results.calibrations.nanos_per_unit(&results.experiment.models[0].host, Kernel::Splitmix);
        let units = (TASK_MS * 1e6 / per_unit.expect("calibrated")).round() as u64;
        Self { interpreters, calibrations: results.calibrations, units }
    }

    /// Runs one trial by the lab. Returns wall nanoseconds.
    fn lab(&self, contender: &Contender, step: Step, tasks: u32) -> f64 {
        pairs::lab_on(&self.interpreters, contender, vec![step], tasks, Some(self.calibrations.clone())).0
    }

    fn compare(&self, contender: &Contender, triples: u32) {
        let name = contender.to_string();
        if let Some(reason) = self.interpreters.usable[0].lacks(contender.model) {
            println!("  {name:<20} {reason}");
            return;
        }
        let program = &self.interpreters.usable[0].path;
        // Chunks are for tasks that are shorter than a message.
        let (tasks, ms) =
            if contender.model == ModelId::PyPool { (SHORT_TASKS, SHORT_TASK_MS) } else { (TASKS, TASK_MS) };
        let units = (self.units as f64 * ms / TASK_MS).round() as u64;
        let lab = || self.lab(contender, Step::Compute { ms, kernel: Kernel::Splitmix }, tasks);
        compare(&name, triples, lab, || plain(program, &name, tasks, units));
    }

    fn waits(&self, triples: u32) {
        let program = &self.interpreters.usable[0].path;
        let lab = || self.lab(&Contender::of(ModelId::PyAsyncio), Step::wait(f64::from(WAIT_MS)), WAITS);
        compare("py-asyncio, waits", triples, lab, || plain(program, "waits", WAITS, u64::from(WAIT_MS)));
    }
}

/// Compares in triples: one program, the other, and the first again. A triple whose outer runs differ is dropped. Prints
/// the range of plain / plain of the triples that had the plain script twice.
fn compare(name: &str, triples: u32, lab: impl Fn() -> f64, plain: impl Fn() -> f64) {
    let (mut ratios, mut labs, mut same) = (Vec::new(), Vec::new(), Vec::new());
    for triple in 0..triples {
        let lab_outside = triple % 2 == 0;
        let (outer, inner): (&dyn Fn() -> f64, &dyn Fn() -> f64) =
            if lab_outside { (&lab, &plain) } else { (&plain, &lab) };
        let (first, middle, last) = (outer(), inner(), outer());
        if first.max(last) / first.min(last) > SAME_SPEED {
            continue;
        }
        if !lab_outside {
            same.push(last / first);
        }
        let outside = f64::midpoint(first, last);
        ratios.push(if lab_outside { outside / middle } else { middle / outside });
        labs.push(if lab_outside { outside } else { middle });
    }
    let kept = ratios.len();
    if kept == 0 {
        println!("  {name:<20} no triple at one speed of the machine");
        return;
    }
    let (low, high) = pairs::interval(&mut ratios);
    let spread = |list: &[f64]| {
        let (low, high) =
            list.iter().fold((f64::MAX, 0.0_f64), |(low, high), value| (low.min(*value), high.max(*value)));
        if list.is_empty() { "not run twice".to_owned() } else { format!("{low:.2} to {high:.2}") }
    };
    println!(
        "  {name:<20} ratio {:.3} (95 % {low:.3} to {high:.3})  lab {:8.1} ms  plain/plain {}  {kept} triples, {} dropped",
        pairs::median(&mut ratios),
        pairs::median(&mut labs) / 1e6,
        spread(&same),
        triples as usize - kept
    );
}

fn plain(program: &Path, model: &str, tasks: u32, amount: u64) -> f64 {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bench/plain.py");
    let output = Command::new(program)
        .arg("-I")
        .arg(script)
        .args([model.to_owned(), tasks.to_string(), amount.to_string()])
        .output()
        .expect("the script starts");
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().unwrap_or_else(|_| panic!("{text:?}, {}", String::from_utf8_lossy(&output.stderr)))
}
