//! Limitations of figures on this machine: typed, each with a label and a remedy.

use super::limits::{READING_NANOS, SYSTEM_READING_NANOS};
use crate::analysis;
use crate::clock::StampClock;
use crate::model::ModelId;
use crate::session::Machine;
use crate::trial::{BackgroundShares, FOREIGN_PERCENT, STEAL_PERCENT};
use crate::units;
use crate::workload::Kernel;

/// Limitation of the lab on this machine.
#[derive(Debug, Clone, PartialEq)]
pub enum Caveat {
    /// A property of the machine that limits every run.
    Machine(analysis::Caveat),
    /// Only one core is usable.
    OneCore,
    /// Other programs used the CPU during the self-check.
    ForeignCpu {
        /// Percent of the usable CPUs' time.
        percent: f64,
    },
    /// The host of this virtual machine took CPU time during the self-check.
    Steal {
        /// Percent of the usable CPUs' time.
        percent: f64,
    },
    /// The clock of the tasks is coarse.
    CoarseClock {
        /// Resolution.
        nanos: f64,
    },
    /// Reading the clock of the tasks takes long.
    SlowReading {
        /// Duration of one reading.
        nanos: f64,
        /// The clock.
        clock: StampClock,
        /// True on a virtual machine.
        virtual_machine: bool,
    },
    /// Reading the system's clock takes long.
    SlowSystemClock {
        /// Duration of one reading.
        nanos: f64,
    },
    /// Recording a task costs more than the stamps alone.
    RecordingAboveFloor {
        /// Cost of recording.
        nanos: f64,
        /// Cost of the stamps alone.
        floor: f64,
    },
    /// A runner takes long to start.
    SlowStart {
        /// Time from its start to its hello.
        nanos: f64,
    },
    /// Calibrations of a kernel differ.
    UnsteadyCalibration {
        /// The kernel.
        kernel: Kernel,
        /// Difference of the largest and the smallest, percent of the median.
        percent: f64,
    },
    /// Empty tasks take longer than in a bare program, by more than their stamps.
    EmptyTasks {
        /// The model.
        model: ModelId,
        /// Time added to a task.
        added_nanos: f64,
    },
    /// Tasks of 1 ms take longer than in a bare program.
    BusyTasks {
        /// The model.
        model: ModelId,
        /// Trial / bare program.
        ratio: f64,
    },
    /// The sampled CPU time is off.
    CoarseSampling {
        /// Error, percent.
        percent: f64,
    },
    /// The rule for differences called two copies of one model different.
    FalseAlarm {
        /// Ratio of the two.
        ratio: f64,
    },
    /// Small differences can't be found.
    Insensitive {
        /// Smallest difference that would have been found, percent.
        percent: f64,
    },
    /// The window takes CPU time while trials run.
    LabCpu {
        /// Percent of the usable CPUs' time.
        percent: f64,
    },
    /// The interval of the figure contains its limit.
    Uncertain,
    /// There are too few repetitions for an interval.
    FewRepetitions {
        /// Their number.
        repetitions: u32,
    },
}

/// Share of a task that recording may take before it matters.
const MATTERS_FROM: f64 = 0.01;

impl Caveat {
    /// Returns a short label.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Machine(caveat) => caveat.label(),
            Self::OneCore => "one core".to_owned(),
            Self::ForeignCpu { percent } => format!("other programs used {}", units::percent(*percent)),
            Self::Steal { percent } => format!("host took {}", units::percent(*percent)),
            Self::CoarseClock { .. } => "coarse clock".to_owned(),
            Self::SlowReading { .. } => "slow clock readings".to_owned(),
            Self::SlowSystemClock { .. } => "slow system clock".to_owned(),
            Self::RecordingAboveFloor { .. } => "recording above its floor".to_owned(),
            Self::SlowStart { .. } => "slow start".to_owned(),
            Self::UnsteadyCalibration { .. } => "unsteady calibration".to_owned(),
            Self::EmptyTasks { .. } => "tiny tasks".to_owned(),
            Self::BusyTasks { .. } => "slower than by hand".to_owned(),
            Self::CoarseSampling { .. } => "coarse CPU samples".to_owned(),
            Self::FalseAlarm { .. } => "false alarm".to_owned(),
            Self::Insensitive { .. } => "small differences unseen".to_owned(),
            Self::LabCpu { percent } => format!("the lab itself used {}", units::percent(*percent)),
            Self::Uncertain => "uncertain".to_owned(),
            Self::FewRepetitions { .. } => "few repetitions".to_owned(),
        }
    }

    /// Explains the caveat and what to do about it.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::Machine(caveat) => caveat.remedy(),
            Self::OneCore => {
                "One core is usable, so no model can compute two tasks at once: only waiting tasks can gain from concurrency here. Compare models that compute on a machine with more cores.".to_owned()
            }
            Self::ForeignCpu { percent } => format!(
                "Other programs used {} of the usable cores during the trials of this self-check, so its figures may be too large. Close them and check again.",
                units::percent(*percent)
            ),
            Self::Steal { percent } => format!(
                "The host of this virtual machine gave {} of its CPU time to others during the trials of this self-check. Check again when the host is quiet.",
                units::percent(*percent)
            ),
            Self::CoarseClock { nanos } => format!(
                "The clock advances in steps of {}, so the duration of a single task can be off by as much. Use tasks of at least {}, or rely on the wall time of all tasks together.",
                units::duration(*nanos),
                units::duration(nanos / MATTERS_FROM)
            ),
            Self::SlowReading { nanos, clock, virtual_machine } => slow_reading(*nanos, *clock, *virtual_machine),
            Self::SlowSystemClock { nanos } => format!(
                "One reading of the system's clock takes {}, more than the {} that one without a system call takes at most. The tasks of Python models are stamped by it. Choose another clock source if the system has one (on Linux: /sys/devices/system/clocksource).",
                units::duration(*nanos),
                units::duration(SYSTEM_READING_NANOS)
            ),
            Self::RecordingAboveFloor { nanos, floor } => format!(
                "Recording a task takes {}, its stamps alone {}. For tasks shorter than {} recording is more than 1 % of the task: use longer tasks where single tasks are compared.",
                units::duration(*nanos),
                units::duration(*floor),
                units::duration(nanos / MATTERS_FROM)
            ),
            Self::SlowStart { nanos } => format!(
                "A runner needs {} to start. No figure of a trial includes that, but every trial waits for it. Exclude the lab from on-access virus scanning, and keep it on a local disk.",
                units::duration(*nanos)
            ),
            Self::UnsteadyCalibration { kernel, percent } => format!(
                "Calibrations of {} differ by {}, so the nominal milliseconds of compute steps and the ideals are no more exact than that. The models can still be compared, since all do the same iterations. Close other programs, and fix the clock speed if you can.",
                kernel.name(),
                units::percent(*percent)
            ),
            Self::EmptyTasks { model, added_nanos } => format!(
                "Under {} the lab adds {} to an empty task, more than its stamps explain. In tasks of at least {} that is 1 % or less: use such tasks to compare this model with others.",
                model.info().title,
                units::duration(*added_nanos),
                units::duration(added_nanos / MATTERS_FROM)
            ),
            Self::BusyTasks { model, ratio } => format!(
                "Under {} tasks of 1 ms take {} longer than in a program written by hand. Differences of that size between this model and others may be the lab's. Check again on a quiet machine; if it stays, use longer tasks.",
                model.info().title,
                units::percent((ratio - 1.0) * 100.0)
            ),
            Self::CoarseSampling { percent } => format!(
                "The CPU time sampled during a trial is {} off what the processes report at its end. Read the CPU view as a picture, and take figures from the column CPU time.",
                units::percent(*percent)
            ),
            Self::FalseAlarm { ratio } => format!(
                "Two copies of the same model were called different ({}). At most about 2 % of comparisons should err like this: check again. If it happens again, something disturbs the machine in a way that the order of the trials does not cancel, and differences of this size mean nothing here.",
                units::ratio(*ratio)
            ),
            Self::Insensitive { percent } => format!(
                "Only a difference of {} or more would have been found between two models with these trials. Run more rounds, close other programs, or use longer tasks to see smaller differences.",
                units::percent(*percent)
            ),
            Self::LabCpu { percent } => format!(
                "The lab used {} of the usable cores while the clock of a trial ran, so a model that keeps all cores busy takes longer than it would alone. Hide the window while it measures, or run in the terminal (concurrency-lab run).",
                units::percent(*percent)
            ),
            Self::Uncertain => {
                "The interval of the figure contains its limit: the repetitions differ too much to say on which side of it the figure is. Check again on a quiet machine.".to_owned()
            }
            Self::FewRepetitions { repetitions } => format!(
                "There {} only {}, too few for a 95 % interval: the self-check was cancelled, or the machine was too slow or too busy for more. Check again on a quiet machine, and let it run to its end.",
                if *repetitions == 1 { "was" } else { "were" },
                units::plural(u64::from(*repetitions), "repetition")
            ),
        }
    }
}

fn slow_reading(nanos: f64, clock: StampClock, virtual_machine: bool) -> String {
    let (reading, usual) = (units::duration(nanos), units::duration(READING_NANOS));
    // Two stamps of a task, and three where it is submitted.
    let (recorded, usually) = (units::duration(3.0 * nanos), units::duration(3.0 * READING_NANOS));
    let shortest = units::duration(3.0 * nanos / MATTERS_FROM);
    let cause = match (clock, virtual_machine) {
        (StampClock::CpuCounter, true) => {
            format!(
                "One reading of the CPU's counter takes {reading} on this virtual machine; on most hardware it takes less than {usual}."
            )
        }
        (StampClock::CpuCounter, false) => {
            format!("One reading of the CPU's counter takes {reading}; on most hardware it takes less than {usual}.")
        }
        (StampClock::OsClock, _) => format!(
            "The CPU's counter is not trusted on this machine, so tasks are stamped by the system's clock: {reading} a reading, instead of less than {usual} by the counter."
        ),
    };
    format!(
        "{cause} Three stamps of a task take about {recorded} instead of at most {usually}. In tasks shorter than {shortest} that is more than 1 % of the task: use longer tasks, or a machine whose clock is read faster."
    )
}

/// Returns the caveats about all checks: those of the machine, and what else used it meanwhile.
pub(super) fn of_machine(machine: &Machine, background: Option<BackgroundShares>) -> Vec<Caveat> {
    let mut all: Vec<Caveat> = analysis::caveats_of_machine(machine).into_iter().map(Caveat::Machine).collect();
    if machine.cpus.usable == 1 {
        all.push(Caveat::OneCore);
    }
    if let Some(shares) = background {
        let foreign = Some(shares.foreign_percent).filter(|percent| *percent > FOREIGN_PERCENT);
        all.extend(foreign.map(|percent| Caveat::ForeignCpu { percent }));
        let steal = shares.steal_percent.filter(|percent| *percent > STEAL_PERCENT);
        all.extend(steal.map(|percent| Caveat::Steal { percent }));
    }
    all
}
