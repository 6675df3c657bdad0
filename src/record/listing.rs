//! The heads of all runs, kept up to date: a file that has not changed is not read again.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::companions::companions;
use super::error::RecordError;
use super::store::{Entry, Store};

/// Age below which a folder's time of change can't exclude a later change in the same tick of the file system's clock.
const TICK: Duration = Duration::from_millis(100);

/// Size and time of change of the file of a run and of its log.
type Stamp = [Option<(u64, SystemTime)>; 2];

/// All runs of a history as they were last read.
#[derive(Debug, Default)]
pub struct Listing {
    known: HashMap<String, (Stamp, Arc<Entry>)>,
    /// Time of change of the folder when it was listed; `None` before it was.
    folder: Option<Option<SystemTime>>,
    /// True once leftovers of killed labs were removed.
    tidied: bool,
}

impl Listing {
    /// Returns true if the folder has changed since it was listed: a run came, went, ended or was changed.
    #[must_use]
    pub fn is_outdated(&self, store: &Store) -> bool {
        self.folder.is_none_or(|listed| changed(&store.folder).map(|(at, _)| at) != listed)
    }

    /// Lists all runs, the newest first. Reads those that are new or have changed. Blocks.
    ///
    /// # Errors
    /// If the folder can't be read. A run that can't be read is listed with its error.
    pub fn update(&mut self, store: &Store) -> Result<Vec<Arc<Entry>>, RecordError> {
        if !std::mem::replace(&mut self.tidied, true) {
            store.remove_leftovers();
        }
        // Before the ids: what changes in between is found the next time.
        let seen = changed(&store.folder);
        self.folder = Some(seen.map(|(at, is_settled)| if is_settled { at } else { SystemTime::UNIX_EPOCH }));
        let (ids, creation) = store.ids_and_creation()?;
        if creation {
            // Its folder does not change when the run gets its tables.
            self.folder = None;
        }
        let mut before = std::mem::take(&mut self.known);
        for id in &ids {
            let stamp = stamp(&store.path(id));
            let entry = match before.remove(id) {
                // One without a measured trial goes once nobody shows it any more, which does not change the file.
                Some((known, entry)) if known == stamp && !entry.head.as_ref().is_ok_and(|head| head.is_unmeasured) => {
                    Some(entry)
                }
                _ => store.entry(id).map(Arc::new),
            };
            if let Some(entry) = entry {
                self.known.insert(id.clone(), (stamp, entry));
            }
        }
        Ok(ids.iter().filter_map(|id| self.known.get(id)).map(|(_, entry)| Arc::clone(entry)).collect())
    }
}

/// Returns when a folder was last changed, and whether that is long enough ago to tell it from a later change.
fn changed(folder: &Path) -> Option<(SystemTime, bool)> {
    let at = folder.metadata().ok()?.modified().ok()?;
    Some((at, at.elapsed().is_ok_and(|age| age > TICK)))
}

fn stamp(path: &Path) -> Stamp {
    let [log, ..] = companions(path);
    [path, log.as_path()].map(|path| {
        let found = path.symlink_metadata().ok()?;
        Some((found.len(), found.modified().ok()?))
    })
}
