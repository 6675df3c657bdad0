//! A tab: a word with a bar below it where it is chosen.

use eframe::egui::{Align2, CornerRadius, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo, pos2};

use super::theme;
use super::widgets::focus_ring;

/// Draws a tab of this height.
pub fn show(ui: &mut Ui, label: &str, selected: bool, height: f32) -> Response {
    let palette = theme::palette(ui);
    let colour = if selected { palette.text } else { palette.secondary };
    let galley = ui.painter().layout_no_wrap(label.to_owned(), theme::strong(), colour);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(galley.size().x + 20.0, height), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Tab, true, label));
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_selected(selected));
    if selected || response.hovered() {
        let bar = Rect::from_min_max(pos2(rect.left(), rect.bottom() - 2.0), rect.max);
        let colour = if selected { palette.accent } else { palette.hairline };
        ui.painter().rect_filled(bar, CornerRadius::same(1), colour);
    }
    let at = Align2::CENTER_CENTER.anchor_size(rect.center(), galley.size());
    ui.painter().galley(at.min, galley, colour);
    focus_ring(ui, &response);
    response
}
