//! Runs that ended before a trial was measured: they tell nothing, and go unless somebody wants to keep them. The check is
//! made under the lock of the run, so that nobody loses what they show or have just pinned.

use rusqlite::Connection;

use super::error::Problem;
use super::seal;
use super::status::RunStatus;

/// True for a run without a measured trial that was over. The schema was checked before.
pub(super) fn has_nothing_measured(connection: &Connection) -> Result<bool, Problem> {
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
