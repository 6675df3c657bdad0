//! `compare`: two stored runs of one workload, side by side.

use super::arguments::CompareArguments;
use super::compare_json;
use super::exit::{FAILED, SLOWER, SUCCESS, USAGE};
use super::fit::{Cells, Head, fitted};
use super::terminal::{complain, print, print_json, width};
use crate::analysis::comparison::range;
use crate::analysis::run_comparison::{self, ContenderChange, NotComparable, RunComparison, Side, compare_runs};
use crate::record::{self, ResolveError, Store, StoredRun};
use crate::{clock, printable, units};

/// Reason why two runs are not compared.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error(transparent)]
    Run(#[from] ResolveError),
    #[error("{old} and {new} can't be compared: {why}")]
    NotComparable { old: String, new: String, why: NotComparable },
    #[error("no run is pinned to compare with: name two runs, or pin one with runs pin RUN")]
    NothingPinned,
    #[error("no pinned run has this workload: name two runs, or pin another one; of {id}, {why}")]
    NoneAlike { id: String, why: NotComparable },
}

pub(super) fn compare(arguments: &CompareArguments) -> u8 {
    let store = Store::of_user();
    match runs(arguments, store.as_ref()) {
        Ok((old, new, comparison)) => show(arguments, &old, &new, &comparison),
        Err(refused) => complain(USAGE, &refused.to_string()),
    }
}

/// Opens the two runs and compares them.
fn runs(arguments: &CompareArguments, store: Option<&Store>) -> Result<(StoredRun, StoredRun, RunComparison), Refused> {
    let new = record::open(&arguments.new, store)?;
    let old = match &arguments.old {
        Some(old) => record::open(old, store)?,
        None => newest_pinned(store, &new)?,
    };
    let refused = |why| Refused::NotComparable { old: name(&old), new: name(&new), why };
    if old.head.started_at_ms == new.head.started_at_ms && old.head.id == new.head.id {
        return Err(refused(NotComparable::SameRun));
    }
    let comparison = compare_runs(&old.results, &new.results).map_err(refused)?;
    Ok((old, new, comparison))
}

/// Opens the newest pinned run of the same workload.
fn newest_pinned(store: Option<&Store>, new: &StoredRun) -> Result<StoredRun, Refused> {
    let store = store.ok_or(ResolveError::NoHistory)?;
    let mut unlike = None;
    for entry in store.list().map_err(ResolveError::from)? {
        let pinned = entry.head.as_ref().is_ok_and(|head| head.pinned && head.id != new.head.id);
        let Some((_, old)) = pinned.then(|| store.without_trials(&entry.id).ok()).flatten() else { continue };
        match run_comparison::check(&old, &new.results) {
            Ok(()) => return Ok(store.open(&entry.id).map_err(ResolveError::from)?),
            Err(why) => unlike = unlike.or(Some(Refused::NoneAlike { id: entry.id, why })),
        }
    }
    Err(unlike.unwrap_or(Refused::NothingPinned))
}

/// The id of a run, or the path of a file that has none.
fn name(run: &StoredRun) -> String {
    if run.head.id.is_empty() { printable::path(run.source.path()) } else { run.head.id.clone() }
}

fn show(arguments: &CompareArguments, old: &StoredRun, new: &StoredRun, comparison: &RunComparison) -> u8 {
    for run in [old, new].into_iter().filter(|run| run.source.has_unread_log()) {
        let path = printable::path(run.source.path());
        let note = "there is a log beside this file, which is not read: trials may be missing";
        complain(SUCCESS, &format!("{path}: {note}"));
    }
    for (run, damage) in [old, new].into_iter().filter_map(|run| Some((run, run.damage.as_ref()?))) {
        complain(SUCCESS, &format!("{}: this file is damaged: {damage}", printable::path(run.source.path())));
    }
    let printed = if arguments.json {
        print_json(&compare_json::document(&old.head, &new.head, comparison))
    } else {
        print(&text([old, new], comparison, width(false)))
    };
    if printed != SUCCESS {
        return FAILED;
    }
    arguments.fail_if_slower.map_or(SUCCESS, |percent| judge(comparison, percent))
}

/// The exit status of `--fail-if-slower`, with what decided it on stderr.
fn judge(comparison: &RunComparison, percent: f64) -> u8 {
    let names = |wanted: Option<bool>| -> Vec<String> {
        let rows = comparison.rows.iter().filter(|row| row.is_slower_by(percent) == wanted);
        rows.map(ContenderChange::name).collect()
    };
    let (slower, unknown) = (names(Some(true)), names(None));
    if !unknown.is_empty() {
        let list = unknown.join(", ");
        complain(SUCCESS, &format!("--fail-if-slower can't tell for {list}: an interval needs 6 trials in each run"));
    }
    for sentence in comparison.unmatched_sentences() {
        complain(SUCCESS, &format!("--fail-if-slower does not cover this: {sentence}"));
    }
    if slower.is_empty() {
        return SUCCESS;
    }
    complain(SLOWER, &format!("slower than OLD by more than {percent} %: {}", slower.join(", ")))
}

/// Differences of the environment, verdict, table, and what was not compared.
fn text([old, new]: [&StoredRun; 2], comparison: &RunComparison, width: Option<usize>) -> String {
    let mut text = String::new();
    let mut line = |line: &str| {
        text.push_str(&printable::line(line));
        text.push('\n');
    };
    let now = clock::unix_millis();
    for (side, run) in [(Side::Old, old), (Side::New, new)] {
        let when = units::wall_clock(run.head.started_at_ms, now);
        line(&format!("{side}  {} · {} · {when}", name(run), run.head.name));
    }
    if comparison.differences.is_empty() {
        line("Differences of the environment: none recorded");
    } else {
        line("Differences of the environment:");
        for difference in &comparison.differences {
            line(&format!("  {difference}"));
        }
    }
    line("");
    line(&comparison.headline());
    for sentence in comparison.sentences() {
        line(&sentence);
    }
    if !comparison.rows.is_empty() {
        text.push('\n');
        text.push_str(&fitted(table(comparison), width, "--json"));
    }
    let unmatched = comparison.unmatched_sentences();
    if !unmatched.is_empty() {
        text.push('\n');
    }
    for sentence in unmatched {
        text.push_str(&printable::line(&sentence));
        text.push('\n');
    }
    text
}

/// One row per contender and point.
fn table(comparison: &RunComparison) -> Cells {
    let heads = [
        ("model", u8::MAX),
        ("NEW / OLD", u8::MAX),
        ("95 % interval", 9),
        ("finding", 10),
        ("OLD", 8),
        ("NEW", 7),
        ("trials", 5),
        ("other costs", 6),
    ];
    let costs = comparison.rows.iter().any(|row| !row.costs().is_empty());
    let mut header = heads.map(|(title, rank)| Head { title: title.to_owned(), rank }).to_vec();
    if !costs {
        header.pop();
    }
    let row = |row: &ContenderChange| {
        let interval = row.wall.ci95.map_or_else(|| format!("seen {}", range(row.wall.range)), range);
        let (old, new) = row.wall.trials;
        let trials = if old == new { old.to_string() } else { format!("{old} and {new}") };
        let mut cells = vec![
            row.title(),
            units::ratio(row.wall.ratio),
            interval,
            row.finding_words().to_owned(),
            units::duration(row.median_nanos.old),
            units::duration(row.median_nanos.new),
            trials,
        ];
        cells.extend(costs.then(|| row.costs().join(", ")));
        cells
    };
    Cells { header, rows: comparison.rows.iter().map(row).collect() }
}
