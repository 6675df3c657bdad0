//! Panning and zooming of the timeline, by pointer and keys. Draws nothing.

use eframe::egui::{Event, EventFilter, Key, Response, Ui};

use super::time_axis::TimeAxis;
use crate::lab::Command;
use crate::lab::view::Zoom;
use crate::ui::view_context::ViewContext;

/// Effect of dragging.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Drag {
    /// Moves the axis.
    Pans,
    /// Selects a part of the time.
    Selects,
}

/// Pans and zooms the axis by pointer and keys.
pub fn pan_and_zoom(ui: &Ui, cx: &mut ViewContext<'_>, response: &Response, axis: TimeAxis, drag: Drag) {
    if drag == Drag::Pans && response.dragged() && response.drag_delta().x != 0.0 {
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
        for zoom in ui.input(|input| input.events.iter().filter_map(zoom_of_key).collect::<Vec<_>>()) {
            cx.push(Command::Zoom(zoom));
        }
    }
}

/// Returns the part of the time over which the pointer is dragged: left and right end, and true once it is released.
pub fn dragged_range(ui: &Ui, response: &Response, axis: TimeAxis) -> Option<(f64, f64, bool)> {
    let id = response.id.with("drag began");
    let within = |x: f32| axis.nanos(x.clamp(axis.left, axis.left + axis.width));
    if response.drag_started()
        && let Some(at) = ui.input(|input| input.pointer.press_origin())
    {
        ui.data_mut(|data| data.insert_temp(id, within(at.x)));
    }
    if !response.dragged() && !response.drag_stopped() {
        return None;
    }
    let began = ui.data(|data| data.get_temp::<f64>(id))?;
    let now = within(response.interact_pointer_pos()?.x);
    let far_enough = (axis.x(now) - axis.x(began)).abs() >= 3.0;
    far_enough.then(|| (began.min(now), began.max(now), response.drag_stopped()))
}

fn zoom_of_key(event: &Event) -> Option<Zoom> {
    let Event::Key { key, pressed: true, modifiers, .. } = event else { return None };
    if modifiers.command || modifiers.alt {
        return None;
    }
    match key {
        // With Shift they go from task to task.
        Key::ArrowLeft | Key::ArrowRight if modifiers.shift => None,
        Key::ArrowLeft => Some(Zoom::Pan(-0.1)),
        Key::ArrowRight => Some(Zoom::Pan(0.1)),
        Key::Plus | Key::Equals => Some(Zoom::By { factor: 1.5, around: 0.5 }),
        Key::Minus => Some(Zoom::By { factor: 1.0 / 1.5, around: 0.5 }),
        Key::Home => Some(Zoom::Fit),
        Key::End => Some(Zoom::All),
        _ => None,
    }
}
