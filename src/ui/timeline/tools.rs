//! Above the lanes: which trial, how much of it, and what the forms mean.

use std::sync::Arc;

use eframe::egui::{Align, ComboBox, Layout, Rect, Sense, Ui, Vec2, pos2};

use crate::lab::Command;
use crate::lab::lanes::Lanes;
use crate::lab::run::Run;
use crate::lab::view::Zoom;
use crate::ui::widgets::line;
use crate::ui::{Cx, theme};
use crate::workload::PlanStep;

/// Draws them.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>, run: &Run) {
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
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| legend(ui, cx, run));
    });
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
    let few = |lanes: &Arc<Lanes>| -> Vec<u32> {
        lanes.lanes.iter().take(super::group::FEW_LANES).filter_map(|lane| lane.tasks.first().copied()).collect()
    };
    let steps = |wanted: fn(&PlanStep) -> bool| {
        shown.iter().any(|lanes| {
            let drawn = |task: &u32| {
                let mut steps = lanes.spans.steps.iter().zip(lanes.spans.step_intervals(*task as usize));
                steps.any(|(step, (from, to))| wanted(step) && (to - from) as f64 > 0.3 * pixel)
            };
            few(lanes).iter().any(drawn)
        })
    };
    let empty = shown.iter().any(|lanes| lanes.spans.steps.is_empty());
    let queued = shown.iter().any(|lanes| {
        few(lanes).iter().any(|task| {
            let span = lanes.spans.tasks[*task as usize];
            span.started.saturating_sub(span.submitted) as f64 > 4.0 * pixel
        })
    });
    let sample = |ui: &mut Ui, words: &str, height: f32, dotted: bool| {
        line(ui, words, theme::small(), palette.secondary);
        let (rect, _) = ui.allocate_exact_size(Vec2::new(16.0, 12.0), Sense::hover());
        let middle = rect.center().y;
        if dotted {
            for place in 0_u8..4 {
                let left = rect.left() + f32::from(place) * 4.0;
                let dot = Rect::from_min_size(pos2(left, middle - 0.75), Vec2::new(1.5, 1.5));
                ui.painter().rect_filled(dot, 0, palette.queue);
            }
        } else {
            let bar = Rect::from_center_size(rect.center(), Vec2::new(16.0, height));
            ui.painter().rect_filled(bar, 1, palette.secondary);
        }
    };
    if steps(|step| matches!(step, PlanStep::Compute(_))) {
        sample(ui, "compute", 9.0, false);
    }
    if steps(|step| matches!(step, PlanStep::Wait)) {
        sample(ui, "wait", 3.0, false);
    }
    if empty {
        sample(ui, "task", 9.0, false);
    }
    if queued {
        sample(ui, "queue", 0.0, true);
    }
}
