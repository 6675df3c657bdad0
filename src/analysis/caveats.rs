//! Finds the caveats of a run and of its models.

use super::background::{background, is_foreign};
use super::caveat::{BEYOND_IDEAL_PERCENT, CALIBRATION_SHARE, Caveat, IN_MEMORY, LAB_PERCENT, Noun, SERVER_PERCENT};
use super::ideal::{computing_threads, usable_cpus};
use super::interpreter_lock::has_gil;
use super::summary::Summary;
use crate::clock::StampClock;
use crate::experiment::FEWEST_PAIRS;
use crate::results::Results;
use crate::session::Machine;
use crate::trial::{ResultCheck, STEAL_PERCENT, Trial};
use crate::workload::{Awaiting, Step};

/// Returns the caveats about one model. `most_rounds` is the largest number of rounds that any model completed.
pub(super) fn of_model(results: &Results, summary: &Summary, most_rounds: u32) -> Vec<Caveat> {
    let mut caveats = Vec::new();
    let measured = || results.measured(&summary.contender);
    caveats.extend(summary.foreign_percent.filter(is_foreign).map(|percent| Caveat::ForeignCpu { percent }));
    if let Some(shares) = background(measured()) {
        let steal = shares.steal_percent.filter(|percent| *percent > STEAL_PERCENT);
        caveats.extend(steal.map(|percent| Caveat::Steal { percent }));
        let lab = Some(shares.lab_percent).filter(|percent| *percent >= LAB_PERCENT);
        caveats.extend(lab.map(|percent| Caveat::LabCpu { percent }));
    }
    let stopped =
        measured().filter(|trial| trial.completed().is_some()).filter_map(|trial| trial.background?.throttled);
    let periods: u64 = stopped.sum();
    if periods > 0 {
        caveats.push(Caveat::Throttled { periods });
    }
    if summary.trials > 0 {
        caveats.extend(oversubscription(results, summary));
    }
    let external = measured().find_map(|trial| trial.completed()?.runtime.as_ref()?.external.clone());
    caveats.extend(external.map(Caveat::ExternalScheduler));
    let server = summary.server_share.map(|share| share * 100.0);
    caveats.extend(server.filter(|percent| *percent > SERVER_PERCENT).map(|percent| Caveat::ServerBusy { percent }));
    // Only computing depends on the calibration.
    let computes = results.nominal.compute_nanos > 0.0;
    let beyond =
        summary.efficiency.map(|share| share * 100.0).filter(|percent| computes && *percent > BEYOND_IDEAL_PERCENT);
    caveats.extend(beyond.map(|percent| Caveat::BeyondIdeal { percent }));
    if summary.outliers > 0 {
        caveats.push(Caveat::Outliers { count: summary.outliers, trials: summary.trials });
    }
    caveats.extend(results_of(results, summary));
    let left = measured().filter_map(|trial| trial.completed()?.left_processes).max();
    caveats.extend(left.filter(|count| *count > 0).map(|count| Caveat::LeftProcesses { count }));
    caveats.extend(loop_held(results, summary));
    let fewest = FEWEST_PAIRS as u32;
    if summary.trials > 0 && summary.trials < fewest && most_rounds >= fewest {
        caveats.push(Caveat::FewRounds { rounds: summary.trials, missing: fewest - summary.trials });
    }
    caveats
}

/// Returns the caveat that calls of the user's function held the event loop: it might run them at once, and no two were in
/// flight together in any trial.
fn loop_held(results: &Results, summary: &Summary) -> Option<Caveat> {
    let workload = results.workload_of(&summary.contender);
    let calls = workload.steps().iter().any(|step| matches!(step, Step::Call { .. }));
    let may_overlap = summary.contender.model.computes_on_its_loop()
        && workload.awaits == Awaiting::Together
        && workload.in_flight != Some(1)
        && workload.task_count() > 1;
    let mut peaks = results
        .measured(&summary.contender)
        .filter_map(|trial| trial.completed().map(|measured| measured.span_summary.peak_in_flight))
        .peekable();
    (calls && may_overlap && peaks.peek().is_some() && peaks.all(|peak| peak == 1))
        .then(|| Caveat::LoopHeld { tasks: workload.task_count() })
}

/// Returns what the comparison of a function's results found in any trial of a model.
fn results_of(results: &Results, summary: &Summary) -> Option<Caveat> {
    let of_model = results.trials.iter().filter(|trial| trial.contender == summary.contender);
    let found = |trial: &Trial| match trial.completed()?.results.as_ref()? {
        ResultCheck::Same => None,
        ResultCheck::Differ(differing) => Some(Caveat::ResultsDiffer(differing.clone())),
        ResultCheck::NotCompared(reason) => Some(Caveat::ResultsNotCompared(*reason)),
    };
    let mut all: Vec<Caveat> = of_model.filter_map(found).collect();
    let differing = all.iter().position(|caveat| matches!(caveat, Caveat::ResultsDiffer(_))).unwrap_or(0);
    (!all.is_empty()).then(|| all.swap_remove(differing))
}

/// Returns the caveat that more threads compute than there are cores; `None` if nothing is computed.
pub(super) fn oversubscription(results: &Results, summary: &Summary) -> Option<Caveat> {
    let workload = &*results.workload_of(&summary.contender);
    let cores = results.cpus_of(&summary.contender);
    let workers = summary.workers.unwrap_or_else(|| results.planned_workers(&summary.contender));
    let model = summary.contender.model;
    let usable = usable_cpus(model, workload, has_gil(results, &summary.contender), cores);
    // Under the GIL one thread computes at a time, whatever their number.
    let could = if usable < cores { 1 } else { computing_threads(model, workload, workers) };
    // Workers without a task compute nothing.
    let in_flight = results.measured(&summary.contender).filter(|trial| !trial.has_no_spans());
    let in_flight = in_flight.filter_map(|trial| Some(trial.completed()?.span_summary.peak_in_flight)).max();
    let computing = could.min(in_flight.unwrap_or(u32::MAX));
    let computes = results.nominal.compute_nanos > 0.0 || workload.steps().iter().any(Step::keeps_a_core);
    let noun = Noun::of(model);
    if results.runs_elsewhere(&summary.contender) {
        return None;
    }
    (computes && results.machine.is_some() && computing > cores).then_some(Caveat::Oversubscribed {
        computing,
        noun,
        cores,
    })
}

/// Restriction that keeps a run from using all CPUs of the machine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum CpuLimit {
    /// A control-group quota, in CPUs.
    Quota(f64),
    /// CPU affinity.
    Affinity,
}

/// Returns the limit that makes the usable CPUs fewer than those online; `None` if all are usable.
pub(super) fn cpu_limit(machine: &Machine) -> Option<CpuLimit> {
    let online = machine.cpus.online.filter(|online| *online > machine.cpus.usable)?;
    // The standard library rounds a quota down to whole CPUs, but never to 0.
    let by_quota = |quota: &f64| *quota < f64::from(online) && (*quota as u32).max(1) <= machine.cpus.usable;
    Some(machine.cpu_quota.filter(by_quota).map_or(CpuLimit::Affinity, CpuLimit::Quota))
}

/// Returns the caveats about the run, not about a single model.
pub(super) fn of_run(results: &Results, most_rounds: u32) -> Vec<Caveat> {
    let mut caveats = Vec::new();
    if let Some(machine) = &results.machine {
        caveats.extend(of_machine(machine));
    }
    for (host, calibration) in results.calibrations.iter() {
        let share = (calibration.wall_over_cpu - 1.0).abs();
        if share > CALIBRATION_SHARE {
            let (kernel, host) = (calibration.kernel.name(), host.title());
            caveats.push(Caveat::Calibration { kernel, host, percent: share * 100.0 });
        }
    }
    let fewest = FEWEST_PAIRS as u32;
    // No warning while more rounds will follow.
    let will_be_few = results.outcome.is_some() || results.rounds.is_some_and(|rounds| rounds < fewest);
    if most_rounds > 0 && most_rounds < fewest && will_be_few {
        caveats.push(Caveat::FewRounds { rounds: most_rounds, missing: fewest - most_rounds });
    }
    let by_os_clock =
        // An interpreter has no other clock, whatever the machine.
        |trial: &Trial| {
            let native = trial.completed().filter(|measured| measured.runtime.is_none());
            native.is_some_and(|measured| measured.stamp_clock == StampClock::OsClock)
        };
    if results.trials.iter().any(by_os_clock) {
        caveats.push(Caveat::OsClock);
    }
    let in_memory =
        |trial: &Trial| trial.completed()?.file_system.clone().filter(|kind| IN_MEMORY.contains(&kind.as_str()));
    caveats.extend(results.trials.iter().find_map(in_memory).map(|kind| Caveat::InMemoryFiles { kind }));
    let passed_over = || results.interpreters.passed_over();
    caveats.extend(results.experiment.uses_first_python().then(passed_over).flatten().map(Caveat::PythonPassedOver));
    caveats
}

/// Returns the caveats about every run on a machine.
#[must_use]
pub fn of_machine(machine: &Machine) -> Vec<Caveat> {
    let mut caveats = Vec::new();
    if machine.debug_build {
        caveats.push(Caveat::DebugBuild);
    }
    let cpus = machine.cpus.online.unwrap_or(machine.cpus.usable);
    if let Some(quota) = machine.cpu_quota.filter(|quota| *quota < f64::from(cpus)) {
        caveats.push(Caveat::QuotaBelowCpus { quota, cpus });
    }
    if cpu_limit(machine) == Some(CpuLimit::Affinity) {
        caveats.push(Caveat::AffinityBelowCpus { allowed: machine.cpus.usable, online: cpus });
    }
    if machine.on_battery == Some(true) {
        caveats.push(Caveat::Battery);
    }
    if let Some(name) = machine.governor.as_ref().filter(|name| *name != "performance") {
        caveats.push(Caveat::Governor { name: name.clone() });
    }
    if machine.virtual_machine == Some(true) {
        caveats.push(Caveat::VirtualMachine);
    }
    caveats
}

#[cfg(test)]
#[path = "caveat_tests.rs"]
mod tests;
