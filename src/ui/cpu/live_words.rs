//! Sentences of the live CPU usage: what the latest trial uses, and what is under the pointer.

use std::time::Instant;

use crate::lab::live_usage::LiveTrial;
use crate::trial::CpuSample;
use crate::units::{self, plural};

/// Text below the plot.
pub const HINT: &str = "Below the upper strip: usage of each core by any program. Trials that are too short for the system's counters show their own CPU time and the records of their tasks, in the model's colour; of other programs nothing is known then. Between trials nothing is sampled.";

/// Describes the plot by the latest usage.
pub fn sentence(trials: &[&LiveTrial], cores: usize, now: Instant) -> String {
    let what = "CPU usage of the last 30 s";
    let Some(latest) = trials.iter().rev().find(|trial| !trial.samples.is_empty() || trial.brief.is_some()) else {
        return format!("{what}: nothing sampled yet");
    };
    let title = latest.contender.title();
    let trials = plural(trials.len() as u64, "trial");
    let used = match (latest.samples.last(), &latest.brief) {
        (Some(sample), _) => format!("{title}: {}", of_sample(sample, cores)),
        (None, Some(brief)) => match brief.own_cores {
            Some(own) => format!("{title}: its own processes used {own:.2} of {}", plural(cores as u64, "core")),
            None => format!("{title}: its CPU time was not reported"),
        },
        (None, None) => title,
    };
    let when = match latest.ended {
        None => "now".to_owned(),
        Some(ended) => format!("{} ago", units::duration(now.saturating_duration_since(ended).as_nanos() as f64)),
    };
    format!("{what}, {trials}; {when} {used}")
}

fn of_sample(sample: &CpuSample, cores: usize) -> String {
    let busy = sample.usage_percent.iter().map(|one| f64::from(*one)).sum::<f64>() / 100.0;
    let cores = plural(cores as u64, "core");
    match sample.tree_percent.map(|percent| f64::from(percent) / 100.0) {
        Some(own) => {
            let other = (busy - own).max(0.0);
            format!("its own processes used {own:.2} of {cores}, everything else {other:.2}")
        }
        None => format!("the machine used {busy:.2} of {cores}; the share of its own processes was not measured"),
    }
}

/// Describes a trial at a moment, in seconds since its start; with a core, that core. `None` outside of it.
pub fn at(trial: &LiveTrial, seconds: f64, core: Option<usize>) -> Option<String> {
    let length = trial.ended.map(|ended| ended.saturating_duration_since(trial.started).as_secs_f64());
    if seconds < 0.0 || length.is_some_and(|length| seconds > length) {
        return None;
    }
    let round = if trial.round < 1 { "warm-up round".to_owned() } else { format!("round {}", trial.round) };
    let name = format!("{}, {round}", trial.contender.title());
    let covers = |sample: &&CpuSample| (sample.at_ms - sample.width_ms..=sample.at_ms).contains(&(seconds * 1e3));
    if let Some(sample) = trial.samples.iter().find(covers) {
        let of_core = core.and_then(|core| Some((core, sample.usage_percent.get(core)?)));
        let used = match of_core {
            Some((core, percent)) => format!("core {core} was {} busy", units::percent(f64::from(*percent))),
            None => of_sample(sample, sample.usage_percent.len()),
        };
        return Some(format!("{name}: {used}"));
    }
    let Some(brief) = &trial.brief else { return Some(format!("{name}: not sampled here")) };
    let of_core = core.map(|core| (core, brief.cores.iter().find(|(known, _)| *known as usize == core)));
    Some(match (of_core, brief.own_cores) {
        (Some((core, share)), _) => {
            let share = share.map_or(0.0, |(_, share)| share * 100.0);
            format!("{name}: tasks computed on core {core} for {} of the trial", units::percent(share))
        }
        (None, Some(own)) => format!("{name}: its own processes used {own:.2} cores"),
        (None, None) => format!("{name}: its CPU time was not reported"),
    })
}
