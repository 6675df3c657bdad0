//! Labelled fields, and numbers to type or drag. How a typed text is read is in `lab::typed`.

use std::cell::RefCell;
use std::ops::RangeInclusive;

use eframe::egui::{
    Align2, ComboBox, CornerRadius, DragValue, FontId, Id, Response, Stroke, StrokeKind, Ui, Vec2, accesskit,
};

pub use crate::lab::step_format::milliseconds;
use crate::lab::typed::{Quantity, Typed};
use crate::ui::theme;
use crate::ui::widgets::{check_box, polite, text};

/// Width of the labels' column.
const LABEL_WIDTH: f32 = 96.0;
/// The same in the list of steps, whose labels also say which step.
const STEP_LABEL_WIDTH: f32 = 122.0;
/// Width of the labels that head one step.
const STEP_WIDTH: f32 = 54.0;

/// Where labels begin.
const INDENT: f32 = theme::STEP;

/// Something without a label, as far in as the labels are.
pub fn indented<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        ui.add_space(INDENT);
        add(ui)
    })
    .inner
}

/// A row of the form: its label names the control.
pub fn row<R>(
    ui: &mut Ui,
    name: &str,
    tip: &str,
    enabled: bool,
    add: impl FnOnce(&mut Ui) -> (R, Response),
) -> (R, Response) {
    wide_row(ui, name, tip, enabled, (LABEL_WIDTH, theme::body()), add)
}

/// A row of one step in the list of steps.
pub fn step_row<R>(ui: &mut Ui, name: &str, tip: &str, add: impl FnOnce(&mut Ui) -> (R, Response)) -> (R, Response) {
    wide_row(ui, name, tip, true, (STEP_LABEL_WIDTH, theme::note()), add)
}

/// The row that heads one step in the list of steps.
pub fn step_head<R>(ui: &mut Ui, name: &str, tip: &str, add: impl FnOnce(&mut Ui) -> (R, Response)) -> (R, Response) {
    wide_row(ui, name, tip, true, (STEP_WIDTH, theme::strong()), add)
}

fn wide_row<R>(
    ui: &mut Ui,
    name: &str,
    tip: &str,
    enabled: bool,
    (width, font): (f32, FontId),
    add: impl FnOnce(&mut Ui) -> (R, Response),
) -> (R, Response) {
    let palette = theme::palette(ui);
    let shown = ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.spacing_mut().button_padding.x = 8.0;
        let colour = if enabled { palette.secondary } else { palette.tertiary };
        // A long name takes two lines; none is cut.
        let galley = ui.painter().layout(name.to_owned(), font, colour, width - 6.0);
        let (_, place) = ui.allocate_space(Vec2::new(width, galley.size().y.max(ui.spacing().interact_size.y)));
        // Painted, not a label of its own: the control alone answers to the name.
        let at = Align2::LEFT_CENTER.anchor_size(place.left_center() + Vec2::new(INDENT, 0.0), galley.size());
        ui.painter().galley(at.min, galley, colour);
        let (value, response) = ui.add_enabled_ui(enabled, add).inner;
        let response = response.accessible_name(name).on_hover_text(tip);
        (value, response.on_disabled_hover_text(format!("{tip}. No chosen model uses it")))
    });
    remark(ui, &shown.inner.1);
    shown.inner
}

/// What is said below a field about the text that was typed into it.
#[derive(Debug, Clone, PartialEq)]
struct Remark {
    words: String,
    /// The text was refused: the field is as it was.
    refused: bool,
    /// The field's value when it was said; another one makes it out of date.
    value: f64,
}

fn remark_id(response: &Response) -> Id {
    response.id.with("remark")
}

/// Forgets what was said about typed texts: they were typed for another experiment.
pub fn forget_remarks(ui: &Ui) {
    ui.data_mut(|data| data.remove_by_type::<Remark>());
}

/// Says below a field what was understood, or why nothing was.
fn remark(ui: &mut Ui, response: &Response) {
    let Some(remark) = ui.data(|data| data.get_temp::<Remark>(remark_id(response))) else { return };
    let palette = theme::palette(ui);
    let colour = if remark.refused { palette.caveat } else { palette.secondary };
    if remark.refused {
        let ring = Stroke::new(1.5, palette.caveat);
        ui.painter().rect_stroke(response.rect, CornerRadius::same(theme::CORNER), ring, StrokeKind::Inside);
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_invalid(accesskit::Invalid::True));
    }
    ui.horizontal(|ui| {
        ui.add_space(theme::STEP);
        let said = text(ui, remark.words, theme::small(), colour);
        polite(ui, &said);
    });
}

/// A number to type or drag.
pub struct Number {
    /// As it stands.
    pub value: f64,
    /// What is allowed.
    pub range: RangeInclusive<f64>,
    /// Dragging changes it by a share of itself.
    pub logarithmic: bool,
}

impl Number {
    /// The field, and the new value where it was changed. A text that is refused changes nothing, and the
    /// row says why.
    pub fn show(self, ui: &mut Ui, quantity: Quantity, told: impl Fn(f64) -> String) -> (Option<f64>, Response) {
        let mut value = self.value;
        let before = told(self.value);
        let speed = if self.logarithmic { (value.abs() * 0.02).max(0.2) } else { 0.5 };
        let size = Vec2::new(ui.available_width(), ui.spacing().interact_size.y);
        let read = RefCell::new(None);
        let field = DragValue::new(&mut value)
            .range(self.range.clone())
            .speed(speed)
            .min_size(size)
            .clip_text(true)
            // Half a number is no number: "1" on the way to "10 ms" would be taken at its word.
            .update_while_editing(false)
            .custom_formatter(|value, _| told(value))
            .custom_parser(|typed| {
                // A field that was only visited is parsed from its rounded text: that is no edit.
                if typed == before {
                    return None;
                }
                let outcome = quantity.read(typed, &self.range);
                let value = outcome.as_ref().ok().map(|typed| typed.value);
                *read.borrow_mut() = Some((typed.to_owned(), outcome));
                value
            });
        let response = ui.add(field);
        let id = remark_id(&response);
        if let Some((typed, outcome)) = read.into_inner() {
            let remark = match outcome {
                Err(refused) => {
                    let allowed = quantity.allowed(&self.range, &told);
                    Some(Remark { words: format!("{refused}; {allowed}"), refused: true, value: self.value })
                }
                Ok(Typed { value, ambiguous: true }) => {
                    let words =
                        format!("\"{}\" was read as {}; for a fraction type a point", typed.trim(), told(value));
                    Some(Remark { words, refused: false, value })
                }
                Ok(_) => None,
            };
            ui.data_mut(|data| match remark {
                Some(remark) => {
                    data.insert_temp(id, remark);
                }
                None => {
                    data.remove::<Remark>(id);
                }
            });
        } else if let Some(remark) = ui.data(|data| data.get_temp::<Remark>(id))
            && told(remark.value) != before
        {
            ui.data_mut(|data| data.remove::<Remark>(id));
        }
        let edited = value != self.value && response.changed() && told(value) != before;
        (edited.then_some(value), response)
    }
}

/// One of a few; returns another one where it was picked.
pub fn choice<T: Copy + PartialEq>(
    ui: &mut Ui,
    id: &str,
    current: T,
    all: &[T],
    told: impl Fn(T) -> String,
) -> (Option<T>, Response) {
    let mut picked = None;
    let combo = ComboBox::from_id_salt(id).width(ui.available_width()).truncate().selected_text(told(current));
    let response = combo.show_ui(ui, |ui| {
        for one in all {
            if ui.selectable_label(*one == current, told(*one)).clicked() {
                picked = (*one != current).then_some(*one);
                // A press that comes from an assistive client is no click that the list would close on.
                ui.close();
            }
        }
    });
    (picked, response.response)
}

/// A box to tick; returns what it became where it was clicked.
pub fn tick(ui: &mut Ui, ticked: bool, name: &str) -> (Option<bool>, Response) {
    let mut now = ticked;
    let response = check_box(ui, &mut now, name);
    ((now != ticked).then_some(now), response)
}
