//! Scripted sessions, trials made of numbers, and the window around them.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use concurrency_lab::app::{App, SettingsFile};
use concurrency_lab::clock::StampClock;
use concurrency_lab::code::Consents;
use concurrency_lab::experiment::{Experiment, SamplingPlan, TrialCount};
use concurrency_lab::failure::{Failure, InterpreterFailure, ReportedProblem};
use concurrency_lab::lab::Services;
use concurrency_lab::model::{Contender, ModelId};
use concurrency_lab::python::{Interpreter, Interpreters, Rejected};
use concurrency_lab::record::Store;
use concurrency_lab::selfcheck::{RunningSelfcheck, SelfcheckEvent};
use concurrency_lab::session::machine::{Limits, Machine};
use concurrency_lab::session::{
    CancelFlag, FreeSpace, Headroom, Observer, Outcome, Request, RunningSession, SessionEvent, Sessions,
};
use concurrency_lab::trial::{Measured, Span, SpanStore, SpanSummary, Spans, Status, Trial, Usage};
use concurrency_lab::workload::{PlanStep, Step, Workload};
use crossbeam_channel::{Sender, unbounded};
use eframe::egui;
use egui_kittest::{Harness, HarnessBuilder};

/// A session that a test plays.
pub struct Played {
    pub request: Request,
    pub send: Sender<SessionEvent>,
    pub cancel: CancelFlag,
}

/// Starts sessions that wait for what the test sends.
#[derive(Default)]
pub struct Script(Mutex<Vec<Played>>, Mutex<Vec<PlayedSelfcheck>>);

/// A self-check that a test plays.
pub struct PlayedSelfcheck {
    pub send: Sender<SelfcheckEvent>,
    pub cancel: CancelFlag,
    window: Arc<dyn Observer>,
}

impl Sessions for Script {
    fn start(&self, request: Request) -> RunningSession {
        let (send, events) = unbounded();
        let cancel = CancelFlag::default();
        self.played().push(Played { request, send, cancel: cancel.clone() });
        RunningSession { events, cancel }
    }
}

impl Script {
    pub fn played(&self) -> MutexGuard<'_, Vec<Played>> {
        self.0.lock().expect("no test thread panicked")
    }

    fn start_selfcheck(&self, window: Arc<dyn Observer>) -> RunningSelfcheck {
        let (send, events) = unbounded();
        let cancel = CancelFlag::default();
        self.selfchecks().push(PlayedSelfcheck { send, cancel: cancel.clone(), window });
        RunningSelfcheck { events, cancel }
    }

    pub fn selfchecks(&self) -> MutexGuard<'_, Vec<PlayedSelfcheck>> {
        self.1.lock().expect("no test thread panicked")
    }

    /// Sends events of the last self-check and wakes the window.
    pub fn send_selfcheck(&self, events: impl IntoIterator<Item = SelfcheckEvent>) {
        let played = self.selfchecks();
        let last = played.last().expect("a self-check was started");
        for event in events {
            last.send.send(event).expect("the window listens");
            last.window.event_sent();
        }
    }

    /// Returns the observer of the last session.
    pub fn observer(&self) -> Arc<dyn Observer> {
        Arc::clone(&self.played().last().expect("a session was started").request.notify)
    }

    /// Sends events of the last session and wakes the window.
    pub fn send(&self, events: impl IntoIterator<Item = SessionEvent>) {
        let played = self.played();
        let last = played.last().expect("a session was started");
        for event in events {
            last.send.send(event).expect("the window listens");
            last.request.notify.event_sent();
        }
    }
}

/// Returns an experiment with 80 waits of 50 ms under three models.
pub fn scraper() -> Experiment {
    let models = [ModelId::Sequential, ModelId::Threads, ModelId::Async].map(Contender::of).to_vec();
    Experiment {
        id: "test-scraper".to_owned(),
        title: "Test scraper".to_owned(),
        summary: "80 waits of 50 ms".to_owned(),
        explanation: "Look at how many tasks are **in flight**.".to_owned(),
        workload: Workload { workers: Some(5.into()), ..Workload::of(80, vec![Step::wait(50.0)]) },
        trials: SamplingPlan { count: TrialCount::Fixed(3), ..SamplingPlan::default() },
        models,
        models_by_default: false,
        ..Experiment::default()
    }
}

/// Returns a machine on which a user may have 20,000 threads, and no other limit.
pub fn headroom() -> Headroom {
    let mut machine = Machine::probe();
    machine.limits = Limits { max_map_count: Some(80_000), ..Limits::default() };
    machine.memory_bytes = None;
    let unknown = |folder: &str| FreeSpace { folder: folder.into(), free_bytes: None };
    Headroom {
        machine,
        open_files: None,
        user_processes: None,
        trial_folder: unknown("/tmp"),
        history: Some(unknown("/home")),
    }
}

/// Returns two interpreters; neither has to be installed.
pub fn interpreters() -> Interpreters {
    let one = |tag: &str, series: (u32, u32), free_threaded: bool| Interpreter {
        tag: tag.to_owned(),
        path: format!("/opt/python{tag}").into(),
        found: "PATH".to_owned(),
        version: format!("{}.{}.1", series.0, series.1),
        series,
        build: "main".to_owned(),
        prefix: format!("/opt/prefix{tag}").into(),
        virtual_environment: false,
        free_threaded,
        gil: !free_threaded,
        sub_interpreters: series.1 >= 14,
        trio: None,
        gevent: None,
        start_methods: vec!["fork".to_owned(), "spawn".to_owned()],
        missing: Vec::new(),
        packages: Default::default(),
    };
    let rejected = Rejected {
        path: "/opt/pypy3".into(),
        found: "PATH".to_owned(),
        reason: "it is PyPy".to_owned(),
        passed_over: false,
    };
    Interpreters {
        usable: vec![one("3.11", (3, 11), false), one("3.14t", (3, 14), true)],
        rejected: vec![rejected],
        ..Interpreters::default()
    }
}

/// Returns a completed trial whose tasks ran one after the other, or all at once.
pub fn trial(model: ModelId, round: i32, position: u32, wall_ms: u64, tasks: u32) -> Trial {
    let wall_nanos = wall_ms * 1_000_000;
    let at_once = model != ModelId::Sequential;
    let each = if at_once { wall_nanos } else { wall_nanos / u64::from(tasks) };
    let tasks = (0..tasks)
        .map(|task| {
            let started = if at_once { u64::from(task) } else { u64::from(task) * each };
            let worker = if model == ModelId::Threads { task } else { 0 };
            Span { submitted: 0, started, finished: started + each - 100, worker, core: Some(0) }
        })
        .collect();
    let spans = Spans { tasks, steps: vec![PlanStep::Wait], ..Spans::default() };
    let measured = Measured {
        setup_nanos: 1_000_000,
        wall_nanos,
        teardown_nanos: 500_000,
        workers: None,
        usage: Usage {
            user_nanos: Some(2_000_000),
            system_nanos: Some(1_000_000),
            voluntary_switches: Some(80),
            involuntary_switches: Some(1),
            ..Usage::default()
        },
        peak_memory_bytes: Some(3_300_000),
        pss_bytes: None,
        record_bytes: 1_000,
        stamp_nanos: Some(40.0),
        first_stamp_nanos: Some(2_000.0),
        checksum: 7,
        span_summary: Arc::new(SpanSummary::of(&spans)),
        spans: SpanStore::Memory(Arc::new(spans)),
        passes: 1,
        stamp_clock: StampClock::OsClock,
        server: None,
        counted: None,
        runtime: None,
        file_system: None,
        results: None,
        left_processes: None,
    };
    Trial {
        point: 0,
        contender: Contender::of(model),
        round,
        position,
        status: Status::Completed,
        failure: None,
        started_at_ms: 0,
        measured: Some(measured),
        cpu: Vec::new(),
        background: None,
    }
}

/// Returns all events of a run of [`scraper`]: Async 55 ms, Threads 60 ms, Sequential 4 s.
pub fn whole_run() -> Vec<SessionEvent> {
    run_with(|_, _, _| ())
}

/// Returns the same events with other spans or figures in each trial.
pub fn run_with(change: impl Fn(ModelId, &mut Spans, &mut Measured)) -> Vec<SessionEvent> {
    let mut events = vec![SessionEvent::RoundsFixed { rounds: 3 }];
    let mut position = 0;
    for round in 0..=3 {
        for (model, wall_ms) in [(ModelId::Async, 55), (ModelId::Threads, 60), (ModelId::Sequential, 4000)] {
            position += 1;
            let contender = Contender::of(model);
            events.push(SessionEvent::TrialStarted { point: 0, contender, round, position, seconds_left: Some(5.0) });
            let drift = u64::from(round.unsigned_abs());
            let mut finished = trial(model, round, position, wall_ms + drift, 80);
            edit(&mut finished, |spans, measured| change(model, spans, measured));
            events.push(SessionEvent::TrialFinished(Box::new(finished)));
        }
    }
    events.push(SessionEvent::Finished(Outcome::Done));
    events
}

/// Changes spans and figures of a trial, and their summary.
pub fn edit(trial: &mut Trial, change: impl FnOnce(&mut Spans, &mut Measured)) {
    let measured = trial.measured.as_mut().expect("a completed trial");
    let mut spans = Spans::clone(measured.spans.in_memory().expect("made in memory"));
    change(&mut spans, measured);
    measured.span_summary = Arc::new(SpanSummary::of(&spans));
    measured.spans = SpanStore::Memory(Arc::new(spans));
}

/// The window with a script behind it, and a folder of its own.
pub struct Window {
    pub harness: Harness<'static, App>,
    pub script: Arc<Script>,
    pub folder: tempfile::TempDir,
}

/// The place of a window's settings.
enum Stored {
    Nowhere,
    InMemory(MemoryStorage),
    InFile(Option<SettingsFile>),
}

impl Window {
    pub fn with(experiment: Option<Experiment>) -> Self {
        Self::sized(experiment, egui::vec2(1280.0, 800.0))
    }

    pub fn sized(experiment: Option<Experiment>, size: egui::Vec2) -> Self {
        Self::made(experiment, size, interpreters, None, Stored::Nowhere, Harness::builder())
    }

    /// A window whose runs are stored in this history, which other windows may share.
    pub fn on_history(experiment: Option<Experiment>, history: &Store) -> Self {
        let size = egui::vec2(1280.0, 800.0);
        Self::made(experiment, size, interpreters, Some(history.clone()), Stored::Nowhere, Harness::builder())
    }

    /// A window that finds these interpreters.
    pub fn with_interpreters(experiment: Option<Experiment>, found: Interpreters) -> Self {
        let find = move || found.clone();
        Self::made(experiment, egui::vec2(1280.0, 800.0), find, None, Stored::Nowhere, Harness::builder())
    }

    /// A window that finds these interpreters, and shows a box for a character that its fonts lack.
    pub fn with_any_characters(experiment: Experiment, found: Interpreters) -> Self {
        let (size, find) = (egui::vec2(1280.0, 800.0), move || found.clone());
        Self::made(Some(experiment), size, find, None, Stored::Nowhere, Harness::builder().allow_missing_glyphs())
    }

    /// A window whose search for interpreters ends when the sender is dropped.
    pub fn searching(experiment: Option<Experiment>) -> (Self, Sender<()>) {
        let (ends, end) = unbounded();
        let find = move || {
            end.recv().ok();
            interpreters()
        };
        (Self::made(experiment, egui::vec2(1280.0, 800.0), find, None, Stored::Nowhere, Harness::builder()), ends)
    }

    /// A window that starts with what an earlier one has stored.
    pub fn with_storage(experiment: Option<Experiment>, storage: MemoryStorage) -> Self {
        let stored = Stored::InMemory(storage);
        Self::made(experiment, egui::vec2(1280.0, 800.0), interpreters, None, stored, Harness::builder())
    }

    /// A window with settings in a file of their own, or with no place for that file.
    pub fn with_settings(settings: Option<SettingsFile>) -> Self {
        let stored = Stored::InFile(settings);
        Self::made(None, egui::vec2(1280.0, 800.0), interpreters, None, stored, Harness::builder())
    }

    /// A window on a history that is not the first one of its user, and that has settings stored.
    pub fn on_history_with_storage(experiment: Option<Experiment>, history: &Store, storage: MemoryStorage) -> Self {
        let size = egui::vec2(1280.0, 800.0);
        Self::made(experiment, size, interpreters, Some(history.clone()), Stored::InMemory(storage), Harness::builder())
    }

    fn made(
        experiment: Option<Experiment>,
        size: egui::Vec2,
        find: impl Fn() -> Interpreters + Send + Sync + 'static,
        history: Option<Store>,
        stored: Stored,
        builder: HarnessBuilder<App>,
    ) -> Self {
        let script = Arc::new(Script::default());
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (sessions, path) = (Arc::clone(&script), PathBuf::from(folder.path()));
        let harness = builder.with_size(size).with_max_steps(12).build_eframe(move |creation| {
            let checked = Arc::clone(&sessions);
            let services = Services {
                cpus: 2.into(),
                start_selfcheck: Arc::new(move |_, window| Ok(checked.start_selfcheck(window))),
                preset_folder: Some(path.join("presets")),
                history: Some(history.unwrap_or_else(|| Store::at(path.join("runs")))),
                consents: Some(Consents::in_folder(&path)),
                find_interpreters: Arc::new(move |_| find()),
                confirmed_interpreters: Vec::new(),
                examine: Arc::new(|_| headroom()),
                start_folder: path,
                // Other tests run in this process.
                pace: App::pace(&creation.egui_ctx, || None),
                ..App::services(&creation.egui_ctx, sessions)
            };
            let ctx = &creation.egui_ctx;
            match stored {
                Stored::Nowhere => App::new(ctx, None, services, experiment),
                Stored::InMemory(storage) => App::new(ctx, Some(&storage), services, experiment),
                Stored::InFile(settings) => App::with_settings_file(ctx, settings, services, experiment),
            }
        });
        Self { harness, script, folder }
    }

    /// Draws until `done` returns true; fails after five seconds.
    pub fn until(&mut self, done: impl Fn(&App) -> bool) {
        for _ in 0..500 {
            self.harness.run_ok();
            if done(self.harness.state()) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        let notices: Vec<&str> =
            self.harness.state().lab().notices.list().iter().map(|notice| notice.text.as_str()).collect();
        panic!("not done within five seconds; notices: {notices:?}");
    }
}

/// Returns a failure with this message.
pub fn failure(reason: &str) -> Failure {
    let problem = ReportedProblem::Task { task: None };
    let failure = InterpreterFailure::Reported { problem, message: reason.to_owned() };
    Failure::Interpreter { title: "Python 3.11".to_owned(), program: "/usr/bin/python3".into(), failure }
}

/// Storage of the window's state that ends with the test.
#[derive(Default)]
pub struct MemoryStorage(HashMap<String, String>);

impl MemoryStorage {
    pub const fn texts(&self) -> &HashMap<String, String> {
        &self.0
    }
}

impl eframe::Storage for MemoryStorage {
    fn get_string(&self, key: &str) -> Option<String> {
        self.0.get(key).cloned()
    }

    fn set_string(&mut self, key: &str, value: String) {
        self.0.insert(key.to_owned(), value);
    }

    fn remove_string(&mut self, key: &str) {
        self.0.remove(key);
    }

    fn flush(&mut self) {}
}
