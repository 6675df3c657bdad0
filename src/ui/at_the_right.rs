//! Contents at the right edge of a row that are drawn, read and reached from left to right.

use eframe::egui::{Align, Layout, Ui, Vec2};

/// Draws the first contents in the room that the second ones leave, and the second ones at the right edge. The width of
/// the second ones is that of the frame before; a frame in which it changes is discarded.
pub fn at_the_right<R>(ui: &mut Ui, first: impl FnOnce(&mut Ui) -> R, second: impl FnOnce(&mut Ui)) -> R {
    let memory = ui.next_auto_id().with("width at the right");
    let before = ui.data(|data| data.get_temp::<f32>(memory));
    let gap = ui.spacing().item_spacing.x;
    // Without a known width nothing may be wider than the row: panels grow with their contents.
    let room = before.map_or(0.0, |width| (ui.available_width() - width - gap).max(0.0));
    let height = ui.available_height().min(ui.spacing().interact_size.y);
    let shown = ui.allocate_ui_with_layout(Vec2::new(room, height), Layout::left_to_right(Align::Center), |ui| {
        ui.set_width(room);
        first(ui)
    });
    let width = ui.horizontal(second).response.rect.width();
    if before.is_none_or(|before| (before - width).abs() > 0.5) {
        ui.data_mut(|data| data.insert_temp(memory, width));
        ui.ctx().request_discard("the width at the right is now known");
    }
    shown.inner
}
