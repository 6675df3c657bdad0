//! One run: the session under way, its progress, its results and what was derived from them.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use super::jobs::PackError;
use super::lanes::{Lanes, LanesKey};
use crate::analysis::metric::ModelContext;
use crate::analysis::{self, Analysis, Summary, estimate};
use crate::experiment::FEWEST_PAIRS;
use crate::failure::Failure;
use crate::model::Contender;
use crate::record::{NewRun, Recorder, Source};
use crate::results::Results;
use crate::session::{MoreRounds, NotStored, Outcome, Request, RunningSession, SessionEvent, Sessions, TrialSink};
use crate::trial::{CpuSample, Trial};

/// Starting a runner and waiting for its end, seconds: what a trial takes beside what is measured of it.
const PROCESS_SECONDS: f64 = 0.05;

/// What the session is doing now.
#[derive(Debug, Clone, PartialEq)]
pub enum Activity {
    /// Starting, looking at the machine.
    Starting,
    /// Measuring the kernels' speed.
    Calibrating,
    /// A trial.
    Trial {
        /// Of which model.
        contender: Contender,
        /// In which round; 0 and below are warm-ups.
        round: i32,
        /// Tasks done of all.
        done: Option<(u32, u32)>,
    },
}

/// A run, under way or over.
pub struct Run {
    /// What it is called: the title of its experiment, and whether that had been edited.
    pub name: String,
    /// Everything delivered so far.
    pub results: Results,
    /// All that is said about it; `None` before the first event that matters.
    pub analysis: Option<Analysis>,
    /// Which model the user thought would be fastest.
    pub guess: Option<Contender>,
    /// `None` once it is over.
    pub doing: Option<Activity>,
    /// The session has been asked to stop.
    pub cancelling: bool,
    /// Per-core samples of the trial under way.
    pub live: Vec<CpuSample>,
    /// Packed lanes; `None` while a job packs them.
    pub lanes: HashMap<LanesKey, Option<Result<Arc<Lanes>, PackError>>>,
    /// Stores it; `None` where it is not to be stored.
    pub(super) recorder: Option<Arc<Recorder>>,
    /// The open file of a run that was read back.
    pub(super) stored: Option<Arc<Source>>,
    /// Why it is not being stored, until that has been reported.
    pub(super) not_stored: Option<NotStored>,
    /// The session has ended and the headline is not stored yet.
    pub(super) headline_due: bool,
    pub(super) session: Option<RunningSession>,
    pub(super) seconds_left: Option<(f64, Instant)>,
    /// Seconds that the part under way will probably take, by what was known when it was started.
    pub(super) expected_seconds: f64,
    /// The largest share done that was shown: a bar that goes back says nothing.
    pub(super) shown_share: Cell<f64>,
    pub(super) started: Instant,
    pub(super) lasted_seconds: f64,
}

fn sink(recorder: Option<&Arc<Recorder>>) -> Option<Arc<dyn TrialSink>> {
    recorder.map(|recorder| Arc::clone(recorder) as Arc<dyn TrialSink>)
}

impl Run {
    /// Starts a session for an experiment.
    #[must_use]
    pub fn start(
        run: NewRun,
        guess: Option<Contender>,
        recorder: Option<Arc<Recorder>>,
        sessions: &dyn Sessions,
        notify: Arc<dyn Fn() + Send + Sync>,
    ) -> Self {
        let NewRun { name, experiment, interpreters, started_at_ms } = run;
        let request = Request {
            experiment: Arc::clone(&experiment),
            interpreters: Arc::clone(&interpreters),
            more: None,
            sink: sink(recorder.as_ref()),
            notify,
        };
        let session = sessions.start(request);
        let results = Results::new(experiment, interpreters, started_at_ms);
        Self {
            name,
            expected_seconds: estimate::run_seconds(&results.experiment, &results.nominal, results.logical_cpus()),
            shown_share: Cell::new(0.0),
            results,
            analysis: None,
            guess,
            doing: Some(Activity::Starting),
            cancelling: false,
            live: Vec::new(),
            lanes: HashMap::new(),
            recorder,
            stored: None,
            not_stored: None,
            headline_due: false,
            session: Some(session),
            seconds_left: None,
            started: Instant::now(),
            lasted_seconds: 0.0,
        }
    }

    /// Continues a run that is over.
    pub fn more(&mut self, sessions: &dyn Sessions, notify: Arc<dyn Fn() + Send + Sync>) {
        let after_round = self.results.trials.iter().map(|trial| trial.round).max().unwrap_or(0).max(0);
        let after_position = self.results.trials.iter().map(|trial| trial.position).max().unwrap_or(0);
        let more = MoreRounds {
            after_round,
            after_position,
            rounds: self.further_rounds(),
            calibrations: self.results.calibrations.clone(),
        };
        let experiment = Arc::clone(&self.results.experiment);
        let interpreters = Arc::clone(&self.results.interpreters);
        let sink = sink(self.recorder.as_ref());
        self.session = Some(sessions.start(Request { experiment, interpreters, more: Some(more), sink, notify }));
        self.expected_seconds = f64::from(self.further_rounds()) * self.round_seconds();
        self.shown_share.set(0.0);
        self.results.outcome = None;
        self.doing = Some(Activity::Starting);
        self.cancelling = false;
        self.seconds_left = None;
        self.started = Instant::now();
    }

    /// How many rounds "More rounds" adds: what an interval still needs, at least 3.
    #[must_use]
    pub fn further_rounds(&self) -> u32 {
        (FEWEST_PAIRS as u32).saturating_sub(self.finished_rounds()).max(3)
    }

    /// Measured rounds that every model has finished. A model that has failed in all of its trials
    /// does not hold the others back: it may not be tried again.
    #[must_use]
    pub fn finished_rounds(&self) -> u32 {
        let able = |contender: &&Contender| {
            let mut trials = self.results.trials.iter().filter(|trial| trial.contender == **contender);
            trials.any(|trial| trial.completed().is_some())
        };
        let rounds = |contender: &Contender| self.results.measured(contender).count() as u32;
        self.results.experiment.models.iter().filter(able).map(rounds).min().unwrap_or(0)
    }

    /// How many models have a measured trial.
    #[must_use]
    pub fn measured_models(&self) -> usize {
        let measured = |contender: &&Contender| self.results.measured(contender).any(|one| one.completed().is_some());
        self.results.experiment.models.iter().filter(measured).count()
    }

    /// Asks the session to stop.
    pub fn cancel(&mut self) {
        if let Some(session) = &self.session {
            session.cancel.cancel();
            self.cancelling = true;
        }
    }

    /// True until the session has ended.
    #[must_use]
    pub const fn is_running(&self) -> bool {
        self.doing.is_some()
    }

    /// How it ended.
    #[must_use]
    pub const fn outcome(&self) -> Option<&Outcome> {
        self.results.outcome.as_ref()
    }

    /// Seconds since it was started, or that it took.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        if self.is_running() { self.lasted_seconds + self.started.elapsed().as_secs_f64() } else { self.lasted_seconds }
    }

    /// Seconds that are probably left, counted down since the session last said.
    #[must_use]
    pub fn seconds_left(&self) -> Option<f64> {
        self.seconds_left.map(|(seconds, said)| (seconds - said.elapsed().as_secs_f64()).max(0.0))
    }

    /// Seconds that all of it will probably take, by the estimate from before it was started or, of more
    /// rounds, by the rounds that there are.
    #[must_use]
    pub const fn expected_seconds(&self) -> f64 {
        self.expected_seconds
    }

    /// Seconds of one measured round, by the trials so far.
    fn round_seconds(&self) -> f64 {
        let seconds = |contender: &Contender| {
            let trials = self.results.measured(contender).filter_map(Trial::completed);
            let each = trials.map(|one| (one.setup_nanos + one.wall_nanos + one.teardown_nanos) as f64 / 1e9);
            let (count, sum) = each.fold((0.0, 0.0), |(count, sum), seconds| (count + 1.0, sum + seconds));
            if count > 0.0 { sum / count + PROCESS_SECONDS } else { 0.0 }
        };
        self.results.experiment.models.iter().map(seconds).sum()
    }

    /// Share of the run's time that is over, 0 to 1; it never falls. Until the session says how much is
    /// left, by the estimate, and never beyond nine tenths of it.
    #[must_use]
    pub fn share_done(&self) -> f64 {
        let gone = self.started.elapsed().as_secs_f64();
        let share = match self.seconds_left() {
            Some(left) => gone / (gone + left).max(f64::MIN_POSITIVE),
            None => (gone / self.expected_seconds.max(f64::MIN_POSITIVE)).min(0.9),
        };
        let share = share.max(self.shown_share.get());
        self.shown_share.set(share);
        share
    }

    /// The summary of a contender.
    #[must_use]
    pub fn summary(&self, contender: &Contender) -> Option<&Summary> {
        self.analysis.as_ref()?.summaries.iter().find(|summary| summary.contender == *contender)
    }

    /// A contender as its metrics see it; `None` before the first analysis.
    #[must_use]
    pub fn model(&self, contender: &Contender) -> Option<ModelContext<'_>> {
        let (analysis, summary) = (self.analysis.as_ref()?, self.summary(contender)?);
        Some(ModelContext::new(&self.results, analysis, summary))
    }

    /// Takes in all that the session has sent. Returns true where anything has changed.
    pub fn drain(&mut self) -> bool {
        let mut events = Vec::new();
        let mut gone = false;
        if let Some(session) = &self.session {
            loop {
                match session.events.try_recv() {
                    Ok(event) => events.push(event),
                    Err(crossbeam_channel::TryRecvError::Empty) => break,
                    Err(crossbeam_channel::TryRecvError::Disconnected) => {
                        gone = true;
                        break;
                    }
                }
            }
        }
        if gone && self.is_running() && !events.iter().any(|event| matches!(event, SessionEvent::Finished(_))) {
            events.push(SessionEvent::Finished(Outcome::Failed(Failure::SessionLost)));
        }
        let changed = !events.is_empty();
        let mut statistics = false;
        for event in events {
            statistics |= self.apply(event);
        }
        if statistics {
            self.analysis = Some(analysis::analyse(&self.results));
        }
        changed
    }

    fn apply(&mut self, event: SessionEvent) -> bool {
        match &event {
            SessionEvent::Calibrating => self.doing = Some(Activity::Calibrating),
            SessionEvent::TrialStarted { contender, round, seconds_left, .. } => {
                self.doing = Some(Activity::Trial { contender: contender.clone(), round: *round, done: None });
                self.seconds_left = seconds_left.map(|seconds| (seconds, Instant::now()));
                self.live.clear();
            }
            SessionEvent::Progress { done: so_far, tasks } => {
                if let Some(Activity::Trial { done, .. }) = &mut self.doing {
                    *done = Some((*so_far, *tasks));
                }
            }
            SessionEvent::CpuSampled(sample) => self.live.push(sample.clone()),
            SessionEvent::TrialFinished(_) => self.live.clear(),
            SessionEvent::Finished(_) => {
                self.lasted_seconds += self.started.elapsed().as_secs_f64();
                self.doing = None;
                self.session = None;
                self.seconds_left = None;
                self.live.clear();
                self.headline_due = true;
            }
            SessionEvent::NotStored(reason) => {
                self.not_stored = Some(reason.clone());
                self.recorder = None;
            }
            SessionEvent::Machine(_) | SessionEvent::Calibrated { .. } | SessionEvent::RoundsFixed { .. } => {}
        }
        self.results.apply(event)
    }

    /// The trial that stands for a model on the timeline: of the round asked for, else the measured
    /// one nearest the median, else the warm-up.
    #[must_use]
    pub fn shown_trial(&self, contender: &Contender, round: Option<i32>) -> Option<&Trial> {
        let completed = || {
            let trials = self.results.trials.iter();
            trials.filter(move |trial| trial.contender == *contender && trial.completed().is_some())
        };
        if let Some(round) = round {
            return completed().find(|trial| trial.round == round);
        }
        let mut measured: Vec<&Trial> = completed().filter(|trial| !trial.is_warmup()).collect();
        measured.sort_by_key(|trial| trial.completed().map(|measured| measured.wall_nanos));
        let middle = measured.len().saturating_sub(1) / 2;
        measured.get(middle).copied().or_else(|| completed().next_back())
    }

    /// The key of that trial's lanes.
    #[must_use]
    pub fn lanes_key(&self, contender: &Contender, round: Option<i32>) -> Option<LanesKey> {
        let trial = self.shown_trial(contender, round)?;
        Some(LanesKey { contender: contender.clone(), round: trial.round, position: trial.position })
    }

    /// The packed lanes of a model, where they are at hand.
    #[must_use]
    pub fn lanes_of(&self, contender: &Contender, round: Option<i32>) -> Option<&Arc<Lanes>> {
        self.lanes.get(&self.lanes_key(contender, round)?)?.as_ref()?.as_ref().ok()
    }
}
