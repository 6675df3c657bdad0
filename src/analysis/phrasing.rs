//! Formats names, lists and figures for sentences.

use crate::analysis::summary::Summary;
use crate::model::{Contender, ModelId};
use crate::units;
pub(super) use crate::units::{from_to, join};

/// Lists models, shortened from four on: "A", "A and B", "A, B and C", "A, B and 3 others".
pub(super) fn names(list: &[&Summary]) -> String {
    let name = |summary: &Summary| summary.contender.title();
    match list {
        [] => String::new(),
        [one] => name(one),
        [one, two] => format!("{} and {}", name(one), name(two)),
        [one, two, three] => format!("{}, {} and {}", name(one), name(two), name(three)),
        [one, two, rest @ ..] => format!("{}, {} and {} others", name(one), name(two), rest.len()),
    }
}

/// Lists all models: "A", "A and B", "A, B, C and D".
pub(super) fn all_names(list: &[&Summary]) -> String {
    join(&list.iter().map(|summary| summary.contender.title()).collect::<Vec<_>>())
}

/// Returns the form of a verb for a list of models: "Threads" and "Processes" are plural, "Thread pool" is singular.
pub(super) fn verb(list: &[&Summary], one: &'static str, many: &'static str) -> &'static str {
    match list {
        [summary] if !is_plural(&summary.contender) => one,
        _ => many,
    }
}

/// Returns true for the titles that take a plural verb.
pub(super) const fn is_plural(contender: &Contender) -> bool {
    matches!(contender.model, ModelId::Threads | ModelId::Processes)
}

/// Returns the possessive form: "Async's", "Threads'".
pub(super) fn possessive(name: &str) -> String {
    if name.ends_with('s') { format!("{name}'") } else { format!("{name}'s") }
}

/// Formats a ratio above 1 for a headline: 1.04, 1.9, 77, 1,240.
pub(super) fn times(ratio: f64) -> String {
    if ratio < 1.1 {
        units::significant(ratio, 3)
    } else if ratio < 9.95 {
        units::significant(ratio, 2)
    } else {
        units::count(ratio.round() as u64)
    }
}

/// Returns "is" or "are" for a list of models.
pub(super) fn be(list: &[&Summary]) -> &'static str {
    verb(list, "is", "are")
}

/// Formats all of the tasks: "both tasks", "all 80 tasks".
pub(super) fn all_tasks(tasks: u32) -> String {
    match tasks {
        1 => "its task".to_owned(),
        2 => "both tasks".to_owned(),
        _ => format!("all {} tasks", units::count(u64::from(tasks))),
    }
}

/// Formats a number of cores: 1.2, 0.12.
pub(super) fn cores(value: f64) -> String {
    units::significant(value, 2)
}

/// Returns a semicolon if a list within the list has commas, else a comma.
pub(super) fn separator(mut sizes: impl Iterator<Item = usize>) -> &'static str {
    if sizes.any(|size| size > 2) { "; " } else { ", " }
}
