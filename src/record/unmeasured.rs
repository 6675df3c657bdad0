//! Runs that ended before a trial was measured: they tell nothing, and go unless somebody wants to keep them. The check is
//! made under the lock of the run, so that nobody loses what they show or have just pinned.

use std::path::Path;

use rusqlite::Connection;

use super::connect::{self, Origin};
use super::error::Problem;
use super::reader::Head;
use super::seal;
use super::status::RunStatus;

/// Most stored trials of a measured round in such a run: the one that was stopped.
const MOST_STOPPED: u64 = 1;

/// True for the head of a run that may have no measured trial and that nobody wants to keep.
pub(super) fn may_be_unmeasured(head: &Head) -> bool {
    matches!(head.status, RunStatus::Cancelled | RunStatus::Interrupted)
        && head.trials <= MOST_STOPPED
        && !head.pinned
        && head.note.is_none()
}

/// True for a run without a measured trial that was over. The schema was checked before.
fn has_nothing_measured(connection: &Connection) -> Result<bool, Problem> {
    let count = "SELECT count(*), count(*) FILTER (WHERE status <> 'cancelled') FROM trial WHERE round > 0";
    let (rows, over): (i64, i64) = connection.query_row(count, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    // A file that has lost rows is damaged, and tells how many there were.
    let is_whole = seal::measured_trials(connection)?.is_none_or(|trials| trials == rows.unsigned_abs());
    Ok(over == 0 && is_whole)
}

/// True for a run without a measured trial that nobody has pinned or noted.
pub(super) fn is_unmeasured(connection: &Connection) -> Result<bool, Problem> {
    let version = super::schema::check(connection)?;
    let note = if version >= super::version::FormatVersion::FIRST_WITH_NOTES { " OR note IS NOT NULL" } else { "" };
    let is_wanted: bool = connection.query_row(&format!("SELECT pinned{note} FROM run"), [], |row| row.get(0))?;
    Ok(!is_wanted && has_nothing_measured(connection)?)
}

/// True for such a run, unless it completed or failed: its end is worth a line of the list.
pub(super) fn ends_unmeasured(connection: &Connection) -> Result<bool, Problem> {
    let status: String = connection.query_row("SELECT status FROM run", [], |row| row.get(0))?;
    let told = [RunStatus::Completed, RunStatus::Failed];
    Ok(!told.iter().any(|told| told.name() == status) && is_unmeasured(connection)?)
}

/// True for the file of such a run in the history; false for one that can't be read.
pub(super) fn is_unmeasured_file(path: &Path) -> bool {
    let read = || connect::within_deadline(&mut connect::for_reading(path, Origin::History)?, is_unmeasured);
    read().unwrap_or(false)
}
