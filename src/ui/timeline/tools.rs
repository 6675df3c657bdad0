//! Above the lanes: which trial, how much of it, and what the forms mean.

use std::sync::Arc;

use eframe::egui::{Align, ComboBox, Layout, Mesh, Rect, Sense, Shape, Ui, Vec2, pos2};

use super::pen::{self, Ink};
use super::{TimeAxis, ticker};

use crate::lab::Command;
use crate::lab::lanes::Lanes;
use crate::lab::run::Run;
use crate::lab::view::{Range, Zoom};
use crate::model::Family;
use crate::trial::Phase;
use crate::ui::widgets::line;
use crate::ui::{Cx, theme};

/// Tasks of one lane that the legend looks at.
const SAMPLED: usize = 16;

/// From this width on the legend with all that it may hold stands beside the buttons.
const LEGEND_BESIDE: f32 = 900.0;

/// Draws them.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>, run: &Run) {
    let beside = ui.available_width() >= LEGEND_BESIDE;
    ui.horizontal(|ui| {
        round(ui, cx, run);
        let buttons = [
            ("Fit", "The range that suits these results", Zoom::Fit),
            ("All", "From the start to the end of the slowest model", Zoom::All),
            ("Zoom in", "Shows less, in more detail", Zoom::By { factor: 1.6, around: 0.3 }),
            ("Zoom out", "Shows more", Zoom::By { factor: 1.0 / 1.6, around: 0.3 }),
        ];
        for (name, tip, zoom) in buttons {
            if ui.small_button(name).on_hover_text(tip).clicked() {
                cx.push(Command::Zoom(zoom));
            }
        }
        if beside {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| legend(ui, cx, run));
        }
    });
    if !beside {
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| legend(ui, cx, run));
        });
    }
}

fn round(ui: &mut Ui, cx: &mut Cx<'_>, run: &Run) {
    let told = |round: Option<i32>| match round {
        None => "nearest the median".to_owned(),
        Some(round) if round < 1 => "warm-up".to_owned(),
        Some(round) => format!("round {round}"),
    };
    let mut rounds: Vec<i32> = run.results.trials.iter().map(|trial| trial.round).collect();
    rounds.sort_unstable();
    rounds.dedup();
    let shown = cx.lab.view.timeline_round;
    let combo = ComboBox::from_id_salt("round").width(150.0).selected_text(format!("trial: {}", told(shown)));
    let response = combo.show_ui(ui, |ui| {
        for choice in std::iter::once(None).chain(rounds.into_iter().map(Some)) {
            if ui.selectable_label(choice == shown, told(choice)).clicked() {
                cx.commands.push(Command::TimelineRound(choice));
            }
        }
    });
    response.response.accessible_name("Trial shown").on_hover_text("Which trial of each model the lanes show");
}

/// Only what is on screen. Right to left.
pub(super) fn legend(ui: &mut Ui, cx: &Cx<'_>, run: &Run) {
    let palette = theme::palette(ui);
    let (range, _) = cx.lab.timeline_range();
    let pixel = (range.to - range.from) / f64::from(ui.available_width().max(1.0));
    let shown: Vec<&Arc<Lanes>> = run
        .results
        .experiment
        .models
        .iter()
        .filter_map(|contender| run.lanes_of(contender, cx.lab.view.timeline_round))
        .collect();
    let axis = TimeAxis { range, left: 0.0, width: ui.available_width().max(1.0) };
    let sampled: Vec<(&Arc<Lanes>, Vec<u32>)> = shown.iter().map(|lanes| (*lanes, sample_of(lanes, range))).collect();
    let has = |wanted: Phase| {
        sampled.iter().any(|(lanes, tasks)| {
            let long = |task: &u32| {
                let mut phases = lanes.spans.phases(*task as usize);
                phases.any(|(_, phase, from, to)| phase == wanted && (to - from) as f64 > 0.3 * pixel)
            };
            tasks.iter().any(|task| lanes.longest_phase[*task as usize] == wanted || long(task))
        })
    };
    let empty = shown.iter().any(|lanes| lanes.spans.steps.is_empty());
    let queued = sampled.iter().any(|(lanes, tasks)| {
        tasks.iter().any(|task| {
            let span = lanes.spans.tasks[*task as usize];
            span.started.saturating_sub(span.submitted) as f64 > 4.0 * pixel
        })
    });
    let sample = |ui: &mut Ui, words: &str, draw: &dyn Fn(&mut Mesh, Rect)| {
        line(ui, words, theme::small(), palette.secondary);
        let (rect, _) = ui.allocate_exact_size(Vec2::new(18.0, 12.0), Sense::hover());
        let mut mesh = Mesh::default();
        draw(&mut mesh, Rect::from_center_size(rect.center(), Vec2::new(18.0, 9.0)));
        ui.painter().add(Shape::mesh(mesh));
    };
    let ink = Ink {
        hue: palette.secondary,
        queue: palette.queue,
        lock_wait: palette.lock_wait,
        gil_wait: palette.family(Family::SubInterpreters),
    };
    let named = [
        (Phase::Compute, "compute"),
        (Phase::Wait, "wait"),
        (Phase::Http, "HTTP"),
        (Phase::File, "file"),
        (Phase::LockWait, "lock wait"),
    ];
    for (phase, words) in named {
        // An empty task is drawn as one that computes, but does not.
        let there = shown.iter().any(|lanes| !lanes.spans.steps.is_empty()) && has(phase);
        if there {
            sample(ui, words, &|mesh, place| pen::stretch(mesh, phase, place, ink));
        }
    }
    let waits = sampled.iter().any(|(lanes, tasks)| {
        tasks.iter().any(|task| lanes.spans.gil_waits.get(*task as usize).is_some_and(|wait| *wait as f64 > pixel))
    });
    if waits {
        sample(ui, "GIL wait, estimated", &|mesh, place| pen::gil_wait(mesh, place, ink, palette.background));
    }
    if empty {
        sample(ui, "task", &|mesh, place| pen::stretch(mesh, Phase::Compute, place, ink));
    }
    if queued {
        sample(ui, "queue", &|mesh, place| {
            for dot in 0_u8..4 {
                let at = pos2(place.left() + f32::from(dot) * 4.0, place.center().y - 0.75);
                mesh.add_colored_rect(Rect::from_min_size(at, Vec2::splat(1.5)), palette.queue);
            }
        });
    }
    if shown.iter().any(|lanes| ticker::any_visible(lanes, axis)) {
        sample(ui, "late beat", &|mesh, place| {
            let middle = place.left_center();
            mesh.add_colored_rect(Rect::from_center_size(middle, Vec2::new(1.5, 9.0)), palette.text);
            let came = Rect::from_min_max(middle - Vec2::new(0.0, 1.0), place.right_center() + Vec2::new(0.0, 1.0));
            mesh.add_colored_rect(came, palette.secondary);
        });
    }
}

/// Some tasks of each lane that stands without asking: the legend is about what can be seen, and
/// must not cost more than it.
fn sample_of(lanes: &Lanes, range: Range) -> Vec<u32> {
    let mut tasks = Vec::new();
    for (lane, held) in lanes.lanes.iter().enumerate().take(super::group::FEW_LANES) {
        let places = lanes.visible(lane, range.from, range.to);
        let step = (places.len() / SAMPLED).max(1);
        tasks.extend(held.tasks[places].iter().step_by(step).take(SAMPLED + 1));
    }
    tasks
}
