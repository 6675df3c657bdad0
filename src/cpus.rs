//! Number of CPUs: those of the machine and those that this process may use. The only caller of
//! `available_parallelism`.

mod selection;

use serde::Serialize;

pub use selection::{ALLOWED_CPUS, CpuList, CpuSelection, HIGHEST_CPU, InvalidCpus};

/// Numbers of CPUs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Cpus {
    /// Logical CPUs that this process may use, by affinity and quota.
    #[serde(rename = "logical_cpus")]
    pub usable: u32,
    /// Logical CPUs of the machine; `None` if the system does not report them.
    #[serde(rename = "online_cpus")]
    pub online: Option<u32>,
    /// Physical cores of the machine; `None` if the system does not report them.
    #[serde(rename = "physical_cores")]
    pub physical: Option<u32>,
}

/// Returns the number of logical CPUs that this process may use, at least 1.
#[must_use]
pub fn usable() -> u32 {
    std::thread::available_parallelism().map_or(1, |cpus| u32::try_from(cpus.get()).unwrap_or(u32::MAX))
}
