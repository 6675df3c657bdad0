//! The observer of a real session: it is asked before each trial, while no runner exists, and told of every end.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use concurrency_lab::clock;
use concurrency_lab::model::ModelId;
use concurrency_lab::session::{Observer, RealSessions, Request, RunningSession, SessionEvent, Sessions};
use concurrency_lab::trial::Trial;

use crate::common::{experiment, program, wait};

/// Time that each break of the slow observer takes.
const BREAK: Duration = Duration::from_millis(60);

#[derive(Debug, Clone, PartialEq)]
enum Call {
    /// With the moments at which it began and ended, milliseconds since the Unix epoch.
    BeforeTrial(u64, u64),
    ClockStarted,
    ClockStopped,
    Ended,
}

/// Records its calls and takes its time before each trial.
#[derive(Default)]
struct Slow(Mutex<Vec<Call>>);

impl Slow {
    /// Returns all calls, the end included: it is told right after the channel of the events is closed.
    fn calls(&self) -> Vec<Call> {
        for _ in 0..500 {
            let calls = self.0.lock().expect("no thread panicked").clone();
            if calls.last() == Some(&Call::Ended) {
                return calls;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("no end within five seconds: {:?}", self.0.lock());
    }

    fn note(&self, call: Call) {
        self.0.lock().expect("no thread panicked").push(call);
    }
}

impl Observer for Slow {
    fn event_sent(&self) {}

    fn before_trial(&self) {
        let began = clock::unix_millis();
        thread::sleep(BREAK);
        self.note(Call::BeforeTrial(began, clock::unix_millis()));
    }

    fn clock_started(&self) {
        self.note(Call::ClockStarted);
    }

    fn clock_stopped(&self) {
        self.note(Call::ClockStopped);
    }

    fn ended(&self) {
        self.note(Call::Ended);
    }
}

fn start(models: &[ModelId], wait_ms: f64) -> (Arc<Slow>, RunningSession) {
    let slow = Arc::new(Slow::default());
    let request = Request {
        experiment: Arc::new(experiment(4, vec![wait(wait_ms)], models)),
        interpreters: Arc::default(),
        when_quiet: None,
        more: None,
        sink: None,
        notify: Arc::clone(&slow) as Arc<dyn Observer>,
        code: Arc::default(),
    };
    (slow, RealSessions::new(program()).start(request))
}

#[test]
fn a_trial_begins_when_the_observer_has_finished_and_its_break_is_in_no_measurement() {
    let (slow, session) = start(&[ModelId::Threads, ModelId::Async], 2.0);
    let events: Vec<SessionEvent> = session.events.iter().collect();
    let trials: Vec<&Trial> = events
        .iter()
        .filter_map(|event| match event {
            SessionEvent::TrialFinished(trial) => Some(&**trial),
            _ => None,
        })
        .collect();
    assert_eq!(trials.len(), 2);
    let calls = slow.calls();
    let kinds: Vec<Call> = calls
        .iter()
        .map(|call| match call {
            Call::BeforeTrial(..) => Call::BeforeTrial(0, 0),
            other => other.clone(),
        })
        .collect();
    let of_trial = [Call::BeforeTrial(0, 0), Call::ClockStarted, Call::ClockStopped];
    assert_eq!(kinds, [&of_trial[..], &of_trial[..], &[Call::Ended][..]].concat());
    let breaks: Vec<(u64, u64)> = calls
        .iter()
        .filter_map(|call| match call {
            Call::BeforeTrial(began, ended) => Some((*began, *ended)),
            _ => None,
        })
        .collect();
    for (trial, (_, ended)) in trials.iter().zip(&breaks) {
        assert!(trial.started_at_ms >= *ended, "the runner is started after the break: {calls:?}");
        assert!(trial.completed().is_some(), "{:?}", trial.failure);
    }
    let measured = trials[0].completed().expect("completed");
    let first_ms = (measured.setup_nanos + measured.wall_nanos) / 1_000_000;
    assert!(breaks[1].0 >= trials[0].started_at_ms + first_ms, "the runner before has ended: {calls:?}");
    // The clock's start is an event, between the announcement and the end of its trial.
    let order: Vec<&str> = events
        .iter()
        .filter_map(|event| match event {
            SessionEvent::TrialStarted { .. } => Some("announced"),
            SessionEvent::ClockStarted { .. } => Some("clock"),
            SessionEvent::TrialFinished(_) => Some("finished"),
            SessionEvent::Finished(_) => Some("end"),
            _ => None,
        })
        .collect();
    assert_eq!(order, ["announced", "clock", "finished", "announced", "clock", "finished", "end"]);
}

#[test]
fn a_cancelled_session_tells_of_its_end_after_its_last_event() {
    let (slow, session) = start(&[ModelId::Sequential], 60_000.0);
    for event in &session.events {
        if matches!(event, SessionEvent::ClockStarted { .. }) {
            session.cancel.cancel();
        }
    }
    assert!(matches!(slow.calls()[..], [Call::BeforeTrial(..), Call::ClockStarted, Call::Ended]));
}
