//! A table of a file, with typed access to its values. Mistakes are collected, and reading goes on: a value
//! that is wrong reads as one that is missing.

use std::cell::RefCell;
use std::fmt;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::diagnostic::Collector;
use super::keys::{FileValue, ROOT, Section};
use super::problem::{Found, Problem, nearest};
use crate::experiment::MOST_ROUNDS;
use crate::experiment::validate::{self, Allowed, Given, Invalid};
use crate::workload::ValueType;

/// Path of a table in the file, as a dotted key.
#[derive(Clone, Copy)]
pub(super) enum Path<'a> {
    Root,
    Key(&'a Path<'a>, &'a str),
    /// Counts from 1.
    Entry(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Key(Path::Root, key) => out.write_str(key),
            Self::Key(parent, key) => write!(out, "{parent}.{key}"),
            Self::Entry(parent, number) => write!(out, "{parent}.{number}"),
        }
    }
}

/// State shared by all tables of a file.
#[derive(Default)]
pub(super) struct Mistakes(RefCell<Collector>);

impl Mistakes {
    pub(super) fn add(&self, span: Range<usize>, describe: impl FnOnce() -> (String, Problem)) {
        self.0.borrow_mut().add(span, describe);
    }

    fn count(&self) -> usize {
        self.0.borrow().count()
    }

    pub(super) fn into_inner(self) -> Collector {
        self.0.into_inner()
    }
}

/// One table.
#[derive(Clone, Copy)]
pub(super) struct Table<'a, 'i> {
    mistakes: &'a Mistakes,
    entries: &'a DeTable<'i>,
    section: &'static Section,
    span: (usize, usize),
    path: Path<'a>,
}

type Value<'i> = Spanned<DeValue<'i>>;

impl<'a, 'i> Table<'a, 'i> {
    pub(super) const fn root(mistakes: &'a Mistakes, entries: &'a DeTable<'i>) -> Self {
        Self { mistakes, entries, section: &ROOT, span: (0, 0), path: Path::Root }
    }

    /// The bytes of its header.
    pub(super) const fn span(&self) -> Range<usize> {
        self.span.0..self.span.1
    }

    /// Keys and values, in no order.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'a Spanned<DeString<'i>>, &'a Value<'i>)> {
        self.entries.iter()
    }

    pub(super) fn get(&self, key: &str) -> Option<&'a Value<'i>> {
        self.entries.get(key)
    }

    /// Number of mistakes that the file is known to have so far. What depends on values that could not be read is not
    /// checked: it would be reported as a second mistake.
    pub(super) fn mistakes_so_far(&self) -> usize {
        self.mistakes.count()
    }

    /// Reports a mistake of the table.
    pub(super) fn wrong(&self, span: Range<usize>, problem: impl FnOnce() -> Problem) {
        self.mistakes.add(span, || (self.path.to_string(), problem()));
    }

    /// Reports a mistake in the value of a key.
    pub(super) fn wrong_at(&self, key: &str, span: Range<usize>, problem: impl FnOnce() -> Problem) {
        self.mistakes.add(span, || (Path::Key(&self.path, key).to_string(), problem()));
    }

    /// Reports a value of the wrong type.
    pub(super) fn mistyped(&self, key: &'static str, value: &Value<'_>, expected: &'static str) {
        let found = || Problem::WrongType { key, found: Found::from(value.get_ref()), expected };
        self.wrong_at(key, value.span(), found);
    }

    /// Reports a value that is not allowed.
    pub(super) fn refuse(
        &self,
        key: &'static str,
        value: &Value<'_>,
        given: impl Into<Given>,
        allowed: impl Into<Allowed>,
    ) {
        self.wrong_at(key, value.span(), || Invalid::not_allowed(key, given, allowed).into());
    }

    /// Reports keys that the table does not have, and required ones that are missing.
    pub(super) fn check_keys(&self) {
        let names = self.section.names();
        let unknown = || self.entries().map(|(key, _)| key).filter(|key| !names.contains(&key.get_ref().as_ref()));
        let first = unknown().map(|key| key.span().start).min();
        for key in unknown() {
            let name = key.get_ref();
            self.wrong_at(name, key.span(), || Problem::UnknownKey {
                key: name.to_string(),
                nearest: nearest(name, names.iter().copied()),
                // Named once in a table.
                allowed: if first == Some(key.span().start) { names.clone() } else { Vec::new() },
            });
        }
        for key in self.section.keys.iter().filter(|key| key.required && self.get(key.name).is_none()) {
            self.wrong_at(key.name, self.span(), || match key.value {
                FileValue::Table(section) => Problem::MissingTable { header: section.header },
                _ => Problem::MissingKey { key: key.name },
            });
        }
    }

    pub(super) fn text(&self, name: &'static str) -> Option<String> {
        let key = self.section.key(name)?;
        let value = self.get(key.name)?;
        let Some(text) = value.get_ref().as_str() else {
            self.mistyped(key.name, value, "a string");
            return None;
        };
        let checked = match key.value {
            FileValue::Id => validate::id(text),
            FileValue::Name => validate::name(key.name, text),
            FileValue::Line => validate::line(key.name, text),
            FileValue::Block => validate::explanation(text),
            _ => Ok(()),
        };
        match checked {
            Ok(()) => Some(text.to_owned()),
            Err(invalid) => {
                self.wrong_at(key.name, value.span(), || invalid.into());
                None
            }
        }
    }

    /// A whole number of any size; `None` where the value is none, which is reported.
    pub(super) fn integer(&self, key: &'static str, value: &Value<'_>, allowed: ValueType) -> Option<i128> {
        let DeValue::Integer(digits) = value.get_ref() else {
            self.mistyped(key, value, "a whole number");
            return None;
        };
        let number = i128::from_str_radix(digits.as_str(), digits.radix()).ok();
        if number.is_none() {
            self.refuse(key, value, Given::Digits(digits.to_string()), allowed);
        }
        number
    }

    pub(super) fn whole(&self, name: &'static str) -> Option<u32> {
        let key = self.section.key(name)?;
        let FileValue::Whole { least, most } = key.value else { return None };
        let value = self.get(key.name)?;
        let allowed = validate::counts(least, most);
        let number = self.integer(key.name, value, allowed)?;
        let read = u32::try_from(number).ok().filter(|number| (least..=most).contains(number));
        if read.is_none() {
            self.refuse(key.name, value, Given::Whole(number), allowed);
        }
        read
    }

    pub(super) fn seed(&self, name: &'static str) -> Option<u64> {
        let key = self.section.key(name)?;
        let value = self.get(key.name)?;
        let number = self.integer(key.name, value, validate::SEEDS)?;
        let read = i64::try_from(number).ok().and_then(|number| u64::try_from(number).ok());
        if read.is_none() {
            self.refuse(key.name, value, Given::Whole(number), Allowed::Seed);
        }
        read
    }

    /// Any number; `None` where the value is none, which is reported.
    pub(super) fn any_number(&self, key: &'static str, value: &Value<'_>) -> Option<f64> {
        match value.get_ref() {
            DeValue::Float(number) => number.as_str().parse().ok(),
            DeValue::Integer(digits) => {
                let number = i128::from_str_radix(digits.as_str(), digits.radix());
                Some(number.map_or(f64::INFINITY, |number| number as f64))
            }
            _ => {
                self.mistyped(key, value, "a number");
                None
            }
        }
    }

    pub(super) fn number(&self, name: &'static str) -> Option<f64> {
        let key = self.section.key(name)?;
        let value = self.get(key.name)?;
        let number = self.any_number(key.name, value)?;
        let checked = match key.value {
            FileValue::Seconds => validate::seconds(key.name, number),
            FileValue::Milliseconds => validate::step_ms(key.name, number),
            _ => Ok(number),
        };
        checked.map_err(|invalid| self.wrong_at(key.name, value.span(), || invalid.into())).ok()
    }

    pub(super) fn flag(&self, name: &'static str) -> Option<bool> {
        let key = self.section.key(name)?;
        let value = self.get(key.name)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.mistyped(key.name, value, "true or false");
        }
        flag
    }

    /// One of a few names.
    pub(super) fn one_of<T: Copy>(&self, key: &'static str, all: &[T], name: fn(T) -> &'static str) -> Option<T> {
        let key = self.section.key(key)?;
        let value = self.get(key.name)?;
        let Some(text) = value.get_ref().as_str() else {
            self.mistyped(key.name, value, "a string");
            return None;
        };
        let found = all.iter().copied().find(|one| name(*one) == text);
        if found.is_none() {
            self.unknown_name(key.name, value, text, all.iter().map(|one| name(*one)).collect());
        }
        found
    }

    /// Reports a name that is none of those allowed.
    pub(super) fn unknown_name(&self, key: &'static str, value: &Value<'_>, name: &str, allowed: Vec<&'static str>) {
        self.wrong_at(key, value.span(), || Problem::UnknownName {
            key,
            name: name.to_owned(),
            nearest: nearest(name, allowed.clone().into_iter()),
            allowed,
        });
    }

    /// "auto" is 0.
    pub(super) fn count_or_auto(&self, name: &'static str) -> Option<u32> {
        let key = self.section.key(name)?;
        let value = self.get(key.name)?;
        let allowed = Allowed::CountOrAuto { most: MOST_ROUNDS };
        match value.get_ref() {
            DeValue::String(text) if text == "auto" => Some(0),
            DeValue::Integer(digits) => {
                let number = i128::from_str_radix(digits.as_str(), digits.radix()).ok();
                let count = number.and_then(|number| u32::try_from(number).ok());
                let count = count.filter(|count| (1..=MOST_ROUNDS).contains(count));
                if count.is_none() {
                    self.refuse(key.name, value, Given::Digits(digits.to_string()), allowed);
                }
                count
            }
            DeValue::String(text) => {
                self.refuse(key.name, value, text.as_ref(), allowed);
                None
            }
            _ => {
                self.mistyped(key.name, value, "\"auto\" or a whole number");
                None
            }
        }
    }

    /// The table of a key, with its own keys checked.
    pub(super) fn table(&'a self, name: &'static str) -> Option<Self> {
        let key = self.section.key(name)?;
        let FileValue::Table(section) = key.value else { return None };
        self.table_of(key.name, self.get(key.name)?, section)
    }

    /// A value as a table with the keys of `section`, which are checked.
    pub(super) fn table_of(
        &'a self,
        key: &'static str,
        value: &'a Value<'i>,
        section: &'static Section,
    ) -> Option<Self> {
        let DeValue::Table(entries) = value.get_ref() else {
            self.misshapen(key, value, described(value.get_ref()), "one table", section.header);
            return None;
        };
        let path = Path::Key(&self.path, key);
        let span = (value.span().start, value.span().end);
        let table = Self { mistakes: self.mistakes, entries, section, span, path };
        table.check_keys();
        Some(table)
    }

    /// Calls `read` for each table of a list; returns what it made of them.
    pub(super) fn each<T>(&self, key: &'static str, mut read: impl FnMut(Table<'_, 'i>) -> Option<T>) -> Vec<T> {
        let Some(FileValue::Tables(section)) = self.section.key(key).map(|key| key.value) else { return Vec::new() };
        let header = section.header;
        let Some(value) = self.get(key) else { return Vec::new() };
        let Some(list) = value.get_ref().as_array() else {
            self.misshapen(key, value, described(value.get_ref()), "a list of tables", header);
            return Vec::new();
        };
        let path = Path::Key(&self.path, key);
        let mut all = Vec::with_capacity(list.len());
        for (index, entry) in list.iter().enumerate() {
            match entry.get_ref() {
                DeValue::Table(entries) => {
                    let path = Path::Entry(&path, index + 1);
                    let span = (entry.span().start, entry.span().end);
                    all.extend(read(Table { mistakes: self.mistakes, entries, section, span, path }));
                }
                other => {
                    let found = match other {
                        DeValue::Array(_) => "a list with a list",
                        DeValue::String(_) => "a list with a text",
                        DeValue::Boolean(_) => "a list with true or false",
                        DeValue::Datetime(_) => "a list with a date",
                        _ => "a list with a number",
                    };
                    self.misshapen(key, entry, found, "a list of tables", header);
                }
            }
        }
        all
    }

    fn misshapen(
        &self,
        key: &'static str,
        value: &Value<'_>,
        found: &'static str,
        expected: &'static str,
        header: &'static str,
    ) {
        self.wrong_at(key, value.span(), || Problem::WrongShape { key, found, expected, header });
    }
}

fn described(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(entries) if entries.iter().all(|entry| entry.get_ref().is_table()) => "a list of tables",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "one table",
    }
}
