//! Parts that all charts share: the frame's measures, marks of models, the axis below a plot, and the legend.

use super::axis::Axis;
use super::bars::{BAR, BarInk, bar};
use super::description::{Legend, Symbol};
use super::fill;
use super::series::{Series, Shape};
use super::svg_writer::{Anchor, Colour, SMALL, SvgWriter, width};
use crate::model::Family;

/// Width of a chart.
pub(super) const WIDTH: f64 = 900.0;
/// Space around it.
pub(super) const MARGIN: f64 = 16.0;
/// Space between a mark and its title.
pub(super) const MARK_SPACE: f64 = 18.0;
/// Opacity of usage of which the model's share is not known.
pub(super) const UNATTRIBUTED: f64 = 0.35;
/// Height of a line of the legend.
const LEGEND_LINE: f64 = 18.0;

/// Rectangle in which values are drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plot {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
}

impl Plot {
    /// Returns the horizontal position of a value.
    pub(super) fn x(&self, axis: &Axis, value: f64) -> f64 {
        self.left + axis.share(value) * (self.right - self.left)
    }

    /// Returns the vertical position of a value.
    pub(super) fn y(&self, axis: &Axis, value: f64) -> f64 {
        self.bottom - axis.share(value) * (self.bottom - self.top)
    }
}

/// Draws the mark of a model: filled for Rust, hollow for Python.
pub(super) fn mark(svg: &mut SvgWriter<'_>, (x, y): (f64, f64), radius: f64, series: &Series) {
    let colour = Colour::Family(series.family);
    let square = radius * 0.88;
    let corners: Vec<(f64, f64)> = match series.shape {
        Shape::Circle => {
            let corner = |index: u32| {
                let angle = f64::from(index) * std::f64::consts::TAU / 24.0;
                (x + radius * angle.cos(), y + radius * angle.sin())
            };
            (0..24).map(corner).collect()
        }
        Shape::Square => [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]
            .map(|(dx, dy)| (x + dx * square, y + dy * square))
            .into(),
        Shape::Diamond => {
            [(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)].map(|(dx, dy)| (x + dx * radius, y + dy * radius)).into()
        }
        Shape::Triangle => {
            [(0.0, -1.2), (1.15, 0.9), (-1.15, 0.9)].map(|(dx, dy)| (x + dx * radius, y + dy * radius)).into()
        }
    };
    if series.hollow {
        svg.outline(&corners, colour, 1.8);
    } else {
        svg.area(&corners, colour, 1.0);
    }
}

/// Draws a cross: a model that failed.
pub(super) fn cross(svg: &mut SvgWriter<'_>, (x, y): (f64, f64), radius: f64, colour: Colour) {
    svg.line((x - radius, y - radius), (x + radius, y + radius), colour, 1.8, false);
    svg.line((x - radius, y + radius), (x + radius, y - radius), colour, 1.8, false);
}

/// Draws the lines of an axis through a plot.
pub(super) fn grid(svg: &mut SvgWriter<'_>, plot: Plot, axis: &Axis) {
    for tick in axis.ticks.iter().filter(|tick| !tick.label.is_empty()) {
        let x = plot.x(axis, tick.value);
        svg.line((x, plot.top), (x, plot.bottom), Colour::Hairline, 1.0, false);
    }
}

/// Draws the labels of a horizontal axis below a plot. Returns the bottom.
pub(super) fn axis_below(svg: &mut SvgWriter<'_>, plot: Plot, axis: &Axis) -> f64 {
    let mut free_from = f64::NEG_INFINITY;
    for tick in axis.ticks.iter().filter(|tick| !tick.label.is_empty()) {
        let (x, half) = (plot.x(axis, tick.value), width(&tick.label, SMALL) / 2.0);
        if x - half < free_from {
            continue;
        }
        free_from = x + half + 6.0;
        svg.text(x, plot.bottom + 15.0, Anchor::Middle, SMALL, &tick.label);
    }
    let kind = if axis.logarithmic { ", logarithmic" } else { "" };
    let middle = (plot.left + plot.right) / 2.0;
    svg.text(middle, plot.bottom + 32.0, Anchor::Middle, SMALL, &format!("{}{kind}", axis.label));
    plot.bottom + 38.0
}

/// Draws the legend in lines that fit the width. Returns its bottom.
pub(super) fn legend(svg: &mut SvgWriter<'_>, top: f64, entries: &[Legend]) -> f64 {
    let (mut x, mut y) = (MARGIN, top + LEGEND_LINE * 0.7);
    for entry in entries {
        let needed = 24.0 + width(&entry.text, SMALL) + 18.0;
        if x > MARGIN && x + needed > WIDTH - MARGIN {
            (x, y) = (MARGIN, y + LEGEND_LINE);
        }
        symbol(svg, (x + 8.0, y - 4.0), entry.symbol);
        svg.text(x + 22.0, y, Anchor::Start, SMALL, &entry.text);
        x += needed;
    }
    y + LEGEND_LINE * 0.5
}

fn symbol(svg: &mut SvgWriter<'_>, (x, y): (f64, f64), symbol: Symbol) {
    let (left, right, top, bottom) = (x - 8.0, x + 8.0, y - 6.0, y + 6.0);
    match symbol {
        Symbol::Dot => svg.dot((x, y), 3.0, Colour::Secondary, false),
        Symbol::Median => svg.line((x, top), (x, bottom), Colour::Text, 2.0, false),
        Symbol::Interval => svg.line((left, y), (right, y), Colour::Text, 2.0, false),
        Symbol::Ideal => svg.line((x, top), (x, bottom), Colour::Text, 1.2, true),
        Symbol::IdealCurve => svg.line((left, y), (right, y), Colour::Text, 1.2, true),
        Symbol::Gap => svg.rect((left, y - 5.0), (16.0, 10.0), Colour::Raised, 1.0),
        Symbol::Quartiles => svg.rect((left, y - 5.0), (16.0, 10.0), Colour::Secondary, 0.35),
        Symbol::Own => svg.rect((left, y - 5.0), (16.0, 10.0), Colour::Secondary, 1.0),
        Symbol::Unattributed => svg.rect((left, y - 5.0), (16.0, 10.0), Colour::Secondary, UNATTRIBUTED),
        Symbol::Failed => cross(svg, (x, y), 4.0, Colour::Secondary),
        Symbol::Other => svg.rect((left, y - 5.0), (16.0, 10.0), Colour::Queue, 0.6),
        Symbol::End => svg.line((x, top), (x, bottom), Colour::Tertiary, 1.0, true),
        Symbol::Band => svg.rect((left, y - 5.0), (16.0, 10.0), Colour::Secondary, 0.2),
        Symbol::Filled => svg.dot((x, y), 4.0, Colour::Secondary, false),
        Symbol::Fill(one) => fill::paint(svg, (left, y - BAR / 2.0), (right - left, BAR), one, Family::Sequential),
        Symbol::Bar(state) => bar(svg, (left, y - BAR / 2.0), right - left, state, Family::Sequential.into()),
        Symbol::Key(key) => {
            let ink = BarInk::from(key);
            svg.rect((left, y - 5.0), (16.0, 10.0), ink.colour, ink.opacity);
        }
        Symbol::Hollow => svg.dot((x, y), 4.0, Colour::Secondary, true),
    }
}
