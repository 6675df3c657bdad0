//! Python models against plain scripts of the same work on the same interpreter, interleaved. Prints ratios; enforces no
//! limit.
//!
//! `cargo bench --bench python [-- CONTENDER…] [--rounds N] [--python PATH]`

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a bench prints, and a broken one should stop")]

mod pairs;
mod scripts;

use concurrency_lab::model::{Contender, ModelId};
use concurrency_lab::session::HostCalibrations;
use concurrency_lab::workload::{Kernel, Step};
use scripts::Scripts;

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
    let Some(scripts) = Scripts::from_arguments() else { return };
    println!("{TASKS} tasks of {TASK_MS} ms, {} workers", pairs::WORKERS);
    let named: Vec<Contender> = scripts.names.iter().map(|name| name.parse().expect("a model")).collect();
    let everything = named.is_empty();
    let all = || CONTENDERS.iter().map(|name| name.parse().expect("a model")).collect();
    let bench = Bench::new(scripts);
    for contender in if everything { all() } else { named } {
        bench.compare(&contender);
    }
    if everything {
        bench.waits();
    }
}

/// Interpreter and its calibration, measured once, so that nothing runs between two measurements.
struct Bench {
    scripts: Scripts,
    calibrations: HostCalibrations,
    units: u64,
}

impl Bench {
    fn new(scripts: Scripts) -> Self {
        let step = Step::Compute { ms: TASK_MS, kernel: Kernel::Splitmix };
        let reference = Contender::of(ModelId::PySequential);
        let (_, results) = pairs::lab_on(&scripts.interpreters, &reference, vec![step], 1, None);
        let per_unit = results.calibrations.nanos_per_unit(&results.experiment.models[0].host, Kernel::Splitmix);
        let units = (TASK_MS * 1e6 / per_unit.expect("calibrated")).round() as u64;
        Self { scripts, calibrations: results.calibrations, units }
    }

    /// Runs one trial by the lab. Returns wall nanoseconds.
    fn lab(&self, contender: &Contender, step: Step, tasks: u32) -> f64 {
        pairs::lab_on(&self.scripts.interpreters, contender, vec![step], tasks, Some(self.calibrations.clone())).0
    }

    fn plain(&self, name: &str, tasks: u32, amount: u64) -> f64 {
        self.scripts.run("plain.py", &[name, &tasks.to_string(), &amount.to_string()])
    }

    fn compare(&self, contender: &Contender) {
        let name = contender.to_string();
        if let Some(reason) = self.scripts.interpreter().lacks(contender.model) {
            println!("  {name:<20} {reason}");
            return;
        }
        // Chunks are for tasks that are shorter than a message.
        let (tasks, ms) =
            if contender.model == ModelId::PyPool { (SHORT_TASKS, SHORT_TASK_MS) } else { (TASKS, TASK_MS) };
        let units = (self.units as f64 * ms / TASK_MS).round() as u64;
        let lab = || self.lab(contender, Step::Compute { ms, kernel: Kernel::Splitmix }, tasks);
        self.scripts.compare(&name, lab, || self.plain(&name, tasks, units));
    }

    fn waits(&self) {
        let lab = || self.lab(&Contender::of(ModelId::PyAsyncio), Step::wait(f64::from(WAIT_MS)), WAITS);
        self.scripts.compare("py-asyncio, waits", lab, || self.plain("waits", WAITS, u64::from(WAIT_MS)));
    }
}
