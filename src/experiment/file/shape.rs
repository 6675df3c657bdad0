//! The shape of a TOML document: which values have to be tables or lists of tables, and which key a value
//! belongs to. Deserialising alone takes a list for a table with its values in order.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What a key has to hold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Table,
    Tables,
}

/// The keys that hold tables, below the root.
const SHAPES: [(&[&str], Shape); 7] = [
    (&["workload"], Shape::Table),
    (&["trials"], Shape::Table),
    (&["models"], Shape::Table),
    (&["workload", "spread"], Shape::Table),
    (&["workload", "step"], Shape::Tables),
    (&["workload", "task"], Shape::Tables),
    (&["models", "leave_out"], Shape::Table),
];

/// The first value that has another shape than its key needs, and what is needed.
pub(super) fn misshapen(root: &DeTable<'_>) -> Option<(Range<usize>, String)> {
    SHAPES.iter().find_map(|(path, shape)| {
        let (key, value) = find(root, path)?;
        let name = path.join(".");
        let wrong = |span: Range<usize>, found: &str| {
            let needed = match shape {
                Shape::Table => format!("one table is needed, [{name}]"),
                Shape::Tables => format!("a list of tables is needed, [[{name}]]"),
            };
            Some((span, format!("{key} is {found}: {needed}")))
        };
        match (shape, value.get_ref()) {
            (Shape::Table, DeValue::Table(_)) => None,
            (Shape::Tables, DeValue::Array(entries)) => {
                let stray = entries.iter().find(|entry| !entry.get_ref().is_table())?;
                wrong(stray.span(), &format!("a list with {}", described(stray.get_ref())))
            }
            (_, other) => wrong(value.span(), described(other)),
        }
    })
}

fn find<'a, 'i>(root: &'a DeTable<'i>, path: &[&'a str]) -> Option<(&'a str, &'a Spanned<DeValue<'i>>)> {
    let (key, rest) = path.split_first()?;
    let value = root.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)?;
    if rest.is_empty() { Some((key, value)) } else { find(value.get_ref().as_table()?, rest) }
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

/// The key of the innermost value that a place in the text belongs to.
pub(super) fn key_at(root: &DeTable<'_>, place: usize) -> Option<String> {
    let mut best = None;
    search(root, place, &mut best);
    best.map(|(_, key)| key)
}

fn search(table: &DeTable<'_>, place: usize, best: &mut Option<(usize, String)>) {
    for (key, value) in table {
        visit(key.get_ref(), value, place, best);
    }
}

fn visit(key: &str, value: &Spanned<DeValue<'_>>, place: usize, best: &mut Option<(usize, String)>) {
    let span = value.span();
    if (span.start..span.end.max(span.start + 1)).contains(&place)
        && best.as_ref().is_none_or(|(length, _)| span.len() <= *length)
    {
        *best = Some((span.len(), key.to_owned()));
    }
    // A table's own span is that of its header: what is in it stands elsewhere.
    match value.get_ref() {
        DeValue::Table(inner) => search(inner, place, best),
        DeValue::Array(entries) => entries.iter().for_each(|entry| visit(key, entry, place, best)),
        _ => {}
    }
}
