//! Lists of which Tab reaches one row and the arrow keys the others.

use eframe::egui::{
    CornerRadius, Event, EventFilter, FocusDirection, Id, Key, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo,
    accesskit,
};

use super::key_presses::plain;
use super::theme;

/// Returns the index of the row that Tab reaches: the focused one after this frame's keys, else the preferred one.
/// Called before the rows are drawn.
pub fn tab_stop(ui: &Ui, count: usize, id_of: impl Fn(usize) -> Id, preferred: usize, page: usize) -> usize {
    let last = count.saturating_sub(1);
    let row_of = |wanted: Id| (0..count).find(|index| id_of(*index) == wanted);
    if let Some(asked) = asked_for(ui, count, &id_of) {
        focus(ui, id_of(asked));
        return asked;
    }
    let Some(focused) = ui.memory(|memory| memory.focused()).and_then(row_of) else { return preferred.min(last) };
    let filter = EventFilter { vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(id_of(focused), filter));
    match moved(&ui.input(plain), focused, last, page) {
        Some(next) => {
            focus(ui, id_of(next));
            next
        }
        None => focused,
    }
}

/// Returns the row that keys move the focus to.
fn moved(keys: &[Key], focused: usize, last: usize, page: usize) -> Option<usize> {
    let after = |row: usize, key: &Key| {
        let to = match key {
            Key::ArrowDown => row + 1,
            Key::ArrowUp => row.saturating_sub(1),
            Key::PageDown => row + page.max(1),
            Key::PageUp => row.saturating_sub(page.max(1)),
            Key::Home => 0,
            Key::End => last,
            _ => return None,
        };
        Some(to.min(last))
    };
    keys.iter().fold(None, |moved, key| after(moved.unwrap_or(focused), key).or(moved))
}

/// Returns the row that an assistive client wants to focus. Rows that Tab does not reach are not known to egui's focus.
pub fn asked_for(ui: &Ui, count: usize, id_of: &impl Fn(usize) -> Id) -> Option<usize> {
    ui.input(|input| {
        let any = input.events.iter().any(|event| matches!(event, Event::AccessKitActionRequest(_)));
        let is_asked = |index: &usize| input.has_accesskit_action_request(id_of(*index), accesskit::Action::Focus);
        if any { (0..count).find(is_asked) } else { None }
    })
}

/// Moves the focus, whatever key was pressed.
pub fn focus(ui: &Ui, row: Id) {
    ui.memory_mut(|memory| {
        // The key must not move the focus on from there.
        memory.move_focus(FocusDirection::None);
        memory.request_focus(row);
    });
}

/// Paints the ground of a row: raised if it is the selected one or pointed at, with a bar at the left of the selected one.
pub fn ground(ui: &Ui, rect: Rect, is_selected: bool, is_raised: bool) {
    let palette = theme::palette(ui);
    if is_selected || is_raised {
        ui.painter().rect_filled(rect, CornerRadius::same(theme::CORNER), palette.raised);
    }
    if is_selected {
        let bar = Rect::from_min_size(rect.min, Vec2::new(3.0, rect.height()));
        ui.painter().rect_filled(bar, CornerRadius::same(1), palette.accent);
    }
}

/// A row for assistive clients.
pub struct Row<'a> {
    pub id: Id,
    pub name: &'a str,
    pub description: &'a str,
    pub is_selected: bool,
    /// Index, and number of rows.
    pub position: (usize, usize),
}

/// Makes a part of the list a row that can be clicked, and focused if it is the one that Tab reaches.
pub fn row(ui: &Ui, rect: Rect, row: &Row<'_>, is_tab_stop: bool) -> Response {
    let sense = if is_tab_stop { Sense::click() } else { Sense::CLICK };
    let response = ui.interact(rect, row.id, sense);
    response.widget_info(|| WidgetInfo::labeled(Role::ListBoxOption, true, row.name));
    ui.ctx().accesskit_node_builder(row.id, |node| {
        node.add_action(accesskit::Action::Focus);
        node.set_selected(row.is_selected);
        node.set_description(row.description);
        node.set_position_in_set(row.position.0 + 1);
        node.set_size_of_set(row.position.1);
    });
    if response.gained_focus() {
        response.scroll_to_me(None);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_press_of_a_slow_frame_counts() {
        let after = |keys: &[Key]| moved(keys, 2, 9, 4);
        assert_eq!(after(&[Key::ArrowDown, Key::ArrowDown]), Some(4));
        assert_eq!(after(&[Key::PageDown, Key::ArrowUp, Key::Enter]), Some(5));
        assert_eq!(after(&[Key::End, Key::ArrowDown, Key::ArrowUp]), Some(8));
        assert_eq!(after(&[Key::Enter]), None);
    }
}
