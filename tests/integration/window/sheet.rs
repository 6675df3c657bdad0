//! The sheet beside the results: explanation, help and caveats, read while the results are in sight.

use concurrency_lab::lab::view::Sheet;
use concurrency_lab::session::SessionEvent;
use eframe::egui::{self, Key, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::{click, has, run_all};
use crate::scripted::{Window, scraper};

fn shown(window: &Window) -> Option<Sheet> {
    window.harness.state().lab().view.sheet
}

fn press(window: &mut Window, key: Key) {
    window.harness.key_press(key);
    window.harness.run();
}

fn focused(window: &Window) -> String {
    let node = window.harness.root().children_recursive().find(|node| node.is_focused());
    node.and_then(|node| node.accesskit_node().label()).unwrap_or_default()
}

#[test]
fn the_explanation_is_read_beside_the_results() {
    let mut window = Window::with(Some(scraper()));
    run_all(&mut window);
    click(&mut window, "What to look for");
    let sheet = window.harness.get_by_role_and_label(Role::ScrollView, "Text: About the preset Test scraper").rect();
    let rows: Vec<egui::Rect> = window.harness.get_all_by_role(Role::Row).map(|row| row.rect()).collect();
    assert!(rows.len() == 3 && rows.iter().all(|row| row.right() <= sheet.left()), "{rows:?} beside {sheet:?}");
    assert!(has(&window, "Look at how many tasks are"));
    // The results can be used while it is open.
    click(&mut window, "Timeline");
    assert!(has(&window, "Timeline from"));
    click(&mut window, "What to look for");
    assert_eq!(shown(&window), None, "the same button closes it");
}

#[test]
fn a_narrow_window_shows_it_in_place_of_the_results_and_the_panel_makes_room() {
    let mut window = Window::sized(Some(scraper()), egui::vec2(640.0, 400.0));
    run_all(&mut window);
    click(&mut window, "What to look for");
    assert!(has(&window, "Look at how many tasks are"));
    assert!(window.harness.query_all_by_role(Role::Row).next().is_none());
    click(&mut window, "Close sheet");
    assert!(window.harness.query_all_by_role(Role::Row).next().is_some());
    let mut window = Window::sized(Some(scraper()), egui::vec2(1024.0, 640.0));
    run_all(&mut window);
    assert!(window.harness.query_by_label("Tasks").is_some());
    click(&mut window, "What to look for");
    assert!(window.harness.query_by_label("Tasks").is_none(), "the left panel is folded");
    click(&mut window, "Close sheet");
    assert!(window.harness.query_by_label("Tasks").is_some());
}

#[test]
fn the_help_begins_short_and_explains_every_model() {
    let mut window = Window::with(Some(scraper()));
    press(&mut window, Key::F1);
    assert_eq!(shown(&window), Some(Sheet::Help));
    let top = |text: &str| {
        let all = window.harness.get_all_by_label_contains(text);
        all.map(|node| node.rect().top()).fold(f32::INFINITY, f32::min)
    };
    let order = ["In short", "The models", "Keys", "The same work for every model"].map(top);
    assert!(order.is_sorted(), "{order:?}");
    for info in &concurrency_lab::model::CATALOGUE {
        assert!(has(&window, &format!("{}. {}", info.what, info.good_for)), "{}", info.title);
    }
    press(&mut window, Key::F1);
    assert_eq!(shown(&window), None);
}

#[test]
fn it_is_opened_scrolled_and_closed_by_keys_alone() {
    let mut window = Window::with(Some(scraper()));
    window.harness.get_by_role_and_label(Role::Button, "Help").focus();
    window.harness.run();
    press(&mut window, Key::Enter);
    assert_eq!(focused(&window), "Text: Help");
    let first = |window: &Window| window.harness.get_by_label("In short").rect().top();
    let before = first(&window);
    press(&mut window, Key::ArrowDown);
    assert!((first(&window) - before + 48.0).abs() < 1.0, "{} {before}", first(&window));
    press(&mut window, Key::PageDown);
    assert!(first(&window) < before - 300.0);
    press(&mut window, Key::Home);
    assert!((first(&window) - before).abs() < 1.0);
    press(&mut window, Key::Escape);
    assert_eq!(shown(&window), None);
    assert_eq!(focused(&window), "Help", "back on the button");
}

#[test]
fn escape_cancels_a_run_unless_the_sheet_has_the_focus() {
    let mut window = Window::with(Some(scraper()));
    click(&mut window, "Run");
    window.script.send([SessionEvent::RoundsFixed { rounds: 3 }]);
    press(&mut window, Key::F1);
    press(&mut window, Key::Escape);
    assert_eq!(shown(&window), None);
    assert!(!window.script.played()[0].cancel.is_cancelled());
    press(&mut window, Key::F1);
    window.harness.get_by_role_and_label(Role::Button, "Cancel").focus();
    window.harness.run();
    press(&mut window, Key::Escape);
    assert!(window.script.played()[0].cancel.is_cancelled());
    assert_eq!(shown(&window), Some(Sheet::Help));
}
