//! Tests of the sentences on classes of tasks.

use std::sync::Arc;

use crate::analysis::testing::{Synthetic, classes};
use crate::analysis::{Verdict, analyse};
use crate::trial::SpanSummary;
use crate::workload::{Class, Classes, Lock, SectionWork, Step, Tasks, Workload};

fn verdict(built: &Synthetic) -> Verdict {
    analyse(&built.results).verdict
}

#[test]
fn the_headline_names_the_class_that_suffers() {
    let found = verdict(&classes::run(&[("py-process-pool", 180, 5.3), ("py-thread-pool", 8, 140.0)]));
    assert_eq!(
        found.headline,
        "Requests took 5.30 ms under ProcessPoolExecutor and 140 ms under ThreadPoolExecutor (median latency beside \
         Computing)"
    );
    for part in [
        "The steps of Requests take 5.20 ms; the median latency is longer by: ProcessPoolExecutor 100 µs, \
         ThreadPoolExecutor 135 ms.",
        "Queued before the start (median): ProcessPoolExecutor 20.0 µs, ThreadPoolExecutor 20.0 µs.",
        "Requests ran per second: ProcessPoolExecutor 180, ThreadPoolExecutor 8.00.",
    ] {
        assert!(found.cause.contains(part), "{}", found.cause);
    }
    assert!(found.uncertainty.starts_with("Median latency of Requests in single trials: "), "{}", found.uncertainty);
}

#[test]
fn one_model_is_compared_with_the_steps_of_the_class() {
    let found = verdict(&classes::run(&[("py-asyncio", 8, 140.0)]));
    assert_eq!(
        found.headline,
        "Requests took 140 ms under asyncio (median latency beside Computing), 135 ms above the 5.20 ms of its steps"
    );
}

#[test]
fn a_batch_that_waits_for_itself_is_no_finding_beside_a_class_that_repeats() {
    // Computing takes ten times its steps, Requests six times.
    let alone = verdict(&classes::run(&[("py-asyncio", 20, 31.2), ("py-asyncio@3.13t", 20, 26.0)]));
    assert!(alone.headline.starts_with("Requests took 31.2 ms under asyncio"), "{}", alone.headline);
    assert!(alone.headline.ends_with("; also 26.0 ms under asyncio 3.13t"), "{}", alone.headline);
}

#[test]
fn a_class_that_hardly_ran_is_found_by_its_rate() {
    // Two repetitions, one of them before the others came: their median tells nothing.
    let found = verdict(&classes::run(&[("py-asyncio", 184, 5.3), ("py-asyncio-threads", 2, 5.5)]));
    assert_eq!(
        found.headline,
        "Requests ran 184 times a second under asyncio and 2.00 times under asyncio.to_thread, where the longest took \
         5.50 ms (beside Computing)"
    );
}

#[test]
fn a_class_that_never_ended_once_is_the_finding() {
    // The others of its class are alike: only the model under which it starved tells them apart.
    let models = [("py-process-pool", 180, 5.3), ("py-thread-pool", 150, 5.4), ("py-asyncio", 0, 0.0)];
    let found = verdict(&classes::run(&models));
    assert_eq!(
        found.headline,
        "Requests ended 180 times a second under ProcessPoolExecutor and not once under asyncio (beside Computing)"
    );
    let nobody = verdict(&classes::run(&[("py-asyncio", 0, 0.0)]));
    assert!(!nobody.headline.contains("not once"), "nothing to compare with: {}", nobody.headline);
}

#[test]
fn alike_is_no_finding_and_hosts_with_own_iterations_are_not_compared() {
    let alike = verdict(&classes::run(&[("thread-pool", 180, 5.3), ("async", 180, 5.4)]));
    assert_eq!(alike.headline, "Requests took 5.30 ms to 5.40 ms under every model (median latency beside Computing)");
    let same = verdict(&classes::run(&[("thread-pool", 180, 5.3), ("async", 180, 5.301)]));
    assert_eq!(same.headline, "Requests took 5.30 ms under every model (median latency beside Computing)");
    let hosts =
        [("async", 180, 5.3), ("thread-pool", 170, 5.5), ("py-asyncio", 60, 30.0), ("py-thread-pool", 20, 60.0)];
    let apart = verdict(&classes::run(&hosts));
    assert!(apart.headline.starts_with("Requests took 30.0 ms under asyncio and 60.0 ms under"), "{}", apart.headline);
}

#[test]
fn a_model_without_a_counterpart_does_not_take_the_headline() {
    // Far above its steps, but only one model of that host ran: no difference between models.
    let alone = [("async", 20, 500.0), ("py-asyncio", 60, 20.0), ("py-process-pool", 150, 6.0)];
    let found = verdict(&classes::run(&alone));
    assert!(
        found.headline.starts_with("Requests took 6.00 ms under ProcessPoolExecutor and 20.0 ms"),
        "{}",
        found.headline
    );
}

#[test]
fn each_row_that_suffers_is_named_whatever_its_interpreter() {
    let two = verdict(&classes::run(&[("py-threads", 8, 140.0), ("py-threads@3.13t", 20, 60.0)]));
    assert_eq!(
        two.headline,
        "Requests took 140 ms under threading (median latency beside Computing), 135 ms above the 5.20 ms of its steps; \
         also 60.0 ms under threading 3.13t"
    );
    assert!(two.cause.contains("longer by: threading 3.13t 54.8 ms, threading 135 ms."), "{}", two.cause);
    let free = verdict(&classes::run(&[("py-threads", 8, 140.0), ("py-threads@3.13t", 180, 5.4)]));
    assert!(free.headline.ends_with("above the 5.20 ms of its steps"), "{}", free.headline);
    assert!(free.cause.contains("longer by: threading 3.13t 200 µs, threading 135 ms."), "{}", free.cause);
    let many = [
        ("py-process-pool", 180, 5.3),
        ("py-asyncio", 60, 30.0),
        ("py-thread-pool", 8, 140.0),
        ("py-asyncio@3.13t", 60, 31.0),
        ("py-thread-pool@3.13t", 8, 130.0),
    ];
    let many = verdict(&classes::run(&many));
    assert!(many.headline.ends_with("; also clearly longer than the steps under 3 other models"), "{}", many.headline);
}

#[test]
fn a_class_that_never_ended_names_such_rows_of_all_interpreters() {
    let models = [
        ("py-process-pool", 180, 5.3),
        ("py-asyncio", 0, 0.0),
        ("py-asyncio@3.13t", 0, 0.0),
        ("py-threads@3.13t", 9, 6.0),
    ];
    let found = verdict(&classes::run(&models));
    assert!(found.headline.contains("not once under asyncio and asyncio 3.13t"), "{}", found.headline);
}

#[test]
fn sections_of_one_class_are_not_counted_as_those_of_all_tasks() {
    let class = |name: &str, tasks| Class { name: name.to_owned(), tasks, repeat: false, workers: None, steps: 0 };
    let mut two = Classes::default();
    two.push(class("Writers", 20), vec![Step::critical(5.0, Lock::Mutex, 1, SectionWork::Wait)]);
    two.push(class("Readers", 100), vec![Step::wait(5.0)]);
    let workload = Workload { tasks: Tasks::Classes(two), ..Workload::default() };
    let rows = [("threads", 104.0, 120, 0.1), ("thread-pool", 300.0, 2, 0.1)];
    let mut built = Synthetic::new(workload, &["threads", "thread-pool"]).rounds(7, 0.0, &rows);
    built.adjust("threads", |measured| {
        let mut summary = SpanSummary::clone(&measured.span_summary);
        summary.lock_wait_nanos = Some(950_000_000);
        measured.span_summary = Arc::new(summary);
    });
    let verdict = verdict(&built);
    let text = format!("{} {}", verdict.headline, verdict.cause);
    assert!(text.contains("its sections need 100 ms"), "{text}");
    assert!(
        !text.contains("120 ×") && !text.contains("120 sections") && !text.contains("Share of the tasks' time"),
        "{text}"
    );
}
