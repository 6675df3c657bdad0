//! Typed warnings about a measurement: its disturbances and limits. Their remedies are in `remedy`.

mod remedy;

use crate::model::{Family, ModelId};
use crate::python::PassedOver;
use crate::trial::{DifferingResult, ExternalScheduler, NotCompared};
use crate::units;

/// The lab's own share of the usable CPUs at or above which it is a caveat, percent.
pub const LAB_PERCENT: f64 = 2.0;
/// Largest difference between wall and CPU time of a calibration that is no caveat, as a share.
pub const CALIBRATION_SHARE: f64 = 0.05;
/// The share of its one core above which the HTTP server may be the bottleneck, percent.
pub const SERVER_PERCENT: f64 = 80.0;
/// Efficiency above which the ideal must be wrong, percent.
pub const BEYOND_IDEAL_PERCENT: f64 = 105.0;
/// Types of file systems in memory.
pub const IN_MEMORY: [&str; 2] = ["tmpfs", "ramfs"];

/// A typed warning about a measurement.
#[derive(Debug, Clone, PartialEq)]
pub enum Caveat {
    /// Other programs used the CPU while this model ran.
    ForeignCpu {
        /// Percent of the usable CPUs' time.
        percent: f64,
    },
    /// The lab itself used the CPU while this model ran.
    LabCpu {
        /// Percent of the usable CPUs' time.
        percent: f64,
    },
    /// The host of this virtual machine took CPU time while this model ran.
    Steal {
        /// Percent of the usable CPUs' time.
        percent: f64,
    },
    /// A CPU quota stopped this model's processes.
    Throttled {
        /// Scheduling periods in which it was stopped, over all trials.
        periods: u64,
    },
    /// More threads or processes of this model compute than there are cores, so that core occupancy is not stated.
    Oversubscribed {
        /// Threads or processes that compute at once.
        computing: u32,
        /// "thread", "process", "interpreter".
        noun: Noun,
        /// Cores that this run may use.
        cores: u32,
    },
    /// The HTTP server, which has one thread, was busy nearly all the time while this model ran.
    ServerBusy {
        /// Percent of one core.
        percent: f64,
    },
    /// Trials of this model lie far from its others.
    Outliers {
        /// Number of outliers.
        count: u32,
        /// Number of trials.
        trials: u32,
    },
    /// This model, or the run, has too few completed rounds for a 95 % interval.
    FewRounds {
        /// Completed rounds.
        rounds: u32,
        /// Further rounds needed for an interval.
        missing: u32,
    },
    /// The lab was built without optimisation.
    DebugBuild,
    /// A CPU quota allows less than the logical CPUs that the machine shows.
    QuotaBelowCpus {
        /// CPUs allowed.
        quota: f64,
        /// CPUs shown.
        cpus: u32,
    },
    /// CPU affinity (as set by `taskset` or a container) allows fewer CPUs than are online.
    AffinityBelowCpus {
        /// CPUs allowed.
        allowed: u32,
        /// CPUs online.
        online: u32,
    },
    /// Wall and CPU time were apart while a kernel was calibrated.
    Calibration {
        /// Name of the kernel.
        kernel: &'static str,
        /// Title of the host: "Rust", "Python 3.11".
        host: String,
        /// Difference between wall time and the time that was computed, percent of that.
        percent: f64,
    },
    /// The frequency governor is another than `performance`.
    Governor {
        /// Name of the governor.
        name: String,
    },
    /// A virtual machine hides clock speed and turbo.
    VirtualMachine,
    /// The machine runs on battery.
    Battery,
    /// Timestamps of spans come from the operating system's clock.
    OsClock,
    /// This model took less than its ideal: the kernels ran faster than during their calibration.
    BeyondIdeal {
        /// Efficiency, percent of the ideal.
        percent: f64,
    },
    /// The files were on a file system in memory.
    InMemoryFiles {
        /// Type of the file system: "tmpfs".
        kind: String,
    },
    /// The user's function returned something else in a trial of this model than in the first trial.
    ResultsDiffer(DifferingResult),
    /// The results of the user's function were not compared.
    ResultsNotCompared(NotCompared),
    /// Code of the user's had left processes running at the end of trials of this model.
    LeftProcesses {
        /// The most in one trial.
        count: u32,
    },
    /// The tasks of this model ran on workers that the lab did not start.
    ExternalScheduler(ExternalScheduler),
    /// No two calls of the user's function were in flight at the same moment, in any trial of a model with an event loop.
    LoopHeld {
        /// Tasks of a trial.
        tasks: u32,
    },
    /// An interpreter gave no answer when the run was planned, and models of Python ran on the next one.
    PythonPassedOver(PassedOver),
}

impl Caveat {
    /// Returns true for a caveat about one model, false for one about the run. [`Caveat::FewRounds`] may be either.
    #[must_use]
    pub const fn is_per_model(&self) -> bool {
        matches!(
            self,
            Self::ForeignCpu { .. }
                | Self::LabCpu { .. }
                | Self::Steal { .. }
                | Self::Throttled { .. }
                | Self::Oversubscribed { .. }
                | Self::ServerBusy { .. }
                | Self::Outliers { .. }
                | Self::BeyondIdeal { .. }
                | Self::ResultsDiffer(_)
                | Self::ResultsNotCompared(_)
                | Self::LeftProcesses { .. }
                | Self::ExternalScheduler(_)
                | Self::LoopHeld { .. }
        )
    }

    /// Returns true if the figures themselves are in doubt, not only their precision.
    #[must_use]
    pub const fn is_unreliable(&self) -> bool {
        matches!(self, Self::ForeignCpu { .. } | Self::Steal { .. } | Self::Throttled { .. } | Self::DebugBuild)
    }

    /// Returns the share of CPU time that the caveat is about, percent; `None` for other caveats.
    #[must_use]
    pub const fn percent(&self) -> Option<f64> {
        match self {
            Self::ForeignCpu { percent } | Self::LabCpu { percent } | Self::Steal { percent } => Some(*percent),
            _ => None,
        }
    }

    /// Returns a short label for a cell or the status line: "debug build".
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::ForeignCpu { percent } => format!("other programs used {}", units::percent(*percent)),
            Self::LabCpu { percent } => format!("the lab itself used {}", units::percent(*percent)),
            Self::Steal { percent } => format!("host took {}", units::percent(*percent)),
            Self::Throttled { .. } => "stopped by CPU quota".to_owned(),
            Self::Oversubscribed { computing, noun, cores } => {
                format!("{} on {cores} {}", noun.counted(*computing), plural(*cores, "core"))
            }
            Self::ServerBusy { percent } => format!("HTTP server {} busy", units::percent(*percent)),
            Self::Outliers { count, .. } => format!("{count} {}", plural(*count, "outlier")),
            Self::FewRounds { rounds, .. } => format!("only {rounds} {}", plural(*rounds, "round")),
            Self::DebugBuild => "debug build".to_owned(),
            Self::QuotaBelowCpus { quota, .. } => format!("quota of {} CPUs", units::short(*quota)),
            Self::AffinityBelowCpus { allowed, online } => format!("{allowed} of {online} CPUs allowed"),
            Self::Calibration { .. } => "disturbed calibration".to_owned(),
            Self::Governor { name } => format!("governor {name}"),
            Self::VirtualMachine => "virtual machine hides clock speed".to_owned(),
            Self::Battery => "on battery".to_owned(),
            Self::OsClock => "spans from the system clock".to_owned(),
            Self::BeyondIdeal { percent } => format!("{} of its ideal", units::percent(*percent)),
            Self::InMemoryFiles { kind } => format!("files in memory ({kind})"),
            Self::ResultsDiffer(_) => "results differ".to_owned(),
            Self::ResultsNotCompared(_) => "results not compared".to_owned(),
            Self::LeftProcesses { count } => format!("left {}", Noun::Process.counted(*count)),
            Self::ExternalScheduler(_) => "ran on an external scheduler".to_owned(),
            Self::LoopHeld { .. } => "calls one after the other".to_owned(),
            Self::PythonPassedOver(passed) => format!("ran on Python {}, not the first one", passed.used),
        }
    }
}

fn plural(count: u32, noun: &str) -> String {
    if count == 1 { noun.to_owned() } else { format!("{noun}s") }
}

/// Noun for the computing units of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noun {
    /// A thread of one process.
    Thread,
    /// A process.
    Process,
    /// A sub-interpreter, which has a thread of its own.
    Interpreter,
}

impl Noun {
    /// Returns the units that a model computes with.
    pub(super) const fn of(model: ModelId) -> Self {
        match model.info().family {
            Family::Processes => Self::Process,
            Family::SubInterpreters => Self::Interpreter,
            _ => Self::Thread,
        }
    }

    /// Formats a count with the noun: "1 thread", "16 processes".
    #[must_use]
    pub fn counted(self, count: u32) -> String {
        let noun = match (self, count) {
            (Self::Thread, 1) => "thread",
            (Self::Thread, _) => "threads",
            (Self::Process, 1) => "process",
            (Self::Process, _) => "processes",
            (Self::Interpreter, 1) => "interpreter",
            (Self::Interpreter, _) => "interpreters",
        };
        format!("{} {noun}", units::count(u64::from(count)))
    }
}
