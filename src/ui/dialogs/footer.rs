//! The last line of each dialog.

use eframe::egui::{Ui, UiBuilder};

use crate::lab::Action;
use crate::ui::at_the_right::at_the_right;
use crate::ui::theme;
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::action_button;

/// Draws `Close` at the right, and left of it the buttons that `add` draws.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>, add: impl FnOnce(&mut Ui, &mut ViewContext<'_>)) {
    ui.add_space(theme::STEP);
    // Lines that come above it don't change what its buttons are, for the focus and for who is about to press them.
    let builder = UiBuilder::new().scope_id(ui.unique_id().with("last line"));
    ui.scope_builder(builder, |ui| {
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
    });
}
