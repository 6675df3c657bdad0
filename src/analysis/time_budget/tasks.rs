//! The task-seconds of a trial.

use super::note::Note;
use super::parts::Part;
use super::stack::Stack;
use crate::results::Results;
use crate::trial::{Measured, PhaseSums, Trial};

/// GIL wait of a trial by the phases that it is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GilWait {
    /// There is no GIL that tasks could wait for.
    None,
    /// Tasks shared an interpreter with a GIL, and the wait was not measured.
    Unknown,
    /// All of it, nanoseconds; where it was is not known.
    Somewhere(u64),
    /// Nanoseconds in phases that keep a core busy, and at the end of sleeps.
    Split {
        /// In phases that compute.
        busy: u64,
        /// At the end of sleeps.
        asleep: u64,
    },
}

impl GilWait {
    /// Tells where the GIL wait of a trial was.
    pub(super) fn of(trial: &Trial, measured: &Measured, sums: &PhaseSums) -> Self {
        let runtime = measured.runtime.as_ref();
        let has_gil = runtime.is_some_and(|runtime| runtime.gil);
        match measured.span_summary.gil_wait_nanos {
            None if has_gil && trial.contender.model.shares_an_interpreter() && sums.most_busy > 1 => Self::Unknown,
            None => Self::None,
            Some(all) => {
                let recorded = runtime.and_then(|runtime| runtime.gil_wait_asleep_nanos);
                let asleep = match recorded {
                    Some(asleep) => asleep,
                    // Where there is only one kind of phase it can be in, it is there.
                    None if sums.wait == 0 => 0,
                    None if sums.busy() == 0 => all,
                    None => return Self::Somewhere(all),
                };
                match all.checked_sub(asleep) {
                    Some(busy) if busy <= sums.busy() && asleep <= sums.wait => Self::Split { busy, asleep },
                    _ => Self::Somewhere(all),
                }
            }
        }
    }
}

/// Returns the task-seconds; `None` if the phases of the tasks are not known: they are not in the stored run, or were on
/// machines with other clocks.
pub(super) fn task_seconds(results: &Results, trial: &Trial, measured: &Measured, cores: u32) -> Option<Stack> {
    let external = measured.runtime.as_ref().and_then(|runtime| runtime.external.as_ref());
    if external.is_some_and(|external| !external.same_clock) {
        return None;
    }
    let sums = measured.span_summary.phase_sums?;
    let mut stack = Stack::new(sums.total);
    let wait = GilWait::of(trial, measured, &sums);
    let (mut compute, mut shared, mut payload, mut waiting) = (sums.compute, sums.shared, sums.payload, sums.wait);
    let mut gil = None;
    match wait {
        GilWait::None => {}
        GilWait::Unknown => stack.notes.push(Note::GilUnknown),
        GilWait::Somewhere(nanos) => stack.notes.push(Note::GilSomewhere(nanos)),
        GilWait::Split { busy, asleep } => {
            let mut within = [&mut compute, &mut shared, &mut payload].into_iter().filter(|nanos| **nanos > 0);
            match (within.next(), within.next()) {
                // Only one kind of phase can hold it.
                (Some(only), None) if busy <= *only => {
                    *only -= busy;
                    waiting -= asleep;
                    gil = Some(busy + asleep);
                }
                _ if busy == 0 => {
                    waiting -= asleep;
                    gil = Some(asleep);
                }
                _ => stack.notes.push(Note::GilSomewhere(busy + asleep)),
            }
        }
    }
    for (part, nanos) in [
        (Part::TaskQueue, sums.queue),
        (Part::TaskCompute, compute),
        (Part::TaskWait, waiting),
        (Part::TaskHttp, sums.http),
        (Part::TaskFile, sums.file),
        (Part::TaskMemory, sums.memory),
        (Part::TaskShared, shared),
        (Part::TaskLock, sums.lock_wait),
    ] {
        stack.add(part, nanos);
    }
    stack.add(Part::TaskGil, gil);
    for (part, nanos) in
        [(Part::TaskPayload, payload), (Part::TaskTransfer, sums.transfer), (Part::TaskOwnCode, sums.own_code)]
    {
        stack.add(part, nanos);
    }
    let error = measured.runtime.as_ref().and_then(|runtime| runtime.gil_wait_error_nanos);
    match (gil, error) {
        (Some(gil), Some(error)) if gil > 0 && error > 0 => stack.notes.push(Note::GilError(error)),
        // Workers of others may be on more cores than this machine has.
        (None, _) if external.is_some() => {}
        (None, _) if sums.most_busy > cores && !matches!(wait, GilWait::Unknown | GilWait::Somewhere(_)) => {
            stack.notes.push(Note::WaitedForCores { most: sums.most_busy, cores });
        }
        _ => {}
    }
    if results.experiment.workload.classes().is_some_and(|classes| classes.list.iter().any(|class| class.repeat)) {
        stack.notes.push(Note::Repeats);
    }
    Some(stack.close(Part::TaskRest))
}
