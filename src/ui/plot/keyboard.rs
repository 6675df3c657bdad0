//! Moving and zooming the focused plot by keys. Draws nothing.

use eframe::egui::{Event, EventFilter, Key, Vec2};
use egui_plot::PlotUi;

/// Part of the visible range that an arrow key moves by.
const STEP: f64 = 0.1;
/// Factor by which a key zooms.
const ZOOM: f32 = 1.5;

/// Keys that the focused plot takes, for hints.
pub const HINT: &str = "arrow keys, + and − move and zoom the focused plot, Home shows all";

/// Applies the keys pressed while the plot has the focus.
pub fn pan_and_zoom(plot: &mut PlotUi<'_>) {
    if !plot.response().has_focus() {
        return;
    }
    let (id, ctx) = (plot.response().id, plot.ctx().clone());
    let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
    ctx.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
    for key in ctx.input(|input| input.events.iter().filter_map(pressed).collect::<Vec<_>>()) {
        let bounds = plot.plot_bounds();
        let step = (bounds.width() * STEP) as f32;
        match key {
            Key::ArrowLeft => plot.translate_bounds(Vec2::new(-step, 0.0)),
            Key::ArrowRight => plot.translate_bounds(Vec2::new(step, 0.0)),
            Key::Plus | Key::Equals => plot.zoom_bounds(Vec2::splat(ZOOM), bounds.center()),
            Key::Minus => plot.zoom_bounds(Vec2::splat(1.0 / ZOOM), bounds.center()),
            Key::Home => plot.set_auto_bounds(true),
            _ => {}
        }
    }
}

fn pressed(event: &Event) -> Option<Key> {
    match event {
        Event::Key { key, pressed: true, modifiers, .. } if !modifiers.command && !modifiers.alt => Some(*key),
        _ => None,
    }
}
