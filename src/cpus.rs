//! The CPUs of this machine, and which of them may be used. The only place that asks the standard library.

use serde::Serialize;

/// Numbers of CPUs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Cpus {
    /// Logical CPUs that this process may use: affinity and quota included.
    #[serde(rename = "logical_cpus")]
    pub usable: u32,
    /// Logical CPUs of the machine; `None` where the system does not report them.
    #[serde(rename = "online_cpus")]
    pub online: Option<u32>,
    /// Physical cores of the machine; `None` where the system does not report them.
    #[serde(rename = "physical_cores")]
    pub physical: Option<u32>,
}

/// Logical CPUs that this process may use, at least 1.
#[must_use]
pub fn usable() -> u32 {
    std::thread::available_parallelism().map_or(1, |cpus| u32::try_from(cpus.get()).unwrap_or(u32::MAX))
}
