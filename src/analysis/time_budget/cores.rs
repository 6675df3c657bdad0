//! The core-seconds of a trial.

use super::counters::counted;
use super::note::{Note, Unsplit};
use super::parts::Part;
use super::stack::Stack;
use super::tasks::GilWait;
use crate::results::Results;
use crate::trial::{Measured, Trial};
use crate::workload::{Protection, SharedObject, Step};

/// Part of the total by which the CPU time may exceed it: its counters are read outside the clock.
const READING_ERROR: f64 = 0.02;
/// Part of the CPU time by which phases of computing may exceed it.
const MOST_INTERRUPTED: f64 = 0.05;
/// The same in nanoseconds, for short trials.
const LEAST_INTERRUPTED: f64 = 1e6;

/// Returns the core-seconds.
pub(super) fn core_seconds(results: &Results, trial: &Trial, measured: &Measured, cores: u32) -> Stack {
    let total = measured.wall_nanos * u64::from(cores);
    let mut stack = Stack::new(total);
    let server = measured.server.and_then(|server| server.cpu_nanos);
    let external = measured.runtime.as_ref().and_then(|runtime| runtime.external.as_ref());
    match measured.usage.cpu_nanos() {
        _ if external.is_some() => {
            let same_clock = external.is_some_and(|external| external.same_clock);
            stack.notes.push(Note::ExternalScheduler { same_clock });
        }
        None => stack.notes.push(Note::NoCpuTime),
        Some(cpu) if (cpu + server.unwrap_or(0)) as f64 > total as f64 * (1.0 + READING_ERROR) => {
            stack.notes.push(Note::CpuTimeExceeds(cpu + server.unwrap_or(0)));
        }
        Some(cpu) => {
            own(&mut stack, results, trial, measured, cpu.min(total), cores);
            stack.add(Part::CoreServer, server);
            others(&mut stack, results, trial, measured, cores);
        }
    }
    for part in ALL {
        if !stack.parts.iter().any(|(one, _)| *one == part) {
            stack.add(part, None);
        }
    }
    if results.experiment.workload.steps().iter().any(|step| matches!(step, Step::Command { .. })) {
        stack.notes.push(Note::Programs);
    }
    stack.parts.sort_by_key(|(part, _)| *part);
    stack.close(Part::CoreRest)
}

/// All parts but the rest.
const ALL: [Part; 8] = [
    Part::CoreTasks,
    Part::CoreStamps,
    Part::CoreOverhead,
    Part::CoreOwn,
    Part::CoreServer,
    Part::CoreLab,
    Part::CoreOthers,
    Part::CoreIdle,
];

/// Adds the CPU time of the trial's processes, split where it can be.
fn own(stack: &mut Stack, results: &Results, trial: &Trial, measured: &Measured, cpu: u64, cores: u32) {
    match computing(results, trial, measured, cpu, cores) {
        Ok(computing) => {
            let tasks = f64::from(results.nominal.tasks);
            let stamps = measured.stamp_nanos.map(|nanos| ((nanos * tasks).round() as u64).min(cpu - computing));
            stack.add(Part::CoreTasks, computing);
            stack.add(Part::CoreStamps, stamps);
            stack.add(Part::CoreOverhead, cpu - computing - stamps.unwrap_or(0));
        }
        Err(reason) => {
            stack.add(Part::CoreOwn, cpu);
            stack.notes.push(Note::Unsplit(reason));
        }
    }
}

/// Returns the CPU time of computing tasks, at most `cpu`.
fn computing(results: &Results, trial: &Trial, measured: &Measured, cpu: u64, cores: u32) -> Result<u64, Unsplit> {
    let workload = &results.experiment.workload;
    let sums = measured.span_summary.phase_sums.ok_or(Unsplit::NotRecorded)?;
    if workload.classes().is_some_and(|classes| classes.list.iter().any(|class| class.repeat)) {
        return Err(Unsplit::Repeats);
    }
    let may_block = |step: &Step| {
        matches!(
            step,
            Step::Increment { protection: Protection::Mutex, .. } | Step::Shared { object: SharedObject::Lock, .. }
        )
    };
    if sums.most_busy > 1 && workload.steps().iter().any(may_block) {
        return Err(Unsplit::Locks);
    }
    let computing = match GilWait::of(trial, measured, &sums) {
        GilWait::Split { busy, .. } => sums.busy() - busy,
        GilWait::Unknown | GilWait::Somewhere(_) => return Err(Unsplit::Gil),
        GilWait::None if sums.most_busy > cores => {
            return Err(Unsplit::WaitedForCores { most: sums.most_busy, cores });
        }
        GilWait::None => sums.busy(),
    };
    if computing as f64 > (cpu as f64 * (1.0 + MOST_INTERRUPTED)).max(cpu as f64 + LEAST_INTERRUPTED) {
        return Err(Unsplit::Interrupted);
    }
    Ok(computing.min(cpu))
}

/// Adds the lab, other programs and idle time.
fn others(stack: &mut Stack, results: &Results, trial: &Trial, measured: &Measured, cores: u32) {
    let counted = match counted(results, trial, measured, cores) {
        Ok(counted) => counted,
        Err(reason) => {
            stack.notes.push(Note::Unsampled(reason));
            return;
        }
    };
    stack.add(Part::CoreLab, counted.lab);
    let left = stack.left();
    if counted.idle > left + counted.error {
        stack.notes.push(Note::CountersDisagree);
        return;
    }
    let idle = counted.idle.min(left);
    stack.add(Part::CoreIdle, idle);
    match counted.others {
        Some(others) if others > stack.left() + counted.error => stack.notes.push(Note::CountersDisagree),
        // Within the error of the counters; what is left then is all of other programs'.
        Some(others) => stack.add(Part::CoreOthers, others),
        None => stack.notes.push(Note::NoOthers),
    }
}
