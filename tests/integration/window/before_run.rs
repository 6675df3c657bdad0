//! The page before a run: the tasks and the ideals as a picture, and the guess of the models' order.

use concurrency_lab::experiment::Experiment;
use concurrency_lab::model::{Contender, ModelId};
use concurrency_lab::preset;
use concurrency_lab::session::{Outcome, SessionEvent};
use concurrency_lab::workload::{Step, Tasks};
use eframe::egui::{self, Key, Modifiers, PointerButton, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::scale::visible_texts;
use super::{click, has, run_all};
use crate::scripted::{Window, interpreters, scraper, trial};

fn drawn(experiment: Experiment) -> Window {
    let mut window = Window::with(Some(experiment));
    settle(&mut window);
    window
}

fn of_preset(id: &str) -> Window {
    drawn(preset::find(id).expect("it ships").clone())
}

/// Draws until the picture is that of the draft.
fn settle(window: &mut Window) {
    window.until(|app| app.lab().interpreters.is_some() && app.lab().shows_picture_of_draft());
    window.harness.run();
}

fn order(window: &Window) -> Vec<ModelId> {
    window.harness.state().lab().guess.order.iter().map(|contender| contender.model).collect()
}

/// Labels of the images on the page: the text alternatives of what is drawn.
fn images(window: &Window) -> Vec<String> {
    window.harness.get_all_by_role(Role::Image).filter_map(|node| node.accesskit_node().label()).collect()
}

fn select(window: &mut Window, title: &str) {
    window.harness.get_by_role_and_label(Role::ListBoxOption, title).click_accesskit();
    window.harness.run();
}

const NEUTRAL: [ModelId; 3] = [ModelId::Sequential, ModelId::Threads, ModelId::Async];

#[test]
fn nothing_is_said_of_models_that_are_still_searched_for() {
    let (mut window, search) = Window::searching(preset::find("python-cpu").cloned());
    let no_model = "No model is selected: select at least one in the list of models.";
    let expected = |window: &Window| {
        let row = window.harness.get_by_role_and_label(Role::ListBoxOption, "Python: computing");
        row.accesskit_node().description().expect("described").contains(" · about ")
    };
    window.harness.run();
    assert!(has(&window, "Looking for Python interpreters…"));
    assert!(!has(&window, no_model));
    assert!(!expected(&window), "the time of the run is not known");
    drop(search);
    settle(&mut window);
    assert!(!has(&window, "Looking for Python interpreters…") && !has(&window, no_model));
    assert!(expected(&window));
}

#[test]
fn the_explanation_does_not_answer_the_question_above_it() {
    let mut window = of_preset("web-scraper");
    let folded = "What to look for, and why: this tells the answer";
    let answer = "Sequential needs 80 times 50 ms";
    let says = |window: &Window, words: &str| window.harness.query_by_label_contains(words).is_some();
    assert!(says(&window, "Eighty pages are fetched"), "the workload is explained");
    assert!(says(&window, folded) && !says(&window, answer));
    click(&mut window, folded);
    assert!(says(&window, answer), "on request");
    click(&mut window, folded);
    assert!(!says(&window, answer));
    click(&mut window, "That is my guess");
    assert!(says(&window, answer) && !says(&window, folded), "and after the guess");
}

#[test]
fn a_guess_comes_before_its_answer() {
    let mut window = drawn(scraper());
    assert!(has(&window, "In which order will the models be done?"));
    assert_eq!(order(&window), NEUTRAL, "the order of the list gives nothing away");
    let tasks = "The tasks, each by itself: 80 tasks: wait 50 ms; the longest takes 50.0 ms";
    assert!(images(&window).iter().any(|image| image == tasks), "{:?}", images(&window));
    assert!(!images(&window).iter().any(|image| image.starts_with("Ideal of")), "only the tasks are drawn");
    click(&mut window, "That is my guess");
    let ideals: Vec<String> = images(&window).into_iter().filter(|image| image.starts_with("Ideal of")).collect();
    assert_eq!(
        ideals,
        [
            "Ideal of Sequential, Rust, calculated: 80 tasks, 1 at most at once, take 4.00 s or more",
            "Ideal of Threads, Rust, calculated: 80 tasks, 80 at most at once, take 50.0 ms or more",
            "Ideal of Async, Rust, calculated: 80 tasks, 80 at most at once, take 50.0 ms or more",
        ]
    );
    assert!(has(&window, "Your guess is taken; you can change it until the run begins."));
    assert!(window.harness.query_by_label("That is my guess").is_none());
}

#[test]
fn the_order_is_moved_by_buttons_and_compared_with_the_measured_one() {
    let mut window = drawn(scraper());
    select(&mut window, "Async");
    click(&mut window, "Move up");
    click(&mut window, "Move up");
    assert_eq!(order(&window), [ModelId::Async, ModelId::Sequential, ModelId::Threads]);
    assert!(window.harness.get_by_label("Move up").accesskit_node().is_disabled(), "it is on top");
    let row = window.harness.get_by_role_and_label(Role::ListBoxOption, "Async");
    assert_eq!(row.accesskit_node().is_selected(), Some(true));
    assert!(row.accesskit_node().description().expect("described").starts_with("1 of 3. "));
    run_all(&mut window);
    // Three rounds cannot tell 55 ms from 60 ms.
    assert!(has(&window, "1 of the 2 pairs that can be told apart is right. You put Sequential before Threads, but"));
    assert!(has(&window, "One pair can't be told apart."));
}

#[test]
fn the_order_is_moved_by_keys_in_one_tab_stop() {
    let mut window = drawn(scraper());
    window.harness.get_by_role_and_label(Role::ListBoxOption, "Sequential").focus();
    window.harness.run();
    window.harness.key_press_modifiers(Modifiers::ALT, Key::ArrowDown);
    window.harness.run();
    assert_eq!(order(&window), [ModelId::Threads, ModelId::Sequential, ModelId::Async]);
    window.harness.key_press(Key::ArrowDown);
    window.harness.run();
    let focused = |window: &Window| {
        let rows = window.harness.get_all_by_role(Role::ListBoxOption);
        rows.filter(|row| row.accesskit_node().is_focused()).find_map(|row| row.accesskit_node().label())
    };
    assert_eq!(focused(&window).as_deref(), Some("Async"), "the focus goes with the selection");
    window.harness.key_press_modifiers(Modifiers::ALT, Key::ArrowUp);
    window.harness.key_press_modifiers(Modifiers::ALT, Key::ArrowUp);
    window.harness.run();
    window.harness.run();
    assert_eq!(order(&window)[2], ModelId::Sequential);
    assert_eq!(focused(&window).as_deref(), Some("Async"));
    window.harness.key_press(Key::Tab);
    window.harness.run();
    assert_eq!(focused(&window), None, "the next tab stop is outside of the list");
}

#[test]
fn keys_of_one_slow_frame_all_count() {
    let mut window = drawn(scraper());
    window.harness.get_by_role_and_label(Role::ListBoxOption, "Sequential").focus();
    window.harness.run();
    let down = (Modifiers::NONE, Key::ArrowDown);
    for (modifiers, key) in [down, down, (Modifiers::ALT, Key::ArrowUp)] {
        let press = egui::Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers };
        window.harness.input_mut().events.push(press);
    }
    window.harness.run();
    assert_eq!(order(&window), [ModelId::Sequential, ModelId::Async, ModelId::Threads]);
}

#[test]
fn the_order_is_dragged() {
    let mut window = drawn(scraper());
    let centre = |window: &Window, title: &str| {
        window.harness.get_by_role_and_label(Role::ListBoxOption, title).rect().left_center() + egui::vec2(60.0, 0.0)
    };
    let (from, to) = (centre(&window, "Async"), centre(&window, "Sequential"));
    let button = |pos, pressed| egui::Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    window.harness.event(egui::Event::PointerMoved(from));
    window.harness.event(button(from, true));
    window.harness.run();
    for step in 1..=4_u8 {
        let at = from.lerp(to, f32::from(step) / 4.0) - egui::vec2(0.0, 3.0);
        window.harness.event(egui::Event::PointerMoved(at));
        window.harness.run();
    }
    window.harness.event(button(to, false));
    window.harness.run();
    assert_eq!(order(&window), [ModelId::Async, ModelId::Sequential, ModelId::Threads]);
}

#[test]
fn the_ideals_can_be_shown_without_a_guess_and_follow_the_fields() {
    let mut window = drawn(scraper());
    click(&mut window, "Show the ideals");
    assert!(has(&window, "The lanes are ideals: the least that each model could take, calculated."));
    window.harness.get_by_label("Tasks").set_value_accesskit(200.0);
    window.harness.run();
    settle(&mut window);
    assert!(has(&window, "Ideal of Sequential, Rust, calculated: 200 tasks, 1 at most at once, take 10.0 s or more"));
    run_all(&mut window);
    assert!(!has(&window, "Your order"), "nothing was guessed");
    assert!(!has(&window, "pairs in your order"));
}

#[test]
fn the_guess_follows_the_models_that_are_chosen() {
    let mut window = drawn(scraper());
    select(&mut window, "Async");
    click(&mut window, "Move up");
    window.harness.get_by_label("Threads, Rust").click_accesskit();
    window.harness.run();
    window.harness.get_by_label("Thread pool, Rust").click_accesskit();
    window.harness.run();
    assert_eq!(order(&window), [ModelId::Sequential, ModelId::Async, ModelId::ThreadPool]);
}

#[test]
fn the_question_fits_the_preset() {
    for (id, question) in [
        ("quick-tour", Some("In which order will the models be done?")),
        ("blocked-loop", Some("Which model keeps the ticker waiting least, and which longest?")),
        ("deadlock", Some("Which models will lock up?")),
        ("lost-update", Some("Under which models will the count be wrong?")),
        ("false-sharing", None),
        ("memory-bandwidth", None),
    ] {
        let window = of_preset(id);
        match question {
            Some(question) => assert!(has(&window, question), "{id}"),
            None => {
                assert!(!has(&window, "In which order") && !has(&window, "ticker waiting least"), "{id}");
                assert!(window.harness.query_by_label("That is my guess").is_none(), "{id}");
            }
        }
    }
}

#[test]
fn where_no_ideal_is_stated_the_page_says_so_and_draws_the_tasks() {
    let window = of_preset("file-io");
    assert!(has(&window, "No ideal is calculated: how long a file step takes is only known after a run."));
    assert!(has(&window, "The tasks, each by itself, without a scale: 64 tasks"));
    assert!(!has(&window, "Time axis"));
    let deadlock = of_preset("deadlock");
    assert!(has(&deadlock, "Ideal of Threads, Rust, calculated: 4 tasks, 4 at most at once, take 80.0 ms or more"));
    assert!(has(&deadlock, "They take both locks at once; whether a model gets through is what the run shows."));
}

#[test]
fn a_million_tasks_are_drawn_in_part() {
    let mut many = scraper();
    many.workload.tasks = Tasks::Alike { count: 1_000_000, steps: vec![Step::wait(0.1)] };
    many.models = vec![Contender::of(ModelId::ThreadPool), Contender::of(ModelId::Async)];
    many.reference = many.models[0].clone();
    let mut window = drawn(many);
    click(&mut window, "Show the ideals");
    assert!(has(&window, "Only 2,000 of the 1,000,000 tasks are drawn; the times are those of all."));
    assert!(has(
        &window,
        "Ideal of Async, Rust, calculated: all 1,000,000 tasks take 100 µs or more; 2,000 of them are drawn"
    ));
}

#[test]
fn models_that_never_ran_are_left_out_of_the_answer() {
    let mut window = drawn(scraper());
    click(&mut window, "That is my guess");
    click(&mut window, "Run");
    let async_alone = trial(ModelId::Async, 1, 1, 55, 80);
    let cancelled = SessionEvent::Finished(Outcome::Cancelled);
    window.script.send([SessionEvent::TrialFinished(Box::new(async_alone)), cancelled]);
    window.harness.run();
    assert!(has(&window, "Your order can't be judged: fewer than two of its models have a result."));
    assert!(has(&window, "Threads is left out: the run was cancelled before it had run."));
}

#[test]
fn without_a_model_the_tasks_are_still_drawn() {
    let mut window = drawn(scraper());
    for model in ["Sequential, Rust", "Threads, Rust", "Async, Rust"] {
        window.harness.get_by_label(model).click_accesskit();
        window.harness.run();
    }
    settle(&mut window);
    assert!(has(&window, "No model is selected"));
    assert!(has(&window, "The tasks, each by itself: 80 tasks: wait 50 ms"));
    assert!(!has(&window, "In which order"), "there is nothing to put in order");
}

#[test]
fn models_are_marked_where_the_finding_is_no_order() {
    let mut window = of_preset("deadlock");
    assert!(window.harness.query_by_label("Move up").is_none());
    let mark = window.harness.get_by_role_and_label(Role::CheckBox, "Threads");
    mark.click_accesskit();
    window.harness.run();
    let mark = window.harness.get_by_role_and_label(Role::CheckBox, "Threads");
    assert_eq!(mark.accesskit_node().toggled(), Some(egui::accesskit::Toggled::True));
    click(&mut window, "That is my guess");
    click(&mut window, "Run");
    let through = [ModelId::Sequential, ModelId::Threads].map(|model| trial(model, 1, 1, 80, 4));
    let events = through.map(|trial| SessionEvent::TrialFinished(Box::new(trial)));
    window.script.send(events.into_iter().chain([SessionEvent::Finished(Outcome::Done)]));
    window.harness.run();
    assert!(has(
        &window,
        "You were right about 1 of 2 models. Threads got through, though you expected it to lock up."
    ));
    assert!(has(&window, "3 models without a result are left out."));
}

#[test]
fn what_sets_a_variant_apart_is_not_drawn_over_how_it_takes_the_tasks() {
    let mut experiment = scraper();
    let wide: [Contender; 2] =
        ["thread-pool{workers=200}", "async-blocking{workers=200}"].map(|name| name.parse().expect("a contender"));
    experiment.models.extend(wide);
    let mut window = drawn(experiment);
    click(&mut window, "Show the ideals");
    let texts = visible_texts(&window);
    let workers: Vec<_> = texts.iter().filter(|(text, _)| text.contains("200 workers")).collect();
    assert!(workers.len() >= 2, "{texts:?}");
    let overlaps = |(text, rect): &(String, egui::Rect)| {
        texts
            .iter()
            .find(|(other, at)| other != text && at.shrink(1.0).intersects(*rect))
            .map(|(other, _)| other.clone())
    };
    for one in workers {
        assert_eq!(overlaps(one), None, "{one:?}");
    }
}

#[test]
fn an_interpreter_without_an_answer_is_named_before_the_run() {
    let silent = "Models of Python that name no interpreter run on Python 3.11.1: /opt/pypy3 (PATH) comes first and gave no \
                  answer in time.";
    let mut found = interpreters();
    found.rejected[0].passed_over = true;
    let mut window = Window::with_interpreters(preset::find("python-cpu").cloned(), found.clone());
    settle(&mut window);
    assert!(has(&window, silent));
    let mut native = Window::with_interpreters(Some(scraper()), found);
    settle(&mut native);
    assert!(!has(&native, "gave no answer in time"), "no model of Python is chosen");
    let mut answered = Window::with(preset::find("python-cpu").cloned());
    settle(&mut answered);
    assert!(!has(&answered, "gave no answer in time"));
}
