//! One difference of machine, versions or settings between two runs.

use super::pair::{Changed, Side};
use crate::analysis::Incomplete;
use crate::model::{Contender, Host};
use crate::workload::Kernel;

/// One difference between the environments of two runs.
#[derive(Debug, Clone, PartialEq)]
pub enum EnvironmentDifference {
    /// The machine of this run is not recorded.
    MachineUnknown(Side),
    /// Model name of the CPU.
    Cpu(Changed<Option<String>>),
    /// Instruction set.
    Arch(Changed<String>),
    /// Logical CPUs that the run could use.
    UsableCpus(Changed<u32>),
    /// Logical CPUs of the machine.
    OnlineCpus(Changed<Option<u32>>),
    /// CPUs that a quota allows.
    CpuQuota(Changed<Option<f64>>),
    /// Size of the memory, bytes.
    Memory(Changed<Option<u64>>),
    /// Size of the last-level cache, bytes.
    Cache(Changed<Option<u64>>),
    /// Whether the machine is a virtual one.
    VirtualMachine(Changed<Option<bool>>),
    /// Operating system.
    Os(Changed<String>),
    /// Kernel version.
    Kernel(Changed<Option<String>>),
    /// Frequency governor.
    Governor(Changed<Option<String>>),
    /// Whether it ran on battery.
    OnBattery(Changed<Option<bool>>),
    /// The kernel's clock source.
    ClockSource(Changed<Option<String>>),
    /// Clock of the spans.
    SpanClock(Changed<String>),
    /// Version of the lab.
    LabVersion(Changed<String>),
    /// Whether the lab was built without optimisation.
    DebugBuild(Changed<bool>),
    /// Interpreter and start method that ran these contenders.
    Interpreter {
        /// The contenders.
        contenders: Vec<Contender>,
        /// Descriptions of the interpreter.
        change: Changed<String>,
    },
    /// The user's own code of a step.
    Code {
        /// Number of the step, from 1.
        step: u32,
        /// Descriptions of the code.
        change: Changed<String>,
    },
    /// Speed of a kernel, by calibration.
    Calibration {
        /// The kernel.
        kernel: Kernel,
        /// Its host.
        host: Host,
        /// Time per unit, NEW / OLD.
        ratio: f64,
    },
    /// Seed.
    Seed(Changed<u64>),
    /// Measured rounds.
    Rounds(Changed<u32>),
    /// Warm-up rounds.
    Warmups(Changed<u32>),
    /// Other programs or the host of the virtual machine took CPU time during this run, percent of the usable CPUs.
    Disturbed(Side, f64),
    /// This run did not reach its end.
    Incomplete(Side, Incomplete),
}

impl EnvironmentDifference {
    /// Returns true if a difference in time may come from it, and not from a change of the code that is measured.
    #[must_use]
    pub const fn hides_the_code(&self) -> bool {
        matches!(
            self,
            Self::MachineUnknown(_)
                | Self::Cpu(_)
                | Self::Arch(_)
                | Self::UsableCpus(_)
                | Self::OnlineCpus(_)
                | Self::CpuQuota(_)
                | Self::VirtualMachine(_)
                | Self::Os(_)
                | Self::Kernel(_)
                | Self::Governor(_)
                | Self::OnBattery(_)
                | Self::LabVersion(_)
                | Self::DebugBuild(_)
        )
    }

    /// Returns true if it is about the machine, the system or the lab, not about settings of the run or its course.
    #[must_use]
    pub const fn is_machine(&self) -> bool {
        !matches!(
            self,
            Self::Interpreter { .. }
                | Self::Calibration { .. }
                | Self::Code { .. }
                | Self::Seed(_)
                | Self::Rounds(_)
                | Self::Warmups(_)
                | Self::Disturbed(..)
                | Self::Incomplete(..)
        )
    }
}
