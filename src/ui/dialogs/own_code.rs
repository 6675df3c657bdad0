//! The dialogs about the user's own code: the one that makes an experiment of it, and the question before it runs.

use eframe::egui::{Button, Id, Key, RichText, ScrollArea, TextEdit, Ui, Vec2};

use super::files::{BROWSE, beside, select_all};
use super::footer::{self, Leave};
use crate::code::Question;
use crate::lab::Command;
use crate::lab::dialog::{ConsentDialog, OwnCodeDialog};
use crate::printable;
use crate::session::interpreters::functions::Function;
use crate::ui::focus::first_focus;
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::{SEARCHING, polite, primary_button, radio, text};
use crate::ui::{focus, theme};

/// Width of the column of labels.
const LABEL_WIDTH: f32 = 84.0;
/// Label of the button that lists the functions.
const READ: &str = "Read functions";
/// Height of the list of functions, at most.
const FUNCTIONS_HEIGHT: f32 = 180.0;
/// Height that the question leaves for the rest of the window.
const ROOM_AROUND: f32 = 320.0;

/// Draws the dialog that makes an experiment. Returns true if Enter was pressed in the command.
pub fn make(ui: &mut Ui, cx: &mut ViewContext<'_>, dialog: &OwnCodeDialog) -> bool {
    let palette = theme::palette(ui);
    let hint = if dialog.is_command {
        "Runs a program once per task, without a shell. {index} is the number of the task. You are asked before anything of yours runs."
    } else {
        "Calls a Python function once per task, under every model of Python. You are asked before anything of yours runs; the file is only parsed to list its functions."
    };
    text(ui, hint, theme::note(), palette.secondary);
    if dialog.is_command {
        let (typed, entered) = field(ui, "Command", &dialog.field.path, true, 0.0);
        typed.into_iter().for_each(|typed| cx.push(Command::DialogPath(typed)));
        problem(ui, dialog);
        return entered;
    }
    let (mut typed, mut entered) = (None, false);
    ui.horizontal(|ui| {
        let behind = beside(ui, &[BROWSE, READ]);
        (typed, entered) = field(ui, "File", &dialog.field.path, true, behind);
        let browse = ui.add_enabled(!dialog.field.browsing, Button::new(BROWSE));
        if browse.on_hover_text("Asks the system's file dialog, where there is one").clicked() {
            cx.push(Command::BrowsePath);
        }
        let read = ui.add_enabled(!dialog.field.busy, Button::new(READ));
        if read.on_hover_text("Lists the functions of the file without running it").clicked() || entered {
            cx.push(Command::ListFunctions);
        }
    });
    typed.into_iter().for_each(|typed| cx.push(Command::DialogPath(typed)));
    if dialog.awaits_python {
        let response = text(ui, SEARCHING, theme::note(), palette.secondary);
        polite(ui, &response);
    }
    if dialog.field.nothing_picked {
        text(ui, "The system's dialog gave no file: type the path here instead", theme::note(), palette.secondary);
    }
    let area = ScrollArea::vertical().max_height(FUNCTIONS_HEIGHT).min_scrolled_height(FUNCTIONS_HEIGHT);
    area.auto_shrink([false, true]).show(ui, |ui| {
        for function in &dialog.functions {
            let kind = if function.is_coroutine { "a coroutine function" } else { "a function" };
            let parameters = function.parameters.join(", ");
            let chosen = dialog.function.as_ref() == Some(&function.name);
            let response = radio(ui, chosen, &printable::line(&function.name));
            if response.on_hover_text(format!("{kind} with the parameters ({parameters})")).clicked() {
                cx.push(Command::ChooseFunction(function.name.clone()));
            }
        }
        focus::follow_focus(ui);
    });
    if let Some(name) = &dialog.function {
        let chosen = dialog.functions.iter().find(|one| one.name == *name);
        if let Some(note) = chosen.and_then(Function::note) {
            let response = text(ui, format!("{name} is a {}.", note.text()), theme::note(), palette.caveat);
            polite(ui, &response);
        }
        let (typed, _) = field(ui, "Arguments", &dialog.arguments, false, 0.0);
        typed.into_iter().for_each(|typed| cx.push(Command::DialogArguments(typed)));
        let note = "{index} is the number of the task. Arguments are separated by spaces, with quotes around one that contains a space.";
        text(ui, note, theme::note(), palette.secondary);
    }
    problem(ui, dialog);
    false
}

fn problem(ui: &mut Ui, dialog: &OwnCodeDialog) {
    if let Some(problem) = &dialog.field.problem {
        let response = text(ui, problem, theme::note(), theme::palette(ui).caveat);
        polite(ui, &response);
    }
}

/// Draws the button that makes the experiment.
pub fn make_buttons(ui: &mut Ui, cx: &mut ViewContext<'_>, dialog: &OwnCodeDialog, entered: bool) {
    let ready = if dialog.is_command { !dialog.field.path.trim().is_empty() } else { dialog.function.is_some() };
    footer::show(ui, cx, Leave::Cancel, |ui, cx| {
        if primary_button(ui, "Make experiment", ready).clicked() || (entered && ready) {
            cx.push(Command::ConfirmDialog { replace: false });
        }
    });
}

/// Draws a labelled line of text. Returns the text if it was changed, and whether Enter was pressed in it.
fn field(ui: &mut Ui, name: &str, value: &str, first: bool, behind: f32) -> (Option<String>, bool) {
    let mut typed = value.to_owned();
    ui.horizontal(|ui| {
        let label = ui.scope(|ui| {
            ui.set_min_width(LABEL_WIDTH);
            ui.label(RichText::new(name).color(theme::palette(ui).secondary))
        });
        let edit = TextEdit::singleline(&mut typed).id(Id::unique(("own code dialog", name)));
        let edit = edit.desired_width(ui.available_width() - behind).margin(Vec2::new(8.0, 6.0));
        let response = ui.add(edit).labelled_by(label.inner.id);
        if first {
            first_focus(ui, &response);
        }
        let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if entered {
            // The dialog stays open: what is wrong can be typed anew.
            response.request_focus();
            select_all(ui, &response, &typed);
        }
        (response.changed().then_some(typed), entered)
    })
    .inner
}

/// Draws the question before code is run.
pub fn consent(ui: &mut Ui, consent: &ConsentDialog) {
    let palette = theme::palette(ui);
    text(ui, "This experiment runs code. Agree only if you know it.", theme::body(), palette.text);
    let height = (ui.ctx().content_rect().height() - ROOM_AROUND).max(80.0);
    let area = ScrollArea::vertical().id_salt("consent").max_height(height).min_scrolled_height(height);
    area.auto_shrink([false, true]).show(ui, |ui| {
        for question in &consent.questions {
            for (name, value) in &question.facts {
                text(ui, format!("{name}: {value}"), theme::body(), palette.text);
            }
            ui.add_space(theme::STEP);
        }
    });
    text(ui, Question::RIGHTS, theme::note(), palette.secondary);
}

/// Draws the button that agrees.
pub fn consent_buttons(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    footer::show(ui, cx, Leave::Cancel, |ui, cx| {
        if primary_button(ui, "Run this code", true).clicked() {
            cx.push(Command::ConfirmDialog { replace: false });
        }
    });
}
