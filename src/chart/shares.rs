//! Paints shares of tasks over a time: cumulative curves and histograms, with their percentiles.

use super::axis::Axis;
use super::description::ShareLine;
use super::layout::{MARGIN, MARK_SPACE, Plot, WIDTH, axis_below, grid, mark};
use super::svg_writer::{Anchor, Colour, NAME, SMALL, SvgWriter, width};

/// Height of the plot, where it is not higher for its names.
const HEIGHT: f64 = 280.0;
/// Height of a name.
const NAME_LINE: f64 = 18.0;

/// Paints the lines from `top` downwards. Returns the bottom.
pub(super) fn paint(svg: &mut SvgWriter<'_>, top: f64, x: &Axis, y: &Axis, lines: &[ShareLine]) -> f64 {
    let names = lines.iter().map(|line| width(&line.series.title, NAME)).fold(40.0, f64::max).min(270.0);
    let labels = y.ticks.iter().map(|tick| width(&tick.label, SMALL)).fold(20.0, f64::max);
    let height = HEIGHT.max(lines.len() as f64 * NAME_LINE);
    let plot = Plot {
        left: MARGIN + labels + 10.0,
        right: WIDTH - MARGIN - names - MARK_SPACE - 20.0,
        top: top + 18.0,
        bottom: top + 18.0 + height,
    };
    svg.text(MARGIN, top + 6.0, Anchor::Start, SMALL, &y.label);
    grid(svg, plot, x);
    for tick in &y.ticks {
        let at = plot.y(y, tick.value);
        svg.line((plot.left, at), (plot.right, at), Colour::Hairline, 1.0, false);
        svg.text(plot.left - 6.0, at + 4.0, Anchor::End, SMALL, &tick.label);
    }
    let position = |(nanos, share): (f64, f64)| {
        (plot.x(x, nanos).clamp(plot.left, plot.right), plot.y(y, share).clamp(plot.top, plot.bottom))
    };
    for line in lines {
        let colour = Colour::Family(line.series.family);
        let corners: Vec<(f64, f64)> = line.corners.iter().copied().map(position).collect();
        if line.filled {
            svg.area(&corners, colour, 0.12);
        }
        svg.polyline(&corners, colour, 1.8, line.series.hollow);
    }
    for line in lines {
        for at in &line.marks {
            mark(svg, position((at.0.max(1.0), at.1)), 4.0, &line.series);
        }
    }
    for (index, line) in lines.iter().enumerate() {
        let (left, at) = (plot.right + 22.0, plot.top + 8.0 + index as f64 * NAME_LINE);
        mark(svg, (left, at), 4.0, &line.series);
        svg.text(left + 12.0, at + 4.5, Anchor::Start, NAME, &line.series.title);
    }
    axis_below(svg, plot, x)
}
