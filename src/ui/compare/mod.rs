//! One row per model that carries everything: the plot is the table.

mod axis;
mod details;
mod row;

use eframe::egui::{Align2, Rect, Role, ScrollArea, Sense, Ui, Vec2, WidgetInfo, pos2};

use self::axis::Scale;
use super::widgets::{figure, painted, part, text};
use super::{Cx, theme, timeline};
use crate::lab::extra::Extra;
use crate::lab::order::rows;
use crate::lab::run::Run;
use crate::lab::text::finding;

/// Where the columns stand, from the left edge of the table.
#[derive(Debug, Clone, Copy)]
struct Columns {
    plot: (f32, f32),
    wall: f32,
    times: f32,
    cores: f32,
    cores_bar: f32,
    memory: f32,
    switches: Option<f32>,
    extra: Option<(Extra, f32)>,
}

impl Columns {
    fn of(width: f32, extra: Option<Extra>) -> Self {
        let narrow = width < 800.0;
        let name = if narrow { 168.0 } else { 206.0 };
        let widths = match (narrow, extra) {
            (false, None) => [82.0, 86.0, 104.0, 86.0, 84.0, 0.0],
            (false, Some(_)) => [82.0, 86.0, 104.0, 86.0, 84.0, 96.0],
            (true, None) => [72.0, 58.0, 44.0, 62.0, 58.0, 0.0],
            // There is no room for both: what the workload is about is worth more.
            (true, Some(_)) => [72.0, 58.0, 44.0, 62.0, 0.0, 84.0],
        };
        let mut right = width;
        let [wall, times, cores, memory, switches, extra_right] = {
            let mut ends = [0.0; 6];
            for (end, taken) in ends.iter_mut().zip(widths).rev() {
                *end = right;
                right -= taken;
            }
            ends
        };
        let cores_bar = if narrow { 0.0 } else { 44.0 };
        let switches = (!narrow || extra.is_none()).then_some(switches);
        let extra = extra.map(|extra| (extra, extra_right));
        Self { plot: (name, right - 8.0), wall, times, cores, cores_bar, memory, switches, extra }
    }
}

/// Draws it.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    let Some(run) = &cx.lab.run else { return };
    let order = rows(cx.lab, run);
    ScrollArea::vertical().id_salt("compare").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let extra = Extra::of_run(run);
        let columns = Columns::of(ui.available_width(), extra);
        let scale = Scale::of(run, cx.lab.view.axis);
        head(ui, columns);
        part(ui, Role::Table, "Results", |ui| {
            for (place, contender) in order.iter().enumerate() {
                let response = row::show(ui, cx, run, contender, columns, &scale);
                if place == 0 {
                    cx.pane(&response);
                }
                if cx.lab.view.open_rows.contains(contender) {
                    details::show(ui, cx, run, contender);
                }
            }
            for left_out in &run.results.experiment.left_out {
                row::left_out(ui, run, left_out, columns);
            }
        });
        foot(ui, run, columns, &scale);
        if !run.is_running() {
            timeline::below(ui, cx, run);
        }
        ui.add_space(theme::STEP * 4.0);
    });
}

fn head(ui: &mut Ui, columns: Columns) {
    let palette = theme::palette(ui);
    let (_, rect) = ui.allocate_space(Vec2::new(ui.available_width(), 20.0));
    let narrow = columns.cores_bar == 0.0;
    let heads = [
        (columns.wall, "wall time", "The median over the measured trials"),
        (columns.times, if narrow { "× as fast" } else { "times as fast" }, "As the reference, paired by round"),
        (columns.cores, if narrow { "cores" } else { "cores used" }, "CPU time divided by wall time"),
        (
            columns.memory,
            if narrow { "memory" } else { "peak memory" },
            "Of the trial's processes, without the lab's records; \"up to\": a sum over processes, in which memory that they share counts for each",
        ),
    ];
    let switches = columns.switches.map(|right| {
        (right, if narrow { "switches" } else { "OS switches" }, "Times that a thread gave up its core or lost it")
    });
    let extra = columns
        .extra
        .map(|(extra, right)| (right, if narrow { extra.short_head() } else { extra.head() }, extra.tip()));
    for (right, words, tip) in heads.into_iter().chain(switches).chain(extra) {
        let at = pos2(rect.left() + right, rect.center().y);
        let taken = painted(ui.painter(), at, Align2::RIGHT_CENTER, words, (theme::small(), palette.tertiary), 110.0);
        let head = ui.interact(taken, ui.scope_id().with(("head", words)), Sense::hover());
        head.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, true, words));
        head.on_hover_text(tip);
    }
}

/// The axis below the rows, and what its signs mean.
fn foot(ui: &mut Ui, run: &Run, columns: Columns, scale: &Scale) {
    let palette = theme::palette(ui);
    let kind = if scale.logarithmic { "logarithmic" } else { "linear" };
    let models = run.results.experiment.models.len();
    let sentence = format!("Plot of the wall times of {models} models on a {kind} axis: {}", finding(run));
    let (response, painter) = figure(ui, Vec2::new(ui.available_width(), 20.0), Sense::hover(), &sentence);
    let plot = plot_rect(response.rect, columns);
    for (share, words) in &scale.ticks {
        let at = pos2(plot.left() + share * plot.width(), plot.center().y);
        painted(&painter, at, Align2::CENTER_CENTER, words, (theme::small(), palette.tertiary), 70.0);
    }
    let legend = "Dots: trials · tick: median · line: 95 % interval · dashed: the ideal of that model and its workers · ring: warm-up";
    text(ui, legend, theme::small(), palette.tertiary);
}

/// The plot's part of a row.
fn plot_rect(row: Rect, columns: Columns) -> Rect {
    Rect::from_min_max(pos2(row.left() + columns.plot.0, row.top()), pos2(row.left() + columns.plot.1, row.bottom()))
}
