//! The hint for the first start.

use eframe::App as _;
use eframe::egui;
use egui_kittest::kittest::Queryable as _;

use super::run_list::{history, stored as stored_run};
use super::{click, has, run_all};
use crate::scripted::{MemoryStorage, Window, scraper};

const HINT: &str = "Choose a preset at the left, or change its tasks";

fn stored(window: &mut Window) -> MemoryStorage {
    let mut storage = MemoryStorage::default();
    window.harness.state_mut().save(&mut storage);
    storage
}

#[test]
fn it_is_shown_at_the_first_start_until_it_is_dismissed_for_good() {
    let mut window = Window::with_storage(Some(scraper()), MemoryStorage::default());
    assert!(has(&window, HINT));
    let storage = stored(&mut window);
    let mut window = Window::with_storage(Some(scraper()), storage);
    assert!(has(&window, HINT), "closing the window dismisses nothing");
    click(&mut window, "Got it");
    assert!(!has(&window, HINT));
    let storage = stored(&mut window);
    assert!(!has(&Window::with_storage(Some(scraper()), storage), HINT));
}

#[test]
fn the_first_run_ends_it_too() {
    let mut window = Window::with_storage(Some(scraper()), MemoryStorage::default());
    run_all(&mut window);
    assert!(!has(&window, HINT));
    let storage = stored(&mut window);
    assert!(!has(&Window::with_storage(Some(scraper()), storage), HINT));
}

#[test]
fn without_a_place_to_store_it_there_is_none() {
    let window = Window::with(Some(scraper()));
    assert!(!has(&window, HINT) && window.harness.query_by_label("Got it").is_none());
}

#[test]
fn it_names_the_folded_panel_and_makes_way_for_results_in_a_low_window() {
    let low = egui::vec2(640.0, 400.0);
    let mut window = Window::with_storage(Some(scraper()), MemoryStorage::default());
    window.harness.set_size(low);
    window.harness.run();
    assert!(has(&window, "Press Show panel, choose a preset there") && !has(&window, HINT));
    let (_folder, history) = history();
    stored_run(&history, "Latest", 5);
    let mut window = Window::on_history_with_storage(Some(scraper()), &history, MemoryStorage::default());
    window.until(|app| app.lab().run.is_some());
    window.harness.run();
    assert!(has(&window, HINT), "beside results of an earlier run, too");
    window.harness.set_size(low);
    window.harness.run();
    assert!(!has(&window, "Press Run") && has(&window, "Results of \"Latest\""));
}
