//! The verdict's causes and warnings on synthetic runs: disturbance, hosts, timers, cost of a task, limits.

use std::sync::Arc;

use crate::analysis::testing::{Synthetic, machine, workload_alike, workload_of};
use crate::analysis::{Remark, Verdict, analyse};
use crate::failure::{Failure, LimitedUnit};
use crate::session::Machine;
use crate::trial::{Runtime, Status};
use crate::workload::{Kernel, Step, Workload};

fn verdict(built: &Synthetic) -> Verdict {
    analyse(&built.results).verdict
}

#[test]
fn empty_tasks_are_about_what_one_costs() {
    let built = Synthetic::new(workload_alike(1000, 0.0, 0.0), &["sequential", "async", "threads"]).rounds(
        7,
        0.001,
        &[("sequential", 0.02, 1, 1.0), ("async", 0.4, 3, 1.0), ("threads", 35.0, 9, 1.2)],
    );
    let verdict = verdict(&built);
    assert_eq!(
        verdict.headline,
        "Starting a thread for each task costs 35.0 µs; Sequential, which starts nothing, takes 20.0 ns a task"
    );
    assert!(verdict.cause.contains("Async 400 ns"), "{}", verdict.cause);
    assert!(!verdict.cause.contains("handing over"), "{}", verdict.cause);
}

#[test]
fn foreign_load_is_told_with_the_models_it_hit() {
    let rows = [("sequential", 4100.0, 1, 0.03), ("async", 530.0, 80, 0.7)];
    let mut built = Synthetic::new(workload_alike(80, 0.0, 50.0), &["sequential", "async"]).rounds(7, 0.01, &rows);
    for trial in &mut built.results.trials {
        if let Some(background) = trial.background.as_mut().filter(|_| trial.contender.to_string() == "sequential") {
            background.busy_nanos += background.wall_nanos / 4;
        }
    }
    let one = verdict(&built);
    assert_eq!(
        one.disturbance.as_deref(),
        Some(
            "Disturbed: other programs used 12 % of the usable cores while Sequential ran. \
             The times may be too long, and their order wrong."
        )
    );
    assert!(one.remarks.is_empty(), "reported once: {:?}", one.remarks);
    assert!(
        !one.cause.contains("The most that any model used"),
        "no model is blamed for cores that others used: {}",
        one.cause
    );
}

#[test]
fn a_disturbance_that_no_model_ran_long_enough_to_show_is_known_of_the_whole_run() {
    let rows = [("sequential", 180.0, 1, 1.0), ("threads", 110.0, 2, 1.0)];
    let mut built = Synthetic::new(workload_alike(16, 5.0, 0.0), &["sequential", "threads"]).rounds(3, 0.0, &rows);
    for background in built.results.trials.iter_mut().filter_map(|trial| trial.background.as_mut()) {
        background.busy_nanos += background.wall_nanos;
    }
    let one = verdict(&built);
    assert!(analyse(&built.results).summaries.iter().all(|summary| summary.foreign_percent.is_none()));
    assert!(one.disturbance.expect("known").starts_with("Disturbed: other programs used 50 % of the usable cores."));
}

#[test]
fn a_slight_disturbance_is_a_remark() {
    let disturbed = |models: [(&str, f64, u32, f64); 2], compute_ms: f64| {
        let names = models.map(|(name, ..)| name);
        let mut built = Synthetic::new(workload_alike(20, compute_ms, 0.0), &names).rounds(7, 0.001, &models);
        for trial in &mut built.results.trials {
            if let Some(background) = trial.background.as_mut().filter(|_| trial.contender.to_string() == "threads") {
                background.busy_nanos += background.wall_nanos / 10;
                background.lab_nanos += background.wall_nanos / 20;
            }
        }
        verdict(&built)
    };
    let one = disturbed([("sequential", 2000.0, 1, 1.0), ("threads", 1200.0, 20, 1.9)], 50.0);
    assert_eq!(one.disturbance, None);
    assert_eq!(
        one.remarks,
        [
            "Unreliable: other programs used 2.5 % of the usable cores while Threads ran.",
            "The lab itself used 2.5 % of the usable cores while Threads ran, which kept nearly all \
             cores busy: these times may be too long."
        ]
    );
    // At its ideal nothing can have taken longer than it should.
    let ideal = disturbed([("sequential", 1010.0, 1, 1.0), ("threads", 510.0, 20, 1.9)], 50.0);
    assert_eq!(
        ideal.remarks,
        [
            "Beside the run: other programs used 2.5 % of the usable cores while Threads ran, yet every model took hardly longer than its ideal."
        ]
    );
}

#[test]
fn a_run_that_is_in_doubt_is_not_praised() {
    let rows = [("sequential", 1010.0, 1, 1.0), ("threads", 510.0, 20, 1.9)];
    let run = |steal_share: u64, throttled: u64| {
        let mut built =
            Synthetic::new(workload_alike(20, 50.0, 0.0), &["sequential", "threads"]).rounds(7, 0.001, &rows);
        for background in built.results.trials.iter_mut().filter_map(|trial| trial.background.as_mut()) {
            background.busy_nanos += background.wall_nanos / 10;
            background.steal_nanos = Some(background.wall_nanos * steal_share / 100);
            background.throttled = Some(throttled);
        }
        verdict(&built).remarks
    };
    let praised = |remarks: &[Remark]| remarks.iter().any(|remark| remark.contains("hardly longer than its ideal"));
    assert!(praised(&run(0, 0)));
    for (steal_share, throttled) in [(10, 0), (0, 2), (10, 2)] {
        let remarks = run(steal_share, throttled);
        assert!(!praised(&remarks), "{steal_share} {throttled}: {remarks:?}");
        assert!(remarks[0].starts_with("Unreliable: other programs used"), "{remarks:?}");
    }
}

#[test]
fn a_large_difference_in_few_rounds_is_neither_claimed_nor_denied() {
    let rows = [("sequential", 1300.0, 1, 1.0), ("threads", 1000.0, 2, 1.9)];
    let once =
        verdict(&Synthetic::new(workload_alike(20, 65.0, 0.0), &["sequential", "threads"]).rounds(1, 0.0, &rows));
    assert_eq!(once.headline, "One round is too few to rank the models: Threads took 1.00 s, Sequential 1.30 s");
    assert_eq!(
        once.uncertainty,
        "Sequential took 1.30 times as long as Threads in the only round; 5 more give a 95 % interval."
    );
}

#[test]
fn one_task_more_than_threads_is_not_rounded_away() {
    let work = Workload { workers: Some(40.into()), ..workload_alike(41, 0.0, 500.0) };
    let rows =
        [("py-sequential", 20_500.0, 1, 0.0), ("py-thread-pool", 1000.0, 40, 0.0), ("py-asyncio", 500.0, 41, 0.1)];
    let names = rows.map(|(name, ..)| name);
    let reported = verdict(&Synthetic::new(work, &names).rounds(3, 0.0, &rows));
    assert!(
        reported.cause.starts_with("Tasks in flight at once: 41 (all) under asyncio, 40 under"),
        "{}",
        reported.cause
    );
}

#[test]
fn each_host_with_iterations_of_its_own_is_judged_for_itself() {
    let steps = vec![Step::Compute { ms: 10.0, kernel: Kernel::FibAwait }];
    let names = ["py-sequential", "py-asyncio", "sequential", "async"];
    let rows = [
        ("py-sequential", 100.0, 1, 1.0),
        ("py-asyncio", 240.0, 1, 1.0),
        ("sequential", 101.0, 1, 1.0),
        ("async", 1900.0, 1, 1.0),
    ];
    let built = Synthetic::new(workload_of(10, steps.clone()), &names).rounds(3, 0.001, &rows);
    let reported = verdict(&built);
    assert_eq!(
        reported.headline,
        "Python: asyncio takes 2.4 times as long as Plain loop; Rust: Async takes 19 times as long as Sequential"
    );
    assert!(
        reported.uncertainty.contains("asyncio took 2.397 to 2.402 times as long as Plain loop")
            && reported.uncertainty.contains("Async took 1"),
        "{reported:?}"
    );
    assert!(
        reported.remarks[0].starts_with("Python and Rust are not compared with each other"),
        "{:?}",
        reported.remarks
    );
    let summaries = analyse(&built.results).summaries;
    let against = |model: usize| summaries[model].reference.as_ref().map(ToString::to_string);
    assert_eq!((against(1).as_deref(), against(3).as_deref()), (Some("py-sequential"), Some("sequential")));
    assert!((summaries[3].times_as_fast.expect("its own loop ran").median - 0.053).abs() < 0.001);
    let alone = Synthetic::new(workload_of(10, steps), &["sequential", "py-sequential"]).rounds(
        3,
        0.001,
        &[("sequential", 101.0, 1, 1.0), ("py-sequential", 100.0, 1, 1.0)],
    );
    assert_eq!(
        verdict(&alone).headline,
        "Sequential took 101 ms and Plain loop took 100 ms: each host ran work of its own, so they are not compared"
    );
    // Waits are the same on every host.
    let waits = Synthetic::new(workload_alike(10, 0.0, 10.0), &["py-sequential", "async"]).rounds(
        3,
        0.001,
        &[("py-sequential", 1010.0, 1, 0.1), ("async", 110.0, 10, 0.1)],
    );
    assert_eq!(verdict(&waits).headline, "Async is 9.2 times as fast as Plain loop, because waits overlap");
}

#[test]
fn a_timer_is_named_where_it_decides() {
    let rows = [("sequential", 550.0, 1, 0.1), ("async", 1060.0, 1, 0.1)];
    let work = Workload { in_flight: Some(1), ..workload_alike(500, 0.0, 1.0) };
    let reported = verdict(&Synthetic::new(work, &["sequential", "async"]).rounds(7, 0.001, &rows));
    assert_eq!(reported.headline, "Nothing is faster than Sequential here: Async takes 1.9 times as long");
    assert!(
        reported.cause.starts_with(
            "A wait of 1.00 ms took 2.12 ms under Async, whose timer counts in whole milliseconds, and 1.10 ms under Sequential."
        ),
        "{}",
        reported.cause
    );
    // Windows wakes the loop at its ticks.
    let rows = [("sequential", 550.0, 1, 0.1), ("async", 7750.0, 1, 0.1)];
    let work = || Workload { in_flight: Some(1), ..workload_alike(500, 0.0, 1.0) };
    for (os, named) in [("Windows 11 (26100)", true), ("Testos 1", false)] {
        let mut built = Synthetic::new(work(), &["sequential", "async"]).rounds(7, 0.001, &rows);
        built.results.machine = Some(Arc::new(Machine { os: os.to_owned(), ..machine() }));
        let cause = verdict(&built).cause;
        assert_eq!(cause.contains("15.5 ms under Async, whose timer"), named, "{cause}");
        assert_eq!(cause.contains("fires at a tick of Windows, up to 15.6 ms later"), named, "{cause}");
    }
    // Below a millisecond too, and then task overhead is not mentioned.
    let rows = [("sequential", 11.0, 1, 0.1), ("async", 220.0, 1, 0.1)];
    let work = Workload { in_flight: Some(1), ..workload_alike(200, 0.0, 0.001) };
    let tiny = verdict(&Synthetic::new(work, &["sequential", "async"]).rounds(7, 0.001, &rows));
    assert!(tiny.cause.starts_with("A wait of 1.00 µs took 1.10 ms under Async, whose timer"), "{}", tiny.cause);
    assert!(!tiny.headline.contains("costs"), "{}", tiny.headline);
    // Where the waits end on time the timer is not mentioned.
    let rows = [("sequential", 501.0, 1, 0.1), ("async", 51.0, 10, 0.1)];
    let work = Workload { in_flight: Some(10), ..workload_alike(10, 0.0, 50.0) };
    let on_time = verdict(&Synthetic::new(work, &["sequential", "async"]).rounds(7, 0.001, &rows));
    assert!(!on_time.cause.contains("timer"), "{}", on_time.cause);
}

#[test]
fn too_few_tasks_say_nothing_of_what_one_costs() {
    let rows = [("sequential", 0.004_11, 1, 1.0), ("py-sequential", 0.032_1, 1, 1.0)];
    let one =
        verdict(&Synthetic::new(workload_alike(1, 0.0, 0.0), &["sequential", "py-sequential"]).rounds(7, 0.0, &rows));
    assert_eq!(
        one.headline,
        "1 empty task took 4.11 µs with Sequential and 32.1 µs with Plain loop: too few to say what one costs"
    );
    assert_eq!(one.cause, "", "a cold process is not the price of a task");
    // Starting processes is what twenty tasks measure.
    let rows = [("sequential", 0.02, 1, 1.0), ("py-processes", 560.0, 20, 1.2)];
    let mut built = Synthetic::new(workload_alike(20, 0.0, 0.0), &["sequential", "py-processes"]).rounds(7, 0.0, &rows);
    built.adjust("py-processes", |measured| {
        let (version, start_method) = ("3.14.0".to_owned(), Some("spawn".to_owned()));
        measured.runtime = Some(Runtime {
            version,
            gil: true,
            start_method,
            gil_wait_error_nanos: None,
            external: None,
            gil_wait_asleep_nanos: None,
        });
    });
    let starts = verdict(&built);
    assert_eq!(starts.headline, "Starting a process for each task (multiprocessing) costs 28.0 ms");
    assert!(
        starts.cause.ends_with(
            "multiprocessing: each process starts an interpreter of its own and imports the program (spawn)."
        ),
        "{}",
        starts.cause
    );
}

#[test]
fn a_model_that_gave_out_is_the_finding() {
    let models = ["threads", "async", "async-multi"];
    let rows = [("async", 1180.0, 100_000, 0.6), ("async-multi", 1260.0, 100_000, 0.9)];
    let mut built = Synthetic::new(workload_alike(100_000, 0.0, 1000.0), &models).rounds(3, 0.001, &rows);
    let limit = Failure::limit(16_379, LimitedUnit::Threads, &std::io::ErrorKind::WouldBlock.into());
    built.failed_with("threads", 1, Status::Failed, limit);
    assert_eq!(
        verdict(&built).headline,
        "Async and Async multi-thread finished all 100,000 tasks in 1.18 s to 1.26 s; Threads failed at 16,379 threads"
    );
}

#[test]
fn one_usable_core_is_named_as_the_reason() {
    let rows = [("sequential", 100.0, 1, 0.99), ("threads", 101.0, 16, 0.99)];
    let mut built = Synthetic::new(workload_alike(16, 6.0, 0.0), &["sequential", "threads"]).rounds(7, 0.001, &rows);
    built.results.machine = Some(std::sync::Arc::new(crate::session::Machine {
        cpus: crate::cpus::Cpus { usable: 1, ..machine().cpus },
        ..machine()
    }));
    let reported = verdict(&built).cause;
    assert_eq!(
        reported,
        "Only 1 of 2 cores may be used (the CPU affinity of this process), so no model can gain from a second one."
    );
    let alone = Synthetic::new(workload_alike(16, 6.0, 0.0), &["sequential", "async"]).rounds(
        7,
        0.001,
        &[("sequential", 100.0, 1, 0.99), ("async", 101.0, 16, 0.99)],
    );
    assert_eq!(verdict(&alone).cause, "", "neither of them has a second thread to compute on");
}

#[test]
fn a_quota_of_more_than_one_core_leaves_something_to_gain() {
    let rows = [("sequential", 400.0, 1, 1.0), ("threads", 270.0, 20, 1.5)];
    let mut built = Synthetic::new(workload_alike(20, 20.0, 0.0), &["sequential", "threads"]).rounds(7, 0.005, &rows);
    let cpus = crate::cpus::Cpus { usable: 1, online: Some(8), ..machine().cpus };
    let limited = |quota| Some(Arc::new(Machine { cpus, cpu_quota: Some(quota), ..machine() }));
    built.results.machine = limited(1.5);
    let text = verdict(&built).cause;
    assert!(!text.contains("second one") && !text.contains("of 1"), "{text}");
    let rows = [("sequential", 400.0, 1, 1.0), ("threads", 400.0, 20, 1.0)];
    let mut built = Synthetic::new(workload_alike(20, 20.0, 0.0), &["sequential", "threads"]).rounds(7, 0.005, &rows);
    built.results.machine = limited(1.0);
    assert!(verdict(&built).cause.contains("so no model can gain from a second one"), "{}", verdict(&built).cause);
}
