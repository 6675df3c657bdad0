//! The columns of the comparison that the user has chosen.

use std::collections::BTreeSet;

use crate::analysis::metric::{self, CORES_USED, Metric, OS_SWITCHES, PEAK_MEMORY, TIMES_AS_FAST, WALL_TIME};

/// Ids of the columns chosen, beside names, plot and wall time, which are always shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableColumns(BTreeSet<&'static str>);

impl Default for TableColumns {
    fn default() -> Self {
        Self([TIMES_AS_FAST.id, CORES_USED.id, PEAK_MEMORY.id, OS_SWITCHES.id].into())
    }
}

impl TableColumns {
    /// Returns the metrics that can be columns, in their order: those of the terminal's table, without the wall time.
    pub fn offered() -> impl Iterator<Item = &'static Metric> {
        metric::terminal_columns().iter().map(|(metric, _)| *metric).filter(|metric| **metric != WALL_TIME)
    }

    /// Returns the metrics chosen, in their order.
    pub fn chosen(&self) -> impl Iterator<Item = &'static Metric> {
        Self::offered().filter(|metric| self.shows(metric))
    }

    /// Returns the metrics that the table shows: those chosen, then the one that the workload is about.
    pub fn shown(&self, highlight: Option<&'static Metric>) -> impl Iterator<Item = &'static Metric> {
        self.chosen().filter(move |metric| highlight != Some(metric)).chain(highlight)
    }

    /// Returns true if a metric is chosen.
    #[must_use]
    pub fn shows(&self, metric: &Metric) -> bool {
        self.0.contains(metric.id)
    }

    /// Shows a metric, or no longer.
    pub fn toggle(&mut self, metric: &'static Metric) {
        if !self.0.remove(metric.id) {
            self.0.insert(metric.id);
        }
    }

    /// Returns the text to store: the ids, with spaces between them.
    #[must_use]
    pub fn to_stored(&self) -> String {
        self.0.iter().copied().collect::<Vec<_>>().join(" ")
    }

    /// Reads a stored text. Ids that are no columns are left out.
    #[must_use]
    pub fn stored(text: &str) -> Self {
        let known = |id: &str| Self::offered().find(|metric| metric.id == id).map(|metric| metric.id);
        Self(text.split_whitespace().filter_map(known).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_can_be_ordered_by_every_column_that_is_a_number() {
        let others: Vec<&str> = TableColumns::offered().filter(|one| !one.is_ranked()).map(|one| one.id).collect();
        assert_eq!(others, [metric::WALL_INTERVAL.id]);
    }

    #[test]
    fn what_is_stored_is_what_is_chosen() {
        let mut columns = TableColumns::default();
        columns.toggle(&PEAK_MEMORY);
        columns.toggle(&metric::CPU_TIME);
        assert_eq!(TableColumns::stored(&columns.to_stored()), columns);
        let ids: Vec<&str> = columns.chosen().map(|metric| metric.id).collect();
        assert_eq!(ids, [TIMES_AS_FAST.id, CORES_USED.id, metric::CPU_TIME.id, OS_SWITCHES.id]);
        assert_eq!(TableColumns::stored("of a later version wall_ms_median").chosen().count(), 0);
        assert_eq!(TableColumns::stored(""), TableColumns(BTreeSet::new()), "none is a choice, too");
    }
}
