//! Wall times of the trials: a row per model with a box and dots.

use eframe::egui::{Color32, Stroke, Ui};
use egui_plot::{BoxElem, BoxPlot, BoxSpread, HoverPosition, Line, MarkerShape, PlotPoints, PlotUi, Points, VLine};

use super::series::Series;
use super::words;
use crate::analysis::distribution::TrialSpread;
use crate::lab::view::TrialScale;
use crate::ui::plot::{self, RIGHT_MARGIN, Scale};
use crate::ui::theme;
use crate::units;

/// Least width of the plot.
const LEAST_WIDTH: f32 = 200.0;
/// Height of a row: as low as all rows with their axis are in sight, within these ends.
const ROW_HEIGHT: (f32, f32) = (26.0, 34.0);
/// Height of axis and label below the rows.
const AXIS_HEIGHT: f32 = 46.0;
/// Distance of the box above the middle of its row, and of the dots below it, in rows.
const BOX_ABOVE: f64 = 0.14;
const DOTS_BELOW: f64 = 0.22;
/// Height in which the dots are spread by their round, in rows.
const DOTS_HEIGHT: f64 = 0.2;

/// Models shown, with their row from the top.
type Rows<'a> = Vec<(&'a Series, &'a TrialSpread)>;

/// Draws the plot.
pub fn show(ui: &mut Ui, run: u64, series: &[Series], spreads: &[TrialSpread], scale: TrialScale) {
    let rows: Rows<'_> = series
        .iter()
        .filter(|one| one.shown)
        .filter_map(|one| Some((one, spreads.iter().find(|spread| spread.contender == one.contender)?)))
        .collect();
    let palette = theme::palette(ui);
    let sentence = words::trials(rows.iter().map(|(_, spread)| *spread));
    let titles: Vec<String> = rows.iter().map(|(one, _)| one.contender.title()).collect();
    let count = rows.len();
    let title_at = move |row: f64| titles.get(row.abs().round() as usize).cloned().unwrap_or_default();
    let y = Scale::linear(title_at).with_ticks((0..count).map(|row| -(row as f64)).collect());
    let x = scale_of(scale, &rows);
    let id = format!("trials {scale:?} {run}");
    let label = match scale {
        TrialScale::WallTime => "wall time",
        TrialScale::FromMedian => "difference from the model's median",
    };
    let above = ui.cursor().top() - ui.min_rect().top();
    let rows_room = ui.clip_rect().height() - above - AXIS_HEIGHT;
    let row_height = (rows_room / count.max(1) as f32).clamp(ROW_HEIGHT.0, ROW_HEIGHT.1);
    let height = count.max(1) as f32 * row_height + AXIS_HEIGHT;
    let hover_rows = rows.clone();
    let read_out = move |at: &HoverPosition<'_>| match at {
        HoverPosition::NearDataPoint { plot_name, index, .. } => {
            let (_, spread) = hover_rows.get(plot_name.parse::<usize>().ok()?)?;
            Some(words::dot(spread, spread.dots.get(*index)?))
        }
        HoverPosition::Elsewhere { position } => {
            let row = (-position.y).round();
            let (_, spread) = hover_rows.get((row >= 0.0).then_some(row as usize)?)?;
            Some(words::spread(spread))
        }
    };
    let figure = plot::plot(&id, x.clone(), y, (label.to_owned(), String::new()))
        .width((ui.available_width() - RIGHT_MARGIN).max(LEAST_WIDTH))
        .height(height)
        .allow_boxed_zoom(false)
        .allow_zoom([true, false])
        .allow_drag([true, false])
        .show_y(false)
        .label_formatter(read_out);
    plot::show(ui, figure, &sentence, move |plot| {
        plot.set_plot_bounds_y(-(count.max(1) as f64 - 0.5)..=0.5);
        if scale == TrialScale::FromMedian {
            plot.vline(VLine::new("median", 0.0).color(palette.tertiary).width(1.0).allow_hover(false));
        }
        for (row, (series, spread)) in rows.iter().enumerate() {
            draw(plot, row, series, spread, &|nanos| x.position(shown(scale, spread, nanos)), palette.text);
        }
    });
}

/// Returns the value on the axis: milliseconds, or percent of the median.
fn shown(scale: TrialScale, spread: &TrialSpread, nanos: f64) -> f64 {
    match scale {
        TrialScale::WallTime => nanos / 1e6,
        TrialScale::FromMedian => (nanos / spread.median.max(f64::MIN_POSITIVE) - 1.0) * 100.0,
    }
}

fn scale_of<'a>(scale: TrialScale, rows: &Rows<'_>) -> Scale<'a> {
    match scale {
        TrialScale::WallTime => {
            let ends = rows.iter().flat_map(|(_, spread)| [spread.least / 1e6, spread.most / 1e6]);
            Scale::of(ends, units::milliseconds)
        }
        TrialScale::FromMedian => Scale::linear(|percent| {
            let sign = if percent > 0.0 { "+" } else { "" };
            format!("{sign}{}", units::percent(percent))
        }),
    }
}

/// Draws the box and the dots of a row.
fn draw(
    plot: &mut PlotUi<'_>,
    row: usize,
    series: &Series,
    spread: &TrialSpread,
    at: &dyn Fn(f64) -> Option<f64>,
    median_colour: Color32,
) {
    let (colour, middle) = (series.style.colour, -(row as f64));
    let (Some(least), Some(most), Some(median)) = (at(spread.least), at(spread.most), at(spread.median)) else {
        return;
    };
    let y = middle + BOX_ABOVE;
    if let Some((low, high)) = spread.quartiles.and_then(|(low, high)| Some((at(low)?, at(high)?))) {
        let fill = if series.style.filled { colour.gamma_multiply(0.45) } else { Color32::TRANSPARENT };
        let element = BoxElem::new(y, BoxSpread::new(least, low, median, high, most))
            .box_width(0.34)
            .whisker_width(0.2)
            .fill(fill)
            .stroke(Stroke::new(1.4, colour));
        plot.box_plot(BoxPlot::new(format!("box {row}"), vec![element]).horizontal().allow_hover(false));
    } else {
        let range = Line::new(format!("range {row}"), PlotPoints::from(vec![[least, y], [most, y]]));
        plot.line(range.color(colour).width(1.4).allow_hover(false));
    }
    let tick = vec![[median, y - 0.17], [median, y + 0.17]];
    plot.line(
        Line::new(format!("median {row}"), PlotPoints::from(tick)).color(median_colour).width(2.0).allow_hover(false),
    );
    let last = spread.dots.len().saturating_sub(1).max(1) as f64;
    let dot_y = |index: usize| middle - DOTS_BELOW + DOTS_HEIGHT * (0.5 - index as f64 / last);
    let dot = |(index, nanos): (usize, f64)| Some([at(nanos)?, dot_y(index)]);
    let dots: Vec<[f64; 2]> =
        spread.dots.iter().enumerate().filter_map(|(index, one)| dot((index, one.nanos))).collect();
    let outliers: Vec<[f64; 2]> = spread
        .dots
        .iter()
        .enumerate()
        .filter(|(_, one)| one.outlier)
        .filter_map(|(index, one)| dot((index, one.nanos)))
        .collect();
    let rings = Points::new(format!("rings {row}"), PlotPoints::from(outliers)).color(median_colour).radius(5.5);
    plot.points(rings.filled(false).shape(MarkerShape::Circle).allow_hover(false));
    // The name tells the row to the read-out.
    let dots = Points::new(row.to_string(), PlotPoints::from(dots)).color(colour).radius(theme::DOT / 2.0 - 0.4);
    plot.points(dots.filled(series.style.filled).shape(MarkerShape::Circle));
}
