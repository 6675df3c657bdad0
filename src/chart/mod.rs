//! Charts for reports: a description of what is drawn, made from results and analysis, and its painters to SVG and PNG.
//! The plots of the window are in `ui`; colours of both come from `palette`.

mod axis;
mod bars;
mod build;
mod comparison;
mod cpu;
mod curves;
mod description;
mod distribution;
mod fill;
mod ideal_end;
mod kind;
mod lanes;
mod layout;
pub mod markup;
pub mod palette;
mod panels;
mod part;
mod png;
mod rows;
mod scaling;
mod series;
mod shares;
mod spread;
mod stacks;
mod svg;
mod svg_writer;
mod task_colour;
mod task_times;
#[cfg(test)]
mod tests;
mod time_budget;
pub mod timeline;

pub use axis::{Axis, Tick, apart, round_values};
pub use build::{chart, curve};
pub use description::{
    Bar, BarState, Body, Chart, Curve, CurvePoint, Fill, Group, Ink, LaneEnd, LaneGroup, LaneOwner, Legend, Panel,
    Quartiles, Row, ShareLine, StackRow, Step, Symbol,
};
pub use ideal_end::IdealEnd;
pub use kind::ChartKind;
pub use part::{Part, TaskPart};
pub use png::{Pixels, PngError, pixels, render as png};
pub use series::{Series, Shape};
pub use spread::spread;
pub use svg::{Target, paint as svg, style};
pub use task_colour::{ColourBy, ColourKey, KeyInk};
