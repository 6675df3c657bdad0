//! A field to search a list with. Escape clears it.

use eframe::egui::{Id, Key, Role, TextEdit, Ui, Vec2, WidgetInfo};

/// Draws the field, which has the hint as its name. Returns the words if they were changed, and whether Enter was pressed.
pub fn show(ui: &mut Ui, hint: &str, words: &str) -> (Option<String>, bool) {
    let mut typed = words.to_owned();
    let edit = TextEdit::singleline(&mut typed)
        .id(Id::unique(("search field", hint)))
        .hint_text(hint)
        .desired_width(ui.available_width())
        .margin(Vec2::new(8.0, 4.0));
    let response = ui.add(edit);
    response.widget_info(|| WidgetInfo::labeled(Role::SearchInput, true, hint));
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    if response.has_focus() && ui.input(|input| input.key_pressed(Key::Escape)) {
        typed.clear();
    }
    ((typed != words).then_some(typed), entered)
}
