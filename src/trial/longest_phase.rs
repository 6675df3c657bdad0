//! The longest phase of each task, for pictures in which the task is too narrow for more.

use super::spans::Spans;
use crate::workload::Phase;

/// Number of phases.
pub const PHASES: usize = 8;

/// All phases, by their numbers.
pub const ALL_PHASES: [Phase; PHASES] = [
    Phase::Compute,
    Phase::Wait,
    Phase::Http,
    Phase::File,
    Phase::LockWait,
    Phase::Payload,
    Phase::Transfer,
    Phase::OwnCode,
];

/// Returns the longest phase of each task. One without length or without steps counts as compute.
#[must_use]
pub fn longest_phases(spans: &Spans) -> Vec<Phase> {
    let tasks = spans.tasks.len();
    if spans.handovers.is_empty() {
        match &*spans.steps {
            [] => return vec![Phase::Compute; tasks],
            // One step of one phase is the longest of every task.
            [step] if step.phases().len() == 1 => return vec![step.phases()[0]; tasks],
            _ => {}
        }
    }
    let fallback = spans.steps.first().and_then(|step| step.phases().last().copied()).unwrap_or(Phase::Compute);
    (0..tasks).map(|task| longest(spans, task).unwrap_or(fallback)).collect()
}

fn longest(spans: &Spans, task: usize) -> Option<Phase> {
    let mut sums = [0_u64; PHASES];
    for (_, phase, from, to) in spans.phases(task) {
        sums[phase as usize] = sums[phase as usize].saturating_add(to - from);
    }
    most(&sums)
}

/// Returns the phase with the largest sum; `None` if all are 0.
#[must_use]
pub fn most(sums: &[u64; PHASES]) -> Option<Phase> {
    ALL_PHASES.into_iter().filter(|phase| sums[*phase as usize] > 0).max_by_key(|phase| sums[*phase as usize])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::Span;
    use crate::workload::{Kernel, PlanStep};

    #[test]
    fn phases_stand_at_their_numbers() {
        for (index, phase) in ALL_PHASES.into_iter().enumerate() {
            assert_eq!(phase as usize, index);
        }
    }

    #[test]
    fn the_longest_of_several_steps_is_found_per_task() {
        let span = |started, finished| Span { submitted: 0, started, finished, worker: 0, core: None };
        let mut spans = Spans {
            tasks: vec![span(0, 10), span(10, 30), span(30, 30)],
            step_ends: vec![7, 12, 30],
            steps: vec![PlanStep::Compute(Kernel::Splitmix), PlanStep::Wait],
            ..Spans::default()
        };
        assert_eq!(longest_phases(&spans), [Phase::Compute, Phase::Wait, Phase::Compute]);
        spans.steps = vec![PlanStep::Wait];
        spans.step_ends.clear();
        assert_eq!(longest_phases(&spans), [Phase::Wait; 3]);
        spans.steps.clear();
        assert_eq!(longest_phases(&spans), [Phase::Compute; 3]);
    }
}
