//! The presentation: results for an audience, one model after the other.

use concurrency_lab::lab::view::Tab;
use concurrency_lab::lab::{Action, Command};
use concurrency_lab::preset;
use eframe::egui::{self, Key, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::pictures::painted_texts;
use super::scaling::swept;
use super::{click, has, run_all};
use crate::scripted::{Window, scraper};

fn rows(window: &Window) -> Vec<String> {
    let rows = window.harness.get_all_by_role(Role::Row).filter_map(|row| row.accesskit_node().label());
    rows.map(|row| row.split(':').next().unwrap_or_default().to_owned()).collect()
}

fn press(window: &mut Window, key: Key) {
    window.harness.key_press(key);
    window.harness.run();
}

#[test]
fn models_appear_one_after_the_other_and_the_answer_at_the_end() {
    let mut window = Window::with(Some(scraper()));
    assert!(!window.harness.state().lab().can(Action::Present), "there are no results");
    run_all(&mut window);
    let lab = window.harness.state().lab();
    let headline = lab.run.as_ref().and_then(|run| run.analysis()).expect("analysed").verdict.headline.clone();
    press(&mut window, Key::F5);
    assert_eq!(rows(&window), ["Sequential, Rust"]);
    assert!(has(&window, "1 of 3 models") && has(&window, &scraper().title));
    for secret in [headline.as_str(), "fastest Async", "Async, Rust"] {
        assert!(!has(&window, secret), "{secret}");
    }
    assert_eq!(window.harness.ctx.zoom_factor(), 1.5);
    for gone in ["Run", "Search presets", "Export…"] {
        assert!(window.harness.query_by_label(gone).is_none(), "{gone}");
    }
    for hidden in ["Learn", "Time budget"] {
        assert!(window.harness.query_by_role_and_label(Role::Tab, hidden).is_none(), "{hidden} tells the answer");
    }
    // The button has the focus.
    press(&mut window, Key::Space);
    assert_eq!(rows(&window), ["Threads, Rust", "Sequential, Rust"]);
    press(&mut window, Key::ArrowLeft);
    press(&mut window, Key::PageUp);
    assert_eq!(rows(&window), ["Sequential, Rust"], "there is always one");
    press(&mut window, Key::ArrowRight);
    assert!(!has(&window, &headline));
    press(&mut window, Key::PageDown);
    assert_eq!(rows(&window), ["Async, Rust", "Threads, Rust", "Sequential, Rust"]);
    assert!(has(&window, &headline) && has(&window, "3 of 3 models"));
    assert!(window.harness.query_by_role_and_label(Role::Tab, "Learn").is_some());
    press(&mut window, Key::ArrowRight);
    assert_eq!(rows(&window).len(), 3);
    press(&mut window, Key::Escape);
    assert_eq!(window.harness.ctx.zoom_factor(), 1.0);
    assert!(window.harness.query_by_label("Export…").is_some() && rows(&window).len() == 3);
}

#[test]
fn a_presentation_in_a_low_window_begins_at_its_title() {
    let mut window = Window::sized(Some(scraper()), egui::vec2(1024.0, 640.0));
    run_all(&mut window);
    press(&mut window, Key::F5);
    window.harness.run();
    let title = scraper().title;
    let titles: Vec<egui::Rect> =
        painted_texts(&window).into_iter().filter(|(text, _)| *text == title).map(|(_, rect)| rect).collect();
    assert!(titles.iter().any(|rect| rect.top() >= 0.0), "{titles:?}");
}

#[test]
fn another_run_ends_the_presentation() {
    let mut window = Window::with(Some(scraper()));
    run_all(&mut window);
    window.harness.state_mut().apply(Command::Do(Action::Present));
    window.harness.run();
    click(&mut window, "End presentation");
    press(&mut window, Key::F5);
    assert_eq!(window.harness.ctx.zoom_factor(), 1.5);
    assert!(!window.harness.state().lab().can(Action::CopyTable), "it would tell the answer");
    window.harness.state_mut().apply(Command::Do(Action::Run));
    window.harness.run();
    assert!(window.harness.query_by_label("Cancel").is_some());
    assert_eq!(window.harness.ctx.zoom_factor(), 1.0);
}

#[test]
fn a_presentation_that_another_preset_ended_does_not_come_back() {
    let mut window = Window::with(preset::find("web-scraper").cloned());
    run_all(&mut window);
    window.harness.state_mut().apply(Command::Do(Action::Tab(Tab::Timeline)));
    press(&mut window, Key::F5);
    assert_eq!(window.harness.state().lab().shown_tab(), Tab::Compare);
    let lab = window.harness.state().lab();
    let index = |id: &str| lab.presets.all.iter().position(|(experiment, _)| experiment.id == id);
    let (other, own) = (index("deadlock").expect("ships"), index("web-scraper").expect("ships"));
    for preset in [other, own] {
        window.harness.state_mut().apply(Command::SelectPreset(preset));
        window.harness.run();
        let lab = window.harness.state().lab();
        assert!(lab.presented().is_none() && lab.view.tab == Tab::Timeline);
        assert_eq!(window.harness.ctx.zoom_factor(), 1.0);
    }
    assert!(window.harness.state().lab().run.is_some(), "the run is shown again");
}

#[test]
fn a_sweep_is_presented_at_the_value_that_is_named() {
    let mut window = swept();
    assert_eq!(window.harness.state().lab().shown_tab(), Tab::Scaling);
    press(&mut window, Key::F5);
    assert!(rows(&window) == ["Sequential, Rust"] && has(&window, "at 10 tasks"));
    assert!(window.harness.query_by_role_and_label(Role::Tab, "Scaling").is_none(), "it tells the answer");
    window.harness.get_by_role_and_label(Role::ComboBox, "Point").click();
    window.harness.run();
    click(&mut window, "Tasks 1,000");
    assert!(has(&window, "at 1,000 tasks") && rows(&window) == ["Sequential, Rust"]);
    press(&mut window, Key::Escape);
    assert_eq!(window.harness.state().lab().shown_tab(), Tab::Scaling, "as before");
}
