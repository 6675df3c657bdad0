//! The least time of a model beside its ideal schedule, the same in the window and in files.

use crate::units;

/// Least time of a model, and what is drawn of its schedule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IdealEnd {
    /// Least wall time of all tasks.
    pub nanos: f64,
    /// End of the schedule that is drawn: in the order of the tasks it may come later.
    pub drawn_nanos: f64,
    /// True if only some of the tasks are drawn.
    pub is_part: bool,
}

impl IdealEnd {
    /// Returns the label, and the moment to mark on an axis that ends at `to`; `None` where the label belongs at the right
    /// of the axis.
    #[must_use]
    pub fn label(self, to: f64) -> (String, Option<f64>) {
        let time = units::duration(self.nanos);
        match () {
            () if self.is_part => (format!("all: {time}"), None),
            () if self.nanos > to => (format!("→ ideal {time}"), None),
            () => (format!("ideal {time}"), Some(self.nanos)),
        }
    }

    /// Returns the end of what is drawn, schedule or mark.
    #[must_use]
    pub const fn last_nanos(self) -> f64 {
        self.nanos.max(self.drawn_nanos)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_is_not_on_the_axis_is_beside_it() {
        let end = IdealEnd { nanos: 40e6, drawn_nanos: 50e6, is_part: false };
        assert_eq!(end.label(60e6), ("ideal 40.0 ms".to_owned(), Some(40e6)));
        assert_eq!(end.label(30e6), ("→ ideal 40.0 ms".to_owned(), None));
        assert_eq!(IdealEnd { is_part: true, ..end }.label(60e6), ("all: 40.0 ms".to_owned(), None));
        assert_eq!((end.last_nanos(), IdealEnd { nanos: 60e6, ..end }.last_nanos()), (50e6, 60e6));
    }
}
