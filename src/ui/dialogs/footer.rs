//! The last line of each dialog.

use eframe::egui::{Ui, UiBuilder};

use crate::lab::Action;
use crate::ui::at_the_right::at_the_right;
use crate::ui::theme;
use crate::ui::view_context::ViewContext;

/// Label of the button that closes a dialog.
#[derive(Debug, Clone, Copy)]
pub enum Leave {
    /// Of a dialog that asks for something.
    Cancel,
    /// Of a dialog that shows something, or that stays open for more.
    Close,
}

/// Draws the button that closes the dialog at the right, and left of it the buttons that `add` draws.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>, leave: Leave, add: impl FnOnce(&mut Ui, &mut ViewContext<'_>)) {
    let label = match leave {
        Leave::Cancel => "Cancel",
        Leave::Close => "Close",
    };
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
                    if ui.button(label).on_hover_text(Action::CloseDialog.info().tooltip).clicked() {
                        cx.act(Action::CloseDialog);
                    }
                },
            );
        });
    });
}
