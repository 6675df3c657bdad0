//! The dialog that saves the draft as one of the user's presets.

use eframe::egui::{Id, Key, RichText, TextEdit, Ui, Vec2};

use super::footer::{self, Leave};
use crate::lab::Command;
use crate::lab::dialog::PresetDialog;
use crate::ui::focus::first_focus;
use crate::ui::theme;
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::{polite, primary_button, text};

/// Width of the column of labels.
const LABEL_WIDTH: f32 = 84.0;

/// Draws the dialog. Returns true if Enter was pressed in a field.
pub fn save(ui: &mut Ui, cx: &mut ViewContext<'_>, preset: &PresetDialog) -> bool {
    let palette = theme::palette(ui);
    let message =
        "Saves the workload, the chosen models and the trials. Your own preset of the same title is replaced.";
    text(ui, message, theme::note(), palette.secondary);
    let experiment = cx.lab.draft.experiment();
    if cx.lab.draft.does_other_work() && !experiment.explanation.is_empty() {
        let message =
            format!("The text about \"{}\" is not saved, because this workload is different.", experiment.title);
        text(ui, message, theme::note(), palette.secondary);
    }
    let entered = field(ui, "Title", &preset.title, true, |typed| cx.push(Command::DialogTitle(typed)));
    let entered =
        field(ui, "Description", &preset.summary, false, |typed| cx.push(Command::DialogSummary(typed))) || entered;
    if let Some(problem) = &preset.problem {
        let response = text(ui, problem, theme::note(), palette.caveat);
        polite(ui, &response);
    }
    entered
}

/// Draws the button that saves.
pub fn buttons(ui: &mut Ui, cx: &mut ViewContext<'_>, preset: &PresetDialog, entered: bool) {
    let ready = !preset.busy && !preset.title.trim().is_empty();
    footer::show(ui, cx, Leave::Cancel, |ui, cx| {
        if primary_button(ui, "Save", ready).clicked() || (entered && ready) {
            cx.push(Command::ConfirmDialog { replace: false });
        }
    });
}

/// Draws a labelled text field. Returns true if Enter was pressed in it.
pub(super) fn field(ui: &mut Ui, name: &str, value: &str, first: bool, typed: impl FnOnce(String)) -> bool {
    let mut text = value.to_owned();
    ui.horizontal(|ui| {
        let label = ui.scope(|ui| {
            ui.set_min_width(LABEL_WIDTH);
            ui.label(RichText::new(name).color(theme::palette(ui).secondary))
        });
        let edit = TextEdit::singleline(&mut text).id(Id::unique(("preset dialog", name)));
        let edit = edit.desired_width(ui.available_width()).margin(Vec2::new(8.0, 6.0));
        let response = ui.add(edit).labelled_by(label.inner.id);
        if first {
            first_focus(ui, &response);
        }
        if response.changed() {
            typed(text);
        }
        response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))
    })
    .inner
}
