//! For each sentence the run that would make it false: there it must not be said.

use std::sync::Arc;

use super::testing::{
    PYTHON, Rows, WAITING, advice, computing, locked, python, run, sentences, streaming, text, tiny, waiting,
};
use super::{Advice, Change, Ground, Part, Reservation, Withheld};
use crate::analysis::testing::{Synthetic, workload_alike, workload_of};
use crate::model::ModelId;
use crate::session::Outcome;
use crate::session::machine::Limits;
use crate::trial::{Beat, ServerUse, Status};
use crate::workload::{Lock, SectionWork, Step, Workload};

fn changes(built: &Synthetic) -> Vec<Change> {
    advice(built).answers.remove(0).changes
}

fn grounds(built: &Synthetic) -> Vec<Ground> {
    advice(built).answers.remove(0).grounds
}

/// True if a change satisfies `test`.
fn says(built: &Synthetic, test: fn(&Change) -> bool) -> bool {
    changes(built).iter().any(test)
}

fn withheld(advice: &Advice) -> Option<Withheld> {
    advice.withheld.clone().or_else(|| advice.answers.iter().find_map(|answer| answer.choice.clone().err()))
}

#[test]
fn nothing_is_advised_below_six_rounds() {
    let five = run(workload_alike(80, 0.0, 50.0), 5, WAITING);
    assert_eq!(withheld(&advice(&five)), Some(Withheld::FewRounds { rounds: 5, missing: 1 }));
    assert_eq!(sentences(&five, Part::Answer), ["No advice after 5 rounds: 1 more makes an interval possible."]);
    assert!(changes(&five).is_empty() && grounds(&five).is_empty());
    assert_eq!(withheld(&advice(&run(workload_alike(80, 0.0, 50.0), 6, WAITING))), None);
}

#[test]
fn nothing_is_advised_from_a_disturbed_run_and_a_mild_disturbance_is_stated() {
    let mut built = super::testing::slow_computing();
    assert_eq!(withheld(&advice(&built)), None);
    built.disturb(40);
    assert!(matches!(withheld(&advice(&built)), Some(Withheld::Disturbed { foreign_percent: Some(_), .. })));
    let mut built = computing();
    built.disturb(5);
    let advice = advice(&built);
    assert_eq!(withheld(&advice), None);
    assert!(matches!(advice.answers[0].reservations[..], [Reservation::Background { .. }]), "{advice:?}");
    let calm = super::testing::advice(&computing());
    assert!(calm.answers[0].reservations.is_empty());
}

#[test]
fn nothing_is_advised_during_a_run_from_a_debug_build_or_from_one_model() {
    let mut built = waiting();
    built.results.outcome = None;
    assert_eq!(withheld(&advice(&built)), Some(Withheld::Running));
    built.results.outcome = Some(Outcome::Cancelled);
    assert_eq!(withheld(&advice(&built)), None, "cancelled after enough rounds");
    Arc::make_mut(built.results.machine.as_mut().expect("known")).debug_build = true;
    assert_eq!(withheld(&advice(&built)), Some(Withheld::DebugBuild));
    let alone = run(workload_alike(80, 0.0, 50.0), 7, &WAITING[..1]);
    assert!(matches!(withheld(&advice(&alone)), Some(Withheld::OnlyOne { .. })));
    let none = run(workload_alike(80, 0.0, 50.0), 0, WAITING);
    assert_eq!(withheld(&advice(&none)), Some(Withheld::NothingMeasured));
}

#[test]
fn a_rival_with_few_common_rounds_is_neither_next_nor_level() {
    let mut built =
        run(workload_alike(20, 20.0, 0.0), 7, &[("sequential", 400.0, 1, 1.0), ("threads", 205.0, 20, 1.9)]);
    let experiment = Arc::make_mut(&mut built.results.experiment);
    experiment.models.push("rayon".parse().expect("known"));
    for round in 1..4 {
        built.trial("rayon", round, 300.0, 2, 1.9);
    }
    let advice = advice(&built);
    let choice = advice.answers[0].choice.as_ref().expect("an answer");
    assert_eq!(choice.undecided.len(), 1);
    assert_eq!(choice.next.as_ref().map(|next| next.over.model), Some(ModelId::Sequential));
    assert!(text(&built).contains("Too few rounds in common"), "{}", text(&built));
}

#[test]
fn the_order_in_common_rounds_decides_where_medians_are_over_others() {
    // Threads measured on in slower rounds only; in the common ones it is ahead.
    let mut built =
        run(workload_alike(20, 20.0, 0.0), 6, &[("sequential", 400.0, 1, 1.0), ("threads", 200.0, 20, 1.9)]);
    let experiment = Arc::make_mut(&mut built.results.experiment);
    experiment.models.push("rayon".parse().expect("known"));
    for round in 1..=6 {
        built.trial("rayon", round, 220.0, 2, 1.9);
    }
    for round in 7..20 {
        built.trial("sequential", round, 800.0, 1, 1.0);
        built.trial("threads", round, 260.0, 20, 1.9);
    }
    let advice = advice(&built);
    let choice = advice.answers[0].choice.as_ref().expect("an answer");
    assert_eq!(choice.leaders[0].contender.model, ModelId::Threads, "{choice:?}");
}

#[test]
fn more_workers_are_named_only_where_they_lower_the_ideal_enough() {
    let more = |change: &Change| matches!(change, Change::MoreWorkers { .. });
    let built = waiting();
    let found = changes(&built);
    let Some(Change::MoreWorkers { now, then, fastest, .. }) = found.iter().find(|one| more(one)) else {
        panic!("{found:?}")
    };
    assert_eq!((*now, *then), ((5, 800e6), (80, 50e6)));
    assert!(fastest.is_some());
    assert!(!says(&computing(), more), "more workers than cores do not compute faster");
    // As many workers as tasks.
    let mut full = waiting();
    full.adjust("thread-pool", |measured| measured.workers = Some(80));
    assert!(!says(&full, more));
    // A fastest that no number of workers reaches.
    let rows: &Rows = &[("sequential", 4010.0, 1, 0.03), ("thread-pool", 806.0, 5, 0.12), ("async", 45.0, 80, 0.7)];
    let mut fast = run(Workload { workers: Some(5.into()), ..workload_alike(80, 0.0, 50.0) }, 7, rows);
    fast.adjust("thread-pool", |measured| measured.workers = Some(5));
    assert!(!says(&fast, more), "the ideal of 50 ms is above the fastest's 45 ms");
    // Permits that bind whatever the workers do.
    let section = Step::critical(50.0, Lock::Semaphore, 2, SectionWork::Wait);
    let rows: &Rows = &[("sequential", 1000.9, 1, 0.03), ("thread-pool", 501.0, 2, 0.1), ("async", 501.5, 20, 0.1)];
    assert!(!says(&run(workload_of(20, vec![section]), 7, rows), more));
}

#[test]
fn no_ideal_is_used_where_kernels_ran_faster_than_calibrated() {
    let rows: &Rows = &[("sequential", 800.0, 1, 1.0), ("thread-pool", 420.0, 2, 1.9), ("async", 801.0, 1, 1.0)];
    let built = run(workload_alike(20, 50.0, 0.0), 7, rows);
    let of_ideals = |change: &Change| {
        matches!(
            change,
            Change::MoreWorkers { .. } | Change::FreeThreaded { .. } | Change::Untried { .. } | Change::OneCore { .. }
        )
    };
    assert!(!says(&built, of_ideals) && says(&computing(), of_ideals));
    assert!(!grounds(&built).iter().any(|one| matches!(one, Ground::NearIdeal { .. })));
}

#[test]
fn a_free_threaded_build_is_named_only_for_threads_that_take_turns() {
    let free = |change: &Change| matches!(change, Change::FreeThreaded { .. });
    assert!(says(&python(), free), "200 ms is less than the 236 ms of the process pool");
    let mut faster = python();
    faster.adjust("py-process-pool", |measured| measured.wall_nanos = 199_000_000);
    faster.adjust("py-process-pool", |measured| measured.usage.user_nanos = Some(380_000_000));
    assert!(!says(&faster, free), "threads could not be faster than the process pool");
    // Without a process pool, threads could be faster than all.
    let rows = &PYTHON[..2];
    let with_gil = |gil: bool, workload: Workload| {
        let mut built = run(workload, 7, rows);
        for (model, ..) in rows {
            built.adjust(model, |measured| {
                measured.runtime = Some(crate::trial::Runtime {
                    external: None,
                    gil_wait_asleep_nanos: None,
                    version: "3.13.5".to_owned(),
                    gil,
                    start_method: None,
                    gil_wait_error_nanos: None,
                });
            });
        }
        built
    };
    assert!(says(&with_gil(true, workload_alike(20, 20.0, 0.0)), free));
    assert!(!says(&with_gil(false, workload_alike(20, 20.0, 0.0)), free), "there is none");
    assert!(!says(&with_gil(true, workload_alike(20, 0.0, 20.0)), free), "a wait releases it");
    let mut one_core = with_gil(true, workload_alike(20, 20.0, 0.0));
    Arc::make_mut(one_core.results.machine.as_mut().expect("known")).cpus = 1.into();
    assert!(!says(&one_core, free), "there is nothing to run on");
}

#[test]
fn the_gil_is_named_only_where_the_threads_used_one_core() {
    let gil = |built: &Synthetic| grounds(built).iter().any(|one| matches!(one, Ground::Gil { .. }));
    assert!(gil(&python()));
    let mut released = python();
    released.adjust("py-threads", |measured| {
        measured.usage.user_nanos = measured.usage.user_nanos.map(|nanos| nanos * 19 / 10);
    });
    assert!(!gil(&released), "code of the library's own released it");
    assert!(!gil(&computing()));
}

#[test]
fn tasks_in_flight_are_compared_only_where_the_fastest_had_more() {
    let flight = |built: &Synthetic| grounds(built).iter().any(|one| matches!(one, Ground::InFlight { .. }));
    assert!(flight(&waiting()));
    let rows: &Rows = &[("sequential", 4010.0, 1, 0.03), ("async", 53.0, 80, 0.7), ("threads", 58.0, 80, 0.7)];
    let mut built = run(workload_alike(80, 0.0, 50.0), 7, rows);
    Arc::make_mut(&mut built.results.experiment).reference = "threads".parse().expect("known");
    assert!(!flight(&built), "both had all");
}

#[test]
fn cores_are_compared_only_where_the_fastest_used_more() {
    let cores = |built: &Synthetic| grounds(built).iter().any(|one| matches!(one, Ground::Cores { .. }));
    assert!(cores(&computing()));
    let rows: &Rows = &[("sequential", 1000.0, 1, 1.9), ("rayon", 510.0, 2, 1.9)];
    assert!(!cores(&run(workload_alike(20, 50.0, 0.0), 7, rows)));
}

#[test]
fn a_lock_is_a_floor_only_where_no_trial_undercut_it() {
    let floor = |change: &Change| matches!(change, Change::LockFloor { .. });
    assert!(says(&locked(), floor));
    let step = || vec![Step::critical(5.0, Lock::Mutex, 1, SectionWork::Compute)];
    let under: &Rows = &[("sequential", 97.0, 1, 1.0), ("threads", 103.0, 20, 1.0)];
    assert!(!says(&run(workload_of(20, step()), 7, under), floor), "a faster core took less");
    let far: &Rows = &[("sequential", 300.0, 1, 1.0), ("threads", 180.0, 20, 1.0)];
    assert!(!says(&run(workload_of(20, step()), 7, far), floor), "something else takes the time");
    assert!(!says(&computing(), floor));
    let two = vec![Step::TwoLocks { ms: 5.0, order: crate::workload::LockOrder::Same }];
    let rows: &Rows = &[("sequential", 100.4, 1, 0.1), ("threads", 103.0, 20, 0.1)];
    assert!(!says(&run(workload_of(20, two), 7, rows), floor), "several locks are the step itself");
}

#[test]
fn longer_tasks_are_named_only_for_tiny_ones_that_a_second_core_could_take() {
    let longer = |change: &Change| matches!(change, Change::LongerTasks { .. });
    assert!(says(&tiny(), longer));
    assert!(!says(&computing(), longer));
    let alone: &Rows = &[("sequential", 5.0, 1, 1.0), ("async", 40.0, 1, 1.0)];
    assert!(!says(&run(workload_alike(100_000, 0.0, 0.0), 7, alone), longer), "one thread each");
    let mut one_core = tiny();
    Arc::make_mut(one_core.results.machine.as_mut().expect("known")).cpus = 1.into();
    assert!(!says(&one_core, longer));
    let ahead: &Rows = &[("sequential", 16.0, 1, 1.0), ("thread-pool", 5.0, 2, 1.6)];
    assert!(!says(&run(workload_alike(100_000, 0.0, 0.0), 7, ahead), longer), "the pool leads");
    let few: &Rows = &[("sequential", 0.002, 1, 1.0), ("thread-pool", 0.3, 2, 1.6)];
    let few = run(workload_alike(20, 0.0, 0.0), 7, few);
    assert!(!says(&few, longer), "too few tasks to say what one costs");
    assert!(!grounds(&few).iter().any(|ground| matches!(ground, Ground::PerTask { .. })));
}

#[test]
fn memory_bounds_only_where_cores_grew_more_than_the_rate() {
    let bound = |change: &Change| matches!(change, Change::MemoryBound { .. });
    assert!(says(&streaming(), bound));
    let scaling: &Rows = &[("sequential", 400.0, 1, 1.0), ("threads", 210.0, 16, 1.9)];
    assert!(!says(&run(workload_of(16, vec![Step::memory(128)]), 7, scaling), bound));
    assert!(!says(&computing(), bound));
}

#[test]
fn a_model_that_was_not_measured_is_named_only_if_it_could_beat_all() {
    let untried = |change: &Change| matches!(change, Change::Untried { .. });
    let slow: &Rows = &[("sequential", 4010.0, 1, 0.03), ("thread-pool", 2010.0, 2, 0.12)];
    let built = run(workload_alike(80, 0.0, 50.0), 7, slow);
    assert!(says(&built, untried));
    assert!(!says(&waiting(), untried), "async was measured");
    let compute: &Rows = &[("sequential", 1000.0, 1, 1.0), ("thread-pool", 505.0, 2, 1.9)];
    assert!(!says(&run(workload_alike(20, 50.0, 0.0), 7, compute), untried), "all others have the same ideal");
    let files: &Rows = &[("sequential", 1000.0, 1, 0.2), ("thread-pool", 505.0, 2, 0.3)];
    assert!(!says(&run(workload_of(20, vec![Step::file(1000, true)]), 7, files), untried), "without an ideal");
}

#[test]
fn one_core_is_named_only_where_several_computed() {
    let one = |change: &Change| matches!(change, Change::OneCore { .. });
    assert!(says(&computing(), one));
    assert!(!says(&waiting(), one), "one core overlaps waits as well");
    let idle: &Rows = &[("sequential", 1000.0, 1, 1.0), ("rayon", 510.0, 2, 1.0)];
    assert!(!says(&run(workload_alike(20, 50.0, 0.0), 7, idle), one));
}

#[test]
fn the_limit_of_threads_is_named_only_for_a_leader_with_a_thread_per_task() {
    let limit = |change: &Change| matches!(change, Change::ThreadLimit { .. });
    let rows: &Rows = &[("sequential", 4010.0, 1, 0.03), ("threads", 53.0, 80, 0.7)];
    let mut built = run(workload_alike(80, 0.0, 50.0), 7, rows);
    assert!(!says(&built, limit), "no limit is known");
    let limits = Limits { max_map_count: Some(65_530), ..Limits::default() };
    Arc::make_mut(built.results.machine.as_mut().expect("known")).limits = limits.clone();
    assert!(says(&built, limit));
    let mut other = waiting();
    Arc::make_mut(other.results.machine.as_mut().expect("known")).limits = limits;
    assert!(!says(&other, limit));
}

/// A run in which the fastest needs this many bytes, and the others 3 MB.
fn memory(bytes: u64) -> Synthetic {
    let mut built = waiting();
    built.adjust("async", |measured| measured.peak_memory_bytes = Some(bytes));
    built
}

#[test]
fn memory_is_named_only_where_it_differs_clearly() {
    let less = |change: &Change| matches!(change, Change::LessMemory { .. });
    assert!(says(&memory(50_000_000), less));
    assert!(!says(&memory(5_000_000), less), "too little to matter");
    let mut one_trial = memory(50_000_000);

    for model in ["thread-pool", "sequential"] {
        let trial = one_trial.results.trials.iter_mut().rfind(|trial| trial.contender.to_string() == model);
        trial.and_then(|trial| trial.measured.as_mut()).expect("measured").peak_memory_bytes = Some(60_000_000);
    }
    assert!(!says(&one_trial, less), "one trial needed more");
}

#[test]
fn the_peaks_of_processes_are_no_lower_bound_of_their_memory() {
    let less = |change: &Change| matches!(change, Change::LessMemory { .. });
    let rows: &Rows = &[("sequential", 1000.0, 1, 1.0), ("process-pool", 510.0, 2, 1.9)];
    let mut built = run(workload_alike(20, 50.0, 0.0), 7, rows);
    built.adjust("process-pool", |measured| measured.peak_memory_bytes = Some(900_000_000));
    assert!(!says(&built, less), "the sum counts shared pages for each process");
    built.adjust("process-pool", |measured| measured.pss_bytes = Some(80_000_000));
    assert!(says(&built, less));
    built.adjust("process-pool", |measured| measured.pss_bytes = Some(6_000_000));
    assert!(!says(&built, less));
}

#[test]
fn a_cold_start_is_named_only_where_setup_changes_the_order_clearly() {
    let cold = |change: &Change| matches!(change, Change::ColdStart { .. });
    let mut built = computing();
    assert!(!says(&built, cold));
    built.adjust("rayon", |measured| measured.setup_nanos = 900_000_000);
    assert!(says(&built, cold));
    built.adjust("rayon", |measured| measured.setup_nanos = 490_000_000);
    assert!(!says(&built, cold), "as long as the others");
}

/// A run with a ticker under two models, in whose trials it stood still this long.
fn ticking(fast: u64, slow: u64) -> Synthetic {
    let mut workload = workload_alike(8, 40.0, 0.0);
    workload.ticker = true;
    let mut built = run(workload, 7, &[("async", 321.0, 8, 1.0), ("async-blocking", 333.0, 8, 1.9)]);
    for (model, late) in [("async", fast), ("async-blocking", slow)] {
        built.adjust_spans(model, |spans| spans.beats = (1..=10).map(|beat| Beat { due: beat, late }).collect());
    }
    built
}

#[test]
fn responsiveness_is_named_only_where_the_fastest_stood_still_clearly_longer() {
    let responsive = |change: &Change| matches!(change, Change::Responsive { .. });
    assert!(says(&ticking(300_000_000, 200_000), responsive));
    assert!(!says(&ticking(200_000, 300_000_000), responsive), "the fastest is the punctual one");
    assert!(!says(&ticking(300_000_000, 250_000_000), responsive), "both stand still");
    assert!(!says(&ticking(2_000_000, 200_000), responsive), "too short to notice");
    assert!(!says(&computing(), responsive), "nothing ticked");
}

#[test]
fn a_failed_trial_excludes_and_a_cancelled_one_does_not() {
    let mut built = waiting();
    built.failed("async", 16, Status::Cancelled, "cancelled");
    assert!(advice(&built).answers[0].excluded.is_empty());
    built.failed("async", 17, Status::Failed, "no memory");
    let advice = advice(&built);
    assert_eq!(advice.answers[0].excluded.len(), 1);
    assert_eq!(sentences(&built, Part::Excluded), ["Not Async: 1 of 17 trials failed."]);
    let choice = advice.answers[0].choice.as_ref().expect("an answer");
    assert_eq!(choice.leaders[0].contender.model, ModelId::ThreadPool);
}

#[test]
fn a_busy_server_is_stated_for_leaders_only() {
    let busy = |model: &str| {
        let mut built = waiting();
        built.adjust(model, |measured| {
            let cpu_nanos = Some(measured.wall_nanos * 95 / 100);
            measured.server = Some(ServerUse { cpu_nanos, requests: 80, most_connections: 80 });
        });
        advice(&built).answers[0].reservations.clone()
    };
    assert!(matches!(busy("async")[..], [Reservation::ServerBusy { .. }]));
    assert!(busy("sequential").is_empty());
}

#[test]
fn near_its_ideal_is_said_only_of_one_that_is() {
    let near = |built: &Synthetic| grounds(built).iter().any(|one| matches!(one, Ground::NearIdeal { .. }));
    assert!(near(&computing()));
    let far: &Rows = &[("sequential", 1000.0, 1, 1.0), ("rayon", 610.0, 2, 1.9)];
    assert!(!near(&run(workload_alike(20, 50.0, 0.0), 7, far)));
}
