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

use eframe::egui::{Frame, Id, Modal, Role, ScrollArea, Ui};

use self::footer::Leave;
use super::view_context::ViewContext;
use super::widgets::{part, text};
use super::{focus, theme};
use crate::lab::dialog::Named;
use crate::lab::{Action, Command, Dialog};

/// Height that a dialog leaves for its margins, its title and the rest of the window.
const ROOM_AROUND: f32 = 110.0;

/// Draws the open dialog, if there is one.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let Some(dialog) = &cx.lab.dialog else { return };
    let colours = theme::palette(ui);
    let (title, width): (&str, f32) = match dialog {
        Dialog::Export(export) if export.picture.is_some() => ("Save picture", 520.0),
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
            match dialog {
                Dialog::Palette(commands) => palette::show(ui, cx, commands),
                Dialog::Interpreters | Dialog::Compare(_) => {
                    scrolled(ui, id, room.height() - 200.0, |ui| match dialog {
                        Dialog::Compare(compare) => compare_runs::show(ui, cx, compare),
                        _ => interpreters::show(ui, cx),
                    });
                    let again = matches!(dialog, Dialog::Compare(compare) if compare.compared.is_some());
                    footer::show(ui, cx, Leave::Close, |ui, cx| {
                        if again && ui.button("Other run").on_hover_text("Shows the stored runs again").clicked() {
                            cx.push(Command::ChooseOtherRun);
                        }
                    });
                }
                // As high as it is; where the window is lower, all of it scrolls.
                _ => scrolled(ui, id, room.height() - ROOM_AROUND, |ui| low(ui, cx, dialog)),
            }
        });
    });
    let keeps = dialog.keeps_text() && response.backdrop_response.clicked();
    if response.should_close() && !keeps {
        cx.act(Action::CloseDialog);
    }
}

/// Draws what scrolls if it is higher than `height`.
fn scrolled(ui: &mut Ui, id: Id, height: f32, draw: impl FnOnce(&mut Ui)) {
    // The full height from the first frame on, whatever the first layout assumes.
    let area = ScrollArea::vertical().id_salt(id).max_height(height).min_scrolled_height(height);
    area.auto_shrink([false, true]).show(ui, |ui| {
        draw(ui);
        focus::follow_focus(ui);
    });
}

/// Draws one of the dialogs that are mostly as high as their content.
fn low(ui: &mut Ui, cx: &mut ViewContext<'_>, dialog: &Dialog) {
    match dialog {
        Dialog::Export(export) => files::export(ui, cx, export),
        Dialog::Open(field) => files::open(ui, cx, field),
        Dialog::SavePreset(preset) => preset::save(ui, cx, preset),
        Dialog::Link(link) => files::link(ui, cx, link),
        Dialog::OwnCode(own) => own_code::make(ui, cx, own),
        Dialog::Consent(consent) => own_code::consent(ui, cx, consent),
        Dialog::Name(named) => runs::one_line(ui, cx, named),
        Dialog::Closing => runs::closing(ui, cx),
        Dialog::Palette(_) | Dialog::Interpreters | Dialog::Compare(_) => {}
    }
}
