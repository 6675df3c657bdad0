//! Writing an experiment into the text that it was read from: what is unchanged stays as it is written, with
//! comments, order and formatting.

use std::path::Path;

use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, RawString, Table, TableLike, Value};

use super::{parse, to_toml};
use crate::experiment::Experiment;

/// Writes an experiment, into the text that it was read from where there is one. A list of tasks in a file of its
/// own is only kept where the text goes to the folder that it came from.
#[must_use]
pub fn to_toml_with_comments(experiment: &Experiment, folder: Option<&Path>) -> String {
    let source = experiment.source.get();
    let edited = source.and_then(|source| edited(&source.text, &source.folder, experiment, folder));
    edited.unwrap_or_else(|| to_toml(experiment))
}

/// Changes a text so that it reads as `experiment`; `None` where that fails.
pub(crate) fn edited(text: &str, from: &Path, experiment: &Experiment, to: Option<&Path>) -> Option<String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let before = parse(text, "", from).ok()?;
    let mut document: DocumentMut = text.parse().ok()?;
    // What changes is the difference of the two as the lab itself writes them.
    let mut was: DocumentMut = to_toml(&before).parse().ok()?;
    let now: DocumentMut = to_toml(experiment).parse().ok()?;
    let keeps_list = to == Some(from) && before.workload.tasks == experiment.workload.tasks;
    if !keeps_list && remove(&mut document, "workload", "task_list") {
        remove(&mut was, "workload", "task");
    }
    merge(document.as_table_mut(), was.as_table(), now.as_table());
    let written = document.to_string();
    let reads_the_same = parse(&written, "", to.unwrap_or(from)).is_ok_and(|read| read == *experiment);
    reads_the_same.then_some(written)
}

fn remove(document: &mut DocumentMut, table: &str, key: &str) -> bool {
    let table = document.get_mut(table).and_then(Item::as_table_like_mut);
    table.and_then(|table| table.remove(key)).is_some()
}

fn same(one: &Item, other: &Item) -> bool {
    match (one, other) {
        (Item::ArrayOfTables(one), Item::ArrayOfTables(other)) => {
            one.len() == other.len() && one.iter().zip(other.iter()).all(|(one, other)| same_table(one, other))
        }
        (Item::Table(one), Item::Table(other)) => same_table(one, other),
        (Item::Value(one), Item::Value(other)) => same_value(one, other),
        _ => false,
    }
}

fn same_table(one: &Table, other: &Table) -> bool {
    one.len() == other.len() && one.iter().all(|(key, item)| other.get(key).is_some_and(|other| same(item, other)))
}

/// True for values that the lab writes alike.
fn same_value(one: &Value, other: &Value) -> bool {
    let text = |value: &Value| value.clone().decorated("", "").to_string();
    text(one) == text(other)
}

fn merge(document: &mut dyn TableLike, was: &dyn TableLike, now: &dyn TableLike) {
    let gone: Vec<String> =
        was.iter().map(|(key, _)| key).filter(|key| now.get(key).is_none()).map(str::to_owned).collect();
    for key in gone {
        document.remove(&key);
    }
    for (key, new) in now.iter() {
        match was.get(key) {
            Some(old) if same(old, new) => {}
            old => merge_item(document, key, old, new),
        }
    }
}

fn merge_item(document: &mut dyn TableLike, key: &str, old: Option<&Item>, new: &Item) {
    // A table that the text leaves out gets the keys that differ from the defaults.
    if let (None, Some(Item::Table(_)), Item::Table(_)) = (document.get(key), old, new) {
        document.insert(key, Item::Table(Table::new()));
    }
    let Some(written) = document.get_mut(key) else {
        document.insert(key, unplaced(new.clone()));
        return;
    };
    let tables = (old.and_then(Item::as_table_like), new.as_table_like());
    if let (Some(document), (Some(was), Some(now))) = (written.as_table_like_mut(), tables) {
        merge(document, was, now);
        if let Some(inline) = written.as_inline_table_mut() {
            space_the_end(inline);
        }
        return;
    }
    let lists = (old.and_then(Item::as_array_of_tables), new.as_array_of_tables());
    if let (Some(document), (Some(was), Some(now))) = (written.as_array_of_tables_mut(), lists)
        && document.len() == was.len()
    {
        return merge_tables(document, was, now);
    }
    let arrays = (old.and_then(Item::as_array), new.as_array());
    if let (Some(document), (Some(was), Some(now))) = (written.as_array_mut(), arrays)
        && document.len() == was.len()
    {
        return merge_array(document, was, now);
    }
    match (written.as_value_mut(), new.as_value()) {
        (Some(written), Some(new)) => {
            let decor = written.decor().clone();
            *written = new.clone();
            *written.decor_mut() = decor;
        }
        _ => {
            document.insert(key, unplaced(new.clone()));
        }
    }
}

/// Puts a space in front of the closing brace, which may have gone with the last key.
fn space_the_end(table: &mut InlineTable) {
    let count = table.len();
    if let Some((_, last)) = table.iter_mut().nth(count.saturating_sub(1))
        && last.decor().suffix().and_then(RawString::as_str).unwrap_or_default().is_empty()
    {
        last.decor_mut().set_suffix(" ");
    }
}

/// Takes away the positions that tables had in another document.
fn unplaced(mut item: Item) -> Item {
    unplace(&mut item);
    item
}

fn unplace(item: &mut Item) {
    match item {
        Item::Table(table) => unplace_table(table),
        Item::ArrayOfTables(list) => list.iter_mut().for_each(unplace_table),
        Item::None | Item::Value(_) => {}
    }
}

/// The tables inside it, such as the steps of a class, go with it.
fn unplace_table(table: &mut Table) {
    table.set_position(None);
    table.iter_mut().for_each(|(_, item)| unplace(item));
}

/// Number of entries that two lists have in common at the start and at the end.
fn common(was: usize, now: usize, same: impl Fn(usize, usize) -> bool) -> (usize, usize) {
    let most = was.min(now);
    let start = (0..most).take_while(|index| same(*index, *index)).count();
    let end = (1..=most - start).take_while(|back| same(was - back, now - back)).count();
    (start, end)
}

fn merge_tables(document: &mut ArrayOfTables, was: &ArrayOfTables, now: &ArrayOfTables) {
    let alike = |old, new| was.get(old).zip(now.get(new)).is_some_and(|(old, new)| same_table(old, new));
    let (start, end) = common(was.len(), now.len(), alike);
    let (old_end, new_end) = (was.len() - end, now.len() - end);
    for index in (new_end.max(start)..old_end).rev() {
        document.remove(index);
    }
    for index in start..new_end {
        let Some(new) = now.get(index) else { continue };
        match (was.get(index).filter(|_| index < old_end), document.get_mut(index)) {
            (Some(old), Some(written)) => merge(written, old, new),
            _ => {
                let mut table = new.clone();
                unplace_table(&mut table);
                document.insert(index, table);
            }
        }
    }
}

fn merge_array(document: &mut Array, was: &Array, now: &Array) {
    let alike = |old, new| was.get(old).zip(now.get(new)).is_some_and(|(old, new)| same_value(old, new));
    let (start, end) = common(was.len(), now.len(), alike);
    let first = document.get(0).map(prefix).unwrap_or_default();
    // Over several lines, new entries get lines of their own.
    let line = document.iter().find_map(line_start);
    if was.len() == now.len() {
        for index in start..was.len() - end {
            if let (Some(written), Some(old), Some(new)) = (document.get_mut(index), was.get(index), now.get(index)) {
                merge_entry(written, old, new);
            }
        }
        return;
    }
    for index in (start..was.len() - end).rev() {
        remove_entry(document, index);
    }
    for index in start..now.len() - end {
        let Some(new) = now.get(index).cloned() else { continue };
        match &line {
            Some(line) => document.insert_formatted(index, new.decorated(line.as_str(), "")),
            None => document.insert(index, new),
        }
    }
    if line.is_none() {
        for (index, value) in document.iter_mut().enumerate() {
            value.decor_mut().set_prefix(if index == 0 { first.as_str() } else { " " });
        }
    }
}

/// Changes an entry where it stands: its comments stay, and of a table the keys that are unchanged.
fn merge_entry(written: &mut Value, old: &Value, new: &Value) {
    if let (Some(written), Some(old), Some(new)) =
        (written.as_inline_table_mut(), old.as_inline_table(), new.as_inline_table())
    {
        merge(written, old, new);
        space_the_end(written);
        return;
    }
    let decor = written.decor().clone();
    *written = new.clone();
    *written.decor_mut() = decor;
}

/// Removes an entry with its comments. A comment behind the entry in front of it stays.
fn remove_entry(document: &mut Array, index: usize) {
    let removed = prefix(&document.remove(index));
    let Some(line_end) = removed.find('\n') else { return };
    let kept = &removed[..line_end];
    let below = |text: &str| text.find('\n').map_or(String::new(), |line_end| text[line_end..].to_owned());
    if let Some(next) = document.get_mut(index) {
        let own = format!("{kept}{}", below(&prefix(next)));
        next.decor_mut().set_prefix(own);
    } else {
        let own = format!("{kept}{}", below(document.trailing().as_str().unwrap_or_default()));
        document.set_trailing(own);
    }
}

fn prefix(value: &Value) -> String {
    value.decor().prefix().and_then(RawString::as_str).unwrap_or_default().to_owned()
}

/// The line end and the spaces in front of an entry that starts a line.
fn line_start(value: &Value) -> Option<String> {
    let prefix = prefix(value);
    prefix.rfind('\n').map(|line| prefix[line..].to_owned())
}
