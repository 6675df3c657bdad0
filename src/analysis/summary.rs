//! The statistics of one contender's measured trials, as data. `summarise` computes them.

use super::caveat::Caveat;
use super::ratio::PairedRatio;
use super::statistics::{mean, median, median_interval, stddev};
use crate::model::{Contender, Family};
use crate::trial::{Percentiles, Runtime, Status};

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

impl Summary {
    /// Its processes count in memory of their own: nothing was lost there, though the parent sees none of it.
    #[must_use]
    pub fn counts_apart(&self) -> bool {
        self.contender.model.separate_memory() && self.got_updates == Some(0.0)
    }

    /// Its tasks run in worker processes, whose peak memories are summed up: an upper bound.
    #[must_use]
    pub fn memory_is_a_sum(&self) -> bool {
        self.contender.model.info().family == Family::Processes
    }

    /// The counter is not what the work came to: updates were lost in at least one trial, or were made in the
    /// memory of processes whose parent sees none of them. Such a model is not faster than others: it did not do
    /// what they did.
    #[must_use]
    pub fn result_is_wrong(&self) -> bool {
        self.counts_apart() || self.lost_range.is_some_and(|(_, most)| most > 0.0)
    }
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

impl WallTime {
    /// Of the wall times of completed trials, nanoseconds; `None` for an empty list.
    #[must_use]
    pub fn of(walls: &[f64]) -> Option<Self> {
        Some(Self {
            median: median(walls)?,
            mean: mean(walls)?,
            stddev: stddev(walls),
            min: walls.iter().copied().fold(f64::INFINITY, f64::min),
            max: walls.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            ci95: median_interval(walls),
        })
    }
}
