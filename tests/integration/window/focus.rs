//! The keyboard focus: visible everywhere, in reading order, and back on the button of a dialog that was closed.

use concurrency_lab::lab::Dialog;
use eframe::egui::{self, Key, Modifiers, Rect, Role, Shape};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::pictures::shapes;
use super::{click, has, run_all};
use crate::scripted::{Window, scraper};

fn press(window: &mut Window, key: Key) {
    window.harness.key_press(key);
    window.harness.run();
}

/// Returns name, role and rectangle of the widget with the focus.
fn focused(window: &Window) -> Option<(String, Role, Rect)> {
    let node = window.harness.root().children_recursive().find(|node| node.is_focused())?;
    let one = node.accesskit_node();
    Some((one.label().unwrap_or_default(), one.role(), node.rect()))
}

#[test]
fn a_dialog_gives_the_focus_back_to_the_button_that_opened_it() {
    let mut window = Window::with(Some(scraper()));
    run_all(&mut window);
    for (button, by_key) in [
        ("Export…", true),
        ("Export…", false),
        ("Open…", true),
        ("Save preset…", false),
        ("Compare with…", true),
        ("Commands…", true),
        ("Commands…", false),
    ] {
        if by_key {
            window.harness.get_by_role_and_label(Role::Button, button).focus();
            window.harness.run();
            press(&mut window, Key::Enter);
        } else {
            click(&mut window, button);
        }
        assert!(window.harness.state().lab().dialog.is_some(), "{button}");
        press(&mut window, Key::Escape);
        assert!(window.harness.state().lab().dialog.is_none(), "{button}");
        let name = focused(&window).map(|(name, ..)| name);
        assert_eq!(name.as_deref(), Some(button), "opened by key: {by_key}");
    }
}

#[test]
fn keys_around_tab_in_one_slow_frame_reach_what_had_the_focus() {
    let mut window = Window::with(Some(scraper()));
    window.harness.run();
    let at_once = |window: &mut Window, keys: &[Key]| {
        window.harness.get_by_role_and_label(Role::ListBoxOption, "Quick tour").focus();
        window.harness.run();
        let press = |key: &Key| egui::Event::Key {
            key: *key,
            physical_key: None,
            pressed: true,
            repeat: false,
            modifiers: Modifiers::NONE,
        };
        window.harness.input_mut().events.extend(keys.iter().map(press));
        window.harness.run();
        focused(window).map(|(name, ..)| name)
    };
    let name = at_once(&mut window, &[Key::Enter, Key::Tab]);
    assert_eq!(window.harness.state().lab().draft.name(), "Quick tour", "Enter is of the row");
    assert!(window.harness.state().lab().dialog.is_none(), "and not of the button that Tab reaches");
    assert_eq!(name.as_deref(), Some("Open…"));
    let name = at_once(&mut window, &[Key::Tab, Key::Tab]);
    assert_eq!(name.as_deref(), Some("Save preset…"), "each press of Tab counts");
}

/// Returns true if a line is drawn around or in a widget in one of the colours of a focus ring.
fn has_ring(window: &Window, widget: Rect) -> bool {
    let ring = |rect: Rect, width: f32| {
        width >= 1.4 && widget.expand(6.0).contains_rect(rect) && rect.width() + 24.0 > widget.width().min(40.0)
    };
    shapes(window).into_iter().any(|shape| match shape {
        Shape::Rect(rect) => ring(rect.rect, rect.stroke.width),
        Shape::Circle(circle) => circle.stroke.width >= 1.4 && widget.expand(6.0).contains(circle.center),
        // The edge of a panel is a line itself.
        Shape::LineSegment { points, stroke } => {
            stroke.width >= 1.4 && points.iter().all(|one| widget.expand(2.0).contains(*one))
        }
        Shape::Path(path) => ring(path.visual_bounding_rect(), path.stroke.width),
        _ => false,
    })
}

#[test]
fn the_focus_is_visible_on_every_control() {
    for tab in ["Compare", "CPU", "Timeline", "Distribution"] {
        let mut window = Window::sized(Some(scraper()), egui::vec2(1280.0, 1600.0));
        run_all(&mut window);
        click(&mut window, tab);
        window.until(|app| app.lab().run.as_ref().is_some_and(|run| run.lanes.values().all(Option::is_some)));
        if tab == "Compare" {
            click(&mut window, "More settings");
        }
        window.harness.remove_cursor();
        window.harness.get_by_role_and_label(Role::Button, "Export…").focus();
        window.harness.run();
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..150 {
            press(&mut window, Key::Tab);
            let Some((name, role, rect)) = focused(&window) else { continue };
            // A field that is typed into shows its caret and its text selected.
            let is_text = matches!(role, Role::TextInput | Role::SearchInput | Role::SpinButton);
            assert!(is_text || has_ring(&window, rect), "{name}, {role:?} at {rect:?} in {tab}");
            if !seen.insert((name.clone(), format!("{rect:?}"))) {
                break;
            }
        }
        assert!(seen.len() > 40, "{} widgets of {tab} were reached", seen.len());
    }
}

#[test]
fn the_models_are_one_tab_stop_and_arrows_walk_over_those_that_can_run() {
    let mut window = Window::sized(Some(scraper()), egui::vec2(1280.0, 1600.0));
    window.until(|app| app.lab().interpreters.is_some());
    let name = |window: &Window| focused(window).map(|(name, ..)| name).unwrap_or_default();
    let is_model = |name: &str| name.ends_with(", Rust") || name.contains(", Python ");
    window.harness.get_by_role_and_label(Role::Button, "All models").focus();
    window.harness.run();
    window.harness.key_press_modifiers(Modifiers::SHIFT, Key::Tab);
    window.harness.run();
    let stop = name(&window);
    assert!(is_model(&stop), "{stop}");
    window.harness.key_press_modifiers(Modifiers::SHIFT, Key::Tab);
    window.harness.run();
    assert!(!is_model(&name(&window)), "{}", name(&window));
    press(&mut window, Key::Tab);
    assert_eq!(name(&window), stop);
    press(&mut window, Key::Home);
    assert_eq!(name(&window), "Sequential, Rust");
    press(&mut window, Key::ArrowDown);
    assert_eq!(name(&window), "Threads, Rust");
    press(&mut window, Key::ArrowRight);
    assert!(name(&window).starts_with("threading, Python "), "{}", name(&window));
    press(&mut window, Key::ArrowLeft);
    let chosen = |window: &Window| window.harness.state().lab().draft.chosen().count();
    let before = chosen(&window);
    press(&mut window, Key::Space);
    assert_eq!(chosen(&window), before - 1, "Space unticks the model with the focus");
    press(&mut window, Key::End);
    let last = name(&window);
    press(&mut window, Key::ArrowDown);
    assert_eq!(name(&window), last, "there is none below");
    press(&mut window, Key::Tab);
    assert_eq!(name(&window), "All models");
}

#[test]
fn tab_goes_from_left_to_right_in_every_line() {
    let mut window = Window::sized(concurrency_lab::preset::find("quick-tour").cloned(), egui::vec2(1280.0, 2400.0));
    click(&mut window, "More settings");
    window.harness.get_by_label("Tasks").focus();
    window.harness.run();
    let mut last: Option<(String, Role, Rect)> = None;
    let mut lines = 0;
    for _ in 0..90 {
        press(&mut window, Key::Tab);
        let Some((name, role, rect)) = focused(&window) else { continue };
        // Where the widget before is now: following the focus may have scrolled.
        let place = |(name, role, _): &(String, Role, Rect)| {
            let node = window.harness.query_by_role_and_label(*role, name)?;
            Some((name.clone(), node.rect()))
        };
        if let Some((before, last)) = last.as_ref().and_then(place) {
            let same_line = (rect.center().y - last.center().y).abs() < last.height().min(rect.height()) / 2.0;
            // The left panel ends, and the order begins again at the top.
            let same_panel = rect.left() < 440.0 && last.left() < 440.0;
            if same_line && same_panel {
                lines += 1;
                assert!(rect.left() > last.left(), "{name} at {rect:?} comes after {before} at {last:?}");
            }
        }
        last = Some((name, role, rect));
    }
    assert!(lines > 8, "several controls are beside each other: {lines} pairs");
}

#[test]
fn the_last_line_of_a_dialog_is_reached_from_left_to_right() {
    let mut window = Window::with(Some(scraper()));
    run_all(&mut window);
    click(&mut window, "Export…");
    let left = |window: &Window, name: &str| window.harness.get_by_role_and_label(Role::Button, name).rect().left();
    assert!(left(&window, "Save") < left(&window, "Close"));
    let mut order = Vec::new();
    for _ in 0..40 {
        press(&mut window, Key::Tab);
        order.extend(focused(&window).map(|(name, ..)| name));
    }
    let position = |wanted: &str| order.iter().position(|name| name == wanted);
    let (save, close) = (position("Save").expect("reached"), position("Close").expect("reached"));
    assert!(save < close || save == close + order.len(), "{order:?}");
}

#[test]
fn the_focus_stays_on_screen_in_a_long_table() {
    let mut window = Window::sized(Some(scraper()), egui::vec2(1024.0, 420.0));
    run_all(&mut window);
    window.until(|app| app.lab().run.as_ref().is_some_and(|run| run.lanes.values().all(Option::is_some)));
    for _ in 0..40 {
        window.harness.key_press_modifiers(Modifiers::NONE, Key::Tab);
        window.harness.run();
        let Some((name, role, rect)) = focused(&window) else { continue };
        if matches!(role, Role::Row | Role::Image) {
            let middle = rect.center().y;
            assert!((0.0..=420.0).contains(&middle), "{name} at {rect:?}");
        }
    }
}

#[test]
fn a_line_that_comes_above_the_buttons_of_a_dialog_takes_the_focus_from_none() {
    let mut window = Window::with(Some(scraper()));
    run_all(&mut window);
    click(&mut window, "Export…");
    let path = window.folder.path().join("out.csv");
    window.harness.get_by_label("File").set_text_value_accesskit(&path.display().to_string());
    window.harness.run();
    window.harness.get_by_role_and_label(Role::Button, "Close").focus();
    window.harness.run();
    window.harness.get_by_label("Save").click_accesskit();
    window.until(|app| matches!(&app.lab().dialog, Some(Dialog::Export(export)) if !export.written.is_empty()));
    window.harness.run();
    assert!(has(&window, "Wrote "));
    assert!(window.harness.get_by_role_and_label(Role::Button, "Close").is_focused());
}
