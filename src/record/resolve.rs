//! Finding the run that a text means: an id, a unique beginning of one, `last`, `last~1`, or the path of a file.

use std::path::{Path, PathBuf};

use super::error::{Problem, RecordError};
use super::reader::{StoredRun, open_file};
use super::store::{EXTENSION, Store, shown};
use crate::printable;

/// Ids that a message lists at most.
const MOST_LISTED: usize = 10;

/// Most runs that are removed while the last one is opened.
const MOST_GONE: usize = 100;

/// The run that a text means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunReference {
    /// A run of the history.
    Id(String),
    /// A file.
    File(PathBuf),
}

/// A text that means no run.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// No run is called so.
    #[error(
        "there is no run \"{}\"{}; allowed are an id, the beginning of one, last, last~1 and the path of a .clab file",
        printable::value(wanted),
        listed(known, folder)
    )]
    Unknown {
        /// Text that was given.
        wanted: String,
        /// The runs that there are, the newest first.
        known: Vec<String>,
        /// Folder that was searched.
        folder: PathBuf,
    },
    /// Several ids begin so.
    #[error("\"{}\" is the beginning of {} runs: {}; give more of the id", printable::value(wanted), candidates.len(), some(candidates))]
    Ambiguous {
        /// Text that was given.
        wanted: String,
        /// Those that begin so.
        candidates: Vec<String>,
    },
    /// There are not so many runs.
    #[error("there is no \"{}\": {}", printable::value(wanted), stored(*count))]
    TooFarBack {
        /// Text that was given.
        wanted: String,
        /// Number of them.
        count: usize,
    },
    /// No folder for runs.
    #[error("there is no home folder, and so no stored runs; name a .clab file")]
    NoHistory,
    /// The folder or the run can't be read.
    #[error(transparent)]
    Record(#[from] RecordError),
}

fn stored(count: usize) -> String {
    match count {
        0 => "no run is stored".to_owned(),
        1 => "one run is stored".to_owned(),
        more => format!("{more} runs are stored"),
    }
}

fn some(ids: &[String]) -> String {
    let more = if ids.len() > MOST_LISTED { ", …" } else { "" };
    format!("{}{more}", ids.iter().take(MOST_LISTED).map(String::as_str).collect::<Vec<_>>().join(", "))
}

fn listed(known: &[String], folder: &Path) -> String {
    if known.is_empty() {
        format!(": none is stored in {}", shown(folder))
    } else {
        format!("; there are {}", some(known))
    }
}

/// True for a text that is the path of a file, not an id.
fn is_path(text: &str) -> bool {
    let path = Path::new(text);
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(EXTENSION)) || path.components().count() > 1
}

/// Finds the run that a text means.
///
/// # Errors
/// [`ResolveError`] where it means none, or several.
pub fn resolve(text: &str, store: Option<&Store>) -> Result<RunReference, ResolveError> {
    if is_path(text) {
        return Ok(of_path(Path::new(text), store));
    }
    let store = store.ok_or(ResolveError::NoHistory)?;
    let ids = store.ids()?;
    if let Some(back) = back(text) {
        let is_kept = |id: &String| !matches!(store.finish_interrupted(id), Err(Problem::NothingMeasured));
        let found: Vec<String> = ids.into_iter().filter(is_kept).take(back.saturating_add(1)).collect();
        let count = found.len();
        let found = found.into_iter().nth(back).map(RunReference::Id);
        return found.ok_or_else(|| ResolveError::TooFarBack { wanted: text.to_owned(), count });
    }
    if ids.iter().any(|id| id == text) {
        return Ok(RunReference::Id(text.to_owned()));
    }
    let candidates: Vec<String> = ids.iter().filter(|id| !text.is_empty() && id.starts_with(text)).cloned().collect();
    match <[String; 1]>::try_from(candidates) {
        Ok([id]) => Ok(RunReference::Id(id)),
        Err(none) if none.is_empty() => {
            Err(ResolveError::Unknown { wanted: text.to_owned(), known: ids, folder: store.folder().to_owned() })
        }
        Err(candidates) => Err(ResolveError::Ambiguous { wanted: text.to_owned(), candidates }),
    }
}

/// Number of runs before the last: 0 for `last`, 2 for `last~2`.
fn back(text: &str) -> Option<usize> {
    match text.strip_prefix("last")? {
        "" => Some(0),
        rest => rest.strip_prefix('~')?.parse().ok(),
    }
}

/// A file in the folder of the history is a run of the history.
fn of_path(path: &Path, store: Option<&Store>) -> RunReference {
    let own = || {
        let (folder, store) = (path.canonicalize().ok()?, store?);
        let id = folder.file_stem()?.to_str().filter(|stem| super::id::is_id(stem))?;
        (folder.parent()? == store.folder().canonicalize().ok()?).then(|| RunReference::Id(id.to_owned()))
    };
    own().unwrap_or_else(|| RunReference::File(path.to_owned()))
}

/// Reads the run that a text means. Blocks.
///
/// # Errors
/// [`ResolveError`] where it means none, or where it can't be read.
pub fn open(text: &str, store: Option<&Store>) -> Result<StoredRun, ResolveError> {
    let mut attempts = 0;
    loop {
        match open_reference(&resolve(text, store)?, store) {
            // Another lab has removed it since: the last one is the one before.
            Err(ResolveError::Record(error)) if back(text).is_some() && is_gone(&error) && attempts < MOST_GONE => {
                attempts += 1;
            }
            opened => return opened,
        }
    }
}

fn is_gone(error: &RecordError) -> bool {
    matches!(*error.problem, Problem::Removed | Problem::NothingMeasured)
}

/// Reads the run of a path. Blocks.
///
/// # Errors
/// If it can't be read.
pub fn open_path(path: &Path, store: Option<&Store>) -> Result<StoredRun, ResolveError> {
    open_reference(&of_path(path, store), store)
}

fn open_reference(reference: &RunReference, store: Option<&Store>) -> Result<StoredRun, ResolveError> {
    Ok(match reference {
        RunReference::Id(id) => store.ok_or(ResolveError::NoHistory)?.open(id)?,
        RunReference::File(path) => open_file(path)?,
    })
}
