//! The state of the views: tab, order, axes, and unfolded rows. Contains no results.

use std::collections::BTreeSet;

pub use super::range::{Range, Zoom};
use super::scale::Scale;
use super::table_columns::TableColumns;
use super::timeline_view::TimelineView;
use crate::analysis::distribution::TaskTime;
use crate::analysis::metric::{Better, Metric, WALL_TIME};
use crate::export::CsvDialect;
use crate::model::Contender;

/// A view of the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tab {
    /// One row per model.
    #[default]
    Compare,
    /// Usage per core.
    Cpu,
    /// Spans on lanes.
    Timeline,
    /// Division of the core-seconds and the task-seconds.
    TimeBudget,
    /// Spread of the trials' and tasks' times.
    Distribution,
    /// Curves over the swept setting.
    Scaling,
    /// Advice, quiz, lesson and cards of the models.
    Learn,
}

impl Tab {
    /// All views, in the order shown.
    pub const ALL: [Self; 7] =
        [Self::Compare, Self::Cpu, Self::Timeline, Self::TimeBudget, Self::Distribution, Self::Scaling, Self::Learn];
}

/// A list in the left panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LeftTab {
    /// The presets.
    #[default]
    Presets,
    /// The stored runs.
    Runs,
}

impl LeftTab {
    /// All lists, in the order shown.
    pub const ALL: [Self; 2] = [Self::Presets, Self::Runs];

    /// Label of the tab, also the stored value.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Presets => "Presets",
            Self::Runs => "Runs",
        }
    }
}

/// Scale of the wall times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Axis {
    /// Logarithmic beyond a range of 20 to 1.
    #[default]
    Auto,
    /// Linear from zero, with bars.
    Linear,
    /// Logarithmic, with dots only: without a zero, bars would have no meaning.
    Logarithmic,
}

impl Axis {
    /// All choices, in the order offered.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Linear, Self::Logarithmic];

    /// Label in the menu.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Auto => "automatic",
            Self::Linear => "linear",
            Self::Logarithmic => "logarithmic",
        }
    }
}

/// Order of the rows after a run; during a run it is that of the experiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// By median wall time.
    #[default]
    Fastest,
    /// In the order of the experiment.
    Experiment,
    /// By a metric, the best first, or the lowest where neither direction is better.
    By(&'static Metric),
}

impl Sort {
    /// Returns the order by a metric; `None` for one that is no number.
    #[must_use]
    pub fn by(metric: &'static Metric) -> Option<Self> {
        if *metric == WALL_TIME { Some(Self::Fastest) } else { metric.is_ranked().then_some(Self::By(metric)) }
    }

    /// Returns the choices: without a metric, then one for each of these that is a number.
    pub fn all(metrics: impl Iterator<Item = &'static Metric>) -> impl Iterator<Item = Self> {
        [Self::Fastest, Self::Experiment].into_iter().chain(metrics.filter_map(Self::by))
    }

    /// Label in the menu.
    #[must_use]
    pub fn title(self) -> String {
        match self {
            Self::Fastest => "fastest first".to_owned(),
            Self::Experiment => "as in the list".to_owned(),
            Self::By(metric) if metric.better == Better::Higher => format!("{}, highest first", metric.head),
            Self::By(metric) => format!("{}, lowest first", metric.head),
        }
    }
}

/// Form of the distribution of the tasks' times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TaskPlot {
    /// Share of the tasks that took at most so long.
    #[default]
    Curve,
    /// Share of the tasks in each bin.
    Histogram,
}

impl TaskPlot {
    /// All choices, in the order offered.
    pub const ALL: [Self; 2] = [Self::Curve, Self::Histogram];

    /// Label in the menu.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Curve => "cumulative curve",
            Self::Histogram => "histogram",
        }
    }
}

/// Values on the axis of the trials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TrialScale {
    /// Wall times.
    #[default]
    WallTime,
    /// Differences from the model's own median, in percent of it.
    FromMedian,
}

impl TrialScale {
    /// All choices, in the order offered.
    pub const ALL: [Self; 2] = [Self::WallTime, Self::FromMedian];

    /// Label in the menu.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::WallTime => "wall time",
            Self::FromMedian => "% from median",
        }
    }
}

/// Unit of the bars of a time budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BudgetUnit {
    /// Shares of each model's total: all bars are equally long.
    #[default]
    Percent,
    /// Time, on one axis for all models.
    Seconds,
}

impl BudgetUnit {
    /// All choices, in the order offered.
    pub const ALL: [Self; 2] = [Self::Percent, Self::Seconds];

    /// Label in the menu.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Percent => "percent of the total",
            Self::Seconds => "seconds",
        }
    }
}

/// Choices of the distribution view.
#[derive(Debug, Clone, Default)]
pub struct DistributionChoices {
    /// Time of the tasks.
    pub time: TaskTime,
    /// Form of its distribution.
    pub plot: TaskPlot,
    /// Values on the axis of the trials.
    pub trials: TrialScale,
    /// Models that both plots leave out.
    pub hidden: BTreeSet<Contender>,
}

/// Theme of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// The system's choice.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// All choices, in the order offered.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// Label in the menu, also the stored value.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::System => "System",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }

    /// Returns the theme with this title.
    #[must_use]
    pub fn named(title: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.title() == title)
    }
}

/// A text to read beside the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sheet {
    /// The help.
    Help,
    /// The explanation of the preset.
    Explanation,
    /// The caveats with their remedies.
    Caveats,
    /// The self-check.
    Selfcheck,
}

/// A presentation under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Presentation {
    /// Number of the run.
    pub run: u64,
    /// Models shown so far.
    pub shown: usize,
    /// View before it, to which its end returns.
    pub before: Tab,
}

/// State of the views.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// View shown.
    pub tab: Tab,
    /// Theme of the window.
    pub theme: Theme,
    /// The presentation under way.
    pub(super) presentation: Option<Presentation>,
    /// Order of rows.
    pub sort: Sort,
    /// Scale of wall times.
    pub axis: Axis,
    /// Id of the metric that the scaling view shows; `None` is the first one.
    pub curve: Option<&'static str>,
    /// Models whose curves are hidden.
    pub hidden_curves: BTreeSet<Contender>,
    /// Unit of the time budgets.
    pub budget_unit: BudgetUnit,
    /// Choices of the distribution view.
    pub distribution: DistributionChoices,
    /// Rows whose details are shown.
    pub open_rows: BTreeSet<Contender>,
    /// Models with all lanes shown.
    pub open_lanes: BTreeSet<Contender>,
    /// Model whose starts and ends are listed.
    pub order_of: Option<Contender>,
    /// Round that the timeline shows; `None` is the one nearest the median.
    pub timeline_round: Option<i32>,
    /// Visible range of the timeline; `None` is the range that fits the results.
    pub range: Option<Range>,
    /// True if the left panel is shown in a narrow window, where it is folded by default.
    pub panel_beside_in_narrow: bool,
    /// True if the user has folded the left panel.
    pub panel_folded: bool,
    /// Columns of the comparison.
    pub columns: TableColumns,
    /// Tags of the interpreters beside the first for which the user wants a column of models.
    pub python_columns: BTreeSet<String>,
    /// Separators of exported tables.
    pub csv_dialect: CsvDialect,
    /// List that the left panel shows.
    pub left_tab: LeftTab,
    /// Share of the left panel's height that the user has given to the list.
    pub list_share: Option<f32>,
    /// Number of requests so far to move the focus to the next pane.
    pub pane_requests: u64,
    /// Size of the window's contents.
    pub scale: Scale,
    /// Text shown beside the results.
    pub sheet: Option<Sheet>,
    /// True if the hint for the first start is shown.
    pub hint: bool,
    /// Choices of the timeline, and what is selected on it.
    pub timeline: TimelineView,
}

/// Bounds the share of the left panel's height that the list takes.
#[must_use]
pub const fn bounded_share(share: f32) -> f32 {
    if share.is_nan() { 0.4 } else { share.clamp(0.1, 0.85) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_theme_is_stored_by_its_title() {
        for theme in Theme::ALL {
            assert_eq!(Theme::named(theme.title()), Some(theme));
        }
        assert_eq!(Theme::named("Sepia"), None);
    }
}
