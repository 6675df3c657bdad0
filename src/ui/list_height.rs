//! The height of the list in the left panel: the line below the list can be dragged, or moved by the arrow keys.

use eframe::egui::{CursorIcon, EventFilter, Key, Sense, Stroke, Ui, WidgetInfo};

use super::key_presses::plain;
use super::theme;
use super::view_context::ViewContext;
use super::widgets::focus_ring;
use crate::lab::Command;

/// Height of the line that can be dragged.
const HANDLE: f32 = 7.0;
/// Space between the line and the edge of the panel, as beside the list.
const MARGIN: f32 = 10.0;
/// Least height that is left to the list, and to what is below it.
const LEAST: f32 = 120.0;
/// Share that an arrow key adds.
const KEY_STEP: f32 = 0.05;

/// Returns the height of the list: the one chosen, else `by_default`, and no more than its rows take.
pub fn of_list(ui: &Ui, cx: &ViewContext<'_>, by_default: f32, rows: f32) -> f32 {
    let panel = ui.clip_rect().height();
    let chosen = cx.lab.view.list_share.map_or(by_default, |share| share * panel);
    chosen.clamp(LEAST, (panel - 2.0 * LEAST).max(LEAST)).min(rows.max(1.0))
}

/// Draws the line below the list. `list`: the height that the list has now.
pub fn handle(ui: &mut Ui, cx: &mut ViewContext<'_>, panel: f32, list: f32) {
    let palette = theme::palette(ui);
    let size = [ui.available_width() - MARGIN, HANDLE];
    let (rect, response) = ui.allocate_exact_size(size.into(), Sense::click_and_drag());
    let share = list / panel;
    response
        .widget_info(|| WidgetInfo::slider(true, f64::from((share * 100.0).round()), "Height of the list, percent"));
    let response = response.on_hover_cursor(CursorIcon::ResizeVertical);
    let response = response.on_hover_text("Drag to give the list more or less room; a double click undoes that");
    let mut wanted = response.dragged().then(|| share + response.drag_delta().y / panel);
    if response.has_focus() {
        let filter = EventFilter { vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let keys = ui.input(plain);
        let presses = |wanted: Key| keys.iter().filter(|key| **key == wanted).count() as f32;
        let steps = presses(Key::ArrowDown) - presses(Key::ArrowUp);
        if steps != 0.0 {
            wanted = Some(share + steps * KEY_STEP);
        }
    }
    if response.double_clicked() {
        cx.push(Command::ListShare(None));
    } else if let Some(wanted) = wanted {
        cx.push(Command::ListShare(Some(wanted)));
    }
    let active = response.hovered() || response.dragged();
    let stroke = if active { Stroke::new(2.0, palette.accent) } else { Stroke::new(1.0, palette.hairline) };
    ui.painter().hline(rect.x_range(), rect.center().y, stroke);
    focus_ring(ui, &response);
}
