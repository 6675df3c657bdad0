//! The view Time budget, and the bars among the details of a row.

use concurrency_lab::lab::view::{BudgetUnit, Tab};
use concurrency_lab::session::{Outcome, SessionEvent};
use concurrency_lab::trial::CpuSample;
use eframe::egui::{self, Key, Modifiers, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::pictures::painted_texts;
use super::{click, has, run_all};
use crate::scripted::{Window, scraper, whole_run};

fn shown() -> Window {
    let mut window = Window::sized(Some(scraper()), egui::vec2(1280.0, 1400.0));
    run_all(&mut window);
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::Num4);
    window.harness.run();
    window
}

fn drawn(window: &Window, text: &str) -> bool {
    painted_texts(window).iter().any(|(painted, _)| painted == text)
}

#[test]
fn both_totals_are_told_in_sentences_bars_and_tables() {
    let window = shown();
    assert_eq!(window.harness.state().lab().shown_tab(), Tab::TimeBudget);
    assert!(has(&window, "Largest part of the core-seconds: not attributed under "));
    assert!(has(
        &window,
        "Largest part of the task-seconds: waiting under Async (100 %) and Threads (100 %); queue under Sequential (98 %)."
    ));
    for title in ["Async", "Threads", "Sequential"] {
        assert!(has(&window, &format!("Core-seconds of {title}: ")), "{title}");
        assert!(has(&window, &format!("Task-seconds of {title}: ")), "{title}");
    }
    assert!(has(&window, "One trial of each model, the one nearest its median: its parts add up."));
    assert!(has(&window, "Idle time and other programs were not measured: the trial is shorter than 200 ms"));
    // The table has every figure of the bars, and what is outside the clock.
    let budgets = window.harness.state().lab().run.as_ref().expect("a run").budgets();
    assert_eq!(budgets.len(), 3);
    for budget in budgets {
        let stack = budget.task_seconds.as_ref().expect("recorded");
        for (_, nanos) in stack.shown() {
            let share = concurrency_lab::units::percent(stack.percent(nanos));
            let cell = format!("{}, {share}", concurrency_lab::units::duration(nanos as f64));
            assert!(drawn(&window, &cell), "{cell}");
        }
    }
    assert!(drawn(&window, "start-up") && drawn(&window, "1.00 ms") && drawn(&window, "500 µs"));
}

#[test]
fn the_unit_is_chosen_and_the_picture_follows() {
    let mut window = shown();
    assert!(drawn(&window, "100 %") && !drawn(&window, "2 s"));
    click(&mut window, "Unit");
    window.harness.get_by_role_and_label(Role::Button, "seconds").click();
    window.harness.run();
    assert_eq!(window.harness.state().lab().view.budget_unit, BudgetUnit::Seconds);
    assert!(drawn(&window, "2 s"), "{:?}", painted_texts(&window));
}

#[test]
fn the_bars_are_one_tab_stop_and_arrows_move_between_them() {
    let mut window = shown();
    let focused = |window: &Window| {
        let node = window.harness.root().children_recursive().find(|node| node.is_focused());
        node.and_then(|node| node.accesskit_node().label()).unwrap_or_default()
    };
    window.harness.get_by_label_contains("Core-seconds of Async: ").focus();
    window.harness.run();
    let mut seen = vec![focused(&window)];
    for key in [Key::ArrowDown, Key::ArrowDown, Key::ArrowDown, Key::Home, Key::End, Key::ArrowUp, Key::Tab] {
        window.harness.key_press(key);
        window.harness.run();
        seen.push(focused(&window));
    }
    let wanted = ["Core-seconds of Async", "Core-seconds of Threads", "Core-seconds of Sequential"];
    let order = [0, 1, 2, 2, 0, 2, 1];
    for (seen, wanted) in seen.iter().zip(order.map(|index| wanted[index])) {
        assert!(seen.starts_with(wanted), "{seen:?} is not {wanted}");
    }
    assert!(seen[7].starts_with("Task-seconds of "), "the next tab stop is the other total: {seen:?}");
}

#[test]
fn pointing_at_a_part_explains_it() {
    let mut window = shown();
    let row = window.harness.get_by_label_contains("Task-seconds of Async: ").rect();
    window.harness.hover_at(egui::pos2(row.center().x, row.top() + 12.0));
    window.harness.run_steps(60);
    let hints: Vec<String> = painted_texts(&window).into_iter().map(|(text, _)| text).collect();
    assert!(hints.iter().any(|text| text.starts_with("waiting: ") && text.contains("Sleeps and timers")), "{hints:?}");
}

#[test]
fn a_long_trial_has_idle_cores_and_the_details_of_a_row_have_the_bars() {
    let mut window = Window::sized(Some(scraper()), egui::vec2(1280.0, 1600.0));
    click(&mut window, "Run");
    let mut events = whole_run();
    for event in &mut events {
        if let SessionEvent::TrialFinished(trial) = event {
            trial.cpu = (1..=16)
                .map(|number| CpuSample {
                    at_ms: f64::from(number) * 250.0,
                    width_ms: 250.0,
                    // The script reports no machine, so one core is known.
                    usage_percent: vec![1.0],
                    lab_percent: Some(0.1),
                    tree_percent: Some(0.1),
                })
                .collect();
        }
    }
    window.script.send(events.into_iter().filter(|event| !matches!(event, SessionEvent::Finished(_))));
    window.script.send([SessionEvent::Finished(Outcome::Done)]);
    window.harness.run();
    window.harness.get_by_label_contains("Sequential, Rust: 4.00 s").click();
    window.harness.run();
    let node = window.harness.get_by_label_contains("Core-seconds of Sequential: ").accesskit_node().label();
    assert!(node.as_ref().is_some_and(|label| label.contains(" on 1 core: idle 9")), "{node:?}");
    assert!(has(&window, "Task-seconds of Sequential: "));
    assert!(has(
        &window,
        "Outside the clock: start-up 1.00 ms, teardown 500 µs. Of one trial, the one nearest the median."
    ));
}

#[test]
fn before_the_first_trial_there_is_no_budget() {
    let mut window = Window::with(Some(scraper()));
    click(&mut window, "Run");
    click(&mut window, "Time budget");
    assert!(has(&window, "Time budgets appear with the first completed trials"));
}
