//! The controls of a step, one for each key of its kind in the step table; label, help and bounds are defined there.
//! The form shows them for the step that the workload is about, the list of steps for every step.

use eframe::egui::{Response, Ui};

use super::fields::{self, Number};
use crate::code::words;
use crate::lab::step_format;
use crate::lab::typed::Quantity;
use crate::units;
use crate::workload::{Key, LONGEST_STEP_MS, Step, Unit, Value, ValueType};

/// Returns the keys that apply to a step, most important first.
pub fn keys(step: &Step) -> impl Iterator<Item = &'static Key> {
    step.kind().keys.iter().filter(|key| key.applies(step))
}

/// Returns true for the duration of a timed step.
pub fn is_duration(key: &Key) -> bool {
    key.value == ValueType::Milliseconds
}

/// Returns the help text of a field, with a hint how to type it.
pub fn tip(key: &Key) -> String {
    let hint = match key.value {
        ValueType::Milliseconds => "; type a unit, as in 20 us or 2 s",
        ValueType::Whole { unit: Unit::Bytes, .. } => "; type a unit, as in 10 kB",
        ValueType::Templates { .. } => "; separated by spaces, with quotes around one that contains a space",
        _ => "",
    };
    format!("{}{hint}", key.help)
}

/// Returns the amount of work of a step in a word or two: its duration, or its most important key.
pub fn amount(step: &Step) -> String {
    if let Some(ms) = step.ms() {
        return fields::milliseconds(ms);
    }
    let words = |key: &Key| match (key.value, key.get(step)?) {
        (ValueType::Whole { unit, .. }, Value::Whole(value)) => Some(shown(unit, value as f64)),
        (_, Value::Text(text)) => Some(text),
        (_, Value::Texts(texts)) => Some(words::join(&texts)),
        _ => None,
    };
    keys(step).find_map(words).unwrap_or_default()
}

/// Draws the control of one key and returns the changed step.
pub fn control(ui: &mut Ui, key: &Key, step: &Step, name: &str) -> (Option<Step>, Response) {
    let (value, response) = match (key.value, key.get(step)) {
        (ValueType::Whole { least, most, unit }, Some(Value::Whole(value))) => {
            let range = least as f64..=most as f64;
            let number = Number { value: value as f64, range, logarithmic: true };
            let (typed, response) = number.show(ui, quantity(unit), |value| shown(unit, value));
            (typed.map(|value| Value::Whole(value.round() as u64)), response)
        }
        (ValueType::Flag, Some(Value::Flag(value))) => {
            let (selected, response) = fields::flag(ui, value, name);
            (selected.map(Value::Flag), response)
        }
        (ValueType::Choice(choices), Some(Value::Choice(value))) => {
            let current = choices.iter().find(|choice| choice.name == value).copied().unwrap_or(choices[0]);
            let (picked, response) = fields::choice(ui, name, current, choices, |choice| choice.title.to_owned());
            (picked.map(|choice| Value::Choice(choice.name)), response)
        }
        (ValueType::Text(_), Some(Value::Text(text))) => {
            let allowed = |typed: &str| Some(Value::Text(typed.to_owned())).filter(|value| key.value.allows(value));
            fields::line(ui, name, &text, allowed)
        }
        (ValueType::Templates { .. }, Some(Value::Texts(texts))) => {
            let allowed =
                |typed: &str| words::split(typed).ok().map(Value::Texts).filter(|value| key.value.allows(value));
            fields::line(ui, name, &words::join(&texts), allowed)
        }
        (_, value) => {
            let value = if let Some(Value::Number(ms)) = value { ms } else { 0.0 };
            let number = Number { value, range: 0.0..=LONGEST_STEP_MS, logarithmic: true };
            let (typed, response) = number.show(ui, Quantity::Milliseconds, fields::milliseconds);
            (typed.map(Value::Number), response)
        }
    };
    let changed = value.map(|value| {
        let mut changed = step.clone();
        key.set(&mut changed, &value);
        changed
    });
    (changed, response)
}

const fn quantity(unit: Unit) -> Quantity {
    match unit {
        Unit::Count => Quantity::Count,
        Unit::Bytes => Quantity::Bytes,
        Unit::Mib => Quantity::Mib,
    }
}

fn shown(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Count => units::count(value as u64),
        Unit::Bytes => step_format::bytes(value.round() as u64),
        Unit::Mib => format!("{} MiB", units::count(value as u64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_fields_and_no_label_is_used_twice() {
        let mut labels = Vec::new();
        for kind in Step::KINDS {
            assert!(keys(&(kind.new)()).next().is_some(), "{}", kind.name);
            labels.extend(kind.keys.iter().map(|key| key.label).filter(|label| *label != "Duration"));
        }
        let all = labels.len();
        labels.sort_unstable();
        labels.dedup();
        assert_eq!(labels.len(), all, "{labels:?}");
    }
}
