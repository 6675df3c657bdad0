//! The last line of each dialog.

use eframe::egui::{Align, Layout, Ui};

use crate::lab::Action;
use crate::ui::theme;
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::action_button;

/// Draws `Close` at the right, and left of it the buttons that `add` draws, right to left.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>, add: impl FnOnce(&mut Ui, &mut ViewContext<'_>)) {
    ui.add_space(theme::STEP);
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        action_button(ui, cx, Action::CloseDialog);
        add(ui, cx);
    });
}
