//! Reading a run back: the head for lists, or everything but the spans, which are read trial by trial when they are
//! wanted. Every value is checked; a forged file gives an error.

use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, Statement};

use super::connect::{self, Origin, Shared};
use super::cut_off;
use super::damage::Damage;
use super::error::{Problem, RecordError};
use super::limits::{Budget, LONGEST_EXPERIMENT, MOST_INTERPRETERS, MOST_NANOS_IN_ALL, MOST_SAMPLES, MOST_TRIALS};
use super::lock::Lock;
use super::machine_facts::MachineFacts;
use super::mirror::row::RowIn;
use super::mirror::trial::{BlockChecks, TrialRow};
use super::mirror::{self, experiment::Settled};
use super::planned::end_without_mark;
use super::samples::decode_samples;
use super::schema;
use super::seal::{self, Check, Columns};
use super::source::{RecordedSpans, Source};
use super::status::RunStatus;
use super::unmeasured::has_nothing_measured;
use crate::failure::Failure;
use crate::python::Interpreters;
use crate::results::RunResults;
use crate::session::{HostCalibrations, Outcome, SessionEvent};
use crate::trial::{CpuSample, SpanStore, Trial};

/// Most stored trials of a measured round in a run without a measured trial: the one that was stopped.
const MOST_STOPPED: u64 = 1;

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
    /// Progress, as the file states it; its end where the history knows that nobody records the run any more.
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
    /// It ended without a measured trial, and neither a pin nor a note keeps it: it goes once nobody shows it.
    pub is_unmeasured: bool,
    /// Note of the user's, on one line; never empty.
    pub note: Option<String>,
    /// Id of its experiment.
    pub experiment_id: String,
    /// Machine it ran on; `None` for one that ended before the session looked at it.
    pub machine: Option<MachineFacts>,
}

impl Head {
    /// Says how the run ended if it is over although its file states that it runs.
    pub(super) fn end_as(&mut self, end: Option<RunStatus>) {
        if let Some(end) = end
            && self.status == RunStatus::Running
        {
            self.status = end;
        }
    }
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
    /// Parts that can't be read and are left out; `None` for a file as it was written.
    pub damage: Option<Damage>,
}

/// Reads the head of a run in the history.
pub(super) fn head(path: &Path) -> Result<Head, RecordError> {
    let read = || {
        connect::within_deadline(&mut connect::for_reading(path, Origin::History)?, |connection| {
            schema::check(connection)?;
            read_head(connection)
        })
    };
    read().map_err(|problem| problem.reading(path))
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
    read().map_err(|problem| problem.reading(path))
}

/// Reads a run from a file outside the history. Blocks.
///
/// # Errors
/// If it is no run, was written by a newer lab, or holds what a run does not.
pub fn open_file(path: &Path) -> Result<StoredRun, RecordError> {
    open(path, Origin::Elsewhere, None, None).map_err(|problem| problem.reading(path))
}

/// Reads a run whose lock is held. `end` is how it ended where nobody records it any more although its file states that
/// it runs.
pub(super) fn open(
    path: &Path,
    origin: Origin,
    lock: Option<Lock>,
    end: Option<RunStatus>,
) -> Result<StoredRun, Problem> {
    let read = |mut connection: Connection| {
        let read = connect::within_deadline(&mut connection, |connection| {
            schema::check(connection)?;
            let mut head = read_head(connection)?;
            let results = read_plan(connection, &head)?;
            // A copy of a run under way is all that there will ever be of it here.
            let is_whole_copy = origin == Origin::Elsewhere
                && head.status == RunStatus::Running
                && end_without_mark(connection, &results) == RunStatus::Completed;
            head.end_as(end.or(is_whole_copy.then_some(RunStatus::Completed)));
            let (rows, damage) = read_trials(connection, &results)?;
            Ok((head, results, rows, damage))
        })?;
        Ok::<_, Problem>((connection, read))
    };
    let (read, copy) = match connect::for_reading(path, origin).and_then(read) {
        Err(problem) if problem.is_local() => {
            let Some(copied) = cut_off::open(path)? else { return Err(problem) };
            let mut read = read(copied.connection).map_err(|_| Problem::CutOff)?;
            if let (_, (.., Some(damage))) = &mut read {
                damage.first = Problem::CutOff;
            }
            (read, copied.folder)
        }
        read => (read?, None),
    };
    let (connection, (head, mut results, rows, damage)) = read;
    let source = Arc::new(Source { path: path.to_owned(), connection: Shared::new(connection), lock, _copy: copy });
    results.note.clone_from(&head.note);
    results.lost_trials = damage.as_ref().map_or(0, |damage| damage.trials as u32);
    for TrialRow { mut trial, id, layout, .. } in rows {
        if let (Some(measured), Some(layout)) = (&mut trial.measured, layout) {
            let spans = RecordedSpans::new(Arc::clone(&source), id, layout);
            measured.spans = SpanStore::Spooled(Arc::new(spans));
        }
        results.apply(SessionEvent::TrialFinished(Box::new(trial)));
    }
    if let Some(outcome) = outcome(&head, origin) {
        results.apply(SessionEvent::Finished(outcome));
    }
    Ok(StoredRun { head, results, source, damage })
}

fn outcome(head: &Head, origin: Origin) -> Option<Outcome> {
    match head.status {
        RunStatus::Completed => Some(Outcome::Done),
        RunStatus::Cancelled => Some(Outcome::Cancelled),
        RunStatus::Failed => Some(Outcome::Failed(head.failure.clone().unwrap_or(Failure::SessionLost))),
        // Another lab is recording it: nobody has found that it ended.
        RunStatus::Running if origin == Origin::History => None,
        RunStatus::Interrupted | RunStatus::Running => Some(Outcome::Failed(Failure::LabEnded)),
    }
}

/// Returns how a run ended that nobody records although its file states that it runs. The schema was checked before.
pub(super) fn end_of_abandoned(connection: &Connection) -> RunStatus {
    let plan = read_head(connection).and_then(|head| read_plan(connection, &head));
    // Without a readable plan there is no reason to call the run complete.
    plan.map_or(RunStatus::Interrupted, |plan| end_without_mark(connection, &plan))
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
    ["run", "contender", "machine"].into_iter().try_for_each(|table| seal::verify(connection, table))?;
    let mut models = Vec::new();
    let mut statement = connection.prepare("SELECT id, model FROM contender ORDER BY id")?;
    for_rows(&mut statement, "contender", crate::experiment::validate::MOST_MODELS, |row| {
        models.push(row.needed_line("model")?);
        Ok(())
    })?;
    let trials = match seal::measured_trials(connection)? {
        Some(trials) => trials,
        None => {
            let count = "SELECT count(*) FROM trial WHERE round > 0";
            connection.query_row(count, [], |row| row.get::<_, i64>(0))?.unsigned_abs()
        }
    };
    let mut head = None;
    let machine = MachineFacts::read(connection)?;
    let columns = "id, name, title, started_at_ms, status, reason, failure, headline, pinned, experiment_id";
    // Files of older formats have neither notes nor a version beside the headline.
    let prepare = |more: &str| connection.prepare(&format!("SELECT {columns}{more} FROM run"));
    let statement = prepare(", headline_lab, note").or_else(|_| prepare(", headline_lab"));
    let mut statement = statement.or_else(|_| prepare(""))?;
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
            trials,
            pinned: row.needed("pinned", pinned)?,
            is_unmeasured: false,
            note: row.line("note")?.filter(|note| !note.is_empty()),
            experiment_id: row.needed_line("experiment_id")?,
            machine: machine.clone(),
        });
        Ok(())
    })?;
    let mut head = head.ok_or(Problem::MissingRow("run"))?;
    // Trials that can't be counted are taken for measured ones.
    head.is_unmeasured = may_be_unmeasured(&head) && has_nothing_measured(connection).unwrap_or(false);
    Ok(head)
}

/// True for a run that may have ended without a measured trial, and that nobody wants to keep.
fn may_be_unmeasured(head: &Head) -> bool {
    let ended = matches!(head.status, RunStatus::Cancelled | RunStatus::Interrupted);
    ended && head.trials <= MOST_STOPPED && !head.pinned && head.note.is_none()
}

/// Everything but the trials.
fn read_plan(connection: &Connection, head: &Head) -> Result<RunResults, Problem> {
    let tables = ["format", "interpreter", "calibration", "point", "listed_task"];
    tables.into_iter().try_for_each(|table| seal::verify(connection, table))?;
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

/// Reads all trials. One that can't be read is left out and reported: the others may be as they were.
fn read_trials(connection: &Connection, results: &RunResults) -> Result<(Vec<TrialRow>, Option<Damage>), Problem> {
    let count = match seal::trials(connection)? {
        Some(count) => count,
        None => {
            let last: Option<i64> = connection.query_row("SELECT max(id) FROM trial", [], |row| row.get(0))?;
            last.unwrap_or(0).max(0).unsigned_abs()
        }
    };
    let count = usize::try_from(count).ok().filter(|count| *count <= MOST_TRIALS);
    let count = count.ok_or(Problem::TooMany("trials"))?;
    let mut trials = TrialReader::new(connection, results)?;
    let mut damage = None;
    let (mut rows, mut in_all) = (Vec::new(), 0_u64);
    for id in 1..=count as i64 {
        let mut row = match trials.row(id) {
            Ok(row) => row,
            Err(problem) if problem.is_local() => {
                Damage::add(&mut damage, count, problem).trials += 1;
                continue;
            }
            Err(problem) => return Err(problem),
        };
        in_all += nanos_of(&row.trial);
        if in_all > MOST_NANOS_IN_ALL {
            return Err(Problem::TooMany("seconds"));
        }
        match trials.samples(id, row.checks.cpu) {
            Ok(samples) => row.trial.cpu = samples,
            Err(problem) if problem.is_local() => {
                Damage::add(&mut damage, count, problem).without_samples += 1;
            }
            Err(problem) => return Err(problem),
        }
        rows.push(row);
    }
    Ok((rows, damage))
}

/// Reads trials one by one.
struct TrialReader<'a> {
    results: &'a RunResults,
    trials: Statement<'a>,
    columns: Columns,
    is_sealed: bool,
    samples: Statement<'a>,
    budget: Budget,
}

impl<'a> TrialReader<'a> {
    fn new(connection: &'a Connection, results: &'a RunResults) -> Result<Self, Problem> {
        let trials = connection.prepare("SELECT * FROM trial WHERE id = ?1")?;
        let samples = "SELECT first_sample, samples, data FROM cpu_block WHERE trial = ?1 ORDER BY first_sample";
        Ok(Self {
            results,
            columns: Columns::of(&trials),
            trials,
            is_sealed: seal::trials(connection)?.is_some(),
            samples: connection.prepare(samples)?,
            budget: Budget::default(),
        })
    }

    fn row(&mut self, id: i64) -> Result<TrialRow, Problem> {
        let mut rows = self.trials.query([id])?;
        let row = rows.next()?.ok_or(Problem::MissingRow("trial"))?;
        if self.is_sealed && row.get::<_, Option<u32>>("crc").ok().flatten() != Some(self.columns.check("trial", row)?)
        {
            return Err(Problem::Damaged("trial"));
        }
        let row = RowIn { row, table: "trial", number: id };
        mirror::trial::read(&row, self.results.points.len(), &self.results.experiment.models, &mut self.budget)
    }

    /// Reads the CPU samples of a trial.
    fn samples(&mut self, id: i64, expected: Option<u32>) -> Result<Vec<CpuSample>, Problem> {
        let mut samples = Vec::new();
        let mut check = Check::default();
        let mut rows = self.samples.query([id])?;
        while let Some(row) = rows.next()? {
            let row = RowIn { row, table: "cpu_block", number: id };
            let (first, count) = (row.small("first_sample")?, row.small("samples")?);
            let data = row.needed("data", row.bytes("data")?)?;
            if first != Some(samples.len() as u32) || samples.len() > MOST_SAMPLES {
                return Err(row.wrong("first_sample", "the next sample of its trial"));
            }
            let count = row.needed("samples", count)?;
            check.block(samples.len() as u64, count.into(), &data);
            let bytes = decode_samples(&data, count as usize, &mut samples).map_err(|_| Problem::Block("cpu_block"))?;
            self.budget.take(bytes)?;
        }
        BlockChecks::verify(expected, check, "cpu_block")?;
        Ok(samples)
    }
}

/// The durations of a trial; each is bounded, so that their sum can't overflow.
fn nanos_of(trial: &Trial) -> u64 {
    let background = trial.background.map_or(0, |one| one.wall_nanos);
    trial.measured.as_ref().map_or(0, |one| one.setup_nanos + one.wall_nanos + one.teardown_nanos) + background
}
