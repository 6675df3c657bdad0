//! The timeline of a million tasks in the window, drawn by its real painter without a screen: the first picture, then frames
//! while the axis is moved and zoomed and the lanes are scrolled, laid out and tessellated as on a screen. Prints
//! percentiles of the CPU time of the window's thread, and the memory of the tasks; enforces the memory alone.
//!
//! `cargo bench --bench timeline [-- TASKS]`

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a bench prints, and a broken one should stop")]

#[path = "../integration/scripted/mod.rs"]
#[expect(dead_code, reason = "the window's tests need more of it")]
mod scripted;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use concurrency_lab::app::App;
use concurrency_lab::chart::ColourBy;
use concurrency_lab::clock::thread_cpu_nanos;
use concurrency_lab::experiment::Experiment;
use concurrency_lab::lab::range::Zoom;
use concurrency_lab::lab::timeline_view::TimelineCommand;
use concurrency_lab::lab::{Action, Command, Lab, Services, Tab};
use concurrency_lab::model::{Contender, ModelId};
use concurrency_lab::session::{Outcome, SessionEvent};
use concurrency_lab::trial::{Span, Spans};
use concurrency_lab::ui;
use concurrency_lab::workload::{Kernel, PlanStep, Step, Workload};
use eframe::egui::{self, Event, MouseWheelUnit, RawInput, Rect, TouchPhase, pos2, vec2};

/// Most bytes of a task with one step, spans and lanes together.
const MOST_BYTES: f64 = 48.0;
/// Times that each frame is drawn; the least counts, so that other programs are not measured.
const REPEATS: usize = 3;

struct Scenario {
    name: &'static str,
    model: ModelId,
    workers: u32,
    /// All tasks at once, each on a lane of its own.
    at_once: bool,
    all_lanes: bool,
}

const SCENARIOS: [Scenario; 6] = [
    Scenario { name: "1 worker", model: ModelId::Sequential, workers: 1, at_once: false, all_lanes: false },
    Scenario { name: "2 workers", model: ModelId::ThreadPool, workers: 2, at_once: false, all_lanes: false },
    Scenario { name: "1,000 workers", model: ModelId::ThreadPool, workers: 1_000, at_once: false, all_lanes: false },
    Scenario { name: "1,000, all lanes", model: ModelId::ThreadPool, workers: 1_000, at_once: false, all_lanes: true },
    Scenario { name: "a lane per task", model: ModelId::Async, workers: 1, at_once: true, all_lanes: false },
    Scenario { name: "…, all lanes", model: ModelId::Async, workers: 1, at_once: true, all_lanes: true },
];

fn main() {
    let tasks = std::env::args().skip(1).find_map(|text| text.parse().ok()).unwrap_or(1_000_000);
    println!("{tasks} tasks in one trial; a frame is the whole window, 1280x800, laid out and tessellated");
    println!("{:<18} {:>13} {:>27} {:>27}", "", "first picture", "moving and zooming, ms", "coloured by core, ms");
    println!(
        "{:<18} {:>13} {:>27} {:>27} {:>8} {:>8}",
        "", "ms", "p50  p90  p99  max", "p50  p90  p99  max", "B/task", "details"
    );
    for scenario in &SCENARIOS {
        run(scenario, tasks);
    }
}

fn run(scenario: &Scenario, tasks: u32) {
    let mut window = Bench::with(scenario, tasks);
    let first = window.first_picture();
    window.details();
    let (own, details) = window.bytes();
    if scenario.all_lanes {
        window.lab.apply(Command::ToggleLanes(Contender::of(scenario.model)));
    }
    let by_state = window.journey();
    window.lab.apply(Command::Timeline(TimelineCommand::ColourBy(ColourBy::Core)));
    let by_core = window.journey();
    println!(
        "{:<18} {:>13.1} {:>27} {:>27} {:>8.1} {:>8.1}",
        scenario.name,
        first.as_secs_f64() * 1e3,
        percentiles(by_state),
        percentiles(by_core),
        own / f64::from(tasks),
        details / f64::from(tasks)
    );
    assert!(own / f64::from(tasks) <= MOST_BYTES, "{} bytes a task", own / f64::from(tasks));
}

fn percentiles(mut nanos: Vec<u64>) -> String {
    nanos.sort_unstable();
    let at = |percent: usize| nanos[(nanos.len() * percent).div_ceil(100).clamp(1, nanos.len()) - 1] as f64 / 1e6;
    format!("{:.1}  {:.1}  {:.1}  {:.1}", at(50), at(90), at(99), at(100))
}

/// The window's state and its context, without a screen.
struct Bench {
    lab: Lab,
    ctx: egui::Context,
    contender: Contender,
    pointer: egui::Pos2,
}

impl Bench {
    fn with(scenario: &Scenario, tasks: u32) -> Self {
        let contender = Contender::of(scenario.model);
        let experiment = Experiment {
            workload: Workload::of(80, vec![Step::wait(1.0)]),
            models: vec![contender.clone()],
            ..scripted::scraper()
        };
        let ctx = egui::Context::default();
        let script = Arc::new(scripted::Script::default());
        let services = Services {
            cpus: 2.into(),
            preset_folder: None,
            history: None,
            consents: None,
            find_interpreters: Arc::new(|_| scripted::interpreters()),
            examine: Arc::new(|_| scripted::headroom()),
            start_folder: PathBuf::from("."),
            ..App::services(&ctx, Arc::clone(&script) as Arc<_>)
        };
        ui::theme::install(&ctx);
        let mut lab = Lab::new(services, Some(experiment));
        lab.apply(Command::Do(Action::Run));
        let mut trial = scripted::trial(scenario.model, 1, 1, 1_000, 1);
        scripted::edit(&mut trial, |spans, measured| {
            *spans = synthetic(scenario, tasks);
            measured.wall_nanos = spans.tasks.iter().map(|span| span.finished).max().unwrap_or(1);
        });
        script.send([SessionEvent::TrialFinished(Box::new(trial)), SessionEvent::Finished(Outcome::Done)]);
        lab.drain();
        let mut bench = Self { lab, ctx, contender, pointer: pos2(800.0, 400.0) };
        // Fonts and the other panels are on screen before the timeline is asked for.
        bench.lab.apply(Command::Do(Action::Tab(Tab::Distribution)));
        for _ in 0..3 {
            bench.frame(&[]);
        }
        bench
    }

    /// Returns the time from asking for the timeline of a loaded run to its first picture.
    fn first_picture(&mut self) -> Duration {
        let begun = Instant::now();
        self.lab.apply(Command::Do(Action::Tab(Tab::Timeline)));
        self.until(|lab, contender| lab.run.as_ref().is_some_and(|run| run.lanes_of(contender, None).is_some()));
        self.frame(&[]);
        begun.elapsed()
    }

    fn details(&mut self) {
        self.until(|lab, contender| lab.run.as_ref().is_some_and(|run| run.details_of(contender, None).is_some()));
    }

    fn until(&mut self, done: impl Fn(&Lab, &Contender) -> bool) {
        while !done(&self.lab, &self.contender) {
            self.lab.drain();
            std::thread::sleep(Duration::from_micros(100));
        }
    }

    /// Returns the bytes of the tasks with their lanes, and those of the details.
    fn bytes(&self) -> (f64, f64) {
        let run = self.lab.run.as_ref().expect("a run");
        let lanes = run.lanes_of(&self.contender, None).expect("packed");
        let details = run.details_of(&self.contender, None).expect("detailed");
        (lanes.bytes() as f64, (details.in_flight.bytes() + details.holders.bytes()) as f64)
    }

    /// Draws one frame and returns the CPU time of its layout and its tessellation.
    fn frame(&mut self, events: &[Event]) -> u64 {
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(pos2(0.0, 0.0), vec2(1280.0, 800.0))),
            events: events.to_vec(),
            ..RawInput::default()
        };
        let mut commands = Vec::new();
        let begun = thread_cpu_nanos();
        let output = self.ctx.run_ui(input, |ui| ui::show(ui, &self.lab, &mut commands));
        let primitives = self.ctx.tessellate(output.shapes, output.pixels_per_point);
        let took = thread_cpu_nanos() - begun;
        assert!(!primitives.is_empty());
        for command in commands {
            self.lab.apply(command);
        }
        took
    }

    /// Zooms into several places and out again, moves along the axis and scrolls through the lanes. Returns the CPU time of
    /// each frame.
    fn journey(&mut self) -> Vec<u64> {
        let mut passes: Vec<Vec<u64>> = Vec::new();
        for _ in 0..REPEATS {
            self.lab.apply(Command::Zoom(Zoom::All));
            let mut frames = vec![self.frame(&[Event::PointerMoved(self.pointer)])];
            for around in [0.5, 0.13, 0.91] {
                for _ in 0..90 {
                    self.lab.apply(Command::Zoom(Zoom::By { factor: 1.12, around }));
                    frames.push(self.frame(&[]));
                }
                for _ in 0..20 {
                    self.lab.apply(Command::Zoom(Zoom::Pan(0.05)));
                    frames.push(self.frame(&[]));
                }
                for _ in 0..20 {
                    let delta = vec2(0.0, -120.0);
                    let (unit, phase) = (MouseWheelUnit::Point, TouchPhase::Move);
                    let source = egui::MouseWheelSource::Unknown;
                    let modifiers = egui::Modifiers::NONE;
                    frames.push(self.frame(&[Event::MouseWheel { unit, delta, phase, source, modifiers }]));
                }
                for _ in 0..45 {
                    self.lab.apply(Command::Zoom(Zoom::By { factor: 1.0 / 1.26, around }));
                    frames.push(self.frame(&[]));
                }
            }
            passes.push(frames);
        }
        let frames = passes.iter().map(Vec::len).min().unwrap_or(0);
        (0..frames).filter_map(|frame| passes.iter().map(|pass| pass[frame]).min()).collect()
    }
}

/// Makes tasks of very different lengths, some of them queueing, with gaps between them.
fn synthetic(scenario: &Scenario, tasks: u32) -> Spans {
    let mut random = fastrand::Rng::with_seed(u64::from(scenario.workers));
    let mut free = vec![0_u64; scenario.workers as usize];
    let length = |random: &mut fastrand::Rng| {
        // Most take around a microsecond, one in a thousand a hundred times as long.
        let usual = (300.0 + -(random.f64().max(1e-9)).ln() * 900.0) as u64;
        if random.u32(0..1_000) == 0 { usual * 100 } else { usual }
    };
    let task = |index: u32| {
        let long = length(&mut random);
        let core = Some(random.u16(0..4));
        if scenario.at_once {
            let started = u64::from(index) * 50;
            return Span { submitted: 0, started, finished: started + 80_000_000 + long, worker: 0, core };
        }
        let worker = index % scenario.workers;
        let gap = if random.u32(0..200) == 0 { random.u64(0..40_000) } else { random.u64(0..90) };
        let started = free[worker as usize] + gap;
        let finished = started + long;
        free[worker as usize] = finished;
        Span { submitted: started.saturating_sub(random.u64(0..500)), started, finished, worker, core }
    };
    Spans {
        tasks: (0..tasks).map(task).collect(),
        steps: vec![PlanStep::Compute(Kernel::Splitmix)],
        ..Spans::default()
    }
}
