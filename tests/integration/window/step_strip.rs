//! The steps of a task as a row of blocks: selecting, adding, removing, and changing their order by pointer and keys.

use concurrency_lab::workload::Step;
use eframe::egui::{Key, Modifiers, Rect, Role};
use egui_kittest::Node;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::{click, has};
use crate::scripted::{Window, scraper};

/// Returns the block of a step, counted from 1.
pub fn block<'a>(window: &'a Window, step: usize) -> Node<'a> {
    let start = format!("Step {step}: ");
    let mut options = window.harness.query_all_by_role(Role::ListBoxOption);
    let is_block = |node: &Node<'_>| node.accesskit_node().label().is_some_and(|name| name.starts_with(&start));
    options.find(is_block).unwrap_or_else(|| panic!("no block of step {step}"))
}

/// Selects the block of a step, counted from 1, as an assistive client does.
pub fn select(window: &mut Window, step: usize) {
    block(window, step).click_accesskit();
    window.harness.run();
}

fn steps(window: &Window) -> Vec<Step> {
    window.harness.state().lab().draft.workload().steps().to_vec()
}

fn kinds(window: &Window) -> Vec<&'static str> {
    steps(window).iter().map(|step| step.kind().name).collect()
}

fn tour() -> Window {
    let mut window = Window::with(concurrency_lab::preset::find("quick-tour").cloned());
    window.harness.run();
    window
}

fn press(window: &mut Window, modifiers: Modifiers, key: Key) {
    window.harness.key_press_modifiers(modifiers, key);
    window.harness.run();
}

#[test]
fn each_step_is_a_block_whose_fields_are_shown_once_it_is_selected() {
    let mut window = tour();
    let names: Vec<String> =
        [1, 2].map(|step| block(&window, step).accesskit_node().label().unwrap_or_default()).into();
    assert_eq!(names, ["Step 1: compute 2 ms", "Step 2: wait 8 ms"]);
    assert!(window.harness.query_by_label("Step 2 duration").is_none());
    select(&mut window, 2);
    assert_eq!(block(&window, 2).accesskit_node().is_selected(), Some(true));
    assert!(window.harness.query_by_label("Step 1 duration").is_none(), "only those of the selected step");
    window.harness.get_by_label("Step 2 duration").set_value_accesskit(30.0);
    window.harness.run();
    assert_eq!(block(&window, 2).accesskit_node().label().as_deref(), Some("Step 2: wait 30 ms"));
    select(&mut window, 2);
    assert!(window.harness.query_by_label("Step 2 duration").is_none(), "a second press folds them away");
}

#[test]
fn the_fields_of_another_experiment_are_not_open() {
    let mut window = tour();
    select(&mut window, 1);
    window.harness.get_by_role_and_label(Role::ListBoxOption, "Compute and wait").click_accesskit();
    window.harness.run();
    assert_eq!(block(&window, 1).accesskit_node().is_selected(), Some(false));
    assert!(window.harness.query_by_label("Step 1 duration").is_none());
}

#[test]
fn buttons_add_a_step_and_take_one_out() {
    let mut window = Window::with(Some(scraper()));
    assert!(!has(&window, "Remove step"), "nothing is selected");
    click(&mut window, "Add step");
    assert_eq!(kinds(&window), ["wait", "compute"]);
    click(&mut window, "Remove step 2");
    click(&mut window, "Remove step 1");
    assert_eq!(kinds(&window), [""; 0]);
    assert!(has(&window, "the tasks are empty") && !has(&window, "Remove step"));
    click(&mut window, "Undo");
    assert_eq!(kinds(&window), ["wait"]);
}

#[test]
fn the_panel_keeps_its_width_whatever_is_selected_or_changed() {
    let mut window = tour();
    let edge = |window: &Window| window.harness.get_by_label("Hide panel").rect().right();
    let before = edge(&window);
    select(&mut window, 2);
    click(&mut window, "Add step");
    for (field, value) in [("Tasks", 200.0), ("Task duration", 50.0), ("Workers", 7.0), ("Trials", 5.0)] {
        window.harness.get_by_label(field).set_value_accesskit(value);
        window.harness.run();
    }
    assert!(has(&window, "Reset Tasks") && has(&window, "Reset Steps") && has(&window, "Remove step 3"));
    assert!((edge(&window) - before).abs() < 0.5, "{before} and {}", edge(&window));
}

#[test]
fn a_block_is_dragged_to_another_place_in_one_step_of_undo() {
    let mut window = tour();
    click(&mut window, "Add step");
    assert_eq!(kinds(&window), ["compute", "wait", "compute"]);
    let centre = |window: &Window, step: usize| -> Rect { block(window, step).rect() };
    let (from, to) = (centre(&window, 1).center(), centre(&window, 3).center());
    window.harness.hover_at(from);
    window.harness.drag_at(from);
    for share in [0.2, 0.5, 0.8, 1.0] {
        window.harness.hover_at(from + (to - from) * share);
        window.harness.run_ok();
    }
    assert_eq!(kinds(&window), ["compute", "wait", "compute"], "not before it is let go");
    window.harness.drop_at(to);
    window.harness.run();
    assert_eq!(kinds(&window), ["wait", "compute", "compute"]);
    assert_eq!(steps(&window)[2].ms(), Some(2.0), "the first one is the last now");
    assert_eq!(block(&window, 3).accesskit_node().is_selected(), Some(true));
    click(&mut window, "Undo");
    assert_eq!(kinds(&window), ["compute", "wait", "compute"]);
}

#[test]
fn keys_select_move_and_remove() {
    let mut window = tour();
    block(&window, 1).focus();
    window.harness.run();
    press(&mut window, Modifiers::NONE, Key::ArrowRight);
    assert!(block(&window, 2).is_focused() && window.harness.query_by_label("Step 2 duration").is_some());
    press(&mut window, Modifiers::ALT, Key::ArrowLeft);
    assert_eq!(kinds(&window), ["wait", "compute"]);
    assert!(block(&window, 1).is_focused(), "the focus goes along");
    press(&mut window, Modifiers::ALT, Key::ArrowLeft);
    assert_eq!(kinds(&window), ["wait", "compute"], "it is the first already");
    press(&mut window, Modifiers::NONE, Key::Delete);
    assert_eq!(kinds(&window), ["compute"]);
    press(&mut window, Modifiers::COMMAND, Key::Z);
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(kinds(&window), ["compute", "wait"]);
}
