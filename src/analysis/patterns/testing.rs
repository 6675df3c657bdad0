//! Trials made of numbers, for the tests of the patterns.

use std::sync::LazyLock;

use super::facts::TrialFacts;
use crate::trial::{LockHolders, Span, Spans};
use crate::workload::{Kernel, PlanStep};

/// Makes computing tasks from worker, start and end.
pub(super) fn tasks(times: impl IntoIterator<Item = (u32, u64, u64)>) -> Spans {
    let span = |(worker, started, finished)| Span { submitted: 0, started, finished, worker, core: Some(0) };
    Spans {
        tasks: times.into_iter().map(span).collect(),
        steps: vec![PlanStep::Compute(Kernel::Splitmix)],
        ..Spans::default()
    }
}

/// Returns facts in which nothing but the spans is known.
pub(super) fn facts(spans: &Spans) -> TrialFacts<'_> {
    static NO_LOCKS: LazyLock<LockHolders> = LazyLock::new(LockHolders::default);
    let wall_nanos = spans.tasks.iter().map(|span| span.finished).max().unwrap_or(0);
    TrialFacts { spans, holders: &NO_LOCKS, wall_nanos, workers: None, cpus: None, cpu_nanos: None, is_loop: false }
}
