//! Needs of runs on a machine whose limits are those of the test.

use super::*;
use crate::analysis::testing::{Synthetic, machine, workload_alike, workload_of};
use crate::experiment::sweep::Sweep;
use crate::session::FreeSpace;
use crate::workload::{Kernel, Lock, Payload, PayloadKind, SectionWork, Step};

/// A machine with the limits of a common Linux, and plenty of space.
fn headroom() -> Headroom {
    let mut machine = machine();
    machine.limits.max_map_count = Some(65_530);
    machine.limits.threads_max = Some(192_729);
    machine.limits.pid_max = Some(32_768);
    let space = |folder: &str| FreeSpace { folder: folder.into(), free_bytes: Some(100_000_000_000) };
    Headroom {
        machine,
        open_files: Some(20_000),
        user_processes: None,
        trial_folder: space("/tmp"),
        history: Some(space("/home/runs")),
    }
}

fn experiment(workload: Workload, models: &[&str]) -> Experiment {
    (*Synthetic::new(workload, models).results.experiment).clone()
}

fn found(experiment: &Experiment, headroom: &Headroom) -> Vec<String> {
    let points = planned(experiment, Workload::nominal);
    let interpreters = crate::python::Interpreters::default();
    warnings(&points, &interpreters, headroom)
        .iter()
        .map(|warning| warning.to_string().replace('\u{a0}', " "))
        .collect()
}

#[test]
fn long_waits_of_many_threads_exceed_the_mappings_and_short_ones_end_before() {
    let run =
        |tasks, wait_ms| found(&experiment(workload_alike(tasks, 0.0, wait_ms), &["async", "threads"]), &headroom());
    assert_eq!(
        run(100_000, 5_000.0),
        ["Threads may need about 100,000 threads at once; this system allows about 16,382"]
    );
    // More than the limit, also as it is written.
    assert_eq!(
        run(16_410, 5_000.0),
        ["Threads may need about 17,000 threads at once; this system allows about 16,382"]
    );
    // Measured: at most 2,235 were alive.
    assert_eq!(run(100_000, 50.0), [""; 0]);
    assert_eq!(run(10_000, 5_000.0), [""; 0]);
    let mut limited = experiment(workload_alike(100_000, 0.0, 5_000.0), &["threads"]);
    limited.workload.in_flight = Some(1_000);
    limited.trials.timeout_seconds = 1e6;
    assert_eq!(found(&limited, &headroom()), [""; 0]);
}

#[test]
fn payloads_that_do_not_fit_the_memory_are_told() {
    let payload = Payload { input_bytes: 1 << 20, output_bytes: 1 << 30, kind: PayloadKind::Bytes };
    let workload = Workload { payload: Some(payload), ..workload_alike(1_000, 1.0, 0.0) };
    let mut run = experiment(workload, &["sequential", "thread-pool", "process-pool"]);
    run.trials.timeout_seconds = 1e6;
    let told = found(&run, &headroom());
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("Thread pool may need about 1074 GB of memory"), "{told:?}");
}

#[test]
fn waiting_for_a_lock_piles_up_and_computing_does_not() {
    let run = |step: Step| {
        let mut run = experiment(workload_of(100_000, vec![step]), &["threads"]);
        run.trials.timeout_seconds = 1e6;
        found(&run, &headroom())
    };
    assert_eq!(run(Step::Compute { ms: 1.0, kernel: Kernel::Splitmix }), [""; 0]);
    // Tried with 5,000 threads: 4,751 were alive.
    let (lock, holds) = (Lock::Mutex, SectionWork::Compute);
    assert_eq!(
        run(Step::critical(1.0, lock, 1, holds)),
        ["Threads may need about 98,000 threads at once; this system allows about 16,382"]
    );
}

#[test]
fn the_least_limit_counts_and_a_quota_of_processes_too() {
    let mut few = headroom();
    few.machine.limits.cgroup_pids_max = Some(100);
    few.user_processes = Some(90);
    let mut run = experiment(workload_alike(500, 0.0, 5_000.0), &["processes", "thread-pool", "process-pool"]);
    run.workload.workers = Some(95.into());
    assert_eq!(
        found(&run, &few),
        [
            "Processes may need about 500 processes at once; this system allows about 90",
            "Thread pool may need about 95 threads at once; this system allows about 90",
            "Process pool may need about 95 processes at once; this system allows about 90",
        ]
    );
}

#[test]
fn connections_and_files_of_event_loops_count_as_open_files() {
    let fetch = vec![Step::http(1_000.0, 100)];
    let run = |steps: Vec<Step>, models: &[&str]| found(&experiment(workload_of(30_000, steps), models), &headroom());
    let sentence =
        "Async may need about 30,000 open files and connections at once; this system allows a process 20,000";
    assert_eq!(run(fetch, &["async", "thread-pool"])[0], sentence);
    let file = vec![Step::file(10, false)];
    // Tried with these: async failed with too many open files, threads did not.
    assert_eq!(run(file, &["async", "threads"]), [sentence]);
}

#[test]
fn memory_and_disk_are_compared_with_what_there_is() {
    let mut small = headroom();
    small.machine.limits.cgroup_memory_max = Some(500_000_000);
    let waits = experiment(workload_alike(1_000_000, 0.0, 5_000.0), &["async"]);
    assert_eq!(found(&waits, &small), ["Async may need about 668 MB of memory; there are 500 MB"]);
    let mut full = headroom();
    full.trial_folder.free_bytes = Some(1_064 << 20);
    full.history.as_mut().expect("a history").free_bytes = Some(1_000_000);
    let files = experiment(workload_of(2_000, vec![Step::file(1_000_000, false)]), &["sequential"]);
    assert_eq!(
        found(&files, &full),
        ["Sequential may need about 2.0 GB for the files of a trial; 1.0 GB are free in /tmp"]
    );
    let stored = experiment(workload_alike(100_000, 0.0, 0.0), &["async", "thread-pool"]);
    assert_eq!(found(&stored, &full), ["This run may need about 149 MB to be stored; 1.0 MB are free in /home/runs"]);
}

#[test]
fn a_trial_that_its_time_out_would_end_is_named_but_for_a_deadlock() {
    let run = experiment(workload_alike(1_000, 0.0, 200.0), &["sequential", "async"]);
    assert_eq!(
        found(&run, &headroom()),
        ["Sequential may take about 3 min a trial; the time-out would end it after 2.00 min"]
    );
    for preset in crate::preset::built_in() {
        let warnings = found(preset, &headroom());
        assert!(warnings.iter().all(|warning| warning.contains("threads at once")), "{}: {warnings:?}", preset.id);
    }
}

#[test]
fn the_worst_point_of_a_sweep_is_named_with_the_number_of_points() {
    let mut run = experiment(workload_alike(1, 0.0, 5_000.0), &["threads"]);
    run.sweep = Some(Sweep::parse("tasks=100..100000/4log").expect("a sweep"));
    assert_eq!(
        found(&run, &headroom()),
        ["Threads at 100,000 tasks may need about 100,000 threads at once; this system allows about 16,382"]
    );
    run.sweep = Some(Sweep::parse("tasks=20000,100000,50000").expect("a sweep"));
    let text = found(&run, &headroom()).remove(0);
    assert!(
        text.starts_with("Threads at 100,000 tasks") && text.ends_with("(exceeded at 3 points of the sweep)"),
        "{text}"
    );
}
