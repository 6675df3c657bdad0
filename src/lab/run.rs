//! One run: its session, progress, results and what is derived from them.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use super::chips::{self, Chip};
use super::countdown::Countdown;
use super::forecast;
use super::guess::Guess;
use super::jobs::PackError;
use super::lane_details::LaneDetails;
use super::lanes::{Lanes, LanesKey};
use super::live_usage::LiveUsage;
use super::run_number;
use super::view_data::{Counted, ViewData};
use crate::analysis::distribution::Distributions;
use crate::analysis::metric::ModelContext;
use crate::analysis::{self, Analysis, RunAnalysis, Scaling, Summary};
use crate::code::OwnCode;
use crate::experiment::FEWEST_PAIRS;
use crate::failure::Failure;
use crate::model::Contender;
use crate::record::{NewRun, Recorder, Source};
use crate::results::{Results, RunResults};
use crate::session::{
    MoreRounds, NotStored, Observer, Outcome, QuietWait, Request, RunningSession, SessionEvent, Sessions, TrialSink,
    Waited,
};
use crate::trial::CpuSample;

/// Current activity of the session.
#[derive(Debug, Clone, PartialEq)]
pub enum Activity {
    /// Starting, and inspecting the machine.
    Starting,
    /// Waiting for other programs; `None` in the first second.
    WaitingForQuiet(Option<Waited>),
    /// Measuring the speed of the kernels.
    Calibrating,
    /// Running a trial.
    Trial {
        /// Index of the point.
        point: usize,
        /// Model of the trial.
        contender: Contender,
        /// Round of the trial; 0 and below are warm-ups.
        round: i32,
        /// Tasks done, and all tasks.
        done: Option<(u32, u32)>,
    },
}

/// A run, active or finished.
pub struct Run {
    /// Number of the run in this session.
    pub number: u64,
    /// Id of its record in the history, once it is known.
    pub(super) record_id: Option<String>,
    /// Title of the experiment, marked if it had been edited.
    pub name: String,
    /// Results so far, of all points of a sweep.
    pub all: RunResults,
    /// Analysis of the results; `None` before the first event that affects it.
    pub analyses: Option<RunAnalysis>,
    /// Index of the point that the views show.
    pub point: usize,
    /// Figures of that point that single views need.
    pub(super) view_data: ViewData,
    /// The user's guess before the run.
    pub guess: Option<Guess>,
    /// Current activity; `None` once the run has ended.
    pub doing: Option<Activity>,
    /// True once the session has been asked to stop.
    pub cancelling: bool,
    /// Per-core samples of the current trial.
    pub live: Vec<CpuSample>,
    /// Packed lanes; `None` while a job is packing them.
    pub lanes: HashMap<LanesKey, Option<Result<Arc<Lanes>, PackError>>>,
    /// Details that the timeline shows beside them after the run; `None` while a job is computing it.
    pub details: HashMap<LanesKey, Option<Arc<LaneDetails>>>,
    /// Code of the user's that its trials run.
    pub(super) code: Arc<[OwnCode]>,
    /// Writes the stored run; `None` if it is not stored.
    pub(super) recorder: Option<Arc<Recorder>>,
    /// Open file of a run that was read back.
    pub(super) stored: Option<Arc<Source>>,
    /// Reason why the run is not stored, until it has been reported.
    pub(super) not_stored: Option<NotStored>,
    /// True if what could not be stored is stored now, until it has been reported.
    pub(super) stored_again: bool,
    /// True while something of it could not be stored.
    pub(super) misses_storing: bool,
    /// True if the session has ended and the headline is not stored yet.
    pub(super) headline_due: bool,
    /// True if a sweep has ended and what its points show together is not computed yet.
    pub(super) findings_due: bool,
    pub(super) session: Option<RunningSession>,
    /// Wait before the run, if there is one.
    pub(super) quiet_wait: Option<QuietWait>,
    /// Countdown of the current session.
    pub(super) countdown: Countdown,
    pub(super) lasted_seconds: f64,
    /// CPU usage of the last half minute.
    pub live_usage: LiveUsage,
}

fn sink(recorder: Option<&Arc<Recorder>>) -> Option<Arc<dyn TrialSink>> {
    recorder.map(|recorder| Arc::clone(recorder) as Arc<dyn TrialSink>)
}

impl Run {
    /// Starts a session for an experiment.
    #[must_use]
    pub fn start(
        run: NewRun,
        code: Arc<[OwnCode]>,
        guess: Option<Guess>,
        when_quiet: Option<QuietWait>,
        recorder: Option<Arc<Recorder>>,
        sessions: &dyn Sessions,
        notify: Arc<dyn Observer>,
    ) -> Self {
        let NewRun { name, experiment, interpreters, started_at_ms } = run;
        let request = Request {
            experiment: Arc::clone(&experiment),
            interpreters: Arc::clone(&interpreters),
            when_quiet: when_quiet.clone(),
            more: None,
            sink: sink(recorder.as_ref()),
            notify,
            code: Arc::clone(&code),
        };
        let session = sessions.start(request);
        Self {
            guess,
            doing: Some(if when_quiet.is_some() { Activity::WaitingForQuiet(None) } else { Activity::Starting }),
            code,
            recorder,
            session: Some(session),
            quiet_wait: when_quiet,
            countdown: Countdown::of(f64::INFINITY),
            ..Self::without_session(name, RunResults::new(experiment, &interpreters, started_at_ms))
        }
    }

    /// Creates a run that has ended.
    pub(super) fn without_session(name: String, all: RunResults) -> Self {
        Self {
            number: run_number::next(),
            record_id: None,
            name,
            all,
            analyses: None,
            point: 0,
            view_data: ViewData::default(),
            guess: None,
            doing: None,
            cancelling: false,
            live: Vec::new(),
            lanes: HashMap::new(),
            details: HashMap::new(),
            code: Arc::default(),
            recorder: None,
            stored: None,
            not_stored: None,
            misses_storing: false,
            stored_again: false,
            headline_due: false,
            findings_due: false,
            session: None,
            quiet_wait: None,
            countdown: Countdown::of(0.0),
            lasted_seconds: 0.0,
            live_usage: LiveUsage::default(),
        }
    }

    /// Starts the countdown with the time that was expected before the run; infinite seconds are an unknown time.
    #[must_use]
    pub fn expecting(mut self, seconds: f64) -> Self {
        self.countdown = Countdown::of(seconds);
        self
    }

    /// Returns the results of the point that the views show.
    #[must_use]
    pub fn results(&self) -> &Results {
        self.all.points.get(self.point).unwrap_or_else(|| self.all.first())
    }

    /// Returns the analysis of the point that the views show; `None` before the first event that affects it.
    #[must_use]
    pub fn analysis(&self) -> Option<&Analysis> {
        self.analyses.as_ref()?.points.get(self.point)
    }

    /// Returns how the times of trials and tasks spread, at the point that the views show.
    #[must_use]
    pub fn distributions(&self) -> &Distributions {
        self.view_data.distributions(self.results())
    }

    /// Returns the CPU usage of a model from the system's counters; `None` if no trial was sampled.
    #[must_use]
    pub fn counted_usage(&self, contender: &Contender) -> Option<&Counted> {
        self.view_data.counted_usage(self.results(), contender)
    }

    /// Shows another point of a sweep; an index that there is not changes nothing.
    pub fn show_point(&mut self, point: usize) {
        if point < self.all.points.len() {
            self.point = point;
            self.view_data = ViewData::default();
        }
    }

    /// Returns what the points of a sweep show together.
    #[must_use]
    pub fn scaling(&self) -> Option<&Scaling> {
        self.analyses.as_ref()?.scaling.as_ref()
    }

    /// Continues a finished run with more rounds.
    pub fn more(&mut self, sessions: &dyn Sessions, notify: Arc<dyn Observer>) {
        let trials = || self.all.points.iter().flat_map(|point| &point.trials);
        let after_round = trials().map(|trial| trial.round).max().unwrap_or(0).max(0);
        let after_position = trials().map(|trial| trial.position).max().unwrap_or(0);
        let more = MoreRounds {
            after_round,
            after_position,
            rounds: self.further_rounds(),
            calibrations: self.results().calibrations.clone(),
        };
        let experiment = Arc::clone(&self.all.experiment);
        let interpreters = Arc::clone(&self.results().interpreters);
        let sink = sink(self.recorder.as_ref());
        let code = Arc::clone(&self.code);
        self.session = Some(sessions.start(Request {
            experiment,
            interpreters,
            when_quiet: None,
            more: Some(more),
            sink,
            notify,
            code,
        }));
        let seconds = f64::from(self.further_rounds()) * forecast::round_seconds(&self.all);
        for point in &mut self.all.points {
            point.outcome = None;
        }
        self.doing = Some(Activity::Starting);
        self.cancelling = false;
        // What still can't be stored is reported anew.
        self.misses_storing = false;
        self.countdown = Countdown::of(seconds);
    }

    /// Returns the number of rounds that "More rounds" adds: those that an interval still needs, at least 3.
    #[must_use]
    pub fn further_rounds(&self) -> u32 {
        (FEWEST_PAIRS as u32).saturating_sub(self.finished_rounds()).max(3)
    }

    /// Returns the number of measured rounds that every model has finished. A model that failed in all of its trials
    /// does not count, since it may not be tried again.
    #[must_use]
    pub fn finished_rounds(&self) -> u32 {
        let rounds = |results: &Results, contender: &Contender| {
            let mut trials = results.trials.iter().filter(|trial| trial.contender == *contender);
            let has_completed = trials.any(|trial| trial.completed().is_some());
            has_completed.then(|| results.measured(contender).count() as u32)
        };
        let at = |results: &Results| -> Vec<u32> {
            results.experiment.models.iter().filter_map(|contender| rounds(results, contender)).collect()
        };
        *self.view_data.finished_rounds.get_or_init(|| self.all.points.iter().flat_map(at).min().unwrap_or(0))
    }

    /// Returns the marks of the run, those that say least first; computed when they are first asked for after a trial.
    #[must_use]
    pub fn chips(&self) -> &[Chip] {
        self.view_data.chips.get_or_init(|| chips::of(self.finished_rounds(), self.analyses.as_ref()))
    }

    /// Returns the number of models with a measured trial.
    #[must_use]
    pub fn measured_models(&self) -> usize {
        let measured = |contender: &&Contender| self.results().measured(contender).any(|one| one.completed().is_some());
        self.results().experiment.models.iter().filter(measured).count()
    }

    /// Asks the session to stop.
    pub fn cancel(&mut self) {
        if let Some(session) = &self.session {
            session.cancel.cancel();
            self.cancelling = true;
        }
    }

    /// Returns true until the session has ended.
    #[must_use]
    pub const fn is_running(&self) -> bool {
        self.doing.is_some()
    }

    /// Returns true while it waits for other programs, before it has begun.
    #[must_use]
    pub const fn waits_for_quiet(&self) -> bool {
        matches!(self.doing, Some(Activity::WaitingForQuiet(_)))
    }

    /// Returns the outcome of the session.
    #[must_use]
    pub fn outcome(&self) -> Option<&Outcome> {
        self.all.first().outcome.as_ref()
    }

    /// Returns the seconds since the start, or the duration of a finished run.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        if self.is_running() { self.lasted_seconds + self.countdown.elapsed_seconds() } else { self.lasted_seconds }
    }

    /// Returns the expected seconds left; `None` while nobody can know.
    #[must_use]
    pub fn seconds_left(&self) -> Option<f64> {
        self.countdown.seconds_left()
    }

    /// Returns true where a trial takes longer than was expected of the rest of the run.
    #[must_use]
    pub fn is_overdue(&self) -> bool {
        self.countdown.is_overdue()
    }

    /// Returns the finished fraction of the run's time, 0 to 1; it never decreases.
    #[must_use]
    pub fn share_done(&self) -> f64 {
        self.countdown.share_done()
    }

    /// Returns the summary of a contender.
    #[must_use]
    pub fn summary(&self, contender: &Contender) -> Option<&Summary> {
        self.analysis()?.summaries.iter().find(|summary| summary.contender == *contender)
    }

    /// Returns a contender for its metrics; `None` before the first analysis.
    #[must_use]
    pub fn model(&self, contender: &Contender) -> Option<ModelContext<'_>> {
        let (analysis, summary) = (self.analysis()?, self.summary(contender)?);
        Some(ModelContext::new(self.results(), analysis, summary))
    }

    /// Applies everything that the session has sent. Returns true if anything changed.
    pub fn drain(&mut self) -> bool {
        let mut events = Vec::new();
        let mut disconnected = false;
        if let Some(session) = &self.session {
            loop {
                match session.events.try_recv() {
                    Ok(event) => events.push(event),
                    Err(crossbeam_channel::TryRecvError::Empty) => break,
                    Err(crossbeam_channel::TryRecvError::Disconnected) => {
                        disconnected = true;
                        break;
                    }
                }
            }
        }
        if disconnected && self.is_running() && !events.iter().any(|event| matches!(event, SessionEvent::Finished(_))) {
            events.push(SessionEvent::Finished(Outcome::Failed(Failure::SessionLost)));
        }
        let changed = !events.is_empty();
        let mut dirty = BTreeSet::new();
        for event in events {
            dirty.extend(self.apply(event));
        }
        if !dirty.is_empty() {
            self.analyse(&dirty);
        }
        changed
    }

    /// Recomputes the analyses of these points. What they show together takes longer: a job computes it after the run.
    fn analyse(&mut self, points: &BTreeSet<usize>) {
        self.view_data = ViewData::default();
        let Some(analyses) = &mut self.analyses else {
            self.analyses = Some(RunAnalysis::of_points(&self.all));
            return;
        };
        for point in points {
            if let (Some(analysis), Some(results)) = (analyses.points.get_mut(*point), self.all.points.get(*point)) {
                *analysis = analysis::analyse(results);
            }
        }
    }

    /// Applies an event. Returns the points whose statistics may have changed.
    fn apply(&mut self, event: SessionEvent) -> Range<usize> {
        self.live_usage.apply(&event);
        match &event {
            SessionEvent::WaitingForQuiet(waited) => {
                self.doing = Some(Activity::WaitingForQuiet(Some(*waited)));
                self.countdown.restart();
            }
            SessionEvent::Began { .. } => {
                self.doing = Some(Activity::Starting);
                self.countdown.restart();
            }
            SessionEvent::Calibrating => self.doing = Some(Activity::Calibrating),
            SessionEvent::TrialStarted { point, contender, round, seconds_left, .. } => {
                let (point, contender) = (*point as usize, contender.clone());
                self.doing = Some(Activity::Trial { point, contender, round: *round, done: None });
                self.countdown.set(seconds_left.or_else(|| forecast::seconds_left(&self.all, *round)));
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
                self.lasted_seconds += self.countdown.elapsed_seconds();
                self.doing = None;
                self.session = None;
                self.live.clear();
                self.findings_due = self.all.is_sweep();
                self.headline_due = !self.findings_due;
            }
            SessionEvent::NotStored(reason) => {
                self.not_stored = Some(reason.clone());
                self.misses_storing = true;
            }
            SessionEvent::StoredAgain => {
                self.misses_storing = false;
                self.stored_again = true;
            }
            SessionEvent::Machine(_)
            | SessionEvent::CodeUsed(_)
            | SessionEvent::Calibrated { .. }
            | SessionEvent::ClockStarted { .. }
            | SessionEvent::RoundsFixed { .. } => {}
        }
        self.all.apply(event)
    }
}
