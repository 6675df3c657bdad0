//! The outcome of a self-check.

use std::path::PathBuf;

use super::caveat::Caveat;
use super::check::{Check, NotMeasured, Outcome};
use super::verdict::Verdict;
use crate::session::Machine;

/// All checks of a self-check, and what limits them.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The machine.
    pub machine: Machine,
    /// The interpreter that Python models were checked on: its description and its path; `None` if none was.
    pub python: Option<(String, PathBuf)>,
    /// The checks in order.
    pub checks: Vec<Check>,
    /// Limitations of all of them.
    pub caveats: Vec<Caveat>,
    /// Duration of the self-check.
    pub seconds: f64,
}

/// Number of checks by their conclusion.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VerdictCounts {
    /// Supported.
    pub supported: usize,
    /// Supported with a caveat.
    pub with_caveat: usize,
    /// Not supported.
    pub not_supported: usize,
    /// Measured by a debug build.
    pub not_judged: usize,
    /// Nothing to measure, or cancelled.
    pub not_measured: usize,
    /// Failed.
    pub failed: usize,
}

impl Report {
    /// Counts the checks by their conclusion.
    #[must_use]
    pub fn counts(&self) -> VerdictCounts {
        let mut counts = VerdictCounts::default();
        for check in &self.checks {
            let count = match (&check.outcome, check.verdict) {
                (Outcome::Failed(_), _) => &mut counts.failed,
                (Outcome::NotMeasured(_), _) | (_, None) => &mut counts.not_measured,
                (_, Some(Verdict::Supported)) => &mut counts.supported,
                (_, Some(Verdict::WithCaveat)) => &mut counts.with_caveat,
                (_, Some(Verdict::NotSupported)) => &mut counts.not_supported,
                (_, Some(Verdict::NotJudged)) => &mut counts.not_judged,
            };
            *count += 1;
        }
        counts
    }

    /// Returns true if the user ended the self-check before all checks were taken.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.checks.iter().any(|check| check.outcome == Outcome::NotMeasured(NotMeasured::Cancelled))
    }

    /// Returns true if a check failed.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.checks.iter().any(Check::has_failed)
    }
}
