//! The files that were opened last.

use std::fs;

use concurrency_lab::experiment::file;
use concurrency_lab::lab::{Action, Command, Dialog};
use eframe::egui::Key;
use egui_kittest::kittest::Queryable as _;

use super::{click, has};
use crate::scripted::{Window, scraper};

/// Opens a file by the dialog.
fn open(window: &mut Window, name: &str) {
    let path = window.folder.path().join(name);
    click(window, "Open…");
    window.harness.get_by_label("File").set_text_value_accesskit(&path.display().to_string());
    window.harness.run();
    click(window, "Open");
}

#[test]
fn files_are_opened_again_from_the_list() {
    let mut window = Window::with(None);
    let titled = |title: &str| {
        let experiment = concurrency_lab::experiment::Experiment { title: title.to_owned(), ..scraper() };
        file::to_toml_with_comments(&experiment, None)
    };
    for name in ["first", "second"] {
        fs::write(window.folder.path().join(format!("{name}.toml")), titled(name)).expect("written");
    }
    click(&mut window, "Open…");
    assert!(!has(&window, "Recent files"), "none was opened");
    window.harness.key_press(Key::Escape);
    window.harness.run();
    for name in ["first", "second"] {
        open(&mut window, &format!("{name}.toml"));
        window.until(|app| app.lab().draft.experiment().title == name);
    }
    click(&mut window, "Open…");
    let top = |name: &str| window.harness.get_by_label(name).rect().top();
    assert!(top("second.toml") < top("first.toml"), "the last one first");
    click(&mut window, "first.toml");
    window.until(|app| app.lab().draft.experiment().title == "first" && app.lab().dialog.is_none());
    let again: Vec<String> =
        window.harness.state().lab().commands("recent").into_iter().map(|entry| entry.label).collect();
    assert_eq!(again[..2], ["Recent file: first.toml", "Recent file: second.toml"]);
}

#[test]
fn a_file_that_is_gone_leaves_the_list_and_the_dialog_says_why() {
    let mut window = Window::with(None);
    let path = window.folder.path().join("gone.toml");
    fs::write(&path, file::to_toml_with_comments(&scraper(), None)).expect("written");
    open(&mut window, "gone.toml");
    window.until(|app| !app.lab().recent.paths().is_empty());
    window.harness.state_mut().apply(Command::Do(Action::ImportTaskList));
    window.harness.run();
    assert!(!has(&window, "Recent files"), "it is no task list");
    window.harness.key_press(Key::Escape);
    window.harness.run();
    fs::remove_file(&path).expect("removed");
    click(&mut window, "Open…");
    click(&mut window, "gone.toml");
    let problem = |app: &concurrency_lab::app::App| match &app.lab().dialog {
        Some(Dialog::Open(field)) => field.problem.is_some(),
        _ => false,
    };
    window.until(problem);
    assert!(window.harness.state().lab().recent.paths().is_empty());
}
