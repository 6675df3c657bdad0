//! The CPU view: usage over time, one panel per model on one time axis. It shows the model's own processes,
//! everything else, and each core of the machine; or the tasks' own records if trials are too short for the system's
//! counters.

mod heat_map;
mod legend;
mod live;
mod live_words;
mod occupancy_item;
mod panel;
mod source;
mod strips;
mod usage_item;
mod words;

use eframe::egui::{Align, Layout, Sense, Ui, Vec2};

use self::legend::Shown;
pub use self::live::show as show_live;
use self::panel::Shared;
use self::source::Source;
use self::strips::Strips;
use super::plot::KEYS_HINT;
use super::view_context::ViewContext;
use super::widgets::{hue, line, mark, text, text_width};
use super::{theme, view_scroll};
use crate::lab::row_order::rows;
use crate::model::Contender;

/// Draws the view.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let Some(run) = &cx.lab.run else { return };
    let palette = theme::palette(ui);
    let panels: Vec<(Contender, Source<'_>)> =
        rows(cx.lab, run).into_iter().map(|contender| (contender.clone(), Source::of(run, &contender))).collect();
    let longest_ms = panels.iter().map(|(_, source)| source.length_ms()).fold(1e-6, f64::max);
    let shared = Shared { run: run.results().started_at_ms, longest_ms };
    view_scroll::show(ui, cx, ("cpu", shared.run), |ui, _| {
        ui.spacing_mut().item_spacing.y = 4.0;
        for (contender, source) in &panels {
            title(ui, contender, source);
            panel::show(ui, contender, source, shared);
            ui.add_space(theme::STEP * 2.0);
        }
        legend::show(ui, shown(&panels));
        let hint = "Upper strip: all cores together. Below: usage of each core by any program, since the system counts it only for the whole machine. The timed parts of the trials follow each other on one time axis for all models. Gaps were not sampled.";
        text(ui, hint, theme::small(), palette.tertiary);
        let keys =
            format!("Drag to move all panels, Ctrl and the wheel to zoom, a double click shows all; {KEYS_HINT}.");
        text(ui, keys, theme::small(), palette.tertiary);
        ui.add_space(theme::STEP * 4.0);
    });
}

/// Draws a model's mark and title, and right of them or below the origin of its data.
fn title(ui: &mut Ui, contender: &Contender, source: &Source<'_>) {
    let palette = theme::palette(ui);
    let colour = hue(ui, contender);
    let (name, origin) = (contender.title(), source.origin());
    let width = |label: &str, font| text_width(ui.painter(), label, &font);
    let needed = 10.0 + width(&name, theme::strong()) + width(origin, theme::small());
    let is_beside = needed + 2.0 * ui.spacing().item_spacing.x <= ui.available_width();
    ui.horizontal(|ui| {
        let (mark_rect, _) = ui.allocate_exact_size(Vec2::splat(10.0), Sense::hover());
        mark(ui.painter(), mark_rect.center(), 10.0, colour, &contender.host);
        line(ui, name, theme::strong(), palette.text);
        if is_beside {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                line(ui, origin, theme::small(), palette.secondary);
            });
        }
    });
    if !is_beside {
        text(ui, origin, theme::small(), palette.secondary);
    }
}

fn shown(panels: &[(Contender, Source<'_>)]) -> Shown {
    let counters = || {
        panels.iter().filter_map(|(_, source)| match source {
            Source::Counters { usage, means, .. } => Some((usage, means)),
            Source::Occupancy { .. } | Source::Nothing(_) => None,
        })
    };
    Shown {
        lab: counters().any(|(_, means)| means.lab_cores.is_some()),
        heat_map: counters().any(|(usage, _)| Strips { cores: usage.cores }.is_heat_map()),
    }
}
