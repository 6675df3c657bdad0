//! Times of the tasks of all measured trials of a model together: an empirical cumulative curve with few points, and a
//! histogram whose bins are equally wide on a logarithmic axis.

use crate::model::Contender;
use crate::results::Results;
use crate::trial::{Bucket, SpanSummary, Trial};

/// Points of a curve at most: more can't be told apart on a screen.
const CURVE_CELLS: f64 = 512.0;
/// Bins of all histograms together at most.
const MOST_BINS: f64 = 60.0;
/// Choices of bins per decade. The finest are as wide as the accuracy of the recorded values allows.
const BINS_PER_DECADE: [u32; 8] = [5, 10, 20, 50, 100, 200, 500, 1000];

/// A time of each task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TaskTime {
    /// Finished − submitted.
    #[default]
    Latency,
    /// Started − submitted.
    Queue,
}

impl TaskTime {
    /// All times, in the order offered.
    pub const ALL: [Self; 2] = [Self::Latency, Self::Queue];

    /// Name of the time.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Latency => "latency",
            Self::Queue => "queue time",
        }
    }
}

/// A bin of a histogram.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// Lower end, nanoseconds.
    pub from: f64,
    /// Upper end, nanoseconds.
    pub to: f64,
    /// Share of the tasks in it, 0 to 1.
    pub share: f64,
}

/// Times of the tasks of one model.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskTimes {
    /// The model.
    pub contender: Contender,
    /// Number of tasks in all measured trials.
    pub tasks: u64,
    /// Share of the tasks whose time was 0 ns, which a logarithmic axis does not have.
    pub zero_share: f64,
    /// Cumulative curve: nanoseconds, and the share of the tasks that took at most so long. Ascending; it ends at 1.
    pub curve: Vec<(f64, f64)>,
    /// Histogram without its empty bins, from the left.
    pub bins: Vec<Bin>,
}

impl TaskTimes {
    /// Returns the share of the tasks that took at most this long.
    #[must_use]
    pub fn share_up_to(&self, nanos: f64) -> f64 {
        let after = self.curve.partition_point(|(at, _)| *at <= nanos);
        after.checked_sub(1).map_or(self.zero_share, |last| self.curve[last].1)
    }

    /// Returns the bin that holds this time.
    #[must_use]
    pub fn bin_at(&self, nanos: f64) -> Option<&Bin> {
        self.bins.iter().find(|bin| bin.from < nanos && nanos <= bin.to)
    }
}

/// Times of the tasks of all models.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskDistributions {
    /// Time of the tasks.
    pub time: TaskTime,
    /// One for each model with a completed measured trial, in the experiment's order.
    pub models: Vec<TaskTimes>,
}

impl TaskDistributions {
    pub(super) fn of(results: &Results, time: TaskTime) -> Self {
        let merged: Vec<(Contender, Vec<Bucket>)> = results
            .experiment
            .models
            .iter()
            .map(|contender| (contender.clone(), merged(results, contender, time)))
            .filter(|(_, buckets)| !buckets.is_empty())
            .collect();
        let per_decade = bins_per_decade(merged.iter().flat_map(|(_, buckets)| buckets));
        let models = merged.into_iter().map(|(contender, buckets)| task_times(contender, &buckets, per_decade));
        Self { time, models: models.collect() }
    }

    /// Returns the shortest and longest time above 0 of all models, nanoseconds.
    #[must_use]
    pub fn range(&self) -> Option<(f64, f64)> {
        let curves = || self.models.iter().filter(|model| !model.curve.is_empty());
        let least = curves().map(|model| model.curve[0].0).reduce(f64::min)?;
        let most = curves().filter_map(|model| Some(model.curve.last()?.0)).reduce(f64::max)?;
        Some((least, most))
    }
}

fn merged(results: &Results, contender: &Contender, time: TaskTime) -> Vec<Bucket> {
    let summaries = results.measured(contender).filter_map(Trial::completed).map(|measured| &*measured.span_summary);
    match time {
        TaskTime::Latency => SpanSummary::merged_latency(summaries),
        TaskTime::Queue => SpanSummary::merged_queue(summaries),
    }
}

fn task_times(contender: Contender, buckets: &[Bucket], per_decade: u32) -> TaskTimes {
    let tasks: u64 = buckets.iter().map(|(_, count)| count).sum();
    let zeros: u64 = buckets.iter().filter(|(value, _)| *value == 0).map(|(_, count)| count).sum();
    let share = |count: u64| count as f64 / tasks.max(1) as f64;
    let timed: Vec<Bucket> = buckets.iter().copied().filter(|(value, _)| *value > 0).collect();
    TaskTimes {
        contender,
        tasks,
        zero_share: share(zeros),
        curve: curve(&timed, zeros).into_iter().map(|(nanos, count)| (nanos, share(count))).collect(),
        bins: bins(&timed, per_decade)
            .into_iter()
            .map(|(index, count)| Bin {
                from: edge(index, per_decade),
                to: edge(index + 1, per_decade),
                share: share(count),
            })
            .collect(),
    }
}

/// Returns values and cumulative counts. Of neighbours that are closer than a cell only the last remains: its count covers
/// them all.
fn curve(timed: &[Bucket], before: u64) -> Vec<(f64, u64)> {
    let (Some(first), Some(last)) = (timed.first(), timed.last()) else { return Vec::new() };
    let (from, to) = ((first.0 as f64).log10(), (last.0 as f64).log10());
    let cell = |nanos: f64| if to > from { ((nanos.log10() - from) / (to - from) * CURVE_CELLS) as u32 } else { 0 };
    let mut points: Vec<(f64, u64)> = Vec::new();
    let mut sum = before;
    let mut last_cell = None;
    for (index, (value, count)) in timed.iter().enumerate() {
        sum += count;
        let nanos = *value as f64;
        let own = Some(cell(nanos));
        // The first value stays, so that the curve starts where it starts.
        if own == last_cell && index > 1 {
            points.pop();
        }
        points.push((nanos, sum));
        last_cell = own;
    }
    points
}

/// Returns the indexes of the bins that are not empty, with the number of tasks in each.
fn bins(timed: &[Bucket], per_decade: u32) -> Vec<(i64, u64)> {
    let mut bins: Vec<(i64, u64)> = Vec::new();
    for (value, count) in timed {
        // A value on an edge belongs below it, as its curve says "at most".
        let index = ((*value as f64).log10() * f64::from(per_decade)).ceil() as i64 - 1;
        match bins.last_mut() {
            Some((last, sum)) if *last == index => *sum += count,
            _ => bins.push((index, *count)),
        }
    }
    bins
}

fn edge(index: i64, per_decade: u32) -> f64 {
    10_f64.powf(index as f64 / f64::from(per_decade))
}

fn bins_per_decade<'a>(all: impl Iterator<Item = &'a Bucket>) -> u32 {
    let values = all.map(|(value, _)| *value as f64).filter(|value| *value > 0.0);
    let (least, most) =
        values.fold((f64::INFINITY, 0.0_f64), |(least, most), value| (least.min(value), most.max(value)));
    let decades = if most > least { (most / least).log10() } else { 0.0 };
    let fits = |per_decade: &&u32| decades * f64::from(**per_decade) <= MOST_BINS;
    BINS_PER_DECADE.iter().rev().find(fits).copied().unwrap_or(BINS_PER_DECADE[0])
}
