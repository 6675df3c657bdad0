//! A total and its parts, which add up to it.

use super::note::Note;
use super::parts::Part;

/// A total and its parts.
#[derive(Debug, Clone, PartialEq)]
pub struct Stack {
    /// The total, nanoseconds.
    pub total: u64,
    /// Every part in the order drawn, nanoseconds; `None` if it was not measured or does not apply. Those that are there
    /// add up to the total.
    pub parts: Vec<(Part, Option<u64>)>,
    /// Limits of the figures.
    pub notes: Vec<Note>,
}

impl Stack {
    /// Starts with nothing attributed.
    pub(super) const fn new(total: u64) -> Self {
        Self { total, parts: Vec::new(), notes: Vec::new() }
    }

    /// Adds a part. The caller has checked that it fits into what is left.
    pub(super) fn add(&mut self, part: Part, nanos: impl Into<Option<u64>>) {
        let nanos = nanos.into().map(|nanos| nanos.min(self.left()));
        self.parts.push((part, nanos));
    }

    /// Returns the time that no part accounts for yet.
    pub(super) fn left(&self) -> u64 {
        self.total - self.parts.iter().filter_map(|(_, nanos)| *nanos).sum::<u64>()
    }

    /// Adds what is left as the last part.
    pub(super) fn close(mut self, rest: Part) -> Self {
        let left = self.left();
        self.add(rest, left);
        self
    }

    /// Returns a part, nanoseconds; `None` if it was not measured or does not apply.
    #[must_use]
    pub fn nanos(&self, part: Part) -> Option<u64> {
        self.parts.iter().find(|(one, _)| *one == part).and_then(|(_, nanos)| *nanos)
    }

    /// Returns the parts above 0 in the order drawn.
    pub fn shown(&self) -> impl Iterator<Item = (Part, u64)> + '_ {
        self.parts.iter().filter_map(|(part, nanos)| Some((*part, (*nanos)?))).filter(|(_, nanos)| *nanos > 0)
    }

    /// Returns the share of a time in the total, percent; 0 of nothing.
    #[must_use]
    pub fn percent(&self, nanos: u64) -> f64 {
        if self.total == 0 { 0.0 } else { nanos as f64 / self.total as f64 * 100.0 }
    }

    /// Returns the largest part, the first of equal ones; `None` if the total is 0.
    #[must_use]
    pub fn largest(&self) -> Option<(Part, u64)> {
        self.shown().fold(None, |most: Option<(Part, u64)>, one| match most {
            Some(most) if most.1 >= one.1 => Some(most),
            _ => Some(one),
        })
    }
}
