//! Sentences of the CPU view: mean usage, and the sample under the pointer.

use super::strips::Strips;
use crate::analysis::cpu_usage::{CpuUsage, UsageMeans};
use crate::units::{self, plural};

/// Describes the mean usage: "its own processes used 0.47 of 2 cores, everything else 1.20 on average".
pub fn usage(means: &UsageMeans, cores: usize) -> String {
    let cores = plural(cores as u64, "core");
    match means.own_and_other {
        Some((own, other)) => {
            format!("its own processes used {own:.2} of {cores}, everything else {other:.2} on average")
        }
        None => format!(
            "the machine used {:.2} of {cores} on average; the share of its own processes was not measured",
            means.busy_cores
        ),
    }
}

/// Describes the lab's own share, to follow another text; empty if it is not known.
pub fn lab_share(means: &UsageMeans) -> String {
    means
        .lab_cores
        .map_or_else(String::new, |cores| format!(" · the lab itself {} of a core", units::percent(cores * 100.0)))
}

/// Describes the sample at a moment; with a core, its usage. `None` beyond the trials.
pub fn sample_at(usage: &CpuUsage, strips: Strips, warmup: bool, ms: f64, below_top: f32) -> Option<String> {
    if ms < 0.0 {
        return None;
    }
    let trial = usage.trial_ends_ms.iter().position(|end| ms <= *end)?;
    let name = if warmup { "the warm-up".to_owned() } else { format!("trial {}", trial + 1) };
    let Some(index) = usage.sample_at(ms) else {
        return Some(format!("Nothing was sampled here, in {name}"));
    };
    let sample = &usage.samples[index];
    let time = units::duration(sample.at_ms * 1e6);
    let core = strips.core_at(below_top).and_then(|core| Some((core, usage.core_percent(index).get(core)?)));
    if let Some((core, percent)) = core {
        let busy = units::percent(f64::from(*percent));
        return Some(format!("core {core}: {busy} busy up to {time} of {name}"));
    }
    let lab_of = |cores: f64| format!(" (of that the lab itself {} of a core)", units::percent(cores * 100.0));
    let lab = sample.lab_cores.map_or_else(String::new, lab_of);
    let used = match (sample.own_cores, sample.other_cores()) {
        (Some(own), Some(other)) => format!("own processes {own:.2} cores, everything else {other:.2}{lab}"),
        _ => format!("{:.2} cores busy; the share of own processes was not measured", sample.busy_cores),
    };
    Some(format!("{used}, up to {time} of {name}"))
}
