//! The last line of each dialog.

use eframe::egui::Ui;

use crate::lab::Action;
use crate::ui::at_the_right::at_the_right;
use crate::ui::theme;
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::action_button;

/// Draws `Close` at the right, and left of it the buttons that `add` draws.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>, add: impl FnOnce(&mut Ui, &mut ViewContext<'_>)) {
    ui.add_space(theme::STEP);
    ui.horizontal(|ui| {
        at_the_right(
            ui,
            |_| (),
            |ui| {
                add(ui, cx);
                action_button(ui, cx, Action::CloseDialog);
            },
        );
    });
}
