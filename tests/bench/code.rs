//! A function of the user's under Python models against plain scripts that call it without the lab, on the same interpreter,
//! interleaved. Prints ratios with their interval; enforces no limit.
//!
//! `cargo bench --bench code [-- MODEL…] [--rounds N] [--python PATH]`

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a bench prints, and a broken one should stop")]

mod pairs;
mod scripts;

use std::path::Path;

use concurrency_lab::code;
use concurrency_lab::model::{Contender, ModelId};
use concurrency_lab::workload::{Step, Workload};
use scripts::Scripts;

const TASKS: u32 = 200;
const MODELS: [ModelId; 10] = [
    ModelId::PySequential,
    ModelId::PyThreads,
    ModelId::PyThreadPool,
    ModelId::PyProcessPool,
    ModelId::PyPool,
    ModelId::PyAsyncio,
    ModelId::PyAsyncioThreads,
    ModelId::PyUvloop,
    ModelId::PyJoblib,
    ModelId::PyDask,
];
/// The function, in a file of its own: about a millisecond of computing, with a result of a few hundred bytes.
const FUNCTION: &str = "def work(task):
    total = task
    for step in range(20_000):
        total = (total * 31 + step) & 0xFFFFFFFF
    return [total] * 50
";

fn main() {
    let Some(scripts) = Scripts::from_arguments() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("work.py");
    std::fs::write(&file, FUNCTION).expect("written");
    println!("{TASKS} calls, {} workers", pairs::WORKERS);
    let named: Vec<ModelId> = scripts.names.iter().map(|name| name.parse().expect("a model")).collect();
    for model in if named.is_empty() { MODELS.to_vec() } else { named } {
        if let Some(reason) = scripts.interpreter().lacks(model) {
            println!("  {:<20} {reason}", model.name());
            continue;
        }
        let (tasks, workers) = (TASKS.to_string(), pairs::WORKERS.to_string());
        let arguments = [model.name(), &tasks, &workers, file.to_str().expect("UTF-8")];
        scripts.compare(
            model.name(),
            || lab(&scripts, model, folder.path()),
            || scripts.run("plain_code.py", &arguments),
        );
    }
}

/// Runs one trial by the lab. Returns wall nanoseconds.
fn lab(scripts: &Scripts, model: ModelId, folder: &Path) -> f64 {
    let step = Step::Call { file: "work.py".into(), function: "work".into(), arguments: vec!["{index}".into()] };
    let code = code::read(std::slice::from_ref(&step), folder).expect("readable");
    let workload = Workload::of(TASKS, vec![step]);
    pairs::trial(&scripts.interpreters, &Contender::of(model), workload, None, code).0
}
