//! Stored runs in the window: opened by a file argument and by the dialog, and each run recorded.

use concurrency_lab::lab::{Action, Command, Run};
use concurrency_lab::record::open_path;
use concurrency_lab::session::{Outcome, SessionEvent};

use super::{exports, history, record, store};
use crate::scripted::{self, Window};

#[test]
fn a_file_argument_shows_the_results_and_loads_the_experiment() {
    let folder = tempfile::tempdir().expect("a folder");
    let history = history(folder.path());
    let (id, live) = record(&history, &scripted::scraper(), &scripted::whole_run());
    let mut window = Window::with(None);
    let stored = open_path(&history.path(&id), Some(&history)).expect("readable");
    window.harness.state_mut().show_stored(stored);
    window.harness.run_ok();
    let lab = window.harness.state().lab();
    let run = lab.run.as_ref().expect("shown");
    assert_eq!((run.name.as_str(), run.is_running(), run.is_stored()), ("Test scraper", false, true));
    assert_eq!(exports(run.results()), exports(&live));
    assert_eq!(lab.draft.experiment().id, "test-scraper");
    assert!(lab.can(Action::Export) && lab.can(Action::Run), "it is a run like others");
    assert!(!lab.can(Action::MoreRounds), "it may have run on another machine");
}

#[test]
fn the_dialog_opens_runs_and_states_why_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let history = history(folder.path());
    let (id, live) = record(&history, &scripted::scraper(), &scripted::whole_run());
    let copy = folder.path().join("copy.clab");
    std::fs::copy(history.path(&id), &copy).expect("copied");
    let broken = folder.path().join("broken.clab");
    std::fs::write(&broken, "no run").expect("written");
    let mut window = Window::with(None);
    let apply = |window: &mut Window, command: Command| window.harness.state_mut().apply(command);
    apply(&mut window, Command::OpenFile(broken));
    window.until(|app| {
        app.lab().notices.last().is_some_and(|notice| notice.text.contains("broken.clab: this is not a stored run"))
    });
    apply(&mut window, Command::OpenFile(copy));
    window.until(|app| app.lab().run.is_some());
    assert_eq!(exports(window.harness.state().lab().run.as_ref().expect("shown").results()), exports(&live));
}

#[test]
fn each_run_is_recorded_with_its_headline() {
    let mut window = Window::with(Some(scripted::scraper()));
    window.until(|app| app.lab().interpreters.is_some());
    window.harness.state_mut().apply(Command::Do(Action::Run));
    let history = concurrency_lab::record::Store::at(window.folder.path().join("runs"));
    let sink = window.script.played()[0].request.sink.clone().expect("it is to be recorded");
    for event in scripted::whole_run() {
        store(&*sink, &event).expect("stored");
        window.script.send([event]);
    }
    window.harness.run_ok();
    let id = history.ids().expect("readable").pop().expect("recorded");
    window.until(|_| history.head(&id).is_ok_and(|head| head.headline.is_some()));
    let head = history.head(&id).expect("readable");
    let lab = window.harness.state().lab();
    let analysis = lab.run.as_ref().expect("shown").analysis().expect("analysed");
    assert_eq!(head.headline.as_ref(), Some(&analysis.verdict.headline));
    assert_eq!((head.name.as_str(), head.trials), ("Test scraper", 9));
    assert!(history.delete(&id).is_err(), "it is open");
    // More rounds go to the same record.
    window.harness.state_mut().apply(Command::Do(Action::MoreRounds));
    assert!(window.script.played()[1].request.sink.is_some());
}

#[test]
fn a_run_that_can_not_be_stored_is_reported_once_and_goes_on() {
    let mut window = Window::with(Some(scripted::scraper()));
    window.until(|app| app.lab().interpreters.is_some());
    std::fs::write(window.folder.path().join("runs"), "in the way").expect("written");
    window.harness.state_mut().apply(Command::Do(Action::Run));
    let sink = window.script.played()[0].request.sink.clone().expect("it is to be recorded");
    let events = scripted::whole_run();
    let reason = store(&*sink, &events[0]).expect_err("no folder");
    window.script.send([SessionEvent::NotStored(reason)]);
    window.until(|app| app.lab().notices.last().is_some());
    let notice = window.harness.state().lab().notices.last().cloned().expect("reported");
    assert!(notice.problem && notice.text.starts_with("This run is not being stored: "), "{}", notice.text);
    window.script.send(events);
    window.until(|app| app.lab().run.as_ref().is_some_and(|run| run.outcome() == Some(&Outcome::Done)));
    let is_being_stored = |window: &Window| window.harness.state().lab().run.as_ref().is_some_and(Run::is_being_stored);
    assert!(!is_being_stored(&window), "closing the window would lose it");
    // More rounds try it again, and what still can't be stored would be reported anew.
    std::fs::remove_file(window.folder.path().join("runs")).expect("removed");
    window.harness.state_mut().apply(Command::Do(Action::MoreRounds));
    let sink = window.script.played()[1].request.sink.clone().expect("it is to be recorded");
    store(&*sink, &scripted::whole_run()[0]).expect("stored, with all before it");
    window.harness.run();
    assert!(is_being_stored(&window));
}
