//! `doctor`: what matters for measuring on this machine.

use std::time::Duration;

use serde::Serialize;

use super::interpreters;
use super::terminal::{print, print_json};
use crate::printable;
use crate::python::Interpreters;
use crate::session::Throttling;
use crate::session::interpreters::Wanted;
use crate::session::machine::{self, Limits, Machine};
use crate::session::noise::{self, Noise};
use crate::units;

#[derive(Serialize)]
struct Report {
    machine: Machine,
    noise: Noise,
    interpreters: Interpreters,
    /// Since the control group was created.
    throttling: Option<Throttling>,
}

/// Time for which other programs are watched.
const WATCH: Duration = Duration::from_secs(1);

pub(super) fn doctor(json: bool) -> u8 {
    let report = Report {
        machine: Machine::probe(),
        noise: noise::check(WATCH),
        interpreters: interpreters::find(&Wanted::All),
        throttling: machine::throttling(),
    };
    if json { print_json(&report) } else { print(&render(&report)) }
}

fn render(Report { machine, noise, interpreters, throttling }: &Report) -> String {
    let unknown = || "not known".to_owned();
    let number = |value: Option<u64>| value.map_or_else(|| "no limit, or not known".to_owned(), units::count);
    let yes = |value: Option<bool>| value.map_or_else(unknown, |yes| if yes { "yes" } else { "no" }.to_owned());
    let Limits {
        max_map_count,
        max_user_processes,
        threads_max,
        pid_max,
        cgroup_pids_max,
        max_open_files,
        cgroup_memory_max,
    } = &machine.limits;
    let build = if machine.debug_build { " (debug build: its figures are no measurements)" } else { "" };
    let rows = [
        ("lab", format!("{}{build}", machine.lab_version)),
        ("system", format!("{}, kernel {}", machine.os, machine.kernel.clone().unwrap_or_else(unknown))),
        ("CPU", format!("{} ({})", machine.cpu.clone().unwrap_or_else(unknown), machine.arch)),
        (
            "cores",
            format!(
                "{} usable by this process, {} logical, {} physical",
                machine.cpus.usable,
                machine.cpus.online.map_or_else(unknown, |cpus| cpus.to_string()),
                machine.cpus.physical.map_or_else(unknown, |cores| cores.to_string()),
            ),
        ),
        ("CPU quota", machine.cpu_quota.map_or_else(|| "none".to_owned(), |quota| format!("{quota} CPUs"))),
        (
            "throttled",
            throttling.map_or_else(unknown, |Throttling { periods, throttled, throttled_nanos }| match periods {
                0 => "never: no CPU quota was in force".to_owned(),
                _ => format!(
                    "in {} of {} periods of the quota{}",
                    units::count(throttled),
                    units::count(periods),
                    throttled_nanos.map_or_else(String::new, |nanos| format!(", {}", units::duration(nanos as f64))),
                ),
            }),
        ),
        ("last-level cache", machine.last_level_cache_bytes.map_or_else(unknown, |bytes| units::bytes(bytes as f64))),
        ("memory", machine.memory_bytes.map_or_else(unknown, |bytes| units::bytes(bytes as f64))),
        (
            "governor",
            machine.governor.clone().unwrap_or_else(|| "hidden by the system or the virtual machine".to_owned()),
        ),
        ("virtual machine", yes(machine.virtual_machine)),
        ("on battery", yes(machine.on_battery)),
        ("kernel clock", machine.clock_source.clone().unwrap_or_else(unknown)),
        ("spans stamped by", machine.span_clock.clone()),
        ("load average", machine.load_average.map_or_else(unknown, |load| format!("{load:.2} over one minute"))),
        (
            "other programs",
            noise.foreign_cpu_percent.map_or_else(unknown, |percent| {
                format!(
                    "used {} of the usable cores during {}",
                    units::percent(percent),
                    units::duration(noise.watched_nanos as f64)
                )
            }),
        ),
        ("core to core", core_to_core(noise)),
        (
            "memory maps",
            format!(
                "{} a process (about {} threads)",
                number(*max_map_count),
                number(max_map_count.map(|maps| maps / 4))
            ),
        ),
        ("threads", format!("{} on the machine", number(*threads_max))),
        ("process ids", number(*pid_max)),
        ("processes", format!("{} for this user", number(*max_user_processes))),
        ("pids.max", number(*cgroup_pids_max)),
        ("open files", number(*max_open_files)),
        ("memory.max", cgroup_memory_max.map_or_else(|| number(None), |bytes| units::bytes(bytes as f64))),
    ];
    let mut text: String = rows.iter().map(|(name, value)| format!("{name:<18}{value}\n")).collect();
    text.push_str(&render_interpreters(interpreters));
    text
}

fn core_to_core(noise: &Noise) -> String {
    let trip =
        |nanos: f64| format!("{} for a cache line's round trip, the least of several passes", units::duration(nanos));
    let median = noise.round_trip_median_nanos.map_or_else(|| "longer".to_owned(), units::duration);
    match (noise.round_trip_nanos, noise.round_trip_disturbed) {
        (_, None) => "not measured: one core only".to_owned(),
        (None, _) => format!("not measured: a round trip took {median}, so one of the two threads was without a core"),
        (Some(nanos), Some(false)) => trip(nanos),
        (Some(nanos), Some(true)) => format!("{}; disturbed: half of the passes took {median} or more", trip(nanos)),
    }
}

/// Usable interpreters in order, then those that can't be used, with the reason.
fn render_interpreters(interpreters: &Interpreters) -> String {
    let mut text = String::new();
    if interpreters.usable.is_empty() {
        text.push_str("Python            none that can be used\n");
    }
    for (place, one) in interpreters.usable.iter().enumerate() {
        let name = format!("Python {}", one.tag);
        let first = if place == 0 { ", the one that py-* means" } else { "" };
        text.push_str(&format!(
            "{name:<18}{}{first}\n{:18}{} ({})\n",
            printable::line(&one.describe()),
            "",
            printable::line(&one.path.display().to_string()),
            one.found
        ));
    }
    for one in &interpreters.not_started {
        text.push_str(&format!(
            "not started       {} ({}): {}\n",
            printable::path(&one.path),
            one.found,
            printable::line(&one.reason)
        ));
    }
    for one in &interpreters.rejected {
        let (path, reason) =
            (one.path.display().to_string(), printable::shortened(&one.reason, printable::LONGEST_MESSAGE));
        let place = if one.passed_over { "; py-* would mean it" } else { "" };
        text.push_str(&format!("not used          {} ({}): {reason}{place}\n", printable::line(&path), one.found));
    }
    text
}
