//! Reading a run back: the head for lists, or everything but the spans, which are read trial by trial when they are
//! wanted. Every value is checked; a forged file gives an error.

use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, Statement};

use super::connect::{self, Origin, Shared};
use super::error::{Problem, RecordError};
use super::limits::{Budget, LONGEST_EXPERIMENT, MOST_INTERPRETERS, MOST_NANOS_IN_ALL, MOST_SAMPLES, MOST_TRIALS};
use super::lock::Lock;
use super::machine_facts::MachineFacts;
use super::mirror::row::RowIn;
use super::mirror::{self, experiment::Settled, trial::TrialRow};
use super::samples::decode_samples;
use super::schema;
use super::source::{RecordedSpans, Source};
use super::status::RunStatus;
use crate::failure::Failure;
use crate::python::Interpreters;
use crate::results::RunResults;
use crate::session::{HostCalibrations, Outcome, SessionEvent};
use crate::trial::{CpuSample, SpanStore, Trial};

/// Facts of a run that lists show.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// Sortable by time; empty for a file that was never in a history.
    pub id: String,
    /// Name given by the user.
    pub name: String,
    /// Title of its experiment.
    pub title: String,
    /// Milliseconds since the Unix epoch.
    pub started_at_ms: u64,
    /// Progress, as the file states it.
    pub status: RunStatus,
    /// Reason why it failed.
    pub failure: Option<Failure>,
    /// Headline of the verdict, once there is one.
    pub headline: Option<String>,
    /// Version of the lab that made the headline; `None` in files of older formats.
    pub headline_lab: Option<String>,
    /// Ids of the models.
    pub models: Vec<String>,
    /// Measured trials.
    pub trials: u64,
    /// Kept until the user deletes it.
    pub pinned: bool,
    /// Id of its experiment.
    pub experiment_id: String,
    /// Machine it ran on; `None` for one that ended before the session looked at it.
    pub machine: Option<MachineFacts>,
}

/// A run that was read back.
#[derive(Debug)]
pub struct StoredRun {
    /// Facts that lists show.
    pub head: Head,
    /// Measurements; spans stay in the file.
    pub results: RunResults,
    /// The open file.
    pub source: Arc<Source>,
}

/// Reads the head of a run in the history.
pub(super) fn head(path: &Path) -> Result<Head, RecordError> {
    let read = || {
        connect::within_deadline(&mut connect::for_reading(path, Origin::History)?, |connection| {
            schema::check(connection)?;
            read_head(connection)
        })
    };
    read().map_err(|problem| problem.at(path))
}

/// Reads head and experiment of a run in the history, with machine, interpreters and calibrations, but no trials.
pub(super) fn without_trials(path: &Path) -> Result<(Head, RunResults), RecordError> {
    let read = || {
        connect::within_deadline(&mut connect::for_reading(path, Origin::History)?, |connection| {
            schema::check(connection)?;
            let head = read_head(connection)?;
            let results = read_plan(connection, &head)?;
            Ok((head, results))
        })
    };
    read().map_err(|problem| problem.at(path))
}

/// Reads a run from a file outside the history. Blocks.
///
/// # Errors
/// If it is no run, was written by a newer lab, or holds what a run does not.
pub fn open_file(path: &Path) -> Result<StoredRun, RecordError> {
    open(path, Origin::Elsewhere, None).map_err(|problem| problem.at(path))
}

/// Reads a run whose lock is held.
pub(super) fn open(path: &Path, origin: Origin, lock: Option<Lock>) -> Result<StoredRun, Problem> {
    let mut connection = connect::for_reading(path, origin)?;
    let (head, mut results, rows) = connect::within_deadline(&mut connection, |connection| {
        schema::check(connection)?;
        let head = read_head(connection)?;
        let results = read_plan(connection, &head)?;
        let rows = read_trials(connection, &results)?;
        Ok((head, results, rows))
    })?;
    let source = Arc::new(Source { path: path.to_owned(), connection: Shared::new(connection), lock });
    for TrialRow { mut trial, id, layout } in rows {
        if let (Some(measured), Some(layout)) = (&mut trial.measured, layout) {
            let spans = RecordedSpans::new(Arc::clone(&source), id, layout);
            measured.spans = SpanStore::Spooled(Arc::new(spans));
        }
        results.apply(SessionEvent::TrialFinished(Box::new(trial)));
    }
    if let Some(outcome) = outcome(&head, origin) {
        results.apply(SessionEvent::Finished(outcome));
    }
    Ok(StoredRun { head, results, source })
}

fn outcome(head: &Head, origin: Origin) -> Option<Outcome> {
    match head.status {
        RunStatus::Completed => Some(Outcome::Done),
        RunStatus::Cancelled => Some(Outcome::Cancelled),
        RunStatus::Failed => Some(Outcome::Failed(head.failure.clone().unwrap_or(Failure::SessionLost))),
        // Another lab is recording it: nobody has found that it ended.
        RunStatus::Running if origin == Origin::History => None,
        // A copy of a run under way is all that there will ever be of it here.
        RunStatus::Interrupted | RunStatus::Running => Some(Outcome::Failed(Failure::LabEnded)),
    }
}

/// Calls `read` for each row.
fn for_rows(
    statement: &mut Statement<'_>,
    table: &'static str,
    most: usize,
    mut read: impl FnMut(&RowIn<'_>) -> Result<(), Problem>,
) -> Result<usize, Problem> {
    let mut rows = statement.query([])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        count += 1;
        if count > most {
            return Err(Problem::TooMany(table));
        }
        // Its own number, where it has one.
        let number = row.get("id").unwrap_or(count as i64);
        read(&RowIn { row, table, number })?;
    }
    Ok(count)
}

fn read_head(connection: &Connection) -> Result<Head, Problem> {
    let mut models = Vec::new();
    let mut statement = connection.prepare("SELECT id, model FROM contender ORDER BY id")?;
    for_rows(&mut statement, "contender", crate::experiment::validate::MOST_MODELS, |row| {
        models.push(row.needed_line("model")?);
        Ok(())
    })?;
    let count = "SELECT count(*) FROM trial WHERE round > 0";
    let trials: i64 = connection.query_row(count, [], |row| row.get(0))?;
    let mut head = None;
    let machine = MachineFacts::read(connection)?;
    let columns = "id, name, title, started_at_ms, status, reason, failure, headline, pinned, experiment_id";
    // Files of older formats have no version beside the headline.
    let statement = connection.prepare(&format!("SELECT {columns}, headline_lab FROM run"));
    let mut statement = statement.or_else(|_| connection.prepare(&format!("SELECT {columns} FROM run")))?;
    for_rows(&mut statement, "run", 1, |row| {
        let status = row.named("status", RunStatus::named, "a state of a run")?;
        let (started_at_ms, pinned) = (row.count("started_at_ms")?, row.flag("pinned")?);
        head = Some(Head {
            id: row.needed_line("id")?,
            name: row.needed_line("name")?,
            title: row.needed_line("title")?,
            started_at_ms: row.needed("started_at_ms", started_at_ms)?,
            status: row.needed("status", status)?,
            failure: mirror::failure::read(row)?,
            headline: row.line("headline")?,
            headline_lab: row.line("headline_lab")?,
            models: std::mem::take(&mut models),
            trials: trials.unsigned_abs(),
            pinned: row.needed("pinned", pinned)?,
            experiment_id: row.needed_line("experiment_id")?,
            machine: machine.clone(),
        });
        Ok(())
    })?;
    head.ok_or(Problem::MissingRow("run"))
}

/// Everything but the trials.
fn read_plan(connection: &Connection, head: &Head) -> Result<RunResults, Problem> {
    let (mut toml, mut settled, mut rounds) = (String::new(), None, None);
    let mut code = Vec::new();
    // An older minor version has fewer columns.
    for_rows(&mut connection.prepare("SELECT * FROM run")?, "run", 1, |row| {
        toml = row.needed("experiment", row.long_text("experiment", LONGEST_EXPERIMENT)?)?;
        let (first_python, by_default) = (row.line("first_python")?, row.flag("models_by_default")?);
        let models_by_default = row.needed("models_by_default", by_default)?;
        settled = Some(Settled { first_python, models_by_default });
        rounds = row.small("rounds")?;
        code = mirror::code::read(row)?;
        Ok(())
    })?;
    let settled = settled.ok_or(Problem::MissingRow("run"))?;
    let experiment = Arc::new(mirror::experiment::read(&toml, &settled, connection)?);
    mirror::experiment::check_contenders(&experiment, connection)?;
    let mut interpreters = Interpreters::default();
    let mut statement = connection.prepare("SELECT * FROM interpreter ORDER BY id")?;
    for_rows(&mut statement, "interpreter", MOST_INTERPRETERS, |row| {
        mirror::interpreters::read(row, &mut interpreters)
    })?;
    let mut results = RunResults::new(experiment, &Arc::new(interpreters), head.started_at_ms);
    mirror::points::check(&results, connection)?;
    if !code.is_empty() {
        results.apply(SessionEvent::CodeUsed(code));
    }
    let mut machine = None;
    for_rows(&mut connection.prepare("SELECT * FROM machine")?, "machine", 1, |row| {
        machine = Some(mirror::machine::read(row)?);
        Ok(())
    })?;
    if let Some(machine) = machine {
        results.apply(SessionEvent::Machine(Arc::new(machine)));
    }
    let mut calibrations = HostCalibrations::default();
    let mut statement = connection.prepare("SELECT * FROM calibration ORDER BY id")?;
    let most = MOST_INTERPRETERS * crate::workload::Kernel::ALL.len();
    if for_rows(&mut statement, "calibration", most, |row| mirror::calibrations::read(row, &mut calibrations))? > 0 {
        results.apply(SessionEvent::Calibrated { calibrations });
    }
    if let Some(rounds) = rounds {
        results.apply(SessionEvent::RoundsFixed { rounds });
    }
    Ok(results)
}

fn read_trials(connection: &Connection, results: &RunResults) -> Result<Vec<TrialRow>, Problem> {
    let contenders = &results.experiment.models;
    let mut budget = Budget::default();
    let mut trials: Vec<TrialRow> = Vec::new();
    let mut in_all = 0_u64;
    let mut statement = connection.prepare("SELECT * FROM trial ORDER BY id")?;
    for_rows(&mut statement, "trial", MOST_TRIALS, |row| {
        let one = mirror::trial::read(row, results.points.len(), contenders, &mut budget)?;
        in_all += nanos_of(&one.trial);
        if in_all > MOST_NANOS_IN_ALL {
            return Err(Problem::TooMany("seconds"));
        }
        trials.push(one);
        Ok(())
    })?;
    read_samples(connection, &mut trials, &mut budget)?;
    Ok(trials)
}

/// The durations of a trial; each is bounded, so that their sum can't overflow.
fn nanos_of(trial: &Trial) -> u64 {
    let background = trial.background.map_or(0, |one| one.wall_nanos);
    trial.measured.as_ref().map_or(0, |one| one.setup_nanos + one.wall_nanos + one.teardown_nanos) + background
}

fn read_samples(connection: &Connection, trials: &mut [TrialRow], budget: &mut Budget) -> Result<(), Problem> {
    let mut statement = connection.prepare("SELECT * FROM cpu_block ORDER BY trial, first_sample")?;
    let most = MOST_TRIALS + MOST_SAMPLES;
    for_rows(&mut statement, "cpu_block", most, |row| {
        let trial = row.signed("trial")?;
        let index = trials.binary_search_by_key(&trial, |one| one.id);
        let index = index.map_err(|_| row.wrong("trial", "the number of a trial"))?;
        let cpu: &mut Vec<CpuSample> = &mut trials[index].trial.cpu;
        let (first, count) = (row.small("first_sample")?, row.small("samples")?);
        let data = row.needed("data", row.bytes("data")?)?;
        if first != Some(cpu.len() as u32) || cpu.len() > MOST_SAMPLES {
            return Err(row.wrong("first_sample", "the next sample of its trial"));
        }
        let count = row.needed("samples", count)? as usize;
        let bytes = decode_samples(&data, count, cpu).map_err(|_| Problem::Block("cpu_block"))?;
        budget.take(bytes)
    })?;
    Ok(())
}
