//! Metrics of queueing time and latency: percentiles over the tasks.

use super::definition::{Metric, metrics};
use super::value::{Unit, Value};
use crate::analysis::distribution::TaskTime;
use crate::trial::Percentiles;
use crate::units;

const fn ms(id: &'static str, head: &'static str) -> Metric {
    Metric::new(id, head, Unit::Milliseconds).lower()
}

metrics! {
    /// Median of started − submitted.
    QUEUE_P50 = ms("queue_ms_p50", "queue, 50 %").summary(27, |model| Value::ms(model.summary.queue.map(|of| of.p50)));
    /// 95th percentile of started − submitted.
    QUEUE_P95 = ms("queue_ms_p95", "queue, 95 %").summary(28, |model| Value::ms(model.summary.queue.map(|of| of.p95)));
    /// 99th percentile of started − submitted.
    QUEUE_P99 = ms("queue_ms_p99", "queue, 99 %").summary(29, |model| Value::ms(model.summary.queue.map(|of| of.p99)));
    /// 99.9th percentile of started − submitted.
    QUEUE_P999 = ms("queue_ms_p999", "queue, 99.9 %").text(|model| Some(units::duration(model.summary.queue?.p999)));
    /// Longest started − submitted.
    QUEUE_MAX = ms("queue_ms_max", "queue, longest").text(|model| Some(units::duration(model.summary.queue?.max)));
    /// Percentiles of started − submitted.
    QUEUE = ms("queue", "queue").detail(22, "Queue 50/95/99 %", |model| percentiles(model.summary.queue?));
    /// Median of finished − submitted.
    LATENCY_P50 =
        ms("latency_ms_p50", "latency, 50 %")
            .summary(30, |model| Value::ms(model.summary.latency.map(|of| of.p50)))
            .curve(4, |model| Value::ms(model.summary.latency.map(|of| of.p50)));
    /// 95th percentile of finished − submitted.
    LATENCY_P95 =
        ms("latency_ms_p95", "latency, 95 %").summary(31, |model| Value::ms(model.summary.latency.map(|of| of.p95)));
    /// 99th percentile of finished − submitted.
    LATENCY_P99 =
        ms("latency_ms_p99", "latency, 99 %")
            .summary(32, |model| Value::ms(model.summary.latency.map(|of| of.p99)))
            .curve(5, |model| Value::ms(model.summary.latency.map(|of| of.p99)));
    /// 99.9th percentile of finished − submitted.
    LATENCY_P999 = ms("latency_ms_p999", "latency, 99.9 %")
        .summary(57, |model| Value::ms(model.summary.latency.map(|of| of.p999)));
    /// Longest finished − submitted.
    LATENCY_MAX = ms("latency_ms_max", "latency, longest")
        .summary(58, |model| Value::ms(model.summary.latency.map(|of| of.max)))
        .detail(25, "Latency 99.9 %, longest", |model| {
            let latency = model.summary.latency?;
            Some([latency.p999, latency.max].map(units::duration).join(" / "))
        });
    /// Percentiles of finished − submitted.
    LATENCY = ms("latency", "latency").detail(23, "Latency 50/95/99 %", |model| percentiles(model.summary.latency?));
}

/// Returns the metrics of a time of the tasks: the 50th, 95th, 99th and 99.9th percentile and the longest.
#[must_use]
pub fn percentiles_of(time: TaskTime) -> [&'static Metric; 5] {
    match time {
        TaskTime::Latency => [&LATENCY_P50, &LATENCY_P95, &LATENCY_P99, &LATENCY_P999, &LATENCY_MAX],
        TaskTime::Queue => [&QUEUE_P50, &QUEUE_P95, &QUEUE_P99, &QUEUE_P999, &QUEUE_MAX],
    }
}

fn percentiles(of: Percentiles) -> Option<String> {
    Some([of.p50, of.p95, of.p99].map(units::duration).join(" / "))
}
