//! The lab against bare hand-written programs: the same crates, the same kernel, run like trials (a fresh process, one
//! timed run), interleaved, with a check of the cores' placement around each pair. Prints ratios and added nanoseconds
//! per task; enforces no limit.
//!
//! `cargo bench --bench floors [-- MODEL…] [--pairs N] [--empty | --busy]`

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a bench prints, and a broken one should stop")]

mod bare;
mod pairs;

use concurrency_lab::model::{Host, ModelId};
use concurrency_lab::workload::{Kernel, Step};
use pairs::Placement;

fn main() {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.peek().is_some_and(|first| first == pairs::BARE) {
        bare::main(&arguments.skip(1).collect::<Vec<_>>(), env!("CARGO_BIN_EXE_concurrency-lab").as_ref());
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
        models = ModelId::all().filter(|model| !model.is_python()).collect();
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
    let steps = || match shape {
        Shape::Busy => vec![Step::Compute { ms: 1.0, kernel: Kernel::Splitmix }],
        Shape::Empty => vec![],
    };
    // The first lab run calibrates; the bare program uses the same number of units.
    let (_, results) = pairs::lab(model, steps(), tasks);
    let nanos_per_unit = results.calibrations.nanos_per_unit(&Host::Rust, Kernel::Splitmix);
    let units = nanos_per_unit.filter(|_| shape == Shape::Busy).map_or(0, |nanos| (1e6 / nanos).round() as u64);
    let arguments = [model.name().to_owned(), tasks.to_string(), units.to_string()];
    let lab = || pairs::lab(model, steps(), tasks).0;
    pairs::compare((model.name(), tasks), Placement::Counts, pairs, lab, || pairs::bare_program(&arguments));
}
