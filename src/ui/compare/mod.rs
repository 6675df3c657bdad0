//! The comparison: one row per model. The plot is the table.

mod axis;
pub mod column_menu;
mod columns;
mod details;
mod row;

use eframe::egui::{Align2, Painter, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2};

use self::axis::Scale;
use self::columns::{Columns, plot_rect};
use super::view_context::ViewContext;
use super::widgets::{figure, keep_together, line, painted, part, text_width};
use super::{cpu, theme, timeline, view_scroll};
use crate::analysis::metric::{TIMES_AS_FAST, WALL_TIME};
use crate::lab::Command;
use crate::lab::descriptions::then_finding;
use crate::lab::highlight;
use crate::lab::row_order::rows;
use crate::lab::run::Run;
use crate::lab::view::Sort;
use crate::units::plural;

/// Draws the view.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let Some(run) = &cx.lab.run else { return };
    let order = rows(cx.lab, run);
    // The heads stay above the scrolled rows; both leave room for the scroll bar.
    let width = ui.available_width() - view_scroll::bar_width(ui, cx);
    let columns = Columns::of(width, &cx.lab.view.columns, highlight::of_run(run));
    head(ui, cx, &columns);
    // Each run and each presentation starts scrolled to the top, where the answer is.
    let shown = (run.results().started_at_ms, cx.lab.presented().is_some());
    view_scroll::show(ui, cx, ("compare", shown), |ui, cx| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let scale = Scale::of(run, cx.lab.view.axis);
        part(ui, Role::Table, "Results", |ui| {
            for (index, contender) in order.iter().enumerate() {
                let response = row::show(ui, cx, run, contender, &columns, &scale);
                if index == 0 {
                    cx.pane(&response);
                }
                if cx.lab.view.open_rows.contains(contender) {
                    details::show(ui, run, contender);
                }
            }
            if !cx.lab.keeps_secret() {
                for left_out in &run.results().experiment.left_out {
                    row::left_out(ui, run, left_out, &columns);
                }
            }
        });
        foot(ui, cx, run, &columns, &scale);
        if run.is_running() {
            cpu::show_live(ui, run, (columns.plot.0, width));
        } else {
            timeline::below(ui, cx, run);
        }
        ui.add_space(theme::STEP * 4.0);
    });
}

/// Draws the heads of the columns; a click sorts by one.
fn head(ui: &mut Ui, cx: &mut ViewContext<'_>, columns: &Columns) {
    let palette = theme::palette(ui);
    let (_, rect) = ui.allocate_space(Vec2::new(ui.available_width(), 20.0));
    let narrow = columns.cores_bar == 0.0;
    if columns.left_out > 0 {
        let verb = if columns.left_out == 1 { "does" } else { "do" };
        let note = format!("{} {verb} not fit", plural(columns.left_out as u64, "column"));
        // Above the plot, which has no head, beside the heads of those that fit.
        let at = pos2(rect.left() + columns.plot.1, rect.center().y);
        let style = (theme::small(), palette.tertiary);
        painted(ui.painter(), at, Align2::RIGHT_CENTER, &note, style, columns.plot.1 - columns.plot.0);
    }
    let wall = (&WALL_TIME, columns.wall);
    for (metric, right) in std::iter::once(wall).chain(columns.metrics.iter().copied()) {
        let sort = Sort::by(metric);
        let label = if narrow { metric.short_head } else { metric.head };
        let tip = metric.help;
        let at = pos2(rect.left() + right, rect.center().y);
        let sorted = sort == Some(cx.lab.view.sort);
        let style = (theme::small(), if sorted { palette.text } else { palette.tertiary });
        let label_rect = painted(ui.painter(), at, Align2::RIGHT_CENTER, label, style, 110.0);
        // By pointer only: the keyboard has "Order", and one tab stop less.
        let sense = if sort.is_some() { Sense::CLICK } else { Sense::HOVER };
        let head = ui.interact(label_rect, ui.scope_id().with(("head", label)), sense);
        head.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, true, metric.head));
        let tip = sort.map_or_else(|| tip.to_owned(), |sort| format!("{tip}. Click for this order: {}", sort.title()));
        if head.on_hover_text(tip).clicked()
            && let Some(sort) = sort
        {
            cx.push(Command::Sort(sort));
        }
    }
}

/// Draws the axis below the rows, and the legend.
fn foot(ui: &mut Ui, cx: &ViewContext<'_>, run: &Run, columns: &Columns, scale: &Scale) {
    let palette = theme::palette(ui);
    let kind = if scale.logarithmic { "logarithmic" } else { "linear" };
    let models = run.results().experiment.models.len();
    let sentence = format!("Plot of the wall times of {models} models on a {kind} axis{}", then_finding(cx.lab, run));
    let (response, painter) = figure(ui, Vec2::new(ui.available_width(), 20.0), Sense::hover(), &sentence);
    let plot = plot_rect(response.rect, columns);
    let mut taken = f32::NEG_INFINITY;
    for (share, label) in &scale.ticks {
        let at = pos2(plot.left() + share * plot.width(), plot.center().y);
        let half = text_width(&painter, label, &theme::small()) / 2.0;
        // Beside an open panel in a small window the plot has room for few labels.
        if at.x - half > taken + theme::STEP {
            painted(&painter, at, Align2::CENTER_CENTER, label, (theme::small(), palette.tertiary), 70.0);
            taken = at.x + half;
        }
    }
    legend(ui, scale.logarithmic, columns.right_of(&TIMES_AS_FAST).is_some());
}

/// Draws the legend with the symbols of the plot.
fn legend(ui: &mut Ui, logarithmic: bool, has_ratios: bool) {
    let palette = theme::palette(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::new(5.0, 2.0);
        let sample = |ui: &mut Ui, label: &str, draw: &dyn Fn(&Painter, Rect)| {
            keep_together(ui, &[(label, theme::small(), 16.0)]);
            let (rect, _) = ui.allocate_exact_size(Vec2::new(16.0, 14.0), Sense::hover());
            draw(ui.painter(), rect);
            line(ui, label, theme::small(), palette.tertiary);
            ui.add_space(theme::STEP * 2.0);
        };
        sample(ui, "trial", &|painter, rect| row::dot(painter, rect.center(), palette.secondary, palette.background));
        sample(ui, "median", &|painter, rect| {
            painter.vline(rect.center().x, rect.y_range(), (2.0, palette.text));
        });
        sample(ui, "95 % interval, from 6 rounds on", &|painter, rect| {
            painter.hline(rect.x_range(), rect.center().y, (2.0, palette.text));
        });
        sample(ui, "ideal of that model and its workers", &|painter, rect| {
            row::dashed(painter, rect.center().x, rect.y_range(), palette.text);
        });
        sample(ui, "warm-up", &|painter, rect| {
            painter.circle_stroke(rect.center(), theme::DOT / 2.0, (1.0, palette.secondary));
        });
        if has_ratios {
            // Else it would contradict the wall times beside it.
            let note = "times as fast: the median of the ratios by round";
            keep_together(ui, &[(note, theme::small(), 0.0)]);
            line(ui, note, theme::small(), palette.tertiary);
        }
        if logarithmic {
            line(ui, "a logarithmic axis has no zero, so no bars", theme::small(), palette.tertiary);
        }
    });
}
