//! Numbers typed into the form: understood, or visibly refused.

use concurrency_lab::model::{Contender, ModelId};
use eframe::egui::{self, Key, Modifiers, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::{click, has};
use crate::scripted::{Window, scraper};

fn enter(window: &mut Window, field: &str, text: &str) {
    window.harness.get_by_label(field).focus();
    window.harness.run();
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.harness.event(egui::Event::Text(text.to_owned()));
    window.harness.run();
    window.harness.key_press(Key::Enter);
    window.harness.run();
}

fn task_ms(window: &Window) -> f64 {
    window.harness.state().lab().draft.workload().task_ms().unwrap_or(f64::NAN)
}

fn is_invalid(window: &Window, field: &str) -> bool {
    window.harness.get_by_label(field).accesskit_node().data().invalid().is_some()
}

#[test]
fn a_decimal_comma_hours_and_thousands_are_understood() {
    let mut window = Window::with(Some(scraper()));
    for (text, ms) in [("1,5 ms", 1.5), ("0,25 s", 250.0), ("0.5h", 1_800_000.0), ("20 us", 0.02), ("3", 3.0)] {
        enter(&mut window, "Task duration", text);
        assert!((task_ms(&window) - ms).abs() < 1e-9, "{text} is {}", task_ms(&window));
        assert!(!is_invalid(&window, "Task duration"), "{text}");
    }
    enter(&mut window, "Tasks", "2k");
    assert_eq!(window.harness.state().lab().draft.workload().task_count(), 2000);
    enter(&mut window, "Task duration", "1,000 ms");
    assert_eq!(task_ms(&window), 1000.0);
    assert!(has(&window, "\"1,000 ms\" was read as 1 s; for a fraction type a point"));
}

#[test]
fn what_is_refused_changes_nothing_and_says_the_allowed_range() {
    let mut experiment = scraper();
    experiment.models.push(Contender::of(ModelId::ThreadPool));
    let mut window = Window::with(Some(experiment));
    let draft = window.harness.state().lab().draft.experiment().clone();
    for (field, text, reason) in [
        ("Tasks", "abc", "\"abc\" is not a number; allowed is 1 to "),
        ("Tasks", "0", "\"0\" is too small; allowed is 1 to "),
        ("Tasks", "99999999", "\"99999999\" is too large; allowed is 1 to "),
        ("Tasks", "1.5", "\"1.5\" is not a whole number; allowed is 1 to "),
        ("Task duration", "-5", "\"-5\" is too small; allowed is 0 ms to 60 min"),
        ("Task duration", "soon", "\"soon\" is not a duration, as in 20 us, 1.5 ms or 2 s; allowed is"),
        ("Task duration", "2 h", "\"2 h\" is too large; allowed is 0 ms to 60 min"),
        ("Workers", "9999", "\"9999\" is too large; allowed is 1 to 4,096, or auto"),
        ("Trials", "few", "\"few\" is not a number, nor auto; allowed is 1 to 10,000, or auto"),
    ] {
        enter(&mut window, field, text);
        assert!(has(&window, reason), "{field} {text}: {reason}");
        assert!(is_invalid(&window, field), "{field} {text}");
        assert_eq!(*window.harness.state().lab().draft.experiment(), draft, "{field} {text}");
    }
    // The next text that is understood takes the remark away.
    enter(&mut window, "Tasks", "100");
    assert!(!has(&window, "is not a whole number") && !is_invalid(&window, "Tasks"));
    // Another preset has nothing to do with what was typed before.
    window.harness.get_by_role_and_label(Role::ListBoxOption, "Two tasks").click_accesskit();
    window.harness.run();
    assert!(!has(&window, "is too large"));
}

#[test]
fn a_field_that_is_only_visited_says_and_changes_nothing() {
    let mut window = Window::with(Some(scraper()));
    window.harness.get_by_label("Tasks").set_value_accesskit(20_000.0);
    window.harness.get_by_label("Task duration").set_value_accesskit(1.234_567);
    window.harness.run();
    let draft = window.harness.state().lab().draft.experiment().clone();
    click(&mut window, "More settings");
    for field in ["Tasks", "Task duration", "Workers", "Trials", "Seed", "Warm-ups", "Time budget", "Time-out"] {
        window.harness.get_by_label(field).focus();
        window.harness.run();
        window.harness.key_press(Key::Enter);
        window.harness.run();
        assert!(!is_invalid(&window, field), "{field}");
        assert!(!has(&window, "was read as"), "{field}");
        assert_eq!(*window.harness.state().lab().draft.experiment(), draft, "{field}");
    }
}
