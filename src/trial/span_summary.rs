//! Per-trial aggregates of spans, computed once when the trial arrives, so that the spans themselves can be moved to
//! disk.

use hdrhistogram::Histogram;

use super::bounds::sum_nanos;
use super::in_flight::peak_in_flight;
use super::{Phase, PhaseSums, Spans, Transfer};

/// A value in nanoseconds, accurate to one part in a thousand, and the number of tasks with it.
pub type Bucket = (u64, u64);

/// Distributions of queueing time and latency of one trial, and aggregates over its tasks.
#[derive(Debug, Clone)]
pub struct SpanSummary {
    queue: Vec<Bucket>,
    latency: Vec<Bucket>,
    /// Largest number of tasks in flight at once, without repetitions; 0 if it is not known when tasks ran.
    pub peak_in_flight: u32,
    /// Nanoseconds in which at least one task computed, per logical CPU that finished one. `None` if a task's core is
    /// unknown. Too high if more threads compute than there are cores.
    pub core_busy_nanos: Option<Vec<(u32, u64)>>,
    /// Nanoseconds that all tasks together waited for locks; `None` if no step takes one.
    pub lock_wait_nanos: Option<u64>,
    /// Nanoseconds that all tasks together waited for the GIL; `None` if not known.
    pub gil_wait_nanos: Option<u64>,
    /// Mean duration of each step over all tasks that do it, nanoseconds; empty if it is not known when tasks ran.
    pub step_nanos: Vec<f64>,
    /// Lateness of the heartbeat; `None` if none ran, or if no beat was due.
    pub lateness: Option<Lateness>,
    /// The same per class, in the order of the workload; empty without classes.
    pub classes: Vec<ClassSummary>,
    /// Time that handing over payloads took; nothing is measured without a payload.
    pub transfer: Transfer,
    /// Tasks of the least and the most used worker; `None` in runs that did not record it.
    pub worker_tasks: Option<WorkerTasks>,
    /// Time of all tasks by what they did; `None` in runs that did not record it.
    pub phase_sums: Option<PhaseSums>,
}

/// Division of a trial's tasks among the workers that ran any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkerTasks {
    /// Number of workers that ran a task.
    pub workers: u32,
    /// Tasks of the worker that ran the fewest.
    pub fewest: u32,
    /// Tasks of the worker that ran the most.
    pub most: u32,
}

/// Queueing time and latency of the tasks of one class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassSummary {
    /// Number of tasks that ended within the clock.
    pub done: u64,
    /// Number of those that were recorded: the distributions are over them.
    pub recorded: u64,
    queue: Vec<Bucket>,
    latency: Vec<Bucket>,
}

impl ClassSummary {
    /// Creates a summary from distributions that are read back.
    #[must_use]
    pub const fn from_histograms(done: u64, recorded: u64, queue: Vec<Bucket>, latency: Vec<Bucket>) -> Self {
        Self { done, recorded, queue, latency }
    }

    /// Returns the distributions of queueing time and latency.
    #[must_use]
    pub fn histograms(&self) -> (&[Bucket], &[Bucket]) {
        (&self.queue, &self.latency)
    }

    /// Returns the percentiles of started − submitted over the tasks of several trials; `None` without a task.
    pub fn queue_percentiles<'a>(trials: impl Iterator<Item = &'a Self> + Clone) -> Option<Percentiles> {
        percentiles(trials.map(|one| &one.queue))
    }

    /// Returns the percentiles of finished − submitted over the tasks of several trials; `None` without a task.
    pub fn latency_percentiles<'a>(trials: impl Iterator<Item = &'a Self> + Clone) -> Option<Percentiles> {
        percentiles(trials.map(|one| &one.latency))
    }

    fn of(spans: &Spans) -> Vec<Self> {
        let of_class = |(class, one): (usize, &super::SpanClass)| {
            let own = || {
                let all = spans.tasks.iter().zip(&spans.classes.of);
                all.filter(move |(_, of)| usize::from(**of) == class).map(|(span, _)| span)
            };
            Self {
                done: one.done,
                recorded: own().count() as u64,
                queue: buckets(own().map(|span| span.started.saturating_sub(span.submitted))),
                latency: buckets(own().map(|span| span.finished.saturating_sub(span.submitted))),
            }
        };
        spans.classes.list.iter().enumerate().map(of_class).collect()
    }
}

/// Lateness of the beats of a heartbeat, nanoseconds. Percentiles are over beats that were not queued behind another: a
/// long standstill counts as one beat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lateness {
    /// Median lateness.
    pub median: u64,
    /// 95th percentile.
    pub p95: u64,
    /// 99th percentile.
    pub p99: u64,
    /// Longest standstill: the delay of work that was due at the worst moment.
    pub worst: u64,
}

/// The 50th, 95th, 99th and 99.9th percentile and the largest value, nanoseconds, accurate to one part in a thousand.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Percentiles {
    /// Median.
    pub p50: f64,
    /// 95th percentile.
    pub p95: f64,
    /// 99th percentile.
    pub p99: f64,
    /// 99.9th percentile.
    pub p999: f64,
    /// Largest value.
    pub max: f64,
}

/// Creates a histogram of three significant digits that resizes itself.
fn histogram() -> Option<Histogram<u64>> {
    let mut histogram = Histogram::new(3).ok()?;
    histogram.auto(true);
    Some(histogram)
}

/// Returns the buckets that are not empty: few for few tasks, so that merging many trials stays cheap. A bucket has its
/// highest possible value, the last one the largest value itself.
fn buckets(values: impl Iterator<Item = u64>) -> Vec<Bucket> {
    let Some(mut histogram) = histogram() else { return Vec::new() };
    let mut most = 0;
    for value in values {
        // With auto-resizing on, recording can't fail short of running out of memory.
        let _ = histogram.record(value);
        most = most.max(value);
    }
    let mut buckets: Vec<Bucket> =
        histogram.iter_recorded().map(|bucket| (bucket.value_iterated_to(), bucket.count_at_value())).collect();
    if let Some((value, _)) = buckets.last_mut() {
        *value = most;
    }
    buckets
}

fn merged<'a>(parts: impl Iterator<Item = &'a Vec<Bucket>>) -> Option<Histogram<u64>> {
    let mut sum = histogram()?;
    for (value, count) in parts.flatten() {
        sum.record_n(*value, *count).ok()?;
    }
    Some(sum)
}

fn merged_buckets<'a>(parts: impl Iterator<Item = &'a Vec<Bucket>>) -> Vec<Bucket> {
    let Some(sum) = merged(parts) else { return Vec::new() };
    sum.iter_recorded().map(|bucket| (bucket.value_iterated_to(), bucket.count_at_value())).collect()
}

fn percentiles<'a>(parts: impl Iterator<Item = &'a Vec<Bucket>> + Clone) -> Option<Percentiles> {
    let most = parts.clone().filter_map(|buckets| Some(buckets.last()?.0)).max()?;
    let sum = merged(parts)?;
    if sum.is_empty() {
        return None;
    }
    // The value of a bucket may exceed the largest value in it.
    let at = |quantile| sum.value_at_quantile(quantile).min(most) as f64;
    Some(Percentiles { p50: at(0.50), p95: at(0.95), p99: at(0.99), p999: at(0.999), max: at(1.0) })
}

impl SpanSummary {
    /// Computes the aggregates: O(n log n) in the number of tasks.
    #[must_use]
    pub fn of(spans: &Spans) -> Self {
        let all = || (0..spans.tasks.len()).filter(|task| !spans.is_repetition(*task));
        let tasks = all();
        let seen = spans.seen.iter().map(|(submitted, done)| done.saturating_sub(*submitted));
        Self {
            queue: buckets(tasks.clone().map(|task| spans.queue_nanos(task))),
            latency: buckets(tasks.map(|task| spans.latency_nanos(task)).chain(seen)),
            peak_in_flight: peak_in_flight(spans),
            // A thread that waits for the GIL keeps no core busy, and it is not known when it waited.
            core_busy_nanos: core_busy(spans).filter(|_| spans.gil_waits.is_empty() && !spans.classes.repeats_any()),
            gil_wait_nanos: (!spans.gil_waits.is_empty())
                .then(|| sum_nanos(all().filter_map(|task| spans.gil_waits.get(task).copied())))
                .flatten(),
            lock_wait_nanos: spans
                .steps
                .iter()
                .any(|step| step.inner_timestamps() > 0)
                .then(|| sum_nanos(all().map(|task| spans.nanos_in(task, Phase::LockWait))))
                .flatten(),
            step_nanos: step_means(spans),
            lateness: lateness(spans),
            classes: ClassSummary::of(spans),
            transfer: transfer(spans),
            worker_tasks: worker_tasks(spans),
            phase_sums: PhaseSums::of(spans),
        }
    }

    /// Creates a summary with only the distributions of queueing time and latency, for aggregates that are read back.
    #[must_use]
    pub const fn from_histograms(queue: Vec<Bucket>, latency: Vec<Bucket>) -> Self {
        Self {
            queue,
            latency,
            peak_in_flight: 0,
            core_busy_nanos: None,
            lock_wait_nanos: None,
            gil_wait_nanos: None,
            step_nanos: Vec::new(),
            lateness: None,
            classes: Vec::new(),
            transfer: Transfer { input_nanos: None, output_nanos: None, task_nanos: None },
            worker_tasks: None,
            phase_sums: None,
        }
    }

    /// Returns the distributions of queueing time and latency, as [`Self::from_histograms`] takes them.
    #[must_use]
    pub fn histograms(&self) -> (&[Bucket], &[Bucket]) {
        (&self.queue, &self.latency)
    }

    /// Returns the distribution of started − submitted over all tasks of several trials, smallest value first.
    pub fn merged_queue<'a>(trials: impl Iterator<Item = &'a Self>) -> Vec<Bucket> {
        merged_buckets(trials.map(|span_summary| &span_summary.queue))
    }

    /// Returns the distribution of finished − submitted over all tasks of several trials, smallest value first.
    pub fn merged_latency<'a>(trials: impl Iterator<Item = &'a Self>) -> Vec<Bucket> {
        merged_buckets(trials.map(|span_summary| &span_summary.latency))
    }

    /// Returns the percentiles of started − submitted over all tasks of several trials; `None` without a task.
    pub fn queue_percentiles<'a>(trials: impl Iterator<Item = &'a Self> + Clone) -> Option<Percentiles> {
        percentiles(trials.map(|span_summary| &span_summary.queue))
    }

    /// Returns the percentiles of finished − submitted over all tasks of several trials; `None` without a task.
    pub fn latency_percentiles<'a>(trials: impl Iterator<Item = &'a Self> + Clone) -> Option<Percentiles> {
        percentiles(trials.map(|span_summary| &span_summary.latency))
    }
}

fn step_means(spans: &Spans) -> Vec<f64> {
    if spans.tasks.is_empty() {
        return Vec::new();
    }
    let mut sums = vec![(0.0, 0_u64); spans.steps.len()];
    for task in 0..spans.tasks.len() {
        let own = &mut sums[spans.steps_of(task)];
        for ((sum, tasks), (from, to)) in own.iter_mut().zip(spans.step_intervals(task)) {
            *sum += (to - from) as f64;
            *tasks += 1;
        }
    }
    sums.into_iter().map(|(sum, tasks)| sum / tasks.max(1) as f64).collect()
}

/// Sums the transfers of all tasks; a sum is missing if one of its parts is.
fn transfer(spans: &Spans) -> Transfer {
    if spans.handovers.is_empty() {
        return Transfer::default();
    }
    let both = |task| spans.transfer_nanos(task);
    let sum = |nanos: &dyn Fn(usize) -> Option<u64>| {
        let all: Option<Vec<u64>> = (0..spans.tasks.len()).map(nanos).collect();
        sum_nanos(all?.into_iter())
    };
    let task = |span: &super::Span| span.finished.saturating_sub(span.started);
    Transfer {
        input_nanos: sum(&|task| both(task).0),
        output_nanos: sum(&|task| both(task).1),
        task_nanos: sum_nanos(spans.tasks.iter().map(task)),
    }
}

fn lateness(spans: &Spans) -> Option<Lateness> {
    let mut late: Vec<u64> = spans.beats.iter().map(|tick| tick.late).collect();
    late.sort_unstable();
    let at = |percent: usize| late.get((late.len() * percent).div_ceil(100).saturating_sub(1)).copied();
    Some(Lateness { median: at(50)?, p95: at(95)?, p99: at(99)?, worst: *late.last()? })
}

/// Counts the tasks of each worker. Classes divide the workers, and their tasks are not alike.
fn worker_tasks(spans: &Spans) -> Option<WorkerTasks> {
    if !spans.classes.is_empty() {
        return None;
    }
    let mut workers: Vec<u32> = spans.tasks.iter().map(|span| span.worker).collect();
    workers.sort_unstable();
    let counts = || workers.chunk_by(|one, other| one == other).map(|tasks| tasks.len() as u32);
    Some(WorkerTasks { workers: counts().count() as u32, fewest: counts().min()?, most: counts().max()? })
}

fn core_busy(spans: &Spans) -> Option<Vec<(u32, u64)>> {
    if spans.tasks.is_empty() {
        return None;
    }
    let mut busy: Vec<(u32, u64)> = Vec::new();
    let mut covered_to = 0;
    for (core, from, to) in spans.busy_by_core()? {
        if busy.last().is_none_or(|(last, _)| *last != core) {
            busy.push((core, 0));
            covered_to = 0;
        }
        if let Some((_, nanos)) = busy.last_mut() {
            *nanos += to.saturating_sub(from.max(covered_to));
        }
        covered_to = covered_to.max(to);
    }
    Some(busy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::{Beat, Span};
    use crate::workload::{Kernel, PlanStep};

    fn spans(times: &[(u64, u64, u64, u16)]) -> Spans {
        Spans {
            tasks: times
                .iter()
                .map(|(submitted, started, finished, core)| Span {
                    submitted: *submitted,
                    started: *started,
                    finished: *finished,
                    worker: 0,
                    core: Some(*core),
                })
                .collect(),
            steps: vec![PlanStep::Compute(Kernel::Splitmix)],
            ..Spans::default()
        }
    }

    #[test]
    fn tasks_in_a_row_are_one_in_flight_and_overlaps_count() {
        assert_eq!(SpanSummary::of(&spans(&[(0, 0, 10, 0), (0, 10, 20, 0)])).peak_in_flight, 1);
        assert_eq!(SpanSummary::of(&spans(&[(0, 0, 10, 0), (0, 5, 20, 1), (0, 9, 11, 0)])).peak_in_flight, 3);
    }

    #[test]
    fn of_tasks_under_another_clock_only_the_latency_is_known() {
        let seen = vec![(0, 1000), (10, 2010)];
        let unknown = SpanSummary::of(&Spans { seen, steps: vec![PlanStep::Wait], ..Spans::default() });
        let latency = SpanSummary::latency_percentiles(std::iter::once(&unknown)).expect("seen");
        assert_eq!((latency.p50, latency.max), (1000.0, 2000.0));
        assert_eq!(SpanSummary::queue_percentiles(std::iter::once(&unknown)), None);
        assert_eq!((unknown.peak_in_flight, unknown.step_nanos.len(), unknown.worker_tasks), (0, 0, None));
        assert_eq!(unknown.core_busy_nanos, None);
    }

    #[test]
    fn core_time_is_a_union_per_core() {
        let span_summary = SpanSummary::of(&spans(&[(0, 0, 10, 0), (0, 5, 20, 0), (0, 0, 7, 1)]));
        assert_eq!(span_summary.core_busy_nanos, Some(vec![(0, 20), (1, 7)]));
    }

    #[test]
    fn a_task_that_waits_after_computing_may_end_on_another_core() {
        let known = |steps: [PlanStep; 2], middle: u64| {
            let tasks = vec![Span { submitted: 0, started: 0, finished: 100_000, worker: 0, core: Some(1) }];
            let spans = Spans { tasks, step_ends: vec![middle], steps: steps.to_vec(), ..Spans::default() };
            SpanSummary::of(&spans).core_busy_nanos
        };
        let compute = || PlanStep::Compute(Kernel::Splitmix);
        assert_eq!(known([compute(), PlanStep::Wait], 40_000), None);
        assert_eq!(known([PlanStep::Wait, compute()], 40_000), Some(vec![(1, 60_000)]));
        assert_eq!(
            known([compute(), PlanStep::Wait], 95_000),
            Some(vec![(1, 95_000)]),
            "a pause of 5 µs gives no core away"
        );
    }

    #[test]
    fn percentiles_span_all_trials() {
        let first = SpanSummary::of(&spans(&[(0, 100, 1_000_000, 0); 3]));
        let second = SpanSummary::of(&spans(&[(0, 100, 9_000_000, 0)]));
        let latency = SpanSummary::latency_percentiles([&first, &second].into_iter()).expect("four tasks");
        assert!((latency.p50 / 1e6 - 1.0).abs() < 0.002, "{latency:?}");
        assert!((latency.p99 / 9e6 - 1.0).abs() < 0.002, "{latency:?}");
        // The largest value is itself, not the end of its bucket: no latency exceeds the wall time.
        assert_eq!(latency.max, 9_000_000.0);
        assert_eq!(SpanSummary::queue_percentiles(std::iter::empty()), None);
        let merged = SpanSummary::merged_latency([&first, &second].into_iter());
        assert_eq!(merged.iter().map(|bucket| bucket.1).collect::<Vec<_>>(), [3, 1]);
        assert_eq!(SpanSummary::merged_queue([&first, &second].into_iter()), [(100, 4)]);
    }

    #[test]
    fn a_standstill_is_the_worst_beat() {
        let of = |late: &[u64]| {
            let beats = late.iter().map(|late| Beat { due: 0, late: *late }).collect();
            SpanSummary::of(&Spans { beats, ..spans(&[(0, 0, 10, 0)]) }).lateness
        };
        assert_eq!(of(&[0, 1, 1, 90, 80]), Some(Lateness { median: 1, p95: 90, p99: 90, worst: 90 }));
        let hundred: Vec<u64> = (1..=100).collect();
        assert_eq!(of(&hundred), Some(Lateness { median: 50, p95: 95, p99: 99, worst: 100 }));
        assert_eq!(of(&[7]), Some(Lateness { median: 7, p95: 7, p99: 7, worst: 7 }));
        assert_eq!(SpanSummary::of(&spans(&[(0, 0, 10, 0)])).lateness, None);
    }
}
