//! The end of a run whose lab ended without writing one: it completed if every trial that was planned is stored.

use std::collections::HashMap;

use rusqlite::Connection;

use super::error::Problem;
use super::status::RunStatus;
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
    /// The last round of a trial, those of warm-ups among them.
    last_round: i32,
}

/// True if a trial of every planned round is there for every model at every point, but for models that the session left
/// out. Those are known by what is stored: rounds begin one after the other, so a model without a trial in a round before
/// the last one had been left out by then.
fn has_all_planned(connection: &Connection, plan: &RunResults) -> Result<bool, Problem> {
    let Some(rounds) = plan.first().rounds else { return Ok(false) };
    let count = "SELECT point, contender, \
                 count(DISTINCT round) FILTER (WHERE round BETWEEN 1 AND ?1 AND status <> 'cancelled'), \
                 count(*) FILTER (WHERE status = 'completed'), count(*) FILTER (WHERE status = 'failed'), max(round) \
                 FROM trial GROUP BY point, contender";
    let mut statement = connection.prepare(count)?;
    // Both are numbered from 1.
    let counted = statement.query_map([rounds], |row| {
        let counts =
            Counts { rounds: row.get(2)?, completed: row.get(3)?, failed: row.get(4)?, last_round: row.get(5)? };
        Ok(((row.get::<_, u32>(0)?, row.get::<_, u32>(1)?), counts))
    })?;
    let counted = counted.collect::<Result<HashMap<_, _>, _>>()?;
    let before_first = -(plan.experiment.trials.warmups as i32);
    let is_left_out = |counts: Option<&Counts>| match counts {
        Some(counts) if counts.completed > 0 => false,
        Some(counts) => counts.failed >= MOST_FAILURES || counts.last_round + 1 < rounds as i32,
        None => before_first + 1 < rounds as i32,
    };
    let is_whole = |point: usize, contender: usize| {
        let counts = counted.get(&(point as u32, contender as u32));
        counts.is_some_and(|counts| counts.rounds == rounds) || is_left_out(counts)
    };
    let contenders = plan.experiment.models.len();
    Ok(counted.values().any(|counts| counts.rounds == rounds)
        && (1..=plan.points.len()).all(|point| (1..=contenders).all(|one| is_whole(point, one))))
}
