//! Panning and zooming of the timeline, by pointer and keys. Draws nothing.

use eframe::egui::{Event, EventFilter, Key, Response, Ui};

use super::time_axis::TimeAxis;
use crate::lab::Command;
use crate::lab::view::Zoom;
use crate::ui::view_context::ViewContext;

/// Pans and zooms the axis by pointer and keys.
pub fn pan_and_zoom(ui: &Ui, cx: &mut ViewContext<'_>, response: &Response, axis: TimeAxis) {
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
        for zoom in ui.input(|input| input.events.iter().filter_map(zoom_of_key).collect::<Vec<_>>()) {
            cx.push(Command::Zoom(zoom));
        }
    }
}

fn zoom_of_key(event: &Event) -> Option<Zoom> {
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
