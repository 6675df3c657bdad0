//! The names of results, edited drafts and saved presets.

use concurrency_lab::experiment::{Experiment, TrialCount};
use concurrency_lab::failure::Failure;
use concurrency_lab::model::ModelId;
use concurrency_lab::preset;
use concurrency_lab::session::{Outcome, SessionEvent};
use concurrency_lab::trial::{Background, Status};
use concurrency_lab::workload::{Step, Tasks};
use eframe::egui::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::{click, has, run_all};
use crate::scripted::{Window, run_with, scraper, trial, whole_run};

fn pick(window: &mut Window, title: &str) {
    window.harness.get_by_role_and_label(Role::ListBoxOption, title).click_accesskit();
    window.harness.run();
}

fn experiment(window: &Window) -> Experiment {
    window.harness.state().lab().draft.experiment().clone()
}

#[test]
fn results_carry_the_name_of_what_ran_whatever_is_selected() {
    let deadlock = preset::find("deadlock").expect("it ships").clone();
    let mut window = Window::with(Some(deadlock));
    click(&mut window, "Run");
    pick(&mut window, "Three at a time");
    assert!(has(&window, "\"Deadlock\" is running: "), "the run is named while it runs");
    let row = window.harness.get_by_role_and_label(Role::ListBoxOption, "Deadlock");
    let description = row.accesskit_node().description().unwrap_or_default();
    assert!(description.ends_with(" · running"), "{description}");
    let trials = [SessionEvent::TrialFinished(Box::new(trial(ModelId::Sequential, 1, 1, 80, 4)))];
    window.script.send(trials.into_iter().chain([SessionEvent::Finished(Outcome::Done)]));
    window.harness.run();
    click(&mut window, "Show");
    assert!(has(&window, "Results of \"Deadlock\", run at "));
    assert!(has(&window, "4 tasks: take two locks 20 ms apart, in opposite orders"), "what was run is said");
    click(&mut window, "What to look for");
    assert!(window.harness.query_by_role_and_label(Role::Complementary, "About the preset Deadlock").is_some());
    assert!(has(&window, "take lock A"), "the explanation is that of the results");
    click(&mut window, "Close sheet");
    pick(&mut window, "Three at a time");
    click(&mut window, "Run");
    assert_eq!(window.script.played()[1].request.experiment.title, "Three at a time");
}

#[test]
fn an_edit_after_a_run_says_so_and_offers_to_run_it() {
    let mut window = Window::with(Some(scraper()));
    run_all(&mut window);
    assert!(has(&window, "Results of \"Test scraper\", run at "));
    assert!(!has(&window, "The form differs"));
    let place = |window: &Window| window.harness.get_by_label("Before the run").rect();
    let before = place(&window);
    window.harness.get_by_label("Tasks").set_value_accesskit(200.0);
    window.harness.run();
    assert!(has(&window, "Results of \"Test scraper\", run at ") && has(&window, "The form differs in Tasks."));
    assert_eq!(place(&window), before, "buttons keep their place");
    assert!(has(&window, "80 tasks: wait 50 ms"), "the figures are of 80 tasks");
    click(&mut window, "Run with the new settings");
    assert_eq!(window.script.played()[1].request.experiment.workload.task_count(), 200);
    window.script.send(whole_run());
    window.harness.run();
    assert!(has(&window, "Results of \"Test scraper (edited)\", run at "));
}

#[test]
fn the_page_before_a_run_is_about_the_draft_and_not_about_its_preset() {
    let mut window = Window::with(preset::find("quick-tour").cloned());
    let own = experiment(&window).summary;
    assert!(has(&window, &own));
    assert!(has(&window, "About the preset Quick tour"));
    for (name, value) in [("Tasks", 1000.0), ("Task duration", 7.0)] {
        window.harness.get_by_label(name).set_value_accesskit(value);
        window.harness.run();
    }
    assert!(has(&window, "000 tasks: compute "), "what would run");
    assert!(!has(&window, &own), "16 tasks are not what would run");
    assert!(has(&window, "About the preset Quick tour (edited)"));
    click(&mut window, "Revert");
    assert!(has(&window, &own));
}

#[test]
fn a_saved_preset_describes_its_own_work_and_keeps_the_results_in_sight() {
    let mut window = Window::with(Some(scraper()));
    window.harness.get_by_label("Tasks").set_value_accesskit(200.0);
    window.harness.run();
    run_all(&mut window);
    click(&mut window, "Save preset…");
    assert!(has(&window, "The text about \"Test scraper\" is not saved"));
    window.harness.get_by_label("Title").set_text_value_accesskit("My list");
    window.harness.run();
    click(&mut window, "Save");
    window.until(|app| app.lab().dialog.is_none());
    window.harness.run();
    let saved = experiment(&window);
    assert_eq!((saved.title.as_str(), saved.summary.as_str()), ("My list", "200 tasks: wait 50 ms"));
    assert_eq!(saved.explanation, "", "what it explained was another workload");
    assert!(has(&window, "Results of \"Test scraper (edited)\""), "the results are still there");
    assert!(window.harness.state().lab().shows_draft(), "and they are those of the saved preset");
    // On disk as well.
    let file = std::fs::read_to_string(window.folder.path().join("presets/my-list.toml")).expect("written");
    assert!(file.contains("summary = \"200 tasks: wait 50 ms\"") && !file.contains("in flight"), "{file}");
}

#[test]
fn a_saved_preset_of_the_same_work_keeps_the_text_and_takes_the_description_typed() {
    let mut window = Window::with(Some(scraper()));
    click(&mut window, "Save preset…");
    window.harness.get_by_label("Title").set_text_value_accesskit("Mine");
    window.harness.get_by_label("Description").set_text_value_accesskit("Eighty\nwaits");
    window.harness.run();
    click(&mut window, "Save");
    window.until(|app| app.lab().dialog.is_none());
    let saved = experiment(&window);
    assert_eq!((saved.summary.as_str(), saved.explanation), ("Eighty waits", scraper().explanation));
}

#[test]
fn models_that_are_all_too_slow_are_a_reason_and_can_be_insisted_on() {
    let mut long = scraper();
    long.workload.tasks = Tasks::Alike { count: 80, steps: vec![Step::wait(100_000.0)] };
    let mut window = Window::with(Some(long));
    assert!(has(&window, "Every chosen model would need more than a minute a trial"));
    assert!(has(&window, "a trial is ended after 2.00 min") || has(&window, "a trial is ended after 120 s"));
    assert!(!has(&window, "In which order"));
    assert!(window.harness.get_by_label("Run").accesskit_node().is_disabled());
    click(&mut window, "Choose them anyway");
    assert!(!window.harness.get_by_label("Run").accesskit_node().is_disabled());
    assert_eq!(window.harness.state().lab().draft.chosen().count(), 3);
}

#[test]
fn a_disturbed_run_says_so_first_and_offers_to_run_again() {
    let mut quiet = Window::with(Some(scraper()));
    run_all(&mut quiet);
    assert!(!has(&quiet, "Disturbed:"));
    let mut window = Window::with(Some(scraper()));
    click(&mut window, "Run");
    let events = run_with(|_, _, _| ()).into_iter().map(|event| match event {
        SessionEvent::TrialFinished(mut trial) => {
            let wall_nanos = 4_000_000_000;
            let (busy_nanos, lab_nanos) = (wall_nanos, 0);
            trial.background =
                Some(Background { wall_nanos, busy_nanos, tree_nanos: 0, lab_nanos, ..Background::default() });
            SessionEvent::TrialFinished(trial)
        }
        other => other,
    });
    window.script.send(events);
    window.harness.run();
    let warning = window.harness.get_by_label_contains("Disturbed: other programs used 100 %");
    let headline =
        &window.harness.state().lab().run.as_ref().and_then(|run| run.analysis().cloned()).expect("analysed");
    let headline = window.harness.get_by_label(&headline.verdict.headline);
    assert!(warning.rect().bottom() <= headline.rect().top() + 1.0, "the warning comes first");
    assert!(window.harness.query_by_label("disturbed").is_some(), "beside the name of the run");
    assert!(quiet.harness.query_by_label("disturbed").is_none());
    click(&mut window, "Run when quiet");
    let again: Vec<bool> = window.script.played().iter().map(|played| played.request.when_quiet.is_some()).collect();
    assert_eq!(again, [false, true]);
}

#[test]
fn how_many_rounds_and_what_failed_stands_beside_the_name_of_the_run() {
    let mut window = Window::with(Some(scraper()));
    click(&mut window, "Run");
    let models = experiment(&window).models.len();
    let events = run_with(|_, _, _| ()).into_iter().map(|event| match event {
        SessionEvent::TrialFinished(mut trial) if trial.contender.model == ModelId::Threads => {
            trial.status = Status::Failed;
            trial.measured = None;
            trial.failure = Some(Failure::SpanMissing { task: 3 });
            SessionEvent::TrialFinished(trial)
        }
        other => other,
    });
    window.script.send(events);
    window.harness.run();
    assert!(models > 1);
    for label in ["3 rounds", "1 model failed"] {
        assert!(window.harness.query_by_label(label).is_some(), "{label}");
    }
    assert!(window.harness.query_by_label("disturbed").is_none());
    let reason = window.harness.get_by_label_contains("Threads failed: task 3 was submitted but has no span.");
    let label = reason.accesskit_node().label().unwrap_or_default();
    assert!(!label.contains("rounds"), "apart from the statistics: {label}");
}

#[test]
fn a_fixed_number_of_trials_is_no_other_work() {
    let mut window = Window::with(Some(scraper()));
    window.harness.get_by_label("Trials").set_value_accesskit(5.0);
    window.harness.run();
    assert_eq!(experiment(&window).trials.count, TrialCount::Fixed(5));
    assert!(has(&window, "80 waits of 50 ms"), "the description still holds");
}

#[test]
fn how_long_it_takes_is_said_from_the_start_and_in_more_rounds() {
    let mut window = Window::with(Some(scraper()));
    click(&mut window, "Run");
    assert!(has(&window, "starting · about "), "the estimate that was beside Run");
    assert!(!has(&window, "time left is known"));
    window.script.send(whole_run());
    window.harness.run();
    click(&mut window, "More rounds");
    assert!(has(&window, "starting · about ") && has(&window, " left"));
    // 3 rounds of 4 s + 60 ms + 55 ms.
    let left = window.harness.state().lab().run.as_ref().and_then(|run| run.seconds_left());
    assert!(left.is_some_and(|left| left > 6.0 && left < 13.0), "{left:?}");
}

#[test]
fn the_progress_of_a_run_never_goes_back() {
    let mut window = Window::with(Some(scraper()));
    click(&mut window, "Run");
    let mut last = 0.0;
    for seconds_left in [None, Some(0.001), Some(1000.0), Some(1.0), None] {
        let contender = scraper().models[0].clone();
        window.script.send([SessionEvent::TrialStarted { point: 0, contender, round: 1, position: 1, seconds_left }]);
        window.harness.run_ok();
        let share = window.harness.state().lab().run.as_ref().map_or(0.0, |run| run.share_done());
        assert!(share >= last && share <= 1.0, "{share} after {last}");
        last = share;
    }
    assert!(last > 0.5);
}

#[test]
fn a_cancelled_run_counts_the_models_that_have_run() {
    let mut window = Window::with(Some(scraper()));
    click(&mut window, "Run");
    let trials = [(ModelId::Async, 55), (ModelId::Threads, 60)]
        .map(|(model, wall)| SessionEvent::TrialFinished(Box::new(trial(model, 1, 1, wall, 80))));
    let mut stopped = trial(ModelId::Sequential, 1, 3, 1, 80);
    (stopped.status, stopped.measured) = (Status::Cancelled, None);
    let stopped = SessionEvent::TrialFinished(Box::new(stopped));
    window.script.send(trials.into_iter().chain([stopped, SessionEvent::Finished(Outcome::Cancelled)]));
    window.harness.run();
    assert!(has(&window, "Cancelled · 1 round of 2 of 3 models"));
    assert!(has(&window, "Sequential, Rust: cancelled"));
    assert!(!has(&window, "cancelled: cancelled"));
}

#[test]
fn equal_times_and_single_trials_are_no_range() {
    let mut window = Window::with(Some(scraper()));
    click(&mut window, "Run");
    let mut events: Vec<SessionEvent> = (1..=3)
        .map(|round| SessionEvent::TrialFinished(Box::new(trial(ModelId::Async, round, round as u32, 3000, 80))))
        .collect();
    events.push(SessionEvent::TrialFinished(Box::new(trial(ModelId::Sequential, 1, 4, 8, 80))));
    events.push(SessionEvent::Finished(Outcome::Done));
    window.script.send(events);
    window.harness.run();
    assert!(has(&window, "Async, Rust: 3.00 s in each of 3 trials"));
    assert!(has(&window, "Sequential, Rust: 8.00 ms in 1 trial"));
    assert!(has(&window, "0.0027 times as fast as Sequential (375 times as long)"));
}
