//! The timeline: every task on its lane, all models on one time axis. Shapes show the state: compute has full height,
//! a file step half of it, wait is a thin bar, a fetch a thin bar with caps, queueing a dotted line, all in the
//! model's hue; lock wait is hatched.

mod drawn_shapes;
mod event_list;
mod group;
mod group_names;
mod marks;
mod navigation;
mod overview;
mod pattern_list;
mod selection_bar;
pub(super) mod span_painter;
mod span_shapes;
mod stuck;
mod ticker;
pub(super) mod time_axis;
mod tools;
mod usage_strip;

use eframe::egui::{Align, Align2, CornerRadius, Layout, Rect, ScrollArea, Sense, Ui, Vec2, pos2};

pub(super) use self::drawn_shapes::Drawn;
use self::navigation::{Drag, pan_and_zoom};
pub(super) use self::span_shapes::{draw_span, hatch};
use self::time_axis::{BEYOND_WIDTH, NAMES_WIDTH, TimeAxis, tick_label, ticks};
pub(super) use self::tools::{drawn, legend, store_drawn};
use super::view_context::ViewContext;
use super::widgets::{figure, focus_ring, painted, text};
use super::{focus, theme};
use crate::lab::descriptions::then_finding;
use crate::lab::row_order::rows;
use crate::lab::run::Run;
use crate::units;

/// Heights of the view below which the selection is told below the lanes, and below which there is no overview: the lanes
/// have priority.
const LEAST_FOR_SELECTION: f32 = 200.0;
const LEAST_FOR_OVERVIEW: f32 = 280.0;
/// Width of the time at the pointer.
const CURSOR_WIDTH: f32 = 64.0;

/// Draws the view.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let Some(run) = &cx.lab.run else { return };
    if !has_lanes(run) {
        let message = if run.is_running() { "No completed trial yet" } else { "No trial was completed" };
        text(ui, message, theme::body(), theme::palette(ui).secondary);
        if !run.is_running() {
            group_names::reasons(ui, run, &rows(cx.lab, run));
        }
        return;
    }
    let room = ui.available_height();
    event_list::show(ui, cx, run);
    if room >= LEAST_FOR_SELECTION {
        selection_bar::panel(ui, cx, run);
    }
    let without_panels = ui.available_height();
    ui.spacing_mut().item_spacing.y = 4.0;
    tools::show(ui, cx, run);
    // The ruler is outside the scroll area and the lanes are inside: both leave room for the scroll bar, even if
    // there is none.
    let (range, _) = cx.lab.timeline_range();
    let region = ui.available_rect_before_wrap();
    let axis = TimeAxis::over(region, range, scroll_bar_width(ui)).with_cursor(ui, region.intersect(ui.clip_rect()));
    if room >= LEAST_FOR_OVERVIEW {
        overview::show(ui, cx, run, axis);
    }
    ruler(ui, cx, axis);
    let lanes = ScrollArea::vertical().id_salt(("timeline", run.results().started_at_ms)).auto_shrink(false);
    // In a small window it must not reach over what is below it.
    let shown = lanes.min_scrolled_height(0.0).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 8.0;
        groups(ui, cx, run, axis, true);
        if room < LEAST_FOR_SELECTION {
            selection_bar::show(ui, cx, run);
        }
        ui.add_space(theme::STEP * 2.0);
        focus::follow_focus(ui);
    });
    event_list::leave_room(ui, without_panels - (shown.inner_rect.height() - shown.content_size.y));
}

/// Draws the lanes alone, below the comparison.
pub fn below(ui: &mut Ui, cx: &mut ViewContext<'_>, run: &Run) {
    if !has_lanes(run) {
        return;
    }
    ui.add_space(theme::STEP * 5.0);
    ui.horizontal(|ui| {
        text(ui, "Timeline of one trial each, one axis for all", theme::title(), theme::palette(ui).text);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| tools::full_legend(ui, cx, run));
    });
    ui.add_space(theme::STEP);
    // The scroll area of the comparison has already subtracted its bar.
    let (range, _) = cx.lab.timeline_range();
    let region = ui.available_rect_before_wrap();
    let axis = TimeAxis::over(region, range, 0.0).with_cursor(ui, region.intersect(ui.clip_rect()));
    ruler(ui, cx, axis);
    ui.spacing_mut().item_spacing.y = 8.0;
    groups(ui, cx, run, axis, false);
    selection_bar::show(ui, cx, run);
}

/// Returns true if there are tasks to draw: of completed trials, or some that were stuck.
fn has_lanes(run: &Run) -> bool {
    run.results().trials.iter().any(|trial| trial.completed().is_some() || trial.stuck().is_some())
}

/// Draws the lanes of all models, with their usage and patterns if there is room for them. The shapes on screen are stored
/// for the legend, which is drawn before them.
fn groups(ui: &mut Ui, cx: &mut ViewContext<'_>, run: &Run, axis: TimeAxis, with_details: bool) {
    let mut drawn = Drawn::default();
    for contender in &rows(cx.lab, run) {
        drawn.add(match run.results().stuck_trial(contender, cx.lab.view.timeline_round) {
            Some(trial) => stuck::show(ui, cx, contender, trial, axis),
            None => group::show(ui, cx, run, contender, axis),
        });
        if with_details {
            usage_strip::show(ui, cx, run, contender, axis);
            pattern_list::show(ui, cx, run, contender);
        }
    }
    if drawn != tools::drawn(ui) {
        tools::store_drawn(ui, drawn);
        ui.ctx().request_discard("the legend is about what was drawn");
    }
}

/// Returns the width of the scroll bar.
fn scroll_bar_width(ui: &Ui) -> f32 {
    ui.spacing().scroll.allocated_width()
}

/// Draws the shared axis, which can be panned and zoomed by keyboard when it has the focus.
fn ruler(ui: &mut Ui, cx: &mut ViewContext<'_>, axis: TimeAxis) {
    let palette = theme::palette(ui);
    let range = axis.range;
    let Some(run) = &cx.lab.run else { return };
    let sentence = format!(
        "Timeline from {} to {}, one axis for all models{}",
        units::duration(range.from),
        units::duration(range.to),
        then_finding(cx.lab, run)
    );
    let size = Vec2::new(NAMES_WIDTH + axis.width + BEYOND_WIDTH, 20.0);
    let (response, painter) = figure(ui, size, Sense::click_and_drag(), &sentence);
    for nanos in ticks(range, axis.width) {
        let x = axis.x(nanos);
        painter.vline(x, response.rect.bottom() - 4.0..=response.rect.bottom(), (1.0, palette.tertiary));
        // Half a label would be another time.
        if axis.cursor.is_some_and(|cursor| (cursor - x).abs() < CURSOR_WIDTH) {
            continue;
        }
        let label = tick_label(nanos, range);
        painted(
            &painter,
            pos2(x, response.rect.center().y),
            Align2::CENTER_CENTER,
            &label,
            (theme::small(), palette.tertiary),
            80.0,
        );
    }
    if let Some(x) = axis.cursor {
        let label = units::duration(axis.nanos(x));
        let ground = Rect::from_center_size(pos2(x, response.rect.center().y), Vec2::new(CURSOR_WIDTH, 16.0));
        painter.rect_filled(ground, CornerRadius::same(theme::MARK_CORNER), palette.raised);
        let at = pos2(x, response.rect.center().y);
        painted(&painter, at, Align2::CENTER_CENTER, &label, (theme::small(), palette.text), CURSOR_WIDTH);
    }
    cx.pane(&response);
    focus_ring(ui, &response);
    pan_and_zoom(ui, cx, &response, axis, Drag::Pans);
    let tip = "Drag to move, Ctrl and scroll to zoom; with the focus: arrow keys, plus and minus, Home for the best fit, End for all";
    response.on_hover_text(tip);
}
