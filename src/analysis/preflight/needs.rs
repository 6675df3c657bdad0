//! Expected needs of one trial of a model at its peak. Figures per task were measured on Linux with Rust 1.95 and
//! CPython 3.11 and 3.14.

use super::overlap::{at_once, is_started_per_task};
use super::warning::Resource;
use crate::analysis::estimate;
use crate::analysis::ideal::usable_cpus;
use crate::analysis::payload_cost;
use crate::experiment::Experiment;
use crate::model::{Contender, Family, ModelId, Workers};
use crate::python::StartMethod;
use crate::session::Headroom;
use crate::workload::{Nominal, Step};

/// Disk space of a record with few tasks while it is written: its tables, their log and the log's index, measured as 205 kB.
pub(super) const EMPTY_RECORD_BYTES: u64 = 210_000;
/// Most bytes that a stored run has for a task of a trial: blocks are compressed.
pub(super) const RECORDED_BYTES: u64 = 24;

/// Memory of a runner without tasks.
const RUNNER_BYTES: f64 = 8e6;
/// The same with an interpreter.
const INTERPRETER_BYTES: f64 = 25e6;
/// The lab's record of a task.
const RECORD_BYTES: f64 = 60.0;
/// Kernel stack and page tables of a thread, which the resident size does not show.
const THREAD_KERNEL_BYTES: f64 = 20e3;
/// Files that a runner has open without tasks.
const OPEN_FILES: u64 = 20;

/// Returns the peak of each resource in one trial.
pub(super) fn needs(
    contender: &Contender,
    experiment: &Experiment,
    nominal: &Nominal,
    headroom: &Headroom,
) -> Vec<(Resource, u64)> {
    let workload = &*contender.workload(&experiment.workload);
    let (model, machine) = (contender.model, headroom.machine.cpus);
    let cpus = contender.cpus(workload, machine);
    let workers = contender.workers(workload, machine);
    let own = estimate::nominal_on(contender, experiment, nominal);
    let usable = usable_cpus(model, workload, contender.expects_gil(), cpus);
    let alive = at_once(model, workload, &own, workers, (usable, cpus));
    let units = units(model, alive, workers);
    let mut all = Vec::new();
    if model.info().family == Family::Processes {
        all.push((Resource::Processes, units));
    } else if units > 1 {
        all.push((Resource::Threads, units));
    }
    let steps = workload.steps();
    let fetches = steps.iter().any(|step| matches!(step, Step::Http { .. }));
    let files: Vec<u64> =
        steps.iter().filter_map(|step| if let Step::File { bytes, .. } = step { Some(*bytes) } else { None }).collect();
    // The server has all connections, whatever processes they come from.
    let connections = if fetches { alive } else { 0 };
    // Native event loops open all files before they write one; interpreters have a small pool of threads for it.
    let open = if files.is_empty() || model.separate_memory() || is_pooled_file(model) { 0 } else { alive };
    // A task with a payload has a pipe to its process and one back.
    let pipes = if model == ModelId::Processes && workload.payload.is_some() { 2 * alive } else { 0 };
    all.push((Resource::OpenFiles, OPEN_FILES + pipes + connections.max(open)));
    all.push((Resource::Memory, memory(contender, experiment, alive, units, fetches) as u64));
    let disk: u64 = files.iter().map(|bytes| bytes.saturating_mul(u64::from(workload.task_count()))).sum();
    if disk > 0 {
        all.push((Resource::TrialDisk, disk));
    }
    all
}

/// Returns the peak memory of all processes of a trial in bytes; memory that they share counts once.
pub(super) fn peak_memory_bytes(
    contender: &Contender,
    experiment: &Experiment,
    nominal: &Nominal,
    headroom: &Headroom,
) -> u64 {
    let needs = needs(contender, experiment, nominal, headroom).into_iter();
    needs.filter(|(resource, _)| *resource == Resource::Memory).map(|(_, bytes)| bytes).sum()
}

/// Returns true for event loops of Python, whose files are handled by a small pool of threads.
const fn is_pooled_file(model: ModelId) -> bool {
    matches!(
        model,
        ModelId::PyAsyncio | ModelId::PyAsyncioMulti | ModelId::PyUvloop | ModelId::PyTrio | ModelId::PyGevent
    )
}

/// Returns how many threads, processes or sub-interpreters a model has at once.
fn units(model: ModelId, alive: u64, workers: u32) -> u64 {
    let info = model.info();
    if is_started_per_task(model) {
        return alive;
    }
    match info.workers {
        Workers::None => 1,
        // Its threads are started when they are needed.
        Workers::BlockingPool => alive.min(workers.into()),
        Workers::Threads | Workers::Processes => workers.into(),
    }
}

/// Estimates the peak memory of all processes of a trial, bytes; memory that they share counts once.
fn memory(contender: &Contender, experiment: &Experiment, alive: u64, units: u64, fetches: bool) -> f64 {
    let model = contender.model;
    let python = model.is_python();
    let base = if python { INTERPRETER_BYTES } else { RUNNER_BYTES };
    let (tasks, alive, units) = (f64::from(experiment.workload.task_count()), alive as f64, units as f64);
    let method = contender.settings.start_method.unwrap_or(experiment.start_method);
    let forks = matches!(method, StartMethod::Default | StartMethod::Fork);
    let unit = match (model.info().family, python) {
        (Family::Processes, false) => 1.2e6,
        // Each process imports the library.
        (Family::Processes, true) if model == ModelId::PyDask => 60e6,
        (Family::Processes, true) if model == ModelId::PyJoblib => 25e6,
        (Family::Processes, true) if forks => 3e6,
        (Family::Processes, true) => 9e6,
        (Family::SubInterpreters, _) => 3e6,
        (Family::Sequential, _) => 0.0,
        (_, false) => 10.7e3 + THREAD_KERNEL_BYTES,
        (_, true) => 16e3 + THREAD_KERNEL_BYTES,
    };
    let task = match model {
        ModelId::Async | ModelId::AsyncMulti | ModelId::AsyncBlocking => 600.0,
        ModelId::PyAsyncio | ModelId::PyAsyncioMulti | ModelId::PyAsyncioThreads | ModelId::PyUvloop => 2e3,
        ModelId::PyTrio | ModelId::PyGevent => 6e3,
        _ => 0.0,
    };
    let connection = match (fetches, python, model.info().family) {
        (false, ..) => 0.0,
        (true, true, _) => 9e3,
        (true, false, Family::EventLoops) => 25e3,
        (true, false, _) => 55e3,
    };
    let count = experiment.workload.task_count();
    let held = |payload| payload_cost::memory(model, payload, count, alive);
    let payload = experiment.workload.payload.as_ref().map_or(0.0, held);
    base + tasks * RECORD_BYTES + units * unit + alive * (task + connection) + payload
}
