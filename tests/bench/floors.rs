//! The lab against bare hand-written programs: the same crates, the same kernel, run like trials
//! (a fresh process, one timed run), interleaved, with a look at the cores' placement around each
//! pair. Prints ratios and added nanoseconds a task; holds nothing to a limit by itself.
//!
//! `cargo bench --bench floors [-- MODEL…] [--pairs N] [--empty | --busy]`

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a bench prints, and a broken one should stop")]

mod bare;

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use concurrency_lab::clock;
use concurrency_lab::experiment::{Experiment, TrialCount, TrialPlan};
use concurrency_lab::model::{Contender, ModelId};
use concurrency_lab::results::Results;
use concurrency_lab::session::{RealSessions, Request, Sessions, noise};
use concurrency_lab::workload::{Kernel, Spread, Step, Tasks, Workload};

const WORKERS: u32 = 2;
/// Pairs whose core-to-core round trips differ by more than this factor are dropped.
const SAME_PLACEMENT: f64 = 1.6;

fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_concurrency-lab"))
}

fn main() {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.peek().is_some_and(|first| first == bare::ARGUMENT) {
        bare::main(&arguments.skip(1).collect::<Vec<_>>(), &program());
        return;
    }
    let (mut models, mut pairs, mut shapes) = (Vec::new(), 11, vec![Shape::Busy, Shape::Empty]);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--pairs" => pairs = arguments.next().and_then(|text| text.parse().ok()).expect("--pairs N"),
            "--empty" => shapes = vec![Shape::Empty],
            "--busy" => shapes = vec![Shape::Busy],
            "--bench" => {}
            name => models.push(name.parse::<ModelId>().expect("a model's name")),
        }
    }
    if models.is_empty() {
        models = ModelId::all().collect();
    }
    println!("{pairs} interleaved pairs each; medians; a ratio is lab / bare");
    for shape in shapes {
        println!("\n{}", shape.title());
        for model in &models {
            compare(*model, shape, pairs);
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Busy,
    Empty,
}

impl Shape {
    fn title(self) -> &'static str {
        match self {
            Self::Busy => "2,000 tasks of 1 ms computing, 2 workers",
            Self::Empty => "100,000 empty tasks, 2 workers (processes: 1,000)",
        }
    }

    fn tasks(self, model: ModelId) -> u32 {
        match (self, model) {
            (Self::Busy, _) => 2_000,
            (Self::Empty, ModelId::Processes) => 1_000,
            (Self::Empty, _) => 100_000,
        }
    }
}

fn compare(model: ModelId, shape: Shape, pairs: u32) {
    let tasks = shape.tasks(model);
    let (mut ratios, mut added, mut bares) = (Vec::new(), Vec::new(), Vec::new());
    let mut dropped = 0;
    // The first lab run calibrates; the units it used are the bare program's too.
    let (_, units) = lab(model, shape, tasks);
    for pair in 0..pairs {
        let before = round_trip();
        let measure_bare = || bare_program(model, tasks, units);
        let (lab_nanos, bare_nanos) = if pair % 2 == 0 {
            let lab_nanos = lab(model, shape, tasks).0;
            (lab_nanos, measure_bare())
        } else {
            let bare_nanos = measure_bare();
            (lab(model, shape, tasks).0, bare_nanos)
        };
        let after = round_trip();
        if before.max(after) / before.min(after) > SAME_PLACEMENT {
            dropped += 1;
            continue;
        }
        ratios.push(lab_nanos / bare_nanos);
        added.push((lab_nanos - bare_nanos) / f64::from(tasks));
        bares.push(bare_nanos / f64::from(tasks));
    }
    let kept = ratios.len();
    if kept == 0 {
        println!("  {:<16} no pair with the same placement of the cores", model.name());
        return;
    }
    let range = |list: &[f64]| {
        let (low, high) =
            list.iter().fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(*value), high.max(*value)));
        format!("{low:.3} to {high:.3}")
    };
    let seen = range(&ratios);
    println!(
        "  {:<16} ratio {:.3} ({seen})  {:+9.1} ns a task  bare {:11.1} ns a task  {kept} pairs, {dropped} dropped",
        model.name(),
        median(&mut ratios),
        median(&mut added),
        median(&mut bares),
    );
}

fn median(list: &mut [f64]) -> f64 {
    list.sort_by(f64::total_cmp);
    let middle = list.len() / 2;
    if list.len() % 2 == 1 { list[middle] } else { f64::midpoint(list[middle - 1], list[middle]) }
}

fn round_trip() -> f64 {
    noise::check(Duration::ZERO).round_trip_nanos.unwrap_or(1.0)
}

/// One trial by the lab: wall nanoseconds, and the units a task that it was calibrated to.
fn lab(model: ModelId, shape: Shape, tasks: u32) -> (f64, u64) {
    let steps = match shape {
        Shape::Busy => vec![Step::Compute { ms: 1.0, kernel: Kernel::Splitmix }],
        Shape::Empty => vec![],
    };
    let experiment = Arc::new(Experiment {
        id: "bench".into(),
        title: "Bench".into(),
        summary: String::new(),
        explanation: String::new(),
        workload: Workload {
            tasks: Tasks::Alike { count: tasks, steps },
            workers: Some(WORKERS),
            in_flight: None,
            seed: 1,
            spread: Spread::Constant,
            ticker: false,
        },
        trials: TrialPlan { count: TrialCount::Fixed(1), warmups: 0, ..TrialPlan::default() },
        models: vec![Contender::native(model)],
        left_out: vec![],
        reference: Contender::native(model),
    });
    let mut results = Results::new(Arc::clone(&experiment), clock::unix_millis());
    let session = RealSessions::new(program()).start(Request {
        experiment: Arc::clone(&experiment),
        more: None,
        notify: Arc::new(|| ()),
    });
    for event in &session.events {
        results.absorb(event);
    }
    let units = results.calibrations.nanos_per_unit(Kernel::Splitmix).map_or(0, |nanos| (1e6 / nanos).round() as u64);
    let trial = results.trials.first().expect("one trial");
    let measured = trial.completed().unwrap_or_else(|| panic!("{}: {:?}", model.name(), trial.reason));
    (measured.wall_nanos as f64, if shape == Shape::Busy { units } else { 0 })
}

/// One run of the bare program in a process of its own: wall nanoseconds.
fn bare_program(model: ModelId, tasks: u32, units: u64) -> f64 {
    let output = Command::new(std::env::current_exe().expect("this executable"))
        .args([bare::ARGUMENT, model.name(), &tasks.to_string(), &units.to_string()])
        .output()
        .expect("the bare program starts");
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim()
        .parse()
        .unwrap_or_else(|_| panic!("the bare program said {text:?}, {}", String::from_utf8_lossy(&output.stderr)))
}
