//! The aggregates of a trial's spans as columns of `trial`, so that a run is analysed without reading its spans.

use super::row::{RowIn, RowOut};
use crate::record::error::Problem;
use crate::record::limits::{Budget, LONGEST_EXPERIMENT, MOST_CORES, MOST_NANOS, MOST_SUM_NANOS};
use crate::record::samples::{decode_buckets, encode_buckets};
use crate::trial::{Lateness, PhaseSums, SpanSummary, Transfer, WorkerTasks};

pub(in crate::record) fn write(span_summary: &SpanSummary, row: &mut RowOut) -> Result<(), Problem> {
    let (queue, latency) = span_summary.histograms();
    let late = span_summary.lateness;
    let json = |list: &[(u32, u64)]| serde_json::to_string(list).map_err(|error| Problem::Io(error.into()));
    let sums = span_summary.phase_sums.as_ref().map(serde_json::to_string).transpose();
    row.put("phase_sums", sums.map_err(|error| Problem::Io(error.into()))?)
        .put("peak_in_flight", span_summary.peak_in_flight)
        .number("lock_wait_nanos", span_summary.lock_wait_nanos)
        .number("gil_wait_nanos", span_summary.gil_wait_nanos)
        .number("late_nanos_median", late.map(|late| late.median))
        .number("late_nanos_p95", late.map(|late| late.p95))
        .number("late_nanos_p99", late.map(|late| late.p99))
        .number("late_nanos_worst", late.map(|late| late.worst))
        .put("step_nanos", floats_to_text(&span_summary.step_nanos))
        .put("core_busy_nanos", span_summary.core_busy_nanos.as_deref().map(json).transpose()?)
        .put("queue_histogram", encode_buckets(queue)?)
        .put("latency_histogram", encode_buckets(latency)?)
        .number("transfer_input_nanos", span_summary.transfer.input_nanos)
        .number("transfer_output_nanos", span_summary.transfer.output_nanos)
        .number("transfer_task_nanos", span_summary.transfer.task_nanos)
        .number("worker_count", span_summary.worker_tasks.map(|tasks| tasks.workers.into()))
        .number("worker_tasks_fewest", span_summary.worker_tasks.map(|tasks| tasks.fewest.into()))
        .number("worker_tasks_most", span_summary.worker_tasks.map(|tasks| tasks.most.into()));
    Ok(())
}

pub(in crate::record) fn read(row: &RowIn<'_>, steps: usize, budget: &mut Budget) -> Result<SpanSummary, Problem> {
    let mut buckets = |column| {
        let bytes = row.needed(column, row.bytes(column)?)?;
        let buckets = decode_buckets(&bytes).map_err(|_| Problem::Block(column))?;
        budget.take(buckets.len() * size_of::<(u64, u64)>())?;
        Ok::<_, Problem>(buckets)
    };
    let (queue, latency) = (buckets("queue_histogram")?, buckets("latency_histogram")?);
    let peak_in_flight = row.small("peak_in_flight")?;
    let lateness = match row.nanos("late_nanos_median")? {
        None => None,
        Some(median) => {
            let at = |column| row.needed(column, row.nanos(column)?);
            let (p95, p99, worst) = (at("late_nanos_p95")?, at("late_nanos_p99")?, at("late_nanos_worst")?);
            Some(Lateness { median, p95, p99, worst })
        }
    };
    let means = row.needed_text("step_nanos")?;
    let means = floats_from_text(&means).filter(|means| means.is_empty() || means.len() == steps);
    let core_busy_nanos =
        row.long_text("core_busy_nanos", LONGEST_EXPERIMENT)?.map(|text| core_busy(&text)).transpose();
    let mut span_summary = SpanSummary::from_histograms(queue, latency);
    span_summary.peak_in_flight = row.needed("peak_in_flight", peak_in_flight)?;
    span_summary.core_busy_nanos =
        core_busy_nanos.map_err(|()| row.wrong("core_busy_nanos", "a JSON list of cores and nanoseconds"))?;
    // Sums over all tasks may be longer than the trial.
    span_summary.lock_wait_nanos = row.cpu_nanos("lock_wait_nanos")?;
    span_summary.gil_wait_nanos = row.cpu_nanos("gil_wait_nanos")?;
    span_summary.step_nanos = means.ok_or_else(|| row.wrong("step_nanos", "a JSON list of a duration per step"))?;
    span_summary.lateness = lateness;
    span_summary.transfer = Transfer {
        input_nanos: row.cpu_nanos("transfer_input_nanos")?,
        output_nanos: row.cpu_nanos("transfer_output_nanos")?,
        task_nanos: row.cpu_nanos("transfer_task_nanos")?,
    };
    let tasks = (row.small("worker_count")?, row.small("worker_tasks_fewest")?, row.small("worker_tasks_most")?);
    if let (Some(workers), Some(fewest), Some(most)) = tasks {
        span_summary.worker_tasks = Some(WorkerTasks { workers, fewest, most });
    }
    span_summary.phase_sums = match row.text("phase_sums")? {
        None => None,
        Some(text) => {
            let sums: Option<PhaseSums> = serde_json::from_str(&text).ok();
            let sums = sums.filter(|sums| sums.total <= MOST_SUM_NANOS && sums.attributed().is_some());
            Some(sums.ok_or_else(|| row.wrong("phase_sums", "a JSON object of sums that do not exceed their total"))?)
        }
    };
    Ok(span_summary)
}

fn core_busy(text: &str) -> Result<Vec<(u32, u64)>, ()> {
    let list: Vec<(u32, u64)> = serde_json::from_str(text).map_err(|_| ())?;
    let fits = |(core, nanos): &(u32, u64)| u64::from(*core) < MOST_CORES && *nanos <= MOST_NANOS;
    if list.iter().all(fits) { Ok(list) } else { Err(()) }
}

/// A JSON list of numbers that read back exactly.
fn floats_to_text(list: &[f64]) -> String {
    let list: Vec<String> = list.iter().map(|value| format!("{value:?}")).collect();
    format!("[{}]", list.join(","))
}

/// Reads what [`floats_to_text`] wrote. A JSON parser may be off by the last bit.
fn floats_from_text(text: &str) -> Option<Vec<f64>> {
    let inner = text.strip_prefix('[')?.strip_suffix(']')?;
    if inner.is_empty() {
        return Some(Vec::new());
    }
    inner.split(',').map(|value| value.parse().ok().filter(|value| (0.0..=1e18).contains(value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_read_back_exactly() {
        for list in [vec![], vec![0.1 + 0.2], vec![1e15 / 3.0, 0.0, f64::MIN_POSITIVE, 123_456_789.123_456_79]] {
            assert_eq!(floats_from_text(&floats_to_text(&list)), Some(list));
        }
        for wrong in ["", "[", "[]]", "[1,]", "[NaN]", "[-1]", "[1e300]", "[a]"] {
            assert_eq!(floats_from_text(wrong), None, "{wrong}");
        }
    }
}
