//! The list of stored runs in the left panel: what it shows, its keys and its menu, deleting with undo, two labs on one
//! history, many runs, and files that can't be read.

use std::fs;
use std::sync::Arc;

use concurrency_lab::experiment::Experiment;
use concurrency_lab::lab::history::RunsCommand;
use concurrency_lab::lab::notices::NoticesCommand;
use concurrency_lab::lab::{Command, Dialog};
use concurrency_lab::record::{NewRun, Recorder, RunStatus, Store};
use concurrency_lab::session::{Machine, Outcome, SessionEvent};
use eframe::egui::{Key, Role};
use egui_kittest::Node;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::{click, has};
use crate::record::{STARTED, new_run, store};
use crate::scripted::{Window, scraper, whole_run};

/// Records these events as a run of this name that was started so many minutes after the first one. Returns its id.
pub fn stored_events(
    history: &Store,
    name: &str,
    minutes: u64,
    experiment: &Experiment,
    events: &[SessionEvent],
) -> String {
    let started_at_ms = STARTED + minutes * 60_000;
    let run = NewRun { name: name.to_owned(), started_at_ms, ..new_run(experiment) };
    let recorder = Recorder::in_history(history.clone(), run);
    for event in events {
        store(&recorder, event).expect("stored");
    }
    recorder.recorded().expect("recorded").id
}

/// Records a whole run of the scraper.
pub fn stored(history: &Store, name: &str, minutes: u64) -> String {
    stored_events(history, name, minutes, &scraper(), &whole_run())
}

/// A folder with a history in it.
pub fn history() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().expect("a folder");
    let history = Store::at(folder.path().join("runs"));
    (folder, history)
}

/// Shows the list, and waits until it has as many runs.
pub fn list(window: &mut Window, count: usize) {
    window.harness.get_by_role_and_label(Role::Tab, "Runs").click_accesskit();
    until_listed(window, count);
}

fn until_listed(window: &mut Window, count: usize) {
    window.until(|app| app.lab().history.is_known() && app.lab().history.all().count() == count);
    window.harness.run();
}

/// Labels of the rows drawn, from top to bottom.
fn rows(window: &Window) -> Vec<String> {
    // The models of the page before a run are options of a list of their own.
    let list = window.harness.query_by_role_and_label(Role::ListBox, "Stored runs");
    let rows = list.iter().flat_map(|list| list.query_all_by_role(Role::ListBoxOption));
    rows.filter_map(|row| row.accesskit_node().label()).collect()
}

/// The row of a run by its name.
pub fn row<'a>(window: &'a Window, name: &str) -> Node<'a> {
    let mut rows = window.harness.query_all_by_role(Role::ListBoxOption);
    rows.find(|row| row.accesskit_node().label().is_some_and(|label| label.starts_with(name))).expect("listed")
}

fn description(window: &Window, name: &str) -> String {
    row(window, name).accesskit_node().description().unwrap_or_default()
}

/// Chooses something in the menu of a run.
fn choose(window: &mut Window, name: &str, item: &str) {
    row(window, name).focus();
    window.harness.run();
    click(window, "More…");
    click(window, item);
}

fn shown(window: &Window) -> Option<String> {
    window.harness.state().lab().run.as_ref().map(|run| run.name.clone())
}

/// Name of what has the keyboard focus.
fn focused(window: &Window) -> String {
    let focused = window.harness.root().children_recursive().find(|node| node.is_focused());
    focused.and_then(|node| node.accesskit_node().label()).unwrap_or_default()
}

#[test]
fn every_run_is_listed_with_time_and_finding_and_a_click_shows_it() {
    let (_folder, history) = history();
    stored(&history, "First", 0);
    let cancelled: Vec<_> =
        whole_run().into_iter().take(13).chain([SessionEvent::Finished(Outcome::Cancelled)]).collect();
    stored_events(&history, "Stopped", 1, &scraper(), &cancelled);
    let mut window = Window::on_history(None, &history);
    let tabs = ["Presets", "Runs"]
        .map(|tab| window.harness.get_by_role_and_label(Role::Tab, tab).accesskit_node().is_selected());
    assert_eq!(tabs, [Some(true), Some(false)]);
    list(&mut window, 2);
    let all = rows(&window);
    assert!(all[0].starts_with("Stopped, 21 Nov") && all[1].starts_with("First, 21 Nov"), "{all:?}");
    // The headlines were not stored with these: they are derived from the trials and stored.
    window.until(|_| {
        history.ids().expect("readable").iter().all(|id| history.head(id).is_ok_and(|head| head.headline.is_some()))
    });
    window.until(|app| app.lab().history.all().all(|row| app.lab().history.headline(row).is_some()));
    window.harness.run();
    assert!(!description(&window, "First").contains(" trials of "), "{}", description(&window, "First"));
    assert!(description(&window, "Stopped").starts_with("Cancelled: "), "{}", description(&window, "Stopped"));
    row(&window, "First").click_accesskit();
    window.until(|app| app.lab().run.is_some());
    window.harness.run();
    assert_eq!(
        (shown(&window).as_deref(), row(&window, "First").accesskit_node().is_selected()),
        (Some("First"), Some(true))
    );
    assert!(has(&window, "Results of \"First\", run at 21 Nov"));
    // What an assistive client reads is the sentence that is on the page, too.
    let headline = window
        .harness
        .state()
        .lab()
        .run
        .as_ref()
        .and_then(|run| run.analysis())
        .expect("analysed")
        .verdict
        .headline
        .clone();
    assert_eq!(description(&window, "First"), headline);
    let lab = history.head(&history.ids().expect("readable")[1]).expect("readable").headline_lab;
    assert_eq!(lab.as_deref(), Some(env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_list_is_one_tab_stop_with_arrows_inside() {
    let (_folder, history) = history();
    for (minute, name) in ["One", "Two", "Three"].into_iter().enumerate() {
        stored(&history, name, minute as u64);
    }
    let mut window = Window::on_history(None, &history);
    list(&mut window, 3);
    window.harness.get_by_label("Search runs").focus();
    window.harness.run();
    let press = |window: &mut Window, key: Key| {
        window.harness.key_press(key);
        window.harness.run();
        focused(window)
    };
    assert!(press(&mut window, Key::Tab).starts_with("Three, "), "the newest is first");
    assert!(press(&mut window, Key::ArrowDown).starts_with("Two, "));
    assert!(press(&mut window, Key::End).starts_with("One, "));
    assert!(press(&mut window, Key::ArrowDown).starts_with("One, "), "the list ends there");
    assert!(press(&mut window, Key::Home).starts_with("Three, "));
    assert!(press(&mut window, Key::ArrowDown).starts_with("Two, "));
    assert_eq!(press(&mut window, Key::Tab), "More…");
    window.harness.key_press_modifiers(eframe::egui::Modifiers::SHIFT, Key::Tab);
    window.harness.run();
    assert!(focused(&window).starts_with("Two, "), "back to where it was: {}", focused(&window));
    press(&mut window, Key::F2);
    assert!(matches!(&window.harness.state().lab().dialog, Some(Dialog::Name(dialog)) if dialog.name == "Two"));
    press(&mut window, Key::Escape);
    row(&window, "Two").focus();
    window.harness.run();
    press(&mut window, Key::Enter);
    window.until(|app| app.lab().run.is_some());
    assert_eq!(shown(&window).as_deref(), Some("Two"));
    // The presets are one stop, too.
    window.harness.get_by_role_and_label(Role::Tab, "Presets").click_accesskit();
    window.harness.run();
    window.harness.get_by_label("Search presets").focus();
    window.harness.run();
    let first = press(&mut window, Key::Tab);
    assert_ne!(press(&mut window, Key::ArrowDown), first);
    assert_eq!(press(&mut window, Key::Tab), "Open…");
}

#[test]
fn a_run_is_found_by_words_of_its_name_finding_and_models() {
    let (_folder, history) = history();
    stored(&history, "Before the change", 0);
    stored(&history, "After the change", 1);
    let mut window = Window::on_history(None, &history);
    list(&mut window, 2);
    let search = |window: &mut Window, words: &str| {
        window.harness.get_by_label("Search runs").set_text_value_accesskit(words);
        window.harness.run();
        rows(window).len()
    };
    assert_eq!((search(&mut window, "change threads"), search(&mut window, "AFTER")), (2, 1));
    assert_eq!(search(&mut window, "zebra"), 0);
    assert!(has(&window, "No run has these words"));
    assert_eq!(search(&mut window, ""), 2);
}

#[test]
fn a_run_is_renamed_pinned_compared_and_exported_from_its_menu() {
    let (_folder, history) = history();
    let old = stored(&history, "Old", 0);
    stored(&history, "New", 1);
    let mut window = Window::on_history(None, &history);
    list(&mut window, 2);
    choose(&mut window, "Old", "Rename…");
    window.harness.get_by_label("Name").set_text_value_accesskit("  ");
    window.harness.run();
    window.harness.get_by_label("Name").set_text_value_accesskit("Baseline");
    window.harness.run();
    click(&mut window, "Rename");
    window.until(|app| app.lab().dialog.is_none() && app.lab().history.all().any(|row| row.name == "Baseline"));
    window.harness.run();
    choose(&mut window, "Baseline", "Note…");
    window.harness.get_by_label("Note").set_text_value_accesskit("before the change");
    window.harness.run();
    click(&mut window, "Save note");
    window.until(|app| app.lab().dialog.is_none() && app.lab().history.all().any(|row| row.note.is_some()));
    window.harness.run();
    assert!(description(&window, "Baseline").starts_with("Note: before the change · "));
    choose(&mut window, "Baseline", "Pin");
    window.until(|app| app.lab().history.all().any(|row| row.pinned));
    window.harness.run();
    assert!(description(&window, "Baseline").starts_with("pinned · "));
    let head = history.head(&old).expect("readable");
    assert_eq!((head.name.as_str(), head.pinned), ("Baseline", true));
    // What the terminal refuses is refused here, too.
    row(&window, "Baseline").focus();
    window.harness.run();
    window.harness.key_press(Key::Delete);
    window.harness.run();
    assert!(has(&window, "The run \"Baseline\" is pinned: unpin it first"));
    click(&mut window, "More…");
    assert!(window.harness.get_by_label("Delete").accesskit_node().is_disabled());
    click(&mut window, "Unpin");
    window.until(|app| app.lab().history.all().all(|row| !row.pinned));
    choose(&mut window, "New", "Export this run…");
    window.until(|app| matches!(app.lab().dialog, Some(Dialog::Export(_))));
    assert_eq!(shown(&window).as_deref(), Some("New"), "what is exported is shown");
    window.harness.key_press(Key::Escape);
    window.harness.run();
    choose(&mut window, "Baseline", "Compare with the results shown");
    window.until(|app| matches!(&app.lab().dialog, Some(Dialog::Compare(dialog)) if dialog.compared.is_some()));
    window.harness.run();
    assert!(has(&window, "OLD: Baseline, run at") && has(&window, "NEW: New, run at"));
    assert_eq!(shown(&window).as_deref(), Some("New"));
}

#[test]
fn a_deleted_run_comes_back_until_the_window_closes() {
    let (folder, history) = history();
    let id = stored(&history, "Doomed", 0);
    stored(&history, "Other", 1);
    let mut window = Window::on_history(None, &history);
    list(&mut window, 2);
    row(&window, "Doomed").click_accesskit();
    window.until(|app| app.lab().run.is_some());
    // It is on the page, and so its file is open. Its tasks have been read.
    window.until(|app| app.lab().run.as_ref().is_some_and(|run| run.lanes.values().all(Option::is_some)));
    window.harness.run();
    choose(&mut window, "Doomed", "Delete");
    window.until(|app| app.lab().history.all().count() == 1);
    window.harness.run();
    assert_eq!((shown(&window), history.path(&id).exists()), (None, false));
    assert!(has(&window, "Deleted the run \"Doomed\""));
    assert!(history.ids().expect("readable").iter().all(|other| *other != id), "for the terminal, too");
    // Below the list, once the message has gone.
    window.harness.state_mut().apply(Command::Notices(NoticesCommand::DismissAll));
    window.harness.run();
    // A second press finds it back.
    let again = Command::Runs(RunsCommand::Restore(id.clone()));
    window.harness.state_mut().apply(again.clone());
    window.harness.state_mut().apply(again);
    until_listed(&mut window, 2);
    assert!(!has(&window, "was not brought back"));
    assert!(history.open(&id).is_ok_and(|run| run.results.first().trials.len() == 12));
    // By key, and undone by the message.
    row(&window, "Doomed").focus();
    window.harness.run();
    window.harness.key_press(Key::Delete);
    until_listed(&mut window, 1);
    click(&mut window, "Bring back");
    until_listed(&mut window, 2);
    assert!(!has(&window, "Deleted the run"), "the message has gone with its reason");
    choose(&mut window, "Doomed", "Delete");
    until_listed(&mut window, 1);
    drop(window);
    let left: Vec<_> =
        fs::read_dir(history.folder()).expect("readable").flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left.len(), 1, "closing the window ends the undo: {left:?}");
    drop(folder);
}

#[test]
fn a_run_that_another_lab_shows_is_not_deleted() {
    let (_folder, history) = history();
    let id = stored(&history, "Busy", 0);
    let elsewhere = history.open(&id).expect("readable");
    let mut window = Window::on_history(None, &history);
    list(&mut window, 1);
    choose(&mut window, "Busy", "Delete");
    window.until(|app| app.lab().notices.last().is_some_and(|notice| notice.problem));
    window.harness.run();
    assert!(has(&window, "The run \"Busy\" was not deleted: ") && has(&window, "in use by another Concurrency Lab"));
    drop(elsewhere);
    choose(&mut window, "Busy", "Delete");
    until_listed(&mut window, 0);
    assert!(has(&window, "No run is stored yet"));
}

#[test]
fn two_labs_on_one_history_see_what_the_other_does() {
    let (_folder, history) = history();
    let first = stored(&history, "First", 0);
    let mut here = Window::on_history(None, &history);
    let mut there = Window::on_history(None, &history);
    list(&mut here, 1);
    list(&mut there, 1);
    stored(&history, "Second", 1);
    until_listed(&mut here, 2);
    until_listed(&mut there, 2);
    choose(&mut here, "Second", "Delete");
    until_listed(&mut here, 1);
    until_listed(&mut there, 1);
    click(&mut here, "Bring back");
    until_listed(&mut there, 2);
    history.rename(&first, "Renamed elsewhere").expect("renamed");
    there.until(|app| app.lab().history.all().any(|row| row.name == "Renamed elsewhere"));
    // Both may show the same run at once.
    for window in [&mut here, &mut there] {
        window.until(|app| app.lab().history.all().any(|row| row.name == "Renamed elsewhere"));
        window.harness.run();
        row(window, "Renamed").click_accesskit();
        window.until(|app| app.lab().run.is_some());
    }
}

#[test]
fn what_other_labs_do_in_the_middle_of_a_run_is_listed_at_its_end() {
    let (_folder, history) = history();
    stored(&history, "First", 0);
    let mut window = Window::on_history(Some(scraper()), &history);
    list(&mut window, 1);
    click(&mut window, "Run");
    window.until(|app| app.lab().is_running());
    stored(&history, "Second", 1);
    // Longer than the time between two looks at the folder.
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    window.harness.run_ok();
    assert_eq!(window.harness.state().lab().history.all().count(), 1, "a trial is not disturbed by it");
    window.script.send(whole_run());
    until_listed(&mut window, 2);
}

#[test]
fn five_hundred_runs_are_listed_and_only_those_in_sight_drawn() {
    let (_folder, history) = history();
    let few: Vec<_> = whole_run().into_iter().take(9).chain([SessionEvent::Finished(Outcome::Cancelled)]).collect();
    let id = stored_events(&history, "Many", 0, &scraper(), &few);
    let original = history.path(&id);
    for number in 0..499 {
        fs::copy(&original, history.path(&format!("20251231-{number:06}-copy"))).expect("copied");
    }
    let mut window = Window::on_history(None, &history);
    list(&mut window, 500);
    let drawn = rows(&window).len();
    assert!((3..20).contains(&drawn), "{drawn}");
    row(&window, "Many").focus();
    window.harness.run();
    window.harness.key_press(Key::End);
    window.harness.run();
    let marked = window.harness.state().lab().history.marked.clone();
    assert_eq!(marked.as_deref(), Some("20251231-000000-copy"), "the oldest");
    assert!(rows(&window).len() < 20 && focused(&window).starts_with("Many, "));
    let focused = window.harness.root().children_recursive().find(|node| node.is_focused()).expect("the row").rect();
    assert!(focused.top() > 0.0 && focused.bottom() < 800.0, "it is in sight: {focused:?}");
    window.harness.get_by_label("Search runs").set_text_value_accesskit("000123");
    window.harness.run();
    assert_eq!(rows(&window).len(), 1);
    assert!(has(&window, "500 runs, "));
}

#[test]
fn a_file_that_can_not_be_read_is_listed_with_the_reason_and_can_be_deleted() {
    let (_folder, history) = history();
    stored(&history, "Good", 0);
    fs::write(history.path("20200101-000000-aaaa"), "no run at all").expect("written");
    let mut window = Window::on_history(None, &history);
    list(&mut window, 2);
    let broken = "20200101-000000-aaaa";
    assert!(description(&window, broken).starts_with("Can't be read: this is not a stored run"));
    row(&window, broken).click_accesskit();
    window.harness.run();
    assert_eq!(shown(&window), None);
    choose(&mut window, broken, "Delete");
    until_listed(&mut window, 1);
    // One that is damaged after it was listed.
    let id = history.ids().expect("readable")[0].clone();
    let mut bytes = fs::read(history.path(&id)).expect("readable");
    bytes.iter_mut().skip(4096).for_each(|byte| *byte ^= 0x5a);
    fs::write(history.path(&id), bytes).expect("written");
    row(&window, "Good").click_accesskit();
    window.until(|app| app.lab().notices.last().is_some_and(|notice| notice.problem));
    window.harness.run();
    assert!(has(&window, "The run can't be opened: "));
}

#[test]
fn a_run_of_another_machine_says_so() {
    let (_folder, history) = history();
    let mut other = Machine::probe();
    other.cpu = Some("Imaginary 9000".to_owned());
    other.cpus.online = Some(96);
    for (minute, machine) in [Machine::probe(), other].into_iter().enumerate() {
        let name = ["Here", "There"][minute];
        let events: Vec<_> = [SessionEvent::Machine(Arc::new(machine))].into_iter().chain(whole_run()).collect();
        stored_events(&history, name, minute as u64, &scraper(), &events);
    }
    let mut window = Window::on_history(None, &history);
    list(&mut window, 2);
    assert!(
        description(&window, "There").ends_with(" · on Imaginary 9000, 96 CPUs"),
        "{}",
        description(&window, "There")
    );
    assert!(!description(&window, "Here").contains(" · on "));
}

#[test]
fn a_run_that_was_killed_is_listed_with_the_finding_of_what_is_there() {
    let (_folder, history) = history();
    let unfinished: Vec<_> = whole_run().into_iter().take(19).collect();
    let id = stored_events(&history, "Killed", 0, &scraper(), &unfinished);
    let mut window = Window::on_history(None, &history);
    list(&mut window, 1);
    assert_eq!(history.head(&id).expect("readable").status, RunStatus::Interrupted);
    window.until(|app| app.lab().history.all().all(|row| app.lab().history.headline(row).is_some()));
    window.harness.run();
    let text = description(&window, "Killed");
    assert!(text.starts_with("Interrupted: ") && !text.contains(" trials of "), "{text}");
    row(&window, "Killed").click_accesskit();
    window.until(|app| app.lab().run.is_some());
    let status = concurrency_lab::lab::descriptions::status(window.harness.state().lab());
    assert!(status.starts_with("Interrupted: the lab ended"), "{status}");
}
