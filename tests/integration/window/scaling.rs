//! Sweeps in the window: the form, the scaling view, and the point that other views show.

use concurrency_lab::app::App;
use concurrency_lab::experiment::sweep::Sweep;
use concurrency_lab::lab::Run;
use concurrency_lab::lab::view::Tab;
use concurrency_lab::model::{Contender, ModelId};
use concurrency_lab::session::{Outcome, SessionEvent};
use eframe::egui::{Key, Modifiers, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::{click, has};
use crate::scripted::{Window, scraper, trial};

/// Returns a window after a run of two models at 10, 100 and 1,000 tasks.
pub fn swept() -> Window {
    let mut experiment = scraper();
    experiment.sweep = Some(Sweep::parse("tasks=10,100,1000").expect("a sweep"));
    experiment.models = [ModelId::Sequential, ModelId::Async].map(Contender::of).to_vec();
    let mut window = Window::with(Some(experiment));
    click(&mut window, "Run");
    let mut events = vec![SessionEvent::RoundsFixed { rounds: 6 }];
    let mut position = 0;
    for round in 0..=6 {
        for (point, tasks) in (0..).zip([10, 100, 1_000]) {
            for (model, wall_ms) in [(ModelId::Sequential, 50 * u64::from(tasks)), (ModelId::Async, 52)] {
                position += 1;
                let mut finished = trial(model, round, position, wall_ms + u64::from(round.unsigned_abs() % 2), tasks);
                finished.point = point;
                events.push(SessionEvent::TrialFinished(Box::new(finished)));
            }
        }
    }
    window.script.send(events);
    window.harness.run();
    // While models run, nothing is resampled beside them.
    assert!(has(&window, "Measuring at 3 values of Tasks; what they show follows at the end"));
    window.script.send([SessionEvent::Finished(Outcome::Done)]);
    let found = |app: &App| app.lab().run.as_ref().and_then(Run::scaling).is_some_and(|found| !found.curves.is_empty());
    window.until(found);
    window.harness.run();
    window
}

#[test]
fn a_sweep_opens_the_scaling_view_with_its_finding_and_its_figures() {
    let mut window = swept();
    assert_eq!(window.harness.state().lab().shown_tab(), Tab::Scaling);
    assert!(has(&window, "Async is the fastest at every value."));
    assert!(has(&window, "wall time over Tasks, smallest to largest value: Sequential from 500 ms to 50.0 s"));
    // The table has each value and figure.
    for text in ["1,000", "5.00 s"] {
        assert!(window.harness.query_all_by_label(text).next().is_some(), "{text}");
    }
    // The same by its title: another figure.
    window.harness.get_by_role_and_label(Role::ComboBox, "Figure").click();
    window.harness.run();
    click(&mut window, "tasks per second");
    assert!(has(&window, "tasks per second over Tasks"));
}

#[test]
fn a_name_in_the_legend_hides_and_shows_its_curve() {
    let mut window = swept();
    let shown = |window: &Window| {
        let node = window.harness.get_by_role_and_label(Role::CheckBox, "Curve of Async");
        node.accesskit_node().toggled().map(|toggled| format!("{toggled:?}"))
    };
    assert_eq!(shown(&window).as_deref(), Some("True"));
    window.harness.get_by_role_and_label(Role::CheckBox, "Curve of Async").focus();
    window.harness.run();
    window.harness.key_press(Key::Space);
    window.harness.run();
    assert_eq!(shown(&window).as_deref(), Some("False"));
}

#[test]
fn the_other_views_show_one_point_at_a_time() {
    let mut window = swept();
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::Num1);
    window.harness.run();
    assert!(has(&window, "Sequential, Rust: 500 ms"));
    window.harness.get_by_role_and_label(Role::ComboBox, "Point").click();
    window.harness.run();
    click(&mut window, "Tasks 1,000");
    assert!(has(&window, "Sequential, Rust: 50.0 s"));
}

#[test]
fn the_form_sets_a_sweep_and_says_what_is_wrong_with_its_values() {
    let mut window = Window::with(Some(scraper()));
    window.harness.get_by_role_and_label(Role::ComboBox, "Sweep").click();
    window.harness.run();
    window.harness.get_by_role_and_label(Role::Button, "Task duration").click_accesskit();
    window.harness.run();
    let sweep = |window: &Window| window.harness.state().lab().draft.experiment().sweep.clone();
    assert_eq!(sweep(&window).map(|sweep| sweep.key.to_string()).as_deref(), Some("task_ms"));
    let field = window.harness.get_by_role_and_label(Role::TextInput, "Values");
    field.focus();
    window.harness.run();
    window.harness.get_by_role_and_label(Role::TextInput, "Values").type_text(",-1");
    window.harness.run();
    assert!(has(&window, "task_ms can't be -1: allowed are 0 to 3600000 milliseconds"));
    assert_eq!(sweep(&window).map(|sweep| sweep.values.to_string()).as_deref(), Some("50,100,200"));
}
