//! Labelled fields and how numbers with units are typed.

use std::ops::RangeInclusive;

use eframe::egui::{Align2, DragValue, Response, Ui, Vec2};

use crate::ui::theme;
use crate::ui::widgets::painted;
use crate::units;

/// Width of the labels' column.
pub const LABEL_WIDTH: f32 = 96.0;

/// A row of the form: its label names the control.
pub fn row<R>(
    ui: &mut Ui,
    name: &str,
    tip: &str,
    enabled: bool,
    add: impl FnOnce(&mut Ui) -> (R, Response),
) -> (R, Response) {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let (_, place) = ui.allocate_space(Vec2::new(LABEL_WIDTH, ui.spacing().interact_size.y));
        let colour = if enabled { palette.secondary } else { palette.tertiary };
        // Painted, not a label of its own: the control alone answers to the name.
        let at = place.left_center() + Vec2::new(4.0, 0.0);
        painted(ui.painter(), at, Align2::LEFT_CENTER, name, (theme::body(), colour), LABEL_WIDTH - 8.0);
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
        ((value != self.value && response.changed()).then_some(value), response)
    }
}

/// Milliseconds with the unit that reads best.
#[must_use]
pub fn milliseconds(ms: f64) -> String {
    if ms == 0.0 {
        return "0 ms".to_owned();
    }
    let told = units::duration(ms * units::NANOS_PER_MS);
    match told.split_once(' ') {
        Some((number, unit)) if number.contains('.') => {
            format!("{} {unit}", number.trim_end_matches('0').trim_end_matches('.'))
        }
        _ => told,
    }
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
    }

    #[test]
    fn durations_drop_empty_decimals() {
        assert_eq!(milliseconds(2000.0), "2 s");
        assert_eq!(milliseconds(50.0), "50 ms");
        assert_eq!(milliseconds(0.0), "0 ms");
    }
}
