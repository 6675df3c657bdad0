//! Labelled fields, and numbers to type or drag. Typed texts are read by `lab::typed`.

use std::cell::RefCell;
use std::ops::RangeInclusive;

use eframe::egui::{
    Align, Align2, ComboBox, CornerRadius, DragValue, FontId, Id, Layout, Response, Stroke, StrokeKind, TextEdit, Ui,
    Vec2, accesskit,
};

pub use crate::lab::step_format::milliseconds;
use crate::lab::typed::{Quantity, Typed};
use crate::ui::theme;
use crate::ui::widgets::{check_box, list_entry, polite, quiet_button, text};

/// Width of the column of labels.
pub const LABEL_WIDTH: f32 = 96.0;
/// Width of the labels that head a step.
const STEP_WIDTH: f32 = 54.0;
/// Indent of the fields of a part of the form, such as a class or a step, below its head.
const PART_INDENT: f32 = 8.0;
/// Room for the button that resets a field.
const RESET_WIDTH: f32 = 44.0;

/// Left margin of the labels.
pub const INDENT: f32 = theme::STEP;

/// The label of a field that belongs to a part of the form, such as "Class 1 step 2".
#[derive(Debug, Clone, Copy)]
pub struct PartLabel<'a> {
    /// Name of the part, which stands above the field.
    pub part: &'a str,
    /// Name of the field within it.
    pub field: &'a str,
}

impl PartLabel<'_> {
    /// Returns the name of the control, which is unique in the form.
    pub fn name(self) -> String {
        if self.part.is_empty() { self.field.to_owned() } else { format!("{} {}", self.part, self.field) }
    }

    /// Returns what is painted beside the control.
    fn painted(self) -> String {
        let mut letters = self.field.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
    }
}

/// Draws something without a label, indented like the labels.
pub fn indented<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        ui.add_space(INDENT);
        add(ui)
    })
    .inner
}

/// Draws a row of the form. Its label names the control.
pub fn row<R>(
    ui: &mut Ui,
    name: &str,
    tip: &str,
    enabled: bool,
    add: impl FnOnce(&mut Ui) -> (R, Response),
) -> (R, Response) {
    resettable(ui, name, tip, enabled, false, add).0
}

/// Draws a row of the form with a button that brings the preset's value back, if `is_changed`. Returns true if it was
/// pressed.
pub fn resettable<R>(
    ui: &mut Ui,
    name: &str,
    tip: &str,
    enabled: bool,
    is_changed: bool,
    add: impl FnOnce(&mut Ui) -> (R, Response),
) -> ((R, Response), bool) {
    let style = LabelStyle { indent: 0.0, width: LABEL_WIDTH, font: theme::body() };
    wide_row(ui, (name, name), tip, enabled, style, is_changed, add)
}

/// Draws the button that brings the preset's value of a field back. Returns true if it was pressed.
pub fn reset_button(ui: &mut Ui, name: &str) -> bool {
    let response = quiet_button(ui, "Reset").accessible_name(format!("Reset {name}"));
    response.on_hover_text("Brings the preset's value back").clicked()
}

/// Draws a row of a part of the form.
pub fn part_row<R>(
    ui: &mut Ui,
    label: PartLabel<'_>,
    tip: &str,
    add: impl FnOnce(&mut Ui) -> (R, Response),
) -> (R, Response) {
    resettable_part(ui, label, tip, false, add).0
}

/// Draws a row of a part of the form with a button that brings the preset's value back, if `is_changed`. Returns true if
/// it was pressed.
pub fn resettable_part<R>(
    ui: &mut Ui,
    label: PartLabel<'_>,
    tip: &str,
    is_changed: bool,
    add: impl FnOnce(&mut Ui) -> (R, Response),
) -> ((R, Response), bool) {
    let style = LabelStyle { indent: PART_INDENT, width: LABEL_WIDTH, font: theme::body() };
    wide_row(ui, (&label.painted(), &label.name()), tip, true, style, is_changed, add)
}

/// Draws the row that heads a step.
pub fn step_head<R>(
    ui: &mut Ui,
    label: PartLabel<'_>,
    tip: &str,
    add: impl FnOnce(&mut Ui) -> (R, Response),
) -> (R, Response) {
    let style = LabelStyle { indent: 0.0, width: STEP_WIDTH, font: theme::strong() };
    wide_row(ui, (&label.painted(), &label.name()), tip, true, style, false, add).0
}

/// Look of the label of a row.
struct LabelStyle {
    indent: f32,
    width: f32,
    font: FontId,
}

fn wide_row<R>(
    ui: &mut Ui,
    (painted, name): (&str, &str),
    tip: &str,
    enabled: bool,
    LabelStyle { indent, width, font }: LabelStyle,
    is_changed: bool,
    add: impl FnOnce(&mut Ui) -> (R, Response),
) -> ((R, Response), bool) {
    let palette = theme::palette(ui);
    let shown = ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.spacing_mut().button_padding.x = 8.0;
        let colour = if enabled { palette.secondary } else { palette.tertiary };
        // A long name takes two lines instead of being cut off.
        let galley = ui.painter().layout(painted.to_owned(), font, colour, width - indent - 6.0);
        let (_, label_rect) = ui.allocate_space(Vec2::new(width, galley.size().y.max(ui.spacing().interact_size.y)));
        // Painted, not a label widget: the name belongs to the control alone.
        let at =
            Align2::LEFT_CENTER.anchor_size(label_rect.left_center() + Vec2::new(INDENT + indent, 0.0), galley.size());
        ui.painter().galley(at.min, galley, colour);
        // It does not come while a control is dragged, whose width it would change under the pointer.
        let reset_id = ui.unique_id().with("reset");
        let is_there = ui.data(|data| data.get_temp(reset_id)).unwrap_or(false);
        let resets = is_changed && (is_there || !ui.input(|input| input.pointer.any_down()));
        ui.data_mut(|data| data.insert_temp(reset_id, resets));
        let room = ui.available_width() - if resets { RESET_WIDTH } else { 0.0 };
        let control = |ui: &mut Ui| {
            ui.set_max_width(room);
            add(ui)
        };
        let (value, response) = ui.add_enabled_ui(enabled, control).inner;
        let response = response.accessible_name(name).on_hover_text(tip);
        let response = response.on_disabled_hover_text(format!("{tip}. No chosen model uses it"));
        ((value, response), resets && reset_button(ui, name))
    });
    remark(ui, &shown.inner.0.1);
    shown.inner
}

/// A remark below a field about the text typed into it.
#[derive(Debug, Clone, PartialEq)]
struct Remark {
    message: String,
    /// True if the text was refused and the value is unchanged.
    refused: bool,
    /// Value of the field at that time; the remark is outdated if it changes.
    value: f64,
}

fn remark_id(response: &Response) -> Id {
    response.id.with("remark")
}

/// Removes all remarks, because they concern another experiment.
pub fn forget_remarks(ui: &Ui) {
    ui.data_mut(|data| data.remove_by_type::<Remark>());
}

/// Draws the remark of a field: what was understood, or why the text was refused.
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
        let response = text(ui, remark.message, theme::small(), colour);
        polite(ui, &response);
    });
}

/// A number to type or drag.
pub struct Number {
    /// Current value.
    pub value: f64,
    /// Allowed range.
    pub range: RangeInclusive<f64>,
    /// True if dragging changes it by a fraction of itself.
    pub logarithmic: bool,
}

impl Number {
    /// Draws the field and returns the new value if it was changed. A refused text changes nothing; the row shows the
    /// reason.
    pub fn show(self, ui: &mut Ui, quantity: Quantity, format: impl Fn(f64) -> String) -> (Option<f64>, Response) {
        let mut value = self.value;
        let before = format(self.value);
        let speed = if self.logarithmic { (value.abs() * 0.02).max(0.2) } else { 0.5 };
        let size = Vec2::new(ui.available_width(), ui.spacing().interact_size.y);
        let read = RefCell::new(None);
        let field = DragValue::new(&mut value)
            .range(self.range.clone())
            .speed(speed)
            .min_size(size)
            .clip_text(true)
            // A number being typed has no value yet: "1" may become "10 ms".
            .update_while_editing(false)
            .custom_formatter(|value, _| format(value))
            .custom_parser(|typed| {
                // Leaving a field parses its rounded text; that is not an edit.
                if typed == before {
                    return None;
                }
                let outcome = quantity.read(typed, &self.range);
                let value = outcome.as_ref().ok().map(|typed| typed.value);
                *read.borrow_mut() = Some((typed.to_owned(), outcome));
                value
            });
        let response = ui.scope(|ui| Self::add(ui, field)).inner;
        let id = remark_id(&response);
        if let Some((typed, outcome)) = read.into_inner() {
            let remark = match outcome {
                Err(refused) => {
                    let allowed = quantity.allowed(&self.range, &format);
                    Some(Remark { message: format!("{refused}; {allowed}"), refused: true, value: self.value })
                }
                Ok(Typed { value, ambiguous: true }) => {
                    let message =
                        format!("\"{}\" was read as {}; for a fraction type a point", typed.trim(), format(value));
                    Some(Remark { message, refused: false, value })
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
            && format(remark.value) != before
        {
            ui.data_mut(|data| data.remove::<Remark>(id));
        }
        let edited = value != self.value && response.changed() && format(value) != before;
        (edited.then_some(value), response)
    }

    /// Adds the field with the look of one: sunken, its text at the left.
    fn add(ui: &mut Ui, field: DragValue<'_>) -> Response {
        let ground = theme::palette(ui).background;
        let widgets = &mut ui.visuals_mut().widgets;
        for state in [&mut widgets.inactive, &mut widgets.hovered, &mut widgets.active] {
            state.weak_bg_fill = ground;
        }
        let left = Layout::left_to_right(Align::Center).with_main_align(Align::Min);
        ui.with_layout(left, |ui| ui.add(field)).inner
    }
}

/// Draws a list of choices and returns the one picked, if it is another.
pub fn choice<T: Copy + PartialEq>(
    ui: &mut Ui,
    id: &str,
    current: T,
    all: &[T],
    title_of: impl Fn(T) -> String,
) -> (Option<T>, Response) {
    let mut picked = None;
    let combo = ComboBox::from_id_salt(id).width(ui.available_width()).truncate().selected_text(title_of(current));
    let response = combo.show_ui(ui, |ui| {
        for one in all {
            if list_entry(ui, *one == current, title_of(*one)) {
                picked = (*one != current).then_some(*one);
            }
        }
    });
    (picked, response.response)
}

/// Draws a check box and returns its new state if it was clicked.
pub fn flag(ui: &mut Ui, selected: bool, name: &str) -> (Option<bool>, Response) {
    let mut now = selected;
    let response = check_box(ui, &mut now, name);
    ((now != selected).then_some(now), response)
}

/// Draws a line of text and returns what `read` makes of it, if it was changed. While `read` returns `None`, the text
/// stays as typed, with a ring around it, and the value stays as it was.
pub fn line<T>(ui: &mut Ui, id: &str, value: &str, read: impl Fn(&str) -> Option<T>) -> (Option<T>, Response) {
    let id = Id::unique(("line of text", id));
    let kept = ui.data(|data| data.get_temp::<String>(id));
    let mut typed = kept.clone().unwrap_or_else(|| value.to_owned());
    let edit = TextEdit::singleline(&mut typed).id(id).desired_width(ui.available_width() - 16.0);
    let response = ui.add(edit.margin(Vec2::new(8.0, 4.0)));
    let parsed = read(&typed);
    if parsed.is_none() {
        let ring = Stroke::new(1.5, theme::palette(ui).caveat);
        ui.painter().rect_stroke(response.rect, CornerRadius::same(theme::CORNER), ring, StrokeKind::Inside);
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_invalid(accesskit::Invalid::True));
    }
    if response.has_focus() {
        ui.data_mut(|data| data.insert_temp(id, typed));
    } else if kept.is_some() {
        ui.data_mut(|data| data.remove::<String>(id));
    }
    (parsed.filter(|_| response.changed()), response)
}
