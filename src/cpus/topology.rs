//! CPUs of this machine by number: those that this process may use, one of each physical core, and the fast ones. Read
//! once; Linux only, since other systems either can't limit a process to CPUs or are not asked yet.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use super::selection::{CpuList, CpuSelection};

/// The reason why a selection can't be used on this machine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CpusUnavailable {
    /// The system can't limit processes to CPUs, or not by number.
    #[error("this system can't limit a process to certain CPUs")]
    NotSupported,
    /// A CPU does not exist, or this process may not use it.
    #[error("CPU {cpu} can't be used here: allowed are {}", .allowed.joined(","))]
    NotAllowed {
        /// The CPU.
        cpu: u32,
        /// CPUs that this process may use.
        allowed: CpuList,
    },
    /// The system does not report which CPUs these are.
    #[error("the system does not report which CPUs are {0} ones; name them by number")]
    Unknown(CpuSelection),
}

/// CPUs by number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Topology {
    /// CPUs that this process may use.
    allowed: CpuList,
    /// The first of them on each physical core; `None` if the system does not report cores.
    one_per_core: Option<CpuList>,
    /// The fast ones of them; all where there is one kind.
    performance: CpuList,
}

/// Returns the CPUs that a selection means on this machine.
///
/// # Errors
/// The reason why it can't be used.
pub fn select(selection: &CpuSelection) -> Result<CpuList, CpusUnavailable> {
    let topology = here().ok_or(CpusUnavailable::NotSupported)?;
    topology.select(selection)
}

/// Returns the CPUs that this process may use; `None` if the system does not report them.
#[must_use]
pub fn allowed() -> Option<&'static CpuList> {
    here().map(|topology| &topology.allowed)
}

/// Returns the topology of this machine as it was at the first call.
pub(super) fn here() -> Option<&'static Topology> {
    static HERE: OnceLock<Option<Topology>> = OnceLock::new();
    HERE.get_or_init(|| {
        let status = fs::read_to_string("/proc/self/status").ok()?;
        Topology::read(&status, Path::new("/sys/devices"))
    })
    .as_ref()
}

impl Topology {
    /// Reads the process's status and the system's description of its CPUs.
    fn read(status: &str, devices: &Path) -> Option<Self> {
        let allowed = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?;
        let allowed: CpuList = allowed.trim().parse().ok()?;
        let number = |cpu: u32, file: &str| {
            let text = fs::read_to_string(devices.join(format!("system/cpu/cpu{cpu}/{file}"))).ok()?;
            text.trim().parse::<u64>().ok()
        };
        let mut cores = BTreeSet::new();
        let mut first = Vec::new();
        let mut known = true;
        for cpu in allowed.cpus() {
            match (number(*cpu, "topology/physical_package_id"), number(*cpu, "topology/core_id")) {
                (Some(package), Some(core)) if cores.insert((package, core)) => first.push(*cpu),
                (Some(_), Some(_)) => {}
                _ => known = false,
            }
        }
        let performance = Self::performance(&allowed, devices, |cpu| number(cpu, "cpu_capacity"));
        let one_per_core = CpuList::new(first).filter(|_| known);
        Some(Self { allowed, one_per_core, performance })
    }

    /// Returns the fast CPUs: those of the kernel's device `cpu_core`, else those of the highest capacity.
    fn performance(allowed: &CpuList, devices: &Path, capacity: impl Fn(u32) -> Option<u64>) -> CpuList {
        let within = |chosen: &dyn Fn(u32) -> bool| {
            CpuList::new(allowed.cpus().iter().copied().filter(|cpu| chosen(*cpu)).collect())
        };
        let device = fs::read_to_string(devices.join("cpu_core/cpus")).ok();
        if let Some(fast) = device.and_then(|text| text.trim().parse::<CpuList>().ok()) {
            return within(&|cpu| fast.cpus().contains(&cpu)).unwrap_or_else(|| allowed.clone());
        }
        let most = allowed.cpus().iter().filter_map(|cpu| capacity(*cpu)).max();
        most.and_then(|most| within(&|cpu| capacity(cpu) == Some(most))).unwrap_or_else(|| allowed.clone())
    }

    /// Returns the CPUs that a selection means.
    pub(super) fn select(&self, selection: &CpuSelection) -> Result<CpuList, CpusUnavailable> {
        match selection {
            CpuSelection::Listed(list) => match list.cpus().iter().find(|cpu| !self.allowed.cpus().contains(cpu)) {
                Some(cpu) => Err(CpusUnavailable::NotAllowed { cpu: *cpu, allowed: self.allowed.clone() }),
                None => Ok(list.clone()),
            },
            CpuSelection::Physical => {
                self.one_per_core.clone().ok_or_else(|| CpusUnavailable::Unknown(selection.clone()))
            }
            CpuSelection::Performance => Ok(self.performance.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, file: &str, text: &str) {
        let path = folder.join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("created");
        fs::write(path, text).expect("written");
    }

    fn listed(text: &str) -> CpuList {
        text.parse().expect("a list")
    }

    #[test]
    fn cores_and_fast_cpus_are_those_that_the_system_describes() {
        let folder = tempfile::tempdir().expect("a folder");
        // Two cores with two threads each, and two slow cores.
        for (cpu, core, capacity) in [(0, 0, 1024), (1, 0, 1024), (2, 1, 1024), (3, 1, 1024), (4, 8, 400), (5, 9, 400)]
        {
            write(folder.path(), &format!("system/cpu/cpu{cpu}/topology/core_id"), &format!("{core}\n"));
            write(folder.path(), &format!("system/cpu/cpu{cpu}/topology/physical_package_id"), "0\n");
            write(folder.path(), &format!("system/cpu/cpu{cpu}/cpu_capacity"), &format!("{capacity}\n"));
        }
        let status = |allowed: &str| format!("Name:\tx\nCpus_allowed_list:\t{allowed}\nMems_allowed_list:\t0\n");
        let all = Topology::read(&status("0-5"), folder.path()).expect("a topology");
        assert_eq!(all.select(&CpuSelection::Physical), Ok(listed("0,2,4-5")));
        assert_eq!(all.select(&CpuSelection::Performance), Ok(listed("0-3")));
        let some = Topology::read(&status("1-2,5"), folder.path()).expect("a topology");
        assert_eq!(some.select(&CpuSelection::Physical), Ok(listed("1-2,5")));
        assert_eq!(some.select(&CpuSelection::Performance), Ok(listed("1-2")));
        let missing = some.select(&CpuSelection::Listed(listed("1,3"))).expect_err("not allowed").to_string();
        assert_eq!(missing, "CPU 3 can't be used here: allowed are 1-2,5");
        // Intel's kernel driver names the fast ones itself.
        write(folder.path(), "cpu_core/cpus", "2-3\n");
        let hybrid = Topology::read(&status("0-5"), folder.path()).expect("a topology");
        assert_eq!(hybrid.select(&CpuSelection::Performance), Ok(listed("2-3")));
    }

    #[test]
    fn a_machine_without_descriptions_has_one_kind_of_cpu_and_unknown_cores() {
        let folder = tempfile::tempdir().expect("a folder");
        let plain = Topology::read("Cpus_allowed_list:\t0-3\n", folder.path()).expect("a topology");
        assert_eq!(plain.select(&CpuSelection::Performance), Ok(listed("0-3")));
        let unknown = plain.select(&CpuSelection::Physical).expect_err("unknown").to_string();
        assert!(unknown.contains("physical"), "{unknown}");
        assert_eq!(Topology::read("Name:\tx\n", folder.path()), None);
    }
}
