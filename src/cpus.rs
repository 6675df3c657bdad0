//! Number of CPUs: those of the machine and those that this process may use. The only caller of
//! `available_parallelism`. Which CPUs a selection means is in `topology`.

mod selection;
mod topology;

use serde::Serialize;

pub use selection::{ALLOWED_CPUS, CpuList, CpuSelection, HIGHEST_CPU, InvalidCpus};
pub use topology::{CpusUnavailable, allowed, select};

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
    /// CPUs that the selection `physical` means; `None` if it can't be used.
    #[serde(skip)]
    pub one_per_core: Option<u32>,
    /// CPUs that the selection `performance` means; `None` if it can't be used.
    #[serde(skip)]
    pub performance: Option<u32>,
}

/// Only the number of usable CPUs is known.
impl From<u32> for Cpus {
    fn from(usable: u32) -> Self {
        Self { usable, online: None, physical: None, one_per_core: None, performance: None }
    }
}

impl Cpus {
    /// Returns the numbers of this machine that this module can find out.
    #[must_use]
    pub fn here() -> Self {
        let count = |selection| select(&selection).ok().map(|list| list.cpus().len() as u32);
        Self {
            one_per_core: count(CpuSelection::Physical),
            performance: count(CpuSelection::Performance),
            ..Self::from(usable())
        }
    }

    /// Returns the number of CPUs that a process limited to a selection may use. A control-group quota applies to it as
    /// well.
    #[must_use]
    pub fn within(&self, selection: Option<&CpuSelection>) -> u32 {
        let selected = match selection {
            None => None,
            Some(CpuSelection::Listed(list)) => Some(list.cpus().len() as u32),
            Some(CpuSelection::Physical) => self.one_per_core.or(self.physical),
            Some(CpuSelection::Performance) => self.performance,
        };
        selected.unwrap_or(self.usable).min(self.usable).max(1)
    }
}

/// Returns the number of logical CPUs that this process may use, at least 1.
#[must_use]
pub fn usable() -> u32 {
    std::thread::available_parallelism().map_or(1, |cpus| u32::try_from(cpus.get()).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selection_has_at_most_the_cpus_that_a_quota_leaves() {
        let cpus = Cpus { one_per_core: Some(4), performance: Some(2), ..Cpus::from(3) };
        let within = |text: &str| cpus.within(Some(&text.parse().expect("a selection")));
        assert_eq!((within("0"), within("0-7"), within("physical"), within("performance")), (1, 3, 3, 2));
        assert_eq!((cpus.within(None), Cpus::from(3).within(Some(&CpuSelection::Physical))), (3, 3));
    }
}
