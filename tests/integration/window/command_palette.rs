//! The command palette: found by words, chosen by arrows, run by Enter; and what assistive clients see of it.

use concurrency_lab::lab::command_table::ACTIONS;
use concurrency_lab::lab::{Action, Command, Dialog};
use eframe::egui::{self, Key, Modifiers, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::{click, has, run_all};
use crate::scripted::{Window, scraper};

fn open(window: &mut Window) {
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    window.harness.run();
    assert!(window.harness.query_by_role_and_label(Role::Dialog, "Commands").is_some());
}

fn enter(window: &mut Window, words: &str) {
    window.harness.event(egui::Event::Text(words.to_owned()));
    window.harness.run();
}

fn press(window: &mut Window, key: Key) {
    window.harness.key_press(key);
    window.harness.run();
}

/// Returns the name of the selected command.
fn selected(window: &Window) -> Option<String> {
    let list = window.harness.get_by_role_and_label(Role::ListBox, "Commands");
    let mut options = list.query_all_by_role(Role::ListBoxOption);
    options.find(|option| option.accesskit_node().is_selected() == Some(true))?.accesskit_node().label()
}

#[test]
fn a_command_is_found_by_words_and_run_by_enter() {
    let mut window = Window::with(Some(scraper()));
    open(&mut window);
    enter(&mut window, "dark the");
    assert_eq!(selected(&window).as_deref(), Some("Theme: Dark"));
    press(&mut window, Key::Enter);
    assert_eq!(window.harness.ctx.theme(), egui::Theme::Dark);
    assert!(window.harness.state().lab().dialog.is_none(), "it closes with the command");
    open(&mut window);
    enter(&mut window, "light");
    press(&mut window, Key::Enter);
    assert_eq!(window.harness.ctx.theme(), egui::Theme::Light);
}

#[test]
fn words_and_enter_of_one_slow_frame_run_what_the_words_find() {
    let mut window = Window::with(Some(scraper()));
    open(&mut window);
    let enter = egui::Event::Key {
        key: Key::Enter,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: Modifiers::NONE,
    };
    window.harness.input_mut().events.extend([egui::Event::Text("theme: dark".to_owned()), enter.clone()]);
    window.harness.run();
    assert_eq!(window.harness.ctx.theme(), egui::Theme::Dark);
    assert!(window.script.played().is_empty(), "no run was started");
    open(&mut window);
    window.harness.input_mut().events.extend([egui::Event::Text("no such command".to_owned()), enter]);
    window.harness.run();
    let field = window.harness.get_by_role_and_label(Role::SearchInput, "Search commands, presets and models");
    assert!(field.accesskit_node().is_focused(), "what is typed next goes on in it");
}

#[test]
fn arrows_move_the_selection_which_assistive_clients_read() {
    let mut window = Window::with(Some(scraper()));
    open(&mut window);
    assert_eq!(selected(&window).as_deref(), Some("Run"));
    for (key, wanted) in [(Key::ArrowDown, 1), (Key::ArrowDown, 2), (Key::ArrowUp, 1), (Key::ArrowUp, 0)] {
        press(&mut window, key);
        let names: Vec<String> =
            window.harness.state().lab().commands("").into_iter().map(|entry| entry.label).collect();
        assert_eq!(selected(&window).as_deref(), Some(names[wanted].as_str()));
    }
    press(&mut window, Key::ArrowDown);
    // The focus of an assistive client is on the selected command, the keyboard's is in the field.
    let focused = window.harness.root().children_recursive().find(|node| node.is_focused());
    let focused = focused.and_then(|node| node.accesskit_node().label());
    assert_eq!(focused, selected(&window));
    enter(&mut window, "web scraper");
    assert_eq!(selected(&window).as_deref(), Some("Preset: Web scraper"), "typing still goes to the field");
    press(&mut window, Key::Enter);
    assert_eq!(window.harness.state().lab().draft.experiment().title, "Web scraper");
}

#[test]
fn a_command_that_is_not_available_comes_last_and_does_nothing() {
    let mut window = Window::with(Some(scraper()));
    open(&mut window);
    enter(&mut window, "export");
    let export = window.harness.get_by_role_and_label(Role::ListBoxOption, "Export…");
    assert!(export.accesskit_node().is_disabled());
    press(&mut window, Key::Enter);
    assert!(matches!(window.harness.state().lab().dialog, Some(Dialog::Palette(_))), "it stays open");
    press(&mut window, Key::Escape);
    assert!(window.harness.state().lab().dialog.is_none());
    run_all(&mut window);
    open(&mut window);
    enter(&mut window, "export");
    press(&mut window, Key::Enter);
    assert!(window.harness.query_by_role_and_label(Role::Dialog, "Export results").is_some());
}

#[test]
fn models_are_chosen_and_rows_sorted_from_the_palette() {
    let mut window = Window::with(Some(scraper()));
    open(&mut window);
    enter(&mut window, "leave out threads rust");
    press(&mut window, Key::Enter);
    assert_eq!(window.harness.state().lab().draft.chosen().count(), 2);
    assert!(window.harness.state().lab().commands("order: cores used").is_empty(), "there are no rows yet");
    run_all(&mut window);
    open(&mut window);
    enter(&mut window, "order cores used");
    press(&mut window, Key::Enter);
    assert_eq!(window.harness.state().lab().view.sort.title(), "cores used, lowest first");
}

#[test]
fn it_is_there_for_the_pointer_too_and_says_when_nothing_fits() {
    let mut window = Window::with(Some(scraper()));
    click(&mut window, "Commands…");
    enter(&mut window, "zzzz");
    assert!(has(&window, "0 commands"));
    assert_eq!(selected(&window), None);
    press(&mut window, Key::Enter);
    press(&mut window, Key::Escape);
    click(&mut window, "Commands…");
    enter(&mut window, "help");
    window.harness.get_by_role_and_label(Role::ListBoxOption, "Help").click();
    window.harness.run();
    assert!(window.harness.query_by_role_and_label(Role::Complementary, "Help").is_some());
}

#[test]
fn the_table_is_what_buttons_help_and_palette_show() {
    let mut window = Window::with(Some(scraper()));
    let commands = window.harness.state().lab().commands("");
    for info in &ACTIONS {
        let own = [Action::CloseDialog, Action::Palette, Action::NextPane].contains(&info.action);
        let entry = commands.iter().find(|entry| entry.command == Command::Do(info.action));
        assert_eq!(entry.is_none(), own, "{}", info.label);
        let Some(entry) = entry else { continue };
        assert_eq!((entry.label.as_str(), entry.detail.as_str()), (info.label, info.tooltip));
        assert_eq!(entry.available, window.harness.state().lab().can(info.action));
    }
    window.harness.key_press(Key::F1);
    window.harness.run();
    for (keys, label) in [("Ctrl+Shift+Z, Ctrl+Y", "Redo"), ("Ctrl+K", "Commands…"), ("Ctrl+R", "Run")] {
        assert!(has(&window, keys), "{keys} of {label} in the help");
    }
}

#[test]
fn keys_typed_before_it_is_drawn_are_in_its_field() {
    let mut window = Window::with(Some(scraper()));
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    window.harness.event(egui::Event::Text("dark".to_owned()));
    window.harness.event(egui::Event::Text(" the".to_owned()));
    window.harness.run();
    assert_eq!(selected(&window).as_deref(), Some("Theme: Dark"));
    press(&mut window, Key::Escape);
    // Another time, and in two parts.
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    window.harness.event(egui::Event::Text("da".to_owned()));
    window.harness.run();
    enter(&mut window, "rk the");
    assert_eq!(selected(&window).as_deref(), Some("Theme: Dark"));
}

#[test]
fn the_tooltip_at_the_pointer_does_not_stay_above_it() {
    let mut window = Window::with(Some(scraper()));
    let tip = "Runs the experiment under every chosen model";
    let at = window.harness.get_by_role_and_label(Role::Button, "Run").rect().center();
    window.harness.hover_at(at);
    window.harness.run_steps(60);
    assert!(has(&window, tip), "it is shown");
    open(&mut window);
    assert!(!has(&window, tip));
    press(&mut window, Key::Escape);
    window.harness.run_steps(60);
    assert!(!has(&window, tip), "the pointer has not moved");
}

#[test]
fn its_key_begins_afresh_while_it_is_open() {
    let mut window = Window::with(Some(scraper()));
    open(&mut window);
    enter(&mut window, "theme dark");
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    window.harness.event(egui::Event::Text("light".to_owned()));
    window.harness.run();
    assert_eq!(selected(&window).as_deref(), Some("Theme: Light"));
}

#[test]
fn the_page_before_a_run_and_its_ideals_are_reached_from_it() {
    let mut window = Window::with(Some(scraper()));
    assert!(has(&window, "Then the ideals appear"));
    open(&mut window);
    enter(&mut window, "Show the ideals");
    press(&mut window, Key::Enter);
    assert!(has(&window, "The lanes are ideals"));
    let can = |window: &Window, action| window.harness.state().lab().can(action);
    assert!(!can(&window, Action::ShowIdeals) && !can(&window, Action::BeforeRun));
    run_all(&mut window);
    open(&mut window);
    enter(&mut window, "Before the run");
    press(&mut window, Key::Enter);
    assert!(window.harness.state().lab().run.is_none() && has(&window, "Last results: "));
}

#[test]
fn the_lists_of_the_left_panel_are_found_by_their_names() {
    let mut window = Window::with(Some(scraper()));
    window.harness.state_mut().apply(Command::Panel(false));
    window.harness.run();
    for list in ["Runs", "Presets"] {
        open(&mut window);
        enter(&mut window, list);
        press(&mut window, Key::Enter);
        let tab = window.harness.get_by_role_and_label(Role::Tab, list);
        assert_eq!(tab.accesskit_node().is_selected(), Some(true), "{list}");
        assert!(window.script.played().is_empty(), "nothing runs");
    }
}
