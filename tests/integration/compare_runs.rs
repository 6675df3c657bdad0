//! Two runs compared: on the command line by their ids, files and a pinned baseline, and in the window by a dialog.

use std::process::Output;

use concurrency_lab::lab::{Action, Command, Dialog};
use concurrency_lab::model::ModelId;
use concurrency_lab::record::{DATA_VARIABLE, Store};
use concurrency_lab::session::{Outcome, SessionEvent};
use eframe::egui::{Key, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::common;
use crate::record::record;
use crate::scripted::{Window, scraper, trial};

/// Events of a run with eight rounds, in which Threads take this long.
fn events(threads_ms: u64) -> Vec<SessionEvent> {
    let mut events = vec![SessionEvent::RoundsFixed { rounds: 8 }];
    for round in 1..=8 {
        let times = [(ModelId::Async, 550), (ModelId::Threads, threads_ms), (ModelId::Sequential, 4000)];
        for (index, (model, wall_ms)) in times.into_iter().enumerate() {
            let position = (round - 1) * 3 + index as u32 + 1;
            let wall_ms = wall_ms + u64::from(round % 3);
            events.push(SessionEvent::TrialFinished(Box::new(trial(model, round as i32, position, wall_ms, 80))));
        }
    }
    events.push(SessionEvent::Finished(Outcome::Done));
    events
}

struct Runs(tempfile::TempDir);

impl Runs {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn store(&self) -> Store {
        Store::at(self.0.path().join("runs"))
    }

    /// Records a run and returns its id.
    fn record(&self, threads_ms: u64) -> String {
        record(&self.store(), &scraper(), &events(threads_ms)).0
    }

    fn call(&self, arguments: &[&str]) -> Output {
        common::lab().args(arguments).env(DATA_VARIABLE, self.0.path()).output().expect("the lab starts")
    }

    /// Status, stdout and stderr.
    fn compare(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let output = self.call(&[&["compare"], arguments].concat());
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8").replace('\u{a0}', " ");
        (output.status.code(), text(output.stdout), text(output.stderr))
    }
}

#[test]
fn a_slower_run_is_found_and_can_fail_a_script() {
    let runs = Runs::new();
    let (old, new) = (runs.record(600), runs.record(660));
    let (status, text, _) = runs.compare(&[&old, &new]);
    assert_eq!(status, Some(0), "{text}");
    assert!(text.contains("NEW is slower under Threads (1.100 times as long, 95 % CI 1.097 to 1.103)"), "{text}");
    assert!(text.contains("These are separate runs, a blocked order"), "{text}");
    let place = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part}: {text}"));
    assert!(
        place("Differences of the environment") < place("NEW is slower") && place("NEW is slower") < place("NEW / OLD")
    );
    let (status, _, stderr) = runs.compare(&[&old, &new, "--fail-if-slower", "5"]);
    assert_eq!((status, stderr.contains("slower than OLD by more than 5 %: Threads")), (Some(3), true), "{stderr}");
    for passes in [[old.as_str(), new.as_str(), "--fail-if-slower", "20"], [&new, &old, "--fail-if-slower", "0"]] {
        assert_eq!(runs.compare(&passes).0, Some(0), "{passes:?}");
    }
    let (status, json, _) = runs.compare(&[&old, &new, "--json", "--fail-if-slower=5"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(status, Some(3));
    assert_eq!((&json["old"]["id"], &json["new"]["id"]), (&old.into(), &new.into()));
    let findings: Vec<_> = json["models"].as_array().expect("rows").iter().map(|row| &row["finding"]).collect();
    assert_eq!(findings, ["not-distinguishable", "slower", "not-distinguishable"]);
}

#[test]
fn few_trials_can_not_fail_a_script_and_that_is_said() {
    let runs = Runs::new();
    let few = |threads_ms| {
        let events: Vec<_> = events(threads_ms).into_iter().take(10).collect();
        record(&runs.store(), &scraper(), &events).0
    };
    let (status, _, stderr) = runs.compare(&[&few(600), &few(6000), "--fail-if-slower", "5"]);
    assert_eq!(status, Some(0));
    let note = "--fail-if-slower can't tell for Sequential, Threads, Async: an interval needs 6 trials in each run";
    assert!(stderr.contains(note), "{stderr}");
}

#[test]
fn runs_that_can_not_be_compared_end_with_status_2() {
    let runs = Runs::new();
    let old = runs.record(600);
    let mut other = scraper();
    other.workload.in_flight = Some(7);
    let other = record(&runs.store(), &other, &events(600)).0;
    let refused = |arguments: &[&str], part: &str| {
        let (status, stdout, stderr) = runs.compare(arguments);
        assert_eq!((status, stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(stderr.contains(part), "{part}: {stderr}");
    };
    refused(&[&old, &other], "the most tasks at once differ: no limit in OLD, 7 in NEW");
    refused(&[&old, &old], "OLD and NEW are the same run");
    refused(&[&old, "zebra"], "there is no run \"zebra\"");
    refused(&[&old], "no run is pinned to compare with");
    refused(&[&old, &other, "--fail-if-slower", "much"], "allowed are numbers from 0 to 100000");
    refused(&[], "<NEW>");
    runs.call(&["runs", "pin", &other]);
    refused(&[&old], "no pinned run has this workload");
    runs.call(&["runs", "pin", &old]);
    refused(&[&old], "no pinned run has this workload");
}

#[test]
fn the_newest_pinned_run_of_the_workload_is_the_baseline() {
    let runs = Runs::new();
    let (baseline, new) = (runs.record(600), runs.record(660));
    runs.call(&["runs", "pin", &baseline]);
    let (status, text, stderr) = runs.compare(&[&new, "--fail-if-slower", "5"]);
    assert_eq!(status, Some(3), "{stderr}");
    assert!(text.starts_with(&format!("OLD  {baseline} ")), "{text}");
}

#[test]
fn saved_runs_of_the_lab_compare_as_files() {
    let runs = Runs::new();
    let files = ["old.clab", "new.clab"].map(|name| runs.0.path().join(name).to_str().expect("UTF-8").to_owned());
    for file in &files {
        let arguments = ["run", "io-bound", "--models", "sequential,async", "--task-ms", "2", "--trials", "6"];
        let more = ["--warmups", "0", "--no-save", "--quiet", "--save", file];
        let output = runs.call(&[&arguments[..], &more].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let (status, text, stderr) = runs.compare(&[&files[0], &files[1]]);
    assert_eq!(status, Some(0), "{stderr}");
    assert!(text.contains("Machine, system, lab version and settings are recorded alike in both runs."), "{text}");
    assert!(text.contains("Sequential") && text.contains("95 % interval"), "{text}");
}

#[test]
fn the_window_compares_the_results_with_a_stored_run() {
    let mut window = Window::with(Some(scraper()));
    window.until(|app| app.lab().history.is_known());
    assert!(window.harness.query_by_label("Compare with…").is_none(), "there are no results yet");
    let history = Store::at(window.folder.path().join("runs"));
    let (pinned, _) = record(&history, &scraper(), &events(600));
    history.pin(&pinned, true).expect("pinned");
    let mut other = scraper();
    other.workload.in_flight = Some(7);
    record(&history, &other, &events(600));
    window.harness.get_by_label("Run").click();
    window.harness.run();
    window.script.send(events(660));
    window.harness.run();
    window.harness.get_by_role_and_label(Role::Button, "Compare with…").click();
    window.until(|app| matches!(&app.lab().dialog, Some(Dialog::Compare(dialog)) if dialog.choices.is_some()));
    window.harness.run();
    assert!(window.harness.query_by_role_and_label(Role::Dialog, "Compare with a stored run").is_some());
    let listed = |window: &Window, text: &str| window.harness.query_all_by_label_contains(text).count();
    assert_eq!(listed(&window, &format!("{pinned} · pinned")), 1);
    assert_eq!(listed(&window, "Not listed: 1 stored run"), 1);
    // The first run has the focus.
    window.harness.key_press(Key::Space);
    window.until(|app| matches!(&app.lab().dialog, Some(Dialog::Compare(dialog)) if dialog.compared.is_some()));
    window.harness.run();
    assert!(window.harness.query_by_role_and_label(Role::Dialog, "Comparison of two runs").is_some());
    assert_eq!(listed(&window, "NEW is slower under Threads"), 1);
    let rows: Vec<String> =
        window.harness.get_all_by_role(Role::Row).filter_map(|row| row.accesskit_node().label()).collect();
    let sentence = "Threads: 601 ms in OLD, 661 ms in NEW, 1.100 times as long";
    assert!(rows.iter().any(|row| row.starts_with(sentence) && row.ends_with(": slower")), "{rows:?}");
    assert_eq!(listed(&window, "Machine of OLD: not recorded"), 1);
    window.harness.get_by_label("Other run").click();
    window.harness.run();
    assert_eq!(listed(&window, &pinned), 1);
    window.harness.key_press(Key::Escape);
    window.harness.run();
    assert_eq!(window.harness.state().lab().dialog, None);
}

#[test]
fn a_run_that_is_gone_is_a_message_in_the_dialog() {
    let mut window = Window::with(Some(scraper()));
    window.until(|app| app.lab().history.is_known());
    let history = Store::at(window.folder.path().join("runs"));
    let (id, _) = record(&history, &scraper(), &events(600));
    window.harness.get_by_label("Run").click();
    window.harness.run();
    window.script.send(events(660));
    window.harness.run();
    let apply = |window: &mut Window, command: Command| window.harness.state_mut().apply(command);
    apply(&mut window, Command::Do(Action::CompareWith));
    window.until(|app| matches!(&app.lab().dialog, Some(Dialog::Compare(dialog)) if dialog.choices.is_some()));
    history.delete(&id).expect("deleted");
    apply(&mut window, Command::CompareWithRun(id));
    window.until(|app| matches!(&app.lab().dialog, Some(Dialog::Compare(dialog)) if dialog.problem.is_some()));
    // A report for a dialog that was closed changes nothing.
    apply(&mut window, Command::Do(Action::CloseDialog));
    apply(&mut window, Command::Do(Action::CompareWith));
    apply(&mut window, Command::Do(Action::CloseDialog));
    window.until(|app| app.lab().dialog.is_none());
}
