//! Undo and redo of changes in the form, by buttons and keys.

use eframe::egui::{self, Key, Modifiers, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::step_strip::select;
use super::{click, has, run_all};
use crate::scripted::{Window, scraper};

fn tasks(window: &Window) -> u32 {
    window.harness.state().lab().draft.workload().task_count()
}

fn set_tasks(window: &mut Window, count: f64) {
    window.harness.get_by_label("Tasks").set_value_accesskit(count);
    window.harness.run();
}

fn is_enabled(window: &Window, button: &str) -> bool {
    !window.harness.get_by_role_and_label(Role::Button, button).accesskit_node().is_disabled()
}

fn press(window: &mut Window, modifiers: Modifiers, key: Key) {
    window.harness.key_press_modifiers(modifiers, key);
    window.harness.run();
}

#[test]
fn buttons_and_keys_take_changes_back_and_make_them_again() {
    let mut window = Window::with(Some(scraper()));
    assert!(!is_enabled(&window, "Undo") && !is_enabled(&window, "Redo"));
    set_tasks(&mut window, 200.0);
    // Below the part of the form that is in sight.
    window.harness.get_by_label("Threads, Rust").click_accesskit();
    window.harness.run();
    assert!(!has(&window, "Undone"));
    click(&mut window, "Undo");
    assert!(has(&window, "Undone: Leave out Threads, Rust"));
    assert_eq!(window.harness.state().lab().draft.chosen().count(), 3);
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(tasks(&window), 80);
    assert!(!is_enabled(&window, "Undo") && window.harness.query_by_label("Revert").is_none());
    press(&mut window, Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert_eq!(tasks(&window), 200);
    assert!(has(&window, "Redone: Tasks"));
    press(&mut window, Modifiers::COMMAND, Key::Y);
    assert_eq!(window.harness.state().lab().draft.chosen().count(), 2);
    assert!(!is_enabled(&window, "Redo"));
}

#[test]
fn a_drag_of_the_slider_is_one_step_and_so_is_what_an_assistive_client_sets() {
    let mut window = Window::with(Some(scraper()));
    let slider = window.harness.get_by_label("Tasks, logarithmic").rect();
    let at = |share: f32| slider.left_center() + egui::vec2(slider.width() * share, 0.0);
    window.harness.hover_at(at(0.3));
    window.harness.drag_at(at(0.3));
    for share in [0.4, 0.5, 0.6, 0.7] {
        window.harness.hover_at(at(share));
        window.harness.run_ok();
    }
    window.harness.drop_at(at(0.7));
    window.harness.run();
    assert!(tasks(&window) > 1000, "it was dragged: {}", tasks(&window));
    set_tasks(&mut window, 200.0);
    set_tasks(&mut window, 300.0);
    click(&mut window, "Undo");
    assert_eq!(tasks(&window), 200);
    click(&mut window, "Undo");
    assert!(tasks(&window) > 1000);
    click(&mut window, "Undo");
    assert_eq!(tasks(&window), 80, "the whole drag is one step");
}

#[test]
fn a_text_field_keeps_its_own_undo_while_it_is_typed_into() {
    let mut window = Window::with(Some(scraper()));
    set_tasks(&mut window, 200.0);
    window.harness.get_by_label("Search presets").focus();
    window.harness.run();
    window.harness.event(egui::Event::Text("python".to_owned()));
    window.harness.run();
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(tasks(&window), 200, "the key belongs to the text");
    // A number field that was reached by Tab and is left alone has no text to undo.
    window.harness.get_by_label("Task duration").focus();
    window.harness.run();
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(tasks(&window), 80);
    window.harness.get_by_label("Tasks").focus();
    window.harness.run();
    press(&mut window, Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert_eq!(tasks(&window), 200);
    press(&mut window, Modifiers::NONE, Key::Tab);
    assert_eq!(tasks(&window), 200, "leaving the field does not enter its old text");
}

#[test]
fn edits_that_another_preset_discards_come_back() {
    let mut window = Window::with(Some(scraper()));
    run_all(&mut window);
    set_tasks(&mut window, 200.0);
    window.harness.get_by_role_and_label(Role::ListBoxOption, "Two tasks").click_accesskit();
    window.harness.run();
    assert_eq!(window.harness.state().lab().draft.experiment().title, "Two tasks");
    click(&mut window, "Undo");
    assert_eq!(window.harness.state().lab().draft.experiment().title, "Test scraper");
    assert_eq!(tasks(&window), 200);
    assert!(has(&window, "Async, Rust: 5"), "with the results of the run");
    click(&mut window, "Revert");
    assert_eq!(tasks(&window), 80);
    click(&mut window, "Undo");
    assert_eq!(tasks(&window), 200, "reverting can be undone, too");
}

#[test]
fn steps_are_moved_and_duplicated_from_their_menu() {
    let mut window = Window::with(concurrency_lab::preset::find("quick-tour").cloned());
    select(&mut window, 1);
    let steps = |window: &Window| {
        let steps = window.harness.state().lab().draft.workload().steps().to_vec();
        steps.iter().map(|step| step.kind().name).collect::<Vec<_>>()
    };
    assert_eq!(steps(&window), ["compute", "wait"]);
    window.harness.get_by_label("Edit step 1").click_accesskit();
    window.harness.run();
    assert!(window.harness.get_by_label("Move step up").accesskit_node().is_disabled());
    window.harness.get_by_label("Move step down").click_accesskit();
    window.harness.run();
    assert_eq!(steps(&window), ["wait", "compute"]);
    window.harness.get_by_label("Edit step 2").click_accesskit();
    window.harness.run();
    window.harness.get_by_label("Duplicate step").click_accesskit();
    window.harness.run();
    assert_eq!(steps(&window), ["wait", "compute", "compute"]);
    click(&mut window, "Undo");
    click(&mut window, "Undo");
    assert_eq!(steps(&window), ["compute", "wait"]);
}
