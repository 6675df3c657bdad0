//! A row of the form whose field can be reset.

use eframe::egui::{Response, Ui};

use super::fields;
use crate::lab::Command;
use crate::ui::view_context::ViewContext;

/// Draws a row of the form. A field that is not as in the preset has a button that brings the preset's value back.
pub fn row<R>(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    name: &str,
    tip: &str,
    enabled: bool,
    add: impl FnOnce(&mut Ui) -> (R, Response),
) -> (R, Response) {
    let reset = cx.lab.draft.reset_of(name);
    let (shown, pressed) = fields::resettable(ui, name, tip, enabled, reset.is_some(), add);
    if let Some(edit) = reset.filter(|_| pressed) {
        cx.push(Command::Edit(edit));
    }
    shown
}
