//! The window, driven by the names and keys that users and assistive clients rely on.

mod before_run;
mod classes;
mod columns;
mod command_palette;
mod drop;
mod focus;
mod hint;
mod layout;
mod learning;
mod live;
mod names;
mod own_code;
mod payload;
mod pictures;
mod plots;
mod presentation;
mod recent;
mod resets;
mod run_list;
mod run_pages;
mod saved_pictures;
mod scale;
mod scaling;
mod selfcheck;
mod sheet;
mod snapshots;
mod step_strip;
mod steps;
mod texts;
mod time_budget;
mod timeline;
mod typing;
mod undo;
mod variants;

use crate::scripted::{Window, failure, interpreters, scraper, trial, whole_run};
use concurrency_lab::lab::view::Tab;
use concurrency_lab::lab::{Action, Dialog};
use concurrency_lab::model::{CATALOGUE, ModelId};
use concurrency_lab::preset;
use concurrency_lab::session::{Outcome, SessionEvent};
use concurrency_lab::workload::Tasks;
use eframe::egui::{self, Key, Modifiers, Role, accesskit::Live};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

fn click(window: &mut Window, name: &str) {
    window.harness.get_by_label(name).click();
    window.harness.run();
}

fn has(window: &Window, text: &str) -> bool {
    window.harness.query_all_by_label_contains(text).next().is_some()
}

fn run_all(window: &mut Window) {
    click(window, "Run");
    window.script.send(whole_run());
    window.harness.run();
}

#[test]
fn a_preset_is_picked_by_its_title_and_brings_its_workload() {
    let mut window = Window::with(None);
    let mut last = preset::built_in().last().expect("presets ship with the lab").clone();
    last.resolve_interpreters(&interpreters());
    let node = window.harness.get_by_role_and_label(Role::ListBoxOption, &last.title);
    node.click_accesskit();
    window.harness.run();
    assert_eq!(*window.harness.state().lab().draft.experiment(), last);
    let node = window.harness.get_by_role_and_label(Role::ListBoxOption, &last.title);
    assert_eq!(node.accesskit_node().is_selected(), Some(true));
}

#[test]
fn a_run_tells_its_state_and_ends_in_rows() {
    let mut window = Window::with(Some(scraper()));
    click(&mut window, "Run");
    assert!(window.harness.query_by_label("Run").is_none());
    let started = SessionEvent::TrialStarted {
        point: 0,
        contender: scraper().models[1].clone(),
        round: 2,
        position: 5,
        seconds_left: Some(8.0),
    };
    window.script.send([SessionEvent::RoundsFixed { rounds: 3 }, started]);
    window.harness.run();
    assert!(has(&window, "Running Threads, round 2 of 3"));
    assert!(has(&window, "about 8 s left"));
    window.script.send(whole_run());
    window.harness.run();
    assert!(has(&window, "Done · 3 rounds of 3 models"));
    let rows: Vec<String> =
        window.harness.get_all_by_role(Role::Row).filter_map(|row| row.accesskit_node().label()).collect();
    assert!(rows[0].starts_with("Async, Rust: 57.0 ms, "), "{rows:?}");
    assert!(rows[0].contains("times as fast as Sequential"), "{rows:?}");
    assert!(rows[2].starts_with("Sequential, Rust: 4.00 s"), "{rows:?}");
    let headline = window.harness.state().lab().run.as_ref().and_then(|run| run.analysis());
    let headline = headline.expect("analysed").verdict.headline.clone();
    assert!(!headline.is_empty());
    let node = window.harness.get_by_label(&headline);
    assert_eq!(node.accesskit_node().live(), Live::Polite);
}

#[test]
fn the_first_round_is_a_first_look() {
    let mut window = Window::with(Some(scraper()));
    click(&mut window, "Run");
    let events = whole_run().into_iter().take(7);
    window.script.send(events);
    window.harness.run();
    assert!(has(&window, "Async, Rust: 55.0 ms in the warm-up, not measured yet"));
}

#[test]
fn cancel_asks_the_session_and_keeps_what_is_finished() {
    let mut window = Window::with(Some(scraper()));
    click(&mut window, "Run");
    let mut events = whole_run();
    events.truncate(13);
    window.script.send(events);
    window.harness.run();
    window.harness.key_press(Key::Escape);
    window.harness.run();
    assert!(window.script.played()[0].cancel.is_cancelled());
    assert!(has(&window, "Cancelling"));
    window.script.send([SessionEvent::Finished(Outcome::Cancelled)]);
    window.harness.run();
    assert!(has(&window, "Cancelled · 1 round of 3 models"));
    assert!(has(&window, "Async, Rust: 56.0 ms"));
}

#[test]
fn an_empty_cancel_brings_the_earlier_results_back() {
    let mut window = Window::with(Some(scraper()));
    run_all(&mut window);
    click(&mut window, "Run");
    assert!(!has(&window, "Async, Rust: 5"), "the new run has no result yet");
    window.harness.key_press(Key::Escape);
    window.harness.run();
    window.script.send([SessionEvent::Finished(Outcome::Cancelled)]);
    window.harness.run();
    assert!(has(&window, "Cancelled before anything was measured"));
    assert!(has(&window, "Async, Rust: 5"), "the results of the run before are back");
}

#[test]
fn a_failed_session_says_why() {
    let mut window = Window::with(Some(scraper()));
    click(&mut window, "Run");
    window.script.send([SessionEvent::Finished(Outcome::Failed(failure("no process can be started")))]);
    window.harness.run();
    assert!(has(&window, "Failed: no process can be started"));
    assert!(window.harness.query_by_label("Run").is_some());
}

#[test]
fn more_rounds_go_on_from_the_last() {
    let mut window = Window::with(Some(scraper()));
    run_all(&mut window);
    click(&mut window, "More rounds");
    let played = window.script.played();
    let more = played[1].request.more.as_ref().expect("a continued run");
    assert_eq!((more.after_round, more.after_position, more.rounds), (3, 12, 3));
}

#[test]
fn an_edit_is_shown_and_can_be_reverted() {
    let mut window = Window::with(Some(scraper()));
    assert!(window.harness.query_by_label("Revert").is_none());
    let field = window.harness.get_by_label("Tasks");
    assert_eq!(field.accesskit_node().role(), Role::SpinButton);
    field.set_value_accesskit(200.0);
    window.harness.run();
    let tasks = |window: &Window| window.harness.state().lab().draft.workload().task_count();
    assert_eq!(tasks(&window), 200);
    assert!(has(&window, "edited"));
    click(&mut window, "Revert");
    assert_eq!(tasks(&window), 80);
    assert!(window.harness.query_by_label("Revert").is_none());
}

#[test]
fn a_number_is_typed_with_its_unit() {
    let mut window = Window::with(Some(scraper()));
    window.harness.get_by_label("Task duration").focus();
    window.harness.run();
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.harness.event(egui::Event::Text("2 s".to_owned()));
    window.harness.run();
    window.harness.key_press(Key::Enter);
    window.harness.run();
    assert_eq!(window.harness.state().lab().draft.workload().task_ms(), Some(2000.0));
}

#[test]
fn a_model_that_takes_over_a_minute_is_unticked_until_the_user_insists() {
    let mut experiment = scraper();
    experiment.workload.tasks = Tasks::Alike { count: 2000, steps: scraper().workload.steps().to_vec() };
    let mut window = Window::with(Some(experiment));
    let chosen = |window: &Window| -> Vec<ModelId> {
        window.harness.state().lab().draft.chosen().map(|contender| contender.model).collect()
    };
    assert_eq!(chosen(&window), [ModelId::Threads, ModelId::Async]);
    assert!(has(&window, "about 2 min"));
    window.harness.get_by_label("Sequential, Rust").click_accesskit();
    window.harness.run();
    assert_eq!(chosen(&window), [ModelId::Sequential, ModelId::Threads, ModelId::Async]);
}

#[test]
fn keys_reach_everything_that_matters() {
    let mut window = Window::with(Some(scraper()));
    let tab = |window: &Window| window.harness.state().lab().view.tab;
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::R);
    window.harness.run();
    window.script.send(whole_run());
    window.harness.run();
    for (key, wanted) in [
        (Key::Num2, Tab::Cpu),
        (Key::Num3, Tab::Timeline),
        (Key::Num4, Tab::TimeBudget),
        (Key::Num5, Tab::Distribution),
        (Key::Num1, Tab::Compare),
    ] {
        window.harness.key_press_modifiers(Modifiers::COMMAND, key);
        window.harness.run();
        assert_eq!(tab(&window), wanted);
    }
    for (modifiers, key, title) in [
        (Modifiers::COMMAND, Key::E, "Export results"),
        (Modifiers::COMMAND, Key::O, "Open a file"),
        (Modifiers::COMMAND, Key::K, "Commands"),
    ] {
        window.harness.key_press_modifiers(modifiers, key);
        window.harness.run();
        assert!(window.harness.query_by_role_and_label(Role::Dialog, title).is_some(), "{title}");
        window.harness.key_press(Key::Escape);
        window.harness.run();
        assert_eq!(window.harness.state().lab().dialog, None, "{title}");
    }
}

#[test]
fn f6_goes_round_the_panes() {
    let mut window = Window::with(Some(scraper()));
    run_all(&mut window);
    let mut seen = Vec::new();
    for _ in 0..6 {
        window.harness.key_press(Key::F6);
        window.harness.run();
        let focused = window.harness.root().children_recursive().find(|node| node.is_focused());
        seen.push(focused.and_then(|node| node.accesskit_node().label()).expect("something has the focus"));
    }
    for wanted in ["Run", "Tasks", "Sequential, Rust", "Compare"] {
        assert!(seen.iter().any(|name| name == wanted), "{wanted} in {seen:?}");
    }
}

#[test]
fn an_export_goes_to_the_path_typed() {
    let mut window = Window::with(Some(scraper()));
    run_all(&mut window);
    click(&mut window, "Export…");
    let path = window.folder.path().join("out.csv");
    window.harness.get_by_label("File").set_text_value_accesskit(&path.display().to_string());
    window.harness.run();
    click(&mut window, "Save");
    window.until(|app| matches!(&app.lab().dialog, Some(Dialog::Export(export)) if !export.written.is_empty()));
    let first = std::fs::read_to_string(&path).expect("written").lines().next().unwrap_or_default().to_owned();
    assert!(first.starts_with("experiment,model,host"), "{first}");
    click(&mut window, "Save");
    window.until(|app| matches!(&app.lab().dialog, Some(Dialog::Export(export)) if export.exists));
    window.harness.run();
    assert!(window.harness.query_by_label("Replace").is_some());
}

#[test]
fn every_contracted_name_is_there() {
    let mut window = Window::with(Some(scraper()));
    for button in ["Run", "Export…", "Help", "Save preset…", "Appearance", "Undo", "Redo", "Import task list…"] {
        assert!(window.harness.query_by_role_and_label(Role::Button, button).is_some(), "{button}");
    }
    for field in ["Tasks", "Task duration", "Workers", "Trials"] {
        assert!(window.harness.query_by_label(field).is_some(), "{field}");
    }
    for info in &CATALOGUE {
        let name = format!("{}, {}", info.title, if info.id.is_python() { "Python 3.11" } else { "Rust" });
        assert!(window.harness.query_by_role_and_label(Role::CheckBox, &name).is_some(), "{name}");
    }
    run_all(&mut window);
    for tab in ["Compare", "CPU", "Timeline", "Distribution"] {
        let node = window.harness.get_by_role_and_label(Role::Tab, tab);
        assert_eq!(node.accesskit_node().is_selected(), Some(tab == "Compare"), "{tab}");
    }
    assert!(has(&window, "Plot of the wall times of 3 models on a logarithmic axis: fastest Async"));
    click(&mut window, "Timeline");
    window.until(|app| app.lab().run.as_ref().is_some_and(|run| run.lanes.values().all(Option::is_some)));
    assert!(has(&window, "Timeline of Threads, Rust: 80 tasks on 80 workers"));
    assert!(has(&window, "0.000 s task 0 started on worker 0"));
    click(&mut window, "CPU");
    assert!(has(&window, "too short for the counters"));
}

#[test]
fn nothing_is_drawn_while_nothing_happens() {
    let mut window = Window::with(Some(scraper()));
    for _ in 0..3 {
        window.harness.step();
    }
    let delay = |window: &Window| window.harness.output().viewport_output[&egui::ViewportId::ROOT].repaint_delay;
    assert_eq!(delay(&window), std::time::Duration::MAX);
    run_all(&mut window);
    for tab in [Tab::Compare, Tab::Cpu, Tab::Timeline, Tab::Distribution] {
        click(&mut window, Action::Tab(tab).info().label);
        window.until(|app| app.lab().run.as_ref().is_some_and(|run| run.lanes.values().all(Option::is_some)));
        window.harness.remove_cursor();
        for _ in 0..4 {
            window.harness.step();
        }
        assert_eq!(delay(&window), std::time::Duration::MAX, "{tab:?}");
    }
}

#[test]
fn a_flood_of_events_asks_for_ten_frames_a_second_at_most() {
    let mut window = Window::with(Some(scraper()));
    click(&mut window, "Run");
    for done in 0..1000 {
        window.script.send([SessionEvent::Progress { done, tasks: 1000 }]);
    }
    window.harness.step();
    let delay = window.harness.output().viewport_output[&egui::ViewportId::ROOT].repaint_delay;
    assert!(delay >= std::time::Duration::from_millis(90), "{delay:?}");
}

#[test]
fn the_window_works_small_and_large() {
    for size in [egui::vec2(1024.0, 640.0), egui::vec2(640.0, 400.0), egui::vec2(2560.0, 1440.0)] {
        let mut window = Window::sized(Some(scraper()), size);
        run_all(&mut window);
        for name in ["Run", "Export…", "Help", "Appearance"] {
            let rect = window.harness.get_by_role_and_label(Role::Button, name).rect();
            assert!(rect.left() >= 0.0 && rect.right() <= size.x, "{name} at {size:?}: {rect:?}");
        }
    }
}

#[test]
fn twenty_thousand_tasks_are_drawn_within_a_frame() {
    let mut experiment = scraper();
    experiment.workload.tasks = Tasks::Alike { count: 20_000, steps: scraper().workload.steps().to_vec() };
    let mut window = Window::with(Some(experiment));
    click(&mut window, "Run");
    let trials = [ModelId::Threads, ModelId::Async].map(|model| trial(model, 1, 1, 90, 20_000));
    let events = trials.map(|trial| SessionEvent::TrialFinished(Box::new(trial)));
    window.script.send(events.into_iter().chain([SessionEvent::Finished(Outcome::Done)]));
    window.harness.run();
    click(&mut window, "Timeline");
    window.until(|app| app.lab().run.as_ref().is_some_and(|run| run.lanes.values().all(Option::is_some)));
    let begun = std::time::Instant::now();
    for _ in 0..20 {
        window.harness.step();
    }
    let each = begun.elapsed() / 20;
    println!("a frame of the timeline with 40 000 tasks: {each:?}");
    click(&mut window, "Show all 20,000 lanes of Async");
    let begun = std::time::Instant::now();
    window.harness.run_steps(20);
    let each = each.max(begun.elapsed() / 20);
    println!("with all lanes: {each:?}");
    // A generous limit, for unoptimised builds on a busy machine.
    assert!(each < std::time::Duration::from_millis(400), "{each:?}");
}

#[test]
fn a_task_list_is_opened_and_a_broken_file_says_where() {
    let mut window = Window::with(Some(scraper()));
    let good = window.folder.path().join("tasks.csv");
    let broken = window.folder.path().join("broken.toml");
    std::fs::write(&good, "name,compute_ms,wait_ms\nA,0,2000\nB,1.5,3000\n").expect("written");
    std::fs::write(&broken, "id = 7\n").expect("written");
    let open = |window: &mut Window, path: &std::path::Path| {
        let field = window.harness.get_by_label("File");
        field.set_text_value_accesskit(&path.display().to_string());
        window.harness.run();
        click(window, "Open");
    };
    click(&mut window, "Import task list…");
    open(&mut window, &broken);
    window.until(|app| matches!(&app.lab().dialog, Some(Dialog::Open(field)) if field.problem.is_some()));
    assert!(has(&window, "broken.toml"));
    open(&mut window, &good);
    window.until(|app| app.lab().dialog.is_none());
    assert_eq!(window.harness.state().lab().draft.workload().task_count(), 2);
    assert!(has(&window, "B: compute 1.5 ms, wait 3 s"));
    assert!(window.harness.query_by_label("Task duration").is_none());
}

#[test]
fn a_preset_is_saved_under_its_title_and_listed() {
    let mut window = Window::with(Some(scraper()));
    click(&mut window, "Save preset…");
    window.harness.get_by_label("Title").set_text_value_accesskit("My own waits");
    window.harness.run();
    click(&mut window, "Save");
    window.until(|app| app.lab().dialog.is_none());
    window.harness.run();
    assert!(window.harness.query_by_role_and_label(Role::ListBoxOption, "My own waits").is_some());
}

#[test]
fn the_left_panel_folds_away_and_comes_back() {
    let mut window = Window::with(Some(scraper()));
    click(&mut window, "Hide panel");
    assert!(window.harness.query_by_label("Tasks").is_none());
    click(&mut window, "Show panel");
    assert!(window.harness.query_by_label("Tasks").is_some());
}
