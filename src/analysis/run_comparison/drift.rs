//! Drift of the machine: within each run, and between their calibrations.

use super::contenders::{counterpart, values, wall};
use super::facts::Drift;
use crate::analysis::statistics::{mean, median};
use crate::experiment::FEWEST_PAIRS;
use crate::model::{Contender, Host};
use crate::results::RunResults;
use crate::workload::{Kernel, Work};

/// Change of a kernel's speed between two runs that is listed, as a share.
pub(super) const CALIBRATION_SHARE: f64 = 0.02;

/// Speed of a kernel in both runs.
pub(super) struct SpeedChange {
    pub(super) kernel: Kernel,
    pub(super) host: Host,
    /// Nanoseconds per unit, NEW / OLD.
    pub(super) ratio: f64,
}

/// Returns the change of each calibration that both runs have, by the hosts of their common contenders.
pub(super) fn speed_changes(old: &RunResults, new: &RunResults) -> Vec<SpeedChange> {
    let mut all: Vec<SpeedChange> = Vec::new();
    for contender in &new.experiment.models {
        let Some(own) = counterpart(old.first(), contender) else { continue };
        all.extend(changes_on(old, &own.host, new, &contender.host, &all));
    }
    all
}

fn changes_on(
    old: &RunResults,
    before: &Host,
    new: &RunResults,
    after: &Host,
    known: &[SpeedChange],
) -> Vec<SpeedChange> {
    let (olds, news) = (&old.first().calibrations, &new.first().calibrations);
    let Some(calibrations) = news.of(after) else { return Vec::new() };
    let change = |kernel: Kernel| {
        let ratio = news.nanos_per_unit(after, kernel)? / olds.nanos_per_unit(before, kernel)?;
        let host = after.base();
        let is_new = known.iter().all(|one| one.kernel != kernel || one.host != host);
        (is_new && ratio.is_finite() && ratio > 0.0).then_some(SpeedChange { kernel, host, ratio })
    };
    calibrations.iter().filter_map(|one| change(one.kernel)).collect()
}

/// Returns what drift was seen.
pub(super) fn drift(old: &RunResults, new: &RunResults) -> Drift {
    let between = speed_changes(old, new).iter().map(|change| share(change.ratio.ln())).reduce(f64::max);
    Drift {
        within_old: within(old),
        within_new: within(new),
        // Runs that share one calibration were not seen to differ, nor not to differ.
        calibration: between.filter(|share| *share > 0.0),
    }
}

/// Change of the median wall time from the first to the second half of the rounds, mean over contenders and points.
fn within(run: &RunResults) -> Option<f64> {
    let halves = |values: Vec<f64>| {
        let (first, second) = values.split_at_checked(values.len() / 2).filter(|_| values.len() >= FEWEST_PAIRS)?;
        Some((median(second)? / median(first)?).ln())
    };
    let changes: Vec<f64> = run
        .points
        .iter()
        .flat_map(|results| results.experiment.models.iter().map(move |contender| (results, contender)))
        .filter_map(|(results, contender)| halves(values(results, contender, wall)))
        .collect();
    mean(&changes).map(share)
}

/// The share by which a ratio differs from 1, in either direction.
fn share(log: f64) -> f64 {
    log.abs().exp_m1()
}

/// Returns true if the iterations of compute steps differ by more than [`CALIBRATION_SHARE`]: they follow the
/// calibration of each host, or of one host for all.
pub(super) fn amounts_differ(old: &RunResults, new: &RunResults) -> bool {
    let changed = |change: &SpeedChange| share(change.ratio.ln()) > CALIBRATION_SHARE;
    let all = speed_changes(old, new);
    if new.experiment.workload.work == Work::SameTime {
        return all.iter().any(changed);
    }
    let base = |run: &RunResults| {
        let hosts = run.experiment.models.iter().map(|one: &Contender| &one.host);
        run.first().calibrations.base(&run.experiment.reference.host, hosts).map(Host::base)
    };
    base(new).is_some_and(|host| {
        // Another base host computes other amounts, whatever the speeds.
        let moved = base(old).is_some_and(|other| other != host);
        moved || all.iter().filter(|change| change.host == host).any(changed)
    })
}
