//! Every task on its lane, all models on one shared time axis. State is form: compute is full
//! height, a file half of it, wait a thin bar, a fetch one with caps, queue a dotted line, all in the
//! model's hue; lock wait is hatched.

mod event_list;
mod group;
mod span_painter;
mod ticker;
mod tools;

use eframe::egui::{Align, Align2, Event, EventFilter, Key, Layout, Rect, Response, ScrollArea, Sense, Ui, Vec2, pos2};

use self::span_painter::Drawn;
pub(super) use self::span_painter::hatch;
use super::widgets::{figure, focus_ring, painted, text};
use super::{ViewContext, theme};
use crate::lab::descriptions::finding;
use crate::lab::row_order::rows;
use crate::lab::run::Run;
use crate::lab::view::{Range, Zoom};
use crate::lab::{Command, Lab};
use crate::units;

/// Width of the names beside the lanes.
const NAMES_WIDTH: f32 = 186.0;
/// Room at the right for how far a model goes on.
const BEYOND_WIDTH: f32 = 64.0;

/// Moments to pixels.
#[derive(Debug, Clone, Copy)]
struct TimeAxis {
    range: Range,
    left: f32,
    width: f32,
}

impl TimeAxis {
    /// The axis of all lanes within `rect`, without what is taken for a scroll bar at its right edge.
    /// Made once for ruler and lanes, so that a moment is at the same place in both.
    fn over(rect: Rect, lab: &Lab, scroll_bar: f32) -> Self {
        let width = (rect.width() - scroll_bar - NAMES_WIDTH - BEYOND_WIDTH).max(40.0);
        Self { range: lab.timeline_range().0, left: rect.left() + NAMES_WIDTH, width }
    }

    fn x(&self, nanos: f64) -> f32 {
        self.left + ((nanos - self.range.from) / (self.range.to - self.range.from)) as f32 * self.width
    }

    fn nanos(&self, x: f32) -> f64 {
        self.range.from + f64::from((x - self.left) / self.width) * (self.range.to - self.range.from)
    }

    fn nanos_per_pixel(&self) -> f64 {
        (self.range.to - self.range.from) / f64::from(self.width.max(1.0))
    }
}

/// Draws it.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let Some(run) = &cx.lab.run else { return };
    if !run.results.trials.iter().any(|trial| trial.completed().is_some()) {
        text(ui, "No completed trial yet", theme::body(), theme::palette(ui).secondary);
        return;
    }
    event_list::show(ui, cx, run);
    ui.spacing_mut().item_spacing.y = 4.0;
    tools::show(ui, cx, run);
    // The ruler is outside the scroll area and the lanes are inside: both leave room for its bar,
    // whether there is one or not.
    let axis = TimeAxis::over(ui.available_rect_before_wrap(), cx.lab, scroll_bar_width(ui));
    ruler(ui, cx, axis);
    ScrollArea::vertical().id_salt(("timeline", run.results.started_at_ms)).auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 8.0;
        groups(ui, cx, run, axis);
        ui.add_space(theme::STEP * 2.0);
    });
}

/// The lanes alone, below the comparison.
pub fn below(ui: &mut Ui, cx: &mut ViewContext<'_>, run: &Run) {
    if !run.results.trials.iter().any(|trial| trial.completed().is_some()) {
        return;
    }
    ui.add_space(theme::STEP * 5.0);
    ui.horizontal(|ui| {
        text(ui, "Timeline, one axis for all", theme::title(), theme::palette(ui).text);
        ui.with_layout(Layout::right_to_left(Align::Center), tools::legend);
    });
    ui.add_space(theme::STEP);
    // All of this is inside the scroll area of the comparison, which has taken its bar off already.
    let axis = TimeAxis::over(ui.available_rect_before_wrap(), cx.lab, 0.0);
    ruler(ui, cx, axis);
    ui.spacing_mut().item_spacing.y = 8.0;
    groups(ui, cx, run, axis);
}

/// The lanes of all models. What of them is on screen is kept for the legend, which is drawn before them.
fn groups(ui: &mut Ui, cx: &mut ViewContext<'_>, run: &Run, axis: TimeAxis) {
    let mut drawn = Drawn::default();
    for contender in &rows(cx.lab, run) {
        drawn.add(group::show(ui, cx, run, contender, axis));
    }
    if drawn != tools::drawn(ui) {
        tools::keep_drawn(ui, drawn);
        ui.ctx().request_discard("the legend is about what was drawn");
    }
}

/// Room that a scroll area takes for its bar where it has one.
fn scroll_bar_width(ui: &Ui) -> f32 {
    ui.spacing().scroll.allocated_width()
}

/// The shared axis; with the keyboard focus it pans and zooms.
fn ruler(ui: &mut Ui, cx: &mut ViewContext<'_>, axis: TimeAxis) {
    let palette = theme::palette(ui);
    let range = axis.range;
    let Some(run) = &cx.lab.run else { return };
    let sentence = format!(
        "Timeline from {} to {}, one axis for all models: {}",
        units::duration(range.from),
        units::duration(range.to),
        finding(run)
    );
    let size = Vec2::new(NAMES_WIDTH + axis.width + BEYOND_WIDTH, 20.0);
    let (response, painter) = figure(ui, size, Sense::click_and_drag(), &sentence);
    for nanos in ticks(range, axis.width) {
        let x = axis.x(nanos);
        painter.vline(x, response.rect.bottom() - 4.0..=response.rect.bottom(), (1.0, palette.tertiary));
        let words = tick_words(nanos, range);
        painted(
            &painter,
            pos2(x, response.rect.center().y),
            Align2::CENTER_CENTER,
            &words,
            (theme::small(), palette.tertiary),
            80.0,
        );
    }
    cx.pane(&response);
    focus_ring(ui, &response);
    moved(ui, cx, &response, axis);
    let tip = "Drag to move, Ctrl and scroll to zoom; with the focus: arrow keys, plus and minus, Home for the best fit, End for all";
    response.on_hover_text(tip);
}

pub(super) fn ticks(range: Range, width: f32) -> Vec<f64> {
    let rough = (range.to - range.from) / f64::from((width / 90.0).max(1.0));
    let power = 10_f64.powf(rough.log10().floor());
    let step =
        [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * power).find(|step| *step >= rough).unwrap_or(rough);
    let first = (range.from / step).ceil();
    (0..64).map(|place| (first + f64::from(place)) * step).take_while(|nanos| *nanos <= range.to).collect()
}

/// All ticks in the unit of the right edge, with the digits that tell neighbours apart.
pub(super) fn tick_words(nanos: f64, range: Range) -> String {
    let (factor, unit) = match range.to {
        ..1e3 => (1.0, "ns"),
        ..1e6 => (1e3, "µs"),
        ..1e9 => (1e6, "ms"),
        _ => (1e9, "s"),
    };
    let step = (range.to - range.from) / factor / 8.0;
    let decimals = (-step.log10()).ceil().clamp(0.0, 6.0) as usize;
    format!("{:.decimals$} {unit}", nanos / factor)
}

/// Pans and zooms by pointer and keys.
fn moved(ui: &Ui, cx: &mut ViewContext<'_>, response: &Response, axis: TimeAxis) {
    if response.dragged() && response.drag_delta().x != 0.0 {
        cx.push(Command::Zoom(Zoom::Pan(-f64::from(response.drag_delta().x / axis.width))));
    }
    if response.double_clicked() {
        cx.push(Command::Zoom(Zoom::Fit));
    }
    if let Some(pointer) = response.hover_pos() {
        let (zoom, scroll) = ui.input(|input| (input.zoom_delta(), input.smooth_scroll_delta().x));
        if zoom != 1.0 {
            let around = f64::from((pointer.x - axis.left) / axis.width).clamp(0.0, 1.0);
            cx.push(Command::Zoom(Zoom::By { factor: f64::from(zoom), around }));
        }
        if scroll != 0.0 {
            cx.push(Command::Zoom(Zoom::Pan(-f64::from(scroll / axis.width))));
        }
    }
    if response.has_focus() {
        let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        for zoom in ui.input(|input| input.events.iter().filter_map(key_moves).collect::<Vec<_>>()) {
            cx.push(Command::Zoom(zoom));
        }
    }
}

fn key_moves(event: &Event) -> Option<Zoom> {
    let Event::Key { key, pressed: true, modifiers, .. } = event else { return None };
    if modifiers.command || modifiers.alt {
        return None;
    }
    match key {
        Key::ArrowLeft => Some(Zoom::Pan(-0.1)),
        Key::ArrowRight => Some(Zoom::Pan(0.1)),
        Key::Plus | Key::Equals => Some(Zoom::By { factor: 1.5, around: 0.5 }),
        Key::Minus => Some(Zoom::By { factor: 1.0 / 1.5, around: 0.5 }),
        Key::Home => Some(Zoom::Fit),
        Key::End => Some(Zoom::All),
        _ => None,
    }
}

/// The part of a rectangle that holds lanes.
fn lanes_rect(row: Rect, axis: TimeAxis) -> Rect {
    Rect::from_min_max(pos2(axis.left, row.top()), pos2(axis.left + axis.width, row.bottom()))
}
