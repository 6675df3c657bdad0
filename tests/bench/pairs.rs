//! Interleaved pairs of the lab and a bare program, with a check of the cores' placement around each pair.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use concurrency_lab::clock;
use concurrency_lab::code::OwnCode;
use concurrency_lab::experiment::{Experiment, SamplingPlan, TrialCount};
use concurrency_lab::model::{Contender, ModelId};
use concurrency_lab::protocol;
use concurrency_lab::python::Interpreters;
use concurrency_lab::results::Results;
use concurrency_lab::session::{HostCalibrations, MoreRounds, RealSessions, Request, Sessions, noise};
use concurrency_lab::workload::{Step, Workload};

/// First argument of this executable when it is started as the bare program.
#[allow(dead_code, reason = "the Python bench starts scripts instead")]
pub const BARE: &str = "bare";
/// Workers of the pools, in the lab and in the bare programs.
pub const WORKERS: u32 = 2;
/// Sensitivity of a comparison to the placement of the cores.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Placement {
    /// Tasks so short that submitting them matters: pairs whose core-to-core round trips differ are dropped.
    #[allow(dead_code, reason = "each bench has its own kind of tasks")]
    Counts,
    /// Tasks of a millisecond: every pair counts.
    #[allow(dead_code, reason = "each bench has its own kind of tasks")]
    DoesNotCount,
}

/// Factor between two round trips above which the placements differ.
const SAME_PLACEMENT: f64 = 1.6;

/// Runs and prints one comparison of `tasks` tasks. `lab` and `bare` return wall nanoseconds.
#[allow(dead_code, reason = "benches with scripts compare in rounds")]
pub fn compare(
    (name, tasks): (&str, u32),
    placement: Placement,
    pairs: u32,
    mut lab: impl FnMut() -> f64,
    mut bare: impl FnMut() -> f64,
) {
    let (mut ratios, mut added, mut bares) = (Vec::new(), Vec::new(), Vec::new());
    let mut dropped = 0;
    for pair in 0..pairs {
        let before = round_trip();
        let (lab_nanos, bare_nanos) = if pair % 2 == 0 {
            let lab_nanos = lab();
            (lab_nanos, bare())
        } else {
            let bare_nanos = bare();
            (lab(), bare_nanos)
        };
        let after = round_trip();
        if placement == Placement::Counts && before.max(after) / before.min(after) > SAME_PLACEMENT {
            dropped += 1;
            continue;
        }
        ratios.push(lab_nanos / bare_nanos);
        added.push((lab_nanos - bare_nanos) / f64::from(tasks));
        bares.push(bare_nanos / f64::from(tasks));
    }
    let kept = ratios.len();
    if kept == 0 {
        println!("  {name:<24} no pair with the same placement of the cores");
        return;
    }
    let range = |list: &[f64]| {
        let (low, high) =
            list.iter().fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(*value), high.max(*value)));
        format!("{low:.3} to {high:.3}")
    };
    let spread = range(&ratios);
    println!(
        "  {name:<24} ratio {:.3} ({spread})  {:+9.1} ns a task  bare {:11.1} ns a task  {kept} pairs, {dropped} dropped",
        median(&mut ratios),
        median(&mut added),
        median(&mut bares),
    );
}

pub fn median(list: &mut [f64]) -> f64 {
    list.sort_by(f64::total_cmp);
    let middle = list.len() / 2;
    if list.len() % 2 == 1 { list[middle] } else { f64::midpoint(list[middle - 1], list[middle]) }
}

#[allow(dead_code, reason = "benches with scripts compare in rounds")]
fn round_trip() -> f64 {
    noise::check(Duration::ZERO).round_trip_nanos.unwrap_or(1.0)
}

/// Runs one trial by the lab. Returns wall nanoseconds and the results.
#[allow(dead_code, reason = "benches of Python have interpreters")]
pub fn lab(model: ModelId, steps: Vec<Step>, tasks: u32) -> (f64, Results) {
    lab_on(&Arc::default(), &Contender::of(model), steps, tasks, None)
}

/// Runs one trial by the lab with these interpreters for Python models.
pub fn lab_on(
    interpreters: &Arc<Interpreters>,
    contender: &Contender,
    steps: Vec<Step>,
    tasks: u32,
    calibrations: Option<HostCalibrations>,
) -> (f64, Results) {
    trial(interpreters, contender, Workload::of(tasks, steps), calibrations, Vec::new())
}

/// Runs one trial of a workload by the lab. Returns wall nanoseconds and the results.
pub fn trial(
    interpreters: &Arc<Interpreters>,
    contender: &Contender,
    workload: Workload,
    calibrations: Option<HostCalibrations>,
    code: Vec<OwnCode>,
) -> (f64, Results) {
    let mut experiment = Experiment {
        id: "bench".into(),
        title: "Bench".into(),
        workload: Workload { workers: Some(WORKERS.into()), ..workload },
        trials: SamplingPlan { count: TrialCount::Fixed(1), warmups: 0, ..SamplingPlan::default() },
        models: vec![contender.clone()],
        reference: contender.clone(),
        models_by_default: false,
        ..Experiment::default()
    };
    experiment.resolve_interpreters(interpreters);
    let experiment = Arc::new(experiment);
    let mut results = Results::new(Arc::clone(&experiment), Arc::clone(interpreters), clock::unix_millis());
    let session = RealSessions::new(env!("CARGO_BIN_EXE_concurrency-lab").into()).start(Request {
        experiment: Arc::clone(&experiment),
        interpreters: Arc::clone(interpreters),
        when_quiet: None,
        // With earlier calibrations nothing is calibrated.
        more: calibrations.map(|calibrations| MoreRounds {
            after_round: 0,
            after_position: 0,
            rounds: 1,
            calibrations,
        }),
        sink: None,
        notify: Arc::new(|| ()),
        code: code.into(),
    });
    for event in &session.events {
        results.apply(event);
    }
    let trial = results.trials.first().expect("one trial");
    let measured = trial.completed().unwrap_or_else(|| panic!("{}: {:?}", contender, trial.failure));
    (measured.wall_nanos as f64, results)
}

/// Runs the bare program in a new process. Returns wall nanoseconds.
#[allow(dead_code, reason = "the Python bench starts scripts instead")]
pub fn bare_program(arguments: &[String]) -> f64 {
    let output = Command::new(std::env::current_exe().expect("this executable"))
        .arg(BARE)
        .args(arguments)
        .env(protocol::LAYOUT_VARIABLE, protocol::random_layout())
        .output()
        .expect("the bare program starts");
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim()
        .parse()
        .unwrap_or_else(|_| panic!("the bare program printed {text:?}, {}", String::from_utf8_lossy(&output.stderr)))
}
