//! The JSON schema: committed, and true to the reader.

use std::path::Path;

use proptest::prelude::*;
use serde_json::Value as Json;

use super::testing::experiments;
use super::*;

fn committed() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(SCHEMA_FILE)
}

#[test]
fn the_committed_schema_is_the_one_that_is_generated() {
    let generated = format!("{:#}\n", schema());
    if std::env::var_os("CONCURRENCY_LAB_UPDATE").is_some() {
        std::fs::write(committed(), &generated).expect("written");
    }
    let text = std::fs::read_to_string(committed()).expect("readable").replace("\r\n", "\n");
    assert!(text == generated, "{SCHEMA_FILE} is out of date: run this test with CONCURRENCY_LAB_UPDATE=1");
}

/// Mistakes of a value, by the part of JSON schema that the generated one uses. Patterns are not checked.
fn mistake(value: &Json, schema: &Json) -> Option<String> {
    let wrong = |what: &str| Some(format!("{value} against {what} in {schema:.100}"));
    for (keyword, rule) in schema.as_object().expect("a schema") {
        let size = |length: usize| length as f64;
        let bound = || rule.as_f64().expect("a number");
        let found = match keyword.as_str() {
            "$schema" | "$id" | "title" | "description" | "default" | "pattern" => None,
            "type" => {
                let fits = match rule.as_str().expect("a type") {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "boolean" => value.is_boolean(),
                    "integer" => value.is_i64() || value.is_u64(),
                    "number" => value.is_number(),
                    other => panic!("the type {other}"),
                };
                if fits { None } else { wrong("type") }
            }
            "const" => {
                if value == rule {
                    None
                } else {
                    wrong("const")
                }
            }
            "enum" => {
                if rule.as_array().expect("a list").contains(value) {
                    None
                } else {
                    wrong("enum")
                }
            }
            "minimum" => value.as_f64().filter(|number| *number < bound()).and_then(|_| wrong("minimum")),
            "maximum" => value.as_f64().filter(|number| *number > bound()).and_then(|_| wrong("maximum")),
            "exclusiveMinimum" => value.as_f64().filter(|number| *number <= bound()).and_then(|_| wrong("above")),
            "minLength" => {
                value.as_str().filter(|text| size(text.chars().count()) < bound()).and_then(|_| wrong("length"))
            }
            "maxLength" => {
                value.as_str().filter(|text| size(text.chars().count()) > bound()).and_then(|_| wrong("length"))
            }
            "minItems" => value.as_array().filter(|list| size(list.len()) < bound()).and_then(|_| wrong("items")),
            "maxItems" => value.as_array().filter(|list| size(list.len()) > bound()).and_then(|_| wrong("items")),
            "items" => value.as_array().into_iter().flatten().find_map(|item| mistake(item, rule)),
            "required" => {
                let names = rule.as_array().expect("a list").iter().map(|name| name.as_str().expect("a name"));
                names.filter(|name| value.get(*name).is_none()).find_map(wrong)
            }
            "properties" => {
                value.as_object().into_iter().flatten().find_map(|(key, value)| mistake(value, rule.get(key)?))
            }
            "additionalProperties" => value.as_object().into_iter().flatten().find_map(|(key, value)| {
                let known = schema.get("properties").is_some_and(|properties| properties.get(key).is_some());
                match rule {
                    _ if known => None,
                    Json::Bool(false) => wrong(key),
                    rule => mistake(value, rule),
                }
            }),
            "propertyNames" => {
                value.as_object().into_iter().flatten().find_map(|(key, _)| mistake(&Json::String(key.clone()), rule))
            }
            "anyOf" | "oneOf" => {
                let rules = rule.as_array().expect("a list").iter();
                let fitting = rules.filter(|rule| mistake(value, rule).is_none()).count();
                match (keyword.as_str(), fitting) {
                    ("anyOf", 1..) | ("oneOf", 1) => None,
                    _ => wrong(keyword),
                }
            }
            other => panic!("the keyword {other} is not checked here"),
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

fn check(text: &str) -> Option<String> {
    let table: toml::Table = toml::from_str(text).expect("TOML");
    mistake(&serde_json::to_value(table).expect("JSON"), &schema())
}

#[test]
fn presets_that_ship_with_the_lab_fit_the_schema_and_name_it() {
    for preset in crate::preset::built_in() {
        let text = crate::preset::source(&preset.id).expect("it ships");
        assert_eq!(check(text), None, "{}", preset.id);
        assert_eq!(text.lines().next(), Some(format!("#:schema {}", schema_url()).as_str()), "{}", preset.id);
    }
}

#[test]
fn what_the_reader_refuses_does_not_fit_the_schema() {
    let head = "id = \"a\"\ntitle = \"A\"\n[workload]\n";
    assert_eq!(check(head), None);
    for body in [
        "tasks = 0\n",
        "tasks = \"many\"\n",
        "tasksx = 3\n",
        "workers = 5000\n",
        "seed = -1\n",
        "spread = { kind = \"normal\" }\n",
        "spread = { kind = \"pareto\", shape = 1.0 }\n",
        "task = 3\n",
        "[[workload.task]]\nwait_ms = 1\n",
        "[[workload.step]]\nkind = \"nap\"\nms = 3\n",
        "[[workload.step]]\nkind = \"wait\"\nms = -1\n",
        "[[workload.step]]\nkind = \"wait\"\n",
        "[[workload.step]]\nkind = \"wait\"\nms = 1\nkernel = \"fib\"\n",
        "[[workload.step]]\nkind = \"memory\"\nmib = 0\n",
        "[trials]\ncount = 0\n",
        "[trials]\ncount = \"many\"\n",
        "[trials]\nbudget_s = 0\n",
        "[models]\ninclude = []\n",
        "[models]\ninclude = [3]\n",
        "[models]\nleave_out = { async = 3 }\n",
    ] {
        let text = format!("{head}{body}");
        assert!(parse(&text, "a.toml", Path::new("")).is_err(), "{body}");
        assert!(check(&text).is_some(), "{body}");
    }
    assert!(check("id = \"a\"\n[workload]\n").is_some(), "no title");
}

#[test]
fn defaults_of_the_schema_are_those_of_the_reader() {
    let plain = parse("id = \"a\"\ntitle = \"A\"\n[workload]\n", "a.toml", Path::new("")).expect("valid");
    let mut given = 0;
    for (header, keys) in [
        ("", &ROOT.keys),
        ("workload", &section("workload").keys),
        ("trials", &section("trials").keys),
        ("models", &section("models").keys),
    ] {
        for key in keys.iter().filter(|key| !key.required && schema::default_of(key).is_some()) {
            let line = format!("{} = {}\n", key.name, key.default);
            let body = match header {
                "" => format!("{line}id = \"a\"\ntitle = \"A\"\n[workload]\n"),
                "workload" => format!("id = \"a\"\ntitle = \"A\"\n[workload]\n{line}"),
                header => format!("id = \"a\"\ntitle = \"A\"\n[workload]\n[{header}]\n{line}"),
            };
            assert_eq!(parse(&body, "a.toml", Path::new("")).as_ref(), Ok(&plain), "{line}");
            given += 1;
        }
    }
    assert!(given >= 14, "{given} defaults");
}

fn section(name: &str) -> &'static Section {
    match ROOT.key(name).expect("a key").value {
        FileValue::Table(section) => section,
        _ => panic!("{name} is no table"),
    }
}

#[test]
fn every_key_of_the_tables_is_read() {
    fn check(path: &str, section: &'static Section) {
        for key in section.keys {
            let name = if path.is_empty() { key.name.to_owned() } else { format!("{path}.{}", key.name) };
            // A date is of no key's type.
            let text = match path {
                "workload.task" => {
                    format!("id = \"a\"\ntitle = \"A\"\nworkload.task = [{{ {} = 2026-01-01 }}]\n", key.name)
                }
                _ => format!("{name} = 2026-01-01\n"),
            };
            let error = parse(&text, "a.toml", Path::new("")).expect_err("a date");
            let wanted = if path == "workload.task" { format!("workload.task.1.{}", key.name) } else { name.clone() };
            let typed = |problem: &Problem| matches!(problem, Problem::WrongType { .. } | Problem::WrongShape { .. });
            let reported = error.diagnostics.iter().any(|one| one.path == wanted && typed(&one.problem));
            assert!(reported, "{name}: {error}");
            match key.value {
                FileValue::Table(inner) => check(&name, inner),
                FileValue::Tables(inner) if key.name == "task" => check(&name, inner),
                _ => {}
            }
        }
    }
    check("", &ROOT);
}

#[test]
fn the_reference_names_every_key_and_every_choice() {
    let text = reference();
    for kind in crate::workload::Step::KINDS {
        assert!(text.contains(&format!("kind = \"{}\"  {}", kind.name, kind.help)), "{}", kind.name);
        for key in kind.keys {
            assert!(
                text.contains(&format!("    {}", key.name)) && text.contains(key.help),
                "{} {}",
                kind.name,
                key.name
            );
        }
    }
    for name in ["workload", "trials", "models"] {
        for key in section(name).keys {
            assert!(
                text.contains(key.help) || matches!(key.value, FileValue::Table(_) | FileValue::Tables(_)),
                "{}",
                key.name
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_fits_the_schema(experiment in experiments()) {
        prop_assert_eq!(check(&to_toml(&experiment)), None);
    }
}
