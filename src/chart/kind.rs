//! Kinds of charts.

use crate::results::RunResults;

/// Kind of chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChartKind {
    /// Wall times: a row for each model.
    Comparison,
    /// CPU usage over time: a panel for each model.
    Cpu,
    /// Tasks of a trial on lanes over time: a group of lanes for each model.
    Timeline,
    /// Division of a trial's core-seconds and task-seconds: a bar for each model.
    TimeBudget,
    /// Distance of trials from the median of their model.
    Distribution,
    /// Wall time over the swept setting.
    Scaling,
}

impl ChartKind {
    /// All kinds, in the order offered.
    pub const ALL: [Self; 6] =
        [Self::Comparison, Self::Cpu, Self::Timeline, Self::TimeBudget, Self::Distribution, Self::Scaling];

    /// Returns the name on the command line and in file names.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Comparison => "comparison",
            Self::Cpu => "cpu",
            Self::Timeline => "timeline",
            Self::TimeBudget => "time-budget",
            Self::Distribution => "distribution",
            Self::Scaling => "scaling",
        }
    }

    /// Returns the kind with this name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Returns the kind for a run where none was chosen.
    #[must_use]
    pub const fn usual(swept: bool) -> Self {
        if swept { Self::Scaling } else { Self::Comparison }
    }

    /// Returns true if there is such a chart: scaling needs a sweep.
    #[must_use]
    pub fn applies(self, run: &RunResults) -> bool {
        self != Self::Scaling || run.first().point.is_some()
    }
}
