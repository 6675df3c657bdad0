//! Estimated durations of trials and runs before anything was measured.

use super::ideal::{computing_threads, ideal_nanos, slots, usable_cpus};
use super::payload_cost;
use crate::cpus::Cpus;
use crate::experiment::Experiment;
use crate::experiment::capabilities::unsupported;
use crate::model::{Contender, Family, Host, ModelId};
use crate::units;
use crate::workload::{Kernel, LockOrder, MemoryAccess, Nominal, Protection, Step, Work, Workload};

/// Seconds from spawning a runner to its greeting, and from its report to its end.
const STARTUP_SECONDS: f64 = 0.02;
/// The same with an interpreter and its modules.
const PYTHON_STARTUP_SECONDS: f64 = 0.2;
/// The same with a cluster of dask, whose processes each import it.
const CLUSTER_STARTUP_SECONDS: f64 = 2.0;
/// Seconds that calibrating one kernel on one interpreter takes.
const PYTHON_CALIBRATION_SECONDS: f64 = 0.8;
/// Factor by which a native computation takes longer if every call is awaited.
const AWAITED_CALLS: f64 = 20.0;
/// The same in Python.
const AWAITED_CALLS_PYTHON: f64 = 3.0;
/// Factor by which iterations of most kernels take longer in Python.
const PYTHON_SLOWER: f64 = 60.0;
/// Factor by which an increment takes longer in Python.
const PYTHON_INCREMENT: f64 = 30.0;
/// Seconds that calibrating one kernel takes.
const CALIBRATION_SECONDS: f64 = 0.1;
/// Seconds for which a short workload is repeated in a warm-up round.
const WARM_UP_SECONDS: f64 = 1.0;

/// Seconds that the HTTP server of a trial takes to start.
const SERVER_SECONDS: f64 = 0.02;
/// CPU time of one request, client and server together, nanoseconds.
const REQUEST_NANOS: f64 = 150_000.0;
/// Writing or reading a byte of a file through the page cache, nanoseconds: 1 GB/s.
const FILE_NANOS_PER_BYTE: f64 = 1.0;
/// One `fsync`, nanoseconds.
const SYNC_NANOS: f64 = 5e6;
/// Number of `fsync` calls that make progress at once.
const SYNCS_AT_ONCE: f64 = 4.0;
/// Streaming a byte of memory, nanoseconds: 8 GB/s, for all cores together.
const MEMORY_NANOS_PER_BYTE: f64 = 1.0 / 8.0;
/// Reading a byte of memory at random, in lines of 64 bytes that take 100 ns each, nanoseconds.
const RANDOM_NANOS_PER_BYTE: f64 = 100.0 / 64.0;
/// Opening and closing a connection on this machine, both sides together, nanoseconds.
const CONNECTION_NANOS: f64 = 150_000.0;
/// Using a Python object once, nanoseconds.
const SHARED_NANOS: f64 = 60.0;
/// The same while other threads use it, on an interpreter without the GIL.
const SHARED_CONTENDED_NANOS: f64 = 300.0;
/// Seconds to fill the buffer that memory steps read.
const BUFFER_SECONDS: f64 = 0.05;

/// Said in place of an expected time that nobody can know.
pub const UNKNOWN: &str = "expected time unknown until the first round";

/// Returns true for work whose duration is not known before it has run: code of the user's.
#[must_use]
pub fn is_unknown(workload: &Workload) -> bool {
    workload.steps().iter().any(Step::is_own_code)
}

/// Formats an estimate for a workload: "about 15 s", or that it is unknown.
#[must_use]
pub fn about(workload: &Workload, seconds: f64) -> String {
    if is_unknown(workload) { UNKNOWN.to_owned() } else { units::about(seconds) }
}

/// Estimates the seconds that one trial of a model takes, setup and task overhead included; 0 if the model can't run
/// the workload. Ignores [deadlocks](locks_up).
#[must_use]
pub fn trial_seconds(contender: &Contender, workload: &Workload, nominal: &Nominal, machine: impl Into<Cpus>) -> f64 {
    let model = contender.model;
    if unsupported(model, workload).is_some() {
        return 0.0;
    }
    let machine = machine.into();
    let workers = contender.workers(workload, machine);
    let logical_cpus = usable_cpus(model, workload, contender.expects_gil(), contender.cpus(workload, machine));
    let workload = &*contender.workload(workload);
    let all = with_untimed(model, workload, nominal, workers, logical_cpus);
    let work = ideal_nanos(model, workload, &all, workers, logical_cpus).unwrap_or(all.compute_nanos + all.wait_nanos);
    let has = |kind: fn(&Step) -> bool| f64::from(u8::from(workload.steps().iter().any(kind)));
    let startup = match model {
        ModelId::PyDask => CLUSTER_STARTUP_SECONDS,
        _ if model.is_python() => PYTHON_STARTUP_SECONDS,
        _ => STARTUP_SECONDS,
    };
    let inputs = |payload| payload_cost::setup_seconds(model, payload, workload.task_count());
    startup
        + workload.payload.as_ref().map_or(0.0, inputs)
        + SERVER_SECONDS * has(|step| matches!(step, Step::Http { .. }))
        + BUFFER_SECONDS * has(|step| matches!(step, Step::Memory { .. }))
        + (work + f64::from(nominal.tasks) * task_overhead_nanos(model, workers)) / 1e9
}

/// Estimates the seconds until one trial has ended, by itself or by its time-out.
#[must_use]
pub fn ended_seconds(
    contender: &Contender,
    experiment: &Experiment,
    nominal: &Nominal,
    machine: impl Into<Cpus>,
) -> f64 {
    let machine = machine.into();
    let timeout = experiment.trials.timeout_seconds;
    if locks_up(contender, &experiment.workload, machine) {
        return timeout;
    }
    let own = nominal_on(contender, experiment, nominal);
    trial_seconds(contender, &experiment.workload, &own, machine).min(timeout)
}

/// Returns the nominal durations on a contender's host before anything was measured. If all hosts run the same
/// algorithm, this assumes a factor by which an interpreter is slower.
#[must_use]
pub fn nominal_on(contender: &Contender, experiment: &Experiment, nominal: &Nominal) -> Nominal {
    let slower = match (contender.host.is_python(), experiment.reference.host.is_python()) {
        (true, false) => PYTHON_SLOWER,
        (false, true) => 1.0 / PYTHON_SLOWER,
        _ => 1.0,
    };
    if experiment.workload.work == Work::SameTime || nominal.compute_nanos <= 0.0 {
        return nominal.clone();
    }
    let own_share = nominal.compute_nanos / (nominal.compute_nanos + nominal.wait_nanos);
    Nominal {
        compute_nanos: nominal.compute_nanos * slower,
        longest_nanos: nominal.longest_nanos * (own_share * slower + 1.0 - own_share),
        locked_nanos: nominal.locked_nanos * (own_share * slower + 1.0 - own_share),
        locked_edges: nominal.locked_edges.scaled(own_share * slower + 1.0 - own_share),
        ..nominal.clone()
    }
}

/// Returns true if two tasks of this contender can deadlock: each can hold the lock that the other one waits for.
#[must_use]
pub fn locks_up(contender: &Contender, workload: &Workload, machine: impl Into<Cpus>) -> bool {
    let workers = contender.workers(workload, machine.into());
    model_locks_up(contender.model, &contender.workload(workload), workers)
}

/// The same of a model with this number of workers.
pub(super) fn model_locks_up(model: ModelId, workload: &Workload, workers: u32) -> bool {
    let opposite = |step: &Step| matches!(step, Step::TwoLocks { ms, order: LockOrder::Opposite } if *ms > 0.0);
    let at_once = slots(model, workload, workers).unwrap_or(u32::MAX).min(workload.task_count());
    at_once > 1 && unsupported(model, workload).is_none() && workload.steps().iter().any(opposite)
}

/// Adds estimates for steps without a nominal duration to the nominal durations.
fn with_untimed(model: ModelId, workload: &Workload, nominal: &Nominal, workers: u32, logical_cpus: u32) -> Nominal {
    let mut all = Nominal { untimed: false, ..nominal.clone() };
    let tasks = f64::from(nominal.tasks);
    let separate_memory = model.separate_memory();
    let contended = !separate_memory && computing_threads(model, workload, workers).min(logical_cpus) > 1;
    for step in workload.steps() {
        // Per task: on a core, waiting, and the part that tasks can only do one at a time.
        let (compute, wait, alone) = match step {
            Step::Http { keep_alive, .. } => {
                (REQUEST_NANOS + if *keep_alive { 0.0 } else { CONNECTION_NANOS }, 0.0, 0.0)
            }
            Step::File { bytes, sync, read_only } => {
                let sync = if *sync { SYNC_NANOS } else { 0.0 };
                let passes = if *read_only { 1.0 } else { 2.0 };
                (passes * *bytes as f64 * FILE_NANOS_PER_BYTE, sync, sync / SYNCS_AT_ONCE)
            }
            Step::Memory { mib, access } => {
                let bytes = f64::from(*mib) * 1_048_576.0;
                match access {
                    MemoryAccess::Sequential => (bytes * MEMORY_NANOS_PER_BYTE, 0.0, bytes * MEMORY_NANOS_PER_BYTE),
                    // Each core waits for its own reads, which leave most of the bandwidth to the others.
                    MemoryAccess::Random => (bytes * RANDOM_NANOS_PER_BYTE, 0.0, 0.0),
                }
            }
            Step::Shared { count, .. } => {
                // Under the GIL a model of threads is given one core, and so is not contended.
                let free = contended;
                let nanos = *count as f64 * if free { SHARED_CONTENDED_NANOS } else { SHARED_NANOS };
                (nanos, 0.0, if free { nanos } else { 0.0 })
            }
            Step::Increment { count, protection } => {
                let python = if model.is_python() { PYTHON_INCREMENT } else { 1.0 };
                let nanos = *count as f64 * increment_nanos(*protection, contended) * python;
                let shares = matches!(
                    protection,
                    Protection::None | Protection::NoneCall | Protection::Mutex | Protection::Atomic
                );
                (nanos, 0.0, if contended && shares { nanos } else { 0.0 })
            }
            Step::Compute { ms, kernel: Kernel::FibAwait } if model.info().family == Family::EventLoops => {
                let times = if model.is_python() { AWAITED_CALLS_PYTHON } else { AWAITED_CALLS };
                (ms * 1e6 * (times - 1.0), 0.0, 0.0)
            }
            // The nominal durations cover it.
            _ => continue,
        };
        all.compute_nanos += compute * tasks;
        all.wait_nanos += wait * tasks;
        all.longest_nanos += compute + wait;
        all.locked_nanos = all.locked_nanos.max(alone * tasks);
    }
    if let Some(payload) = &workload.payload {
        let payload_cost::PayloadNanos { task, submitter } = payload_cost::nanos(model, payload);
        all.compute_nanos += (task + submitter) * tasks;
        all.longest_nanos += task + submitter;
        all.locked_nanos = all.locked_nanos.max(submitter * tasks);
    }
    all
}

/// Returns the nanoseconds of one increment, alone or contended by other cores on the same counter or cache line.
const fn increment_nanos(protection: Protection, contended: bool) -> f64 {
    match (protection, contended) {
        (Protection::None | Protection::NoneCall, false)
        | (Protection::PerWorker, false)
        | (Protection::PerWorkerPadded | Protection::PerWorkerPadded64, _) => 1.0,
        (Protection::None | Protection::NoneCall | Protection::PerWorker, true) => 3.0,
        (Protection::Atomic | Protection::PerWorkerAtomic | Protection::PerWorkerPadded64Atomic, false)
        | (Protection::PerWorkerPaddedAtomic, _) => 6.0,
        // Where lines are fetched in pairs.
        (Protection::PerWorkerPadded64Atomic, true) => 12.0,
        (Protection::Atomic, true) => 20.0,
        (Protection::PerWorkerAtomic, true) => 30.0,
        (Protection::Mutex, false) => 20.0,
        (Protection::Mutex, true) => 60.0,
    }
}

/// Returns the overhead of starting one task in nanoseconds: floors of bare programs, recording included.
fn task_overhead_nanos(model: ModelId, workers: u32) -> f64 {
    match model {
        ModelId::Sequential => 50.0,
        ModelId::ThreadPool => 100.0,
        ModelId::Rayon => 150.0,
        ModelId::Async => 400.0,
        ModelId::AsyncMulti => 500.0,
        ModelId::AsyncBlocking => 800.0,
        ModelId::ProcessPool => 12_000.0 / f64::from(workers.max(1)),
        ModelId::Threads => 35_000.0,
        ModelId::Processes => 700_000.0,
        ModelId::PySequential => 1_000.0,
        ModelId::PyThreads => 60_000.0,
        ModelId::PyThreadPool => 12_000.0,
        ModelId::PyProcesses => 5_000_000.0,
        ModelId::PyProcessPool => 70_000.0,
        ModelId::PyAsyncio => 9_000.0,
        ModelId::PyAsyncioThreads => 30_000.0,
        ModelId::PyInterpreters => 90_000.0,
        ModelId::PyTrio => 8_000.0,
        ModelId::PyGevent => 18_000.0,
        // Chunks share the cost of a message.
        ModelId::PyPool => 10_000.0,
        ModelId::PyAsyncioMulti => 12_000.0,
        ModelId::PyUvloop => 6_000.0,
        ModelId::PyJoblib => 60_000.0,
        ModelId::PyDask => 500_000.0,
    }
}

/// Estimates the seconds that a run takes: calibration, warm-up rounds, measured rounds, at all points of a sweep.
#[must_use]
pub fn run_seconds(experiment: &Experiment, nominal: &Nominal, machine: impl Into<Cpus>) -> f64 {
    let machine = machine.into();
    let plan = &experiment.trials;
    let trials = |experiment: &Experiment, nominal: &Nominal| -> Vec<f64> {
        let trial = |contender: &Contender| ended_seconds(contender, experiment, nominal, machine);
        experiment.models.iter().map(trial).collect()
    };
    let points = if experiment.sweep.is_some() { experiment.points().unwrap_or_default() } else { Vec::new() };
    let trials: Vec<f64> = match points.is_empty() {
        true => trials(experiment, nominal),
        false => points.iter().flat_map(|(_, point)| trials(point, &point.workload.nominal())).collect(),
    };
    let pass: f64 = trials.iter().sum();
    // Only a run without a sweep repeats short workloads in its warm-up.
    let least = if points.is_empty() { WARM_UP_SECONDS } else { 0.0 };
    let warm_up: f64 = trials.iter().filter(|seconds| **seconds > 0.0).map(|seconds| seconds.max(least)).sum();
    let rounds = plan.rounds((plan.warmups > 0).then_some(pass));
    let mut hosts: Vec<&Host> = experiment.models.iter().map(|one| &one.host).collect();
    hosts.sort();
    hosts.dedup();
    let calibrating: f64 = hosts
        .into_iter()
        .map(|host| if host.is_python() { PYTHON_CALIBRATION_SECONDS } else { CALIBRATION_SECONDS })
        .sum();
    experiment.workload.kernels().len() as f64 * calibrating
        + f64::from(plan.warmups) * warm_up
        + f64::from(rounds) * pass
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::{Synthetic, workload_alike, workload_of};
    use crate::experiment::TrialCount;
    use crate::workload::Tasks;

    #[test]
    fn a_trial_is_startup_ideal_and_task_overhead() {
        let work = workload_alike(1000, 0.0, 2.0);
        let seconds = |model| trial_seconds(&Contender::of(model), &work, &work.nominal(), 2);
        assert!((seconds(ModelId::Sequential) - (0.02 + 2.0 + 0.000_05)).abs() < 1e-9);
        assert!((seconds(ModelId::Threads) - (0.02 + 0.002 + 0.035)).abs() < 1e-9);
        assert!((seconds(ModelId::ProcessPool) - (0.02 + 1.0 + 0.006)).abs() < 1e-9);
    }

    #[test]
    fn empty_tasks_cost_their_overhead() {
        let work = workload_alike(100_000, 0.0, 0.0);
        let seconds = trial_seconds(&Contender::of(ModelId::Threads), &work, &work.nominal(), 2);
        assert!((seconds - 3.52).abs() < 1e-9, "{seconds}");
    }

    #[test]
    fn a_run_is_calibration_warm_up_and_rounds() {
        let mut experiment =
            (*Synthetic::new(workload_alike(4, 500.0, 0.0), &["sequential", "async"]).results.experiment).clone();
        let nominal = experiment.workload.nominal();
        // Both take 2.02 s a trial: a pass of 4.04 s fits three times into 15 s.
        let seconds = run_seconds(&experiment, &nominal, 2);
        assert!((seconds - (0.1 + 4.0 * 4.04)).abs() < 1e-3, "{seconds}");
        experiment.trials.count = TrialCount::Fixed(10);
        experiment.trials.warmups = 0;
        let seconds = run_seconds(&experiment, &nominal, 2);
        assert!((seconds - (0.1 + 10.0 * 4.04)).abs() < 1e-3, "{seconds}");
        experiment.trials.timeout_seconds = 1.0;
        assert!((run_seconds(&experiment, &nominal, 2) - 20.1).abs() < 1e-9, "ended by the time-out");
    }

    #[test]
    fn a_short_workload_is_repeated_for_a_second_in_the_warm_up() {
        let experiment = Synthetic::new(workload_alike(1, 0.0, 1.0), &["async"]).results.experiment;
        let seconds = run_seconds(&experiment, &experiment.workload.nominal(), 2);
        assert!((1.6..1.7).contains(&seconds), "1 s and 30 rounds of 21 ms: {seconds}");
    }

    #[test]
    fn every_preset_ends_within_thirty_seconds_on_two_cores() {
        for preset in crate::preset::built_in() {
            let seconds = run_seconds(preset, &preset.workload.nominal(), 2);
            assert!(seconds <= 30.0, "{}: {seconds}", preset.id);
        }
    }

    #[test]
    fn steps_without_a_nominal_duration_are_estimated_from_their_amounts() {
        let seconds = |step: Step, model| {
            let work = workload_of(10, vec![step]);
            trial_seconds(&Contender::of(model), &work, &work.nominal(), 2) - STARTUP_SECONDS
        };
        let near =
            |found: f64, expected: f64| assert!((found / expected - 1.0).abs() < 0.01, "{found}, not {expected}");
        near(seconds(Step::http(50.0, 0), ModelId::Sequential), 0.02 + 0.5 + 0.0015);
        near(seconds(Step::http(50.0, 0), ModelId::Async), 0.02 + 0.05 + 0.000_15);
        near(seconds(Step::file(10_000_000, true), ModelId::Sequential), 0.25);
        near(seconds(Step::memory(1024), ModelId::Sequential), 0.05 + 1.342);
        near(seconds(Step::memory(1024), ModelId::Threads), 0.05 + 1.342);
        assert_eq!(seconds(Step::memory(1024), ModelId::Processes), -STARTUP_SECONDS, "it can't run");
        let add = |protection| Step::Increment { count: 10_000_000, protection };
        near(seconds(add(Protection::None), ModelId::Async), 0.1);
        near(seconds(add(Protection::Mutex), ModelId::Sequential), 2.0);
        assert!(seconds(add(Protection::Mutex), ModelId::Threads) > 3.0, "a contended mutex is dearer");
        assert!(seconds(add(Protection::PerWorkerPadded), ModelId::ThreadPool) < 0.06);
    }

    #[test]
    fn threads_of_a_free_threaded_interpreter_use_all_cores() {
        let work = workload_alike(8, 1000.0, 0.0);
        let seconds = |tag| trial_seconds(&Contender::on(ModelId::PyThreads, tag), &work, &work.nominal(), 4).round();
        assert_eq!((seconds("3.14"), seconds("3.14t"), seconds("3.14.2t-2")), (8.0, 2.0, 2.0));
    }

    #[test]
    fn two_locks_in_opposite_order_end_at_the_time_out() {
        let experiment = crate::preset::find("deadlock").expect("it ships");
        let nominal = experiment.workload.nominal();
        let seconds = |model: ModelId| ended_seconds(&Contender::of(model), experiment, &nominal, 2);
        assert!(seconds(ModelId::Sequential) < 0.2);
        for model in [ModelId::Threads, ModelId::Async, ModelId::ProcessPool] {
            assert_eq!(seconds(model), 2.0, "{}", model.name());
            assert!(!locks_up(
                &Contender::of(model),
                &Workload { tasks: Tasks::Alike { count: 1, steps: vec![] }, ..experiment.workload.clone() },
                2
            ));
        }
        let one = Workload { in_flight: Some(1), ..experiment.workload.clone() };
        assert!(
            !locks_up(&Contender::of(ModelId::Async), &one, 2)
                && locks_up(&Contender::of(ModelId::ThreadPool), &one, 2)
        );
    }
}
