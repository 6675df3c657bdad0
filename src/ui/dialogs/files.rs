//! Dialogs that write or read files, and the one that opens a web page. A path can always be typed; the system's
//! dialog is optional.

use std::ffi::OsStr;
use std::path::PathBuf;

use eframe::egui::text::{CCursor, CCursorRange};
use eframe::egui::text_edit::TextEditState;
use eframe::egui::{Button, ComboBox, Id, Key, RichText, Role, TextEdit, TextStyle, Ui, Vec2};

use super::footer::{self, Leave};
use crate::export::CsvDialect;
use crate::lab::Command;
use crate::lab::dialog::{ExportDialog, ExportSubject, LinkDialog, PathField};
use crate::lab::recent::named;
use crate::printable;
use crate::report::Kind;
use crate::ui::focus::first_focus;
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::{line, list_entry, part, polite, primary_button, quiet_button, radio, text, text_width};
use crate::ui::{frame_of_change, theme};

/// Height of the path of an export and of a line below it.
pub const DESTINATION_HEIGHT: f32 = 64.0;

/// Draws the export dialog without its path.
pub fn export(ui: &mut Ui, cx: &mut ViewContext<'_>, export: &ExportDialog) {
    let palette = theme::palette(ui);
    match export.subject {
        ExportSubject::Picture(_) => {
            let hint = "A picture of the view, drawn anew at its best: .png in the colours of the window, or .svg, which fits every theme and size";
            text(ui, hint, theme::note(), palette.secondary);
        }
        ExportSubject::Results(kind) => {
            kinds(ui, cx, kind);
            dialect(ui, cx, kind);
        }
    }
}

/// Draws the choice of the file.
fn kinds(ui: &mut Ui, cx: &mut ViewContext<'_>, chosen: Kind) {
    let palette = theme::palette(ui);
    ui.scope(|ui| {
        ui.spacing_mut().interact_size.y = 20.0;
        let run = cx.lab.run.as_ref();
        for kind in Kind::ALL.into_iter().filter(|kind| run.is_some_and(|run| kind.applies(&run.all))) {
            ui.horizontal(|ui| {
                let response = radio(ui, chosen == kind, kind.title()).on_hover_text(kind.description());
                if response.clicked() {
                    cx.push(Command::DialogKind(kind));
                }
                if chosen == kind && frame_of_change::is_new(ui, Id::unique("kind in sight"), &kind) {
                    response.scroll_to_me(None);
                }
                line(ui, kind.description(), theme::small(), palette.tertiary);
            });
        }
    });
}

/// Draws the path and what came of it. Returns true if Enter was pressed in it.
fn destination(ui: &mut Ui, cx: &mut ViewContext<'_>, export: &ExportDialog) -> bool {
    let palette = theme::palette(ui);
    let entered = path(ui, cx, "File", &export.field);
    for written in &export.written {
        let response = text(ui, format!("Wrote {}", written.display()), theme::note(), palette.text);
        polite(ui, &response);
    }
    if export.exists {
        let response = text(ui, "A file of that name exists", theme::note(), palette.caveat);
        polite(ui, &response);
    }
    entered
}

/// Draws the path, which stays in sight, and the button that writes the file.
pub fn export_buttons(ui: &mut Ui, cx: &mut ViewContext<'_>, export: &ExportDialog, entered: bool) {
    let entered = destination(ui, cx, export) || entered;
    let ready = !export.field.busy && !export.field.path.trim().is_empty();
    footer::show(ui, cx, Leave::Close, |ui, cx| {
        let label = if export.exists { "Replace" } else { "Save" };
        if primary_button(ui, label, ready).clicked() || (entered && ready && !export.exists) {
            cx.push(Command::ConfirmDialog { replace: export.exists });
        }
    });
}

/// Draws the choice of separators; disabled for what has none.
fn dialect(ui: &mut Ui, cx: &mut ViewContext<'_>, kind: Kind) {
    let palette = theme::palette(ui);
    let current = cx.lab.view.csv_dialect;
    ui.add_enabled_ui(kind.is_table(), |ui| {
        ui.horizontal(|ui| {
            let label = ui.label(RichText::new("Separators").color(palette.secondary));
            let combo = ComboBox::from_id_salt("csv dialect").width(300.0).selected_text(current.title());
            let response = combo.show_ui(ui, |ui| {
                for one in CsvDialect::ALL {
                    if list_entry(ui, one == current, one.title()) {
                        cx.push(Command::Dialect(one));
                    }
                }
            });
            let hint = "Between columns and before decimals. A spreadsheet also gets a byte order mark, by which it knows UTF-8";
            response.response.labelled_by(label.id).on_hover_text(hint);
        });
    });
}

/// Draws the dialog that opens a file. Returns true if Enter was pressed in the path.
pub fn open(ui: &mut Ui, cx: &mut ViewContext<'_>, field: &PathField) -> bool {
    let palette = theme::palette(ui);
    let hint = if field.task_list {
        "A task list: .csv with the columns name, compute_ms, wait_ms"
    } else {
        "An experiment (.toml), a stored run (.clab), or a task list (.csv with the columns name, compute_ms, wait_ms)"
    };
    text(ui, hint, theme::note(), palette.secondary);
    let entered = path(ui, cx, "File", field);
    recent(ui, cx, field);
    entered
}

/// Draws the button that opens the file.
pub fn open_buttons(ui: &mut Ui, cx: &mut ViewContext<'_>, field: &PathField, entered: bool) {
    let ready = !field.busy && !field.path.trim().is_empty();
    footer::show(ui, cx, Leave::Cancel, |ui, cx| {
        if primary_button(ui, "Open", ready).clicked() || (entered && ready) {
            cx.push(Command::ConfirmDialog { replace: false });
        }
    });
}

/// Longest part of a file's name that is shown, in characters.
const LONGEST_NAME: usize = 50;

/// Draws the files that were opened last; a click opens one.
fn recent(ui: &mut Ui, cx: &mut ViewContext<'_>, field: &PathField) {
    let palette = theme::palette(ui);
    let is_other = |extension: &OsStr| ["toml", "clab"].iter().any(|other| extension.eq_ignore_ascii_case(other));
    let wanted = |path: &&PathBuf| !field.task_list || !path.extension().is_some_and(is_other);
    let mut files = cx.lab.recent.paths().iter().filter(wanted).peekable();
    if files.peek().is_none() {
        return;
    }
    ui.add_space(theme::STEP);
    line(ui, "Recent files", theme::small(), palette.tertiary);
    part(ui, Role::List, "Recent files", |ui| {
        for path in files {
            let (name, folder) = named(path);
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = theme::STEP * 2.0;
                if quiet_button(ui, &printable::shortened(&name, LONGEST_NAME))
                    .on_hover_text(format!("{folder}: opens it again"))
                    .clicked()
                {
                    cx.push(Command::OpenFile(path.clone()));
                }
                line(ui, folder, theme::small(), palette.tertiary);
            });
        }
    });
}

/// Label of the button that asks the system's file dialog.
pub(super) const BROWSE: &str = "Browse…";

/// Returns the width that buttons with these labels take behind a field.
pub(super) fn beside(ui: &Ui, labels: &[&str]) -> f32 {
    let spacing = ui.spacing();
    let font = TextStyle::Button.resolve(ui.style());
    let around = 2.0 * spacing.button_padding.x + spacing.item_spacing.x;
    labels.iter().map(|label| text_width(ui.painter(), label, &font) + around).sum()
}

/// Draws a path field and the button of the system's dialog. Returns true if Enter was pressed in the field.
fn path(ui: &mut Ui, cx: &mut ViewContext<'_>, name: &str, field: &PathField) -> bool {
    let palette = theme::palette(ui);
    let mut typed = field.path.clone();
    let entered = ui
        .horizontal(|ui| {
            let label = ui.label(RichText::new(name).color(palette.secondary));
            let width = ui.available_width() - beside(ui, &[BROWSE]);
            let edit = TextEdit::singleline(&mut typed)
                .id(Id::unique("dialog path"))
                .desired_width(width)
                .margin(Vec2::new(8.0, 6.0));
            let response = ui.add(edit).labelled_by(label.id);
            if first_focus(ui, &response) {
                caret_to_end(ui, &response, &typed);
            }
            if response.changed() {
                cx.push(Command::DialogPath(typed.clone()));
            }
            let browse = ui.add_enabled(!field.browsing, Button::new(BROWSE));
            if browse.on_hover_text("Asks the system's file dialog, where there is one").clicked() {
                cx.push(Command::BrowsePath);
            }
            let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            if entered {
                // The dialog stays open where the path is wrong: the next one replaces it.
                response.request_focus();
                select_all(ui, &response, &typed);
            }
            entered
        })
        .inner;
    if field.nothing_picked {
        text(ui, "The system's dialog gave no file: type the path here instead", theme::note(), palette.secondary);
    }
    if let Some(problem) = &field.problem {
        let response = text(ui, problem, theme::note(), palette.caveat);
        polite(ui, &response);
    }
    entered
}

/// Longest part of an address that is shown, in characters.
const LONGEST_ADDRESS: usize = 2_000;

/// Draws the dialog that shows an address before it is opened.
pub fn link(ui: &mut Ui, link: &LinkDialog) {
    let palette = theme::palette(ui);
    text(ui, "The explanation links to this page. It opens in your browser.", theme::note(), palette.secondary);
    text(ui, printable::shortened(&link.address, LONGEST_ADDRESS), theme::body(), palette.text);
}

/// Draws the buttons that copy the address and open it.
pub fn link_buttons(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    footer::show(ui, cx, Leave::Cancel, |ui, cx| {
        if ui.button("Copy address").on_hover_text("Puts the address on the clipboard").clicked() {
            cx.push(Command::CopyLink);
        }
        if primary_button(ui, "Open page", true).clicked() {
            cx.push(Command::ConfirmDialog { replace: false });
        }
    });
}

/// Moves the caret to the end of the text, where a path is completed.
fn caret_to_end(ui: &Ui, response: &eframe::egui::Response, typed: &str) {
    let mut state = TextEditState::load(ui.ctx(), response.id).unwrap_or_default();
    let end = CCursor::new(typed.chars().count());
    state.cursor.set_char_range(Some(CCursorRange::one(end)));
    state.store(ui.ctx(), response.id);
}

/// Selects the whole text.
pub(super) fn select_all(ui: &Ui, response: &eframe::egui::Response, typed: &str) {
    let mut state = TextEditState::load(ui.ctx(), response.id).unwrap_or_default();
    let end = CCursor::new(typed.chars().count());
    state.cursor.set_char_range(Some(CCursorRange::two(CCursor::new(0), end)));
    state.store(ui.ctx(), response.id);
}
