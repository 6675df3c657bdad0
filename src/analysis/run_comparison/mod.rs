//! Comparison of two runs of one workload: which contender takes more or less time in the newer one, and what differs
//! between the machines and settings. The runs were not interleaved, so nothing is paired. Facts only; sentences are in
//! `words`.

mod contenders;
mod difference;
mod drift;
mod environment;
mod facts;
mod mean;
mod mismatch;
mod pair;
#[cfg(test)]
mod tests;
mod unpaired;
mod words;
mod workload;

pub use difference::EnvironmentDifference;
pub use facts::{ContenderChange, Drift, MeanChange, RunComparison, Unmatched, WhyUnmatched};
pub use mismatch::NotComparable;
pub use pair::{Changed, Side};
pub use unpaired::UnpairedRatio;
pub use workload::check;

use crate::results::RunResults;

/// Compares two runs of one workload.
///
/// # Errors
/// Reason why the runs can't be compared: another workload, or no contender in common.
pub fn compare_runs(old: &RunResults, new: &RunResults) -> Result<RunComparison, NotComparable> {
    check(old, new)?;
    let contenders::Matches { rows, unmatched } = contenders::matches(old, new);
    Ok(RunComparison {
        started_at_ms: Changed { old: old.first().started_at_ms, new: new.first().started_at_ms },
        differences: environment::differences(old, new),
        mean: mean::mean(old, new, &rows),
        drift: drift::drift(old, new),
        amounts_differ: drift::amounts_differ(old, new),
        rows,
        unmatched,
        points_in_one: workload::points_in_one(old, new),
    })
}
