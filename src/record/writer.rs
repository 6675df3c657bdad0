//! Writing a run to its file: each event and each trial in a transaction of its own, so that a lab that is killed at any
//! moment loses no trial that was finished.
//!
//! While a session runs the file has a write-ahead log beside it: a commit then costs no flush to the disk, survives
//! the death of the lab, and a power failure can lose the latest trials but damage none. On a disk that is nearly full
//! the log is emptied after each change, or there is none. Between sessions the file stands alone.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, Params, Transaction, TransactionBehavior};

use super::blocks::{BEATS_A_BLOCK, Block, encode_beats, encode_spans};
use super::connect::{self, Shared};
use super::error::{Problem, RecordError, free_space_for};
use super::mirror::trial::{BlockChecks, Layout};
use super::mirror::{self, row::RowOut};
use super::presence::Presence;
use super::recorded::Recorded;
use super::samples::{SAMPLES_A_BLOCK, encode_samples};
use super::source::{RecordedSpans, Source};
use super::status::RunStatus;
use super::store::{Store, change_run, remove_with_companions};
use super::unmeasured::is_unmeasured;
use super::{schema, seal};
use crate::code::UsedCode;
use crate::experiment::Experiment;
use crate::model::Contender;
use crate::python::Interpreters;
use crate::session::{HostCalibrations, Machine, Outcome, SessionEvent};
use crate::trial::{SpanStore, Trial};
use crate::units;

/// Free bytes below which what is in the log goes into the file after each change: space that the log takes is space
/// that the file lacks.
const SHORT_OF_SPACE_BYTES: u64 = 64 << 20;
/// Free bytes below which a new run has no log: with its index it takes more than the first tables.
const TOO_LITTLE_FOR_LOG_BYTES: u64 = 1 << 20;

/// A run that is about to be recorded.
#[derive(Debug, Clone)]
pub struct NewRun {
    /// Name shown to the user: the title of the experiment, and whether it was edited.
    pub name: String,
    /// Workload to run.
    pub experiment: Arc<Experiment>,
    /// Interpreters of its Python models.
    pub interpreters: Arc<Interpreters>,
    /// Milliseconds since the Unix epoch.
    pub started_at_ms: u64,
}

/// Destination of a recording.
#[derive(Debug, Clone)]
pub(super) enum Target {
    History(Store),
    /// In memory, to be copied to a file in the end.
    Memory,
}

/// The open file of a run.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) recorded: Recorded,
    pub(super) source: Arc<Source>,
    pub(super) presence: Presence,
    contenders: Vec<Contender>,
    /// Measured trials in it that were over.
    pub(super) measured: usize,
    /// True while changes go to the file itself, for the disk has no space for a log.
    is_without_log: bool,
}

impl Writer {
    pub(super) fn create(run: &NewRun, target: &Target) -> Result<Self, RecordError> {
        let (recorded, lock) = match target {
            Target::History(store) => store.create(run.started_at_ms)?,
            Target::Memory => (Recorded { id: String::new(), path: PathBuf::new() }, None),
        };
        let path = recorded.path.clone();
        let connection = match target {
            Target::History(_) => connect::for_writing(&path),
            Target::Memory => connect::in_memory(),
        };
        let is_without_log = has_no_space_for_log(&path);
        let fill = |connection| {
            if !is_without_log {
                connect::use_log(&connection)?;
            }
            fill(connection, &recorded.id, run)
        };
        let connection = connection.and_then(fill).map_err(|problem| {
            if matches!(target, Target::History(_)) {
                // Nothing is in it; the reason is reported, and whatever prevents the removal is the lesser problem.
                let _ = remove_with_companions(&path);
            }
            problem.writing(&path)
        })?;
        let presence = Presence::of(&path).map_err(|error| Problem::Io(error).at(&path))?;
        let source = Source { path, connection: Shared::new(connection), lock, _copy: None };
        let contenders = run.experiment.models.clone();
        Ok(Self { recorded, source: Arc::new(source), presence, contenders, measured: 0, is_without_log })
    }

    /// Stores the run anew, under another id: what was stored is still read from a file that another program has removed
    /// or replaced, until it is closed. Whatever has its name now is not touched.
    pub(super) fn anew(&self, store: &Store, started_at_ms: u64) -> Result<Self, RecordError> {
        // Its pages would go into whatever the file holds now.
        connect::never_empty_log(&self.source.connection.lock());
        let (recorded, lock) = store.create(started_at_ms)?;
        let path = recorded.path.clone();
        let is_without_log = has_no_space_for_log(&path);
        let copy = || {
            connect::copy_into(&self.source.connection.lock(), &path)?;
            let connection = connect::for_writing(&path)?;
            if !is_without_log {
                connect::use_log(&connection)?;
            }
            // Of a file that was cut off not all may be readable.
            seal::verify_all(&connection)?;
            change_run(&connection, "UPDATE run SET id = ?1", [&recorded.id])?;
            Ok::<_, Problem>(connection)
        };
        let connection = copy().map_err(|problem| {
            let _ = remove_with_companions(&path);
            problem.writing(&path)
        })?;
        let presence = Presence::of(&path).map_err(|error| Problem::Io(error).at(&path))?;
        let source = Source { path, connection: Shared::new(connection), lock, _copy: None };
        self.remove_files();
        Ok(Self {
            recorded,
            source: Arc::new(source),
            presence,
            contenders: self.contenders.clone(),
            measured: self.measured,
            is_without_log,
        })
    }

    /// Removes what is left of a run that was stored anew, unless another lab shows it.
    fn remove_files(&self) {
        self.presence.remove_log();
        if let Some(lock) = &self.source.lock {
            lock.alone(|| self.presence.remove_file(&self.recorded.id));
        }
    }

    /// True for a record without a measured trial that was over, unless somebody wants to keep it.
    pub(super) fn is_unmeasured(&self) -> bool {
        is_unmeasured(&self.source.connection.lock()).unwrap_or(false)
    }

    /// Returns true for events that say something that is stored.
    pub(super) const fn stores(event: &SessionEvent) -> bool {
        use SessionEvent::{Calibrated, CodeUsed, Finished, Machine, RoundsFixed};
        matches!(event, Machine(_) | Calibrated { .. } | RoundsFixed { .. } | CodeUsed(_) | Finished(_))
    }

    /// Stores an event of those that [`Self::stores`] names.
    pub(super) fn event(&mut self, event: &SessionEvent) -> Result<(), Problem> {
        self.with_little_space(|writer| writer.store_event(event))
    }

    /// Stores a trial. Returns where its spans can be read back.
    pub(super) fn trial(&mut self, trial: &Trial) -> Result<Option<SpanStore>, Problem> {
        self.with_little_space(|writer| writer.store_trial(trial))
    }

    /// Stores something; on a full disk once more, with the space of the log.
    fn with_little_space<T>(&mut self, store: impl Fn(&mut Self) -> Result<T, Problem>) -> Result<T, Problem> {
        match store(self) {
            Err(problem) if problem.is_full_disk(&self.recorded.path) && self.give_up_log() => store(self),
            stored => stored,
        }
    }

    /// Moves what is in the log into the file and does without a log until the session ends. Returns true if that, or an
    /// empty log, has made space.
    fn give_up_log(&mut self) -> bool {
        let connection = self.source.connection.lock();
        if connect::drop_log(&connection).is_ok() {
            self.presence.without_log();
            return !std::mem::replace(&mut self.is_without_log, true);
        }
        // Another lab reads it.
        connect::empty_log(&connection).is_ok()
    }

    fn store_event(&mut self, event: &SessionEvent) -> Result<(), Problem> {
        match event {
            SessionEvent::Machine(machine) => self.begin(machine),
            SessionEvent::Calibrated { calibrations } => self.calibrations(calibrations),
            SessionEvent::RoundsFixed { rounds } => self.rounds(*rounds),
            SessionEvent::CodeUsed(code) => self.code(code),
            SessionEvent::Finished(outcome) => self.finish(outcome),
            _ => Ok(()),
        }
    }

    fn write(&mut self, write: impl FnOnce(&Transaction<'_>) -> Result<(), Problem>) -> Result<(), Problem> {
        self.presence.check()?;
        let mut connection = self.source.connection.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        write(&transaction)?;
        transaction.commit()?;
        self.presence.written();
        if !self.is_without_log && free_space_for(&self.recorded.path).is_some_and(|free| free < SHORT_OF_SPACE_BYTES) {
            // It is committed all the same.
            let _ = connect::empty_log(&connection);
        }
        Ok(())
    }

    fn change_run(&mut self, sql: &str, values: impl Params) -> Result<(), Problem> {
        self.write(|transaction| {
            seal::change(transaction, "run", || {
                transaction.execute(sql, values)?;
                Ok(())
            })
        })
    }

    /// A session begins: the first one, or one that adds rounds.
    fn begin(&mut self, machine: &Machine) -> Result<(), Problem> {
        self.presence.check()?;
        if !self.is_without_log {
            self.source.begin_writing()?;
            self.presence.without_log();
        }
        self.write(|transaction| {
            let set = "UPDATE run SET status = ?1, reason = NULL, failure = NULL, headline = NULL";
            seal::change(transaction, "run", || {
                transaction.execute(set, [RunStatus::Running.name()])?;
                Ok(())
            })?;
            seal::change(transaction, "machine", || {
                transaction.execute("DELETE FROM machine", [])?;
                mirror::machine::write(machine).insert(transaction, "machine")?;
                Ok(())
            })
        })
    }

    fn calibrations(&mut self, all: &HostCalibrations) -> Result<(), Problem> {
        self.write(|transaction| {
            seal::change(transaction, "calibration", || {
                transaction.execute("DELETE FROM calibration", [])?;
                for row in mirror::calibrations::write(all) {
                    row.insert(transaction, "calibration")?;
                }
                Ok(())
            })
        })
    }

    fn rounds(&mut self, rounds: u32) -> Result<(), Problem> {
        self.change_run("UPDATE run SET rounds = ?1", [rounds])
    }

    fn code(&mut self, code: &[UsedCode]) -> Result<(), Problem> {
        let text = mirror::code::write(code)?;
        self.change_run("UPDATE run SET code = ?1", [text])
    }

    fn store_trial(&mut self, trial: &Trial) -> Result<Option<SpanStore>, Problem> {
        let contender = self.contenders.iter().position(|one| *one == trial.contender);
        let contender = contender.ok_or(Problem::MissingRow("contender"))? as i64 + 1;
        let spans = trial.measured.as_ref().map(|measured| measured.spans.load()).transpose()?;
        // The longest part, before the transaction.
        let blocks = spans.as_ref().map(|spans| encode_spans(spans)).transpose()?.unwrap_or_default();
        let beats = spans.as_ref().map_or(&[][..], |spans| &spans.beats).chunks(BEATS_A_BLOCK);
        let beats = blocks_of(beats, BEATS_A_BLOCK, encode_beats)?;
        let samples = blocks_of(trial.cpu.chunks(SAMPLES_A_BLOCK), SAMPLES_A_BLOCK, encode_samples)?;
        let check = |blocks: &[Block]| Some(seal::of_blocks(blocks));
        let checks = BlockChecks { spans: check(&blocks), beats: check(&beats), cpu: check(&samples) };
        let mut id = 0;
        self.write(|transaction| {
            let mut row = mirror::trial::write(trial, contender, spans.as_deref())?;
            checks.write(&mut row);
            row.number("id", seal::count_trial(transaction, trial.is_warmup())?).seal("trial");
            id = row.insert(transaction, "trial")?;
            for block in blocks {
                let mut row = RowOut::default();
                row.put("trial", id).number("first_task", block.first as u64).number("tasks", block.count as u64);
                row.put("data", block.data);
                row.insert(transaction, "span_block")?;
            }
            for block in beats {
                let mut row = RowOut::default();
                row.put("trial", id).number("first_beat", block.first as u64).number("beats", block.count as u64);
                row.put("data", block.data);
                row.insert(transaction, "heartbeat_block")?;
            }
            for block in samples {
                let mut row = RowOut::default();
                row.put("trial", id).number("first_sample", block.first as u64).number("samples", block.count as u64);
                row.put("data", block.data);
                row.insert(transaction, "cpu_block")?;
            }
            Ok(())
        })?;
        self.measured += usize::from(trial.counts());
        Ok(spans.map(|spans| {
            let recorded = RecordedSpans::new(Arc::clone(&self.source), id, Layout::of(&spans, checks));
            SpanStore::Spooled(Arc::new(recorded))
        }))
    }

    fn finish(&mut self, outcome: &Outcome) -> Result<(), Problem> {
        let (status, failure) = match outcome {
            Outcome::Done => (RunStatus::Completed, None),
            Outcome::Cancelled => (RunStatus::Cancelled, None),
            Outcome::Failed(failure) => (RunStatus::Failed, Some(mirror::failure::texts(failure)?)),
        };
        let (reason, failure) = failure.unzip();
        let set = "UPDATE run SET status = ?1, reason = ?2, failure = ?3";
        self.change_run(set, (status.name(), reason, failure))?;
        self.source.end_writing();
        self.is_without_log = false;
        // Where the log can't go, for another lab reads it, the next session finds it again.
        self.presence.without_log();
        self.presence.check()
    }
}

/// True where a log would take space that the file needs.
fn has_no_space_for_log(path: &Path) -> bool {
    free_space_for(path).is_some_and(|free| free < TOO_LITTLE_FOR_LOG_BYTES)
}

/// Encodes chunks of `size` items as blocks.
fn blocks_of<'a, T: 'a>(
    chunks: impl Iterator<Item = &'a [T]>,
    size: usize,
    encode: impl Fn(&[T]) -> std::io::Result<Vec<u8>>,
) -> std::io::Result<Vec<Block>> {
    let block =
        |(index, items): (usize, &[T])| Ok(Block { first: index * size, count: items.len(), data: encode(items)? });
    chunks.enumerate().map(block).collect()
}

/// Creates the tables in an empty database, with what is known before the first event.
fn fill(mut connection: Connection, id: &str, run: &NewRun) -> Result<Connection, Problem> {
    let transaction = connection.transaction()?;
    schema::create(&transaction)?;
    let experiment = &run.experiment;
    let settled = mirror::experiment::Settled::of(experiment);
    let mut row = RowOut::default();
    row.text("id", id)
        .text("name", run.name.as_str())
        .text("title", experiment.title.as_str())
        .put("started_at", units::rfc3339(run.started_at_ms))
        .number("started_at_ms", run.started_at_ms)
        .text("status", RunStatus::Running.name())
        .put("pinned", false)
        .text("experiment_id", experiment.id.as_str())
        .put("experiment", mirror::experiment::to_toml(experiment))
        .put("first_python", settled.first_python)
        .put("models_by_default", settled.models_by_default);
    row.insert(&transaction, "run")?;
    for row in mirror::points::write(experiment)? {
        row.insert(&transaction, "point")?;
    }
    for row in mirror::experiment::contenders(experiment) {
        row.insert(&transaction, "contender")?;
    }
    mirror::experiment::write_tasks(experiment, &transaction)?;
    for row in mirror::interpreters::write(&run.interpreters)? {
        row.insert(&transaction, "interpreter")?;
    }
    seal::seal_all(&transaction)?;
    transaction.commit()?;
    Ok(connection)
}
