//! Files of earlier versions: each format that was released stays readable.

use concurrency_lab::record::{RunStatus, Store, open_file};
use concurrency_lab::session::Outcome;
use rusqlite::Connection;

use super::exports;

#[test]
fn a_file_of_format_1_0_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("old.clab");
    let connection = Connection::open(&path).expect("created");
    connection.execute_batch(include_str!("format_1_0.sql")).expect("filled");
    drop(connection);
    let run = open_file(&path).unwrap_or_else(|error| panic!("{error}"));
    let results = run.results.first();
    assert_eq!(
        (run.head.status, &results.outcome, results.rounds),
        (RunStatus::Completed, &Some(Outcome::Done), Some(2))
    );
    assert_eq!((run.head.id.as_str(), run.head.trials), ("20261126-174331-aaaa", 6));
    assert_eq!(results.experiment.explanation, "What every later version **reads**.");
    let models: Vec<String> = results.experiment.models.iter().map(ToString::to_string).collect();
    assert_eq!(models, ["sequential", "thread-pool", "py-threads"]);
    assert_eq!(results.experiment.models[2].title(), "threading 3.11");
    assert_eq!(results.experiment.left_out.len(), 1);
    assert_eq!(results.calibrations.iter().count(), 2, "of both hosts");
    assert_eq!(results.machine.as_ref().map(|machine| machine.os.as_str()), Some("Testos 1"));
    assert_eq!(results.trials.len(), 9);
    for trial in &results.trials {
        let measured = trial.completed().expect("completed");
        let spans = measured.spans.load().expect("readable");
        assert_eq!((spans.tasks.len(), spans.steps.len(), spans.step_ends.len()), (12, 3, 24));
        assert_eq!(spans.gil_waits.is_empty(), !trial.contender.host.is_python());
        assert_eq!((spans.beats.is_empty(), trial.cpu.is_empty()), (false, !trial.is_warmup()));
        assert!(spans.tasks.iter().all(|span| span.finished <= measured.wall_nanos));
    }
    let last = results.trials[8].completed().expect("completed");
    assert_eq!((last.wall_nanos, last.usage.user_nanos), (31_187_579, Some(1_872_000)));
    assert!(exports(results).iter().all(|(_, text)| text.starts_with("experiment,") || text.starts_with("{")));
}

#[test]
fn a_file_of_format_1_5_is_read_with_its_check_values() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("old.clab");
    let connection = Connection::open(&path).expect("created");
    connection.execute_batch(include_str!("format_1_5.sql")).expect("filled");
    let run = open_file(&path).unwrap_or_else(|error| panic!("{error}"));
    assert!(run.damage.is_none());
    assert_eq!((run.head.trials, run.results.trials().len(), run.results.points.len()), (8, 12, 2));
    assert_eq!(run.results.experiment.models[1].label.as_deref(), Some("3 workers"));
    for (_, trial) in run.results.trials() {
        let measured = trial.completed().expect("completed");
        let spans = measured.spans.load().expect("readable");
        assert_eq!(spans.classes.list.len(), 2);
        assert!(measured.span_summary.phase_sums.is_some());
    }
    let history = Store::at(folder.path().to_owned());
    let refused = history.set_note("old", "x").expect_err("no place for it").to_string();
    assert!(refused.contains("format 1.5, which has no notes: runs have them from format 1.7 on"), "{refused}");
    connection.execute("UPDATE trial SET wall_nanos = wall_nanos + 1 WHERE id = 3", []).expect("changed");
    assert_eq!(open_file(&path).expect("readable").damage.map(|damage| damage.trials), Some(1));
}
