//! The views drawn as plots with axes: distribution and CPU usage. By name, by keys, and as tables.

use concurrency_lab::analysis::distribution::TaskTime;
use concurrency_lab::analysis::metric;
use concurrency_lab::lab::view::{TaskPlot, TrialScale};
use concurrency_lab::model::{Contender, ModelId};
use concurrency_lab::session::{Outcome, SessionEvent};
use concurrency_lab::trial::CpuSample;
use concurrency_lab::workload::Tasks;
use eframe::egui::{self, Key, Modifiers, Role, accesskit::Toggled};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::pictures::painted_texts;
use super::{click, has, run_all};
use crate::scripted::{Window, scraper, trial};

fn drawn(window: &Window, text: &str) -> bool {
    painted_texts(window).iter().any(|(painted, _)| painted == text)
}

/// Plays seven rounds; Threads has an outlier in the fifth.
fn seven_rounds(window: &mut Window) {
    click(window, "Run");
    let mut events = Vec::new();
    let mut position = 0;
    for round in 0..=7_i32 {
        for (model, wall_ms) in [(ModelId::Async, 55), (ModelId::Threads, 60), (ModelId::Sequential, 4000)] {
            position += 1;
            let drift = u64::from(round.unsigned_abs()) % 3;
            let slow = if model == ModelId::Threads && round == 5 { 40 } else { 0 };
            events.push(SessionEvent::TrialFinished(Box::new(trial(
                model,
                round,
                position,
                wall_ms + drift + slow,
                80,
            ))));
        }
    }
    events.push(SessionEvent::Finished(Outcome::Done));
    window.script.send(events);
    window.harness.run();
}

fn choose(window: &mut Window, choice: &str, option: &str) {
    click(window, choice);
    window.harness.get_by_role_and_label(Role::Button, option).click();
    window.harness.run();
}

#[test]
fn distributions_are_told_in_sentences_and_tables() {
    let mut window = Window::sized(Some(scraper()), egui::vec2(1280.0, 2000.0));
    seven_rounds(&mut window);
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::Num5);
    window.harness.run();
    assert!(has(
        &window,
        "Wall times of 21 trials of 3 models: widest range Threads, 60.0 ms to 102 ms (69 % of its median)"
    ));
    assert!(has(&window, "narrowest Sequential, 4.00 s to 4.00 s"));
    assert!(has(&window, "1 outlier: Threads 102 ms in round 5, trial 17 of the run."));
    assert!(has(
        &window,
        "Latency of the tasks of 3 models as a cumulative curve: the 99th percentile is 57.0 ms under Async and 4.00 s under Sequential"
    ));
    // The tables have the figures of the metrics.
    let lab = window.harness.state().lab();
    let run = lab.run.as_ref().expect("a run");
    let mut expected: Vec<String> = Vec::new();
    for contender in &scraper().models {
        let model = run.model(contender).expect("analysed");
        let figures = [&metric::WALL_TIME, &metric::WALL_MIN, &metric::WALL_MAX].into_iter();
        let figures = figures.chain(metric::percentiles_of(TaskTime::Latency));
        expected.extend(figures.map(|one| one.of_model(&model).expect("measured")));
        let counted = metric::OUTLIERS.detail.and_then(|detail| (detail.text)(&model)).expect("counted");
        let (quartile, _) = run.distributions().trials[0].quartiles.expect("seven trials");
        expected.extend([counted, "560".to_owned(), "7".to_owned(), concurrency_lab::units::duration(quartile)]);
    }
    for figure in expected {
        assert!(drawn(&window, &figure), "{figure}");
    }
}

#[test]
fn the_choices_change_time_form_and_axis() {
    let mut window = Window::sized(Some(scraper()), egui::vec2(1280.0, 1200.0));
    seven_rounds(&mut window);
    click(&mut window, "Distribution");
    assert!(drawn(&window, "latency, logarithmic") && drawn(&window, "wall time"));
    choose(&mut window, "Time of tasks", "queue time");
    choose(&mut window, "Form", "histogram");
    choose(&mut window, "Axis of trials", "% from median");
    let view = &window.harness.state().lab().view.distribution;
    assert_eq!((view.time, view.plot, view.trials), (TaskTime::Queue, TaskPlot::Histogram, TrialScale::FromMedian));
    assert!(has(&window, "Queue time of the tasks of 3 models as a histogram: the 99th percentile is "));
    assert!(drawn(&window, "queue time, logarithmic") && drawn(&window, "difference from the model's median"));
    assert!(has(&window, "A queue time of 0 ns has no place on this axis: 1.2 % of the tasks under "));
}

#[test]
fn a_model_is_left_out_by_a_click_on_its_name() {
    let mut window = Window::sized(Some(scraper()), egui::vec2(1280.0, 1200.0));
    seven_rounds(&mut window);
    click(&mut window, "Distribution");
    let state =
        |window: &Window| window.harness.get_by_role_and_label(Role::CheckBox, "Sequential").accesskit_node().toggled();
    assert_eq!(state(&window), Some(Toggled::True));
    window.harness.get_by_role_and_label(Role::CheckBox, "Sequential").click();
    window.harness.run();
    assert_eq!(state(&window), Some(Toggled::False));
    assert!(has(&window, "Wall times of 14 trials of 2 models: "));
    assert!(has(&window, "Latency of the tasks of 2 models"));
    assert!(drawn(&window, "4.00 s"), "the table still has it");
    for name in ["Async", "Threads"] {
        window.harness.get_by_role_and_label(Role::CheckBox, name).click();
        window.harness.run();
    }
    assert!(has(&window, "Wall times of trials: every model is left out"));
    run_all(&mut window);
    assert_eq!(state(&window), Some(Toggled::True), "other results are shown in full");
}

#[test]
fn before_the_first_trial_there_is_no_distribution() {
    let mut window = Window::with(Some(scraper()));
    click(&mut window, "Run");
    click(&mut window, "Distribution");
    assert!(has(&window, "Distributions appear with the first measured trials"));
}

#[test]
fn plots_are_reached_and_moved_by_keys() {
    let mut window = Window::sized(Some(scraper()), egui::vec2(1280.0, 640.0));
    seven_rounds(&mut window);
    click(&mut window, "Distribution");
    let focused = |window: &Window| {
        let node = window.harness.root().children_recursive().find(|node| node.is_focused());
        node.map(|node| (node.accesskit_node().label().unwrap_or_default(), node.rect()))
    };
    window.harness.get_by_role_and_label(Role::Tab, "Distribution").focus();
    window.harness.run();
    let mut seen = Vec::new();
    for _ in 0..14 {
        window.harness.key_press(Key::Tab);
        window.harness.run();
        let Some((name, rect)) = focused(&window) else { continue };
        if name.starts_with("Latency of the tasks") {
            assert!(rect.top() >= 0.0 && rect.bottom() <= 640.0, "in sight: {rect:?}");
            assert!(drawn(&window, "80 %"), "{:?}", painted_texts(&window));
            for _ in 0..6 {
                window.harness.key_press(Key::Plus);
                window.harness.run();
            }
            assert!(!drawn(&window, "80 %"), "zoomed in");
            window.harness.key_press(Key::Home);
            window.harness.run();
            assert!(drawn(&window, "80 %"), "all is shown again");
        }
        seen.push(name);
    }
    for wanted in ["Time of tasks", "Form", "Axis of trials", "Async", "Wall times of 21", "Latency of the tasks of 3"]
    {
        assert!(seen.iter().any(|name| name.starts_with(wanted)), "{wanted} in {seen:?}");
    }
}

fn samples(count: u32, cores: usize) -> Vec<CpuSample> {
    (1..=count)
        .map(|number| CpuSample {
            at_ms: f64::from(number) * 250.0,
            width_ms: 250.0,
            usage_percent: (0..cores).map(|core| ((number as usize * 37 + core * 11) % 101) as f32).collect(),
            lab_percent: Some(2.0),
            tree_percent: Some((number % 100) as f32),
        })
        .collect()
}

/// Plays one long trial of each model with samples.
fn sampled(window: &mut Window, count: u32, cores: usize) {
    click(window, "Run");
    let trials = [ModelId::Sequential, ModelId::Threads, ModelId::Async].map(|model| {
        let mut one = trial(model, 1, 1, u64::from(count) * 250, 80);
        one.cpu = samples(count, cores);
        SessionEvent::TrialFinished(Box::new(one))
    });
    window.script.send(trials.into_iter().chain([SessionEvent::Finished(Outcome::Done)]));
    window.harness.run();
    click(window, "CPU");
}

#[test]
fn many_cores_are_a_heat_map_and_the_legend_says_so() {
    let mut window = Window::sized(Some(scraper()), egui::vec2(1280.0, 1000.0));
    sampled(&mut window, 40, 4);
    assert!(drawn(&window, "core 3") && drawn(&window, "of that, the lab itself"));
    assert!(!has(&window, "a core, from idle to busy"));
    let mut window = Window::sized(Some(scraper()), egui::vec2(1280.0, 1200.0));
    sampled(&mut window, 40, 64);
    assert!(has(&window, "a core, from idle to busy"));
    assert!(has(&window, "CPU usage of Threads, Rust: its own processes used 0.2"));
    assert!(drawn(&window, "core 0") && drawn(&window, "core 32"));
    // Below the lanes as well, where several share a row.
    click(&mut window, "Timeline");
    window.until(|app| app.lab().run.as_ref().is_some_and(|run| run.lanes.values().all(Option::is_some)));
    window.harness.run();
    assert!(drawn(&window, "cores 0 to 63") && drawn(&window, "busiest of 2 a row"), "{:?}", painted_texts(&window));
}

#[test]
fn zooming_one_panel_zooms_all() {
    let mut window = Window::sized(Some(scraper()), egui::vec2(1280.0, 1000.0));
    sampled(&mut window, 40, 2);
    let count = |window: &Window, label: &str| painted_texts(window).iter().filter(|(text, _)| text == label).count();
    assert_eq!(count(&window, "10.0 s").max(count(&window, "10 s")), 3);
    window.harness.get_by_label_contains("CPU usage of Threads").focus();
    window.harness.run();
    for _ in 0..4 {
        window.harness.key_press(Key::Plus);
        window.harness.run();
    }
    assert_eq!(count(&window, "10.0 s") + count(&window, "10 s"), 0);
    assert_eq!(count(&window, "5.0 s"), 3, "around the middle, in all three");
    assert_eq!(count(&window, "100 %"), 3, "usage is not zoomed");
    window.harness.key_press(Key::Home);
    window.harness.run();
    assert_eq!(count(&window, "10.0 s").max(count(&window, "10 s")), 3);
}

#[test]
fn pointing_at_a_sample_tells_its_share() {
    let mut window = Window::sized(Some(scraper()), egui::vec2(1280.0, 1000.0));
    sampled(&mut window, 40, 2);
    let plot = window.harness.get_by_label_contains("CPU usage of Threads").rect();
    window.harness.hover_at(plot.left_top() + egui::vec2(plot.width() / 2.0, 10.0));
    window.harness.run_steps(3);
    let hints: Vec<String> = painted_texts(&window).into_iter().map(|(text, _)| text).collect();
    assert!(
        hints
            .iter()
            .any(|text| text.starts_with("own processes ") && text.contains("of that the lab itself 2.0 % of a core")),
        "{hints:?}"
    );
    window.harness.hover_at(plot.left_top() + egui::vec2(plot.width() / 2.0, 56.0));
    window.harness.run_steps(3);
    let hints: Vec<String> = painted_texts(&window).into_iter().map(|(text, _)| text).collect();
    assert!(hints.iter().any(|text| text.starts_with("core 0: ") && text.ends_with("of trial 1")), "{hints:?}");
}

/// Nine models with 20,000 tasks and 10,000 samples each. Run it with `--release` and `--nocapture` for its figures.
#[test]
fn large_runs_are_drawn_within_a_frame() {
    let models = [
        ModelId::Sequential,
        ModelId::Threads,
        ModelId::ThreadPool,
        ModelId::Rayon,
        ModelId::Async,
        ModelId::AsyncMulti,
        ModelId::AsyncBlocking,
        ModelId::ProcessPool,
        ModelId::Processes,
    ];
    let mut experiment = scraper();
    experiment.models = models.map(Contender::of).to_vec();
    experiment.workload.tasks = Tasks::Alike { count: 20_000, steps: scraper().workload.steps().to_vec() };
    for (cores, size) in [(8, egui::vec2(1280.0, 800.0)), (64, egui::vec2(2560.0, 1440.0))] {
        let mut window = Window::sized(Some(experiment.clone()), size);
        window.harness.key_press_modifiers(Modifiers::COMMAND, Key::R);
        window.harness.run();
        let trials = models.map(|model| {
            let mut one = trial(model, 1, 1, 2_500_000, 20_000);
            one.cpu = samples(10_000, cores);
            SessionEvent::TrialFinished(Box::new(one))
        });
        window.script.send(trials.into_iter().chain([SessionEvent::Finished(Outcome::Done)]));
        window.harness.run();
        for view in ["CPU", "Time budget", "Distribution"] {
            click(&mut window, view);
            window.harness.hover_at(egui::pos2(size.x * 0.6, size.y * 0.6));
            window.harness.run_steps(3);
            let begun = std::time::Instant::now();
            window.harness.run_steps(20);
            let each = begun.elapsed() / 20;
            let output = window.harness.output();
            let begun = std::time::Instant::now();
            let primitives = window.harness.ctx.tessellate(output.shapes.clone(), output.pixels_per_point);
            let tessellated = begun.elapsed();
            println!("{view} with {cores} cores at {size:?}: {each:?} of layout, {tessellated:?} of tessellation");
            assert!(!primitives.is_empty());
            // A generous limit, for unoptimised builds on a busy machine.
            assert!(each + tessellated < std::time::Duration::from_millis(600), "{view}: {each:?}");
        }
    }
}
