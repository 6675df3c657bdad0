//! Tests of time budgets on fixed trials, and of their sums on arbitrary ones.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::analysis::testing::{Synthetic, full, workload_alike, workload_of};
use crate::trial::{CpuSample, ExternalScheduler, Measured, PhaseSums, Runtime, ServerUse, SpanSummary, Usage};
use crate::workload::{Protection, Step};

/// One trial of one model, with these tasks at once.
fn one(model: &str, compute_ms: f64, wait_ms: f64, wall_ms: f64, at_once: u32, cores: f64) -> Synthetic {
    Synthetic::new(workload_alike(8, compute_ms, wait_ms), &[model]).rounds(1, 0.0, &[(model, wall_ms, at_once, cores)])
}

fn budget(built: &Synthetic) -> TimeBudget {
    let contender = &built.results.experiment.models[0];
    let budget = TimeBudget::of_model(&built.results, contender).expect("a trial");
    check(&budget);
    budget
}

fn check(budget: &TimeBudget) {
    for stack in Total::ALL.iter().filter_map(|total| budget.stack(*total)) {
        let sum: u64 = stack.parts.iter().filter_map(|(_, nanos)| *nanos).sum();
        assert_eq!(sum, stack.total, "{stack:?}");
        assert!(
            stack.parts.is_sorted_by_key(|(part, _)| *part) && stack.parts.last().is_some_and(|last| last.0.is_rest())
        );
    }
}

fn sums(change: impl FnOnce(&mut PhaseSums), measured: &mut Measured) {
    let mut summary = SpanSummary::clone(&measured.span_summary);
    change(summary.phase_sums.as_mut().expect("recorded"));
    measured.span_summary = Arc::new(summary);
}

/// Samples of 250 ms in which each core was busy by these percentages.
fn sampled(built: &mut Synthetic, count: u32, busy: [f32; 2], tree: Option<f32>, lab: Option<f32>) {
    for trial in &mut built.results.trials {
        trial.cpu = (1..=count)
            .map(|number| CpuSample {
                at_ms: f64::from(number) * 250.0,
                width_ms: 250.0,
                usage_percent: busy.to_vec(),
                lab_percent: lab,
                tree_percent: tree,
            })
            .collect();
    }
}

const MS: u64 = 1_000_000;

#[test]
fn a_loop_that_computes_keeps_one_core_busy_and_leaves_the_other_idle() {
    let mut built = one("sequential", 125.0, 0.0, 1_000.0, 1, 1.0);
    sampled(&mut built, 4, [100.0, 6.0], Some(100.0), Some(2.0));
    let budget = budget(&built);
    let cores = &budget.core_seconds;
    assert_eq!(cores.total, 2_000 * MS);
    // 8 tasks at 40 ns of stamps, which the computing leaves no room for: it is all of the CPU time.
    assert_eq!((cores.nanos(Part::CoreTasks), cores.nanos(Part::CoreOwn)), (Some(1_000 * MS), None));
    assert_eq!((cores.nanos(Part::CoreStamps), cores.nanos(Part::CoreOverhead)), (Some(0), Some(0)));
    assert_eq!((cores.nanos(Part::CoreLab), cores.nanos(Part::CoreOthers)), (Some(20 * MS), Some(40 * MS)));
    assert_eq!((cores.nanos(Part::CoreIdle), cores.nanos(Part::CoreRest)), (Some(940 * MS), Some(0)));
    assert_eq!(cores.notes, []);
    let tasks = budget.task_seconds.as_ref().expect("recorded");
    // Each waits for those before it: 0 + 125 + … + 875 ms.
    assert_eq!((tasks.nanos(Part::TaskQueue), tasks.nanos(Part::TaskCompute)), (Some(3_500 * MS), Some(1_000 * MS)));
    assert_eq!((tasks.total, tasks.notes.len()), (4_500 * MS, 0));
    assert_eq!(listing(tasks, 0.1), "queue 78 %, computing 22 %");
}

#[test]
fn waiting_threads_leave_the_cores_idle() {
    let mut built = one("threads", 0.0, 1_000.0, 1_000.0, 8, 0.01);
    sampled(&mut built, 4, [2.0, 0.0], Some(1.0), Some(0.0));
    let budget = budget(&built);
    assert_eq!(budget.core_seconds.largest().map(|(part, _)| part), Some(Part::CoreIdle));
    assert_eq!(budget.core_seconds.nanos(Part::CoreTasks), Some(0));
    let tasks = budget.task_seconds.as_ref().expect("recorded");
    assert_eq!((tasks.total, tasks.nanos(Part::TaskWait)), (8_000 * MS, Some(8_000 * MS)));
}

#[test]
fn more_computing_tasks_than_cores_are_not_split_and_say_why() {
    let mut built = one("threads", 125.0, 0.0, 500.0, 8, 1.98);
    sampled(&mut built, 2, [100.0, 100.0], Some(198.0), Some(1.0));
    let budget = budget(&built);
    let cores = &budget.core_seconds;
    assert_eq!((cores.nanos(Part::CoreOwn), cores.nanos(Part::CoreTasks)), (Some(990 * MS), None));
    let reason = Unsplit::WaitedForCores { most: 8, cores: 2 };
    assert_eq!(cores.notes, [Note::Unsplit(reason)]);
    let tasks = budget.task_seconds.as_ref().expect("recorded");
    assert_eq!(tasks.notes, [Note::WaitedForCores { most: 8, cores: 2 }]);
    assert_eq!(tasks.nanos(Part::TaskCompute), Some(4_000 * MS));
}

#[test]
fn a_short_trial_leaves_open_what_the_other_cores_did() {
    let budget = budget(&one("sequential", 1.0, 0.0, 8.0, 1, 1.0));
    let cores = &budget.core_seconds;
    assert_eq!((cores.nanos(Part::CoreIdle), cores.nanos(Part::CoreOthers)), (None, None));
    assert_eq!(cores.nanos(Part::CoreRest), Some(8 * MS));
    assert_eq!(cores.notes, [Note::Unsampled(Unsampled::TooShort)]);
}

#[test]
fn a_sample_counts_as_far_as_it_lies_within_the_clock() {
    let mut built = one("sequential", 40.0, 0.0, 350.0, 1, 0.0);
    sampled(&mut built, 2, [0.0, 0.0], Some(0.0), Some(0.0));
    assert_eq!(budget(&built).core_seconds.nanos(Part::CoreIdle), Some(700 * MS));
    // Only the first of two samples was taken: the rest of the clock is open.
    sampled(&mut built, 1, [0.0, 0.0], Some(0.0), Some(0.0));
    let budget = budget(&built);
    assert_eq!(budget.core_seconds.nanos(Part::CoreIdle), Some(500 * MS));
    assert_eq!(budget.core_seconds.nanos(Part::CoreRest), Some(200 * MS));
}

#[test]
fn counters_of_other_cpus_or_of_repeats_are_not_used() {
    let mut built = one("sequential", 125.0, 0.0, 1_000.0, 1, 1.0);
    sampled(&mut built, 4, [100.0, 0.0], Some(100.0), Some(0.0));
    built.results.trials[1].cpu.iter_mut().for_each(|sample| sample.usage_percent.extend([0.0; 6]));
    assert_eq!(budget(&built).core_seconds.notes, [Note::Unsampled(Unsampled::OtherCpus { machine: 8, usable: 2 })]);
    built.adjust("sequential", |measured| measured.passes = 5);
    assert_eq!(budget(&built).core_seconds.notes, [Note::Unsampled(Unsampled::Repeated)]);
}

#[test]
fn counters_that_disagree_beyond_their_error_attribute_nothing() {
    let mut built = one("sequential", 125.0, 0.0, 1_000.0, 1, 1.0);
    // Within the error, idle gives way.
    sampled(&mut built, 4, [98.0, 0.0], Some(100.0), Some(0.0));
    let close = budget(&built).core_seconds;
    assert_eq!((close.nanos(Part::CoreIdle), close.nanos(Part::CoreRest)), (Some(1_000 * MS), Some(0)));
    sampled(&mut built, 4, [40.0, 0.0], Some(100.0), Some(0.0));
    let far = budget(&built).core_seconds;
    assert_eq!((far.nanos(Part::CoreIdle), far.nanos(Part::CoreRest)), (None, Some(1_000 * MS)));
    assert_eq!(far.notes, [Note::CountersDisagree]);
    // Without the CPU time of the processes over time, other programs can't be told from them.
    sampled(&mut built, 4, [100.0, 50.0], None, Some(0.0));
    let untold = budget(&built).core_seconds;
    assert_eq!((untold.nanos(Part::CoreOthers), untold.nanos(Part::CoreRest)), (None, Some(500 * MS)));
    assert_eq!(untold.notes, [Note::NoOthers]);
}

#[test]
fn cpu_time_beyond_all_cores_attributes_nothing_and_the_server_is_a_part_of_its_own() {
    let mut built = one("sequential", 1.0, 0.0, 8.0, 1, 2.1);
    let over = budget(&built).core_seconds;
    assert_eq!((over.nanos(Part::CoreRest), over.nanos(Part::CoreTasks)), (Some(16 * MS), None));
    assert!(matches!(over.notes[..], [Note::CpuTimeExceeds(_)]), "{:?}", over.notes);
    built.adjust("sequential", |measured| {
        measured.usage = Usage { user_nanos: Some(MS), system_nanos: Some(0), ..Usage::default() };
        measured.server = Some(ServerUse { cpu_nanos: Some(3 * MS), requests: 8, most_connections: 1 });
        sums(|sums| (sums.compute, sums.http) = (0, sums.compute), measured);
    });
    let served = budget(&built).core_seconds;
    assert_eq!((served.nanos(Part::CoreServer), served.nanos(Part::CoreRest)), (Some(3 * MS), Some(12 * MS)));
    assert_eq!(served.nanos(Part::CoreOverhead), Some(MS - 320), "all but the stamps");
    built.adjust("sequential", |measured| measured.usage = Usage::default());
    assert_eq!(budget(&built).core_seconds.notes[0], Note::NoCpuTime);
}

fn with_gil(built: &mut Synthetic, waits: u64, asleep: Option<u64>) {
    built.adjust_spans("py-threads", |spans| spans.gil_waits = vec![waits; spans.tasks.len()]);
    built.adjust("py-threads", |measured| {
        measured.runtime = Some(Runtime {
            external: None,
            version: "3.13.5".to_owned(),
            gil: true,
            start_method: None,
            gil_wait_error_nanos: Some(0),
            gil_wait_asleep_nanos: asleep,
        });
    });
}

#[test]
fn the_wait_for_the_gil_is_taken_off_the_phases_that_it_was_in() {
    let mut built = one("py-threads", 25.0, 0.0, 100.0, 8, 1.0);
    with_gil(&mut built, 88 * MS, Some(0));
    let only = budget(&built);
    let tasks = only.task_seconds.as_ref().expect("recorded");
    assert_eq!((tasks.nanos(Part::TaskCompute), tasks.nanos(Part::TaskGil)), (Some(96 * MS), Some(704 * MS)));
    assert_eq!(tasks.notes, [], "the threads' CPU time was measured");
    // So is the computing in the core-seconds, though eight tasks computed at once.
    assert_eq!(only.core_seconds.nanos(Part::CoreTasks), Some(96 * MS));
    assert_eq!(only.core_seconds.nanos(Part::CoreOverhead), Some(4 * MS - 320));
    let mut built = one("py-threads", 25.0, 75.0, 100.0, 8, 1.0);
    with_gil(&mut built, 20 * MS, Some(60 * MS));
    let tasks = budget(&built).task_seconds.expect("recorded");
    // 8 × 25 ms of computing less 100, 8 × 75 ms of waiting less 60.
    assert_eq!((tasks.nanos(Part::TaskCompute), tasks.nanos(Part::TaskWait)), (Some(100 * MS), Some(540 * MS)));
    assert_eq!(tasks.nanos(Part::TaskGil), Some(160 * MS));
    with_gil(&mut built, 20 * MS, None);
    let unknown = budget(&built);
    let tasks = unknown.task_seconds.as_ref().expect("recorded");
    assert_eq!((tasks.nanos(Part::TaskGil), tasks.nanos(Part::TaskCompute)), (None, Some(200 * MS)));
    assert_eq!(tasks.notes, [Note::GilSomewhere(160 * MS)]);
    assert_eq!(unknown.core_seconds.notes[0], Note::Unsplit(Unsplit::Gil));
}

#[test]
fn tasks_on_workers_of_others_have_no_core_seconds_here() {
    for same_clock in [true, false] {
        let mut built = one("py-threads", 25.0, 0.0, 100.0, 8, 1.0);
        built.adjust("py-threads", |measured| {
            measured.runtime = Some(Runtime {
                version: "3.13.5".to_owned(),
                gil: true,
                start_method: None,
                gil_wait_error_nanos: None,
                external: Some(ExternalScheduler { address: "tcp://192.0.2.1:8786".to_owned(), same_clock }),
                gil_wait_asleep_nanos: None,
            });
        });
        let away = budget(&built);
        assert_eq!(away.core_seconds.nanos(Part::CoreRest), Some(away.core_seconds.total));
        assert_eq!(away.task_seconds.is_some(), same_clock);
        let notes = notes(&away);
        assert!(notes[0].starts_with("The tasks ran on the workers of a scheduler that others run"), "{notes:?}");
        assert!(notes.iter().all(|note| !note.contains("earlier version")), "{notes:?}");
    }
}

#[test]
fn what_was_not_recorded_is_missing() {
    let mut built = one("sequential", 1.0, 0.0, 8.0, 1, 1.0);
    built.adjust("sequential", |measured| {
        let mut summary = SpanSummary::clone(&measured.span_summary);
        summary.phase_sums = None;
        measured.span_summary = Arc::new(summary);
    });
    let old = budget(&built);
    assert_eq!((old.stack(Total::TaskSeconds), old.core_seconds.nanos(Part::CoreOwn)), (None, Some(8 * MS)));
    assert!(notes(&old).iter().any(|note| note.contains("earlier version")), "{:?}", notes(&old));
    assert_eq!(largest([old].iter(), Total::TaskSeconds), "No task-seconds were recorded.");
}

#[test]
fn locks_inside_of_phases_and_interruptions_are_reasons_not_to_split() {
    let steps = vec![Step::Increment { count: 1_000, protection: Protection::Mutex }];
    let built =
        Synthetic::new(workload_of(8, steps), &["thread-pool"]).rounds(1, 0.0, &[("thread-pool", 50.0, 2, 1.2)]);
    assert!(budget(&built).core_seconds.notes.contains(&Note::Unsplit(Unsplit::Locks)));
    let built = one("sequential", 1.0, 0.0, 80.0, 1, 0.5);
    assert!(budget(&built).core_seconds.notes.contains(&Note::Unsplit(Unsplit::Interrupted)));
}

#[test]
fn the_sentences_on_a_fixed_run_stay_as_they_are() {
    let results = full();
    let budgets = TimeBudget::of_models(&results);
    let mut text = String::new();
    for total in Total::ALL {
        text.push_str(&format!("{}\n", largest(budgets.iter(), total)));
        for budget in &budgets {
            check(budget);
            text.push_str(&format!("{}\n", sentence(budget, total)));
        }
    }
    for budget in &budgets {
        text.push_str(&format!("{}: {}\n", budget.contender, notes(budget).join(" ")));
    }
    insta::assert_snapshot!("sentences", text);
}

#[test]
fn every_part_has_a_name_an_explanation_and_a_key_of_its_own() {
    let budget = budget(&one("sequential", 1.0, 0.0, 8.0, 1, 1.0));
    for total in Total::ALL {
        let parts = &budget.stack(total).expect("recorded").parts;
        let mut keys: Vec<&str> = parts.iter().map(|(part, _)| part.key()).collect();
        let mut titles: Vec<&str> = parts.iter().map(|(part, _)| part.title()).collect();
        assert!(parts.iter().all(|(part, _)| part.metric().help.len() > 20));
        for names in [&mut keys, &mut titles] {
            names.sort_unstable();
            names.dedup();
        }
        assert_eq!((keys.len(), titles.len()), (parts.len(), parts.len()));
        assert!(!keys.contains(&"total"));
    }
}

proptest! {
    #[test]
    fn parts_are_never_negative_and_add_up_to_the_total(
        wall_ms in 0.01_f64..2_000.0,
        at_once in 1_u32..8,
        cores in 0.0_f64..2.2,
        busy in prop::array::uniform2(-1.0_f32..101.0),
        tree in prop::option::of(0.0_f32..220.0),
        lab in prop::option::of(0.0_f32..150.0),
        samples in 0_u32..9,
        phases in prop::array::uniform8(0_u64..2_000_000_000),
        (gil, asleep, most) in (prop::option::of(0_u64..2_000_000_000), prop::option::of(0_u64..2_000_000_000), 0_u32..9),
        (server, stamp) in (prop::option::of(0_u64..900_000_000), prop::option::of(0.0_f64..1e9)),
    ) {
        let mut built = one("py-threads", 1.0, 1.0, wall_ms, at_once, cores);
        sampled(&mut built, samples, busy, tree, lab);
        built.adjust("py-threads", |measured| {
            measured.stamp_nanos = stamp;
            measured.server = server.map(|nanos| ServerUse { cpu_nanos: Some(nanos), requests: 1, most_connections: 1 });
            measured.runtime = Some(Runtime { external: None,
                version: "3.13".to_owned(),
                gil: true,
                start_method: None,
                gil_wait_error_nanos: asleep,
                gil_wait_asleep_nanos: asleep,
            });
            let mut summary = SpanSummary::clone(&measured.span_summary);
            summary.gil_wait_nanos = gil;
            let [queue, compute, wait, shared, payload, http, rest, lock_wait] = phases;
            summary.phase_sums = Some(PhaseSums {
                total: phases.iter().sum(),
                queue,
                compute,
                wait,
                shared: shared * (rest % 2),
                payload: payload * (rest % 3 / 2),
                http,
                lock_wait,
                most_busy: most,
                ..PhaseSums::default()
            });
            measured.span_summary = Arc::new(summary);
        });
        let trial = built.results.trials.last().expect("a trial");
        let budget = TimeBudget::of_trial(&built.results, trial).expect("completed");
        for stack in Total::ALL.iter().filter_map(|total| budget.stack(*total)) {
            let sum: u64 = stack.parts.iter().filter_map(|(_, nanos)| *nanos).sum();
            prop_assert_eq!(sum, stack.total);
            let shares: f64 = stack.shown().map(|(_, nanos)| stack.percent(nanos)).sum();
            prop_assert!(stack.total == 0 || (shares - 100.0).abs() < 1e-6, "{}", shares);
        }
        for note in notes(&budget) {
            prop_assert!(note.ends_with('.') && !note.contains("NaN"), "{}", note);
        }
    }
}
