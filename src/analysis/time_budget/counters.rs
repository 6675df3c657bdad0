//! Idle time and other programs' CPU time within the clock of a trial, from the samples of the system's counters.

use super::note::Unsampled;
use crate::results::Results;
use crate::trial::{CpuSample, Measured, SHORTEST_COUNTED_NANOS, Trial};

/// Resolution of the counters, nanoseconds.
const COUNTER_NANOS: f64 = 10e6;
/// Part of the sampled core-seconds by which counters that sample the running program are off.
const SAMPLING_ERROR: f64 = 0.025;

/// Counters of the cores within the clock, nanoseconds of core time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Counted {
    pub(super) idle: u64,
    /// CPU time of the lab; `None` if it was not measured.
    pub(super) lab: Option<u64>,
    /// CPU time of everything but the trial and the lab; `None` if a share of it was not measured.
    pub(super) others: Option<u64>,
    /// Largest error of `idle` and `others`.
    pub(super) error: u64,
}

/// Returns the largest error of a figure of the counters, nanoseconds: a unit for each core, and a part of what was
/// sampled.
pub(super) fn error_nanos(cores: u32, sampled: f64) -> f64 {
    COUNTER_NANOS * f64::from(cores) + SAMPLING_ERROR * sampled
}

/// Reads the samples of a trial.
pub(super) fn counted(results: &Results, trial: &Trial, measured: &Measured, cores: u32) -> Result<Counted, Unsampled> {
    if measured.passes > 1 {
        return Err(Unsampled::Repeated);
    }
    if measured.wall_nanos < SHORTEST_COUNTED_NANOS {
        return Err(Unsampled::TooShort);
    }
    let machine = trial.cpu.first().ok_or(Unsampled::NoSamples)?.usage_percent.len() as u32;
    // The counters of some of the CPUs would have to be chosen by their numbers, which are not known here.
    if machine != cores || results.cpus().online.is_some_and(|online| online != cores) {
        return Err(Unsampled::OtherCpus { machine, usable: cores });
    }
    let (mut sampled, mut idle, mut lab, mut others) = (0.0, 0.0, Some(0.0), Some(0.0));
    for sample in &trial.cpu {
        let nanos = within_clock(sample, measured.wall_nanos);
        let busy = sample.usage_percent.iter().map(|one| f64::from(*one)).sum::<f64>() / 100.0;
        let share = |percent: Option<f32>| percent.map(|percent| f64::from(percent).max(0.0) / 100.0);
        let (of_lab, of_tree) = (share(sample.lab_percent), share(sample.tree_percent));
        sampled += nanos * f64::from(cores);
        idle += (f64::from(cores) - busy).max(0.0) * nanos;
        lab = lab.zip(of_lab).map(|(sum, cores)| sum + cores * nanos);
        others = others.zip(of_lab).zip(of_tree).map(|((sum, lab), tree)| sum + (busy - lab - tree) * nanos);
    }
    if sampled <= 0.0 {
        return Err(Unsampled::NoSamples);
    }
    let whole = |nanos: f64| nanos.max(0.0).round() as u64;
    let error = whole(error_nanos(cores, sampled));
    Ok(Counted { idle: whole(idle), lab: lab.map(whole), others: others.map(whole), error })
}

/// Returns the part of a sample that lies within the clock, nanoseconds. The last one may go on after it.
fn within_clock(sample: &CpuSample, wall_nanos: u64) -> f64 {
    let wall_ms = wall_nanos as f64 / 1e6;
    let from = (sample.at_ms - sample.width_ms).clamp(0.0, wall_ms);
    let nanos = (sample.at_ms.clamp(from, wall_ms) - from) * 1e6;
    if nanos.is_finite() { nanos } else { 0.0 }
}
