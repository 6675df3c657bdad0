//! Explanation and remedy of each caveat.

use super::{Caveat, plural};
use crate::printable;
use crate::trial::{DifferingResult, ExternalScheduler, NotCompared};
use crate::units;

impl Caveat {
    /// Explains the caveat and what to do about it.
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
                "The HTTP server used {} of its one core while this model ran, so the times may measure the server and not the model. Use fewer tasks in flight, a smaller body or a longer latency.",
                units::percent(*percent)
            ),
            Self::Outliers { count, trials } => format!(
                "{count} of {trials} trials {} far from the others. They are counted, never removed: look at the single trials, and run more rounds if something else caused them.",
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
                "A control-group quota allows {} of {cpus} CPUs, so models that use all cores are paused from time to time. Raise the quota, or choose workers to fit.",
                units::short(*quota)
            ),
            Self::AffinityBelowCpus { allowed, online } => format!(
                "The CPU affinity of this process (taskset, a container, a service manager) allows {allowed} of {online} CPUs, so no model can use the others. Start the lab without it to measure the whole machine."
            ),
            Self::Calibration { kernel, host, percent } => format!(
                "While {kernel} was calibrated on {host}, wall time differed by {} from the time that it computed: something else held the core. The amount of work is the same for every model there, but its nominal milliseconds may be off; run again on a quiet machine.",
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
                "The CPU's counter is not trusted on this machine, so each task's timestamps come from the system clock: about 30 ns more a task. It matters only for tasks of a few microseconds or less.".to_owned()
            }
            Self::BeyondIdeal { .. } => {
                "This model took less time than the calibration allows: the machine was slower while the kernels were calibrated than while it ran. The models can still be compared, since all did the same work; the nominal durations and the ideals are off. Run again on a quiet machine.".to_owned()
            }
            Self::ResultsDiffer(differing) => results_differ(differing),
            Self::ResultsNotCompared(NotCompared::Address) => {
                "The repr of a result contains an address in memory, which differs from run to run, so the results were not compared. Return plain values, or define __repr__, to have them compared.".to_owned()
            }
            Self::ResultsNotCompared(NotCompared::TooLarge) => {
                "The results were not compared: the repr of all of them together is longer than 256 MiB, or can't be made. Return less, such as a hash or a length.".to_owned()
            }
            Self::LeftProcesses { count: 1 } => {
                "A process that the code had started was still running when a trial was over, and the lab ended it. The times don't include what it would still have done. Let the code wait for what it starts.".to_owned()
            }
            Self::LeftProcesses { count } => format!(
                "Up to {} processes that the code had started were still running when a trial was over, and the lab ended them. The times don't include what they would still have done. Let the code wait for what it starts.",
                units::count(u64::from(*count))
            ),
            Self::ExternalScheduler(external) => external_scheduler(external),
            Self::LoopHeld { tasks } => format!(
                "No two of the {} calls were in flight at the same moment, in any trial: the event loop ran them one after the other. A plain function, or a coroutine function that never awaits, holds the loop until it returns. Await inside it, or hand it to threads, as py-asyncio-threads does with asyncio.to_thread.",
                units::count(u64::from(*tasks))
            ),
            Self::PythonPassedOver(passed) => format!(
                "{}. Run again when the machine is less busy, or name the interpreter: with --python in the terminal, under \"Interpreters…\" in the window.",
                units::capitalised(&passed.to_string())
            ),
            Self::InMemoryFiles { kind } => format!(
                "The temporary folder is on {kind}, a file system in memory: nothing reaches storage, and fsync has nothing to wait for. Set TMPDIR to a folder on a disk and run again."
            ),
        }
    }
}

fn external_scheduler(external: &ExternalScheduler) -> String {
    let address = printable::line(&external.address);
    let spans = match external.same_clock {
        true => "They read the clock of this machine, so the tasks are on the timeline.",
        false => {
            "They do not read the clock of this machine, so it is not known when tasks ran: a latency is the time from submitting a task to learning here that it is done."
        }
    };
    format!(
        "The tasks ran on the workers of the dask scheduler at {address}, which the lab did not start. {spans} Their CPU time and memory are not measured, other programs may have used them, and the lengths of computations were calibrated on this machine. Their number is the scheduler's, whatever the experiment says."
    )
}

fn results_differ(differing: &DifferingResult) -> String {
    let DifferingResult { task, found, expected, other } = differing;
    let values = match task {
        Some(task) => format!(
            "Task {task} returned {} here and {} in the first trial, under {}.",
            printable::value(found),
            printable::value(expected),
            printable::line(other)
        ),
        None => format!("A task returned another value than in the first trial, under {}.", printable::line(other)),
    };
    format!(
        "{values} The function is not deterministic, or not safe to share between threads. Where its results depend on the time, on chance or on the process, this is expected."
    )
}
