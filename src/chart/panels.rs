//! Paints panels of stacked steps over time.

use super::axis::Axis;
use super::description::{Group, Panel, Step};
use super::layout::{MARGIN, MARK_SPACE, Plot, UNATTRIBUTED, WIDTH, axis_below, mark};
use super::svg_writer::{Anchor, Colour, HEADING, NAME, NOTE, SMALL, SvgWriter};

/// Height of a panel's steps.
const HEIGHT: f64 = 40.0;
/// Height of a panel's title.
const TITLE: f64 = 22.0;
/// Space below a panel.
const SPACE: f64 = 10.0;
/// Height of a group's heading.
const GROUP: f64 = 26.0;
/// Space left of the plot, for the number of cores.
const LEFT: f64 = 64.0;

/// Paints the panels from `top` downwards. Returns the bottom.
pub(super) fn paint(svg: &mut SvgWriter<'_>, top: f64, axis: &Axis, groups: &[Group<Panel>]) -> f64 {
    let mut y = top;
    let (left, right) = (MARGIN + LEFT, WIDTH - MARGIN - 8.0);
    for group in groups {
        if let Some(title) = &group.title {
            svg.text(MARGIN, y + 16.0, Anchor::Start, HEADING, title);
            y += GROUP;
        }
        for panel in &group.items {
            mark(svg, (MARGIN + 6.0, y + 9.0), 4.5, &panel.series);
            svg.text(MARGIN + MARK_SPACE, y + 13.5, Anchor::Start, NAME, &panel.series.title);
            svg.text(WIDTH - MARGIN - 8.0, y + 13.5, Anchor::End, NOTE, &panel.origin);
            y += TITLE;
            if panel.steps.is_empty() {
                continue;
            }
            let plot = Plot { left, right, top: y, bottom: y + HEIGHT };
            steps(svg, plot, axis, panel);
            y += HEIGHT + SPACE;
        }
    }
    let plot = Plot { left, right, top, bottom: y };
    axis_below(svg, plot, axis)
}

fn steps(svg: &mut SvgWriter<'_>, plot: Plot, axis: &Axis, panel: &Panel) {
    let colour = Colour::Family(panel.series.family);
    let end = panel.ends.last().map_or(plot.right, |end| plot.x(axis, *end));
    let (width, height) = (end - plot.left, plot.bottom - plot.top);
    svg.rect((plot.left, plot.top), (width, height), Colour::Raised, 1.0);
    let cores = f64::from(panel.cores.max(1));
    let noun = if panel.cores == 1 { "core" } else { "cores" };
    svg.text(plot.left - 6.0, plot.top + 9.0, Anchor::End, SMALL, &format!("{} {noun}", panel.cores));
    svg.text(plot.left - 6.0, plot.bottom, Anchor::End, SMALL, "0");
    let y = |used: f64| plot.bottom - (used / cores).clamp(0.0, 1.0) * height;
    let own = |step: &Step| step.own.unwrap_or(0.0);
    for run in runs(&panel.steps) {
        let x = |at: f64| plot.x(axis, at);
        let edge = |of: &dyn Fn(&Step) -> f64| -> Vec<(f64, f64)> {
            run.iter().flat_map(|step| [(x(step.from), y(of(step))), (x(step.to), y(of(step)))]).collect()
        };
        if run.iter().all(|step| step.own.is_none()) {
            let all = edge(&|step| step.all);
            let (Some(first), Some(last)) = (all.first().copied(), all.last().copied()) else { continue };
            let below = all.into_iter().chain([(last.0, plot.bottom), (first.0, plot.bottom)]);
            svg.area(&below.collect::<Vec<_>>(), Colour::Secondary, UNATTRIBUTED);
            continue;
        }
        let lower = edge(&own);
        let upper = edge(&|step| step.all.max(own(step)));
        let between: Vec<(f64, f64)> = upper.into_iter().chain(lower.iter().rev().copied()).collect();
        svg.area(&between, Colour::Queue, 0.6);
        let (Some(first), Some(last)) = (lower.first().copied(), lower.last().copied()) else { continue };
        let below = lower.into_iter().chain([(last.0, plot.bottom), (first.0, plot.bottom)]);
        svg.area(&below.collect::<Vec<_>>(), colour, 1.0);
    }
    for end in &panel.ends {
        let x = plot.x(axis, *end);
        svg.line((x, plot.top), (x, plot.bottom), Colour::Tertiary, 1.0, true);
    }
}

/// Splits steps where time was not sampled, and where the model's share begins or ends to be known.
fn runs(steps: &[Step]) -> impl Iterator<Item = &[Step]> {
    steps.chunk_by(|one, next| {
        next.from - one.to <= (one.to - one.from) * 0.5 && one.own.is_some() == next.own.is_some()
    })
}
