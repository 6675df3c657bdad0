//! A run of a million tasks: small on disk, and opened without reading its spans.

use std::sync::Arc;

use concurrency_lab::experiment::Experiment;
use concurrency_lab::model::ModelId;
use concurrency_lab::results::Results;
use concurrency_lab::session::{Outcome, SessionEvent};
use concurrency_lab::trial::{Span, SpanStore, Spans};
use concurrency_lab::workload::{PlanStep, Step, Tasks, Workload};

use super::{exports, history, record};
use crate::scripted;

const TASKS: u32 = 1_000_000;

/// Four workers whose tasks take some microseconds each, with the noise of a real clock.
fn spans() -> Spans {
    let mut random = fastrand::Rng::with_seed(3);
    let mut free_at = [0_u64; 4];
    let tasks = (0..u64::from(TASKS)).map(|task| {
        let submitted = task * 90 + random.u64(0..60);
        let worker = (0..4).min_by_key(|worker| free_at[*worker]).unwrap_or_default();
        let started = submitted.max(free_at[worker]) + random.u64(20..400);
        let finished = started + random.u64(900..3_000);
        free_at[worker] = finished;
        Span { submitted, started, finished, worker: worker as u32, core: Some(random.u16(0..4)) }
    });
    Spans { tasks: tasks.collect(), steps: vec![PlanStep::Wait], ..Spans::default() }
}

#[test]
fn a_million_tasks_take_at_most_24_bytes_each() {
    let folder = tempfile::tempdir().expect("a folder");
    let history = history(folder.path());
    let scraper = scripted::scraper();
    let tasks = Tasks::Alike { count: TASKS, steps: vec![Step::wait(0.001)] };
    let experiment = Experiment { workload: Workload { tasks, ..scraper.workload.clone() }, ..scraper };
    let mut trial = scripted::trial(ModelId::Threads, 1, 1, 90, 1);
    let spans = spans();
    scripted::edit(&mut trial, |own, _| *own = spans.clone());
    let events = [SessionEvent::TrialFinished(Box::new(trial)), SessionEvent::Finished(Outcome::Done)];
    let (id, live) = record(&history, &experiment, &events);
    let bytes = std::fs::metadata(history.path(&id)).expect("stored").len();
    assert!(bytes <= 24 * u64::from(TASKS), "{bytes} bytes");
    let run = history.open(&id).expect("readable");
    let measured = run.results.first().trials[0].completed().expect("completed");
    assert!(measured.spans.in_memory().is_none(), "spans are read when they are wanted");
    assert_eq!(*measured.spans.load().expect("spans"), spans);
    // Without the table of tasks, which a debug build takes long to write.
    let without_tasks = |mut results: Results| {
        for measured in results.trials.iter_mut().filter_map(|trial| trial.measured.as_mut()) {
            measured.spans = SpanStore::Memory(Arc::default());
        }
        exports(&results)
    };
    assert_eq!(without_tasks(run.results.first().clone()), without_tasks(live));
}
