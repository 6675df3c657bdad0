//! A schedule as spans, in the form in which a trial records them.

use super::operations::Operations;
use crate::trial::{Span, SpanClasses, Spans};

/// Moments within the tasks, row by row.
pub(super) struct Times {
    /// Begin of each step: when it asks for its lock, or gets what it needs. `None` for a step that is left out.
    pub(super) begins: Vec<Option<u64>>,
    /// Timestamps inside steps, as a trial takes them.
    pub(super) inner_timestamps: Vec<u64>,
}

/// A schedule: a span for each task.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// The tasks. A task that waits for a core or a loop before a step does so in the bar of the step before.
    pub spans: Spans,
    /// End of the last task.
    pub end_nanos: u64,
}

impl Schedule {
    pub(super) fn new(operations: &Operations, tasks: Vec<Span>, times: Times) -> Self {
        let plan = &operations.plan;
        let Times { begins, inner_timestamps } = times;
        let (steps, inner) = (plan.steps.len(), plan.steps.len().saturating_sub(1));
        let mut step_ends = vec![0; tasks.len() * inner];
        for (task, span) in tasks.iter().enumerate() {
            // A step ends where the next one begins: waiting for a core is part of the wait before it.
            let mut next_begins = span.finished;
            for step in plan.steps_of(task as u32).rev() {
                if step < inner {
                    step_ends[task * inner + step] = next_begins;
                }
                next_begins = begins[task * steps + step].unwrap_or(next_begins);
            }
        }
        let classes = if plan.classes.is_empty() {
            SpanClasses::default()
        } else {
            let recorded: Vec<usize> = (0..tasks.len()).collect();
            SpanClasses::of(&plan.classes, &recorded, &[])
        };
        let end_nanos = tasks.iter().map(|span| span.finished).max().unwrap_or(0);
        let spans =
            Spans { tasks, step_ends, inner_timestamps, steps: plan.steps.clone(), classes, ..Spans::default() };
        Self { spans, end_nanos }
    }
}
