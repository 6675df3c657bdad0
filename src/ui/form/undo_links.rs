//! The buttons for undo and redo above the form.

use eframe::egui::Ui;

use crate::lab::Action;
use crate::ui::keys;
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::action_link;

/// Draws the buttons that take changes back and make them again; their tooltips name the change.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let undo = &cx.lab.undo;
    for (action, what) in [(Action::Undo, undo.undoes()), (Action::Redo, undo.redoes())] {
        let tip = what.map(|what| keys::with_key(ui.ctx(), action, &format!("{}: {what}", action.info().tooltip)));
        let response = action_link(ui, cx, action);
        if let Some(tip) = tip {
            response.on_hover_text(tip);
        }
    }
}
