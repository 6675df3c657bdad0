//! The JSON schema of experiment files, for editors that complete and check them. Made from the same tables as
//! the reader.

use serde_json::{Map, Value as Json, json};

use super::keys::{CLASS, CONTENDER, FileKey, FileValue, ROOT, STEP, SWEEP_RANGE, Section};
use super::read_step::KIND;
use super::write::schema_url;
use crate::experiment::MOST_ROUNDS;
use crate::experiment::quiz::MOST_QUESTIONS;
use crate::experiment::sweep::{MOST_POINTS, SweepKey};
use crate::experiment::validate::{
    LONGEST_EXPLANATION, LONGEST_ID, LONGEST_LINE, LONGEST_NAME, LONGEST_SECONDS, MOST_MODELS,
};
use crate::model::{Gil, ModelId, SettingKey, StartMethod, SwitchInterval};
use crate::workload::{
    FEWEST_CLASSES, Key, LONGEST_STEP_MS, LONGEST_TEXT, MOST_CLASSES, MOST_STEPS, MOST_TASKS, MOST_WORKERS, Step,
    StepKind, Value, ValueType, WorkerCount,
};

/// Makes the schema (draft 7, which TOML editors read).
#[must_use]
pub fn schema() -> Json {
    let mut schema = table(&ROOT);
    schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    schema["$id"] = json!(schema_url());
    schema["title"] = json!("Concurrency Lab experiment");
    schema
}

fn object(description: &str, properties: Map<String, Json>, required: Vec<&str>) -> Json {
    json!({
        "type": "object",
        "description": description,
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn table(section: &Section) -> Json {
    let properties = section.keys.iter().map(|key| (key.name.to_owned(), property(key))).collect();
    let required = section.keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    object(section.help, properties, required)
}

fn property(key: &FileKey) -> Json {
    let mut schema = value(key.value);
    let default = default_of(key);
    let words = match &default {
        Some(_) => String::new(),
        None if key.required || key.default == "none" => String::new(),
        None => format!(" Default: {}.", key.default),
    };
    schema["description"] = json!(format!("{}{words}", key.help));
    if let Some(default) = default {
        schema["default"] = default;
    }
    schema
}

/// A default that is a value, and not words.
pub(super) fn default_of(key: &FileKey) -> Option<Json> {
    let table: toml::Table = toml::from_str(&format!("default = {}", key.default)).ok()?;
    serde_json::to_value(table.get("default")?).ok()
}

fn value(value: FileValue) -> Json {
    match value {
        FileValue::Id => {
            json!({ "type": "string", "pattern": "^[a-z0-9-]+$", "minLength": 1, "maxLength": LONGEST_ID })
        }
        FileValue::Name => json!({ "type": "string", "minLength": 1, "maxLength": LONGEST_NAME }),
        FileValue::Line => json!({ "type": "string", "maxLength": LONGEST_LINE }),
        FileValue::Block => json!({ "type": "string", "maxLength": LONGEST_EXPLANATION }),
        FileValue::FileName => json!({ "type": "string" }),
        FileValue::Whole { least, most } => json!({ "type": "integer", "minimum": least, "maximum": most }),
        FileValue::Seed => json!({ "type": "integer", "minimum": 0 }),
        FileValue::CountOrAuto => json!({
            "anyOf": [{ "const": "auto" }, { "type": "integer", "minimum": 1, "maximum": MOST_ROUNDS }],
        }),
        FileValue::Milliseconds => milliseconds(),
        FileValue::Seconds => json!({ "type": "number", "exclusiveMinimum": 0, "maximum": LONGEST_SECONDS }),
        FileValue::Percent => json!({ "type": "number", "minimum": 0, "maximum": 100 }),
        FileValue::Shape => json!({ "type": "number", "exclusiveMinimum": 1, "maximum": 100 }),
        FileValue::Flag => json!({ "type": "boolean" }),
        FileValue::Names(names) => json!({ "enum": names() }),
        FileValue::Model => model(),
        FileValue::Models => json!({
            "type": "array",
            "items": { "anyOf": [model(), table(&CONTENDER)] },
            "minItems": 1,
            "maxItems": MOST_MODELS,
        }),
        FileValue::Setting(key) => setting(key),
        FileValue::Reasons => json!({
            "type": "object",
            "propertyNames": model(),
            "additionalProperties": { "type": "string", "maxLength": LONGEST_LINE },
        }),
        FileValue::Number => json!({ "type": "number" }),
        FileValue::SweepKey => sweep_key(),
        FileValue::SweepValues => json!({
            "anyOf": [
                { "type": "array", "items": { "type": "number" }, "minItems": 2, "maxItems": MOST_POINTS },
                table(&SWEEP_RANGE),
            ],
        }),
        FileValue::Table(section) => table(section),
        FileValue::Tables(section) if std::ptr::eq(section, &raw const STEP) => json!({
            "type": "array",
            "maxItems": MOST_STEPS,
            "items": { "oneOf": Step::KINDS.iter().map(|kind| step(kind)).collect::<Vec<_>>() },
        }),
        FileValue::Tables(section) if std::ptr::eq(section, &raw const CLASS) => json!({
            "type": "array",
            "minItems": FEWEST_CLASSES,
            "maxItems": MOST_CLASSES,
            "items": table(section),
        }),
        FileValue::Tables(section) if section.header == "[[quiz]]" => json!({
            "type": "array",
            "maxItems": MOST_QUESTIONS,
            "items": table(section),
        }),
        FileValue::Tables(section) => json!({ "type": "array", "items": table(section) }),
        FileValue::Lines { least, most } => json!({
            "type": "array",
            "items": { "type": "string", "maxLength": LONGEST_LINE },
            "minItems": least,
            "maxItems": most,
        }),
    }
}

fn milliseconds() -> Json {
    json!({ "type": "number", "minimum": 0, "maximum": LONGEST_STEP_MS })
}

/// A name of the list, for completion; or one with an interpreter or the number of a copy.
fn model() -> Json {
    let names: Vec<&str> = ModelId::all().map(ModelId::name).collect();
    let pattern = format!("^({})(@[^#{{]+)?(\\{{[^{{}}]*\\}})?(#[0-9]+)?$", names.join("|"));
    json!({ "anyOf": [{ "enum": names }, { "type": "string", "pattern": pattern }] })
}

/// A setting of a contender.
fn setting(key: SettingKey) -> Json {
    let whole = |most: u32| json!({ "type": "integer", "minimum": 1, "maximum": most });
    match key {
        SettingKey::Workers => json!({ "anyOf": [{ "const": WorkerCount::DEFAULT }, whole(MOST_WORKERS)] }),
        SettingKey::InFlight | SettingKey::Chunk => whole(MOST_TASKS),
        SettingKey::Loops => whole(MOST_WORKERS),
        SettingKey::StartMethod => json!({ "enum": StartMethod::ALL.map(StartMethod::name) }),
        SettingKey::SwitchIntervalMs => {
            json!({ "type": "number", "minimum": 0.001, "maximum": SwitchInterval::LONGEST_MS })
        }
        SettingKey::Gil => json!({ "enum": Gil::ALL.map(Gil::name) }),
        SettingKey::Cpus => {
            let list = "^[0-9]+(-[0-9]+)?([,+][0-9]+(-[0-9]+)?)*$";
            json!({ "anyOf": [{ "enum": ["physical", "performance"] }, { "type": "string", "pattern": list }] })
        }
    }
}

/// A general setting, or a numeric key of a step.
fn sweep_key() -> Json {
    let names: Vec<String> = SweepKey::GENERAL.iter().map(ToString::to_string).collect();
    json!({ "anyOf": [{ "enum": names }, { "type": "string", "pattern": "^(class\\..+\\.)?step\\.[1-9]\\.[a-z_]+$" },
        { "type": "string", "pattern": "^class\\..+\\.(tasks|workers)$" },
    ] })
}

fn step(kind: &StepKind) -> Json {
    let mut properties = Map::new();
    properties.insert(KIND.to_owned(), json!({ "const": kind.name, "description": kind.help }));
    for key in kind.keys {
        properties.insert(key.name.to_owned(), step_property(kind, key));
    }
    let required = std::iter::once(KIND).chain(kind.keys.iter().filter(|key| key.required).map(|key| key.name));
    let mut schema = object(kind.help, properties, required.collect());
    schema["title"] = json!(kind.title);
    schema
}

fn step_property(kind: &StepKind, key: &Key) -> Json {
    let mut schema = match key.value {
        ValueType::Milliseconds => milliseconds(),
        ValueType::Whole { least, most, .. } => json!({ "type": "integer", "minimum": least, "maximum": most }),
        ValueType::Flag => json!({ "type": "boolean" }),
        ValueType::Choice(choices) => json!({ "enum": choices.iter().map(|one| one.name).collect::<Vec<_>>() }),
        ValueType::Text(_) => json!({ "type": "string", "minLength": 1, "maxLength": LONGEST_TEXT }),
        ValueType::Templates { least, most } => json!({
            "type": "array",
            "items": { "type": "string", "maxLength": LONGEST_TEXT },
            "minItems": least,
            "maxItems": most,
        }),
    };
    schema["description"] = json!(format!("{}.", key.help));
    match kind.default_of(key) {
        None => {}
        Some(Value::Number(number)) => schema["default"] = json!(number),
        Some(Value::Whole(number)) => schema["default"] = json!(number),
        Some(Value::Flag(flag)) => schema["default"] = json!(flag),
        Some(Value::Choice(name)) => schema["default"] = json!(name),
        Some(Value::Text(text)) => schema["default"] = json!(text),
        Some(Value::Texts(texts)) => schema["default"] = json!(texts),
    }
    schema
}
