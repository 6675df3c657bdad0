//! Paints tasks on lanes over time, one group of lanes for each model.

use super::axis::Axis;
use super::bars::{BarInk, bar};
use super::description::{Group, LaneGroup};
use super::layout::{MARGIN, MARK_SPACE, Plot, WIDTH, axis_below, grid, mark};
use super::svg_writer::{Anchor, Colour, HEADING, NAME, NOTE, SMALL, SvgWriter, width};
use crate::units;

/// Height of a lane with the space below it.
const LANE: f64 = 11.0;
/// Height of name and note of a model.
const NAMES: f64 = 34.0;
/// Width right of the lanes, for the wall times of those that go on.
const ENDS: f64 = 70.0;
/// Space below a model.
const SPACE: f64 = 10.0;
/// Height of a group's heading.
const GROUP: f64 = 26.0;

/// Paints the lanes from `top` downwards. Returns the bottom.
pub(super) fn paint(svg: &mut SvgWriter<'_>, top: f64, axis: &Axis, groups: &[Group<LaneGroup>]) -> f64 {
    let items = || groups.iter().flat_map(|group| &group.items);
    let names = items()
        .map(|item| (MARK_SPACE + width(&item.series.title, NAME)).max(MARK_SPACE + width(&item.note, SMALL)))
        .fold(80.0, f64::max)
        .min(250.0);
    let titles = groups.iter().filter(|group| group.title.is_some()).count() as f64;
    let bottom = top + titles * GROUP + items().map(|item| height(item) + SPACE).sum::<f64>();
    let plot = Plot { left: MARGIN + names + 10.0, right: WIDTH - MARGIN - ENDS, top, bottom };
    // Without a lane there is no time to show.
    let any = items().any(|item| item.absent.is_none());
    if any {
        grid(svg, plot, axis);
    }
    let mut y = top;
    for group in groups {
        if let Some(title) = &group.title {
            svg.text(MARGIN, y + 16.0, Anchor::Start, HEADING, title);
            y += GROUP;
        }
        for item in &group.items {
            mark(svg, (MARGIN + 6.0, y + 8.0), 4.5, &item.series);
            svg.text(MARGIN + MARK_SPACE, y + 12.5, Anchor::Start, NAME, &item.series.title);
            svg.text(MARGIN + MARK_SPACE, y + 27.0, Anchor::Start, SMALL, &item.note);
            let rows = Plot { top: y, bottom: y + item.lanes.len() as f64 * LANE, ..plot };
            lanes(svg, rows, axis, item);
            y += height(item) + SPACE;
        }
    }
    if any { axis_below(svg, Plot { bottom: y, ..plot }, axis) } else { y }
}

fn height(item: &LaneGroup) -> f64 {
    (item.lanes.len() as f64 * LANE).max(NAMES)
}

fn lanes(svg: &mut SvgWriter<'_>, plot: Plot, axis: &Axis, item: &LaneGroup) {
    for (index, bars) in item.lanes.iter().enumerate() {
        let top = plot.top + index as f64 * LANE;
        for one in bars {
            let (left, right) = (plot.x(axis, one.from).max(plot.left), plot.x(axis, one.to).min(plot.right));
            if right > left {
                let ink = one.key.map_or_else(|| item.series.family.into(), BarInk::from);
                bar(svg, (left, top), (right - left).max(0.5), one.state, ink);
            }
        }
    }
    if let Some(reason) = &item.absent {
        // Lines of the grid must not cross the text.
        svg.rect((plot.left, plot.top), (plot.right - plot.left, 18.0), Colour::Background, 1.0);
        svg.text(plot.left, plot.top + 12.5, Anchor::Start, NOTE, reason);
        return;
    }
    let (end, middle) = (units::duration(item.wall_nanos), (plot.top + plot.bottom) / 2.0 + 3.5);
    if item.wall_nanos > axis.to {
        svg.text(plot.right + 6.0, middle, Anchor::Start, NOTE, &format!("→ {end}"));
        if item.begin_nanos > axis.to {
            let begin = format!("begins at {} →", units::duration(item.begin_nanos));
            svg.text(plot.right - 6.0, middle, Anchor::End, NOTE, &begin);
        }
    } else if item.wall_nanos < axis.from {
        svg.text(plot.left + 6.0, middle, Anchor::Start, NOTE, &format!("← ended at {end}"));
    } else {
        let x = plot.x(axis, item.wall_nanos);
        svg.line((x, plot.top - 1.0), (x, plot.bottom), Colour::Text, 1.2, false);
        svg.text(x + 6.0, middle, Anchor::Start, NOTE, &end);
    }
}
