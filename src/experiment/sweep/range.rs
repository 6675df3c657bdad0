//! The range of values that a swept setting may take, and how a value is shown.

use std::fmt;

use crate::units;
use crate::workload::{LONGEST_STEP_MS, Unit};

/// Values that a swept setting may take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ValueRange {
    /// Whole numbers.
    Whole {
        /// The smallest one.
        least: u64,
        /// The largest one.
        most: u64,
        /// Noun that is counted.
        unit: Unit,
    },
    /// Milliseconds, 0 to [`LONGEST_STEP_MS`].
    Milliseconds,
    /// A share from 0 to 1.
    Share,
}

impl ValueRange {
    /// Returns true where only whole numbers are allowed.
    #[must_use]
    pub const fn is_whole(self) -> bool {
        matches!(self, Self::Whole { .. })
    }

    /// Returns true for an allowed value.
    #[must_use]
    pub fn contains(self, value: f64) -> bool {
        match self {
            Self::Whole { least, most, .. } => value.fract() == 0.0 && (least as f64..=most as f64).contains(&value),
            Self::Milliseconds => (0.0..=LONGEST_STEP_MS).contains(&value),
            Self::Share => (0.0..=1.0).contains(&value),
        }
    }

    /// Formats a value for people.
    #[must_use]
    pub fn show(self, value: f64) -> String {
        match self {
            Self::Whole { unit: Unit::Count, .. } => units::count(value.round() as u64),
            Self::Whole { unit: Unit::Bytes, .. } => units::size(value.round() as u64),
            Self::Whole { unit: Unit::Mib, .. } => format!("{} MiB", units::count(value.round() as u64)),
            Self::Milliseconds => units::milliseconds(value),
            Self::Share => units::percent(value * 100.0),
        }
    }
}

impl fmt::Display for ValueRange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole { least, most, .. } => {
                write!(out, "whole numbers from {} to {}", units::count(*least), units::count(*most))
            }
            Self::Milliseconds => write!(out, "0 to {LONGEST_STEP_MS} milliseconds"),
            Self::Share => out.write_str("0 to 1"),
        }
    }
}
