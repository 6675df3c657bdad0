//! Dialogs to read: the help with all keys, a preset's explanation, caveats and remedies.

use eframe::egui::{Grid, Ui};

use crate::lab::command::ACTIONS;
use crate::lab::descriptions::full_name;
use crate::lab::help::sections;
use crate::lab::{self};
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::{text, uncut};
use crate::ui::{explain, keys, theme};

/// Draws the help, then all keys.
pub fn help(ui: &mut Ui) {
    let palette = theme::palette(ui);
    for section in sections() {
        ui.add_space(theme::STEP);
        text(ui, &section.heading, theme::strong(), palette.text);
        for paragraph in &section.paragraphs {
            text(ui, paragraph, theme::body(), palette.secondary);
        }
    }
    ui.add_space(theme::STEP);
    text(ui, "Keys", theme::strong(), palette.text);
    Grid::new("keys").num_columns(2).min_row_height(18.0).spacing((24.0, 2.0)).show(ui, |ui| {
        for info in &ACTIONS {
            let Some(shortcut) = info.shortcut.and_then(keys::shortcut) else { continue };
            uncut(ui, &ui.ctx().format_shortcut(&shortcut), theme::figures(), palette.text);
            uncut(ui, info.label, theme::body(), palette.secondary);
            ui.end_row();
        }
        for (keys, effect) in [
            ("Ctrl + and Ctrl −", "Larger and smaller text"),
            ("Ctrl and scroll", "Zoom the timeline"),
            ("Arrow keys, + and −", "Move and zoom the timeline that has the focus"),
            ("Tab and Space", "Next control, press it"),
        ] {
            uncut(ui, keys, theme::figures(), palette.text);
            uncut(ui, effect, theme::body(), palette.secondary);
            ui.end_row();
        }
    });
}

/// Draws the explanation.
pub fn explanation(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let lab = cx.lab;
    explain::markdown(ui, cx, &lab.explained().explanation);
}

/// Draws every caveat with its remedy.
pub fn caveats(ui: &mut Ui, cx: &ViewContext<'_>) {
    let palette = theme::palette(ui);
    let Some(run) = &cx.lab.run else { return };
    for (contender, label, remedy) in lab::caveats(run) {
        let head = match contender {
            Some(contender) => format!("{}: {label}", full_name(&contender)),
            None => label,
        };
        text(ui, head, theme::strong(), palette.caveat);
        text(ui, remedy, theme::body(), palette.secondary);
    }
}
