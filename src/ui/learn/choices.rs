//! A list of choices that is one stop of Tab: the arrow keys move within it.

use eframe::egui::{
    Align2, EventFilter, Id, Key, Pos2, Rect, Response, Role, Sense, Stroke, Ui, Vec2, WidgetInfo, accesskit,
};

use crate::ui::key_presses::plain;
use crate::ui::theme;
use crate::ui::widgets::focus_ring;

/// A choice to draw.
pub struct Choice {
    /// Label, also its accessible name.
    pub label: String,
    /// True if it is chosen.
    pub selected: bool,
}

/// Form of the list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Radio buttons below each other.
    Radio,
    /// Options beside each other, on as many lines as they need.
    Options,
}

/// Draws the choices of a list. Returns the one that was clicked, or chosen with Enter or Space, and the first widget.
pub fn show(ui: &mut Ui, id: Id, form: Form, choices: &[Choice]) -> (Option<usize>, Option<Response>) {
    // The stop of Tab: where the arrows were last, or the chosen one.
    let known = ui.data(|data| data.get_temp::<usize>(id)).filter(|index| *index < choices.len());
    let chosen = choices.iter().position(|choice| choice.selected);
    let stop = known.or(chosen).unwrap_or(0);
    let (mut clicked, mut first) = (None, None);
    let mut ids = Vec::with_capacity(choices.len());
    let mut draw = |ui: &mut Ui| {
        for (index, choice) in choices.iter().enumerate() {
            let response = one(ui, id.with(index), form, choice, index == stop);
            if response.clicked() {
                clicked = Some(index);
            }
            ids.push(response.id);
            if index == stop {
                first = Some(response);
            }
        }
    };
    match form {
        Form::Radio => draw(ui),
        Form::Options => {
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing = Vec2::splat(theme::STEP);
                draw(ui);
            });
        }
    }
    if let Some(index) = clicked {
        ui.data_mut(|data| data.insert_temp(id, index));
    }
    if let Some(focused) = first.as_ref().filter(|response| response.has_focus()) {
        let arrows = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(focused.id, arrows));
        if let Some(next) = moved(ui, stop, choices.len()) {
            ui.data_mut(|data| data.insert_temp(id, next));
            ui.memory_mut(|memory| memory.request_focus(ids[next]));
            ui.ctx().request_repaint();
        }
    }
    (clicked, first)
}

/// Returns the index that keys move to.
fn moved(ui: &Ui, from: usize, count: usize) -> Option<usize> {
    let after = |index: usize, key: Key| match key {
        Key::ArrowDown | Key::ArrowRight => (index + 1).min(count - 1),
        Key::ArrowUp | Key::ArrowLeft => index.saturating_sub(1),
        Key::Home => 0,
        Key::End => count - 1,
        _ => index,
    };
    let next = ui.input(plain).into_iter().fold(from, after);
    (next != from).then_some(next)
}

/// Diameter of a radio button.
const RADIO: f32 = 16.0;

fn one(ui: &mut Ui, id: Id, form: Form, choice: &Choice, is_stop: bool) -> Response {
    let palette = theme::palette(ui);
    let indent = if form == Form::Radio { RADIO + 8.0 } else { 8.0 };
    let width = (ui.available_width() - indent - 8.0).max(40.0);
    let galley = ui.painter().layout(choice.label.clone(), theme::body(), palette.text, width);
    let size = Vec2::new(galley.size().x + indent + 8.0, galley.size().y.max(18.0) + 6.0);
    let (_, rect) = ui.allocate_space(size);
    // Only the stop of Tab can be reached by it.
    let response = ui.interact(rect, id, if is_stop { Sense::click() } else { Sense::CLICK });
    let role = if form == Form::Radio { Role::RadioButton } else { Role::ListBoxOption };
    response.widget_info(|| WidgetInfo::selected(role, true, choice.selected, &choice.label));
    if form == Form::Options {
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_selected(choice.selected));
    } else {
        ui.ctx()
            .accesskit_node_builder(response.id, |node| node.set_toggled(accesskit::Toggled::from(choice.selected)));
    }
    let corner = theme::CORNER;
    if form == Form::Options && choice.selected || response.hovered() {
        ui.painter().rect_filled(rect, corner, palette.raised);
    }
    match form {
        Form::Radio => radio(ui, Pos2::new(rect.left() + 4.0 + RADIO / 2.0, rect.center().y), choice.selected),
        Form::Options if choice.selected => {
            let line =
                Rect::from_min_max(Pos2::new(rect.left() + 4.0, rect.bottom() - 2.0), rect.max - Vec2::new(4.0, 0.0));
            ui.painter().rect_filled(line, 1, palette.accent);
        }
        Form::Options => {}
    }
    let at = Align2::LEFT_CENTER.anchor_size(Pos2::new(rect.left() + indent, rect.center().y), galley.size());
    ui.painter().galley(at.min, galley, palette.text);
    focus_ring(ui, &response);
    response
}

fn radio(ui: &Ui, centre: Pos2, selected: bool) {
    let palette = theme::palette(ui);
    let edge = if selected { palette.accent } else { palette.tertiary };
    ui.painter().circle(centre, RADIO / 2.0 - 1.0, palette.raised, Stroke::new(1.5, edge));
    if selected {
        ui.painter().circle_filled(centre, RADIO / 4.0, palette.accent);
    }
}
