//! Tests of sweeps: reading, expanding, applying, and what is refused.

use proptest::prelude::*;

use super::*;
use crate::experiment::Experiment;
use crate::workload::{ListedTask, Step, Tasks, Workload};

fn experiment(steps: Vec<Step>) -> Experiment {
    Experiment { workload: Workload::of(20, steps), ..Experiment::default() }
}

fn values(text: &str, steps: Vec<Step>) -> Result<Vec<f64>, String> {
    let sweep = Sweep::parse(text).map_err(|problem| problem.to_string())?;
    sweep.values(&experiment(steps).workload).map_err(|problem| problem.to_string())
}

fn wait(ms: f64) -> Step {
    Step::wait(ms)
}

fn compute(ms: f64) -> Step {
    let mut step = (Step::KINDS[0].new)();
    step.set_ms(ms);
    step
}

#[test]
fn lists_and_ranges_are_read() {
    assert_eq!(values("workers=1,2,4,8", vec![]).expect("read"), [1.0, 2.0, 4.0, 8.0]);
    assert_eq!(values("tasks=10..100_000/5log", vec![]).expect("read"), [10.0, 100.0, 1_000.0, 10_000.0, 100_000.0]);
    assert_eq!(values("step.1.ms=0..2/5", vec![wait(1.0)]).expect("read"), [0.0, 0.5, 1.0, 1.5, 2.0]);
    // Rounded to whole numbers, a short range has fewer.
    assert_eq!(values("workers=1..3/9", vec![]).expect("read"), [1.0, 2.0, 3.0]);
    assert_eq!(values("tasks=100..1/3log", vec![]).expect("read"), [100.0, 10.0, 1.0]);
}

#[test]
fn mistakes_say_what_is_allowed() {
    for (text, expected) in [
        ("workers", "\"workers\" is no sweep"),
        ("wrokers=1,2", "\"wrokers\" can't be swept: allowed are workers"),
        ("workers=1,x", "\"1,x\" are no values"),
        ("workers=1..8", "\"1..8\" are no values"),
        ("workers=inf,1", "\"inf,1\" are no values"),
        ("workers=4", "2 to 100 different values, this one has 1"),
        ("workers=4,4", "2 to 100 different values, this one has 1"),
        ("tasks=1..1000/101", "2 to 100 different values, this one has 101"),
        ("tasks=0..10/3log", "from one number above 0"),
        ("workers=0,1", "workers can't be 0: allowed are whole numbers from 1 to 4,096"),
        ("workers=1.5,2", "workers can't be 1.5"),
        ("task_ms=1,2", "no step of a task has a duration"),
        ("compute_share=0,1", "needs a compute step and a wait step"),
        ("step.1.ms=1,2", "a task has 0 steps"),
        ("step.0.ms=1,2", "\"step.0.ms\" can't be swept"),
    ] {
        let problem = values(text, vec![]).expect_err(text);
        assert!(problem.contains(expected), "{text}: {problem}");
    }
    let command = Step::Command { argv: vec!["true".to_owned()] };
    let code = values("input_bytes=1,2", vec![command]).expect_err("code has no payload");
    assert!(code.starts_with("input_bytes can't be swept: step 1 runs code of your own"), "{code}");
    let kernel = values("step.1.bytes=1,2", vec![compute(1.0)]).expect_err("no such key");
    assert_eq!(kernel, "step.1.bytes can't be swept: step 1 is a compute step, whose numeric keys are ms");
}

#[test]
fn a_task_list_can_be_swept_by_what_is_not_in_it() {
    let list = vec![ListedTask { name: "A".to_owned(), compute_ms: 1.0, wait_ms: 1.0 }];
    let workload = Workload { tasks: Tasks::List(list.into()), ..Workload::default() };
    assert_eq!(
        SweepKey::of(&workload),
        [SweepKey::Workers, SweepKey::InFlight, SweepKey::InputBytes, SweepKey::OutputBytes]
    );
    let problem = SweepKey::Tasks.range(&workload).expect_err("not with a list").to_string();
    assert!(problem.contains("task list"), "{problem}");
}

#[test]
fn each_point_is_an_ordinary_experiment() {
    let mut swept = experiment(vec![compute(6.0), wait(4.0)]);
    swept.sweep = Some(Sweep::parse("compute_share=0,0.25,1").expect("a sweep"));
    let points = swept.points().expect("points");
    let durations: Vec<Vec<f64>> =
        points.iter().map(|(_, point)| point.workload.steps().iter().filter_map(Step::ms).collect()).collect();
    assert_eq!(durations, [[0.0, 10.0], [2.5, 7.5], [10.0, 0.0]]);
    let shown: Vec<String> = points.iter().map(|(point, _)| point.as_ref().expect("a point").title()).collect();
    assert_eq!(shown, ["Share of computing 0 %", "Share of computing 25 %", "Share of computing 100 %"]);
    assert!(points.iter().all(|(_, point)| point.sweep.is_none() && point.validate().is_ok()));
    let alone = experiment(vec![]).points().expect("one point");
    assert!(alone.len() == 1 && alone[0].0.is_none());
}

#[test]
fn every_key_that_is_offered_can_be_applied() {
    let steps: Vec<Step> = Step::KINDS.iter().map(|kind| (kind.new)()).collect();
    let workload = Workload::of(3, steps);
    let keys = SweepKey::of(&workload);
    assert!(keys.len() > 10, "{keys:?}");
    for key in keys {
        let range = key.range(&workload).expect("offered");
        let mut set = workload.clone();
        let value = if key == SweepKey::ComputeShare { 0.25 } else { 7.0 };
        assert!(range.contains(value), "{key}");
        key.apply(value, &mut set);
        assert_ne!(set, workload, "{key}");
        assert_eq!(key.to_string().parse::<SweepKey>().expect("read back"), key);
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in ".{0,40}") {
        let _ = Sweep::parse(&text);
    }

    #[test]
    fn values_are_written_as_they_are_read(
        list in prop::collection::vec(0.0..1e9_f64, 2..6), from in 0.0..1e6_f64, to in 0.0..1e6_f64, points in 2..90_u32,
        log in any::<bool>(),
    ) {
        let scale = if log { Scale::Log } else { Scale::Linear };
        for values in [SweepValues::List(list), SweepValues::Range { from, to, points, scale }] {
            prop_assert_eq!(values.to_string().parse::<SweepValues>(), Ok(values));
        }
    }
}
