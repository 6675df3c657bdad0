//! Removal of runs when the history grows too large: the oldest runs, and none that is pinned or in use.

use super::error::{Problem, RecordError};
use super::lock::Lock;
use super::store::Store;

impl Store {
    /// Removes the oldest runs until the rest is within the limits. The newest run, pinned runs, runs in use and files
    /// that can't be read stay. Returns the ids of those that were removed. Blocks.
    ///
    /// # Errors
    /// If the folder can't be read or locked.
    pub fn enforce_retention(&self) -> Result<Vec<String>, RecordError> {
        let ids = self.ids()?;
        let sizes: Vec<u64> = ids.iter().map(|id| self.bytes(id)).collect();
        let (mut bytes, mut runs) = (sizes.iter().sum::<u64>(), ids.len());
        let mut removed = Vec::new();
        if bytes <= self.retention.most_bytes && runs <= self.retention.most_runs {
            return Ok(removed);
        }
        // Two labs that remove at once would remove too much.
        let lock = Lock::exclusive(&self.folder.join("retention.lock"));
        let lock = lock.map_err(|error| Problem::Io(error).at(&self.folder))?;
        let Some(_lock) = lock else { return Ok(removed) };
        for (id, size) in ids.into_iter().zip(sizes).skip(1).rev() {
            if bytes <= self.retention.most_bytes && runs <= self.retention.most_runs {
                break;
            }
            let is_removed = match self.head(&id) {
                // Whoever pins it now is asked again under its lock.
                Ok(head) => !head.pinned && self.delete_unused(&id),
                Err(error) => matches!(*error.problem, Problem::NothingMeasured),
            };
            if is_removed {
                bytes -= size;
                runs -= 1;
                removed.push(id);
            }
        }
        Ok(removed)
    }
}
