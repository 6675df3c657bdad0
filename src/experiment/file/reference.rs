//! The reference of experiment files: every table and kind of step with its keys, as text for a terminal. Made
//! from the same tables as the reader.

use std::fmt::Write as _;

use super::keys::{CLASS, CONTENDER, FileValue, ROOT, STEP, Section};
use super::read_step::KIND;
use super::schema::default_of;
use crate::workload::{Step, StepKind, Unit, Value, ValueType};

/// Every table and every kind of step, with keys, what is allowed, defaults and help.
#[must_use]
pub fn reference() -> String {
    let mut out = String::from("Keys of experiment files (* is required):\n");
    // Writing to a string can't fail.
    let _ = section(&mut out, &ROOT);
    out
}

fn section(out: &mut String, table: &'static Section) -> std::fmt::Result {
    if !table.header.is_empty() {
        writeln!(out, "\n{}  {}", table.header, table.help)?;
    }
    let mut below = Vec::new();
    for key in table.keys {
        match key.value {
            FileValue::Table(inner) | FileValue::Tables(inner) => below.push(inner),
            value => {
                if matches!(value, FileValue::Models) {
                    below.push(&CONTENDER);
                }
                let mark = if key.required { "*" } else { "" };
                let default = match default_of(key) {
                    Some(_) => format!(" [default: {}]", key.default),
                    None if key.required || key.default == "none" => String::new(),
                    None => format!(" [default: {}]", key.default),
                };
                writeln!(out, "  {}{mark}  {} {}.{default}", key.name, key.help, allowed(value))?;
            }
        }
    }
    for inner in below {
        if std::ptr::eq(inner, &raw const STEP) && std::ptr::eq(table, &raw const CLASS) {
            writeln!(out, "\n[[workload.class.step]]  The same kinds and keys as [[workload.step]].")?;
        } else if std::ptr::eq(inner, &raw const STEP) {
            writeln!(out, "\n{}  {}", inner.header, inner.help)?;
            Step::KINDS.iter().try_for_each(|kind| step(out, kind))?;
        } else {
            section(out, inner)?;
        }
    }
    Ok(())
}

fn allowed(value: FileValue) -> String {
    use crate::experiment::sweep::SweepKey;
    use crate::experiment::validate::{Allowed, counts};
    match value {
        FileValue::Id => format!("Allowed: {}", Allowed::Id),
        FileValue::Name => format!("Allowed: {}", Allowed::Name),
        FileValue::Line | FileValue::FileName => "Allowed: a text".to_owned(),
        FileValue::Block => "Allowed: a text of several lines".to_owned(),
        FileValue::Whole { least, most } if least == most => format!("Allowed: {least}"),
        FileValue::Whole { least, most } => format!("Allowed: {}", counts(least, most)),
        FileValue::Seed => "Allowed: whole numbers from 0".to_owned(),
        FileValue::CountOrAuto => format!("Allowed: {}", Allowed::CountOrAuto { most: crate::experiment::MOST_ROUNDS }),
        FileValue::Milliseconds => format!("Allowed: {}", ValueType::Milliseconds),
        FileValue::Seconds => format!("Allowed: {}", Allowed::Seconds),
        FileValue::Percent => format!("Allowed: {}", Allowed::Percent),
        FileValue::Shape => format!("Allowed: {}", Allowed::Shape),
        FileValue::Flag => format!("Allowed: {}", ValueType::Flag),
        FileValue::Names(names) => format!("Allowed: {}", names().join(", ")),
        FileValue::Model => "Allowed: a model".to_owned(),
        FileValue::Models => "Allowed: a list of models, and tables { model, key = value, … }".to_owned(),
        FileValue::Setting(key) => format!("Allowed: {}", key.allowed()),
        FileValue::Reasons => "Allowed: a table from models to reasons".to_owned(),
        FileValue::Number => "Allowed: a number".to_owned(),
        FileValue::SweepKey => {
            let names: Vec<String> = SweepKey::GENERAL.iter().map(ToString::to_string).collect();
            format!(
                "Allowed: {}, numeric keys of steps, such as step.1.ms and class.NAME.step.1.ms, class.NAME.tasks and \
                 class.NAME.workers",
                names.join(", ")
            )
        }
        FileValue::SweepValues => {
            "Allowed: a list of 2 to 100 numbers, or a range { from, to, points, scale = \"linear\" or \"log\" }"
                .to_owned()
        }
        FileValue::Table(_) | FileValue::Tables(_) => String::new(),
        FileValue::Lines { least, most } => format!("Allowed: a list of {least} to {most} texts"),
    }
}

fn step(out: &mut String, kind: &StepKind) -> std::fmt::Result {
    writeln!(out, "\n  {KIND} = \"{}\"  {}", kind.name, kind.help)?;
    for key in kind.keys {
        let mark = if key.required { "*" } else { "" };
        let default = match kind.default_of(key) {
            None => String::new(),
            Some(Value::Number(number)) => format!(" [default: {number}]"),
            Some(Value::Whole(number)) => format!(" [default: {number}]"),
            Some(Value::Flag(flag)) => format!(" [default: {flag}]"),
            Some(Value::Choice(name)) => format!(" [default: \"{name}\"]"),
            Some(Value::Text(text)) => format!(" [default: \"{text}\"]"),
            Some(Value::Texts(texts)) => format!(" [default: {texts:?}]"),
        };
        let unit = match key.value {
            ValueType::Whole { unit: Unit::Bytes, .. } => " (bytes)",
            ValueType::Whole { unit: Unit::Mib, .. } => " (MiB)",
            _ => "",
        };
        writeln!(out, "    {}{mark}  {}. Allowed: {}{unit}.{default}", key.name, key.help, key.value)?;
    }
    Ok(())
}
