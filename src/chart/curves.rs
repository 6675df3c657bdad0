//! Paints curves with bands, ideals and marks, named at their ends.

use super::axis::Axis;
use super::description::{Curve, CurvePoint};
use super::layout::{MARGIN, MARK_SPACE, Plot, WIDTH, axis_below, cross, grid, mark};
use super::spread::spread;
use super::svg_writer::{Anchor, Colour, NAME, SMALL, SvgWriter, width};

/// Height of the plot, where it is not higher for its names.
const HEIGHT: f64 = 320.0;
/// Least distance between two names.
const NAME_LINE: f64 = 18.0;

/// Paints the curves from `top` downwards. Returns the bottom.
pub(super) fn paint(svg: &mut SvgWriter<'_>, top: f64, x: &Axis, y: &Axis, curves: &[Curve]) -> f64 {
    let names = curves.iter().map(|curve| width(&curve.series.title, NAME)).fold(40.0, f64::max).min(270.0);
    let labels = y.ticks.iter().map(|tick| width(&tick.label, SMALL)).fold(20.0, f64::max);
    let height = HEIGHT.max(curves.len() as f64 * NAME_LINE);
    let plot = Plot {
        left: MARGIN + labels + 10.0,
        right: WIDTH - MARGIN - names - MARK_SPACE - 20.0,
        top: top + 18.0,
        bottom: top + 18.0 + height,
    };
    let kind = if y.logarithmic { ", logarithmic" } else { "" };
    svg.text(MARGIN, top + 6.0, Anchor::Start, SMALL, &format!("{}{kind}", y.label));
    grid(svg, plot, x);
    for tick in &y.ticks {
        let at = plot.y(y, tick.value);
        svg.line((plot.left, at), (plot.right, at), Colour::Hairline, 1.0, false);
        svg.text(plot.left - 6.0, at + 4.0, Anchor::End, SMALL, &tick.label);
    }
    let position = |value: f64, figure: f64| (plot.x(x, value), plot.y(y, figure).clamp(plot.top, plot.bottom));
    for curve in curves {
        let colour = Colour::Family(curve.series.family);
        let band: Option<Vec<_>> = curve.points.iter().map(|point| Some((point.value, point.interval?))).collect();
        if let Some(band) = band.filter(|band| band.len() > 1) {
            let low = band.iter().map(|(value, (low, _))| position(*value, *low));
            let high = band.iter().rev().map(|(value, (_, high))| position(*value, *high));
            svg.area(&low.chain(high).collect::<Vec<_>>(), colour, 0.2);
        }
        let ideal: Vec<_> = curve.ideal.iter().map(|(value, figure)| position(*value, *figure)).collect();
        if ideal.len() > 1 {
            svg.polyline(&ideal, colour, 1.2, true);
        }
    }
    for (index, curve) in curves.iter().enumerate() {
        let colour = Colour::Family(curve.series.family);
        // A line across a value without a figure would claim one.
        let joined = |one: &CurvePoint, next: &CurvePoint| {
            !curve.absent.iter().any(|value| *value > one.value && *value < next.value)
        };
        for part in curve.points.chunk_by(joined).filter(|part| part.len() > 1) {
            let points: Vec<_> = part.iter().map(|point| position(point.value, point.figure)).collect();
            svg.polyline(&points, colour, 1.8, false);
        }
        for point in &curve.points {
            mark(svg, position(point.value, point.figure), 4.0, &curve.series);
        }
        for value in &curve.absent {
            cross(svg, (plot.x(x, *value), plot.top + 8.0 + index as f64 * 11.0), 3.5, colour);
        }
    }
    name_ends(svg, plot, x, y, curves);
    axis_below(svg, plot, x)
}

/// Names the curves right of the plot, in the order of their ends, none on another.
fn name_ends(svg: &mut SvgWriter<'_>, plot: Plot, x: &Axis, y: &Axis, curves: &[Curve]) {
    let end = |curve: &Curve| {
        let point = curve.points.last()?;
        Some((plot.x(x, point.value), plot.y(y, point.figure).clamp(plot.top, plot.bottom)))
    };
    let mut ends: Vec<(&Curve, (f64, f64))> = curves.iter().filter_map(|curve| Some((curve, end(curve)?))).collect();
    ends.sort_by(|one, other| one.1.1.total_cmp(&other.1.1));
    let wanted: Vec<f64> = ends.iter().map(|(_, end)| end.1).collect();
    for ((curve, end), at) in ends.into_iter().zip(spread(&wanted, NAME_LINE, plot.bottom)) {
        let left = plot.right + 22.0;
        svg.line((end.0 + 6.0, end.1), (left - 8.0, at), Colour::Hairline, 1.0, false);
        mark(svg, (left, at), 4.0, &curve.series);
        svg.text(left + 12.0, at + 4.5, Anchor::Start, NAME, &curve.series.title);
    }
}
