//! Synthetic runs of requests that repeat beside computing.

use std::sync::Arc;

use super::Synthetic;
use crate::session::Outcome;
use crate::trial::{ClassSummary, SpanSummary};
use crate::workload::{Class, Classes, Kernel, Step, Tasks, Workload};

/// Requests of 5.2 ms that repeat, beside 20 computations of 50 ms in 2 workers of their own.
pub fn workload() -> Workload {
    let class = |name: &str, tasks, repeat, workers| Class { name: name.to_owned(), tasks, repeat, workers, steps: 0 };
    let mut classes = Classes::default();
    let compute = |ms| Step::Compute { ms, kernel: Kernel::Splitmix };
    let fetch = Step::http(5.0, 1_000);
    classes.push(class("Requests", 1, true, None), vec![compute(0.2), fetch]);
    classes.push(class("Computing", 20, false, Some(2)), vec![compute(50.0)]);
    Workload { tasks: Tasks::Classes(classes), ..Workload::default() }
}

/// A run of two rounds, each trial of 1 s. For each model: its name, how often a request ended, and the latency of each.
pub fn run(models: &[(&str, u64, f64)]) -> Synthetic {
    let names: Vec<&str> = models.iter().map(|(name, ..)| *name).collect();
    let rows: Vec<(&str, f64, u32, f64)> = names.iter().map(|name| (*name, 1_000.0, 2, 1.0)).collect();
    let mut built = Synthetic::new(workload(), &names).rounds(2, 0.0, &rows);
    for (name, done, latency_ms) in models {
        let nanos = |ms: f64| (ms * 1e6) as u64;
        let recorded = (*done).min(100);
        let requests = ClassSummary::from_histograms(
            *done,
            recorded,
            vec![(20_000, recorded)],
            vec![(nanos(*latency_ms), recorded)],
        );
        let computing = ClassSummary::from_histograms(20, 20, vec![(nanos(400.0), 20)], vec![(nanos(500.0), 20)]);
        built.adjust(name, |measured| {
            let mut summary = SpanSummary::clone(&measured.span_summary);
            summary.classes = vec![requests.clone(), computing.clone()];
            measured.span_summary = Arc::new(summary);
        });
    }
    built.results.outcome = Some(Outcome::Done);
    built
}
