//! What is being looked at: tab, order, axes and what is unfolded. SectionWork no measurement.

use std::collections::BTreeSet;

use crate::export::CsvDialect;
use crate::model::Contender;

/// Shortest trial whose usage per core is drawn from the system's counters; they are too coarse below.
pub const SHORTEST_COUNTED_NANOS: u64 = 200_000_000;

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
}

impl Tab {
    /// All, in the order shown.
    pub const ALL: [Self; 3] = [Self::Compare, Self::Cpu, Self::Timeline];
}

/// Scale of the wall times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Axis {
    /// Logarithmic beyond a range of 20 to 1.
    #[default]
    Auto,
    /// From zero, with bars.
    Linear,
    /// Dots only: a logarithmic axis has no honest zero.
    Logarithmic,
}

impl Axis {
    /// All, in the order offered.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Linear, Self::Logarithmic];

    /// As a menu names it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Auto => "automatic",
            Self::Linear => "linear",
            Self::Logarithmic => "logarithmic",
        }
    }
}

/// Order of the rows once a run is over; while it runs they stand as in the experiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// By median wall time.
    #[default]
    Fastest,
    /// By how many times as fast as the reference, most first.
    Times,
    /// As the experiment names them.
    Experiment,
    /// By cores used, least first.
    Cores,
    /// By peak memory, least first.
    Memory,
    /// By context switches, least first.
    Switches,
}

impl Sort {
    /// All, in the order offered.
    pub const ALL: [Self; 6] =
        [Self::Fastest, Self::Times, Self::Experiment, Self::Cores, Self::Memory, Self::Switches];

    /// As a menu names it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Fastest => "fastest first",
            Self::Times => "most times as fast first",
            Self::Experiment => "as in the list",
            Self::Cores => "fewest cores first",
            Self::Memory => "least memory first",
            Self::Switches => "fewest switches first",
        }
    }
}

/// The theme that the user chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// All, in the order offered.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// As a menu names it; also how it is stored.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::System => "System",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }

    /// The inverse of [`Self::title`].
    #[must_use]
    pub fn named(title: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.title() == title)
    }
}

/// A move of the timeline's axis. Positions are shares of what is shown, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Zoom {
    /// Larger than 1 shows less; the moment at `around` stays where it is.
    By {
        /// How much.
        factor: f64,
        /// Where, 0 is the left edge.
        around: f64,
    },
    /// Move by a share of what is shown, later for positive ones.
    Pan(f64),
    /// The range that suits these results.
    Fit,
    /// From 0 to the end of the slowest model.
    All,
}

/// The part of the timeline that is shown, nanoseconds since the trials' clocks started.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// Left edge.
    pub from: f64,
    /// Right edge.
    pub to: f64,
}

impl Range {
    /// Shortest range that zooming in reaches: 100 ns.
    const SHORTEST_NANOS: f64 = 100.0;

    /// The range after a move, kept within 0 and `end`.
    #[must_use]
    pub fn moved(self, zoom: Zoom, fit: Self, end: f64) -> Self {
        let width = self.to - self.from;
        let (from, width) = match zoom {
            Zoom::Fit => return fit,
            Zoom::All => return Self { from: 0.0, to: end },
            Zoom::Pan(share) => (self.from + share * width, width),
            Zoom::By { factor, around } => {
                let narrower = (width / factor).clamp(Self::SHORTEST_NANOS.min(end), end);
                (self.from + around * (width - narrower), narrower)
            }
        };
        let from = from.clamp(0.0, (end - width).max(0.0));
        Self { from, to: from + width }
    }
}

/// What is being looked at.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// Which view.
    pub tab: Tab,
    /// The theme that the user chose.
    pub theme: Theme,
    /// Order of rows.
    pub sort: Sort,
    /// Scale of wall times.
    pub axis: Axis,
    /// Rows whose details are shown.
    pub open_rows: BTreeSet<Contender>,
    /// Models of which all lanes are shown.
    pub open_lanes: BTreeSet<Contender>,
    /// Whose starts and ends are listed.
    pub order_of: Option<Contender>,
    /// Which round the timeline shows; `None` for the one nearest the median.
    pub timeline_round: Option<i32>,
    /// What the timeline shows; `None` for what suits the results.
    pub range: Option<Range>,
    /// The left panel is shown in a narrow window too, where it is folded by itself.
    pub panel_beside_in_narrow: bool,
    /// The left panel is folded away.
    pub panel_folded: bool,
    /// Separators of exported tables.
    pub csv_dialect: CsvDialect,
    /// Counts requests to move the focus to the next pane.
    pub pane_requests: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zooming_keeps_its_anchor_and_stays_within_the_trial() {
        let all = Range { from: 0.0, to: 1000.0 };
        let close = all.moved(Zoom::By { factor: 2.0, around: 0.5 }, all, 1000.0);
        assert_eq!(close, Range { from: 250.0, to: 750.0 });
        assert_eq!(close.moved(Zoom::Pan(10.0), all, 1000.0), Range { from: 500.0, to: 1000.0 });
        assert_eq!(close.moved(Zoom::Pan(-10.0), all, 1000.0), Range { from: 0.0, to: 500.0 });
        assert_eq!(close.moved(Zoom::By { factor: 0.01, around: 0.5 }, all, 1000.0), all);
        assert_eq!(close.moved(Zoom::All, all, 2000.0).to, 2000.0);
    }

    #[test]
    fn a_theme_is_stored_by_its_title() {
        for theme in Theme::ALL {
            assert_eq!(Theme::named(theme.title()), Some(theme));
        }
        assert_eq!(Theme::named("Sepia"), None);
    }
}
