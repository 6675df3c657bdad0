//! Facts that limit a time budget: why a part is missing, and what a part includes.

/// A limit of a budget's figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// The CPU time of the processes was not measured.
    NoCpuTime,
    /// The tasks ran on the workers of a scheduler that others run.
    ExternalScheduler {
        /// True if its workers read the clock of this machine, so that the phases of the tasks are known.
        same_clock: bool,
    },
    /// The CPU time of the processes, nanoseconds, exceeds all cores' time: the clock was too short for the counters.
    CpuTimeExceeds(u64),
    /// Computing of tasks can't be told from the other CPU time of the processes.
    Unsplit(Unsplit),
    /// Idle time and other programs were not measured.
    Unsampled(Unsampled),
    /// Idle time was measured, other programs were not.
    NoOthers,
    /// The system's counters and the CPU times disagree by more than their error.
    CountersDisagree,
    /// CPU time of programs that tasks started is in no part of its own.
    Programs,
    /// More tasks computed at once than there were cores.
    WaitedForCores {
        /// Largest number of tasks that computed at once.
        most: u32,
        /// Cores.
        cores: u32,
    },
    /// The GIL wait, nanoseconds, may be too long by this much: waiting for a core.
    GilError(u64),
    /// The GIL wait, nanoseconds, lies in phases that can't be told.
    GilSomewhere(u64),
    /// The GIL wait was not measured, though tasks shared an interpreter.
    GilUnknown,
    /// Classes that repeat are not in the task-seconds.
    Repeats,
}

/// Reason why computing of tasks can't be told from the other CPU time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsplit {
    /// The phases of the tasks are not in the stored run.
    NotRecorded,
    /// More tasks computed at once than there were cores, so their phases include waiting for a core.
    WaitedForCores {
        /// Largest number of tasks that computed at once.
        most: u32,
        /// Cores.
        cores: u32,
    },
    /// Tasks waited for a lock within the phases.
    Locks,
    /// Tasks waited for the GIL within the phases, and for how long is not known.
    Gil,
    /// Repetitions beside the tasks computed as well.
    Repeats,
    /// The phases are longer than the CPU time: other programs interrupted the tasks.
    Interrupted,
}

/// Reason why idle time and other programs were not measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsampled {
    /// The trial was too short for the counters.
    TooShort,
    /// The samples are of the warm-up's repeats.
    Repeated,
    /// There are no samples.
    NoSamples,
    /// The model may use some of the machine's CPUs, and the counters are of all.
    OtherCpus {
        /// CPUs that were sampled.
        machine: u32,
        /// Cores that the model may use.
        usable: u32,
    },
}
