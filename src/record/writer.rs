//! Writing a run to its file: each event and each trial in a transaction of its own, so that a lab that is killed at any
//! moment loses no trial that was finished.
//!
//! While a session runs the file has a write-ahead log beside it: a commit then costs no flush to the disk, survives
//! the death of the lab, and a power failure can lose the latest trials but damage none. Between sessions the file
//! stands alone.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use rusqlite::{Connection, Params, Transaction, TransactionBehavior};

use super::blocks::{BEATS_A_BLOCK, Block, encode_beats, encode_spans};
use super::connect::{self, Shared};
use super::error::{Problem, RecordError};
use super::mirror::trial::{BlockChecks, Layout};
use super::mirror::{self, row::RowOut};
use super::presence::Presence;
use super::recorded::Recorded;
use super::samples::{SAMPLES_A_BLOCK, encode_samples};
use super::source::{RecordedSpans, Source};
use super::status::RunStatus;
use super::store::{Store, remove_with_companions};
use super::{schema, seal};
use crate::code::UsedCode;
use crate::experiment::Experiment;
use crate::model::Contender;
use crate::python::Interpreters;
use crate::results::RunResults;
use crate::session::{HostCalibrations, Machine, NotStored, Outcome, SessionEvent, TrialSink};
use crate::trial::{SpanStore, Status, Trial};
use crate::units;

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
enum Target {
    History(Store),
    /// In memory, to be copied to a file in the end.
    Memory,
}

/// Records one run, with the rounds that are added later. The file is created with the first event, on the session's
/// thread.
#[derive(Debug)]
pub struct Recorder {
    run: NewRun,
    target: Target,
    state: Mutex<State>,
    /// Start of a run that has waited.
    began_at_ms: OnceLock<u64>,
}

#[derive(Debug)]
enum State {
    /// Nothing has happened yet.
    Waiting,
    /// Events are being stored.
    Open(Writer),
    /// Something could not be stored: it comes first when storing is tried again, so that the record has no gap.
    Behind {
        /// `None` if the file could not be created.
        writer: Option<Writer>,
        /// In their order.
        missed: VecDeque<Missed>,
    },
}

/// Something that could not be stored yet.
#[derive(Debug)]
enum Missed {
    Event(SessionEvent),
    Trial(Box<Trial>),
}

impl Recorder {
    /// Records into the history.
    #[must_use]
    pub const fn in_history(store: Store, run: NewRun) -> Self {
        Self { run, target: Target::History(store), state: Mutex::new(State::Waiting), began_at_ms: OnceLock::new() }
    }

    /// Records in memory, for a run that is to be copied to a file and kept nowhere else.
    #[must_use]
    pub const fn in_memory(run: NewRun) -> Self {
        Self { run, target: Target::Memory, state: Mutex::new(State::Waiting), began_at_ms: OnceLock::new() }
    }

    /// Records a run that is over from its results, in memory: for a run that could not be stored while it ran.
    ///
    /// # Errors
    /// Reason: spans that can't be read back, for example.
    pub fn of_results(run: NewRun, results: &RunResults) -> Result<Self, NotStored> {
        let first = results.first();
        let recorder = Self::in_memory(NewRun { started_at_ms: first.started_at_ms, ..run });
        let machine = first.machine.clone().map(SessionEvent::Machine);
        let calibrated = SessionEvent::Calibrated { calibrations: first.calibrations.clone() };
        let rounds = first.rounds.map(|rounds| SessionEvent::RoundsFixed { rounds });
        let code = (!first.code.is_empty()).then(|| SessionEvent::CodeUsed(first.code.clone()));
        for event in machine.into_iter().chain(code).chain([calibrated]).chain(rounds) {
            recorder.event(&event)?;
        }
        for (_, trial) in results.trials() {
            recorder.trial(trial)?;
        }
        if let Some(outcome) = first.outcome.clone() {
            recorder.event(&SessionEvent::Finished(outcome))?;
        }
        Ok(recorder)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Path of the record; `None` before the first event, and where it could not be stored completely.
    #[must_use]
    pub fn recorded(&self) -> Option<Recorded> {
        match &*self.state() {
            State::Open(writer) => Some(writer.recorded.clone()),
            State::Waiting | State::Behind { .. } => None,
        }
    }

    /// Id of the record, for callers that must not wait. The outer `None`: it is being written just now. The inner one: there
    /// is no record.
    #[must_use]
    pub fn id_now(&self) -> Option<Option<String>> {
        Some(match &*self.state.try_lock().ok()? {
            State::Open(writer) => Some(writer.recorded.id.clone()),
            State::Waiting | State::Behind { .. } => None,
        })
    }

    /// The file of the record, to copy it; `None` where there is none.
    #[must_use]
    pub fn source(&self) -> Option<Arc<Source>> {
        match &*self.state() {
            State::Open(writer) => Some(Arc::clone(&writer.source)),
            State::Waiting | State::Behind { .. } => None,
        }
    }

    /// Stores the headline of the verdict, which lists of runs show. Blocks.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn set_headline(&self, headline: &str) -> Result<(), RecordError> {
        let State::Open(writer) = &*self.state() else { return Ok(()) };
        let written = schema::set_headline(&writer.source.connection.lock(), headline);
        written.map_err(|problem| problem.writing(&writer.recorded.path))
    }

    /// Stores what was missed before, and then what `store` does. Afterwards the state is [`State::Open`], or
    /// [`State::Behind`] with an error.
    fn store<T>(&self, store: impl FnOnce(&mut Writer) -> Result<T, Problem>) -> Result<T, NotStored> {
        let mut state = self.state();
        let (writer, mut missed) = match std::mem::replace(&mut *state, State::Waiting) {
            State::Waiting => (None, VecDeque::new()),
            State::Open(writer) => (Some(writer), VecDeque::new()),
            State::Behind { writer, missed } => (writer, missed),
        };
        let create = || {
            let started_at_ms = self.began_at_ms.get().copied().unwrap_or(self.run.started_at_ms);
            Writer::create(&NewRun { started_at_ms, ..self.run.clone() }, &self.target)
        };
        let mut writer = match writer.map_or_else(create, Ok) {
            Ok(writer) => writer,
            Err(error) => {
                *state = State::Behind { writer: None, missed };
                return Err(NotStored::new(error));
            }
        };
        match writer.catch_up(&mut missed).and_then(|()| store(&mut writer)) {
            Ok(stored) => {
                *state = State::Open(writer);
                Ok(stored)
            }
            Err(problem) => {
                let path = writer.recorded.path.clone();
                *state = State::Behind { writer: Some(writer), missed };
                Err(NotStored::new(problem.writing(&path)))
            }
        }
    }

    /// Removes the file of a run that was cancelled before its first trial was over, or of which no trial could be stored:
    /// it would be listed, and tell nothing. Where another file has taken its name, only the log goes.
    fn remove_without_trial(&self, outcome: &Outcome) {
        let Target::History(store) = &self.target else { return };
        let mut state = self.state();
        if let State::Behind { writer: Some(writer), .. } = &*state
            && writer.presence.check().is_err()
        {
            let presence = writer.presence.clone();
            if let State::Behind { missed, .. } = std::mem::replace(&mut *state, State::Waiting) {
                *state = State::Behind { writer: None, missed };
            }
            presence.remove_log();
            return;
        }
        let id = match &*state {
            State::Open(writer) if *outcome == Outcome::Cancelled => writer.id_without_trial(),
            State::Behind { writer: Some(writer), .. } => writer.id_without_trial(),
            State::Waiting | State::Open(_) | State::Behind { .. } => None,
        };
        let Some(id) = id else { return };
        // The file is closed before it is removed.
        *state = match std::mem::replace(&mut *state, State::Waiting) {
            State::Behind { missed, .. } => State::Behind { writer: None, missed },
            State::Waiting | State::Open(_) => State::Waiting,
        };
        // One that another lab uses just now stays, and is listed as cancelled or interrupted.
        store.delete_unused(&id);
    }

    /// Keeps what could not be stored, for the next time.
    fn miss(&self, what: Missed) {
        if let State::Behind { missed, .. } = &mut *self.state() {
            missed.push_back(what);
        }
    }
}

impl TrialSink for Recorder {
    fn event(&self, event: &SessionEvent) -> Result<(), NotStored> {
        if let SessionEvent::Began { at_ms } = event {
            self.began_at_ms.get_or_init(|| *at_ms);
        }
        if !Writer::stores(event) {
            let is_behind = matches!(*self.state(), State::Behind { .. });
            return if is_behind { self.store(|_| Ok(())) } else { Ok(()) };
        }
        let stored = self.store(|writer| writer.event(event)).inspect_err(|_| self.miss(Missed::Event(event.clone())));
        if let SessionEvent::Finished(outcome) = event {
            self.remove_without_trial(outcome);
        }
        stored?;
        if let (SessionEvent::Finished(_), Target::History(store)) = (event, &self.target) {
            // What can't be removed now is tried again after the next run.
            let _ = store.enforce_retention();
        }
        Ok(())
    }

    fn trial(&self, trial: &Trial) -> Result<Option<SpanStore>, NotStored> {
        self.store(|writer| writer.trial(trial))
    }

    fn keep(&self, trial: &Trial) {
        self.miss(Missed::Trial(Box::new(trial.clone())));
    }
}

#[derive(Debug)]
struct Writer {
    recorded: Recorded,
    source: Arc<Source>,
    presence: Presence,
    contenders: Vec<Contender>,
    has_trial: bool,
}

impl Writer {
    fn create(run: &NewRun, target: &Target) -> Result<Self, RecordError> {
        let (recorded, lock) = match target {
            Target::History(store) => store.create(run.started_at_ms)?,
            Target::Memory => (Recorded { id: String::new(), path: PathBuf::new() }, None),
        };
        let path = recorded.path.clone();
        let connection = match target {
            Target::History(_) => connect::for_writing(&path),
            Target::Memory => connect::in_memory(),
        };
        let connection = connection.and_then(|connection| fill(connection, &recorded.id, run)).map_err(|problem| {
            if matches!(target, Target::History(_)) {
                // Nothing is in it; the reason is reported, and whatever prevents the removal is the lesser problem.
                let _ = remove_with_companions(&path);
            }
            problem.writing(&path)
        })?;
        let presence = Presence::of(&path).map_err(|error| Problem::Io(error).at(&path))?;
        let source = Source { path, connection: Shared::new(connection), lock, _copy: None };
        let contenders = run.experiment.models.clone();
        Ok(Self { recorded, source: Arc::new(source), presence, contenders, has_trial: false })
    }

    /// Returns the id of a record that holds no trial that was over, unless somebody wants to keep it.
    fn id_without_trial(&self) -> Option<String> {
        let wanted = "SELECT pinned OR note IS NOT NULL FROM run";
        let is_wanted = || self.source.connection.lock().query_row(wanted, [], |row| row.get::<_, bool>(0));
        (!self.has_trial && is_wanted().is_ok_and(|wanted| !wanted)).then(|| self.recorded.id.clone())
    }

    /// Returns true for events that say something that is stored.
    const fn stores(event: &SessionEvent) -> bool {
        use SessionEvent::{Calibrated, CodeUsed, Finished, Machine, RoundsFixed};
        matches!(event, Machine(_) | Calibrated { .. } | RoundsFixed { .. } | CodeUsed(_) | Finished(_))
    }

    /// Stores an event of those that [`Self::stores`] names.
    fn event(&mut self, event: &SessionEvent) -> Result<(), Problem> {
        match event {
            SessionEvent::Machine(machine) => self.begin(machine),
            SessionEvent::Calibrated { calibrations } => self.calibrations(calibrations),
            SessionEvent::RoundsFixed { rounds } => self.rounds(*rounds),
            SessionEvent::CodeUsed(code) => self.code(code),
            SessionEvent::Finished(outcome) => self.finish(outcome),
            _ => Ok(()),
        }
    }

    /// Stores what was missed, in its order, until something can't be stored.
    fn catch_up(&mut self, missed: &mut VecDeque<Missed>) -> Result<(), Problem> {
        while let Some(next) = missed.front() {
            match next {
                Missed::Event(event) => self.event(event)?,
                Missed::Trial(trial) => drop(self.trial(trial)?),
            }
            missed.pop_front();
        }
        Ok(())
    }

    fn write(&mut self, write: impl FnOnce(&Transaction<'_>) -> Result<(), Problem>) -> Result<(), Problem> {
        self.presence.check()?;
        let mut connection = self.source.connection.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        write(&transaction)?;
        transaction.commit()?;
        self.presence.written();
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
        self.source.begin_writing()?;
        self.presence.without_log();
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

    fn trial(&mut self, trial: &Trial) -> Result<Option<SpanStore>, Problem> {
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
        self.has_trial |= trial.status != Status::Cancelled;
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
        // Where the log can't go, for another lab reads it, the next session finds it again.
        self.presence.without_log();
        self.presence.check()
    }
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
    connect::use_log(&connection)?;
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
