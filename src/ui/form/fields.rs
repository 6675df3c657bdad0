//! Labelled fields and how numbers with units are typed.

use std::ops::RangeInclusive;

use eframe::egui::{Align2, ComboBox, DragValue, FontId, Response, Ui, Vec2};

pub use crate::lab::words::milliseconds;
use crate::ui::theme;
use crate::ui::widgets::{check_box, painted};

/// Width of the labels' column.
const LABEL_WIDTH: f32 = 96.0;
/// The same in the list of steps, whose labels also say which step.
const STEP_LABEL_WIDTH: f32 = 122.0;
/// Width of the labels that head one step.
const STEP_WIDTH: f32 = 54.0;

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
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.spacing_mut().button_padding.x = 8.0;
        let (_, place) = ui.allocate_space(Vec2::new(width, ui.spacing().interact_size.y));
        let colour = if enabled { palette.secondary } else { palette.tertiary };
        // Painted, not a label of its own: the control alone answers to the name.
        let at = place.left_center() + Vec2::new(4.0, 0.0);
        painted(ui.painter(), at, Align2::LEFT_CENTER, name, (font, colour), width - 6.0);
        let (value, response) = ui.add_enabled_ui(enabled, add).inner;
        let response = response.accessible_name(name).on_hover_text(tip);
        (value, response.on_disabled_hover_text(format!("{tip}. No chosen model uses it")))
    })
    .inner
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
    /// The field, and the new value where it was changed.
    pub fn show(
        self,
        ui: &mut Ui,
        told: impl Fn(f64) -> String,
        parse: impl Fn(&str) -> Option<f64>,
    ) -> (Option<f64>, Response) {
        let mut value = self.value;
        let speed = if self.logarithmic { (value.abs() * 0.02).max(0.2) } else { 0.5 };
        let size = Vec2::new(ui.available_width(), ui.spacing().interact_size.y);
        let field = DragValue::new(&mut value)
            .range(self.range)
            .speed(speed)
            .min_size(size)
            .clip_text(true)
            .custom_formatter(|value, _| told(value))
            .custom_parser(parse);
        let response = ui.add(field);
        // A field that was only visited is parsed from its rounded text: what reads the same is no edit.
        let edited = value != self.value && response.changed() && told(value) != told(self.value);
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

fn digits(typed: &str) -> String {
    typed.chars().filter(|letter| !letter.is_whitespace() && !matches!(letter, ',' | '_' | '\u{a0}')).collect()
}

/// A whole number, with or without separators, or as 1e6.
#[must_use]
pub fn parse_count(typed: &str) -> Option<f64> {
    digits(typed).parse::<f64>().ok().filter(|value| value.is_finite()).map(f64::round)
}

/// A whole number, or a word for what the lab chooses itself.
#[must_use]
pub fn parse_count_or_auto(typed: &str) -> Option<f64> {
    let typed = typed.trim().to_lowercase();
    if typed.is_empty() || typed.starts_with("auto") || typed.starts_with("all") {
        return Some(0.0);
    }
    parse_count(&typed)
}

/// Milliseconds from a number with or without a unit.
#[must_use]
pub fn parse_ms(typed: &str) -> Option<f64> {
    with_unit(typed, &[("ns", 1e-6), ("µs", 1e-3), ("us", 1e-3), ("ms", 1.0), ("min", 6e4), ("s", 1e3), ("", 1.0)])
}

/// Bytes from a number with or without a unit, decimal or binary.
#[must_use]
pub fn parse_bytes(typed: &str) -> Option<f64> {
    let units = [
        ("kib", 1024.0),
        ("mib", 1_048_576.0),
        ("gib", 1_073_741_824.0),
        ("kb", 1e3),
        ("mb", 1e6),
        ("gb", 1e9),
        ("k", 1e3),
        ("m", 1e6),
        ("g", 1e9),
        ("b", 1.0),
        ("", 1.0),
    ];
    with_unit(typed, &units).map(f64::round)
}

/// Whole MiB from a number with or without a unit.
#[must_use]
pub fn parse_mib(typed: &str) -> Option<f64> {
    with_unit(typed, &[("gib", 1024.0), ("mib", 1.0), ("g", 1024.0), ("m", 1.0), ("", 1.0)]).map(f64::round)
}

/// Seconds from a number with or without a unit.
#[must_use]
pub fn parse_seconds(typed: &str) -> Option<f64> {
    with_unit(typed, &[("ms", 1e-3), ("min", 60.0), ("s", 1.0), ("", 1.0)])
}

fn with_unit(typed: &str, units: &[(&str, f64)]) -> Option<f64> {
    let typed = digits(&typed.to_lowercase().replace('μ', "µ"));
    let (unit, factor) = units.iter().find(|(unit, _)| typed.ends_with(unit))?;
    let number: f64 = typed[..typed.len() - unit.len()].parse().ok()?;
    (number.is_finite() && number >= 0.0).then_some(number * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_typed_as_people_do() {
        assert_eq!(parse_count("100 000"), Some(100_000.0));
        assert_eq!(parse_count("1,000,000"), Some(1_000_000.0));
        assert_eq!(parse_count("many"), None);
        assert_eq!(parse_count_or_auto("Automatic, 2"), Some(0.0));
        assert_eq!(parse_ms("2 s"), Some(2000.0));
        assert_eq!(parse_ms("20 us"), Some(0.02));
        assert_eq!(parse_ms("50"), Some(50.0));
        assert_eq!(parse_ms("1.5 min"), Some(90_000.0));
        assert_eq!(parse_ms("-3"), None);
        assert_eq!(parse_seconds("500 ms"), Some(0.5));
        assert_eq!(parse_bytes("10 kB"), Some(10_000.0));
        assert_eq!(parse_bytes("1 MiB"), Some(1_048_576.0));
        assert_eq!(parse_bytes("512"), Some(512.0));
        assert_eq!(parse_bytes("some"), None);
        assert_eq!(parse_mib("2 GiB"), Some(2048.0));
        assert_eq!(parse_mib("64"), Some(64.0));
    }
}
