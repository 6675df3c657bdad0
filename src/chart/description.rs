//! Description of a chart: everything that a painter needs, and nothing about how it paints. Times are in nanoseconds
//! unless an axis says otherwise.

use std::borrow::Cow;

use super::axis::Axis;
use super::ideal_end::IdealEnd;
use super::series::Series;
use super::task_colour::ColourKey;
use crate::trial::Phase;

/// A chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// Identifier that no other chart of a report has: letters, digits, `_` and `-`.
    pub id: String,
    /// Title.
    pub title: String,
    /// The main finding in one sentence, for those who can't see it.
    pub sentence: String,
    /// Content.
    pub body: Body,
    /// Explanation of the symbols.
    pub legend: Vec<Legend>,
    /// Run and machine, in a small line below the title; `None` where the surroundings name them.
    pub subtitle: Option<String>,
    /// A chart to paint below this one, in the same picture.
    pub below: Option<Box<Chart>>,
}

impl Chart {
    /// Returns its main finding, and those of the charts below it.
    #[must_use]
    pub fn sentences(&self) -> String {
        let mut sentence = self.sentence.clone();
        let mut below = &self.below;
        while let Some(next) = below {
            sentence = format!("{sentence} {}", next.sentence);
            below = &next.below;
        }
        sentence
    }

    /// Puts the models in the order of these titles; those without a title come last.
    #[must_use]
    pub fn in_order(mut self, titles: &[String]) -> Self {
        let of_title = |shown: &str| titles.iter().position(|title| title == shown).unwrap_or(titles.len());
        let place = |series: &Series| of_title(&series.title);
        match &mut self.body {
            Body::Rows { groups, .. } => {
                groups.iter_mut().for_each(|group| group.items.sort_by_key(|row| place(&row.series)));
            }
            Body::Panels { groups, .. } => {
                groups.iter_mut().for_each(|group| group.items.sort_by_key(|panel| place(&panel.series)));
            }
            Body::Lanes { groups, .. } => {
                groups.iter_mut().for_each(|group| group.items.sort_by_key(|lanes| of_title(lanes.owner.title())));
            }
            Body::Shares { lines, .. } => lines.sort_by_key(|line| place(&line.series)),
            Body::Stacks { groups, .. } => {
                groups.iter_mut().for_each(|group| group.items.sort_by_key(|stack| place(&stack.series)));
            }
            Body::Curves { .. } => {}
        }
        self.below = self.below.map(|below| Box::new(below.in_order(titles)));
        self
    }

    /// Removes the models with these titles. Axes stay as they are.
    #[must_use]
    pub fn without(mut self, titles: &[String]) -> Self {
        self.below = self.below.map(|below| Box::new(below.without(titles)));
        let shown = |series: &Series| !titles.contains(&series.title);
        match &mut self.body {
            Body::Rows { groups, .. } => {
                groups.iter_mut().for_each(|group| group.items.retain(|row| shown(&row.series)))
            }
            Body::Panels { groups, .. } => {
                groups.iter_mut().for_each(|group| group.items.retain(|panel| shown(&panel.series)));
            }
            Body::Lanes { groups, .. } => {
                groups.iter_mut().for_each(|group| {
                    group.items.retain(|lanes| !titles.iter().any(|title| title == lanes.owner.title()))
                });
            }
            Body::Curves { curves, .. } => curves.retain(|curve| shown(&curve.series)),
            Body::Shares { lines, .. } => lines.retain(|line| shown(&line.series)),
            Body::Stacks { groups, .. } => {
                groups.iter_mut().for_each(|group| group.items.retain(|stack| shown(&stack.series)));
            }
        }
        self
    }
}

/// An entry of the legend.
#[derive(Debug, Clone, PartialEq)]
pub struct Legend {
    /// The symbol.
    pub symbol: Symbol,
    /// Meaning.
    pub text: Cow<'static, str>,
}

/// A symbol of the legend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Symbol {
    /// A trial.
    Dot,
    /// A median.
    Median,
    /// An interval.
    Interval,
    /// Ideal in a row.
    Ideal,
    /// Ideal as a curve.
    IdealCurve,
    /// Time that was not sampled.
    Gap,
    /// The middle half of the trials.
    Quartiles,
    /// Usage by the model's own processes.
    Own,
    /// Usage by everything else.
    Other,
    /// Usage of which the model's share is not known.
    Unattributed,
    /// The meaning of a task's colour.
    Key(ColourKey),
    /// A point without a figure, because the model failed.
    Failed,
    /// End of a trial.
    End,
    /// Band of an interval around a curve.
    Band,
    /// Filled mark of a model in Rust.
    Filled,
    /// Hollow mark of a model in Python.
    Hollow,
    /// State of a task.
    Bar(BarState),
    /// Part of a stacked bar.
    Fill(Fill),
}

/// Content of a chart.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// Rows on a common axis.
    Rows {
        /// The axis.
        axis: Axis,
        /// Value with a line across all rows, if any.
        origin: Option<f64>,
        /// Rows of each point.
        groups: Vec<Group<Row>>,
    },
    /// Panels with stacked steps over time, from 0 to a number of cores.
    Panels {
        /// The time axis.
        axis: Axis,
        /// Panels of each point.
        groups: Vec<Group<Panel>>,
    },
    /// Tasks on lanes over time.
    Lanes {
        /// The time axis, nanoseconds.
        axis: Axis,
        /// Lanes of each point.
        groups: Vec<Group<LaneGroup>>,
    },
    /// Curves.
    Curves {
        /// The swept setting.
        x: Axis,
        /// The figure.
        y: Axis,
        /// One per model.
        curves: Vec<Curve>,
    },
    /// Shares of the tasks over a time.
    Shares {
        /// The time, nanoseconds.
        x: Axis,
        /// The share, 0 to 1.
        y: Axis,
        /// One per model.
        lines: Vec<ShareLine>,
    },
    /// Stacked bars on a common axis.
    Stacks {
        /// The axis.
        axis: Axis,
        /// Bars of each point.
        groups: Vec<Group<StackRow>>,
    },
}

/// Rows or panels of one point of a sweep.
#[derive(Debug, Clone, PartialEq)]
pub struct Group<T> {
    /// Setting and value; `None` without a sweep.
    pub title: Option<String>,
    /// One per model.
    pub items: Vec<T>,
}

/// A model on a common axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The model.
    pub series: Series,
    /// Trials: round and value.
    pub dots: Vec<(i32, f64)>,
    /// Median of the trials.
    pub median: Option<f64>,
    /// 95 % interval of the median.
    pub interval: Option<(f64, f64)>,
    /// Ideal of the model and its workers.
    pub ideal: Option<f64>,
    /// Box of the trials.
    pub quartiles: Option<Quartiles>,
    /// Figure at the end of the row.
    pub figure: String,
    /// Reason why there is nothing to draw.
    pub absent: Option<String>,
}

/// Box and whiskers of a set of trials.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quartiles {
    /// Shortest trial.
    pub low: f64,
    /// A quarter of the trials is below.
    pub first: f64,
    /// A quarter of the trials is above.
    pub third: f64,
    /// Longest trial.
    pub high: f64,
}

/// CPU usage of a model over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// The model.
    pub series: Series,
    /// Source of the figures, or the reason why there are none.
    pub origin: String,
    /// Number of cores at the top.
    pub cores: u32,
    /// Usage of each interval, in order.
    pub steps: Vec<Step>,
    /// Ends of trials.
    pub ends: Vec<f64>,
}

/// Cores used in an interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Start, milliseconds.
    pub from: f64,
    /// End, milliseconds.
    pub to: f64,
    /// Cores used by the model's own processes; `None` if it was not measured.
    pub own: Option<f64>,
    /// Cores used by any program.
    pub all: f64,
}

/// Tasks of one trial of a model, of its ideal schedule, or by themselves.
#[derive(Debug, Clone, PartialEq)]
pub struct LaneGroup {
    /// The model, if there is one.
    pub owner: LaneOwner,
    /// Counts of tasks and lanes, or how the model takes the tasks.
    pub note: String,
    /// Bars of each lane, in order of time.
    pub lanes: Vec<Vec<Bar>>,
    /// Names at the ends of the first lanes; empty for none.
    pub names: Vec<String>,
    /// The time that is marked.
    pub end: LaneEnd,
    /// Reason why there is nothing to draw.
    pub absent: Option<String>,
}

impl LaneGroup {
    /// Creates a group without lanes, for a reason.
    #[must_use]
    pub const fn absent(owner: LaneOwner, reason: String) -> Self {
        Self {
            owner,
            note: String::new(),
            lanes: Vec::new(),
            names: Vec::new(),
            end: LaneEnd::Unmarked,
            absent: Some(reason),
        }
    }
}

/// Owner of lanes.
#[derive(Debug, Clone, PartialEq)]
pub enum LaneOwner {
    /// A model.
    Model(Series),
    /// No model: the tasks by themselves, under this title.
    Tasks(String),
}

impl LaneOwner {
    /// Returns its title.
    #[must_use]
    pub fn title(&self) -> &str {
        match self {
            Self::Model(series) => &series.title,
            Self::Tasks(title) => title,
        }
    }
}

/// Time that is marked on lanes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LaneEnd {
    /// End of a trial.
    Trial {
        /// Wall time of the trial.
        wall_nanos: f64,
        /// Start of the first task.
        begin_nanos: f64,
    },
    /// Least time of a model, calculated.
    Ideal(IdealEnd),
    /// None.
    Unmarked,
}

/// Part of a task, or several tasks that are too narrow to draw one by one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    /// Start, nanoseconds since the trial's clock started.
    pub from: f64,
    /// End.
    pub to: f64,
    /// State of the task.
    pub state: BarState,
    /// Meaning of its colour; `None` for the model.
    pub key: Option<ColourKey>,
}

/// State of a task, by its form on the timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BarState {
    /// Submitted and not started.
    Queue,
    /// In a phase of a step.
    Phase(Phase),
    /// Waiting for the GIL, an estimate; at the end of the task, since its position is unknown.
    GilWait,
}

/// A model over the swept setting.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// The model.
    pub series: Series,
    /// Points with a figure, by value.
    pub points: Vec<CurvePoint>,
    /// Values without a figure, where the model failed or was not reached.
    pub absent: Vec<f64>,
    /// Value and ideal figure, by value.
    pub ideal: Vec<(f64, f64)>,
}

/// A figure at one value of the swept setting.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurvePoint {
    /// Value of the setting.
    pub value: f64,
    /// The figure, in the unit of its metric.
    pub figure: f64,
    /// Ends of its 95 % interval.
    pub interval: Option<(f64, f64)>,
}

/// Shares of a model's tasks over a time.
#[derive(Debug, Clone, PartialEq)]
pub struct ShareLine {
    /// The model.
    pub series: Series,
    /// Corners of the line: time and share.
    pub corners: Vec<(f64, f64)>,
    /// Percentiles: time and share.
    pub marks: Vec<(f64, f64)>,
    /// True for an area below the line, as in a histogram.
    pub filled: bool,
}

/// Stacked bar of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct StackRow {
    /// The model.
    pub series: Series,
    /// Parts in order, from 0 on: look and length on the axis.
    pub segments: Vec<(Fill, f64)>,
    /// The parts in words, below the bar.
    pub note: String,
    /// Figure at the end of the row.
    pub figure: String,
    /// Reason why there is nothing to draw.
    pub absent: Option<String>,
}

/// Look of a part of a stacked bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    /// Form of a task's state on the timeline.
    State(BarState),
    /// Hue of the model, over a part of the height.
    Hue {
        /// Percent of the height.
        height: u8,
        /// Opacity, percent.
        opacity: u8,
    },
    /// Stripes in the hue of the model.
    HatchedHue,
    /// A colour that belongs to no model, over a part of the height.
    Solid {
        /// The colour.
        ink: Ink,
        /// Percent of the height.
        height: u8,
        /// Opacity, percent.
        opacity: u8,
    },
    /// Grey stripes: the work of others.
    HatchedGrey,
    /// Nothing but a line below: idle.
    Empty,
}

/// A colour that belongs to no model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// That of main text.
    Text,
    /// That of secondary text.
    Secondary,
    /// That of tertiary text.
    Tertiary,
}
