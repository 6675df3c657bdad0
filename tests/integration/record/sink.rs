//! Trials that a session hands to its sink: in order, before the next one starts, and to be kept after an error.

use std::sync::{Arc, Mutex};

use concurrency_lab::model::ModelId;
use concurrency_lab::session::{NotStored, Outcome, RealSessions, Request, SessionEvent, Sessions as _, TrialSink};
use concurrency_lab::trial::{SpanStore, Trial};

use crate::common;

/// Stores names, and fails at one of the trials.
struct Sink {
    stored: Mutex<Vec<String>>,
    fails_at: u32,
}

impl Sink {
    fn push(&self, what: impl Into<String>) {
        self.stored.lock().expect("no panic").push(what.into());
    }
}

impl TrialSink for Sink {
    fn event(&self, event: &SessionEvent) -> Result<(), NotStored> {
        self.push(match event {
            SessionEvent::Machine(_) => "machine",
            SessionEvent::Calibrated { .. } => "calibrated",
            SessionEvent::RoundsFixed { .. } => "rounds",
            SessionEvent::Finished(_) => "finished",
            _ => "other",
        });
        Ok(())
    }

    fn trial(&self, trial: &Trial) -> Result<Option<SpanStore>, NotStored> {
        self.push(format!("trial {}", trial.position));
        // Two calls fail, then there is space again.
        if (self.fails_at..self.fails_at.saturating_add(2)).contains(&trial.position) {
            Err(NotStored::new(std::io::Error::other("the disk is full")))
        } else {
            Ok(None)
        }
    }

    fn keep(&self, trial: &Trial) {
        self.push(format!("kept {}", trial.position));
    }
}

/// Runs two models for two rounds; what was stored, and the events.
fn run(fails_at: u32) -> (Vec<String>, Vec<SessionEvent>) {
    let mut experiment = common::experiment(3, vec![common::wait(0.1)], &[ModelId::Sequential, ModelId::Async]);
    experiment.trials.count = concurrency_lab::experiment::TrialCount::Fixed(2);
    let sink = Arc::new(Sink { stored: Mutex::default(), fails_at });
    let request = Request {
        experiment: Arc::new(experiment),
        interpreters: Arc::default(),
        when_quiet: None,
        more: None,
        sink: Some(Arc::clone(&sink) as Arc<dyn TrialSink>),
        notify: Arc::new(|| ()),
        code: Arc::default(),
    };
    let session = RealSessions::new(common::program()).start(request);
    let mut events = Vec::new();
    for event in &session.events {
        if let SessionEvent::TrialFinished(trial) = &event {
            let name = format!("trial {}", trial.position);
            let stored = sink.stored.lock().expect("no panic").contains(&name);
            assert!(stored || trial.position > fails_at, "{name} was reported before it was stored");
        }
        events.push(event);
    }
    let stored = sink.stored.lock().expect("no panic").clone();
    (stored, events)
}

#[test]
fn each_trial_is_stored_before_it_is_reported() {
    let (stored, events) = run(u32::MAX);
    let expected =
        ["machine", "calibrated", "rounds", "trial 1", "trial 2", "trial 3", "trial 4", "finished"].map(str::to_owned);
    assert_eq!(stored, expected);
    assert!(!events.iter().any(|event| matches!(event, SessionEvent::NotStored(_))));
}

#[test]
fn a_sink_that_fails_is_reported_once_and_keeps_what_it_missed_until_it_can_store_again() {
    let (stored, events) = run(2);
    let after = ["trial 2", "kept 2", "trial 3", "kept 3", "trial 4", "finished"];
    assert!(stored.ends_with(&after.map(str::to_owned)), "{stored:?}");
    let again = |event: &SessionEvent| matches!(event, SessionEvent::StoredAgain);
    let fourth = |event: &SessionEvent| matches!(event, SessionEvent::TrialFinished(trial) if trial.position == 4);
    let place = |is: &dyn Fn(&SessionEvent) -> bool| events.iter().position(is);
    assert!(place(&again).is_some_and(|again| Some(again + 1) == place(&fourth)), "said before the trial");
    assert_eq!(events.iter().filter(|event| again(event)).count(), 1);
    let reasons: Vec<String> = events
        .iter()
        .filter_map(|event| match event {
            SessionEvent::NotStored(reason) => Some(reason.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(reasons, ["this run is not being stored: the disk is full"]);
    let trials = events.iter().filter(|event| matches!(event, SessionEvent::TrialFinished(_))).count();
    assert_eq!(trials, 4);
    assert!(matches!(events.last(), Some(SessionEvent::Finished(Outcome::Done))));
}
