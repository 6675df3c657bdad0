//! One `[[workload.step]]` of a file, by the step table: which keys belong to which kind, and their bounds.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;

use super::FileError;
use super::read::Reader;
use crate::experiment::validate::{self, Given, Invalid};
use crate::printable;
use crate::workload::{Key, Step, StepKind, Value, ValueType};

pub(super) type RawStep = BTreeMap<Spanned<String>, Spanned<toml::Value>>;

fn names<'a>(names: impl Iterator<Item = &'a str>, separator: &str) -> String {
    names.collect::<Vec<_>>().join(separator)
}

impl Reader<'_> {
    pub(super) fn step(&self, raw: &Spanned<RawStep>) -> Result<Step, FileError> {
        let given = raw.get_ref();
        let value_of = |name: &str| given.iter().find(|(key, _)| key.get_ref() == name).map(|(_, value)| value);
        let kind = self.kind(raw.span(), value_of("kind"))?;
        for (key, value) in given.iter().filter(|(key, _)| key.get_ref() != "kind") {
            if kind.key(key.get_ref()).is_none() {
                return Err(self.foreign(kind, key, value));
            }
        }
        let mut step = (kind.new)();
        for key in kind.keys {
            match value_of(key.name) {
                Some(value) => {
                    let read = self.value(key, value)?;
                    key.set(&mut step, &read);
                }
                None if key.required => {
                    let message = format!("a {} step needs {}, {}", kind.name, key.name, key.what);
                    return Err(self.error(raw.span(), &message));
                }
                None => {}
            }
        }
        for key in kind.keys {
            let place = value_of(key.name).map_or_else(|| raw.span(), Spanned::span);
            validate::step_key(&step, key).map_err(|invalid| self.error(place, &invalid.to_string()))?;
        }
        Ok(step)
    }

    fn kind(&self, place: Range<usize>, given: Option<&Spanned<toml::Value>>) -> Result<&'static StepKind, FileError> {
        let all = || names(Step::KINDS.iter().map(|kind| kind.name), ", ");
        let Some(given) = given else { return Err(self.error(place, &format!("a step needs kind: {}", all()))) };
        let toml::Value::String(name) = given.get_ref() else {
            return Err(self.mistyped("kind", given, "a string"));
        };
        Step::KINDS.iter().copied().find(|kind| kind.name == name).ok_or_else(|| {
            let message = format!("kind is \"{}\": allowed are {}", printable::value(name), all());
            self.error(given.span(), &message)
        })
    }

    /// A key that this kind does not have.
    fn foreign(&self, kind: &StepKind, key: &Spanned<String>, value: &Spanned<toml::Value>) -> FileError {
        let name = key.get_ref();
        let own = names(kind.keys.iter().map(|key| key.name), ", ");
        let owners = Step::KINDS.iter().filter(|one| one.key(name).is_some());
        let owners = names(owners.map(|one| one.name), " and ");
        if owners.is_empty() {
            let message = format!("unknown key \"{}\": a {} step has {own}", printable::value(name), kind.name);
            return self.error(key.span(), &message);
        }
        self.error(value.span(), &format!("{name} belongs to {owners} steps; a {} step has {own}", kind.name))
    }

    fn value(&self, key: &Key, given: &Spanned<toml::Value>) -> Result<Value, FileError> {
        let refused = |value: Given| {
            let invalid = Invalid::not_allowed(key.name, value, key.value);
            self.error(given.span(), &invalid.to_string())
        };
        match (key.value, given.get_ref()) {
            (ValueType::Milliseconds, toml::Value::Float(number)) => Ok(Value::Number(*number)),
            (ValueType::Milliseconds, toml::Value::Integer(number)) => Ok(Value::Number(*number as f64)),
            (ValueType::Whole { .. }, toml::Value::Integer(number)) => {
                u64::try_from(*number).map(Value::Whole).map_err(|_| refused((*number).into()))
            }
            (ValueType::Flag, toml::Value::Boolean(flag)) => Ok(Value::Flag(*flag)),
            (ValueType::Choice(choices), toml::Value::String(name)) => choices
                .iter()
                .find(|choice| choice.name == name)
                .map(|choice| Value::Choice(choice.name))
                .ok_or_else(|| refused(name.as_str().into())),
            (ValueType::Milliseconds, _) => Err(self.mistyped(key.name, given, "a number")),
            (ValueType::Whole { .. }, _) => Err(self.mistyped(key.name, given, "a whole number")),
            (ValueType::Flag, _) => Err(self.mistyped(key.name, given, "true or false")),
            (ValueType::Choice(_), _) => Err(self.mistyped(key.name, given, "a string")),
        }
    }

    fn mistyped(&self, key: &str, given: &Spanned<toml::Value>, expected: &str) -> FileError {
        let value = given.get_ref().to_string();
        self.error(given.span(), &format!("{key}: invalid value {}, expected {expected}", printable::value(&value)))
    }
}
