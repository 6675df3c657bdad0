//! One `[[workload.step]]` of a file, by the step table.

use toml::Spanned;
use toml::de::DeValue;

use super::cursor::Table;
use super::problem::{Problem, nearest};
use crate::experiment::validate::{self, Given};
use crate::workload::{Key, Step, StepKind, Value, ValueType};

/// The name of the key that says which kind a step is.
pub(super) const KIND: &str = "kind";

/// Reads a step; `None` where something is wrong, which is reported.
pub(super) fn step(table: Table<'_, '_>) -> Option<Step> {
    let kind = kind(&table)?;
    check_keys(&table, kind);
    let mut step = (kind.new)();
    let mut complete = true;
    for key in kind.keys {
        match table.get(key.name) {
            Some(given) => complete &= value(&table, key, given).is_some_and(|read| key.set(&mut step, &read)),
            None if key.required => {
                complete = false;
                table.wrong_at(key.name, table.span(), || Problem::StepNeeds { kind, key: key.name, what: key.what });
            }
            None => {}
        }
    }
    if !complete {
        return None;
    }
    for key in kind.keys {
        if let Err(invalid) = validate::step_key(&step, key) {
            let span = table.get(key.name).map_or_else(|| table.span(), Spanned::span);
            table.wrong_at(key.name, span, || invalid.into());
            complete = false;
        }
    }
    complete.then_some(step)
}

fn kind(table: &Table<'_, '_>) -> Option<&'static StepKind> {
    let Some(given) = table.get(KIND) else {
        table.wrong_at(KIND, table.span(), || Problem::MissingKey { key: KIND });
        return None;
    };
    let Some(name) = given.get_ref().as_str() else {
        table.mistyped(KIND, given, "a string");
        return None;
    };
    let kind = Step::KINDS.iter().copied().find(|kind| kind.name == name);
    if kind.is_none() {
        table.unknown_name(KIND, given, name, Step::KINDS.iter().map(|kind| kind.name).collect());
    }
    kind
}

/// Reports the keys that this kind does not have.
fn check_keys(table: &Table<'_, '_>, kind: &'static StepKind) {
    for (key, value) in table.entries() {
        let name = key.get_ref().as_ref();
        if name == KIND || kind.key(name).is_some() {
            continue;
        }
        let owners: Vec<&str> = Step::KINDS.iter().filter(|one| one.key(name).is_some()).map(|one| one.name).collect();
        if owners.is_empty() {
            let own = || std::iter::once(KIND).chain(kind.keys.iter().map(|key| key.name));
            table.wrong_at(name, key.span(), || Problem::UnknownKey {
                key: name.to_owned(),
                nearest: nearest(name, own()),
                allowed: own().collect(),
            });
        } else {
            table.wrong_at(name, value.span(), || Problem::ForeignStepKey { key: name.to_owned(), kind, owners });
        }
    }
}

/// Reads a value of the right type, which may be out of bounds where that depends on other keys.
fn value(table: &Table<'_, '_>, key: &'static Key, given: &Spanned<DeValue<'_>>) -> Option<Value> {
    let read = match key.value {
        ValueType::Milliseconds => Value::Number(table.any_number(key.name, given)?),
        ValueType::Whole { .. } => {
            let number = table.integer(key.name, given, key.value)?;
            let Ok(number) = u64::try_from(number) else {
                table.refuse(key.name, given, Given::Whole(number), key.value);
                return None;
            };
            Value::Whole(number)
        }
        ValueType::Flag => {
            let Some(flag) = given.get_ref().as_bool() else {
                table.mistyped(key.name, given, "true or false");
                return None;
            };
            Value::Flag(flag)
        }
        ValueType::Choice(choices) => {
            let Some(name) = given.get_ref().as_str() else {
                table.mistyped(key.name, given, "a string");
                return None;
            };
            let Some(choice) = choices.iter().find(|choice| choice.name == name) else {
                table.unknown_name(key.name, given, name, choices.iter().map(|choice| choice.name).collect());
                return None;
            };
            Value::Choice(choice.name)
        }
        ValueType::Text(_) => {
            let Some(text) = given.get_ref().as_str() else {
                table.mistyped(key.name, given, "a string");
                return None;
            };
            Value::Text(text.to_owned())
        }
        ValueType::Templates { .. } => {
            let texts = given.get_ref().as_array().map(|list| list.iter().map(|one| one.get_ref().as_str()));
            let Some(texts) = texts.and_then(|texts| texts.map(|text| text.map(str::to_owned)).collect()) else {
                table.mistyped(key.name, given, "a list of strings");
                return None;
            };
            Value::Texts(texts)
        }
    };
    if key.value.allows(&read) {
        return Some(read);
    }
    table.refuse(key.name, given, read, key.value);
    None
}
