//! Payloads under Python's pools against plain scripts that hand over and read the same, on the same interpreter and
//! interleaved. Prints ratios with their intervals; enforces no limit.
//!
//! `cargo bench --bench payload [-- --pairs N] [--python PATH]`

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a bench prints, and a broken one should stop")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use concurrency_lab::analysis::statistics::{bootstrap_median_interval, median};
use concurrency_lab::clock;
use concurrency_lab::experiment::{Experiment, SamplingPlan, TrialCount};
use concurrency_lab::model::{Contender, ModelId};
use concurrency_lab::python::Interpreters;
use concurrency_lab::results::Results;
use concurrency_lab::session::interpreters::{Wanted, find};
use concurrency_lab::session::{RealSessions, Request, Sessions};
use concurrency_lab::workload::{Payload, PayloadKind, Workload};

/// Workers of the pools, in the lab and in the script.
const WORKERS: u32 = 2;
/// Bytes in, bytes out and number of tasks: enough of the small ones for tens of milliseconds.
const CASES: [(u64, u64, u32); 3] = [(1_000_000, 1_000_000, 40), (1_000, 1_000, 1000), (10_000_000, 8, 40)];

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (mut pairs, mut python) = (30_u32, Wanted::First);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--pairs" => pairs = arguments.next().and_then(|text| text.parse().ok()).expect("--pairs N"),
            "--python" => python = Wanted::These(vec![PathBuf::from(arguments.next().expect("--python PATH"))]),
            _ => {}
        }
    }
    let interpreters = Arc::new(find(&python));
    let Some(first) = interpreters.usable.first() else {
        println!("no CPython on this machine: nothing to compare");
        return;
    };
    println!("{}, {WORKERS} workers, {pairs} pairs; a ratio is lab / plain", first.describe());
    for (input_bytes, output_bytes, tasks) in CASES {
        for kind in PayloadKind::ALL {
            let payload = Payload { input_bytes, output_bytes, kind };
            for model in [ModelId::PyThreadPool, ModelId::PyProcessPool] {
                compare(&interpreters, model, (payload, tasks), pairs);
            }
        }
    }
}

fn compare(interpreters: &Arc<Interpreters>, model: ModelId, case: (Payload, u32), pairs: u32) {
    let (mut logs, mut plains) = (Vec::new(), Vec::new());
    for pair in 0..pairs {
        let (lab, plain) = if pair % 2 == 0 {
            let lab = lab(interpreters, model, case);
            (lab, plain(&interpreters.usable[0].path, model, case))
        } else {
            let plain = plain(&interpreters.usable[0].path, model, case);
            (lab(interpreters, model, case), plain)
        };
        logs.push((lab / plain).ln());
        plains.push(plain / 1e6);
    }
    let interval = bootstrap_median_interval(&logs).map_or_else(
        || "too few pairs for an interval".to_owned(),
        |(low, high)| format!("95 % {:.3} to {:.3}", low.exp(), high.exp()),
    );
    println!(
        "  {:<16} {:<64} ratio {:.3} ({interval})  plain {:7.1} ms",
        model.name(),
        format!("{} tasks: {}", case.1, case.0.describe()),
        median(&logs).unwrap_or(f64::NAN).exp(),
        median(&plains).unwrap_or(f64::NAN)
    );
}

/// Runs one trial by the lab. Returns wall nanoseconds.
fn lab(interpreters: &Arc<Interpreters>, model: ModelId, (payload, tasks): (Payload, u32)) -> f64 {
    let workload = Workload { workers: Some(WORKERS.into()), payload: Some(payload), ..Workload::of(tasks, vec![]) };
    let mut experiment = Experiment {
        id: "bench".into(),
        title: "Bench".into(),
        workload,
        trials: SamplingPlan { count: TrialCount::Fixed(1), warmups: 0, ..SamplingPlan::default() },
        models: vec![Contender::of(model)],
        reference: Contender::of(model),
        models_by_default: false,
        ..Experiment::default()
    };
    experiment.resolve_interpreters(interpreters);
    let experiment = Arc::new(experiment);
    let mut results = Results::new(Arc::clone(&experiment), Arc::clone(interpreters), clock::unix_millis());
    let request = Request {
        experiment,
        interpreters: Arc::clone(interpreters),
        more: None,
        code: Arc::default(),
        sink: None,
        notify: Arc::new(|| ()),
    };
    let session = RealSessions::new(env!("CARGO_BIN_EXE_concurrency-lab").into()).start(request);
    for event in &session.events {
        results.apply(event);
    }
    let trial = results.trials.first().expect("one trial");
    trial.completed().unwrap_or_else(|| panic!("{}: {:?}", model.name(), trial.failure)).wall_nanos as f64
}

fn plain(program: &Path, model: ModelId, (payload, tasks): (Payload, u32)) -> f64 {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bench/plain_payload.py");
    let Payload { input_bytes, output_bytes, kind } = payload;
    let sizes = [tasks.to_string(), input_bytes.to_string(), output_bytes.to_string(), kind.name().to_owned()];
    let output = Command::new(program).arg("-I").arg(script).arg(model.name()).args(sizes).output();
    let output = output.expect("the script starts");
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().unwrap_or_else(|_| panic!("{text:?}, {}", String::from_utf8_lossy(&output.stderr)))
}
