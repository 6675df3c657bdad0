//! The dialogs. Each can be used by keyboard alone, and Escape closes it; a click outside closes those without text. Their
//! state is in `lab::dialog`.

mod compare_runs;
mod files;
mod footer;
mod interpreters;
mod own_code;
mod palette;
mod preset;
mod runs;

use eframe::egui::{Frame, Id, Key, Modal, Role, ScrollArea, Ui};

use self::footer::Leave;
use super::view_context::ViewContext;
use super::widgets::{part, text};
use super::{focus, theme};
use crate::lab::dialog::{ExportDialog, ExportSubject, Named};
use crate::lab::{Action, Dialog};

/// Height that a dialog leaves for its margins, its title, its last line and the rest of the window.
const ROOM_AROUND: f32 = 160.0;
/// Height of the contents that is kept in the lowest window.
const LEAST_CONTENT: f32 = 60.0;

/// Draws the open dialog, if there is one.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let Some(dialog) = &cx.lab.dialog else { return };
    let colours = theme::palette(ui);
    let (title, width): (&str, f32) = match dialog {
        Dialog::Export(ExportDialog { subject: ExportSubject::Picture(_), .. }) => ("Save picture", 520.0),
        Dialog::Export(_) => ("Export results", 520.0),
        Dialog::Open(field) if field.task_list => ("Import a task list", 520.0),
        Dialog::Open(_) => ("Open a file", 520.0),
        Dialog::SavePreset(_) => ("Save preset", 520.0),
        Dialog::Interpreters => ("Python interpreters", 640.0),
        Dialog::Compare(compare) if compare.compared.is_some() => ("Comparison of two runs", 760.0),
        Dialog::Compare(_) => ("Compare with a stored run", 640.0),
        Dialog::Link(_) => ("Open a web page?", 520.0),
        Dialog::OwnCode(own) if own.is_command => ("Measure a command of yours", 640.0),
        Dialog::OwnCode(_) => ("Measure a function of yours", 640.0),
        Dialog::Consent(_) => ("Run this code?", 680.0),
        Dialog::Name(named) if matches!(named.of, Named::Run(_)) => ("Rename a run", 520.0),
        Dialog::Name(named) if matches!(named.of, Named::Note(_)) => ("Note on a run", 520.0),
        Dialog::Name(_) => ("Rename a preset", 520.0),
        Dialog::Closing => ("Close the window?", 520.0),
        Dialog::Palette(_) => ("Commands", 560.0),
    };
    // Each dialog has its own id, so that size and scroll position are not shared.
    let id = Id::unique(("dialog", std::mem::discriminant(dialog)));
    let frame = Frame::popup(ui.style()).inner_margin(20).fill(colours.panel);
    let response = Modal::new(id).frame(frame).show(ui.ctx(), |ui| {
        let room = ui.ctx().content_rect();
        ui.set_width(width.min(room.width() - 80.0));
        ui.spacing_mut().item_spacing.y = 8.0;
        part(ui, Role::Dialog, title, |ui| {
            text(ui, title, theme::title(), colours.text);
            if let Dialog::Palette(commands) = dialog {
                palette::show(ui, cx, commands);
                return;
            }
            // As high as it is; where the window is lower it scrolls, and the buttons stay in sight.
            let around =
                ROOM_AROUND + if matches!(dialog, Dialog::Export(_)) { files::DESTINATION_HEIGHT } else { 0.0 };
            let entered = scrolled(ui, id, (room.height() - around).max(LEAST_CONTENT), |ui| content(ui, cx, dialog));
            buttons(ui, cx, dialog, entered || enters(ui));
        });
    });
    let keeps = dialog.keeps_text() && response.backdrop_response.clicked();
    if response.should_close() && !keeps {
        cx.act(Action::CloseDialog);
    }
}

/// True for Enter while nothing has the focus, as after a click on a choice: it presses the main button.
fn enters(ui: &Ui) -> bool {
    ui.memory(|memory| memory.focused()).is_none() && ui.input(|input| input.key_pressed(Key::Enter))
}

/// Draws what scrolls if it is higher than `height`.
fn scrolled<R>(ui: &mut Ui, id: Id, height: f32, draw: impl FnOnce(&mut Ui) -> R) -> R {
    // The full height from the first frame on, whatever the first layout assumes.
    let area = ScrollArea::vertical().id_salt(id).max_height(height).min_scrolled_height(height);
    let drawn = area.auto_shrink([false, true]).show(ui, |ui| {
        let drawn = draw(ui);
        focus::follow_focus(ui);
        drawn
    });
    drawn.inner
}

/// Draws a dialog without its last line. Returns true if Enter was pressed in one of its fields.
fn content(ui: &mut Ui, cx: &mut ViewContext<'_>, dialog: &Dialog) -> bool {
    match dialog {
        Dialog::Export(export) => files::export(ui, cx, export),
        Dialog::Open(field) => return files::open(ui, cx, field),
        Dialog::SavePreset(preset) => return preset::save(ui, cx, preset),
        Dialog::OwnCode(own) => return own_code::make(ui, cx, own),
        Dialog::Name(named) => return runs::one_line(ui, cx, named),
        Dialog::Link(link) => files::link(ui, link),
        Dialog::Consent(consent) => own_code::consent(ui, consent),
        Dialog::Closing => runs::closing(ui, cx),
        Dialog::Compare(compare) => compare_runs::show(ui, cx, compare),
        Dialog::Interpreters => interpreters::show(ui, cx),
        Dialog::Palette(_) => {}
    }
    false
}

/// Draws the last line of a dialog.
fn buttons(ui: &mut Ui, cx: &mut ViewContext<'_>, dialog: &Dialog, entered: bool) {
    match dialog {
        Dialog::Export(export) => files::export_buttons(ui, cx, export, entered),
        Dialog::Open(field) => files::open_buttons(ui, cx, field, entered),
        Dialog::SavePreset(preset) => preset::buttons(ui, cx, preset, entered),
        Dialog::OwnCode(own) => own_code::make_buttons(ui, cx, own, entered),
        Dialog::Name(named) => runs::one_line_buttons(ui, cx, named, entered),
        Dialog::Link(_) => files::link_buttons(ui, cx),
        Dialog::Consent(_) => own_code::consent_buttons(ui, cx),
        Dialog::Closing => runs::closing_buttons(ui, cx),
        Dialog::Compare(compare) => compare_runs::buttons(ui, cx, compare),
        Dialog::Interpreters => footer::show(ui, cx, Leave::Close, |_, _| ()),
        Dialog::Palette(_) => {}
    }
}
