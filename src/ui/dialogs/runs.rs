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

/// Draws the dialog with one line of text. Returns true if Enter was pressed in it.
pub fn one_line(ui: &mut Ui, cx: &mut ViewContext<'_>, dialog: &NameDialog) -> bool {
    let label = if is_note(dialog) { "Note" } else { "Name" };
    let entered = field(ui, label, &dialog.name, true, |typed| cx.push(Command::DialogTitle(typed)));
    if let Some(problem) = &dialog.problem {
        let response = text(ui, problem, theme::note(), theme::palette(ui).caveat);
        polite(ui, &response);
    }
    entered
}

/// Draws the button that keeps the line.
pub fn one_line_buttons(ui: &mut Ui, cx: &mut ViewContext<'_>, dialog: &NameDialog, entered: bool) {
    let label = if is_note(dialog) { "Save note" } else { "Rename" };
    // An empty note takes it away.
    let ready = !dialog.busy && (is_note(dialog) || !dialog.name.trim().is_empty());
    footer::show(ui, cx, Leave::Cancel, |ui, cx| {
        if primary_button(ui, label, ready).clicked() || (entered && ready) {
            cx.push(Command::ConfirmDialog { replace: false });
        }
    });
}

fn is_note(dialog: &NameDialog) -> bool {
    matches!(dialog.of, Named::Note(_))
}

/// Draws the question before the window is closed.
pub fn closing(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let response = text(ui, cx.lab.closing_question(), theme::body(), theme::palette(ui).text);
    polite(ui, &response);
}

/// Draws the buttons that close the window or keep it open.
pub fn closing_buttons(ui: &mut Ui, cx: &mut ViewContext<'_>) {
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
