//! Figures that no trial can have: a runner, or an interpreter behind it, whose report has one is at fault.

use super::Report;
use crate::trial::bounds::{LONGEST_TEXT, MOST_BEATS, MOST_COUNT, MOST_LARGE, MOST_NANOS, MOST_SUM_NANOS, sum_nanos};
use crate::trial::{Spans, Usage};
use crate::workload::MOST_STEPS;

/// Returns the name of the first figure that no trial can have.
#[must_use]
pub fn impossible_figure(report: &Report, spans: &Spans) -> Option<&'static str> {
    let server = report.server.unwrap_or_default();
    let counted = report.counted.unwrap_or_default();
    let runtime = report.runtime.as_ref();
    let figures = [
        ("setup_nanos", Some(report.setup_nanos), MOST_NANOS),
        ("wall_nanos", Some(report.wall_nanos), MOST_NANOS),
        ("teardown_nanos", Some(report.teardown_nanos), MOST_NANOS),
        ("repeat_nanos", Some(report.repeat_nanos), MOST_NANOS),
        ("peak_memory_bytes", report.peak_memory_bytes, MOST_LARGE),
        ("pss_bytes", report.pss_bytes, MOST_LARGE),
        ("record_bytes", Some(report.record_bytes), MOST_LARGE),
        ("server_cpu_nanos", server.cpu_nanos, MOST_NANOS),
        ("server_requests", Some(server.requests), MOST_COUNT),
        ("server_most_connections", Some(server.most_connections), MOST_COUNT),
        ("expected_updates", Some(counted.expected), MOST_LARGE),
        ("got_updates", Some(counted.got), MOST_LARGE),
        ("gil_wait_error_nanos", runtime.and_then(|runtime| runtime.gil_wait_error_nanos), MOST_SUM_NANOS),
        ("gil_wait_asleep_nanos", runtime.and_then(|runtime| runtime.gil_wait_asleep_nanos), MOST_SUM_NANOS),
    ];
    let figures = figures.into_iter().chain(of_usage(&report.usage)).chain(of_usage(&report.tree_usage));
    let beyond = |(name, value, most): (_, Option<u64>, _)| (value.unwrap_or(0) > most).then_some(name);
    let reals = [("stamp_nanos", report.stamp_nanos), ("first_stamp_nanos", report.first_stamp_nanos)];
    let unreal = |(name, value): (_, Option<f64>)| (!(0.0..=1e18).contains(&value.unwrap_or(0.0))).then_some(name);
    let texts = runtime.into_iter().flat_map(|runtime| {
        let address = runtime.external.as_ref().map(|external| &external.address);
        [
            ("python_version", Some(&runtime.version)),
            ("start_method", runtime.start_method.as_ref()),
            ("scheduler", address),
        ]
    });
    let long = |(name, text): (_, Option<&String>)| text.filter(|text| text.len() > LONGEST_TEXT).map(|_| name);
    figures
        .filter_map(beyond)
        .next()
        .or_else(|| reals.into_iter().find_map(unreal))
        .or_else(|| texts.into_iter().find_map(long))
        .or_else(|| of_spans(spans))
}

fn of_usage(usage: &Usage) -> [(&'static str, Option<u64>, u64); 6] {
    [
        ("user_nanos", usage.user_nanos, MOST_SUM_NANOS),
        ("system_nanos", usage.system_nanos, MOST_SUM_NANOS),
        ("voluntary_switches", usage.voluntary_switches, MOST_COUNT),
        ("involuntary_switches", usage.involuntary_switches, MOST_COUNT),
        ("storage_read_bytes", usage.storage_read_bytes, MOST_LARGE),
        ("storage_written_bytes", usage.storage_written_bytes, MOST_LARGE),
    ]
}

fn of_spans(spans: &Spans) -> Option<&'static str> {
    let late = |moment: u64| moment > MOST_NANOS;
    let stamps = spans.step_ends.iter().chain(&spans.inner_timestamps).chain(&spans.gil_waits);
    let mut moments = spans
        .tasks
        .iter()
        .flat_map(|span| [span.submitted, span.started, span.finished])
        .chain(stamps.copied())
        .chain(
            spans
                .handovers
                .iter()
                .flat_map(|one| [one.sent.unwrap_or(0), one.read, one.worked, one.received.unwrap_or(0)]),
        )
        .chain(spans.beats.iter().flat_map(|beat| [beat.due, beat.late]))
        .chain(spans.seen.iter().flat_map(|(submitted, done)| [*submitted, *done]));
    if moments.any(late) {
        return Some("a moment of a span");
    }
    if spans.steps.len() > MOST_STEPS || spans.beats.len() > MOST_BEATS {
        return Some("the number of steps or heartbeats");
    }
    let classes = spans.classes.list.iter();
    let mut wrong = classes.filter(|class| {
        class.done > MOST_COUNT || class.first_step.checked_add(class.steps).is_none_or(|last| last > spans.steps.len())
    });
    if wrong.next().is_some() {
        return Some("a class of tasks");
    }
    sum_nanos(spans.gil_waits.iter().copied()).is_none().then_some("gil_wait_nanos")
}
