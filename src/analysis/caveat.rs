//! Typed warnings about a measurement: what disturbed it or limits what it says, and the remedy.

use super::Summary;
use super::ideal::{computing_threads, usable_cpus};
use super::summary::has_gil;
use crate::clock::TickSource;
use crate::experiment::FEWEST_PAIRS;
use crate::model::{Family, ModelId};
use crate::results::Results;
use crate::session::Machine;
use crate::trial::{Background, BackgroundShares, Trial};
use crate::units;
use crate::workload::Step;

/// Other programs' share of the usable CPUs above which it is a caveat, percent.
pub const FOREIGN_PERCENT: f64 = 2.0;
/// The lab's own share of the usable CPUs from which it is a caveat, percent.
pub const LAB_PERCENT: f64 = 2.0;
/// Share of the CPU that the host of a virtual machine took, above which it is a caveat, percent.
pub const STEAL_PERCENT: f64 = 1.0;
/// Wall and CPU time of the calibration may differ by this share.
pub const CALIBRATION_SHARE: f64 = 0.05;
/// Share of its one core from which the HTTP server may be what limits a model, percent.
pub const SERVER_PERCENT: f64 = 80.0;
/// Doing better than the ideal by more than this means that the ideal is wrong, percent.
pub const BEYOND_IDEAL_PERCENT: f64 = 105.0;
/// File systems that live in memory.
pub const IN_MEMORY: [&str; 2] = ["tmpfs", "ramfs"];

/// A typed warning about a measurement.
#[derive(Debug, Clone, PartialEq)]
pub enum Caveat {
    /// Other programs used the CPU while this model ran.
    ForeignCpu {
        /// Of the usable CPUs' time.
        percent: f64,
    },
    /// The lab itself used the CPU while this model ran.
    LabCpu {
        /// Of the usable CPUs' time.
        percent: f64,
    },
    /// The host of this virtual machine took CPU time while this model ran.
    Steal {
        /// Of the usable CPUs' time.
        percent: f64,
    },
    /// A CPU quota stopped this model's processes.
    Throttled {
        /// In so many scheduling periods, over all trials.
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
        /// Of one core.
        percent: f64,
    },
    /// Trials of this model lie far from its others.
    Outliers {
        /// So many.
        count: u32,
        /// Of so many.
        trials: u32,
    },
    /// Too few completed rounds for a 95 % interval: of this model, or of the whole run.
    FewRounds {
        /// So many there are.
        rounds: u32,
        /// So many more give an interval.
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
        /// Which kernel.
        kernel: &'static str,
        /// On which host: "Rust", "Python 3.11".
        host: String,
        /// By so much of the CPU time.
        percent: f64,
    },
    /// The frequency governor is another than `performance`.
    Governor {
        /// Its name.
        name: String,
    },
    /// A virtual machine hides clock speed and turbo.
    VirtualMachine,
    /// The machine runs on battery.
    Battery,
    /// Spans are stamped by the operating system's clock.
    OsClock,
    /// This model took less than its ideal: the kernels' speeds were others when they were measured.
    BeyondIdeal {
        /// Of its ideal.
        percent: f64,
    },
    /// The files were on a file system that lives in memory.
    InMemoryFiles {
        /// Its type.
        kind: String,
    },
}

impl Caveat {
    /// True where it is about one model, false where it is about the whole run. [`Caveat::FewRounds`] may be either.
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
        )
    }

    /// True where the figures themselves are in doubt, not just what they can't tell.
    #[must_use]
    pub const fn is_unreliable(&self) -> bool {
        matches!(self, Self::ForeignCpu { .. } | Self::Steal { .. } | Self::Throttled { .. } | Self::DebugBuild)
    }

    /// The share of a caveat that is about one, percent.
    #[must_use]
    pub const fn percent(&self) -> Option<f64> {
        match self {
            Self::ForeignCpu { percent } | Self::LabCpu { percent } | Self::Steal { percent } => Some(*percent),
            _ => None,
        }
    }

    /// Short words for a cell or the status line: "debug build".
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
            Self::QuotaBelowCpus { quota, .. } => format!("quota of {} CPUs", short(*quota)),
            Self::AffinityBelowCpus { allowed, online } => format!("{allowed} of {online} CPUs allowed"),
            Self::Calibration { .. } => "disturbed calibration".to_owned(),
            Self::Governor { name } => format!("governor {name}"),
            Self::VirtualMachine => "virtual machine hides clock speed".to_owned(),
            Self::Battery => "on battery".to_owned(),
            Self::OsClock => "spans from the system clock".to_owned(),
            Self::BeyondIdeal { percent } => format!("{} of its ideal", units::percent(*percent)),
            Self::InMemoryFiles { kind } => format!("files in memory ({kind})"),
        }
    }

    /// What is wrong and what to do about it.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::ForeignCpu { percent } => format!(
                "Other programs used {} of the usable cores while this model ran, so its times may be too long. Close them and run again.",
                units::percent(*percent)
            ),
            Self::LabCpu { percent } => format!(
                "The lab itself used {} of the usable cores while this model ran, so a model that keeps all cores busy took longer than it would alone. Where the window is open, hide it while it measures or run in the terminal (concurrency-lab run).",
                units::percent(*percent)
            ),
            Self::Steal { percent } => format!(
                "The host of this virtual machine gave {} of its CPU time to others. Run again when the host is quiet, or on a machine of its own.",
                units::percent(*percent)
            ),
            Self::Throttled { periods } => format!(
                "A CPU quota stopped this model in {} scheduling {}, so it measures the quota and not the model. Raise the quota, or use fewer workers.",
                units::count(*periods),
                if *periods == 1 { "period" } else { "periods" }
            ),
            Self::Oversubscribed { computing, noun, cores } => format!(
                "{} shared {cores} {}, so a task's time includes waiting for a core. For a figure per core let at most {cores} {} run at once.",
                noun.counted(*computing),
                plural(*cores, "core"),
                plural(*cores, "task")
            ),
            Self::ServerBusy { percent } => format!(
                "The HTTP server used {} of its one core while this model ran, so it may be the server that was measured. Use fewer tasks in flight, a smaller body or a longer latency.",
                units::percent(*percent)
            ),
            Self::Outliers { count, trials } => format!(
                "{count} of {trials} trials {} far from the others. They are counted, never left out: look at the single trials, and run more rounds if they come from outside.",
                if *count == 1 { "lies" } else { "lie" }
            ),
            Self::FewRounds { rounds, missing } => format!(
                "No 95 % interval of a median exists with {rounds} completed {}. Run {missing} more {}, or allow a longer budget.",
                plural(*rounds, "round"),
                plural(*missing, "round")
            ),
            Self::DebugBuild => {
                "This lab was built without optimisation: its own overhead is many times what it should be. Build it with --release before trusting any figure.".to_owned()
            }
            Self::QuotaBelowCpus { quota, cpus } => format!(
                "A control-group quota allows {} of {cpus} CPUs, so models that use all cores are stopped in between. Raise the quota, or choose workers to fit.",
                short(*quota)
            ),
            Self::AffinityBelowCpus { allowed, online } => format!(
                "The CPU affinity of this process (taskset, a container, a service manager) allows {allowed} of {online} CPUs, so no model can use the others. Start the lab without it to measure the whole machine."
            ),
            Self::Calibration { kernel, host, percent } => format!(
                "While {kernel} was calibrated on {host}, wall and CPU time were {} apart: something else held the core. The amount of work is the same for every model there, but its nominal milliseconds may be off; run again on a quiet machine.",
                units::percent(*percent)
            ),
            Self::Governor { name } => format!(
                "The frequency governor \"{name}\" changes the clock speed with the load, which favours models that keep cores busy. Set it to \"performance\" while measuring."
            ),
            Self::VirtualMachine => {
                "The virtual machine hides clock speed, turbo and what its host does, so times may drift unseen. Compare within one run only, and prefer real hardware for figures to publish.".to_owned()
            }
            Self::Battery => "On battery the system saves power, and times drift. Plug the machine in and run again.".to_owned(),
            Self::OsClock => {
                "The CPU's counter is not trusted on this machine, so each task is stamped by the system clock: about 30 ns more a task. It matters only for tasks of a few microseconds or less.".to_owned()
            }
            Self::BeyondIdeal { .. } => {
                "This model took less time than the calibration allows: the machine was slower while the kernels were calibrated than while it ran. What the models took can be compared all the same, for all had the same work; the nominal durations and the ideals are off. Run again on a quiet machine.".to_owned()
            }
            Self::InMemoryFiles { kind } => format!(
                "The temporary folder is on {kind}, a file system in memory: nothing reaches a storage, and fsync waits for nothing. Set TMPDIR to a folder on a disk and run again."
            ),
        }
    }
}

fn plural(count: u32, noun: &str) -> String {
    if count == 1 { noun.to_owned() } else { format!("{noun}s") }
}

/// 1.5, 2, 0.25: no zeros that say nothing.
fn short(value: f64) -> String {
    format!("{}", (value * 100.0).round() / 100.0)
}

/// One of the computing units of a model, as a noun.
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
    /// The units that a model computes with.
    pub(super) const fn of(model: ModelId) -> Self {
        match model.info().family {
            Family::Processes => Self::Process,
            Family::SubInterpreters => Self::Interpreter,
            _ => Self::Thread,
        }
    }

    /// "1 thread", "16 processes".
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

/// Shares of the usable CPUs over all completed trials together; `None` below [`Background::LEAST_NANOS`].
pub(super) fn background<'a>(trials: impl Iterator<Item = &'a Trial>) -> Option<BackgroundShares> {
    Background::shares(trials.filter(|trial| trial.completed().is_some()).filter_map(|trial| trial.background))
}

/// Whether so much foreign CPU is a caveat.
pub(super) fn is_foreign(percent: &f64) -> bool {
    *percent > FOREIGN_PERCENT
}

/// Caveats about one model. `most_rounds` is what the model with the most completed rounds has.
pub(super) fn of_model(results: &Results, summary: &Summary, most_rounds: u32) -> Vec<Caveat> {
    let mut caveats = Vec::new();
    let measured = || results.measured(&summary.contender);
    caveats.extend(summary.foreign_percent.filter(is_foreign).map(|percent| Caveat::ForeignCpu { percent }));
    if let Some(shares) = background(measured()) {
        let steal = shares.steal_percent.filter(|percent| *percent > STEAL_PERCENT);
        caveats.extend(steal.map(|percent| Caveat::Steal { percent }));
        let lab = Some(shares.lab_percent).filter(|percent| *percent >= LAB_PERCENT);
        caveats.extend(lab.map(|percent| Caveat::LabCpu { percent }));
    }
    let stopped =
        measured().filter(|trial| trial.completed().is_some()).filter_map(|trial| trial.background?.throttled);
    let periods: u64 = stopped.sum();
    if periods > 0 {
        caveats.push(Caveat::Throttled { periods });
    }
    if summary.trials > 0 {
        caveats.extend(oversubscription(results, summary));
    }
    let server = summary.server_share.map(|share| share * 100.0);
    caveats.extend(server.filter(|percent| *percent > SERVER_PERCENT).map(|percent| Caveat::ServerBusy { percent }));
    // Only what was calibrated can have been calibrated wrongly.
    let computes = results.nominal.compute_nanos > 0.0;
    let beyond =
        summary.efficiency.map(|share| share * 100.0).filter(|percent| computes && *percent > BEYOND_IDEAL_PERCENT);
    caveats.extend(beyond.map(|percent| Caveat::BeyondIdeal { percent }));
    if summary.outliers > 0 {
        caveats.push(Caveat::Outliers { count: summary.outliers, trials: summary.trials });
    }
    let fewest = FEWEST_PAIRS as u32;
    if summary.trials > 0 && summary.trials < fewest && most_rounds >= fewest {
        caveats.push(Caveat::FewRounds { rounds: summary.trials, missing: fewest - summary.trials });
    }
    caveats
}

/// Computing threads beyond the cores there are; none where nothing is computed.
pub(super) fn oversubscription(results: &Results, summary: &Summary) -> Option<Caveat> {
    let workload = &results.experiment.workload;
    let cores = results.logical_cpus();
    let workers = summary.workers.unwrap_or_else(|| workload.workers_on(cores));
    let model = summary.contender.model;
    let usable = usable_cpus(model, workload, has_gil(results, &summary.contender), cores);
    // With the interpreter lock one of them computes, whatever their number.
    let computing = if usable < cores { 1 } else { computing_threads(model, workload, workers) };
    let computes = results.nominal.compute_nanos > 0.0 || workload.steps().iter().any(Step::keeps_a_core);
    let noun = Noun::of(model);
    (computes && results.machine.is_some() && computing > cores).then_some(Caveat::Oversubscribed {
        computing,
        noun,
        cores,
    })
}

/// What keeps a run from using all CPUs of the machine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum CpuLimit {
    /// A control-group quota of so many CPUs.
    Quota(f64),
    /// CPU affinity.
    Affinity,
}

/// The limit that makes the usable CPUs fewer than those online; `None` where all are usable.
pub(super) fn cpu_limit(machine: &Machine) -> Option<CpuLimit> {
    let online = machine.online_cpus.filter(|online| *online > machine.logical_cpus)?;
    // The standard library rounds a quota down to whole CPUs, but never to 0.
    let by_quota = |quota: &f64| *quota < f64::from(online) && (*quota as u32).max(1) <= machine.logical_cpus;
    Some(machine.cpu_quota.filter(by_quota).map_or(CpuLimit::Affinity, CpuLimit::Quota))
}

/// Caveats about the run as a whole.
pub(super) fn of_run(results: &Results, most_rounds: u32) -> Vec<Caveat> {
    let mut caveats = Vec::new();
    if let Some(machine) = &results.machine {
        of_machine(machine, &mut caveats);
    }
    for (host, calibration) in results.calibrations.iter() {
        let share = (calibration.wall_over_cpu - 1.0).abs();
        if share > CALIBRATION_SHARE {
            let (kernel, host) = (calibration.kernel.name(), host.title());
            caveats.push(Caveat::Calibration { kernel, host, percent: share * 100.0 });
        }
    }
    let fewest = FEWEST_PAIRS as u32;
    // While more rounds are on their way there is nothing to warn of yet.
    let will_be_few = results.outcome.is_some() || results.rounds.is_some_and(|rounds| rounds < fewest);
    if most_rounds > 0 && most_rounds < fewest && will_be_few {
        caveats.push(Caveat::FewRounds { rounds: most_rounds, missing: fewest - most_rounds });
    }
    let by_os_clock =
        // An interpreter has no other clock, whatever the machine.
        |trial: &Trial| {
            let native = trial.completed().filter(|measured| measured.runtime.is_none());
            native.is_some_and(|measured| measured.tick_source == TickSource::OsClock)
        };
    if results.trials.iter().any(by_os_clock) {
        caveats.push(Caveat::OsClock);
    }
    let in_memory =
        |trial: &Trial| trial.completed()?.file_system.clone().filter(|kind| IN_MEMORY.contains(&kind.as_str()));
    caveats.extend(results.trials.iter().find_map(in_memory).map(|kind| Caveat::InMemoryFiles { kind }));
    caveats
}

fn of_machine(machine: &Machine, caveats: &mut Vec<Caveat>) {
    if machine.debug_build {
        caveats.push(Caveat::DebugBuild);
    }
    let cpus = machine.online_cpus.unwrap_or(machine.logical_cpus);
    if let Some(quota) = machine.cpu_quota.filter(|quota| *quota < f64::from(cpus)) {
        caveats.push(Caveat::QuotaBelowCpus { quota, cpus });
    }
    if cpu_limit(machine) == Some(CpuLimit::Affinity) {
        caveats.push(Caveat::AffinityBelowCpus { allowed: machine.logical_cpus, online: cpus });
    }
    if machine.on_battery == Some(true) {
        caveats.push(Caveat::Battery);
    }
    if let Some(name) = machine.governor.as_ref().filter(|name| *name != "performance") {
        caveats.push(Caveat::Governor { name: name.clone() });
    }
    if machine.virtual_machine == Some(true) {
        caveats.push(Caveat::VirtualMachine);
    }
}

#[cfg(test)]
#[path = "caveat_tests.rs"]
mod tests;
