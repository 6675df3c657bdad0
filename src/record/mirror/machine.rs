//! The machine of a run as a row of `machine`.

use super::row::{RowIn, RowOut};
use crate::cpus::Cpus;
use crate::record::error::Problem;
use crate::session::Machine;
use crate::session::machine::Limits;

pub(in crate::record) fn write(machine: &Machine) -> RowOut {
    let mut row = RowOut::default();
    let limits = &machine.limits;
    row.text("lab_version", machine.lab_version.as_str())
        .put("debug_build", machine.debug_build)
        .text("os", machine.os.as_str())
        .text("kernel", machine.kernel.as_deref())
        .text("arch", machine.arch.as_str())
        .text("cpu", machine.cpu.as_deref())
        .put("logical_cpus", machine.cpus.usable)
        .put("online_cpus", machine.cpus.online)
        .put("physical_cores", machine.cpus.physical)
        .number("memory_bytes", machine.memory_bytes)
        .number("last_level_cache_bytes", machine.last_level_cache_bytes)
        .put("cpu_quota", machine.cpu_quota)
        .text("governor", machine.governor.as_deref())
        .text("clock_source", machine.clock_source.as_deref())
        .text("span_clock", machine.span_clock.as_str())
        .put("virtual_machine", machine.virtual_machine)
        .put("load_average", machine.load_average)
        .put("on_battery", machine.on_battery)
        .number("max_map_count", limits.max_map_count)
        .number("max_user_processes", limits.max_user_processes)
        .number("threads_max", limits.threads_max)
        .number("pid_max", limits.pid_max)
        .number("cgroup_pids_max", limits.cgroup_pids_max)
        .number("max_open_files", limits.max_open_files)
        .number("cgroup_memory_max", limits.cgroup_memory_max)
        .put("cpus_one_per_core", machine.cpus.one_per_core)
        .put("performance_cpus", machine.cpus.performance);
    row
}

pub(in crate::record) fn read(row: &RowIn<'_>) -> Result<Machine, Problem> {
    let any = |column| row.long_number(column);
    let logical_cpus = row.small("logical_cpus")?;
    let debug_build = row.flag("debug_build")?;
    Ok(Machine {
        lab_version: row.needed_line("lab_version")?,
        debug_build: row.needed("debug_build", debug_build)?,
        os: row.needed_line("os")?,
        kernel: row.line("kernel")?,
        arch: row.needed_line("arch")?,
        cpu: row.line("cpu")?,
        cpus: Cpus {
            usable: row.needed("logical_cpus", logical_cpus)?,
            online: row.small("online_cpus")?,
            physical: row.small("physical_cores")?,
            one_per_core: row.small("cpus_one_per_core")?,
            performance: row.small("performance_cpus")?,
        },
        memory_bytes: any("memory_bytes")?,
        last_level_cache_bytes: any("last_level_cache_bytes")?,
        cpu_quota: row.real("cpu_quota")?,
        governor: row.line("governor")?,
        clock_source: row.line("clock_source")?,
        span_clock: row.needed_line("span_clock")?,
        virtual_machine: row.flag("virtual_machine")?,
        load_average: row.real("load_average")?,
        on_battery: row.flag("on_battery")?,
        limits: Limits {
            max_map_count: any("max_map_count")?,
            max_user_processes: any("max_user_processes")?,
            threads_max: any("threads_max")?,
            pid_max: any("pid_max")?,
            cgroup_pids_max: any("cgroup_pids_max")?,
            max_open_files: any("max_open_files")?,
            cgroup_memory_max: any("cgroup_memory_max")?,
        },
    })
}
