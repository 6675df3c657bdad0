//! The command palette: a search field over a list of commands. The field keeps the focus; arrows move the selection,
//! Enter runs it.

use eframe::egui::text_edit::TextEditState;
use eframe::egui::{
    Align2, Id, Key, Modifiers, Response, Role, ScrollArea, Sense, TextEdit, Ui, Vec2, WidgetInfo, pos2,
};

use crate::lab::command_palette::Entry;
use crate::lab::dialog::PaletteDialog;
use crate::lab::{Action, Command};
use crate::ui::focus::first_focus;
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::{painted, part, polite, text};
use crate::ui::{keys, list_box, theme};
use crate::units::plural;

const ROW_HEIGHT: f32 = 38.0;
/// Width that the keys take at most.
const KEYS_WIDTH: f32 = 120.0;
/// Rows that a page key moves by.
const PAGE: usize = 8;

/// Draws the palette.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>, palette: &PaletteDialog) {
    // Taken from the field, whose caret they would move.
    let (down, up) = ui.input_mut(|input| {
        let mut presses = |key: Key| input.count_and_consume_key(Modifiers::NONE, key);
        let down = presses(Key::ArrowDown) + presses(Key::PageDown) * PAGE;
        (down, presses(Key::ArrowUp) + presses(Key::PageUp) * PAGE)
    });
    let (field, words) = field(ui, cx, palette);
    // A slow frame may bring words and Enter together: what runs is what the words find.
    let found = cx.lab.commands(&words);
    let last = found.len().saturating_sub(1);
    let before = if words == palette.words { palette.selected.min(last) } else { 0 };
    let selected = (before + down).saturating_sub(up).min(last);
    if selected != before {
        cx.push(Command::PaletteSelect(selected));
    }
    if field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
        field.request_focus();
        if let Some(entry) = found.get(selected) {
            run(cx, entry);
        }
    }
    let colours = theme::palette(ui);
    let count = text(ui, plural(found.len() as u64, "command"), theme::small(), colours.secondary);
    polite(ui, &count);
    let height = (ui.ctx().content_rect().height() * 0.6).min(ROW_HEIGHT * 9.0);
    // Other words begin at the top of their list.
    let id = ("commands", &words);
    // As high as it can be, whatever the list before it was.
    let area = ScrollArea::vertical().id_salt(id).max_height(height).min_scrolled_height(height);
    area.auto_shrink([false, true]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        part(ui, Role::ListBox, "Commands", |ui| {
            for (index, entry) in found.iter().enumerate() {
                let response = row(ui, cx, index, entry, index == selected);
                if index == selected {
                    // The focus stays in the field; assistive clients read the selected command.
                    let option = response.id.accesskit_id();
                    ui.ctx().accesskit_node_builder(field.id, |node| node.set_active_descendant(option));
                    if selected != before {
                        response.scroll_to_me(None);
                    }
                }
            }
        });
    });
}

/// Draws the field; returns the words in it, too.
fn field(ui: &mut Ui, cx: &mut ViewContext<'_>, palette: &PaletteDialog) -> (Response, String) {
    let mut typed = palette.words.clone();
    let hint = "Search commands, presets and models";
    let edit = TextEdit::singleline(&mut typed)
        .id(Id::unique("command search"))
        .hint_text(hint)
        .desired_width(ui.available_width())
        .margin(Vec2::new(8.0, 6.0));
    let response = ui.add(edit);
    response.widget_info(|| WidgetInfo::labeled(Role::SearchInput, true, hint));
    if first_focus(ui, &response) {
        // The caret of the last time would be before what has been typed by now.
        ui.data_mut(|data| data.remove::<TextEditState>(response.id));
    }
    if typed != palette.words {
        cx.push(Command::PaletteWords(typed.clone()));
    }
    (response, typed)
}

/// Runs the command of an entry; one that is not available leaves the palette open.
fn run(cx: &mut ViewContext<'_>, entry: &Entry) {
    if entry.available {
        cx.act(Action::CloseDialog);
        cx.push(entry.command.clone());
    }
}

fn row(ui: &mut Ui, cx: &mut ViewContext<'_>, index: usize, entry: &Entry, selected: bool) -> Response {
    let palette = theme::palette(ui);
    let (_, rect) = ui.allocate_space(Vec2::new(ui.available_width(), ROW_HEIGHT));
    // Reached by arrows from the field, not by Tab.
    let response = ui.interact(rect, Id::unique(("command", index)), Sense::CLICK);
    response.widget_info(|| WidgetInfo::labeled(Role::ListBoxOption, entry.available, &entry.label));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_selected(selected);
        node.set_description(entry.detail.clone());
    });
    if ui.is_rect_visible(rect) {
        list_box::ground(ui, rect, selected, response.hovered());
        let (left, right) = (rect.left() + 12.0, rect.right() - 12.0);
        let keys = match (entry.available, entry.shortcut.and_then(keys::shortcut)) {
            (false, _) => "not available now".to_owned(),
            (true, Some(keys)) => ui.ctx().format_shortcut(&keys),
            (true, None) => String::new(),
        };
        let style = (theme::small(), palette.secondary);
        let at = pos2(right, rect.center().y);
        let taken = painted(ui.painter(), at, Align2::RIGHT_CENTER, &keys, style.clone(), KEYS_WIDTH).width();
        let width = right - left - taken - 12.0;
        let colour = if entry.available { palette.text } else { palette.tertiary };
        let (top, bottom) = (pos2(left, rect.top() + 3.0), pos2(left, rect.bottom() - 3.0));
        painted(ui.painter(), top, Align2::LEFT_TOP, &entry.label, (theme::strong(), colour), width);
        painted(ui.painter(), bottom, Align2::LEFT_BOTTOM, &entry.detail, style, width);
    }
    if response.clicked() {
        run(cx, entry);
    }
    response
}
