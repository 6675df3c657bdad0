//! The dialog with the name of a stored run or a preset, or with the note of a run; and the question before the window is
//! closed in the middle of a run.

use eframe::egui::Ui;

use super::footer::{self, Leave};
use super::preset::field;
use crate::lab::dialog::{NameDialog, Named};
use crate::lab::{Action, Command};
use crate::ui::theme;
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::{polite, primary_button, text};

/// Draws the dialog with one line of text.
pub fn one_line(ui: &mut Ui, cx: &mut ViewContext<'_>, dialog: &NameDialog) {
    let palette = theme::palette(ui);
    let is_note = matches!(dialog.of, Named::Note(_));
    let (label, button) = if is_note { ("Note", "Save note") } else { ("Name", "Rename") };
    let entered = field(ui, label, &dialog.name, true, |typed| cx.push(Command::DialogTitle(typed)));
    if let Some(problem) = &dialog.problem {
        let response = text(ui, problem, theme::note(), palette.caveat);
        polite(ui, &response);
    }
    // An empty note takes it away.
    let ready = !dialog.busy && (is_note || !dialog.name.trim().is_empty());
    footer::show(ui, cx, Leave::Cancel, |ui, cx| {
        if primary_button(ui, button, ready).clicked() || (entered && ready) {
            cx.push(Command::ConfirmDialog { replace: false });
        }
    });
}

/// Draws the question before the window is closed.
pub fn closing(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let response = text(ui, cx.lab.closing_question(), theme::body(), theme::palette(ui).text);
    polite(ui, &response);
    ui.add_space(theme::STEP);
    ui.horizontal(|ui| {
        let keep = ui.button("Keep running");
        crate::ui::focus::first_focus(ui, &keep);
        if keep.clicked() {
            cx.act(Action::CloseDialog);
        }
        if primary_button(ui, "Stop the run and close", true).clicked() {
            cx.push(Command::ConfirmDialog { replace: false });
        }
    });
}
