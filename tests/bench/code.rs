//! A function of the user's under Python models against plain scripts that call it without the lab, on the same interpreter,
//! interleaved. Prints ratios with their interval; enforces no limit.
//!
//! `cargo bench --bench code [-- MODEL…] [--pairs N] [--python PATH]`

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a bench prints, and a broken one should stop")]

mod pairs;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use concurrency_lab::clock;
use concurrency_lab::code;
use concurrency_lab::experiment::{Experiment, SamplingPlan, TrialCount};
use concurrency_lab::model::{Contender, ModelId};
use concurrency_lab::python::Interpreters;
use concurrency_lab::results::Results;
use concurrency_lab::session::interpreters::{Wanted, find};
use concurrency_lab::session::{RealSessions, Request, Sessions};
use concurrency_lab::workload::{Step, Workload};

const TASKS: u32 = 200;
const MODELS: [ModelId; 4] =
    [ModelId::PySequential, ModelId::PyThreadPool, ModelId::PyProcessPool, ModelId::PyAsyncioThreads];
/// The function, in a file of its own: about a millisecond of computing, with a result of a few hundred bytes.
const FUNCTION: &str = "def work(task):
    total = task
    for step in range(20_000):
        total = (total * 31 + step) & 0xFFFFFFFF
    return [total] * 50
";

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (mut models, mut count, mut python) = (Vec::new(), 25, Wanted::First);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--pairs" => count = arguments.next().and_then(|text| text.parse().ok()).expect("--pairs N"),
            "--python" => python = Wanted::These(vec![PathBuf::from(arguments.next().expect("--python PATH"))]),
            "--bench" => {}
            name => models.push(name.parse::<ModelId>().expect("a model")),
        }
    }
    let interpreters = Arc::new(find(&python));
    let Some(first) = interpreters.usable.first() else {
        println!("no CPython on this machine: nothing to compare");
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("work.py");
    std::fs::write(&file, FUNCTION).expect("written");
    println!(
        "{}, {count} pairs each, {TASKS} calls, {} workers; a ratio is lab / plain",
        first.describe(),
        pairs::WORKERS
    );
    for model in if models.is_empty() { MODELS.to_vec() } else { models } {
        let mut ratios = Vec::new();
        let (mut labs, mut plains) = (Vec::new(), Vec::new());
        for pair in 0..count {
            // In turn, so that a drift of the machine favours neither.
            let (lab_nanos, plain_nanos) = if pair % 2 == 0 {
                let lab = lab(&interpreters, model, folder.path());
                (lab, plain(&first.path, model, &file))
            } else {
                let plain = plain(&first.path, model, &file);
                (lab(&interpreters, model, folder.path()), plain)
            };
            ratios.push(lab_nanos / plain_nanos);
            labs.push(lab_nanos);
            plains.push(plain_nanos);
        }
        let (low, high) = pairs::interval(&mut ratios.clone());
        println!(
            "  {:<20} ratio {:.3} (95 % CI {low:.3} to {high:.3})  lab {:7.1} ms, plain {:7.1} ms",
            model.name(),
            pairs::median(&mut ratios),
            pairs::median(&mut labs) / 1e6,
            pairs::median(&mut plains) / 1e6
        );
    }
}

/// Runs one trial by the lab. Returns wall nanoseconds.
fn lab(interpreters: &Arc<Interpreters>, model: ModelId, folder: &Path) -> f64 {
    let step = Step::Call { file: "work.py".into(), function: "work".into(), arguments: vec!["{index}".into()] };
    let code = code::read(std::slice::from_ref(&step), folder).expect("readable");
    let mut experiment = Experiment {
        workload: Workload { workers: Some(pairs::WORKERS.into()), ..Workload::of(TASKS, vec![step]) },
        trials: SamplingPlan { count: TrialCount::Fixed(1), warmups: 0, ..SamplingPlan::default() },
        models: vec![Contender::of(model)],
        reference: Contender::of(model),
        models_by_default: false,
        ..Experiment::default()
    };
    experiment.resolve_interpreters(interpreters);
    let experiment = Arc::new(experiment);
    let mut results = Results::new(Arc::clone(&experiment), Arc::clone(interpreters), clock::unix_millis());
    let session = RealSessions::new(env!("CARGO_BIN_EXE_concurrency-lab").into()).start(Request {
        experiment,
        interpreters: Arc::clone(interpreters),
        more: None,
        sink: None,
        notify: Arc::new(|| ()),
        code: code.into(),
    });
    for event in &session.events {
        results.apply(event);
    }
    let trial = results.trials.first().expect("one trial");
    let measured = trial.completed().unwrap_or_else(|| panic!("{}: {:?}", model.name(), trial.failure));
    measured.wall_nanos as f64
}

/// Runs the plain script. Returns wall nanoseconds.
fn plain(program: &Path, model: ModelId, file: &Path) -> f64 {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bench/plain_code.py");
    let output = Command::new(program)
        .arg("-I")
        .arg(script)
        .args([model.name(), &TASKS.to_string(), &pairs::WORKERS.to_string()])
        .arg(file)
        .output()
        .expect("the script starts");
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().unwrap_or_else(|_| panic!("{text:?}, {}", String::from_utf8_lossy(&output.stderr)))
}
