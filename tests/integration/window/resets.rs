//! The button beside each field of the form that brings the preset's value back.

use concurrency_lab::workload::Step;
use eframe::egui;
use egui_kittest::kittest::Queryable as _;

use super::step_strip::select;
use super::{click, has};
use crate::scripted::{Window, scraper};

fn press(window: &mut Window, name: &str) {
    window.harness.get_by_label(name).click_accesskit();
    window.harness.run();
}

fn set(window: &mut Window, name: &str, value: f64) {
    window.harness.get_by_label(name).set_value_accesskit(value);
    window.harness.run();
}

fn is_there(window: &Window, name: &str) -> bool {
    window.harness.query_by_label(name).is_some()
}

#[test]
fn a_changed_field_is_reset_by_itself_and_that_can_be_undone() {
    let mut window = Window::with(Some(scraper()));
    let tasks = |window: &Window| window.harness.state().lab().draft.workload().task_count();
    assert!(!has(&window, "Reset "), "nothing was changed");
    set(&mut window, "Tasks", 200.0);
    set(&mut window, "Trials", 5.0);
    assert!(is_there(&window, "Reset Trials") && !is_there(&window, "Reset Workers"));
    click(&mut window, "Reset Tasks");
    assert_eq!(tasks(&window), 80);
    assert!(!is_there(&window, "Reset Tasks") && is_there(&window, "Reset Trials"), "the other one stays changed");
    click(&mut window, "Undo");
    assert!(has(&window, "Undone: Tasks"));
    assert_eq!(tasks(&window), 200);
    assert!(is_there(&window, "Reset Tasks"));
    click(&mut window, "Redo");
    assert_eq!(tasks(&window), 80);
    click(&mut window, "Reset Trials");
    assert!(!window.harness.state().lab().draft.edited() && !has(&window, "Reset "));
}

#[test]
fn fields_that_are_in_no_step_and_those_of_steps_are_reset_too() {
    let mut window = Window::with(concurrency_lab::preset::find("quick-tour").cloned());
    click(&mut window, "More settings");
    for (field, value) in [("Workers", 7.0), ("Seed", 9.0), ("Warm-ups", 2.0), ("Time budget", 3.0)] {
        set(&mut window, field, value);
        press(&mut window, &format!("Reset {field}"));
        assert!(!window.harness.state().lab().draft.edited(), "{field}");
    }
    set(&mut window, "Task duration", 37.0);
    assert!(is_there(&window, "Reset Steps"), "the duration is that of the steps");
    press(&mut window, "Reset Task duration");
    assert!(!window.harness.state().lab().draft.edited(), "without any rest of rounding");
    select(&mut window, 2);
    set(&mut window, "Step 2 duration", 1.0);
    press(&mut window, "Reset Step 2 duration");
    assert!(!window.harness.state().lab().draft.edited());
}

#[test]
fn the_steps_are_reset_as_a_whole() {
    let mut window = Window::with(Some(scraper()));
    press(&mut window, "Add step");
    press(&mut window, "Add step");
    press(&mut window, "Reset Steps");
    assert_eq!(window.harness.state().lab().draft.workload().steps(), [Step::wait(50.0)]);
    press(&mut window, "Undo");
    assert_eq!(window.harness.state().lab().draft.workload().steps().len(), 3);
}

#[test]
fn a_control_that_is_dragged_keeps_its_width() {
    let mut window = Window::with(Some(scraper()));
    let slider = |window: &Window| window.harness.get_by_label("Tasks, logarithmic").rect();
    let rect = slider(&window);
    assert!(rect.width() > 40.0, "{rect:?}");
    window.harness.drag_at(rect.center());
    window.harness.run_steps(6);
    let to = rect.center() + egui::vec2(10.0, 0.0);
    window.harness.hover_at(to);
    window.harness.run_steps(6);
    assert!(window.harness.state().lab().draft.edited());
    assert_eq!(slider(&window), rect, "under the pointer nothing moves");
    window.harness.drop_at(to);
    window.harness.run();
    window.harness.run();
    assert!(is_there(&window, "Reset Tasks") && slider(&window).width() < rect.width());
    click(&mut window, "Reset Tasks");
    assert!(!window.harness.state().lab().draft.edited());
}
