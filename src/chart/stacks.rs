//! Paints stacked bars on a common axis, the parts in words below each.

use super::axis::Axis;
use super::description::{Group, StackRow};
use super::fill;
use super::layout::{MARGIN, MARK_SPACE, Plot, WIDTH, axis_below, grid, mark};
use super::svg_writer::{Anchor, Colour, HEADING, NAME, NOTE, SMALL, SvgWriter, width};
use crate::printable::shortened;

/// Height of a row.
const ROW: f64 = 42.0;
/// Height of a bar.
const BAR: f64 = 14.0;
/// Height of a group's heading.
const GROUP: f64 = 26.0;
/// Longest note that has room, characters.
const LONGEST_NOTE: usize = 150;
/// Space between two parts.
const GAP: f64 = 0.75;

/// Paints the rows from `top` downwards. Returns the bottom.
pub(super) fn paint(svg: &mut SvgWriter<'_>, top: f64, axis: &Axis, groups: &[Group<StackRow>]) -> f64 {
    let all = || groups.iter().flat_map(|group| &group.items);
    let names = all().map(|row| width(&row.series.title, NAME)).fold(60.0, f64::max).min(270.0);
    let figures = all().map(|row| width(&row.figure, NOTE)).fold(40.0, f64::max).min(220.0);
    let titles = groups.iter().filter(|group| group.title.is_some()).count() as f64;
    let plot = Plot {
        left: MARGIN + MARK_SPACE + names + 14.0,
        right: WIDTH - MARGIN - figures - 16.0,
        top,
        bottom: top + all().count() as f64 * ROW + titles * GROUP,
    };
    grid(svg, plot, axis);
    let mut y = top;
    for group in groups {
        if let Some(title) = &group.title {
            svg.text(MARGIN, y + 18.0, Anchor::Start, HEADING, title);
            y += GROUP;
        }
        for row in &group.items {
            paint_row(svg, y, plot, axis, row);
            y += ROW;
        }
    }
    axis_below(svg, plot, axis)
}

fn paint_row(svg: &mut SvgWriter<'_>, top: f64, plot: Plot, axis: &Axis, row: &StackRow) {
    let middle = top + 4.0 + BAR / 2.0;
    mark(svg, (MARGIN + 6.0, middle), 4.5, &row.series);
    svg.text(MARGIN + MARK_SPACE, middle + 4.5, Anchor::Start, NAME, &row.series.title);
    svg.text(WIDTH - MARGIN, middle + 4.5, Anchor::End, NOTE, &row.figure);
    // Lines of the grid must not cross a bar or a text.
    let (width, text_top) = (plot.right - plot.left, top + BAR + 8.0);
    svg.rect((plot.left, text_top), (width, 16.0), Colour::Background, 1.0);
    let left = MARGIN + MARK_SPACE;
    if let Some(reason) = &row.absent {
        svg.rect((plot.left, top), (width, text_top - top), Colour::Background, 1.0);
        svg.text(plot.left, middle + 4.5, Anchor::Start, NOTE, reason);
        return;
    }
    let length: f64 = row.segments.iter().map(|(_, length)| *length).sum();
    let end = plot.x(axis, length).min(plot.right);
    svg.rect((plot.left, top + 4.0), (end - plot.left, BAR), Colour::Background, 1.0);
    let mut from = 0.0;
    for (one, length) in &row.segments {
        let (left, right) = (plot.x(axis, from), plot.x(axis, from + length).min(plot.right));
        from += length;
        let right = if right - left > 4.0 * GAP { right - GAP } else { right };
        if right > left {
            fill::paint(svg, (left, top + 4.0), (right - left, BAR), *one, row.series.family);
        }
    }
    svg.text(left, text_top + 11.0, Anchor::Start, SMALL, &shortened(&row.note, LONGEST_NOTE));
}
