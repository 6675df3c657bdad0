//! Bounds of the memory that a contender's trials needed.

use super::field::Field;
use crate::model::Contender;

/// Least and most bytes of a contender's trials, without the lab's records.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Memory {
    /// No trial needed less than this.
    pub(super) least: f64,
    /// No trial needed more than this.
    pub(super) most: f64,
    /// True if the bounds are of several processes: the sum of their peaks above, their memory at one moment below.
    pub(super) is_of_processes: bool,
}

/// Returns the bounds over six trials or more; `None` if they were not measured.
pub(super) fn memory(field: &Field<'_>, contender: &Contender) -> Option<Memory> {
    let summary = field.summary(contender)?;
    let (least, most) = field.range(contender, |measured| Some(measured.model_memory_bytes()? as f64))?;
    if !summary.memory_is_a_sum() {
        return Some(Memory { least, most, is_of_processes: false });
    }
    // The peaks of several processes count shared memory once for each, so that their sum is no lower bound.
    let (pss, _) = field.range(contender, |measured| measured.pss_bytes.map(|bytes| bytes as f64))?;
    Some(Memory { least: pss, most, is_of_processes: true })
}
