//! Payloads under every model: what a task is given and returns arrives whole, everywhere with the same checksum.

use concurrency_lab::experiment::Experiment;
use concurrency_lab::model::ModelId;
use concurrency_lab::session::Outcome;
use concurrency_lab::trial::{Measured, Trial};
use concurrency_lab::workload::{Payload, PayloadKind, Step};

use crate::common::{compute, experiment, run, wait};

fn native() -> Vec<ModelId> {
    ModelId::all().filter(|model| !model.is_python()).collect()
}

fn with(payload: Payload, tasks: u32, steps: Vec<Step>, models: &[ModelId]) -> Experiment {
    let mut experiment = experiment(tasks, steps, models);
    experiment.workload.payload = Some(payload);
    experiment
}

fn measured(trial: &Trial) -> &Measured {
    trial.completed().unwrap_or_else(|| panic!("{}: {:?}", trial.contender, trial.failure))
}

const fn bytes(input_bytes: u64, output_bytes: u64) -> Payload {
    Payload { input_bytes, output_bytes, kind: PayloadKind::Bytes }
}

/// Checks checksums and stamps of all trials; returns the checksum.
fn check(results: &concurrency_lab::results::Results, payload: Payload, tasks: usize) -> u64 {
    assert_eq!(results.outcome, Some(Outcome::Done));
    let checksum = measured(&results.trials[0]).checksum;
    for one in &results.trials {
        let (name, measured) = (one.contender.to_string(), measured(one));
        assert_eq!(measured.checksum, checksum, "{name} with {payload:?}");
        let spans = measured.spans.load().expect("in memory");
        assert_eq!((spans.tasks.len(), spans.handovers.len()), (tasks, tasks), "{name}");
        for (task, (span, handover)) in spans.tasks.iter().zip(&spans.handovers).enumerate() {
            let sent = handover.sent.unwrap_or(span.started);
            let received = handover.received.unwrap_or(span.finished);
            let order = [sent, span.started, handover.read, handover.worked, span.finished, received];
            assert!(order.is_sorted(), "{name}, task {task}: {span:?} {handover:?}");
            let ends: Vec<u64> = spans.step_intervals(task).map(|(_, end)| end).collect();
            assert!(ends.is_sorted() && ends.last().is_none_or(|end| *end <= handover.worked), "{name}");
            assert!(received <= measured.wall_nanos, "{name}: {handover:?} in {}", measured.wall_nanos);
            assert_eq!(handover.received.is_some(), one.contender.model.separate_memory(), "{name}");
        }
        let transfer = measured.span_summary.transfer;
        assert!(transfer.task_nanos.is_some_and(|nanos| nanos > 0), "{name}");
        assert_eq!(transfer.output_nanos.is_some(), one.contender.model.separate_memory(), "{name}");
    }
    checksum
}

#[test]
fn every_native_model_gives_and_returns_the_same() {
    let sizes = [(0, 0), (1, 0), (0, 1), (7, 4_097), (65_536, 65_537), (1_000_003, 300_001)];
    for kind in PayloadKind::ALL {
        let mut seen = Vec::new();
        for (input_bytes, output_bytes) in sizes {
            let payload = Payload { input_bytes, output_bytes, kind };
            let results = run(with(payload, 5, vec![], &native()));
            assert_eq!(results.trials.len(), 9);
            seen.push(check(&results, payload, 5));
        }
        seen.dedup();
        // A list of no number is the same for 0, 1 and 7 bytes.
        assert_eq!(seen.len(), if kind == PayloadKind::Bytes { 6 } else { 4 }, "{seen:x?}");
    }
}

#[test]
fn a_payload_comes_with_every_step_and_every_way_of_handing_over() {
    let steps = || vec![compute(0.2), wait(1.0), compute(0.1)];
    let payload = bytes(100_000, 200_000);
    let results = run(with(payload, 12, steps(), &native()));
    check(&results, payload, 12);
    for one in &results.trials {
        let measured = measured(one);
        let separate = one.contender.model.separate_memory();
        assert_eq!(measured.span_summary.transfer.input_nanos.is_some(), separate, "{}", one.contender);
        assert!(measured.span_summary.step_nanos.iter().all(|nanos| *nanos > 0.0), "{}", one.contender);
    }
    // Without computing, all runs have the same checksum.
    let plain = check(&run(with(payload, 12, vec![wait(1.0)], &native())), payload, 12);
    let mut limited = with(payload, 12, vec![wait(1.0)], &native());
    limited.workload.in_flight = Some(2);
    assert_eq!(check(&run(limited), payload, 12), plain);
    let without = run(experiment(12, vec![wait(1.0)], &[ModelId::Sequential]));
    assert_ne!(measured(&without.trials[0]).checksum, plain);
    assert!(measured(&without.trials[0]).spans.load().expect("in memory").handovers.is_empty());
}

#[test]
fn steps_that_need_more_than_a_core_work_with_a_payload() {
    let mut lock = Step::of_kind("critical", 0.1).expect("it exists");
    lock.set_ms(0.1);
    let file = Step::of_kind("file", 0.0).expect("it exists");
    let payload = Payload { input_bytes: 80_000, output_bytes: 16, kind: PayloadKind::List };
    check(&run(with(payload, 4, vec![lock, file, wait(0.1)], &native())), payload, 4);
}

#[test]
fn a_warm_up_that_is_repeated_hands_over_every_time() {
    let payload = bytes(10_000, 10_000);
    let mut repeated = with(payload, 3, vec![compute(0.1)], &native());
    repeated.trials.warmups = 1;
    let results = run(Experiment { ..repeated });
    assert!(results.trials.iter().any(|trial| measured(trial).passes > 1));
    check(&results, payload, 3);
}

#[test]
fn a_sweep_of_input_bytes_measures_each_size() {
    let mut swept = experiment(3, vec![], &[ModelId::Sequential, ModelId::ProcessPool]);
    swept.sweep =
        Some(concurrency_lab::experiment::sweep::Sweep::parse("input_bytes=0,1000,1000000").expect("a sweep"));
    swept.validate().expect("allowed");
    let points = swept.points().expect("points");
    let inputs: Vec<u64> =
        points.iter().map(|(_, point)| point.workload.payload.expect("a payload").input_bytes).collect();
    assert_eq!(inputs, [0, 1_000, 1_000_000]);
    for (_, point) in points {
        let payload = point.workload.payload.expect("a payload");
        check(&run(point), payload, 3);
    }
}
