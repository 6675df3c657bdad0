//! The recorder of a run: stores what a session delivers, keeps what can't be stored for the next time, and takes away the
//! file of a run without a trial.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::error::{Problem, RecordError};
use super::recorded::Recorded;
use super::schema;
use super::source::Source;
use super::store::Store;
use super::writer::{NewRun, Target, Writer};
use crate::results::RunResults;
use crate::session::{NotStored, Outcome, SessionEvent, TrialSink};
use crate::trial::{SpanStore, Trial};

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

/// The part of a run that is not stored.
#[derive(Debug)]
pub struct Unstored {
    /// Measured trials that were over.
    pub trials: usize,
    /// Id of the record with the other trials; `None` where there is none.
    pub id: Option<String>,
    /// Reason of the last attempt.
    pub reason: NotStored,
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
        /// Of the last attempt.
        reason: NotStored,
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

    /// The part of the run that is not stored; `None` where all of it is.
    #[must_use]
    pub fn unstored(&self) -> Option<Unstored> {
        match &*self.state() {
            State::Behind { writer, missed, reason } => {
                let missed = missed.iter().filter(|missed| is_measured(missed)).count();
                let (there, gone): (Option<&Writer>, Option<&Writer>) = match writer {
                    Some(writer) if writer.presence.check().is_err() => (None, Some(writer)),
                    writer => (writer.as_ref(), None),
                };
                Some(Unstored {
                    trials: missed + gone.map_or(0, |writer| writer.measured),
                    id: there.map(|writer| writer.recorded.id.clone()),
                    reason: reason.clone(),
                })
            }
            State::Waiting | State::Open(_) => None,
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
        let started_at_ms = self.began_at_ms.get().copied().unwrap_or(self.run.started_at_ms);
        let (writer, mut missed) = match std::mem::replace(&mut *state, State::Waiting) {
            State::Waiting => (None, VecDeque::new()),
            State::Open(writer) => (Some(writer), VecDeque::new()),
            State::Behind { writer: Some(writer), missed, .. } => match self.anew_if_gone(&writer, started_at_ms) {
                Ok(anew) => (Some(anew.unwrap_or(writer)), missed),
                Err(error) => {
                    let reason = NotStored::new(Problem::NotAnew(Box::new(error)).at(&writer.recorded.path));
                    *state = State::Behind { writer: Some(writer), missed, reason: reason.clone() };
                    return Err(reason);
                }
            },
            State::Behind { writer: None, missed, .. } => (None, missed),
        };
        let create = || Writer::create(&NewRun { started_at_ms, ..self.run.clone() }, &self.target);
        let mut writer = match writer.map_or_else(create, Ok) {
            Ok(writer) => writer,
            Err(error) => {
                let reason = NotStored::new(error);
                *state = State::Behind { writer: None, missed, reason: reason.clone() };
                return Err(reason);
            }
        };
        match catch_up(&mut writer, &mut missed).and_then(|()| store(&mut writer)) {
            Ok(stored) => {
                *state = State::Open(writer);
                Ok(stored)
            }
            Err(problem) => {
                let reason = NotStored::new(problem.writing(&writer.recorded.path));
                *state = State::Behind { writer: Some(writer), missed, reason: reason.clone() };
                Err(reason)
            }
        }
    }

    /// Stores the run anew if another program has removed or replaced its file and it can still be read. That this was so
    /// has been reported. `None` where its file is there.
    fn anew_if_gone(&self, writer: &Writer, started_at_ms: u64) -> Result<Option<Writer>, RecordError> {
        match &self.target {
            Target::History(store) if writer.presence.check().is_err() => writer.anew(store, started_at_ms).map(Some),
            Target::History(_) | Target::Memory => Ok(None),
        }
    }

    /// Stores the end of a run. There is no later attempt: where its file has gone it is stored anew at once, unless
    /// nothing was measured.
    fn finish(&self, event: &SessionEvent, outcome: &Outcome) -> Result<(), NotStored> {
        let stored = self.store(|writer| writer.event(event)).inspect_err(|_| self.miss(Missed::Event(event.clone())));
        let is_worth_it = match &*self.state() {
            State::Behind { writer: Some(writer), missed, .. } => {
                writer.presence.check().is_err() && (missed.iter().any(is_measured) || !writer.is_unmeasured())
            }
            State::Behind { writer: None, .. } | State::Waiting | State::Open(_) => false,
        };
        let stored = if is_worth_it { self.store(|_| Ok(())) } else { stored };
        self.remove_if_unmeasured(outcome);
        stored
    }

    /// Removes the file of a run that was cancelled before a measured trial was over, or of which none could be stored: it
    /// would be listed, and tell nothing. Where another file has taken its name, only the log goes.
    fn remove_if_unmeasured(&self, outcome: &Outcome) {
        let Target::History(store) = &self.target else { return };
        let mut state = self.state();
        if let State::Behind { writer: Some(writer), .. } = &*state
            && writer.presence.check().is_err()
        {
            let presence = writer.presence.clone();
            // What was measured may still be read from it, and be stored once that is possible.
            if writer.measured == 0 {
                close(&mut state);
            }
            presence.remove_log();
            return;
        }
        let writer = match &*state {
            State::Open(writer) if *outcome == Outcome::Cancelled => Some(writer),
            State::Behind { writer, .. } => writer.as_ref(),
            State::Waiting | State::Open(_) => None,
        };
        let Some(id) = writer.filter(|writer| writer.is_unmeasured()).map(|writer| writer.recorded.id.clone()) else {
            return;
        };
        // The file is closed before it is removed.
        close(&mut state);
        // One that another lab uses just now goes with a later list.
        let _ = store.remove_unmeasured(&id);
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
        let SessionEvent::Finished(outcome) = event else {
            let stored = self.store(|writer| writer.event(event));
            return stored.inspect_err(|_| self.miss(Missed::Event(event.clone())));
        };
        self.finish(event, outcome)?;
        if let Target::History(store) = &self.target {
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

/// Closes the file. What was missed is kept.
fn close(state: &mut State) {
    *state = match std::mem::replace(state, State::Waiting) {
        State::Behind { missed, reason, .. } => State::Behind { writer: None, missed, reason },
        State::Waiting | State::Open(_) => State::Waiting,
    };
}

/// True for a measured trial that was over.
fn is_measured(missed: &Missed) -> bool {
    matches!(missed, Missed::Trial(trial) if trial.counts())
}

/// Stores what was missed, in its order, until something can't be stored.
fn catch_up(writer: &mut Writer, missed: &mut VecDeque<Missed>) -> Result<(), Problem> {
    while let Some(next) = missed.front() {
        match next {
            Missed::Event(event) => writer.event(event)?,
            Missed::Trial(trial) => drop(writer.trial(trial)?),
        }
        missed.pop_front();
    }
    Ok(())
}
