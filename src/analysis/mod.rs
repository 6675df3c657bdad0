//! From raw trials to statements: statistics, ideals, caveats and the verdict in words. Everything
//! here is derived and can be recomputed from the trials at any time.

mod caveat;
pub mod comparison;
pub mod estimate;
pub mod ideal;
pub mod metric;
pub mod statistics;
mod summary;
#[cfg(test)]
pub mod testing;
mod verdict;

pub use caveat::Caveat;
pub use comparison::{Comparison, Finding, compare};

use crate::model::Contender;
use crate::results::Results;
use crate::trial::{Percentiles, Runtime, Status};

/// All that is said about a run.
#[derive(Debug, Clone)]
pub struct Analysis {
    /// One per contender, in the experiment's order.
    pub summaries: Vec<Summary>,
    /// The comparison in words.
    pub verdict: Verdict,
    /// About the run as a whole.
    pub caveats: Vec<Caveat>,
    /// Other programs' share of the usable CPUs' time, percent; `None` below 1 s of measuring.
    pub foreign_percent: Option<f64>,
    /// The lab's own share of the usable CPUs' time, percent; `None` below 1 s of measuring.
    pub lab_percent: Option<f64>,
}

/// The statistics of one contender's measured trials. Times in nanoseconds.
#[derive(Debug, Clone)]
pub struct Summary {
    /// Whose.
    pub contender: Contender,
    /// `Completed` if a trial completed.
    pub status: Option<Status>,
    /// What happened to the trials that did not complete.
    pub reason: Option<String>,
    /// Trials, warm-ups included, in which tasks waited for each other in a circle.
    pub deadlocks: u32,
    /// Workers it really had; `None` where it has no pool (or none completed).
    pub workers: Option<u32>,
    /// Completed measured trials.
    pub trials: u32,
    /// Wall time of each completed measured trial: round and nanoseconds.
    pub walls: Vec<(i32, f64)>,
    /// Wall time of the warm-up's plain pass: the first look, in no statistic.
    pub first_look: Option<f64>,
    /// Statistics of the wall time; `None` without a completed measured trial.
    pub wall: Option<WallTime>,
    /// The contender that [`Self::times_as_fast`] compares with: the experiment's reference, or the plain loop of this
    /// contender's host where each host runs its own iterations; `None` where there is nothing to compare with.
    pub reference: Option<Contender>,
    /// Wall time of the reference / wall time of this model, paired by round.
    pub times_as_fast: Option<PairedRatio>,
    /// The least time that the model could take with its workers; `None` where not stated.
    pub ideal_nanos: Option<f64>,
    /// ideal / median wall time.
    pub efficiency: Option<f64>,
    /// Tasks per second of median wall time.
    pub throughput_per_s: Option<f64>,
    /// Median CPU time in user mode.
    pub cpu_user_nanos: Option<f64>,
    /// Median CPU time in the system.
    pub cpu_system_nanos: Option<f64>,
    /// Median of (user + system) / wall.
    pub cpu_cores_used: Option<f64>,
    /// Median.
    pub voluntary_switches: Option<f64>,
    /// Median.
    pub involuntary_switches: Option<f64>,
    /// Peak resident memory, median; with worker processes the sum over all, an upper bound.
    pub peak_memory_bytes: Option<f64>,
    /// The peak memory less the lab's records, median.
    pub model_memory_bytes: Option<f64>,
    /// Proportional set size of all processes right after the clock, median; `None` without worker processes.
    pub pss_bytes: Option<f64>,
    /// The lab's records in the peak memory, median.
    pub record_bytes: Option<f64>,
    /// Nanoseconds that the lab's stamps and record add to one task, median over trials; subtracted nowhere.
    pub stamp_nanos: Option<f64>,
    /// The same for the first task recorded in a process: what a trial of very few tasks pays up to, once.
    pub first_stamp_nanos: Option<f64>,
    /// started − submitted.
    pub queue: Option<Percentiles>,
    /// finished − submitted.
    pub latency: Option<Percentiles>,
    /// Median.
    pub setup_nanos: Option<f64>,
    /// Median.
    pub teardown_nanos: Option<f64>,
    /// Most tasks in flight at one moment, median over trials.
    pub peak_in_flight: Option<u32>,
    /// Share of the wall time in which each core computed, by core; `None` where a core is not
    /// known or more threads compute than there are cores.
    pub core_occupancy: Option<Vec<(u32, f64)>>,
    /// Other programs' share of the usable CPUs' time while it ran, percent; `None` below 1 s of measuring.
    pub foreign_percent: Option<f64>,
    /// The lab's own share of the usable CPUs' time while it ran, percent; `None` below 1 s of measuring.
    pub lab_percent: Option<f64>,
    /// Time that all tasks together were ready and waited for their interpreter, median over trials; `None` where
    /// that is not known, or no other thread wants it.
    pub gil_wait_nanos: Option<f64>,
    /// By so much that may be too long; `None` where the system does not say.
    pub gil_wait_error_nanos: Option<f64>,
    /// The interpreter that ran it; `None` for native models.
    pub runtime: Option<Runtime>,
    /// How the processes of a Python model were started: "fork", "spawn", "forkserver"; `None` where none were.
    pub start_method: Option<String>,
    /// Time that all tasks together waited for locks, median over trials; `None` where no step takes one.
    pub lock_wait_nanos: Option<f64>,
    /// Increments made in one trial.
    pub expected_updates: Option<f64>,
    /// What the counter said afterwards, median over trials.
    pub got_updates: Option<f64>,
    /// Updates that do not show, median over trials.
    pub lost_updates: Option<f64>,
    /// Least and most of what the counter said after one trial.
    pub got_range: Option<(f64, f64)>,
    /// Least and most updates lost in one trial.
    pub lost_range: Option<(f64, f64)>,
    /// Lateness of the ticker's beats: half, 95 % and 99 % of a trial's came no later; medians over trials.
    pub late_median_nanos: Option<f64>,
    /// See [`Self::late_median_nanos`].
    pub late_p95_nanos: Option<f64>,
    /// See [`Self::late_median_nanos`].
    pub late_p99_nanos: Option<f64>,
    /// Longest standstill of the ticker in a trial, median over trials.
    pub late_worst_nanos: Option<f64>,
    /// CPU time of the HTTP server while the clock ran, median.
    pub server_cpu_nanos: Option<f64>,
    /// The same as a share of the wall time: its one thread can do no more than 1.
    pub server_share: Option<f64>,
    /// Bytes that had to be fetched from the storage, median; `None` without files.
    pub storage_read_bytes: Option<f64>,
    /// Bytes on their way to the storage, median; `None` without files.
    pub storage_written_bytes: Option<f64>,
    /// Memory streamed per second of wall time, bytes, median; `None` without memory steps.
    pub streamed_bytes_per_s: Option<f64>,
    /// Mean duration of each step over all tasks of a trial, median over trials.
    pub step_nanos: Vec<f64>,
    /// Trials far from the others (modified z-score), counted, never deleted.
    pub outliers: u32,
    /// About this model.
    pub caveats: Vec<Caveat>,
}

/// Statistics of a wall time, nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WallTime {
    /// Median.
    pub median: f64,
    /// Mean.
    pub mean: f64,
    /// Sample standard deviation; `None` below two trials.
    pub stddev: Option<f64>,
    /// Least.
    pub min: f64,
    /// Most.
    pub max: f64,
    /// 95 % interval of the median; `None` below six trials.
    pub ci95: Option<(f64, f64)>,
}

/// A ratio of two models, paired by round.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedRatio {
    /// Median of the paired ratios.
    pub median: f64,
    /// 95 % interval of the median; `None` below six pairs.
    pub ci95: Option<(f64, f64)>,
    /// Least and largest ratio seen.
    pub range: (f64, f64),
    /// How many pairs.
    pub pairs: u32,
}

/// The comparison in words.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Verdict {
    /// A warning that comes before everything else: what disturbed the run so much that times and order are in doubt.
    pub disturbance: Option<String>,
    /// One sentence with the finding.
    pub headline: String,
    /// Its cause in terms of the measurement: tasks in flight, cores used.
    pub cause: String,
    /// The uncertainty.
    pub uncertainty: String,
    /// The fastest by median, and all that can't be told apart from it, of those that can be compared with the
    /// experiment's reference and whose result is right. Empty without a result.
    pub fastest: Vec<Contender>,
    /// Further remarks: a cold start would change the order, what can't be told apart.
    pub remarks: Vec<String>,
}

impl Analysis {
    /// All models, the fastest first: by the host whose times can be compared, the reference's first; within it right
    /// results before wrong ones, then by median wall time (the warm-up's where there is none yet).
    #[must_use]
    pub fn fastest_first(&self) -> Vec<&Summary> {
        let mut references: Vec<&Option<Contender>> = Vec::new();
        for summary in &self.summaries {
            if !references.contains(&&summary.reference) {
                references.push(&summary.reference);
            }
        }
        let key = |summary: &Summary| {
            let host = references.iter().position(|known| **known == summary.reference);
            let nanos = summary.wall.map(|wall| wall.median).or(summary.first_look).unwrap_or(f64::INFINITY);
            (host, summary.result_is_wrong(), nanos)
        };
        let mut order: Vec<&Summary> = self.summaries.iter().collect();
        order.sort_by(|a, b| {
            let (a, b) = (key(a), key(b));
            a.0.cmp(&b.0).then(a.1.cmp(&b.1)).then(a.2.total_cmp(&b.2))
        });
        order
    }
}

/// Recomputes everything from the raw trials.
#[must_use]
pub fn analyse(results: &Results) -> Analysis {
    let mut summaries: Vec<Summary> =
        results.experiment.models.iter().map(|contender| summary::summarise(results, contender)).collect();
    let most_rounds = summaries.iter().map(|summary| summary.trials).max().unwrap_or(0);
    for summary in &mut summaries {
        summary.caveats = caveat::of_model(results, summary, most_rounds);
    }
    let caveats = caveat::of_run(results, most_rounds);
    let shares = caveat::background(results.trials.iter().filter(|trial| !trial.is_warmup()));
    Analysis {
        verdict: verdict::verdict(results, &summaries, &caveats),
        foreign_percent: shares.map(|shares| shares.foreign_percent),
        lab_percent: shares.map(|shares| shares.lab_percent),
        summaries,
        caveats,
    }
}
