//! Contenders of a file: names, and tables with a contender's own settings.

use toml::Spanned;
use toml::de::DeValue;

use super::cursor::Table;
use super::keys::CONTENDER;
use super::problem::Problem;
use crate::model::{Contender, ContenderSettings, InvalidSetting, SettingKey};

type Value<'i> = Spanned<DeValue<'i>>;

/// Reads the name of a contender; `None` if it can't be used, which is reported.
pub(super) fn named(table: &Table<'_, '_>, key: &'static str, value: &Value<'_>) -> Option<Contender> {
    let Some(name) = value.get_ref().as_str() else {
        table.mistyped(key, value, "a string");
        return None;
    };
    match name.parse() {
        Ok(contender) => Some(contender),
        Err(error) => {
            table.wrong_at(key, value.span(), || Problem::Model { key, error });
            None
        }
    }
}

/// Reads an entry of a list of models: a name, or a table with settings.
pub(super) fn entry(table: &Table<'_, '_>, key: &'static str, value: &Value<'_>) -> Option<Contender> {
    match value.get_ref() {
        DeValue::String(_) => return named(table, key, value),
        DeValue::Table(_) => {}
        _ => {
            table.mistyped(key, value, "a string, or a table with model and settings");
            return None;
        }
    }
    let entry = table.table_of(key, value, &CONTENDER)?;
    let contender = named(&entry, "model", entry.get("model")?);
    let mut settings = contender.as_ref().map_or(ContenderSettings::NONE, |one| one.settings.clone());
    for key in SettingKey::ALL {
        let Some(value) = entry.get(key.name()) else { continue };
        let model = contender.as_ref().map(|one| one.model);
        let error = match model {
            Some(model) if !key.is_had_by(model) => InvalidSetting::NoSuchKey { model, key: key.name().to_owned() },
            _ if settings.get(key).is_some() => InvalidSetting::Twice(key),
            _ => {
                setting(&entry, key, value, &mut settings);
                continue;
            }
        };
        entry.wrong_at(key.name(), value.span(), || Problem::Setting(error));
    }
    let label = entry.text("label");
    Some(Contender { settings, label: label.map(Into::into), ..contender? })
}

/// Reads the value of a setting that a table may have.
pub(super) fn own(table: &Table<'_, '_>, key: SettingKey) -> ContenderSettings {
    let mut settings = ContenderSettings::NONE;
    if let Some(value) = table.get(key.name()) {
        setting(table, key, value, &mut settings);
    }
    settings
}

/// Sets the value of a key; a value that is not allowed is reported.
fn setting(table: &Table<'_, '_>, key: SettingKey, value: &Value<'_>, settings: &mut ContenderSettings) {
    let text = match value.get_ref() {
        DeValue::String(text) if !key.is_number() || text == "default" => text.to_string(),
        DeValue::Integer(digits) if key.is_number() => {
            let number = i128::from_str_radix(digits.as_str(), digits.radix());
            number.map_or_else(|_| digits.to_string(), |number| number.to_string())
        }
        DeValue::Float(number) if key == SettingKey::SwitchIntervalMs => number.to_string(),
        _ => {
            let expected = match key {
                SettingKey::Workers => "a whole number or \"default\"",
                SettingKey::SwitchIntervalMs => "a number",
                key if key.is_number() => "a whole number",
                _ => "a string",
            };
            table.mistyped(key.name(), value, expected);
            return;
        }
    };
    if let Err(error) = settings.set(key, &text) {
        table.wrong_at(key.name(), value.span(), || Problem::Setting(error));
    }
}
