//! The end of a run whose lab ended without writing one: it completed if every trial that was planned is stored.

use std::collections::HashMap;

use rusqlite::Connection;

use super::error::Problem;
use super::status::RunStatus;
use crate::experiment::capabilities::unavailable;
use crate::results::RunResults;
use crate::session::MOST_FAILURES;

/// Returns how a run ended whose file states that it runs, although nobody records it. `plan` is all of it
/// but the trials.
pub(super) fn end_without_mark(connection: &Connection, plan: &RunResults) -> RunStatus {
    // Trials that can't be counted are no reason to call the run complete.
    if has_all_planned(connection, plan).unwrap_or(false) { RunStatus::Completed } else { RunStatus::Interrupted }
}

/// Trials of a model at a point.
#[derive(Debug, Default)]
struct Counts {
    /// Measured rounds whose trial was over.
    rounds: u32,
    completed: u32,
    failed: u32,
}

/// True if a trial of every planned round is there for every model at every point, but for models that a session leaves
/// out: those that can't run, and those that failed too often.
fn has_all_planned(connection: &Connection, plan: &RunResults) -> Result<bool, Problem> {
    let Some(rounds) = plan.first().rounds else { return Ok(false) };
    let count = "SELECT point, contender, \
                 count(DISTINCT round) FILTER (WHERE round BETWEEN 1 AND ?1 AND status <> 'cancelled'), \
                 count(*) FILTER (WHERE status = 'completed'), count(*) FILTER (WHERE status = 'failed') \
                 FROM trial GROUP BY point, contender";
    let mut statement = connection.prepare(count)?;
    // Both are numbered from 1.
    let counted = statement.query_map([rounds], |row| {
        let counts = Counts { rounds: row.get(2)?, completed: row.get(3)?, failed: row.get(4)? };
        Ok(((row.get::<_, u32>(0)?, row.get::<_, u32>(1)?), counts))
    })?;
    let counted = counted.collect::<Result<HashMap<_, _>, _>>()?;
    let is_whole = |point: usize, contender: usize| match counted.get(&(point as u32, contender as u32)) {
        Some(counts) => counts.rounds == rounds || counts.completed == 0 && counts.failed >= MOST_FAILURES,
        None => {
            unavailable(&plan.experiment.models[contender - 1], &plan.experiment, &plan.first().interpreters).is_some()
        }
    };
    let contenders = plan.experiment.models.len();
    Ok(counted.values().any(|counts| counts.rounds > 0)
        && (1..=plan.points.len()).all(|point| (1..=contenders).all(|one| is_whole(point, one))))
}
