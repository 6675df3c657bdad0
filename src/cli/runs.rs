//! `runs`: the stored runs, listed, renamed, pinned, deleted, and their notes.

use serde::Serialize;

use super::arguments::{RunsAction, RunsArguments};
use super::exit::{FAILED, USAGE};
use super::terminal::width;
use super::terminal::{complain, print, print_json};
use crate::experiment::validate;
use crate::record::{self, Entry, Head, Problem, RecordError, ResolveError, RunReference, RunStatus, Store};
use crate::{clock, printable, units};

/// A run in JSON. Fields of one that can't be read are null, but for its id and size.
#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    name: Option<&'a str>,
    title: Option<&'a str>,
    started_at: Option<String>,
    status: Option<RunStatus>,
    headline: Option<&'a str>,
    models: Option<&'a [String]>,
    trials: Option<u64>,
    bytes: u64,
    pinned: Option<bool>,
    note: Option<&'a str>,
    error: Option<String>,
}

pub(super) fn runs(arguments: &RunsArguments) -> u8 {
    let Some(store) = Store::of_user() else {
        return complain(FAILED, &ResolveError::NoHistory.to_string());
    };
    match &arguments.action {
        None => list(&store, arguments.json),
        Some(action) => change(&store, action),
    }
}

/// A change of a stored run, by its id.
type Change<'a> = &'a dyn Fn(&str) -> Result<(), RecordError>;

/// Addition to the message of a change after which nothing keeps a run without a measured trial.
const GOES: &str =
    "no trial of it was measured and neither a pin nor a note keeps it, so the next list of runs removes it";

fn change(store: &Store, action: &RunsAction) -> u8 {
    let (run, change): (&str, Change<'_>) = match action {
        RunsAction::Rename { run, name } => {
            if let Err(invalid) = validate::name("NAME", name) {
                return complain(USAGE, &invalid.to_string());
            }
            (run, &|id| store.rename(id, name))
        }
        RunsAction::Note { run, text } => {
            if let Err(invalid) = validate::line("TEXT", text.trim()) {
                return complain(USAGE, &invalid.to_string());
            }
            (run, &|id| store.set_note(id, text.trim()))
        }
        RunsAction::Pin { run } => (run, &|id| store.pin(id, true)),
        RunsAction::Unpin { run } => (run, &|id| store.pin(id, false)),
        RunsAction::Delete { run } => (run, &|id| store.delete(id)),
    };
    let id = match record::resolve(run, Some(store)) {
        Ok(RunReference::Id(id)) => id,
        Ok(RunReference::File(path)) => {
            let path = printable::path(&path);
            let reason =
                format!("{path} is a file outside the stored runs: rename, move or delete it as any other file");
            return complain(USAGE, &reason);
        }
        Err(error) => return complain(USAGE, &error.to_string()),
    };
    let name = store.head(&id).map(|head| printable::line(&head.name).into_owned()).unwrap_or_default();
    let pinned = format!("{id} ({name}) is pinned: unpin it first");
    if matches!(action, RunsAction::Delete { .. }) && store.head(&id).is_ok_and(|head| head.pinned) {
        return complain(USAGE, &pinned);
    }
    let done = match action {
        RunsAction::Rename { name, .. } => format!("renamed {id} to \"{}\"", printable::line(name)),
        RunsAction::Note { text, .. } if text.trim().is_empty() => format!("removed the note from {id} ({name})"),
        RunsAction::Note { .. } => format!("stored the note on {id} ({name})"),
        RunsAction::Pin { .. } => format!("pinned {id} ({name})"),
        RunsAction::Unpin { .. } => format!("unpinned {id} ({name})"),
        RunsAction::Delete { .. } => format!("deleted {id} ({name})"),
    };
    match change(&id) {
        Ok(()) if store.goes_with_next_list(&id) => print(&format!("{done}: {GOES}\n")),
        Ok(()) => print(&format!("{done}\n")),
        // Since it was asked above.
        Err(error) if matches!(*error.problem, Problem::Pinned) => complain(USAGE, &pinned),
        Err(error) => complain(FAILED, &error.to_string()),
    }
}

fn list(store: &Store, json: bool) -> u8 {
    let entries = match store.list() {
        Ok(entries) => entries,
        Err(error) => return complain(FAILED, &error.to_string()),
    };
    if json {
        return print_json(&entries.iter().map(json_row).collect::<Vec<_>>());
    }
    if entries.is_empty() {
        return print(&format!("No run is stored in {} yet.\n", printable::path(store.folder())));
    }
    print(&table(&entries, width(false)))
}

const HEADER: [&str; 7] = ["id", "when", "models", "trials", "size", "pinned", "name: result"];
/// Most characters of a note in the table.
const SHORT_NOTE: usize = 40;
/// Columns with figures.
const RIGHT: [usize; 3] = [2, 3, 4];

/// One line a run; the last column takes what is left of the width.
fn table(entries: &[Entry], width: Option<usize>) -> String {
    let mut lines: Vec<Vec<String>> = vec![HEADER.map(str::to_owned).into()];
    lines.extend(entries.iter().map(row));
    let length = |text: &str| text.chars().count();
    let widest = |column: usize| lines.iter().map(|cells| length(&cells[column])).max().unwrap_or(0);
    let widths: Vec<usize> = (0..HEADER.len() - 1).map(widest).collect();
    let rest = width.map(|width| width.saturating_sub(widths.iter().map(|width| width + 2).sum()).max(20));
    let mut text = String::new();
    for cells in &lines {
        for (column, width) in widths.iter().enumerate() {
            let cell = &cells[column];
            let cell = if RIGHT.contains(&column) { format!("{cell:>width$}") } else { format!("{cell:<width$}") };
            text.push_str(&format!("{cell}  "));
        }
        text.push_str(&cut(&cells[HEADER.len() - 1], rest));
        text.push('\n');
    }
    text
}

/// The beginning of a text that does not fit.
fn cut(text: &str, most: Option<usize>) -> String {
    match most.filter(|most| text.chars().count() > *most) {
        Some(most) => text.chars().take(most - 1).chain(['…']).collect(),
        None => text.to_owned(),
    }
}

fn json_row(entry: &Entry) -> Row<'_> {
    let head = entry.head.as_ref().ok();
    Row {
        id: &entry.id,
        name: head.map(|head| head.name.as_str()),
        title: head.map(|head| head.title.as_str()),
        started_at: head.map(|head| units::rfc3339(head.started_at_ms)),
        status: head.map(|head| head.status),
        headline: head.and_then(|head| head.headline.as_deref()),
        models: head.map(|head| head.models.as_slice()),
        trials: head.map(|head| head.trials),
        bytes: entry.bytes,
        pinned: head.map(|head| head.pinned),
        note: head.and_then(|head| head.note.as_deref()),
        error: entry.head.as_ref().err().map(ToString::to_string),
    }
}

fn row(entry: &Entry) -> Vec<String> {
    let Ok(head) = &entry.head else {
        let error = entry.head.as_ref().err().map(|error| printable::line(&error.problem.to_string()).into_owned());
        let none = String::new;
        let size = units::bytes(entry.bytes as f64);
        return vec![entry.id.clone(), none(), none(), none(), size, none(), error.unwrap_or_default()];
    };
    let short = |note: &String| format!(" ({})", printable::shortened(note, SHORT_NOTE));
    let note = head.note.as_ref().map_or_else(String::new, short);
    vec![
        entry.id.clone(),
        units::wall_clock(head.started_at_ms, clock::unix_millis()),
        head.models.len().to_string(),
        units::count(head.trials),
        units::bytes(entry.bytes as f64),
        if head.pinned { "yes".to_owned() } else { String::new() },
        printable::line(&format!("{}{note}: {}", head.name, result(head))).into_owned(),
    ]
}

/// The headline of a run that ended as it should, else what became of it.
fn result(head: &Head) -> &str {
    match (head.status, &head.headline) {
        (RunStatus::Completed, Some(headline)) => headline,
        (status, _) => status.name(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(name: &str, status: RunStatus, headline: Option<&str>) -> Head {
        Head {
            id: "20261126-164210-k3f9".to_owned(),
            name: name.to_owned(),
            title: name.to_owned(),
            started_at_ms: clock::unix_millis(),
            status,
            failure: None,
            headline: headline.map(str::to_owned),
            models: vec!["async".to_owned()],
            trials: 1_200,
            pinned: status == RunStatus::Completed,
            is_unmeasured: false,
            headline_lab: None,
            note: None,
            experiment_id: "test".to_owned(),
            machine: None,
        }
    }

    #[test]
    fn a_line_says_what_became_of_a_run_and_fits_the_width() {
        let entry = |head| Entry { id: "20261126-164210-k3f9".to_owned(), bytes: 90_000, head: Ok(head) };
        let entries = [
            entry(head("Scraper", RunStatus::Completed, Some("Async is twice as fast as Sequential"))),
            entry(head("\u{1b}[2JKilled", RunStatus::Interrupted, Some("is out of date"))),
        ];
        let text = table(&entries, None).replace('\u{a0}', " ");
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[1].ends_with("yes     Scraper: Async is twice as fast as Sequential"), "{text}");
        assert!(lines[1].contains("1,200") && lines[1].contains("90 kB"), "{text}");
        assert!(lines[2].ends_with("\\u{1b}[2JKilled: interrupted"), "{text}");
        let narrow = table(&entries, Some(90));
        assert!(narrow.lines().all(|line| line.chars().count() <= 90) && narrow.contains('…'), "{narrow}");
    }
}
