//! Appearance: the theme; the size of everything, in the menu, by keys, remembered; and nothing overlaps at any size.

use concurrency_lab::app::App;
use concurrency_lab::lab::Services;
use eframe::App as _;
use eframe::egui::{self, Key, Modifiers, Rect, Role, Shape};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::{click, run_all};
use crate::scripted::{MemoryStorage, Script, Window, interpreters, scraper};

fn percent(window: &Window) -> u16 {
    window.harness.state().lab().view.scale.percent()
}

#[test]
fn keys_and_the_menu_change_the_size_which_is_remembered() {
    let mut window = Window::with(Some(scraper()));
    let press = |window: &mut Window, key: Key| {
        window.harness.key_press_modifiers(Modifiers::COMMAND, key);
        window.harness.run();
    };
    press(&mut window, Key::Plus);
    press(&mut window, Key::Equals);
    assert_eq!(percent(&window), 125);
    assert!((window.harness.ctx.zoom_factor() - 1.25).abs() < 1e-6);
    press(&mut window, Key::Minus);
    assert_eq!(percent(&window), 110);
    press(&mut window, Key::Num0);
    assert_eq!(percent(&window), 100);
    for _ in 0..9 {
        press(&mut window, Key::Minus);
    }
    assert_eq!(percent(&window), 80);
    press(&mut window, Key::Num0);
    click(&mut window, "Appearance");
    click(&mut window, "150 %");
    assert!((window.harness.ctx.zoom_factor() - 1.5).abs() < 1e-6);
    let mut stored = MemoryStorage::default();
    window.harness.state_mut().save(&mut stored);
    let ctx = egui::Context::default();
    let services = Services {
        find_interpreters: std::sync::Arc::new(|_| interpreters()),
        preset_folder: None,
        history: None,
        ..App::services(&ctx, std::sync::Arc::new(Script::default()))
    };
    let next = App::new(&ctx, Some(&stored), services, None);
    assert_eq!(next.lab().view.scale.percent(), 150);
    assert!(!ctx.options(|options| options.zoom_with_keyboard), "egui's own keys would change the size a second time");
}

#[test]
fn pages_do_not_open_scrolled_as_pages_of_the_last_start_were() {
    let page = egui::Id::unique(("page", 1));
    let last = egui::Context::default();
    egui::scroll_area::State::default().store(&last, page);
    let memory = last.memory(serde_json::to_string).expect("memory is kept between starts");
    let ctx = egui::Context::default();
    ctx.memory_mut(|of_this_start| *of_this_start = serde_json::from_str(&memory).expect("what was kept"));
    let is_kept = || egui::scroll_area::State::load(&ctx, page).is_some();
    assert!(is_kept(), "egui keeps it");
    let services = App::services(&ctx, std::sync::Arc::new(Script::default()));
    let services = Services {
        find_interpreters: std::sync::Arc::new(|_| interpreters()),
        preset_folder: None,
        history: None,
        ..services
    };
    drop(App::new(&ctx, None, services, None));
    assert!(!is_kept());
}

#[test]
fn the_theme_follows_the_choice() {
    let mut window = Window::with(Some(scraper()));
    click(&mut window, "Appearance");
    click(&mut window, "Light");
    assert_eq!(window.harness.ctx.theme(), egui::Theme::Light);
    assert_eq!(window.harness.state().lab().view.theme, concurrency_lab::lab::view::Theme::Light);
}

/// Returns the visible texts with the part of their rectangles that is not cut off, for one layer at a time.
pub fn visible_texts(window: &Window) -> Vec<(String, Rect)> {
    fn collect(shape: &Shape, clip: Rect, into: &mut Vec<(String, Rect)>) {
        match shape {
            Shape::Vec(several) => several.iter().for_each(|one| collect(one, clip, into)),
            Shape::Text(text) => {
                let rect = text.visual_bounding_rect().intersect(clip);
                if rect.is_positive() && !text.galley.text().trim().is_empty() {
                    into.push((text.galley.text().to_owned(), rect));
                }
            }
            _ => {}
        }
    }
    let mut all = Vec::new();
    for clipped in &window.harness.output().shapes {
        collect(&clipped.shape, clipped.clip_rect, &mut all);
    }
    all
}

/// Returns the controls of the window with the part of them that is on screen.
fn controls(window: &Window, size: egui::Vec2) -> Vec<(String, Rect)> {
    let roles = [
        Role::Button,
        Role::Tab,
        Role::ComboBox,
        Role::CheckBox,
        Role::SpinButton,
        Role::Slider,
        Role::TextInput,
        Role::SearchInput,
        Role::RadioButton,
    ];
    let screen = Rect::from_min_size(egui::Pos2::ZERO, size);
    let nodes = window.harness.root().children_recursive();
    nodes
        .filter(|node| roles.contains(&node.accesskit_node().role()))
        .map(|node| (node.accesskit_node().label().unwrap_or_default(), node.rect().intersect(screen)))
        .filter(|(_, rect)| rect.is_positive())
        .collect()
}

/// Overlap in points that is no defect: letters reach a little beyond the line.
const SLACK: f32 = 3.0;

fn overlaps(all: &[(String, Rect)]) -> Vec<String> {
    let mut found = Vec::new();
    for (index, (one, rect)) in all.iter().enumerate() {
        for (other, other_rect) in &all[index + 1..] {
            let common = rect.intersect(*other_rect);
            if common.width() > SLACK && common.height() > SLACK {
                found.push(format!("{one:?} {rect:?} and {other:?} {other_rect:?}"));
            }
        }
    }
    found
}

#[test]
fn texts_do_not_lie_on_each_other_at_any_size() {
    // 1280x800 at 100, 125, 150 and 200 %, and the smallest window.
    for size in [(1280.0, 800.0), (1024.0, 640.0), (853.0, 533.0), (640.0, 400.0)] {
        let size = egui::vec2(size.0, size.1);
        for panel in [false, true] {
            let mut window = Window::sized(Some(scraper()), size);
            if panel && window.harness.query_by_label("Show panel").is_some() {
                click(&mut window, "Show panel");
            }
            assert_eq!(overlaps(&visible_texts(&window)), Vec::<String>::new(), "before a run at {size:?}");
            run_all(&mut window);
            for view in ["Compare", "CPU", "Timeline", "Distribution"] {
                click(&mut window, view);
                window.until(|app| app.lab().run.as_ref().is_some_and(|run| run.lanes.values().all(Option::is_some)));
                window.harness.remove_cursor();
                window.harness.run_ok();
                let found = overlaps(&visible_texts(&window));
                assert_eq!(found, Vec::<String>::new(), "{view} at {size:?}, panel {panel}");
            }
            for sheet in ["What to look for", "Help"] {
                click(&mut window, sheet);
                let found = overlaps(&visible_texts(&window));
                assert_eq!(found, Vec::<String>::new(), "{sheet} at {size:?}, panel {panel}");
                click(&mut window, "Close sheet");
            }
        }
    }
}

#[test]
fn controls_do_not_cover_each_other_and_stay_within_the_window() {
    for size in [(1280.0, 800.0), (1024.0, 640.0), (853.0, 533.0), (640.0, 400.0)] {
        let size = egui::vec2(size.0, size.1);
        let mut window = Window::sized(Some(scraper()), size);
        run_all(&mut window);
        for view in ["Compare", "CPU", "Timeline", "Distribution"] {
            click(&mut window, view);
            let all = controls(&window, size);
            for (name, rect) in &all {
                assert!(rect.right() <= size.x + 0.5, "{name} at {size:?}: {rect:?}");
            }
            // What is scrolled away is covered by what stays: only the bars that are always there are compared.
            let bars: Vec<_> = all.into_iter().filter(|(_, rect)| rect.bottom() < 52.0).collect();
            assert!(bars.len() > 4, "{bars:?}");
            assert_eq!(overlaps(&bars), Vec::<String>::new(), "{view} at {size:?}");
        }
    }
}
