//! Where things are drawn: read from the shapes that a frame consists of.

use concurrency_lab::model::ModelId;
use concurrency_lab::session::{Outcome, SessionEvent};
use eframe::egui::{self, Shape};

use super::click;
use super::scripted::{Window, scraper, trial};

/// All shapes of the last frame, without the groups they are in.
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

/// The words painted in the last frame, with their rectangles.
pub fn words(window: &Window) -> Vec<(String, egui::Rect)> {
    shapes(window)
        .into_iter()
        .filter_map(|shape| match shape {
            Shape::Text(text) => Some((text.galley.text().to_owned(), text.visual_bounding_rect())),
            _ => None,
        })
        .collect()
}

/// Where vertical lines of a height are, from left to right.
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
                let words = words(&window);
                let labels: Vec<f32> = words
                    .iter()
                    .filter(|(words, _)| ["3.00 s", "3.0 s", "3 s"].contains(&words.as_str()))
                    .map(|(_, place)| place.center().x)
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
