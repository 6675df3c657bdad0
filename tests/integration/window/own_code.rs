//! The user's own code in the window: making an experiment of it, and the question before it runs.

use super::{click, has};
use crate::common::python;
use crate::scripted::{Window, scraper};
use concurrency_lab::experiment::Experiment;
use concurrency_lab::lab::{Action, Command, Dialog};
use concurrency_lab::model::ModelId;
use concurrency_lab::session::{Outcome, SessionEvent};
use concurrency_lab::workload::Step;
use eframe::egui::{self, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

const MODULE: &str = "async def fetch(task): return task\ndef plain(): pass\n";

fn type_into(window: &mut Window, label: &str, text: &str) {
    window.harness.get_by_role_and_label(Role::TextInput, label).set_text_value_accesskit(text);
    window.harness.run();
}

/// A window whose draft calls `fetch` of a file in a folder of its own.
fn window_with_call() -> (Window, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("work.py");
    std::fs::write(&path, MODULE).expect("written");
    let file = path.to_str().expect("text").to_owned();
    let mut window = Window::with(Some(Experiment::calling(file, "fetch".to_owned(), vec!["{index}".to_owned()])));
    window.until(|app| app.lab().interpreters.is_some());
    (window, folder)
}

fn end_run(window: &mut Window) {
    window.script.send([SessionEvent::Finished(Outcome::Done)]);
    window.until(|app| !app.lab().is_running());
    window.harness.run();
}

fn has_consent(window: &Window) -> bool {
    matches!(window.harness.state().lab().dialog, Some(Dialog::Consent(_)))
}

#[test]
fn a_function_is_chosen_from_the_list_of_its_file() {
    let Some(interpreters) = python() else { return };
    let mut window = Window::with_interpreters(Some(scraper()), (*interpreters).clone());
    let path = window.folder.path().join("work.py");
    std::fs::write(&path, MODULE).expect("written");
    window.until(|app| app.lab().interpreters.is_some());
    click(&mut window, "Own function…");
    assert!(window.harness.get_by_label("Make experiment").accesskit_node().is_disabled());
    type_into(&mut window, "File", path.to_str().expect("text"));
    click(&mut window, "Read functions");
    window.until(|app| matches!(&app.lab().dialog, Some(Dialog::OwnCode(own)) if !own.functions.is_empty()));
    window.harness.run();
    assert!(!has(&window, "plain function"));
    window.harness.get_by_role_and_label(Role::RadioButton, "plain").click();
    window.harness.run();
    assert!(has(&window, "plain is a plain function (def without async): on an event loop"));
    window.harness.get_by_role_and_label(Role::RadioButton, "fetch").click();
    window.harness.run();
    type_into(&mut window, "Arguments", "{index} 'a b'");
    click(&mut window, "Make experiment");
    let experiment = window.harness.state().lab().draft.experiment().clone();
    let arguments = vec!["{index}".to_owned(), "a b".to_owned()];
    let file = path.to_str().expect("text").to_owned();
    assert_eq!(experiment.workload.steps(), [Step::Call { file, function: "fetch".to_owned(), arguments }]);
    assert_eq!(experiment.workload.task_count(), 20);
    assert!(experiment.models.iter().all(|one| one.host.is_python()));
    assert_eq!(experiment.models.len(), ModelId::all().filter(|model| model.is_python()).count());
    assert!(has(&window, "expected time unknown until the first round"));
    assert!(window.harness.state().lab().dialog.is_none());
}

#[test]
fn mistakes_in_the_dialogs_are_said_and_nothing_is_lost() {
    let Some(interpreters) = python() else { return };
    let mut window = Window::with_interpreters(Some(scraper()), (*interpreters).clone());
    window.until(|app| app.lab().interpreters.is_some());
    click(&mut window, "Own function…");
    type_into(&mut window, "File", "/no/such/file.py");
    click(&mut window, "Read functions");
    window.until(|app| matches!(&app.lab().dialog, Some(Dialog::OwnCode(own)) if own.field.problem.is_some()));
    window.harness.run();
    assert!(has(&window, "The file can't be read"));
    let path = window.folder.path().join("bad.py");
    std::fs::write(&path, "def f(:").expect("written");
    type_into(&mut window, "File", path.to_str().expect("text"));
    click(&mut window, "Read functions");
    window.until(|app| matches!(&app.lab().dialog, Some(Dialog::OwnCode(own)) if own.field.problem.is_some()));
    window.harness.run();
    assert!(has(&window, " can't read it: invalid syntax, line 1"));
    click(&mut window, "Cancel");
    click(&mut window, "Own command…");
    type_into(&mut window, "Command", "sh -c 'exit");
    click(&mut window, "Make experiment");
    assert!(has(&window, "The quotation mark ' is not closed"));
    type_into(&mut window, "Command", "sh -c 'exit 0' {index}");
    click(&mut window, "Make experiment");
    let argv = ["sh", "-c", "exit 0", "{index}"].map(str::to_owned).to_vec();
    assert_eq!(window.harness.state().lab().draft.workload().steps(), [Step::Command { argv }]);
}

#[test]
fn code_runs_only_after_the_question_and_is_asked_about_again_after_a_change() {
    let (mut window, folder) = window_with_call();
    click(&mut window, "Run");
    window.until(|app| app.lab().dialog.is_some());
    window.harness.run();
    assert!(has_consent(&window) && window.script.played().is_empty(), "nothing runs yet");
    for fact in ["Function: fetch", "Arguments: {index}", "SHA-256: ", "work.py"] {
        assert!(has(&window, fact), "{fact}");
    }
    click(&mut window, "Cancel");
    assert!(window.script.played().is_empty(), "closed is no consent");
    click(&mut window, "Run");
    window.until(|app| app.lab().dialog.is_some());
    window.harness.run();
    click(&mut window, "Run this code");
    window.until(|app| app.lab().is_running());
    assert_eq!(window.script.played().len(), 1);
    let consents = window.folder.path().join("consents");
    for _ in 0..500 {
        if consents.exists() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    end_run(&mut window);
    click(&mut window, "Run");
    window.until(|app| app.lab().is_running());
    assert!(!has_consent(&window), "remembered");
    end_run(&mut window);
    std::fs::write(folder.path().join("work.py"), format!("{MODULE} ")).expect("written");
    click(&mut window, "Run");
    window.until(|app| app.lab().dialog.is_some());
    assert!(has_consent(&window), "one byte more");
    assert_eq!(window.script.played().len(), 2);
}

#[test]
fn code_that_is_not_there_is_a_stated_problem() {
    let (mut window, folder) = window_with_call();
    std::fs::remove_file(folder.path().join("work.py")).expect("removed");
    click(&mut window, "Run");
    window.until(|app| app.lab().notices.last().is_some());
    window.harness.run();
    assert!(has(&window, "This experiment can't run: step 1: ") && window.script.played().is_empty());
}

#[test]
fn a_function_that_its_file_does_not_have_is_said_without_asking_or_running() {
    let Some(interpreters) = python() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("work.py");
    std::fs::write(&path, MODULE).expect("written");
    let file = path.to_str().expect("text").to_owned();
    let experiment = Experiment::calling(file, "nothing".to_owned(), vec!["{index}".to_owned()]);
    let mut window = Window::with_interpreters(Some(experiment), (*interpreters).clone());
    window.until(|app| app.lab().interpreters.is_some());
    click(&mut window, "Run");
    window.until(|app| app.lab().notices.last().is_some());
    window.harness.run();
    assert!(has(&window, "there is no function \"nothing\"; there are fetch, plain"));
    assert!(!has_consent(&window) && window.script.played().is_empty());
}

#[test]
fn a_click_outside_of_a_dialog_loses_nothing_that_was_typed() {
    let mut window = Window::with(Some(scraper()));
    let click_outside = |window: &mut Window| {
        // Frames between the two would make it a long press.
        window.harness.drag_at(egui::pos2(4.0, 4.0));
        window.harness.drop_at(egui::pos2(4.0, 4.0));
        window.harness.run();
    };
    for (opens, field) in
        [("Own function…", "File"), ("Own command…", "Command"), ("Save preset…", "Title"), ("Open…", "File")]
    {
        click(&mut window, opens);
        type_into(&mut window, field, "typed");
        click_outside(&mut window);
        assert!(window.harness.state().lab().dialog.is_some(), "{opens}");
        assert_eq!(window.harness.get_by_role_and_label(Role::TextInput, field).value().as_deref(), Some("typed"));
        window.harness.key_press(egui::Key::Escape);
        window.harness.run();
        assert!(window.harness.state().lab().dialog.is_none(), "{opens}: Escape closes it");
    }
    // Nothing is typed here.
    for action in [Action::Interpreters, Action::Palette] {
        window.harness.state_mut().apply(Command::Do(action));
        window.harness.run();
        assert!(window.harness.state().lab().dialog.is_some(), "{action:?}");
        click_outside(&mut window);
        assert!(window.harness.state().lab().dialog.is_none(), "{action:?}");
    }
}

#[test]
fn functions_are_listed_once_the_search_for_interpreters_has_ended() {
    let (mut window, search) = Window::searching(Some(scraper()));
    window.harness.run();
    click(&mut window, "Own function…");
    let path = window.folder.path().join("work.py");
    std::fs::write(&path, MODULE).expect("written");
    type_into(&mut window, "File", path.to_str().expect("text"));
    click(&mut window, "Read functions");
    assert!(has(&window, "Looking for Python interpreters…") && !has(&window, "There is no Python interpreter"));
    drop(search);
    // The scripted interpreters can't be started.
    window.until(|app| matches!(&app.lab().dialog, Some(Dialog::OwnCode(own)) if own.field.problem.is_some()));
    window.harness.run();
    assert!(has(&window, "the interpreter that reads it could not be started"));
}
