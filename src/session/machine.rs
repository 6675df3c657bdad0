//! The machine that the trials ran on, as recorded in every export and shown by `doctor`.

use serde::Serialize;

/// What is known of this machine. `None` where the system does not say.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Machine {
    /// Version of the lab.
    pub lab_version: String,
    /// True for an unoptimised build of the lab, whose figures are no measurements.
    pub debug_build: bool,
    /// Operating system and version.
    pub os: String,
    /// Kernel version.
    pub kernel: Option<String>,
    /// Instruction set.
    pub arch: String,
    /// Model name of the CPU.
    pub cpu: Option<String>,
    /// CPUs that this process may use: quotas and affinity included.
    pub logical_cpus: u32,
    /// All logical CPUs of the machine.
    pub online_cpus: Option<u32>,
    /// Physical cores.
    pub physical_cores: Option<u32>,
    /// Bytes of memory.
    pub memory_bytes: Option<u64>,
    /// CPUs allowed by a control-group quota, e.g. 1.5.
    pub cpu_quota: Option<f64>,
    /// Frequency governor of CPU 0.
    pub governor: Option<String>,
    /// The kernel's clock source.
    pub clock_source: Option<String>,
    /// What spans are stamped with.
    pub span_clock: String,
    /// The hypervisor, where one is seen.
    pub virtual_machine: Option<bool>,
    /// Load average over one minute.
    pub load_average: Option<f64>,
    /// On battery.
    pub on_battery: Option<bool>,
    /// Limits that per-task models run into.
    pub limits: Limits,
}

/// System limits on threads, processes and files. `None`: unlimited or not said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// `vm.max_map_count`: each thread's stack takes two mappings, with its guard page more.
    pub max_map_count: Option<u64>,
    /// `ulimit -u`: processes and threads of this user.
    pub max_user_processes: Option<u64>,
    /// `kernel.threads-max`.
    pub threads_max: Option<u64>,
    /// `kernel.pid_max`.
    pub pid_max: Option<u64>,
    /// `pids.max` of the control group.
    pub cgroup_pids_max: Option<u64>,
    /// `ulimit -n`: open files.
    pub max_open_files: Option<u64>,
    /// `memory.max` of the control group, bytes.
    pub cgroup_memory_max: Option<u64>,
}
