//! Payloads under Python's pools against plain scripts that hand over and read the same, on the same interpreter and
//! interleaved. Prints ratios with their intervals; enforces no limit.
//!
//! `cargo bench --bench payload [-- MODEL…] [--rounds N] [--python PATH]`

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a bench prints, and a broken one should stop")]

mod pairs;
mod scripts;

use concurrency_lab::model::{Contender, ModelId};
use concurrency_lab::workload::{Payload, PayloadKind, Workload};
use scripts::Scripts;

/// Bytes in, bytes out and number of tasks: enough of the small ones for tens of milliseconds.
const CASES: [(u64, u64, u32); 3] = [(1_000_000, 1_000_000, 40), (1_000, 1_000, 1000), (10_000_000, 8, 40)];
const MODELS: [ModelId; 2] = [ModelId::PyThreadPool, ModelId::PyProcessPool];

fn main() {
    let Some(scripts) = Scripts::from_arguments() else { return };
    println!("{} workers", pairs::WORKERS);
    let named: Vec<ModelId> = scripts.names.iter().map(|name| name.parse().expect("a model")).collect();
    let models = if named.is_empty() { MODELS.to_vec() } else { named };
    for (input_bytes, output_bytes, tasks) in CASES {
        for kind in PayloadKind::ALL {
            for model in &models {
                compare(&scripts, *model, Payload { input_bytes, output_bytes, kind }, tasks);
            }
        }
    }
}

fn compare(scripts: &Scripts, model: ModelId, payload: Payload, tasks: u32) {
    let name = format!("{}, {tasks} tasks: {}", model.name(), payload.describe());
    let lab = || {
        let workload = Workload { payload: Some(payload), ..Workload::of(tasks, vec![]) };
        pairs::trial(&scripts.interpreters, &Contender::of(model), workload, None, Vec::new()).0
    };
    let Payload { input_bytes, output_bytes, kind } = payload;
    let sizes = [tasks.to_string(), input_bytes.to_string(), output_bytes.to_string()];
    let arguments = [model.name(), &sizes[0], &sizes[1], &sizes[2], kind.name()];
    scripts.compare(&name, lab, || scripts.run("plain_payload.py", &arguments));
}
