//! Tests of the verdict's sentences on payloads: each says what was measured of the model that it names.

use std::sync::Arc;

use crate::analysis::analyse;
use crate::analysis::testing::{Synthetic, workload_alike};
use crate::trial::{Handover, SpanStore, SpanSummary, Spans};
use crate::workload::{Payload, PayloadKind, Workload};

/// A run of 4 tasks with a payload, in which transfers took these nanoseconds where they were measured.
fn built(payload: Payload, models: &[(&str, Option<u64>, Option<u64>)]) -> Synthetic {
    let names: Vec<&str> = models.iter().map(|(name, ..)| *name).collect();
    let rows: Vec<_> = models.iter().map(|(name, ..)| (*name, 10.0, 2, 1.0)).collect();
    let workload = Workload { payload: Some(payload), ..workload_alike(4, 0.0, 0.0) };
    let mut built = Synthetic::new(workload, &names).rounds(6, 0.0, &rows);
    for (name, input, output) in models {
        built.adjust(name, |measured| {
            let mut spans: Spans = (*measured.spans.load().expect("in memory")).clone();
            let handover = |span: &crate::trial::Span| Handover {
                sent: input.map(|nanos| span.started.saturating_sub(nanos)),
                read: span.started,
                worked: span.finished,
                received: output.map(|nanos| span.finished + nanos),
            };
            // Late enough for any transfer.
            for span in &mut spans.tasks {
                (span.submitted, span.started, span.finished) = (0, 20_000_000, 23_000_000);
            }
            spans.handovers = spans.tasks.iter().map(handover).collect();
            measured.span_summary = Arc::new(SpanSummary::of(&spans));
            measured.spans = SpanStore::Memory(Arc::new(spans));
        });
    }
    built
}

fn cause(built: &Synthetic) -> String {
    analyse(&built.results).verdict.cause.replace('\u{a0}', " ")
}

#[test]
fn the_transfer_is_named_where_it_was_measured_and_the_rest_is_told() {
    let payload = Payload { input_bytes: 8_000_000, output_bytes: 2_000_000, kind: PayloadKind::Bytes };
    let models = [
        ("threads", None, None),
        ("process-pool", Some(4_000_000), Some(1_000_000)),
        ("py-processes", None, Some(2_000_000)),
        ("py-pool", None, None),
    ];
    let said = cause(&built(payload, &models));
    assert!(
        said.ends_with(
            "Moving 10 MB per task to a worker and back took 5.00 ms of 8.00 ms with Process pool, mean of all tasks with \
             their waits for the submitter. Per task, the way back alone took 2.00 ms with multiprocessing; the way there \
             can't be told from starting the task and was not measured. multiprocessing.Pool copies it too, by a transfer that was not measured. Threads hand it over by reference: nothing is \
             copied."
        ),
        "{said}"
    );
}

#[test]
fn a_direction_without_data_and_a_model_without_copies_are_not_blamed() {
    let payload = Payload { input_bytes: 0, output_bytes: 1_000, kind: PayloadKind::Bytes };
    let said =
        cause(&built(payload, &[("process-pool", Some(9), Some(1_000_000)), ("py-processes", None, Some(2_000_000))]));
    assert!(
        said.contains("Moving 1 kB per task back from a worker took 1.00 ms of 4.00 ms with Process pool"),
        "{said}"
    );
    assert!(said.contains("2.00 ms of 5.00 ms with multiprocessing") && !said.contains("was not measured"), "{said}");
    assert!(!said.contains("by reference"), "{said}");
    let alone = cause(&built(payload, &[("sequential", None, None), ("threads", None, None)]));
    assert!(!alone.contains("Moving") && !alone.contains("by reference"), "{alone}");
    let none = Payload { output_bytes: 0, ..payload };
    assert!(!cause(&built(none, &[("threads", None, None), ("process-pool", Some(5), Some(5))])).contains("Moving"));
}
