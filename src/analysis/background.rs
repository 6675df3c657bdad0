//! Shares of the CPU that other programs, the lab and the host of a virtual machine took during a run.

use crate::trial::{Background, BackgroundShares, Trial};

/// Other programs' share of the usable CPUs above which it is a caveat, percent.
pub const FOREIGN_PERCENT: f64 = 2.0;

/// Shares of the usable CPUs over all completed trials together; `None` below [`Background::LEAST_NANOS`].
pub(super) fn background<'a>(trials: impl Iterator<Item = &'a Trial>) -> Option<BackgroundShares> {
    Background::shares(trials.filter(|trial| trial.completed().is_some()).filter_map(|trial| trial.background))
}

/// Returns true if this share of CPU time used by other programs is a caveat.
pub(super) fn is_foreign(percent: &f64) -> bool {
    *percent > FOREIGN_PERCENT
}
