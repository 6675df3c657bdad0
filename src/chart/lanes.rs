//! Paints tasks on lanes over time, one group of lanes for each model.

use super::axis::Axis;
use super::bars::{BarInk, bar};
use super::description::{Group, LaneEnd, LaneGroup, LaneOwner};
use super::ideal_end::IdealEnd;
use super::layout::{MARGIN, MARK_SPACE, Plot, WIDTH, axis_below, grid, mark};
use super::svg_writer::{Anchor, Colour, Font, HEADING, NAME, NOTE, SMALL, SvgWriter, cut, width};
use crate::units;

/// Height of a lane with the space below it.
const LANE: f64 = 11.0;
/// The same for a lane with a name at its end.
const NAMED_LANE: f64 = 14.0;
/// Height of name and note of a model.
const NAMES: f64 = 34.0;
/// Most width of the names left of the lanes; longer ones are cut.
const MOST_NAMES: f64 = 340.0;
/// Least width right of the lanes, for the wall times of those that go on.
const ENDS: f64 = 70.0;
/// Space below a model.
const SPACE: f64 = 10.0;
/// Height of a group's heading.
const GROUP: f64 = 26.0;

/// Font of the title of tasks by themselves.
const TASKS: Font = Font { bold: true, ..NAME };

/// Paints the lanes from `top` downwards. Returns the bottom.
pub(super) fn paint(svg: &mut SvgWriter<'_>, top: f64, axis: &Axis, groups: &[Group<LaneGroup>]) -> f64 {
    let items = || groups.iter().flat_map(|group| &group.items);
    let names = items()
        .map(|item| (MARK_SPACE + width(item.owner.title(), font(item))).max(MARK_SPACE + width(&item.note, SMALL)))
        .fold(80.0, f64::max)
        .min(MOST_NAMES);
    let ends = items().map(|item| match item.end {
        LaneEnd::Ideal(ideal) => width(&ideal.label(axis.to).0, NOTE) + 6.0,
        LaneEnd::Trial { .. } | LaneEnd::Unmarked => 0.0,
    });
    let ends = ends.fold(ENDS, f64::max);
    let titles = groups.iter().filter(|group| group.title.is_some()).count() as f64;
    let bottom = top + titles * GROUP + items().map(|item| height(item) + SPACE).sum::<f64>();
    let plot = Plot { left: MARGIN + names + 10.0, right: WIDTH - MARGIN - ends, top, bottom };
    // Without a lane there is no time to show.
    let any = items().any(|item| item.absent.is_none());
    if any {
        grid(svg, plot, axis);
    }
    let mut y = top;
    for group in groups {
        if let Some(title) = &group.title {
            over_grid(svg, (MARGIN, y + 16.0), HEADING, &cut(title, WIDTH - 2.0 * MARGIN, HEADING));
            y += GROUP;
        }
        for item in &group.items {
            if let LaneOwner::Model(series) = &item.owner {
                mark(svg, (MARGIN + 6.0, y + 8.0), 4.5, series);
            }
            let title = cut(item.owner.title(), MOST_NAMES - MARK_SPACE, font(item));
            svg.text(MARGIN + MARK_SPACE, y + 12.5, Anchor::Start, font(item), &title);
            svg.text(
                MARGIN + MARK_SPACE,
                y + 27.0,
                Anchor::Start,
                SMALL,
                &cut(&item.note, MOST_NAMES - MARK_SPACE, SMALL),
            );
            let rows = Plot { top: y, bottom: y + item.lanes.len() as f64 * pitch(item), ..plot };
            lanes(svg, rows, axis, item);
            y += height(item) + SPACE;
        }
    }
    if any { axis_below(svg, Plot { bottom: y, ..plot }, axis) } else { y }
}

fn height(item: &LaneGroup) -> f64 {
    (item.lanes.len() as f64 * pitch(item)).max(NAMES)
}

const fn pitch(item: &LaneGroup) -> f64 {
    if item.names.is_empty() { LANE } else { NAMED_LANE }
}

const fn font(item: &LaneGroup) -> Font {
    match item.owner {
        LaneOwner::Model(_) => NAME,
        LaneOwner::Tasks(_) => TASKS,
    }
}

/// Returns the colour of the bars that have no key.
fn ink(owner: &LaneOwner) -> BarInk {
    match owner {
        LaneOwner::Model(series) => series.family.into(),
        LaneOwner::Tasks(_) => BarInk { colour: Colour::Secondary, opacity: 1.0 },
    }
}

fn lanes(svg: &mut SvgWriter<'_>, plot: Plot, axis: &Axis, item: &LaneGroup) {
    for (index, bars) in item.lanes.iter().enumerate() {
        let top = plot.top + index as f64 * pitch(item);
        for one in bars {
            let (left, right) = (plot.x(axis, one.from).max(plot.left), plot.x(axis, one.to).min(plot.right));
            if right > left {
                let ink = one.key.map_or_else(|| ink(&item.owner), BarInk::from);
                bar(svg, (left, top), (right - left).max(0.5), one.state, ink);
            }
        }
        if let Some(name) = item.names.get(index) {
            let x = plot.x(axis, bars.last().map_or(axis.from, |bar| bar.to)) + 5.0;
            svg.text(x, top + 8.5, Anchor::Start, SMALL, &cut(name, WIDTH - MARGIN - x, SMALL));
        }
    }
    if let Some(reason) = &item.absent {
        // Lines of the grid must not cross the text.
        svg.rect((plot.left, plot.top), (plot.right - plot.left, 18.0), Colour::Background, 1.0);
        svg.text(plot.left, plot.top + 12.5, Anchor::Start, NOTE, reason);
        return;
    }
    match item.end {
        LaneEnd::Trial { wall_nanos, begin_nanos } => trial_end(svg, plot, axis, wall_nanos, begin_nanos),
        LaneEnd::Ideal(ideal) => ideal_end(svg, plot, axis, ideal),
        LaneEnd::Unmarked => {}
    }
}

fn trial_end(svg: &mut SvgWriter<'_>, plot: Plot, axis: &Axis, wall_nanos: f64, begin_nanos: f64) {
    let (end, middle) = (units::duration(wall_nanos), middle(plot));
    if wall_nanos > axis.to {
        svg.text(plot.right + 6.0, middle, Anchor::Start, NOTE, &format!("→ {end}"));
        if begin_nanos > axis.to {
            let begin = format!("begins at {} →", units::duration(begin_nanos));
            svg.text(plot.right - 6.0, middle, Anchor::End, NOTE, &begin);
        }
    } else if wall_nanos < axis.from {
        svg.text(plot.left + 6.0, middle, Anchor::Start, NOTE, &format!("← ended at {end}"));
    } else {
        let x = plot.x(axis, wall_nanos);
        svg.line((x, plot.top - 1.0), (x, plot.bottom), Colour::Text, 1.2, false);
        svg.text(x + 6.0, middle, Anchor::Start, NOTE, &end);
    }
}

fn ideal_end(svg: &mut SvgWriter<'_>, plot: Plot, axis: &Axis, ideal: IdealEnd) {
    let (label, marked) = ideal.label(axis.to);
    let mut x = plot.right;
    if let Some(nanos) = marked {
        let line = plot.x(axis, nanos);
        svg.line((line, plot.top - 1.0), (line, plot.bottom), Colour::Text, 1.2, true);
        // The lanes may go on behind the ideal.
        x = plot.x(axis, ideal.last_nanos()).min(plot.right);
    }
    over_grid(svg, (x + 6.0, middle(plot)), NOTE, &label);
}

/// Writes a text that no line of the grid crosses.
fn over_grid(svg: &mut SvgWriter<'_>, (x, y): (f64, f64), font: Font, text: &str) {
    svg.rect((x, y - font.size), (width(text, font), font.size * 1.3), Colour::Background, 1.0);
    svg.text(x, y, Anchor::Start, font, text);
}

/// Returns the line of a text at half the height of the lanes.
fn middle(plot: Plot) -> f64 {
    (plot.top + plot.bottom) / 2.0 + 3.5
}
