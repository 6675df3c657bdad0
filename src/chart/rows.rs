//! Paints rows on a common axis: dots, boxes, medians, intervals and ideals.

use super::axis::Axis;
use super::description::{Group, Row};
use super::layout::{MARGIN, MARK_SPACE, Plot, WIDTH, axis_below, grid, mark};
use super::svg_writer::{Anchor, Colour, HEADING, NAME, NOTE, SvgWriter, width};

/// Height of a row.
const ROW: f64 = 28.0;
/// Height of a group's heading.
const GROUP: f64 = 26.0;

/// Paints the rows from `top` downwards. Returns the bottom.
pub(super) fn paint(svg: &mut SvgWriter<'_>, top: f64, axis: &Axis, origin: Option<f64>, groups: &[Group<Row>]) -> f64 {
    let all = || groups.iter().flat_map(|group| &group.items);
    let names = all().map(|row| width(&row.series.title, NAME)).fold(60.0, f64::max).min(270.0);
    let figures = all().map(|row| width(&row.figure, NOTE)).fold(40.0, f64::max).min(220.0);
    let rows = all().count() as f64;
    let titles = groups.iter().filter(|group| group.title.is_some()).count() as f64;
    let plot = Plot {
        left: MARGIN + MARK_SPACE + names + 14.0,
        right: WIDTH - MARGIN - figures - 16.0,
        top,
        bottom: top + rows * ROW + titles * GROUP,
    };
    grid(svg, plot, axis);
    if let Some(origin) = origin {
        let x = plot.x(axis, origin);
        svg.line((x, plot.top), (x, plot.bottom), Colour::Tertiary, 1.0, false);
    }
    let mut y = top;
    for group in groups {
        if let Some(title) = &group.title {
            svg.text(MARGIN, y + 18.0, Anchor::Start, HEADING, title);
            y += GROUP;
        }
        for row in &group.items {
            paint_row(svg, y + ROW / 2.0, plot, axis, row);
            y += ROW;
        }
    }
    axis_below(svg, plot, axis)
}

fn paint_row(svg: &mut SvgWriter<'_>, middle: f64, plot: Plot, axis: &Axis, row: &Row) {
    let colour = Colour::Family(row.series.family);
    mark(svg, (MARGIN + 6.0, middle), 4.5, &row.series);
    svg.text(MARGIN + MARK_SPACE, middle + 4.5, Anchor::Start, NAME, &row.series.title);
    svg.text(WIDTH - MARGIN, middle + 4.5, Anchor::End, NOTE, &row.figure);
    if let Some(reason) = &row.absent {
        // Lines of the grid must not cross the text.
        svg.rect((plot.left, middle - 9.0), (plot.right - plot.left, 18.0), Colour::Background, 1.0);
        svg.text(plot.left, middle + 4.5, Anchor::Start, NOTE, reason);
        return;
    }
    let x = |value: f64| plot.x(axis, value);
    let inside = |value: f64| (0.0..=1.0).contains(&axis.share(value));
    let held = |value: f64| x(value).clamp(plot.left, plot.right);
    if let Some(quartiles) = row.quartiles {
        svg.line((held(quartiles.low), middle), (held(quartiles.high), middle), colour, 1.2, false);
        let (left, right) = (held(quartiles.first), held(quartiles.third));
        svg.rect((left, middle - 8.0), ((right - left).max(1.0), 16.0), colour, 0.35);
    }
    if let Some(ideal) = row.ideal.filter(|ideal| inside(*ideal)) {
        svg.line((x(ideal), middle - 11.0), (x(ideal), middle + 11.0), Colour::Text, 1.2, true);
    }
    for (round, value) in row.dots.iter().filter(|(_, value)| inside(*value)) {
        // Spread over the height by a fixed rule, so that equal times stay visible.
        let offset = ((f64::from(*round) * 0.618_034).fract() - 0.5) * 13.0;
        svg.dot((x(*value), middle + offset), 2.6, colour, row.series.hollow);
    }
    if let Some((low, high)) = row.interval {
        let (low, high) = (held(low), held(high));
        svg.line((low, middle), (high.max(low + 1.0), middle), Colour::Text, 2.0, false);
    }
    if let Some(median) = row.median {
        if inside(median) {
            svg.line((x(median), middle - 8.0), (x(median), middle + 8.0), Colour::Text, 2.0, false);
        } else {
            svg.text(plot.right, middle + 4.5, Anchor::End, NOTE, "→");
        }
    }
}
