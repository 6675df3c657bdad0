//! Variants of models: duplicated, edited and removed by the names that are seen, and shown in rows by their titles.

use concurrency_lab::model::{Contender, ModelId};
use eframe::egui::{self, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::{click, has};
use crate::scripted::{Window, scraper};

fn window_with_pool() -> Window {
    let mut experiment = scraper();
    experiment.models.push(Contender::of(ModelId::ThreadPool));
    Window::with(Some(experiment))
}

fn names(window: &Window) -> Vec<String> {
    window.harness.state().lab().draft.experiment().models.iter().map(ToString::to_string).collect()
}

fn enter(window: &mut Window, field: &str, text: &str) {
    window.harness.get_by_label(field).focus();
    window.harness.run();
    window.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    window.harness.event(egui::Event::Text(text.to_owned()));
    window.harness.run();
}

/// As an assistive client does, wherever the control is.
fn press(window: &mut Window, name: &str) {
    window.harness.get_by_label(name).click_accesskit();
    window.harness.run();
}

fn duplicate(window: &mut Window, title: &str) {
    press(window, "Duplicate…");
    press(window, &format!("Duplicate {title}"));
}

#[test]
fn a_model_is_duplicated_edited_labelled_and_removed() {
    let mut window = window_with_pool();
    duplicate(&mut window, "Thread pool");
    assert_eq!(names(&window).last().map(String::as_str), Some("thread-pool#2"));
    assert!(has(&window, "Variant 1: Thread pool (2)"));
    enter(&mut window, "Variant 1: Workers", "8");
    assert_eq!(names(&window).last().map(String::as_str), Some("thread-pool{workers=8}"));
    assert!(has(&window, "Variant 1: Thread pool (8 workers)"));
    enter(&mut window, "Variant 1: Workers", "0");
    assert!(has(&window, "workers is 0: allowed are whole numbers from 1 to 4,096, and default"));
    assert_eq!(names(&window).last().map(String::as_str), Some("thread-pool{workers=8}"), "nothing changed");
    enter(&mut window, "Variant 1: Workers", "default");
    assert!(!has(&window, "workers is 0"));
    assert_eq!(names(&window).last().map(String::as_str), Some("thread-pool{workers=default}"));
    enter(&mut window, "Variant 1: Label", "as it comes");
    assert!(has(&window, "Variant 1: Thread pool (as it comes)"));
    // What a pool of threads does not have is not there.
    for absent in ["Tasks in flight", "Start method", "Chunk", "GIL", "Event loops"] {
        assert!(window.harness.query_by_label(&format!("Variant 1: {absent}")).is_none(), "{absent}");
    }
    press(&mut window, "Remove variant 1");
    assert_eq!(names(&window).last().map(String::as_str), Some("thread-pool"));
    assert!(!has(&window, "Variant 1"));
}

#[test]
fn two_variants_of_one_model_are_edited_side_by_side() {
    let mut window = window_with_pool();
    duplicate(&mut window, "Thread pool");
    duplicate(&mut window, "Async");
    let before = names(&window);
    assert_eq!(before.len(), 6);
    let async_first =
        before.iter().position(|name| name == "async#2") < before.iter().position(|name| name == "thread-pool#2");
    let field = if async_first { "Variant 1: Tasks in flight" } else { "Variant 2: Tasks in flight" };
    enter(&mut window, field, "100");
    assert!(names(&window).contains(&"async{in_flight=100}".to_owned()), "{:?}", names(&window));
    assert!(names(&window).contains(&"thread-pool#2".to_owned()));
    // The plain model keeps its check box.
    let plain = window.harness.get_by_role_and_label(Role::CheckBox, "Async, Rust");
    assert_eq!(plain.accesskit_node().toggled(), Some(egui::accesskit::Toggled::True));
}

#[test]
fn a_run_has_a_row_for_each_variant_with_its_title() {
    let mut window = window_with_pool();
    duplicate(&mut window, "Async");
    enter(&mut window, "Variant 1: Tasks in flight", "7");
    click(&mut window, "Run");
    let played = window.script.played();
    let models: Vec<String> = played[0].request.experiment.models.iter().map(Contender::title).collect();
    assert!(models.contains(&"Async".to_owned()) && models.contains(&"Async (7 in flight)".to_owned()), "{models:?}");
    assert!(has(&window, "Async (7 in flight), Rust"), "a row of the comparison");
}
