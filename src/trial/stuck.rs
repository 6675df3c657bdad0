//! Bars of tasks that were stuck: they held a lock when the time-out ended their trial.

use super::{Phase, Trial};
use crate::failure::{Failure, LockGraph, LockHolder, TrialState};
use crate::units;

/// A trial that its time-out ended while tasks held locks.
#[derive(Debug, Clone, Copy)]
pub struct Stuck<'a> {
    /// The tasks, and the locks that they held and waited for.
    pub graph: &'a LockGraph,
    /// The time-out, nanoseconds.
    pub timeout_nanos: f64,
}

/// Part of the bar of a stuck task.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StuckPart {
    /// Wait while it holds its first lock, or lock wait for the second.
    pub phase: Phase,
    /// Start, nanoseconds since the trial's clock started.
    pub from: f64,
    /// End; that of the last part is the time-out.
    pub to: f64,
}

impl Trial {
    /// Returns the tasks that were stuck; `None` for a trial that ended otherwise, and where no times are known.
    #[must_use]
    pub fn stuck(&self) -> Option<Stuck<'_>> {
        let Some(Failure::TimedOut { after_seconds, state: TrialState::Locked(graph) }) = &self.failure else {
            return None;
        };
        let timed = graph.holders.iter().any(|holder| holder.held_since.is_some());
        timed.then_some(Stuck { graph, timeout_nanos: after_seconds * 1e9 })
    }
}

impl<'a> Stuck<'a> {
    /// Returns the tasks whose times are known, each with the parts of its bar.
    pub fn bars(self) -> impl Iterator<Item = (&'a LockHolder, Vec<StuckPart>)> {
        let end = self.timeout_nanos;
        self.graph.holders.iter().filter_map(move |holder| {
            let held = (holder.held_since? as f64).min(end);
            let waiting = holder.waiting_since.map_or(end, |since| (since as f64).clamp(held, end));
            let parts = [(Phase::Wait, held, waiting), (Phase::LockWait, waiting, end)];
            let parts = parts.into_iter().filter(|(_, from, to)| to > from);
            Some((holder, parts.map(|(phase, from, to)| StuckPart { phase, from, to }).collect()))
        })
    }

    /// Returns the time by which the last of them had begun to wait, nanoseconds: what came later is waiting alone.
    #[must_use]
    pub fn settled_nanos(self) -> f64 {
        let times = |holder: &LockHolder| holder.waiting_since.max(holder.held_since);
        let last = self.graph.holders.iter().filter_map(times).max().unwrap_or(0);
        (last as f64).clamp(1.0, self.timeout_nanos.max(1.0))
    }

    /// Returns when and how the trial ended: "timed out after 2 s".
    #[must_use]
    pub fn end(self) -> String {
        format!("timed out after {} s", units::significant(self.timeout_nanos / 1e9, 3))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::HeldLock;

    #[test]
    fn a_stuck_task_waits_from_its_second_lock_to_the_time_out() {
        let holder = |task, held_since, waiting_since| LockHolder {
            task,
            step: 0,
            holds: HeldLock::A,
            waits_for: None,
            held_since,
            waiting_since,
        };
        // The last one has times that no trial could have.
        let holders = vec![
            holder(0, Some(5), Some(20)),
            holder(1, Some(7), None),
            holder(2, None, None),
            holder(3, Some(u64::MAX), Some(3)),
        ];
        let graph = LockGraph { holders, others: 0 };
        let stuck = Stuck { graph: &graph, timeout_nanos: 100.0 };
        let part = |phase, from, to| StuckPart { phase, from, to };
        let bars: Vec<_> = stuck.bars().map(|(holder, parts)| (holder.task, parts)).collect();
        assert_eq!(
            bars,
            [
                (0, vec![part(Phase::Wait, 5.0, 20.0), part(Phase::LockWait, 20.0, 100.0)]),
                (1, vec![part(Phase::Wait, 7.0, 100.0)]),
                (3, vec![]),
            ]
        );
        assert!((stuck.settled_nanos() - 100.0).abs() < f64::EPSILON);
    }
}
