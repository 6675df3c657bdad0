//! The two runs of a comparison, and one fact in both of them.

use std::fmt;

/// One of the two runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The run that is compared with.
    Old,
    /// The run that is compared.
    New,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Old => "OLD",
            Self::New => "NEW",
        })
    }
}

/// One fact in both runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changed<T> {
    /// In the run that is compared with.
    pub old: T,
    /// In the run that is compared.
    pub new: T,
}

impl<T: PartialEq> Changed<T> {
    /// Returns the two if they differ.
    pub fn if_differs(old: T, new: T) -> Option<Self> {
        (old != new).then_some(Self { old, new })
    }
}
