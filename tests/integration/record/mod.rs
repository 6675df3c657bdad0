//! Stored runs: what is recorded is read back exactly, whatever it was, and whatever becomes of the lab or the file.

mod arbitrary;
mod beside;
mod command_line;
mod damaged;
mod deleted;
mod forged;
mod history;
mod in_window;
mod isolation;
#[cfg(unix)]
mod killed;
mod large;
mod locks;
#[cfg(unix)]
mod lost;
mod round_trip;
mod sealing;
mod sink;
mod strangers;
mod unmeasured;
mod versions;

use std::path::Path;
use std::sync::Arc;

use concurrency_lab::analysis::RunAnalysis;
use concurrency_lab::experiment::Experiment;
use concurrency_lab::export::{self, CsvDialect, Kind};
use concurrency_lab::record::{NewRun, Recorder, Store};
use concurrency_lab::results::{Results, RunResults};
use concurrency_lab::session::{NotStored, SessionEvent, TrialSink};

use crate::scripted::interpreters;

/// Milliseconds since the epoch: 2026-11-21.
pub const STARTED: u64 = 1_795_233_605_123;

/// A run that is about to be recorded.
pub fn new_run(experiment: &Experiment) -> NewRun {
    NewRun {
        name: experiment.title.clone(),
        experiment: Arc::new(experiment.clone()),
        interpreters: Arc::new(interpreters()),
        started_at_ms: STARTED,
    }
}

/// Nothing measured yet.
pub fn results(experiment: &Experiment) -> Results {
    Results::new(Arc::new(experiment.clone()), Arc::new(interpreters()), STARTED)
}

/// Stores one event, as a session does.
pub fn store(sink: &dyn TrialSink, event: &SessionEvent) -> Result<(), NotStored> {
    match event {
        SessionEvent::TrialFinished(trial) => sink.trial(trial).map(drop).inspect_err(|_| sink.keep(trial)),
        other => sink.event(other),
    }
}

/// Records a whole run in a history, and returns its id and what was live.
pub fn record(history: &Store, experiment: &Experiment, events: &[SessionEvent]) -> (String, Results) {
    let recorder = Recorder::in_history(history.clone(), new_run(experiment));
    let mut live = results(experiment);
    for event in events {
        store(&recorder, event).expect("stored");
        live.apply(event.clone());
    }
    (recorder.recorded().expect("recorded").id, live)
}

/// Everything that can be exported.
pub fn exports(results: &Results) -> Vec<(Kind, String)> {
    let run = RunResults::from(results.clone());
    let analysis = RunAnalysis::of(&run);
    let export = |kind: Kind| {
        let mut bytes = Vec::new();
        export::write(kind, &run, &analysis, CsvDialect::default(), &mut bytes).expect("memory");
        (kind, String::from_utf8(bytes).expect("UTF-8"))
    };
    Kind::ALL.map(export).into()
}

/// A history in this folder.
pub fn history(folder: &Path) -> Store {
    Store::at(folder.join("data/runs"))
}
