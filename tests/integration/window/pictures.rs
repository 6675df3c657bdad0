//! Positions of painted things, read from the shapes of a frame.

use concurrency_lab::model::ModelId;
use concurrency_lab::session::{Outcome, SessionEvent};
use concurrency_lab::trial::Spans;
use eframe::egui::{self, Shape};
use egui_kittest::kittest::Queryable as _;

use super::click;
use crate::scripted::{Window, edit, scraper, trial};

/// Returns all shapes of the last frame, without their groups.
pub fn shapes(window: &Window) -> Vec<Shape> {
    fn flatten(shape: &Shape, into: &mut Vec<Shape>) {
        match shape {
            Shape::Vec(several) => several.iter().for_each(|one| flatten(one, into)),
            one => into.push(one.clone()),
        }
    }
    let mut all = Vec::new();
    window.harness.output().shapes.iter().for_each(|clipped| flatten(&clipped.shape, &mut all));
    all
}

/// Returns the texts painted in the last frame with their rectangles; a text that is cut off ends in an ellipsis.
pub fn painted_texts(window: &Window) -> Vec<(String, egui::Rect)> {
    shapes(window)
        .into_iter()
        .filter_map(|shape| match shape {
            Shape::Text(text) => {
                let cut = if text.galley.elided { "…" } else { "" };
                Some((format!("{}{cut}", text.galley.text()), text.visual_bounding_rect()))
            }
            _ => None,
        })
        // Blank lines have no position.
        .filter(|(_, rect)| rect.is_finite())
        .collect()
}

/// Returns the positions of vertical lines of a height, from left to right.
fn vertical_lines(window: &Window, height: std::ops::RangeInclusive<f32>) -> Vec<f32> {
    let mut all: Vec<f32> = shapes(window)
        .into_iter()
        .filter_map(|shape| match shape {
            Shape::LineSegment { points: [from, to], .. } if (from.x - to.x).abs() < 0.01 => {
                height.contains(&(from.y - to.y).abs()).then_some(from.x)
            }
            _ => None,
        })
        .collect();
    all.sort_by(f32::total_cmp);
    all
}

fn packed(window: &mut Window) {
    window.until(|app| app.lab().run.as_ref().is_some_and(|run| run.lanes.values().all(Option::is_some)));
}

#[test]
fn a_moment_is_at_the_same_place_on_the_ruler_and_on_the_lanes() {
    // 3 lanes leave no scroll bar, 9 lanes of each of three models need one.
    for (tasks, all_lanes) in [(3, false), (40, true)] {
        for width in [1280.0, 1024.0, 1920.0] {
            let mut window = Window::sized(Some(scraper()), egui::vec2(width, 700.0));
            click(&mut window, "Run");
            // The slowest ends at 3 s sharp, and the ruler has a tick there.
            let models = [(ModelId::Async, 1500), (ModelId::Threads, 2000), (ModelId::Sequential, 3000)];
            let trials = models.map(|(model, wall)| trial(model, 1, 1, wall, tasks));
            let events = trials.map(|trial| SessionEvent::TrialFinished(Box::new(trial)));
            window.script.send(events.into_iter().chain([SessionEvent::Finished(Outcome::Done)]));
            window.harness.run();
            for view in ["Compare", "Timeline"] {
                click(&mut window, view);
                packed(&mut window);
                window.harness.run();
                if all_lanes && view == "Timeline" {
                    click(&mut window, "Show all 40 lanes of Async");
                    click(&mut window, "Show all 40 lanes of Threads");
                }
                let ticks = vertical_lines(&window, 3.5..=4.5);
                let ends = vertical_lines(&window, 40.0..=1000.0);
                let text = painted_texts(&window);
                let labels: Vec<f32> = text
                    .iter()
                    .filter(|(text, _)| ["3.00 s", "3.0 s", "3 s"].contains(&text.as_str()))
                    .map(|(_, rect)| rect.center().x)
                    .collect();
                let tick = ticks.iter().copied().find(|x| labels.iter().any(|label| (label - x).abs() < 3.0));
                let tick = tick.unwrap_or_else(|| panic!("a tick at 3 s of {ticks:?}, labels at {labels:?}"));
                assert!(
                    ends.iter().any(|end| (end - tick).abs() < 0.5),
                    "{view} at {width} with {tasks} tasks: the tick of 3 s is at {tick}, the lanes end at {ends:?}"
                );
            }
        }
    }
}

/// Runs one trial of each model, with its spans changed by `change`.
fn run_once(window: &mut Window, change: impl Fn(ModelId, &mut Spans)) {
    click(window, "Run");
    let trials = [(ModelId::Async, 60), (ModelId::Threads, 70), (ModelId::Sequential, 80)].map(|(model, wall)| {
        let mut one = trial(model, 1, 1, wall, 80);
        edit(&mut one, |spans, _| change(model, spans));
        SessionEvent::TrialFinished(Box::new(one))
    });
    window.script.send(trials.into_iter().chain([SessionEvent::Finished(Outcome::Done)]));
    window.harness.run();
    click(window, "Timeline");
    packed(window);
    window.harness.run();
}

#[test]
fn the_legend_explains_what_is_drawn_and_nothing_else() {
    // Tasks of a loop wait from the start on for their turn, but behind the task before them: no line is drawn.
    let mut window = Window::with(Some(scraper()));
    run_once(&mut window, |_, _| ());
    assert!(window.harness.query_by_label("wait").is_some());
    for absent in ["queue", "compute", "lock wait", "late beat"] {
        assert!(window.harness.query_by_label(absent).is_none(), "{absent} is not drawn");
    }
    let mut window = Window::with(Some(scraper()));
    run_once(&mut window, |model, spans| {
        if model == ModelId::Async {
            spans.tasks.iter_mut().for_each(|span| span.started += 20_000_000);
        }
    });
    assert!(window.harness.query_by_label("queue").is_some(), "20 ms of queueing are drawn");
}

#[test]
fn lanes_whose_tasks_begin_later_say_when() {
    let mut window = Window::with(Some(scraper()));
    run_once(&mut window, |model, spans| {
        if model == ModelId::Async {
            spans.tasks.iter_mut().for_each(|span| span.started = span.started.max(50_000_000));
        }
    });
    assert!(!painted_texts(&window).iter().any(|(text, _)| text.starts_with("begins at")));
    for _ in 0..4 {
        click(&mut window, "Zoom in");
    }
    // Zooming in is around the middle.
    let (range, end) = window.harness.state().lab().timeline_range();
    assert!(((range.from + range.to) / end - 1.0).abs() < 0.02, "{range:?} of {end}");
    for _ in 0..4 {
        window.harness.get_by_label_contains("Timeline from").focus();
        window.harness.run();
        window.harness.key_press(egui::Key::ArrowLeft);
        window.harness.run();
    }
    assert!(
        painted_texts(&window).iter().any(|(text, _)| text == "begins at 50.0 ms →"),
        "{:?}",
        painted_texts(&window)
    );
}

#[test]
fn no_ticker_is_told_of_where_none_ran() {
    let mut window = Window::with(Some(scraper()));
    run_once(&mut window, |_, _| ());
    let lanes = window.harness.get_by_label_contains("Timeline of Async, Rust").rect();
    for y in [lanes.top(), lanes.top() + 0.4, lanes.top() + 1.0] {
        window.harness.hover_at(egui::pos2(lanes.center().x, y));
        window.harness.run();
        window.harness.run_steps(40);
        assert!(!painted_texts(&window).iter().any(|(text, _)| text.contains("ticker")), "at {y}");
    }
}

#[test]
fn all_lanes_can_be_folded_again_from_where_one_has_scrolled_to() {
    let mut window = Window::with(Some(scraper()));
    run_once(&mut window, |_, _| ());
    click(&mut window, "Show all 80 lanes of Async");
    let lanes = window.harness.get_by_label_contains("Timeline of Async, Rust").rect();
    window.harness.hover_at(lanes.center_top() + egui::vec2(0.0, 30.0));
    for _ in 0..3 {
        let delta = egui::vec2(0.0, -100.0);
        window.harness.event(egui::Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta,
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Unknown,
            modifiers: egui::Modifiers::NONE,
        });
        window.harness.run_ok();
    }
    let scrolled = window.harness.get_by_label_contains("Timeline of Async, Rust").rect();
    assert!(scrolled.top() < lanes.top() - 100.0, "{scrolled:?} {lanes:?}");
    let fold = window.harness.get_by_label("Show fewer lanes").rect();
    assert!(fold.top() > lanes.top() && fold.bottom() < 800.0, "{fold:?}");
    let names: Vec<_> = painted_texts(&window)
        .into_iter()
        .filter(|(text, at)| text == "Async" && at.top() > lanes.top() - 4.0)
        .collect();
    assert!(!names.is_empty(), "the model's name is still beside its lanes");
    click(&mut window, "Show fewer lanes");
    assert!(window.harness.query_by_label("Show all 80 lanes of Async").is_some());
}
