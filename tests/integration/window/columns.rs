//! The columns of the comparison: chosen in a menu, kept for the next start, left out where they have no room.

use concurrency_lab::lab::{Action, Command};
use eframe::App as _;
use eframe::egui::{self, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::pictures::painted_texts;
use super::{click, run_all};
use crate::scripted::{MemoryStorage, Window, scraper};

fn heads(window: &Window) -> Vec<String> {
    let heads = window.harness.get_all_by_role(Role::ColumnHeader);
    heads.filter_map(|head| head.accesskit_node().label()).collect()
}

fn toggle(window: &mut Window, name: &str) {
    window.harness.get_by_role_and_label(Role::CheckBox, name).click_accesskit();
    window.harness.run();
}

#[test]
fn columns_are_chosen_in_a_menu_and_kept() {
    let mut window = Window::with_storage(Some(scraper()), MemoryStorage::default());
    run_all(&mut window);
    assert_eq!(heads(&window), ["wall time", "times as fast", "cores used", "peak memory", "OS switches"]);
    click(&mut window, "Columns");
    toggle(&mut window, "peak memory");
    toggle(&mut window, "of ideal");
    let chosen = ["wall time", "times as fast", "of ideal", "cores used", "OS switches"];
    assert_eq!(heads(&window), chosen, "the menu stays open, and its order is that of the columns");
    let mut storage = MemoryStorage::default();
    window.harness.state_mut().save(&mut storage);
    let mut next = Window::with_storage(Some(scraper()), storage);
    run_all(&mut next);
    assert_eq!(heads(&next), chosen);
}

#[test]
fn rows_are_ordered_by_a_chosen_column_and_the_table_is_copied() {
    let mut window = Window::with(Some(scraper()));
    run_all(&mut window);
    click(&mut window, "Columns");
    toggle(&mut window, "of ideal");
    let order = |window: &Window| -> Vec<String> {
        let copied = window.harness.state().lab().clipboard.clone().expect("the table");
        copied.lines().skip(1).filter_map(|line| line.split('\t').next().map(str::to_owned)).collect()
    };
    window.harness.state_mut().apply(Command::Do(Action::CopyTable));
    let copied = window.harness.state().lab().clipboard.clone().expect("the table");
    let cells: Vec<usize> = copied.lines().map(|line| line.split('\t').count()).collect();
    assert!(cells.len() == 4 && cells.iter().all(|count| *count == cells[0] && *count > 5), "{copied}");
    assert!(copied.starts_with("model\twall time\t"), "{copied}");
    assert_eq!(order(&window).len(), 3);
    let head = window.harness.get_by_role_and_label(Role::ColumnHeader, "of ideal").rect().center();
    window.harness.drag_at(head);
    window.harness.drop_at(head);
    window.harness.run();
    assert_eq!(window.harness.state().lab().view.sort.title(), "of ideal, highest first");
    let lab = window.harness.state().lab();
    let run = lab.run.as_ref().expect("a run");
    let shares: Vec<f64> = concurrency_lab::lab::row_order::rows(lab, run)
        .iter()
        .map(|one| run.summary(one).and_then(|summary| summary.efficiency).unwrap_or(0.0))
        .collect();
    assert!(shares.len() == 3 && shares.is_sorted_by(|left, right| left >= right), "{shares:?}");
}

#[test]
fn columns_without_room_are_left_out_and_counted() {
    let mut window = Window::sized(Some(scraper()), egui::vec2(1100.0, 800.0));
    run_all(&mut window);
    click(&mut window, "Columns");
    for name in ["95 % interval", "of ideal", "CPU time", "trials"] {
        toggle(&mut window, name);
    }
    let shown = heads(&window).len();
    assert!(shown < 9, "nine columns have no room: {:?}", heads(&window));
    let missing = 9 - shown;
    let words = if missing == 1 { "1 column does not fit".to_owned() } else { format!("{missing} columns do not fit") };
    let texts = painted_texts(&window);
    assert!(texts.iter().any(|(text, _)| *text == words), "{words}: {texts:?}");
}

#[test]
fn a_column_of_an_interpreter_is_kept() {
    let threads = "threading, Python 3.14t";
    let has_column = |window: &Window| window.harness.query_by_role_and_label(Role::CheckBox, threads).is_some();
    let mut window = Window::with_storage(Some(scraper()), MemoryStorage::default());
    window.until(|app| app.lab().interpreters.is_some());
    assert!(!has_column(&window));
    window.harness.state_mut().apply(Command::PythonColumn("3.14t".to_owned(), true));
    window.harness.run();
    assert!(has_column(&window));
    let mut storage = MemoryStorage::default();
    window.harness.state_mut().save(&mut storage);
    let mut next = Window::with_storage(Some(scraper()), storage);
    next.until(|app| app.lab().interpreters.is_some());
    assert!(has_column(&next));
    assert!(!next.harness.state().lab().draft.edited(), "a column is no change of the experiment");
    window.harness.state_mut().apply(Command::Do(Action::Undo));
    window.harness.run();
    assert!(!has_column(&window));
    let mut storage = MemoryStorage::default();
    window.harness.state_mut().save(&mut storage);
    let mut last = Window::with_storage(Some(scraper()), storage);
    last.until(|app| app.lab().interpreters.is_some());
    assert!(!has_column(&last), "what was undone does not come back");
}
