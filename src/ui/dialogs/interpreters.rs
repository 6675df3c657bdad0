//! The dialog of the interpreters: those found, the one that Python models run on, and those that can't be used.

use eframe::egui::{Align, Layout, Stroke, Ui};

use crate::lab::Command;
use crate::printable;
use crate::python::{Interpreter, Interpreters};
use crate::ui::theme;
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::{SEARCHING, radio, text};

/// Draws the dialog.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let palette = theme::palette(ui);
    let Some(found) = cx.lab.interpreters.clone() else {
        text(ui, SEARCHING, theme::body(), palette.secondary);
        return;
    };
    intro(ui, &found);
    for (index, one) in found.usable.iter().enumerate() {
        usable(ui, cx, one, index == 0);
    }
    not_started(ui, cx, &found);
    if found.rejected.is_empty() {
        return;
    }
    ui.add_space(theme::STEP);
    text(ui, "Not usable", theme::strong(), palette.text);
    for one in &found.rejected {
        let message = format!("{} ({}): {}", one.path.display(), one.found, one.reason);
        text(ui, printable::message(&message), theme::note(), palette.secondary);
    }
}

fn intro(ui: &mut Ui, found: &Interpreters) {
    let message = if found.usable.is_empty() {
        "No CPython 3.9 or newer was found on PATH, in virtual environments, or where pyenv, uv and conda keep theirs. Install one and start the lab again; in the terminal, --python names one."
    } else {
        "Python models run on the chosen interpreter. Others may have a column of their own, to compare interpreters in one run."
    };
    text(ui, message, theme::body(), theme::palette(ui).secondary);
}

/// Draws interpreters near the current folder, each with a button that trusts it.
fn not_started(ui: &mut Ui, cx: &mut ViewContext<'_>, found: &Interpreters) {
    if found.not_started.is_empty() {
        return;
    }
    let palette = theme::palette(ui);
    ui.add_space(theme::STEP);
    text(ui, "Found near the current folder, not started", theme::strong(), palette.text);
    let message = "These programs may belong to a downloaded project. Use one only if you trust its folder. The lab remembers your choice.";
    text(ui, message, theme::note(), palette.secondary);
    for one in &found.not_started {
        let path = printable::path(&one.path);
        if !one.may_be_confirmed {
            text(ui, format!("{path} ({}): {}", one.found, one.reason), theme::note(), palette.secondary);
        } else if ui
            .button(format!("Use {path}"))
            .on_hover_text("Starts this program now, to see what it is, and whenever the lab looks for interpreters")
            .clicked()
        {
            cx.push(Command::ConfirmPython(one.path.clone()));
        }
    }
}

fn usable(ui: &mut Ui, cx: &mut ViewContext<'_>, one: &Interpreter, first: bool) {
    let palette = theme::palette(ui);
    ui.add_space(theme::STEP);
    ui.horizontal(|ui| {
        ui.visuals_mut().widgets.inactive.bg_stroke = Stroke::new(1.0, palette.tertiary);
        let chosen = radio(ui, first, &format!("Python {}", one.tag));
        if chosen.on_hover_text("Models of Python run on this one").clicked() && !first {
            cx.push(Command::FirstPython(one.tag.clone()));
        }
        let named = |host: &crate::model::Host| {
            matches!(host, crate::model::Host::Python(python) if python.named && python.tag == one.tag)
        };
        let mut shown = cx.lab.draft.hosts().iter().any(named);
        if first && !shown {
            return;
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_space(theme::STEP * 2.0);
            let column = ui.checkbox(&mut shown, format!("Column for {}", one.tag));
            if column.on_hover_text("Adds a column for it to the models, beside the chosen one").changed() {
                cx.push(Command::PythonColumn(one.tag.clone(), shown));
            }
        });
    });
    let message = format!("{} · {} · {}", one.describe(), printable::path(&one.path), one.found);
    ui.indent(("interpreter", &one.tag), |ui| text(ui, printable::line(&message), theme::note(), palette.secondary));
}
