//! The scaling view: one figure of each model over the swept setting, as curves and as a table.

mod end_names;

use std::collections::BTreeSet;

use eframe::egui::{Color32, ComboBox, Grid, ScrollArea, Ui};
use egui_plot::{FilledArea, HoverPosition, Line, LineStyle, MarkerShape, PlotPoint, PlotPoints, Points};

use self::end_names::{EndName, EndNames};
use super::plot::{self, Painted, Scale, marker};
use super::view_context::ViewContext;
use super::widgets::{hue, list_entry, text, uncut, uncut_right};
use super::{cpu, theme, view_scroll};
use crate::analysis::metric::{self, CurveAxis, Metric, ModelContext, Value};
use crate::lab::Command;
use crate::lab::run::Run;
use crate::model::Contender;
use crate::units;

/// Least height of the plot.
const LEAST_HEIGHT: f32 = 220.0;
/// Ratio of the largest to the smallest value of the setting from which its axis is logarithmic.
const LOGARITHMIC_FROM: f64 = 7.5;
/// Share of the free height that the plot takes; the table is below.
const PLOT_SHARE: f32 = 0.66;
/// Left edge of the live CPU usage, which leaves room for the names of its strips.
const LIVE_LEFT: f32 = 62.0;

/// Share of the plot's height within which a curve covers another one.
const COVERED_SHARE: f64 = 0.012;
/// Width of a line, and by how much one is wider for each that covers it; the same of the radius of its points.
const LINE_WIDTH: f32 = 1.8;
const LINE_EDGE: f32 = 3.0;
const POINT_RADIUS: f32 = 4.0;
const POINT_EDGE: f32 = 2.0;

/// Value of the setting, figure, and the ends of its 95 % interval.
type CurvePoint = (f64, f64, Option<(f64, f64)>);

/// One model's curve.
struct Curve {
    contender: Contender,
    points: Vec<CurvePoint>,
    /// Values at which the model has no measured trial.
    absent: Vec<f64>,
    /// Value of the setting and ideal figure.
    ideal: Vec<(f64, f64)>,
}

/// Draws the choice of the figure.
pub fn choices(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let axes = metric::curve_axes();
    let (shown, _) = chosen(cx);
    let combo = ComboBox::from_id_salt("curve").width(150.0).selected_text(format!("show: {}", shown.head));
    let response = combo.show_ui(ui, |ui| {
        for (metric, _) in axes {
            if list_entry(ui, metric.id == shown.id, metric.head) {
                cx.commands.push(Command::Curve(metric.id));
            }
        }
    });
    response.response.accessible_name("Figure").on_hover_text("The figure on the vertical axis");
}

fn chosen(cx: &ViewContext<'_>) -> (&'static Metric, CurveAxis) {
    let axes = metric::curve_axes();
    let wanted = cx.lab.view.curve;
    axes.iter().find(|(metric, _)| Some(metric.id) == wanted).copied().unwrap_or(axes[0])
}

/// Draws the view.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let Some(run) = &cx.lab.run else { return };
    let palette = theme::palette(ui);
    let Some(scaling) = run.scaling() else {
        text(ui, "Curves appear with the first measured trials", theme::body(), palette.secondary);
        live(ui, run);
        return;
    };
    let (metric, axis) = chosen(cx);
    let curves = curves(run, metric, axis);
    if curves.is_empty() {
        let message = match run.is_running() {
            true => "Nothing measured yet: curves appear with the first measured trials",
            false => "No measured trial was completed",
        };
        text(ui, message, theme::body(), palette.secondary);
        live(ui, run);
        return;
    }
    let unit = metric.unit;
    let format = move |value: f64| match value == 0.0 {
        // Without a unit, which would be that of the smallest values.
        true => "0".to_owned(),
        false => Value::Number(value).text(unit).unwrap_or_default(),
    };
    let range = scaling.key.range(&run.all.experiment.workload);
    let show_value = move |value: f64| range.as_ref().map_or_else(|_| value.to_string(), |range| range.show(value));
    let x =
        Scale::beyond(LOGARITHMIC_FROM, scaling.values.iter().copied(), show_value).with_ticks(scaling.values.clone());
    let figures = curves.iter().flat_map(|curve| curve.points.iter().map(|(_, figure, _)| *figure));
    let y = Scale::of(figures, move |value| units::trimmed(&format(value)));
    let height = (ui.available_height() * PLOT_SHARE).max(LEAST_HEIGHT);
    let sentence = sentence(metric, &curves, &scaling.key.title());
    view_scroll::show(ui, cx, ("scaling", run.results().started_at_ms), |ui, cx| {
        let colours: Vec<Color32> = curves.iter().map(|curve| hue(ui, &curve.contender)).collect();
        let id = format!("scaling {} {}", metric.id, run.results().started_at_ms);
        let labels = (scaling.key.title(), metric.head.to_owned());
        let (hover_x, hover_y) = (x.clone(), y.clone());
        let read_out = move |at: &HoverPosition<'_>| match at {
            HoverPosition::NearDataPoint { plot_name, position, .. } => {
                Some(format!("{plot_name}\n{}: {}", hover_x.show(position.x), format(hover_y.value(position.y))))
            }
            HoverPosition::Elsewhere { .. } => None,
        };
        let figure = plot::plot(&id, x.clone(), y.clone(), labels).height(height).label_formatter(read_out);
        let (plot_x, plot_y) = (x.clone(), y.clone());
        let contenders: Vec<Contender> = curves.iter().map(|curve| curve.contender.clone()).collect();
        plot::legend(ui, cx, &contenders);
        let hidden = &cx.lab.view.hidden_curves;
        let drawn: Vec<(Curve, Color32)> = curves.into_iter().zip(colours).collect();
        let table = drawn.iter().map(|(curve, _)| (curve.contender.title(), curve.points.clone())).collect::<Vec<_>>();
        let room = ui.available_width();
        let ends = EndNames::of(end_names(&drawn, hidden, (&plot_x, &plot_y)), height, palette);
        let figure = match &ends {
            Some(names) => names.with_room(figure, range_of(&scaling.values, &plot_x), room, ui),
            None => figure,
        };
        plot::show(ui, figure, &sentence, move |plot| {
            let shown: Vec<_> = drawn.iter().filter(|(curve, _)| !hidden.contains(&curve.contender)).collect();
            let covering = covering(&shown.iter().map(|(curve, _)| curve).collect::<Vec<_>>(), &plot_y);
            for ((curve, colour), above) in shown.into_iter().zip(covering) {
                let look = (*colour, marker::form(&curve.contender, &contenders), above);
                draw(plot, curve, look, &plot_x, &plot_y);
            }
            if let Some(names) = ends {
                plot.add(Painted::new("names at the ends", palette.text, names));
            }
        });
        ui.add_space(theme::STEP);
        let hint = "Lines connect medians; bands are 95 % intervals, from 6 rounds on; dashed: the ideal. A click on a name hides its curve. Drag to move, Ctrl and the wheel to zoom, a double click shows all.";
        text(ui, hint, theme::small(), palette.tertiary);
        ui.add_space(theme::STEP * 2.0);
        values(ui, &scaling.key.title(), (&scaling.values, &x), &table, &format);
        live(ui, run);
        ui.add_space(theme::STEP * 4.0);
    });
}

/// Returns the names of the curves shown that have a last point.
fn end_names(
    curves: &[(Curve, Color32)],
    hidden: &BTreeSet<Contender>,
    (x, y): (&Scale<'_>, &Scale<'_>),
) -> Vec<EndName> {
    let shown = curves.iter().filter(|(curve, _)| !hidden.contains(&curve.contender));
    let name = |(curve, hue): &(Curve, Color32)| {
        let (value, figure, _) = curve.points.last()?;
        let at = PlotPoint::new(x.position(*value)?, y.position(*figure)?);
        Some(EndName { title: curve.contender.title(), at, hue: *hue })
    };
    shown.filter_map(name).collect()
}

/// Returns the positions of the first and the last value.
fn range_of(values: &[f64], x: &Scale<'_>) -> (f64, f64) {
    let positions = values.iter().filter_map(|value| x.position(*value));
    positions.fold((f64::INFINITY, f64::NEG_INFINITY), |(from, to), at| (from.min(at), to.max(at)))
}

/// Draws the CPU usage while the run is under way.
fn live(ui: &mut Ui, run: &Run) {
    if run.is_running() {
        let right = ui.available_width() - plot::RIGHT_MARGIN;
        cpu::show_live(ui, run, (LIVE_LEFT, right));
    }
}

fn curves(run: &Run, metric: &Metric, axis: CurveAxis) -> Vec<Curve> {
    let Some(analyses) = &run.analyses else { return Vec::new() };
    let shows_ideal = metric.id == metric::WALL_TIME.id;
    let models = run.all.experiment.models.iter().enumerate();
    let curve = |(model, contender): (usize, &Contender)| {
        let (mut points, mut ideal, mut absent) = (Vec::new(), Vec::new(), Vec::new());
        for (results, analysis) in run.all.points.iter().zip(&analyses.points) {
            let (Some(point), Some(summary)) = (&results.point, analysis.summaries.get(model)) else { continue };
            let context = ModelContext::new(results, analysis, summary);
            if summary.wall.is_none() {
                absent.push(point.value);
            } else if let Some(figure) = (axis.value)(&context).number() {
                points.push((point.value, figure, (axis.interval)(&context)));
            }
            if let Some(nanos) = summary.ideal_nanos.filter(|_| shows_ideal) {
                ideal.push((point.value, nanos / 1e6));
            }
        }
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        ideal.sort_by(|a, b| a.0.total_cmp(&b.0));
        Curve { contender: contender.clone(), points, absent, ideal }
    };
    models.map(curve).filter(|curve| !curve.points.is_empty()).collect()
}

/// Returns for each curve the number of those drawn after it that would cover it.
fn covering(curves: &[&Curve], y: &Scale<'_>) -> Vec<usize> {
    let positions: Vec<Vec<(f64, f64)>> = curves
        .iter()
        .map(|curve| {
            curve.points.iter().filter_map(|(value, figure, _)| Some((*value, y.position(*figure)?))).collect()
        })
        .collect();
    let all = || positions.iter().flatten().map(|(_, at)| *at);
    let height = all().fold(f64::NEG_INFINITY, f64::max) - all().fold(f64::INFINITY, f64::min);
    let covers = |above: &[(f64, f64)], below: &[(f64, f64)]| {
        // Points are sorted by their values.
        let is_close = |(value, at): &(f64, f64)| {
            let found = above.binary_search_by(|(other, _)| other.total_cmp(value));
            found.is_ok_and(|index| (above[index].1 - at).abs() <= height * COVERED_SHARE)
        };
        below.iter().all(is_close)
    };
    (0..positions.len())
        .map(|index| positions[index + 1..].iter().filter(|above| covers(above, &positions[index])).count())
        .collect()
}

/// Draws a model's band, ideal, line and marks, wider by what would cover them. They share a name, so that the legend hides
/// them together.
fn draw<'a>(
    plot: &mut egui_plot::PlotUi<'a>,
    curve: &Curve,
    (colour, form, covering): (Color32, MarkerShape, usize),
    x: &Scale<'_>,
    y: &Scale<'_>,
) {
    let name = curve.contender.title();
    let at = |value: f64, figure: f64| Some([x.position(value)?, y.position(figure)?]);
    let band: Option<Vec<(f64, f64, f64)>> = curve
        .points
        .iter()
        .map(|(value, _, ends)| {
            let (low, high) = (*ends)?;
            Some((x.position(*value)?, y.position(low)?, y.position(high)?))
        })
        .collect();
    if let Some(band) = band.filter(|band| band.len() > 1) {
        let pick = |of: fn(&(f64, f64, f64)) -> f64| band.iter().map(of).collect::<Vec<f64>>();
        let (xs, low, high) = (pick(|end| end.0), pick(|end| end.1), pick(|end| end.2));
        let fill = colour.gamma_multiply(0.18);
        plot.add(FilledArea::new(name.clone(), &xs, &low, &high).fill_color(fill).allow_hover(false));
    }
    let ideal: Vec<[f64; 2]> = curve.ideal.iter().filter_map(|(value, figure)| at(*value, *figure)).collect();
    if ideal.len() > 1 {
        let dashed = Line::new(name.clone(), PlotPoints::from(ideal)).color(colour.gamma_multiply(0.7)).width(1.0);
        plot.line(dashed.style(LineStyle::dashed_loose()).allow_hover(false));
    }
    // A line across a value without a figure would claim one.
    let joined =
        |one: &CurvePoint, next: &CurvePoint| !curve.absent.iter().any(|value| *value > one.0 && *value < next.0);
    for part in curve.points.chunk_by(joined).filter(|part| part.len() > 1) {
        let points: Vec<[f64; 2]> = part.iter().filter_map(|(value, figure, _)| at(*value, *figure)).collect();
        let width = LINE_WIDTH + covering as f32 * LINE_EDGE;
        plot.line(Line::new(name.clone(), PlotPoints::from(points)).color(colour).width(width).allow_hover(false));
    }
    let points: Vec<[f64; 2]> = curve.points.iter().filter_map(|(value, figure, _)| at(*value, *figure)).collect();
    let filled = marker::is_filled(&curve.contender);
    let radius = POINT_RADIUS + covering as f32 * POINT_EDGE;
    let marks = Points::new(name, PlotPoints::from(points)).color(colour).radius(radius).filled(filled);
    plot.points(marks.shape(form));
}

/// The main finding as a sentence: each model's first and last figure.
fn sentence(metric: &Metric, curves: &[Curve], key: &str) -> String {
    let show = |value: f64| Value::Number(value).text(metric.unit).unwrap_or_default();
    let part = |curve: &Curve| {
        let (first, last) = (curve.points.first()?, curve.points.last()?);
        Some(format!("{} from {} to {}", curve.contender.title(), show(first.1), show(last.1)))
    };
    let parts: Vec<String> = curves.iter().filter_map(part).collect();
    format!("{} over {key}, smallest to largest value: {}", metric.head, parts.join("; "))
}

/// The figures as a table.
fn values(
    ui: &mut Ui,
    key: &str,
    (all, x): (&[f64], &Scale<'_>),
    curves: &[(String, Vec<CurvePoint>)],
    format: &dyn Fn(f64) -> String,
) {
    let palette = theme::palette(ui);
    ScrollArea::horizontal().id_salt("scaling table").show(ui, |ui| {
        Grid::new("scaling values").striped(true).spacing([18.0, 4.0]).show(ui, |ui| {
            uncut(ui, key, theme::strong(), palette.secondary);
            for (title, _) in curves {
                uncut_right(ui, title, theme::strong(), palette.secondary);
            }
            ui.end_row();
            for value in all {
                let shown = x.position(*value).map_or_else(|| value.to_string(), |position| x.show(position));
                uncut(ui, &shown, theme::figures(), palette.text);
                for (_, points) in curves {
                    let found = points.iter().find(|(at, ..)| at == value);
                    let cell = found.map(|(_, figure, _)| format(*figure));
                    uncut_right(ui, cell.as_deref().unwrap_or("–"), theme::figures(), palette.text);
                }
                ui.end_row();
            }
        });
    });
}
