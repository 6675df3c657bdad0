//! Time of all tasks of a trial together, from submission to completion: in the queue and in each kind of phase.

use serde::{Deserialize, Serialize};

use super::bounds::sum_nanos;
use super::in_flight::most_at_once;
use super::{NO_STEP, Phase, Spans};
use crate::workload::PlanStep;

/// Time of all tasks from submission to completion, nanoseconds, without repetitions. No moment of a task counts twice: a
/// phase counts from the end of the one before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhaseSums {
    /// From submission to completion, or to the arrival of the output where that was measured: the sum of the latencies.
    pub total: u64,
    /// From submission to the start, or to the transfer of the input where that was measured.
    pub queue: u64,
    /// Computing, also inside critical sections.
    pub compute: u64,
    /// Sleeps and timers, also inside critical sections.
    pub wait: u64,
    /// Fetches over HTTP.
    pub http: u64,
    /// File steps.
    pub file: u64,
    /// Reading through memory.
    pub memory: u64,
    /// Using a counter or another object that tasks share, which may include waiting for it.
    pub shared: u64,
    /// Waiting for locks of critical sections.
    pub lock_wait: u64,
    /// Reading inputs and making outputs.
    pub payload: u64,
    /// Payloads on the way between submitter and worker.
    pub transfer: u64,
    /// Functions and programs of the user's.
    pub own_code: u64,
    /// Largest number of tasks that kept a core busy at once: computing, reading memory, using a shared object or handling
    /// a payload.
    pub most_busy: u32,
}

impl PhaseSums {
    /// Computes the sums: O(n log n) in the number of tasks. `None` where the total is beyond [`super::bounds::MOST_SUM_NANOS`].
    #[must_use]
    pub fn of(spans: &Spans) -> Option<Self> {
        let tasks = || (0..spans.tasks.len()).filter(|task| !spans.is_repetition(*task));
        // No other sum is larger.
        let total = sum_nanos(tasks().map(|task| spans.latency_nanos(task)))?;
        let mut sums = Self { total, ..Self::default() };
        let (mut starts, mut ends) = (Vec::new(), Vec::new());
        for task in tasks() {
            let submitted = spans.tasks[task].submitted;
            let end = submitted + spans.latency_nanos(task);
            let mut at = (submitted + spans.queue_nanos(task)).min(end);
            sums.queue += at - submitted;
            for (step, phase, from, to) in spans.phases(task) {
                let (from, to) = (from.clamp(at, end), to.clamp(at, end));
                if from == to {
                    continue;
                }
                *sums.of_phase(phase, spans.steps.get(step).filter(|_| step != NO_STEP)) += to - from;
                if phase.keeps_core_busy() {
                    starts.push(from);
                    ends.push(to);
                }
                at = to;
            }
        }
        sums.most_busy = most_at_once(starts, ends);
        Some(sums)
    }

    fn of_phase(&mut self, phase: Phase, step: Option<&PlanStep>) -> &mut u64 {
        match phase {
            Phase::Compute => match step {
                Some(PlanStep::Memory | PlanStep::MemoryRandom) => &mut self.memory,
                Some(PlanStep::Increment(_) | PlanStep::Shared(_)) => &mut self.shared,
                _ => &mut self.compute,
            },
            Phase::Wait => &mut self.wait,
            Phase::Http => &mut self.http,
            Phase::File => &mut self.file,
            Phase::LockWait => &mut self.lock_wait,
            Phase::Payload => &mut self.payload,
            Phase::Transfer => &mut self.transfer,
            Phase::OwnCode => &mut self.own_code,
        }
    }

    /// Returns the time in queue and phases; `None` if it is longer than the total, which only a forged file has.
    #[must_use]
    pub fn attributed(&self) -> Option<u64> {
        let parts = [
            self.queue,
            self.compute,
            self.wait,
            self.http,
            self.file,
            self.memory,
            self.shared,
            self.lock_wait,
            self.payload,
            self.transfer,
            self.own_code,
        ];
        let sum = parts.into_iter().try_fold(0_u64, u64::checked_add)?;
        (sum <= self.total).then_some(sum)
    }

    /// Returns the time in phases that keep a core busy unless something keeps them from it.
    #[must_use]
    pub const fn busy(&self) -> u64 {
        self.compute + self.memory + self.shared + self.payload
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::trial::{Handover, Span};
    use crate::workload::{Kernel, Lock, Protection, SectionWork};

    fn span(submitted: u64, started: u64, finished: u64) -> Span {
        Span { submitted, started, finished, worker: 0, core: Some(0) }
    }

    #[test]
    fn each_moment_of_a_task_counts_once() {
        let critical = PlanStep::critical(Lock::Mutex, 1, SectionWork::Wait);
        let spans = Spans {
            tasks: vec![span(0, 100, 1_000)],
            steps: vec![
                PlanStep::Compute(Kernel::Splitmix),
                PlanStep::Memory,
                PlanStep::Increment(Protection::Atomic),
                critical,
            ],
            step_ends: vec![300, 350, 360],
            // It got the lock at 500 and gave it back at 900: the rest is in no phase.
            inner_timestamps: vec![500, 900],
            ..Spans::default()
        };
        let sums = PhaseSums::of(&spans).expect("a sum");
        assert_eq!((sums.total, sums.queue, sums.compute, sums.memory, sums.shared), (1_000, 100, 200, 50, 10));
        assert_eq!((sums.lock_wait, sums.wait, sums.attributed()), (140, 400, Some(900)));
    }

    #[test]
    fn a_payload_counts_from_its_dispatch_to_its_arrival() {
        let spans = Spans {
            tasks: vec![span(0, 100, 200)],
            steps: vec![PlanStep::Wait],
            handovers: vec![Handover { sent: Some(60), read: 120, worked: 180, received: Some(260) }],
            ..Spans::default()
        };
        let sums = PhaseSums::of(&spans).expect("a sum");
        assert_eq!((sums.total, sums.queue, sums.transfer), (260, 60, 100));
        assert_eq!((sums.payload, sums.wait, sums.attributed()), (40, 60, Some(260)));
    }

    #[test]
    fn tasks_that_compute_at_once_are_counted_and_those_that_wait_are_not() {
        let of = |steps: Vec<PlanStep>| {
            let tasks = vec![span(0, 0, 100), span(0, 50, 150), span(0, 100, 200)];
            PhaseSums::of(&Spans { tasks, steps, ..Spans::default() }).expect("a sum").most_busy
        };
        assert_eq!(of(vec![PlanStep::Compute(Kernel::Splitmix)]), 2);
        assert_eq!(of(vec![PlanStep::Wait]), 0);
        assert_eq!(of(vec![]), 0);
    }

    proptest! {
        #[test]
        fn no_phase_exceeds_the_time_of_the_tasks(
            tasks in prop::collection::vec(prop::array::uniform8(0_u64..1_000), 1..20),
        ) {
            let spans = Spans {
                // Moments in any order: clocks of several processes may disagree.
                tasks: tasks.iter().map(|at| span(at[0], at[1], at[1] + at[2])).collect(),
                steps: vec![PlanStep::Compute(Kernel::Splitmix), PlanStep::Wait],
                step_ends: tasks.iter().map(|at| at[3]).collect(),
                handovers: tasks
                    .iter()
                    .map(|at| Handover {
                        sent: (at[4] % 2 == 0).then_some(at[4].min(at[1])),
                        read: at[5],
                        worked: at[6],
                        received: (at[7] % 2 == 0).then_some((at[1] + at[2]).max(at[7])),
                    })
                    .collect(),
                ..Spans::default()
            };
            let sums = PhaseSums::of(&spans).expect("a sum");
            prop_assert!(sums.attributed().is_some(), "{sums:?}");
            let latencies: u64 = (0..tasks.len()).map(|task| spans.latency_nanos(task)).sum();
            prop_assert_eq!(sums.total, latencies);
        }
    }
}
