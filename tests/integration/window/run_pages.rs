//! The run on the page: the last one of a preset, also after a restart; the one under way, which goes on behind
//! another page; the way back to the page before a run; and the list of notices.

use concurrency_lab::lab::{Command, Dialog};
use concurrency_lab::model::ModelId;
use concurrency_lab::preset;
use concurrency_lab::session::{Outcome, SessionEvent};
use eframe::egui::{self, Key, Role, ViewportCommand, ViewportEvent, ViewportId, accesskit::Live};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::run_list::{history, list, row, stored, stored_events};
use super::{click, has, run_all};
use crate::record::store;
use crate::scripted::{Window, scraper, trial, whole_run};

fn pick(window: &mut Window, title: &str) {
    window.harness.get_by_role_and_label(Role::ListBoxOption, title).click_accesskit();
    window.harness.run();
}

#[test]
fn the_page_of_a_preset_shows_its_last_run_after_a_restart() {
    let (_folder, history) = history();
    stored(&history, "Older", 0);
    stored(&history, "Latest", 5);
    let mut window = Window::on_history(Some(scraper()), &history);
    window.until(|app| app.lab().run.is_some());
    window.harness.run();
    assert!(has(&window, "Results of \"Latest\", run at 21 Nov"), "name and time of the run");
    assert!(has(&window, "80 tasks: wait 50 ms"), "and what was run");
    // Whatever view was shown.
    click(&mut window, "Learn");
    click(&mut window, "Before the run");
    assert!(window.harness.state().lab().run.is_none() && has(&window, "In which order will the models be done?"));
    assert!(has(&window, "Last results: \"Latest\", run at 21 Nov"));
    click(&mut window, "Show results");
    window.until(|app| app.lab().run.is_some());
    // Another preset has none, and back the results are there again.
    pick(&mut window, "Deadlock");
    assert!(window.harness.state().lab().run.is_none());
    list(&mut window, 2);
    row(&window, "Older").click_accesskit();
    window.until(|app| app.lab().run.as_ref().is_some_and(|run| run.name == "Older"));
}

#[test]
fn a_run_goes_on_behind_the_page_of_another_preset() {
    let mut window = Window::with(preset::find("deadlock").cloned());
    click(&mut window, "Run");
    pick(&mut window, "Three at a time");
    assert!(has(&window, "\"Deadlock\" is running: "), "the run is named while it runs");
    let row = window.harness.get_by_role_and_label(Role::ListBoxOption, "Deadlock");
    assert!(row.accesskit_node().description().unwrap_or_default().ends_with(" · running"));
    assert!(has(&window, "Running: starting · \"Deadlock\""), "the status line follows the run");
    assert!(window.harness.query_by_label("Run").is_none(), "there is one run at a time");
    let own = preset::find("semaphore").expect("it ships").summary.clone();
    assert!(has(&window, &own), "and the page is that of the other preset");
    click(&mut window, "Show the run");
    let name = |window: &Window| window.harness.state().lab().run.as_ref().map(|run| run.name.clone());
    assert_eq!(name(&window).as_deref(), Some("Deadlock"));
    pick(&mut window, "Three at a time");
    let trials = [SessionEvent::TrialFinished(Box::new(trial(ModelId::Sequential, 1, 1, 80, 4)))];
    window.script.send(trials.into_iter().chain([SessionEvent::Finished(Outcome::Done)]));
    window.harness.run();
    assert!(has(&window, "\"Deadlock\" is done: "), "its end is a notice");
    assert_eq!(name(&window), None);
    click(&mut window, "Show");
    assert!(has(&window, "Results of \"Deadlock\", run at ") && name(&window).as_deref() == Some("Deadlock"));
    pick(&mut window, "Three at a time");
    pick(&mut window, "Deadlock");
    assert_eq!(name(&window).as_deref(), Some("Deadlock"), "its preset has it as well");
}

#[test]
fn a_run_behind_the_page_can_be_cancelled_from_any_page() {
    let mut window = Window::with(preset::find("deadlock").cloned());
    click(&mut window, "Run");
    pick(&mut window, "Three at a time");
    click(&mut window, "Cancel");
    assert!(window.script.played()[0].cancel.is_cancelled());
    assert!(has(&window, "Cancelling · \"Deadlock\""));
    window.script.send([SessionEvent::Finished(Outcome::Cancelled)]);
    window.harness.run();
    assert!(has(&window, "\"Deadlock\" was cancelled before anything was measured"));
    assert!(window.harness.query_by_label("Run").is_some());
}

#[test]
fn a_run_of_the_same_preset_replaces_nothing_in_the_list() {
    let (_folder, history) = history();
    let mut window = Window::on_history(Some(scraper()), &history);
    window.until(|app| app.lab().interpreters.is_some());
    for round in 0..2 {
        click(&mut window, "Run");
        let sink = window.script.played()[round].request.sink.clone().expect("it is to be recorded");
        for event in whole_run() {
            store(&*sink, &event).expect("stored");
            window.script.send([event]);
        }
        window.harness.run();
        if round == 0 {
            window.harness.get_by_label("Tasks").set_value_accesskit(200.0);
            window.harness.run();
        }
    }
    list(&mut window, 2);
    row(&window, "Test scraper, ").click_accesskit();
    window.until(|app| app.lab().run.as_ref().is_some_and(|run| run.name == "Test scraper"));
    window.harness.run();
    assert!(has(&window, "80 tasks: wait 50 ms"), "the first of the two");
    row(&window, "Test scraper (edited)").click_accesskit();
    window.until(|app| app.lab().run.as_ref().is_some_and(|run| run.name == "Test scraper (edited)"));
}

#[test]
fn lanes_of_one_run_are_never_shown_for_another() {
    let (_folder, history) = history();
    stored_events(&history, "Slow", 0, &scraper(), &whole_run());
    stored(&history, "Other", 1);
    let mut window = Window::on_history(None, &history);
    list(&mut window, 2);
    for name in ["Slow", "Other", "Slow"] {
        row(&window, name).click_accesskit();
        window.until(|app| app.lab().run.as_ref().is_some_and(|run| run.name == name));
    }
    window.until(|app| app.lab().run.as_ref().is_some_and(|run| run.lanes.values().all(Option::is_some)));
    let run = window.harness.state().lab().run.as_ref().expect("shown");
    assert!(!run.lanes.is_empty() && run.lanes.keys().all(|key| key.run == run.number));
}

fn close(window: &mut Window) -> Vec<ViewportCommand> {
    let viewport = window.harness.input_mut().viewports.entry(ViewportId::ROOT).or_default();
    viewport.events.push(ViewportEvent::Close);
    window.harness.step();
    let sent = window.harness.output().viewport_output[&ViewportId::ROOT].commands.clone();
    window.harness.input_mut().viewports.entry(ViewportId::ROOT).or_default().events.clear();
    window.harness.run();
    sent
}

#[test]
fn closing_in_the_middle_of_a_run_asks_and_says_what_is_kept() {
    let mut window = Window::with(Some(scraper()));
    assert!(!close(&mut window).contains(&ViewportCommand::CancelClose), "nothing is lost");
    click(&mut window, "Run");
    window.script.send(whole_run().into_iter().take(8));
    window.harness.run();
    assert!(close(&mut window).contains(&ViewportCommand::CancelClose));
    assert!(window.harness.query_by_role_and_label(Role::Dialog, "Close the window?").is_some());
    assert!(has(&window, "3 finished trials are stored, and Runs will list the run as interrupted"));
    click(&mut window, "Keep running");
    assert!(window.harness.state().lab().is_running() && window.harness.state().lab().dialog.is_none());
    close(&mut window);
    assert!(matches!(window.harness.state().lab().dialog, Some(Dialog::Closing)));
    window.harness.get_by_label("Stop the run and close").click_accesskit();
    window.harness.step();
    let sent = &window.harness.output().viewport_output[&ViewportId::ROOT].commands;
    assert!(sent.contains(&ViewportCommand::Close), "{sent:?}");
    assert!(!close(&mut window).contains(&ViewportCommand::CancelClose));
}

#[test]
fn notices_are_a_list_that_moves_nothing_and_stays_until_it_is_dismissed() {
    let mut window = Window::with(Some(scraper()));
    run_all(&mut window);
    let before = window.harness.get_by_role_and_label(Role::Tab, "Compare").rect();
    let missing = |window: &mut Window, name: &str| {
        let path = window.folder.path().join(name);
        window.harness.state_mut().apply(Command::OpenFile(path));
        window.until(|app| app.lab().notices.last().is_some_and(|notice| notice.text.contains(name)));
        window.harness.run();
    };
    missing(&mut window, "one.toml");
    missing(&mut window, "two.toml");
    assert_eq!(window.harness.get_by_role_and_label(Role::Tab, "Compare").rect(), before);
    assert!(has(&window, "one.toml") && has(&window, "two.toml"));
    let newest = window.harness.query_all_by_label_contains("two.toml").next().expect("shown");
    assert_eq!(newest.accesskit_node().live(), Live::Polite);
    // They outlast another preset.
    pick(&mut window, "Deadlock");
    assert!(has(&window, "one.toml") && has(&window, "2 notices"));
    click(&mut window, "Hide notices");
    assert!(!has(&window, "one.toml") && has(&window, "2 notices"), "the status line still counts them");
    click(&mut window, "2 notices");
    let first = window.harness.query_all_by_label("Dismiss").next().expect("a button");
    first.click_accesskit();
    window.harness.run();
    assert!(has(&window, "one.toml") && !has(&window, "two.toml"), "the newest is first");
    missing(&mut window, "three.toml");
    click(&mut window, "Dismiss all");
    assert!(!has(&window, "one.toml") && !has(&window, "notice"));
    for size in [egui::vec2(1024.0, 640.0), egui::vec2(640.0, 400.0)] {
        let mut window = Window::sized(Some(scraper()), size);
        missing(&mut window, "narrow.toml");
        let rect = window.harness.get_by_label("Hide notices").rect();
        assert!(rect.left() >= 0.0 && rect.right() <= size.x && rect.bottom() <= size.y, "{rect:?} at {size:?}");
    }
}

fn save_preset(window: &mut Window, title: &str) {
    click(window, "Save preset…");
    window.harness.get_by_label("Title").set_text_value_accesskit(title);
    window.harness.run();
    click(window, "Save");
    window.until(|app| app.lab().dialog.is_none());
}

#[test]
fn a_preset_replaces_no_other_whose_title_has_its_id() {
    let mut window = Window::with(Some(scraper()));
    for title in ["A b", "A-b", "A b"] {
        save_preset(&mut window, title);
    }
    let title = |id: &str| window.harness.state().lab().own_preset(id).map(|preset| preset.title.clone());
    assert_eq!([title("a-b"), title("a-b-2")], [Some("A b".to_owned()), Some("A-b".to_owned())]);
    assert_eq!(title("a-b-3"), None, "the same title is replaced");
}

#[test]
fn an_own_preset_is_renamed_and_deleted_with_undo_by_key() {
    let mut window = Window::with(Some(scraper()));
    save_preset(&mut window, "Mine");
    let focus = |window: &mut Window, title: &str, key: Key| {
        window.harness.get_by_role_and_label(Role::ListBoxOption, title).focus();
        window.harness.run();
        window.harness.key_press(key);
        window.harness.run();
    };
    focus(&mut window, "Mine", Key::F2);
    assert!(window.harness.query_by_role_and_label(Role::Dialog, "Rename a preset").is_some());
    window.harness.get_by_label("Name").set_text_value_accesskit("My waits");
    window.harness.run();
    click(&mut window, "Rename");
    window.until(|app| app.lab().own_preset("mine").is_some_and(|preset| preset.title == "My waits"));
    window.harness.run();
    focus(&mut window, "My waits", Key::Delete);
    window.until(|app| app.lab().own_preset("mine").is_none());
    window.harness.run();
    assert!(
        !window.folder.path().join("presets/mine.toml").exists() && has(&window, "Deleted the preset \"My waits\"")
    );
    click(&mut window, "Bring back");
    window.until(|app| app.lab().own_preset("mine").is_some());
    // A preset that ships with the lab stays.
    focus(&mut window, "Deadlock", Key::Delete);
    assert!(window.harness.query_by_role_and_label(Role::ListBoxOption, "Deadlock").is_some());
}

#[test]
fn a_cancelled_run_says_so_once_in_every_place() {
    let mut window = Window::with(Some(scraper()));
    click(&mut window, "Run");
    let mut cancelled = trial(ModelId::Sequential, 1, 1, 80, 4);
    (cancelled.status, cancelled.measured) = (concurrency_lab::trial::Status::Cancelled, None);
    window.script.send([
        SessionEvent::TrialFinished(Box::new(trial(ModelId::Async, 1, 1, 80, 80))),
        SessionEvent::TrialFinished(Box::new(cancelled)),
        SessionEvent::Finished(Outcome::Cancelled),
    ]);
    window.harness.run();
    assert!(has(&window, "Cancelled · 1 round of 1 of 3 models"));
    for tab in ["Compare", "CPU", "Timeline", "Distribution"] {
        click(&mut window, tab);
        assert!(!has(&window, "cancelled: cancelled"), "{tab}");
    }
}
