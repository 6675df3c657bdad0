//! Statistics of one contender's measured trials, as data. `summarise` computes them.

use super::caveat::Caveat;
use super::classes::ClassFigures;
use super::ratio::PairedRatio;
use super::statistics::{mean, median, median_interval, stddev};
use crate::model::{Contender, Family};
use crate::trial::{Percentiles, Runtime, Status};

/// Statistics of one contender's measured trials. Times are in nanoseconds.
#[derive(Debug, Clone)]
pub struct Summary {
    /// The contender.
    pub contender: Contender,
    /// Outcome of the trials together: `Completed` if at least one completed; `None` before any ended.
    pub status: Option<Status>,
    /// Reason why trials did not complete, in one sentence.
    pub reason: Option<String>,
    /// Number of trials that failed, without warm-ups.
    pub failed_trials: u32,
    /// Number of trials that deadlocked, warm-ups included.
    pub deadlocks: u32,
    /// Actual number of workers; `None` for a model without a pool, and before a trial completed.
    pub workers: Option<u32>,
    /// Number of completed measured trials.
    pub trials: u32,
    /// Wall time of each completed measured trial: round and nanoseconds.
    pub walls: Vec<(i32, f64)>,
    /// Wall time of the warm-up's first pass: a preview that is in no statistic.
    pub first_look: Option<f64>,
    /// Statistics of the wall time; `None` without a completed measured trial.
    pub wall: Option<WallTime>,
    /// Contender that [`Self::times_as_fast`] compares with: the experiment's reference, or the plain loop of the same
    /// host if each host runs its own number of iterations; `None` if there is neither.
    pub reference: Option<Contender>,
    /// Wall time of the reference / wall time of this model, paired by round.
    pub times_as_fast: Option<PairedRatio>,
    /// Least time that the model could take with its workers; `None` if a step has no nominal duration.
    pub ideal_nanos: Option<f64>,
    /// Ideal / median wall time.
    pub efficiency: Option<f64>,
    /// Tasks per second of median wall time.
    pub throughput_per_s: Option<f64>,
    /// Median CPU time in user mode.
    pub cpu_user_nanos: Option<f64>,
    /// Median CPU time in kernel mode.
    pub cpu_system_nanos: Option<f64>,
    /// Median of (user + system) / wall.
    pub cpu_cores_used: Option<f64>,
    /// Median number of voluntary context switches.
    pub voluntary_switches: Option<f64>,
    /// Median number of involuntary context switches.
    pub involuntary_switches: Option<f64>,
    /// Median peak resident memory; with worker processes the sum over all of them, an upper bound.
    pub peak_memory_bytes: Option<f64>,
    /// Median peak memory without the lab's records.
    pub model_memory_bytes: Option<f64>,
    /// Median proportional set size of all processes right after the clock stopped; `None` without worker processes.
    pub pss_bytes: Option<f64>,
    /// Median size of the lab's records within the peak memory.
    pub record_bytes: Option<f64>,
    /// Median nanoseconds that the lab's timestamps and record add to one task; subtracted nowhere.
    pub stamp_nanos: Option<f64>,
    /// The same for the first task recorded in a process, with cold caches: it adds up to this much once per trial.
    pub first_stamp_nanos: Option<f64>,
    /// Percentiles of started − submitted over all tasks.
    pub queue: Option<Percentiles>,
    /// Percentiles of finished − submitted over all tasks.
    pub latency: Option<Percentiles>,
    /// Median time for which a CPU quota stopped a trial, summed over the CPUs; `None` if not known.
    pub throttled_nanos: Option<f64>,
    /// Median setup time.
    pub setup_nanos: Option<f64>,
    /// Median teardown time.
    pub teardown_nanos: Option<f64>,
    /// Most tasks in flight at one moment, median over trials: of an even number of them the upper of the two in the middle,
    /// so that at least one trial had it.
    pub peak_in_flight: Option<u32>,
    /// Share of the wall time in which each core computed; `None` if a core is not known, or if more threads compute than
    /// there are cores.
    pub core_occupancy: Option<Vec<(u32, f64)>>,
    /// Other programs' share of the usable CPUs' time during its trials, percent; `None` below 1 s of measuring.
    pub foreign_percent: Option<f64>,
    /// The lab's own share of the usable CPUs' time during its trials, percent; `None` below 1 s of measuring.
    pub lab_percent: Option<f64>,
    /// Median over trials of the time that all tasks together were ready and waited for the GIL; `None` if not known, or
    /// if no other thread uses the interpreter.
    pub gil_wait_nanos: Option<f64>,
    /// Upper bound on the error of [`Self::gil_wait_nanos`]; `None` if the system does not report it.
    pub gil_wait_error_nanos: Option<f64>,
    /// Interpreter that ran the trials; `None` for native models.
    pub runtime: Option<Runtime>,
    /// Start method of a Python model's processes: "fork", "spawn", "forkserver"; `None` if it starts none.
    pub start_method: Option<String>,
    /// Median over trials of the mean time that the transfer of a task's input took; `None` if it was not measured.
    pub transfer_input_nanos: Option<f64>,
    /// The same of a task's output.
    pub transfer_output_nanos: Option<f64>,
    /// Median over trials of the mean time from start to end of a task with a payload.
    pub transfer_task_nanos: Option<f64>,
    /// Median over trials of the time that all tasks together waited for locks; `None` if no step takes a lock.
    pub lock_wait_nanos: Option<f64>,
    /// Number of increments made in one trial.
    pub expected_updates: Option<f64>,
    /// Median value of the counter after a trial.
    pub got_updates: Option<f64>,
    /// Median number of updates lost in a trial.
    pub lost_updates: Option<f64>,
    /// Smallest and largest value of the counter after a trial.
    pub got_range: Option<(f64, f64)>,
    /// Fewest and most updates lost in a trial.
    pub lost_range: Option<(f64, f64)>,
    /// Median lateness of the heartbeat in a trial, median over trials.
    pub late_median_nanos: Option<f64>,
    /// 95th percentile of the heartbeat's lateness in a trial, median over trials.
    pub late_p95_nanos: Option<f64>,
    /// 99th percentile of the heartbeat's lateness in a trial, median over trials.
    pub late_p99_nanos: Option<f64>,
    /// Longest standstill of the heartbeat in a trial, median over trials.
    pub late_worst_nanos: Option<f64>,
    /// Median CPU time of the HTTP server while the clock ran.
    pub server_cpu_nanos: Option<f64>,
    /// Median of the server's CPU time / wall time; at most 1, since the server has one thread.
    pub server_share: Option<f64>,
    /// Median bytes read from storage, not from the page cache; `None` without file steps.
    pub storage_read_bytes: Option<f64>,
    /// Median bytes written, or queued to be written, to storage; `None` without file steps.
    pub storage_written_bytes: Option<f64>,
    /// Median bytes of memory streamed per second of wall time; `None` without memory steps.
    pub streamed_bytes_per_s: Option<f64>,
    /// Mean duration of each step over all tasks of a trial, median over the trials in which one did it; NaN without one.
    pub step_nanos: Vec<f64>,
    /// Tasks of the worker that ran the fewest, divided by those of the one that ran the most, median over trials: 1 is
    /// even. `None` where workers do not compete for tasks.
    pub fairness: Option<f64>,
    /// Number of outliers among the trials (modified z-score); they are counted, never deleted.
    pub outliers: u32,
    /// Warnings about this model.
    pub caveats: Vec<Caveat>,
    /// Figures of each class of tasks; empty without classes, and before a trial completed.
    pub classes: Vec<ClassFigures>,
}

impl Summary {
    /// Returns true if its processes increment counters in separate memory: no update is lost, but the parent sees none.
    #[must_use]
    pub fn counts_apart(&self) -> bool {
        self.contender.model.separate_memory() && self.got_updates == Some(0.0)
    }

    /// Returns true if its peak memory is a sum over worker processes, an upper bound.
    #[must_use]
    pub fn memory_is_a_sum(&self) -> bool {
        self.contender.model.info().family == Family::Processes
    }

    /// Returns true if the counter differs from the number of increments made: updates were lost in at least one trial, or
    /// were made in the memory of processes, where the parent sees none. Such a model did not do the same work, so its
    /// time ranks nowhere.
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
    /// Shortest.
    pub min: f64,
    /// Longest.
    pub max: f64,
    /// 95 % confidence interval of the median; `None` below six trials.
    pub ci95: Option<(f64, f64)>,
}

impl WallTime {
    /// Computes the statistics of wall times in nanoseconds; `None` for an empty list.
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
