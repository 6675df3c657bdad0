//! Times of the tasks on a logarithmic axis: cumulative curves or histograms, with the percentiles marked.

use eframe::egui::Ui;
use egui_plot::{FilledArea, HoverPosition, Line, PlotPoints, PlotUi, Points};

use super::series::Series;
use super::words;
use crate::analysis::distribution::{TaskDistributions, TaskTimes};
use crate::lab::view::TaskPlot;
use crate::trial::Percentiles;
use crate::ui::plot::{self, LINE_WIDTH, RIGHT_MARGIN, Scale};
use crate::ui::theme;
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::text;
use crate::units;

/// Least width of the plot.
const LEAST_WIDTH: f32 = 200.0;
/// Least height of the plot.
const LEAST_HEIGHT: f32 = 280.0;
/// Share of a large window's height that it takes.
const HEIGHT_OF_WINDOW: f32 = 0.3;
/// Percentiles marked, as shares.
const MARKED: [f64; 4] = [0.5, 0.95, 0.99, 0.999];

/// A model shown, its times, and its percentiles.
type Drawn<'a> = (&'a Series, &'a TaskTimes, Option<Percentiles>);

/// Draws the plot.
pub fn show(ui: &mut Ui, cx: &ViewContext<'_>, run_id: u64, series: &[Series], tasks: &TaskDistributions) {
    let Some(run) = &cx.lab.run else { return };
    let palette = theme::palette(ui);
    let form = cx.lab.view.distribution.plot;
    let Some((least, most)) = tasks.range() else {
        let none = format!("The {} of every task was 0 ns", tasks.time.title());
        text(ui, none, theme::body(), palette.secondary);
        return;
    };
    let drawn: Vec<Drawn<'_>> = series
        .iter()
        .filter(|one| one.shown)
        .filter_map(|one| {
            let times = tasks.models.iter().find(|times| times.contender == one.contender)?;
            Some((one, times, words::percentiles(run.summary(&one.contender), tasks.time)))
        })
        .collect();
    let sentence = words::tasks(run, form, tasks, drawn.iter().map(|(one, ..)| &one.contender));
    let x = Scale::logarithmic(|nanos| units::milliseconds(nanos / units::NANOS_PER_MS));
    let y = Scale::linear(|share| units::percent(share * 100.0));
    let read_drawn = drawn.clone();
    let (time, read_x) = (tasks.time, x.clone());
    let read_out = move |at: &HoverPosition<'_>| match at {
        HoverPosition::NearDataPoint { plot_name, index, .. } => {
            let (one, _, percentiles) = read_drawn.get(plot_name.parse::<usize>().ok()?)?;
            words::mark(&one.contender, *percentiles, time, *index)
        }
        HoverPosition::Elsewhere { position } => {
            let nanos = read_x.value(position.x);
            let models = read_drawn.iter().map(|(one, times, _)| (&one.contender, *times));
            match form {
                TaskPlot::Curve => words::shares_up_to(nanos, models),
                TaskPlot::Histogram => words::shares_in_bin(nanos, models),
            }
        }
    };
    let id = format!("tasks {:?} {form:?} {run_id}", tasks.time);
    let label = match form {
        TaskPlot::Curve => "share of the tasks, at most so long",
        TaskPlot::Histogram => "share of the tasks in a bin",
    };
    let figure = plot::plot(&id, x.clone(), y, (format!("{}, logarithmic", tasks.time.title()), label.to_owned()))
        .width((ui.available_width() - RIGHT_MARGIN).max(LEAST_WIDTH))
        .height((ui.ctx().content_rect().height() * HEIGHT_OF_WINDOW).max(LEAST_HEIGHT))
        .show_y(false)
        .label_formatter(read_out);
    let figure = match form {
        TaskPlot::Curve => figure.include_y(1.0),
        TaskPlot::Histogram => figure,
    };
    plot::show(ui, figure, &sentence, move |plot| {
        for (index, one) in drawn.iter().enumerate() {
            match form {
                TaskPlot::Curve => curve(plot, index, one, &x, (least, most)),
                TaskPlot::Histogram => histogram(plot, index, one, &x),
            }
        }
        for (index, one) in drawn.iter().enumerate() {
            marks(plot, index, one, form, &x);
        }
    });
}

/// Draws the steps of a cumulative curve, up to its longest time.
fn curve(plot: &mut PlotUi<'_>, index: usize, (series, times, _): &Drawn<'_>, x: &Scale<'_>, ends: (f64, f64)) {
    let (Some(first), Some(last)) = (x.position(ends.0), x.position(ends.1)) else { return };
    let mut share = times.zero_share;
    let mut steps = Vec::with_capacity(times.curve.len() * 2 + 2);
    if share > 0.0 {
        steps.push([first, share]);
    }
    for (nanos, next) in &times.curve {
        let Some(at) = x.position(*nanos) else { continue };
        steps.extend([[at, share], [at, *next]]);
        share = *next;
    }
    // A model whose tasks all took 0 ns is a line at the top.
    if times.curve.is_empty() {
        steps.push([last, share]);
    }
    // Bands would join steps of less than a pixel with the next step, wherever that is.
    let line = Line::new(format!("curve {index}"), PlotPoints::from(steps)).allow_band(false);
    plot.line(line.color(series.style.colour).width(LINE_WIDTH).style(series.style.line).allow_hover(false));
}

/// Draws a histogram as an outline over a faint area.
fn histogram(plot: &mut PlotUi<'_>, index: usize, (series, times, _): &Drawn<'_>, x: &Scale<'_>) {
    let mut outline: Vec<[f64; 2]> = Vec::new();
    for bin in &times.bins {
        let (Some(from), Some(to)) = (x.position(bin.from), x.position(bin.to)) else { continue };
        match outline.last_mut() {
            // The bin before it ends here.
            Some(last) if (last[0] - from).abs() < 1e-9 => *last = [from, bin.share],
            _ => outline.extend([[from, 0.0], [from, bin.share]]),
        }
        outline.extend([[to, bin.share], [to, 0.0]]);
    }
    let (xs, heights): (Vec<f64>, Vec<f64>) = outline.iter().map(|point| (point[0], point[1])).unzip();
    let style = series.style;
    let area = FilledArea::new(format!("area {index}"), &xs, &vec![0.0; xs.len()], &heights);
    plot.add(area.fill_color(style.colour.gamma_multiply(0.12)).allow_hover(false));
    let line = Line::new(format!("outline {index}"), PlotPoints::from(outline)).allow_band(false);
    plot.line(line.color(style.colour).width(LINE_WIDTH).style(style.line).allow_hover(false));
}

/// Marks the percentiles.
fn marks(plot: &mut PlotUi<'_>, index: usize, (series, times, percentiles): &Drawn<'_>, form: TaskPlot, x: &Scale<'_>) {
    let Some(percentiles) = percentiles else { return };
    let at = |(nanos, share): (f64, f64)| {
        let height = match form {
            TaskPlot::Curve => share,
            TaskPlot::Histogram => times.bin_at(nanos).map_or(0.0, |bin| bin.share),
        };
        // A percentile of 0 ns has no position; the mark is on the edge of the visible part.
        x.position(nanos.max(1.0)).map(|position| [position, height])
    };
    let nanos = [percentiles.p50, percentiles.p95, percentiles.p99, percentiles.p999];
    let points: Option<Vec<[f64; 2]>> = nanos.into_iter().zip(MARKED).map(at).collect();
    // The name tells the model to the read-out.
    let marks = Points::new(index.to_string(), PlotPoints::from(points.unwrap_or_default()));
    plot.points(marks.color(series.style.colour).radius(4.5).filled(series.style.filled).shape(series.style.marker));
}
