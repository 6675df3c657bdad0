//! The tab Learn: advice, quiz, lesson and cards, by their labels and by keys alone.

use concurrency_lab::experiment::quiz::QuizEntry;
use concurrency_lab::experiment::{Experiment, SamplingPlan, TrialCount};
use concurrency_lab::lab::view::Tab;
use concurrency_lab::model::ModelId;
use concurrency_lab::session::machine::Machine;
use concurrency_lab::session::{Outcome, SessionEvent};
use concurrency_lab::workload::{Tasks, Workload};
use eframe::egui::{self, Key, Modifiers, Role, accesskit::Live};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::{click, has};
use crate::scripted::{Window, headroom, scraper, trial};

const QUESTION: &str = "Which model for a workload like this one?";

fn learn(window: &mut Window) {
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::Num7);
    window.harness.run();
    assert_eq!(window.harness.state().lab().shown_tab(), Tab::Learn);
}

/// All events of a run with these wall times, one after the other in each round.
fn events(rounds: i32, tasks: u32, walls: &[(ModelId, u64)]) -> Vec<SessionEvent> {
    let machine = Machine { debug_build: false, ..headroom().machine };
    let mut all = vec![SessionEvent::Machine(machine.into())];
    all.push(SessionEvent::RoundsFixed { rounds: rounds.unsigned_abs() });
    let mut position = 0;
    for round in 0..=rounds {
        for (model, wall_ms) in walls {
            position += 1;
            let drift = u64::from(round.unsigned_abs() % 3);
            all.push(SessionEvent::TrialFinished(Box::new(trial(*model, round, position, wall_ms + drift, tasks))));
        }
    }
    all.push(SessionEvent::Finished(Outcome::Done));
    all
}

const WALLS: [(ModelId, u64); 3] = [(ModelId::Threads, 55), (ModelId::Async, 160), (ModelId::Sequential, 4000)];

fn finished(rounds: i32) -> Window {
    let mut window = Window::sized(Some(scraper()), egui::vec2(1600.0, 1200.0));
    click(&mut window, "Run");
    window.script.send(events(rounds, 80, &WALLS));
    window.harness.run();
    learn(&mut window);
    window.until(|app| app.lab().lesson().is_some());
    window.harness.run();
    window
}

fn quizzed() -> Experiment {
    let entry = QuizEntry {
        question: "What overlaps?".to_owned(),
        choices: vec!["The waits".to_owned(), "The computing".to_owned()],
        answer: "The waits".to_owned(),
        because: "A wait needs no core.".to_owned(),
    };
    Experiment { quiz: vec![entry], ..scraper() }
}

#[test]
fn the_advice_names_the_fastest_its_evidence_and_what_would_change_it() {
    let window = finished(7);
    assert!(has(&window, QUESTION));
    assert!(has(&window, "Threads (56.0 ms), 2.9 times as fast as the next, Async."));
    assert!(has(&window, "times as long as Threads (95 % interval"));
    assert!(has(&window, "What would change the answer"));
    assert!(has(&window, "this system allows at most 20,000 threads at once"));
}

#[test]
fn three_rounds_give_no_advice_and_say_how_many_more_do() {
    let window = finished(3);
    assert!(has(&window, "No advice after 3 rounds: 3 more make an interval possible."));
    assert!(!has(&window, "What would change the answer"));
}

#[test]
fn during_a_run_nothing_is_computed() {
    let mut window = Window::sized(Some(scraper()), egui::vec2(1600.0, 1200.0));
    click(&mut window, "Run");
    let mut all = events(7, 80, &WALLS);
    all.pop();
    window.script.send(all);
    window.harness.run();
    learn(&mut window);
    assert!(has(&window, "The advice follows at the end of the run."));
    assert!(has(&window, "The questions follow at the end of the run."));
    assert!(window.harness.state().lab().lesson().is_none());
    window.script.send([SessionEvent::Finished(Outcome::Done)]);
    window.until(|app| app.lab().lesson().is_some());
}

#[test]
fn a_question_is_answered_by_keys_alone_and_the_answer_is_announced() {
    let mut window = finished(7);
    let question = "How many tasks were in flight at once under Threads?";
    assert!(has(&window, question));
    // One stop of Tab: the arrows go on.
    let first = window.harness.get_by_role_and_label(Role::RadioButton, "1");
    first.focus();
    window.harness.run();
    for _ in 0..2 {
        window.harness.key_press(Key::ArrowDown);
        window.harness.run();
    }
    let all = window.harness.get_by_role_and_label(Role::RadioButton, "all 80");
    assert!(all.accesskit_node().is_focused());
    window.harness.key_press(Key::Space);
    window.harness.run();
    window.harness.run();
    let answer = "Right. Measured: all 80 in each of 7 trials; the workload has 80 tasks.";
    let node = window.harness.get_by_label(answer);
    assert_eq!(node.accesskit_node().live(), Live::Polite);
    click(&mut window, "40");
    assert!(has(&window, "No: all 80. Measured: all 80 in each of 7 trials"));
}

#[test]
fn before_a_run_the_file_s_questions_are_asked_with_their_explanation() {
    let mut window = Window::sized(Some(quizzed()), egui::vec2(1600.0, 1200.0));
    click(&mut window, "Learn");
    assert!(!has(&window, QUESTION), "there is nothing to advise from");
    assert!(has(&window, "Look at how many tasks are"), "the lesson is unfolded");
    click(&mut window, "The computing");
    assert!(has(&window, "No: The waits. A wait needs no core."));
    assert!(has(&window, "0 of 1 right"));
    click(&mut window, "The waits");
    assert!(has(&window, "Right. A wait needs no core."));
    assert!(has(&window, "1 of 1 right"));
}

#[test]
fn an_edited_workload_is_not_asked_about_the_preset_s() {
    let mut window = Window::sized(Some(quizzed()), egui::vec2(1600.0, 1200.0));
    click(&mut window, "Learn");
    assert!(has(&window, "What overlaps?"));
    window.harness.get_by_label("Tasks").set_value_accesskit(200.0);
    window.harness.run();
    assert!(!has(&window, "What overlaps?"));
}

#[test]
fn a_card_is_chosen_by_name_and_its_code_is_copied() {
    let mut window = Window::sized(Some(scraper()), egui::vec2(1600.0, 1200.0));
    click(&mut window, "Learn");
    assert!(has(&window, "The caller runs one task after the other."));
    window.harness.get_by_role_and_label(Role::ListBoxOption, "Async on Rust").click();
    window.harness.run();
    window.harness.run();
    assert!(has(&window, "Cooperative: a task keeps the thread until it awaits something."));
    let code = ModelId::Async.info().code;
    assert!(window.harness.get_by_role_and_label(Role::Code, code).accesskit_node().label().is_some());
    click(&mut window, "Copy code");
    assert!(has(&window, "Code copied"));
}

#[test]
fn a_cost_that_was_not_measured_offers_the_preset_that_measures_it() {
    let mut window = Window::sized(Some(scraper()), egui::vec2(1600.0, 1200.0));
    click(&mut window, "Learn");
    window.until(|app| {
        let lab = app.lab();
        lab.card_shown().is_some_and(|one| matches!(lab.cost_of(one), concurrency_lab::lab::model_card::Cost::Unknown))
    });
    window.harness.run();
    assert!(has(&window, "not measured here yet"));
    click(&mut window, "Load Tiny tasks");
    assert_eq!(window.harness.state().lab().draft.experiment().id, "tiny-tasks");
}

#[test]
fn a_run_of_empty_tasks_fills_in_what_a_task_costs() {
    let tiny = Experiment {
        workload: Workload { tasks: Tasks::Alike { count: 1_000, steps: Vec::new() }, ..Workload::default() },
        trials: SamplingPlan { count: TrialCount::Fixed(7), ..SamplingPlan::default() },
        ..scraper()
    };
    let mut window = Window::sized(Some(tiny), egui::vec2(1600.0, 1200.0));
    click(&mut window, "Run");
    window.script.send(events(7, 1_000, &WALLS));
    window.harness.run();
    learn(&mut window);
    window.until(|app| app.lab().lesson().is_some());
    window.harness.get_by_role_and_label(Role::ListBoxOption, "Async on Rust").click();
    window.harness.run();
    window.harness.run();
    assert!(has(&window, "161 µs (95 % interval 160 µs to 162 µs)"));
    assert!(has(&window, "with 1,000 empty tasks"));
}

#[test]
fn everything_is_reachable_in_a_small_window() {
    let mut window = Window::sized(Some(quizzed()), egui::vec2(1024.0, 640.0));
    click(&mut window, "Learn");
    window.harness.get_by_role_and_label(Role::Button, "Copy code").focus();
    window.harness.run();
    window.harness.run();
    let bounds = window.harness.get_by_role_and_label(Role::Button, "Copy code").rect();
    assert!(bounds.bottom() <= 640.0 && bounds.top() >= 0.0, "{bounds:?}");
}
