//! The stored runs as the left panel lists them: rows, search, the marked row, and deleted runs that can be brought back.
//! Reads nothing (`history_jobs` does) and draws nothing.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use crossbeam_channel::Sender;

use super::dialog::Named;
use super::run_row::RunRow;
use crate::record::{DeletedRun, RecordError};

/// A request about stored runs. Runs are named by their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunsCommand {
    /// List the runs that have these words alone.
    Search(String),
    /// Mark the row that the menu is about.
    Mark(String),
    /// Show a run.
    Open(String),
    /// Compare the run shown with another one.
    Compare(String),
    /// Open the dialog for the name or the note of a run.
    Ask(Named),
    /// Keep a run until it is deleted, or no longer.
    Pin(String, bool),
    /// Show a run and open the export dialog.
    Export(String),
    /// Delete a run until the window closes.
    Delete(String),
    /// Bring a deleted run back.
    Restore(String),
    /// Derive the headlines of these runs, which have none of this version of the lab.
    Headlines(Vec<String>),
    /// Show the last run of the draft's preset.
    ShowLast,
    /// Show the run under way.
    ShowRunning,
    /// Show a finished run of this session by its number.
    ShowFinished(u64),
}

/// Reason why a run is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To show it.
    Show,
    /// To show it as the last one of the draft's preset, unless the user has begun something else.
    LastOfPreset,
    /// To export it.
    Export,
}

/// A run that is being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// Number of the request: reports for an earlier one are ignored.
    pub request: u64,
    /// Id of the run.
    pub id: String,
    /// Reason.
    pub purpose: Purpose,
}

/// An order to the thread that reads the history.
#[derive(Debug)]
pub(super) enum Order {
    /// List the runs.
    List,
    /// Watch the folder from now on, or no longer.
    Watch(bool),
    /// A run is under way: derive no headlines. Or it is over.
    Measuring(bool),
    /// Derive the headline of a run.
    Headline(String),
}

/// Future of a run after a change of its pin or note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// It stays in the list.
    Stays,
    /// No trial of it was measured, and neither a pin nor a note keeps it: the next list removes it.
    Goes,
}

/// Report of that thread and of the jobs on stored runs.
#[derive(Debug)]
pub enum HistoryReport {
    /// The runs were listed.
    Listed(Result<Vec<Arc<RunRow>>, RecordError>),
    /// The headline of a run was derived; `None` where the run has no result or can't be read.
    Headline(String, Option<String>),
    /// A run was renamed to this name, or not.
    Renamed(String, String, Result<(), RecordError>),
    /// The note of a run was stored, or not.
    Noted(String, Result<Keeping, RecordError>),
    /// A run was pinned or unpinned, or not.
    Pinned(Result<Keeping, RecordError>),
    /// The run of this name was deleted, or not.
    Deleted(String, Result<DeletedRun, RecordError>),
    /// The deleted run of this id was brought back, or not.
    Restored(String, Result<(), RecordError>),
}

/// A run that can be brought back.
#[derive(Debug)]
pub(super) struct Deleted {
    pub(super) id: String,
    pub(super) name: String,
    /// Shared with the thread that brings it back. The run is gone for good with the last of both.
    pub(super) run: Arc<Mutex<DeletedRun>>,
}

/// The list of stored runs.
#[derive(Debug, Default)]
pub struct History {
    /// All runs, the newest first; `None` before they are listed.
    rows: Option<Vec<Arc<RunRow>>>,
    /// Indices of the rows that have the words searched for.
    matching: Vec<usize>,
    /// Words that the listed runs have; empty for all.
    pub search: String,
    /// Id of the row that the menu is about.
    pub marked: Option<String>,
    /// Reason why the runs can't be listed.
    pub problem: Option<String>,
    /// The run that is being read.
    pub opening: Option<Opening>,
    /// Number of requests to open a run so far.
    pub(super) requests: u64,
    /// Headlines derived in this session, by id; `None` where there is none.
    derived: HashMap<String, Option<String>>,
    /// Ids of runs whose headline was asked for.
    asked: BTreeSet<String>,
    /// Runs that can be brought back; the last deleted one is last.
    pub(super) deleted: Vec<Deleted>,
    /// True if the draft's preset is to show its last run once the runs are listed.
    pub(super) wants_last: bool,
    /// Orders to the thread that reads the history; `None` until it is started.
    pub(super) orders: Option<Sender<Order>>,
    /// Last message to that thread: whether the folder is to be watched, and whether a run is under way.
    pub(super) told: (bool, bool),
}

impl History {
    /// Returns the rows to list, the newest first; `None` before they are known.
    #[must_use]
    pub fn listed(&self) -> Option<impl ExactSizeIterator<Item = &RunRow> + Clone> {
        let rows = self.rows.as_ref()?;
        Some(self.matching.iter().map(move |index| &*rows[*index]))
    }

    /// Returns one of the rows to list.
    #[must_use]
    pub fn row_at(&self, index: usize) -> Option<&RunRow> {
        Some(self.rows.as_ref()?.get(*self.matching.get(index)?)?)
    }

    /// Returns all rows, whatever is searched for.
    pub fn all(&self) -> impl Iterator<Item = &RunRow> {
        self.rows.iter().flatten().map(|row| &**row)
    }

    /// Returns the row of a run.
    #[must_use]
    pub fn row(&self, id: &str) -> Option<&RunRow> {
        self.all().find(|row| row.id == id)
    }

    /// Returns true once the runs were listed.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        self.rows.is_some()
    }

    /// Returns the row that the menu is about, if it is listed.
    #[must_use]
    pub fn marked_row(&self) -> Option<&RunRow> {
        let marked = self.marked.as_deref()?;
        self.listed()?.find(|row| row.id == marked)
    }

    /// Returns the headline of a row: the one derived in this session where an older lab has made the stored one.
    #[must_use]
    pub fn headline<'a>(&'a self, row: &'a RunRow) -> Option<&'a str> {
        let stored = row.headline.as_deref();
        if row.is_headline_current && stored.is_some() {
            return stored;
        }
        self.derived.get(&row.id).map_or(stored, Option::as_deref)
    }

    /// Returns true for a run whose headline is to be derived and was not asked for yet.
    #[must_use]
    pub fn lacks_headline(&self, row: &RunRow) -> bool {
        let has_one = row.is_headline_current && row.headline.is_some();
        row.is_over() && row.trials > 0 && !has_one && !self.asked.contains(&row.id)
    }

    /// Returns the last run of an experiment that has results and is over.
    #[must_use]
    pub fn last_of(&self, experiment_id: &str) -> Option<&RunRow> {
        let of_it = self.all().filter(|row| row.experiment_id == experiment_id && row.trials > 0 && row.is_over());
        // Of two that began at the same moment the one listed first has the later id.
        of_it.reduce(|best, row| if row.started_at_ms > best.started_at_ms { row } else { best })
    }

    /// Returns the runs that can be brought back, with their names; the last deleted one is last.
    pub fn deleted(&self) -> impl DoubleEndedIterator<Item = (&str, &str)> {
        self.deleted.iter().map(|run| (run.id.as_str(), run.name.as_str()))
    }

    pub(super) fn set_rows(&mut self, rows: Vec<Arc<RunRow>>) {
        // More rounds, or another lab, may have changed a result: derive it again.
        let changed = |row: &&Arc<RunRow>| self.row(&row.id).is_none_or(|known| known.trials != row.trials);
        let changed: Vec<String> = rows.iter().filter(changed).map(|row| row.id.clone()).collect();
        for id in changed {
            self.asked.remove(&id);
            self.derived.remove(&id);
        }
        self.rows = Some(rows);
        self.find();
    }

    pub(super) fn set_search(&mut self, words: String) {
        self.search = words;
        self.find();
    }

    pub(super) fn ask(&mut self, id: &str) -> bool {
        self.asked.insert(id.to_owned())
    }

    pub(super) fn set_headline(&mut self, id: String, headline: Option<String>) {
        self.derived.insert(id, headline);
        self.find();
    }

    /// Finds the rows with all words searched for. An unfinished search changes no mark.
    fn find(&mut self) {
        let words: Vec<String> = self.search.to_lowercase().split_whitespace().map(str::to_owned).collect();
        let has_all = |row: &RunRow| {
            let derived = self.derived.get(&row.id).and_then(Option::as_ref).map(|text| text.to_lowercase());
            let has =
                |word: &String| row.searched.contains(word) || derived.as_ref().is_some_and(|text| text.contains(word));
            words.iter().all(has)
        };
        let rows = self.rows.as_deref().unwrap_or_default();
        self.matching = (0..rows.len()).filter(|index| has_all(&rows[*index])).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::RunStatus;

    fn row(id: &str, experiment: &str, started_at_ms: u64, status: RunStatus) -> Arc<RunRow> {
        Arc::new(RunRow::example(id, experiment, started_at_ms, status))
    }

    #[test]
    fn runs_are_found_by_name_finding_model_state_and_machine() {
        let mut history = History::default();
        let rows = ["a", "b", "c"].map(|id| row(id, "tour", 1, RunStatus::Interrupted));
        history.set_rows(rows.to_vec());
        let mut found = |words: &str| -> Vec<String> {
            history.set_search(words.to_owned());
            history.listed().expect("known").map(|row| row.id.clone()).collect()
        };
        assert_eq!(found("run B"), ["b"]);
        assert_eq!(found("fastest thread POOL"), ["a", "b", "c"]);
        assert_eq!((found("pinned"), found("64 cpus")), (vec!["b".to_owned()], vec!["c".to_owned()]));
        assert!(found("fastest zebra").is_empty());
        history.set_headline("b".to_owned(), Some("Threads are fastest".to_owned()));
        history.set_search("threads are".to_owned());
        assert_eq!(history.listed().expect("known").count(), 1, "a derived headline is searched, too");
    }

    #[test]
    fn a_headline_of_another_version_is_derived_once_and_again_after_more_rounds() {
        let mut history = History::default();
        let old = row("a", "tour", 1, RunStatus::Completed);
        history.set_rows(vec![Arc::clone(&old)]);
        assert_eq!(history.headline(&old), Some("Async is fastest"), "until there is a better one");
        assert!(history.lacks_headline(&old) && history.ask("a") && !history.lacks_headline(&old));
        history.set_headline("a".to_owned(), Some("Async and Threads are alike".to_owned()));
        assert_eq!(history.headline(&old), Some("Async and Threads are alike"));
        let more = Arc::new(RunRow { trials: 24, ..(*old).clone() });
        history.set_rows(vec![Arc::clone(&more)]);
        assert!(history.lacks_headline(&more) && history.headline(&more) == Some("Async is fastest"));
        let current = RunRow { is_headline_current: true, ..(*old).clone() };
        assert!(!history.lacks_headline(&current));
    }

    #[test]
    fn the_last_run_of_a_preset_is_the_latest_that_is_over() {
        let mut history = History::default();
        history.set_rows(vec![
            row("d", "tour", 40, RunStatus::Running),
            row("c", "other", 30, RunStatus::Completed),
            row("b", "tour", 20, RunStatus::Interrupted),
            row("a", "tour", 10, RunStatus::Completed),
        ]);
        assert_eq!(history.last_of("tour").map(|row| row.id.as_str()), Some("b"));
        assert!(history.last_of("none").is_none());
    }
}
