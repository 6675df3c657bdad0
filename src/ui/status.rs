//! The status line: the state of the run, its conditions, and the number of caveats.

use eframe::egui::{Align, Button, Frame, Layout, Margin, Panel, RichText, Sense, Ui, Vec2};

use super::view_context::ViewContext;
use super::widgets::{line, polite};
use super::{focus, keys, notices, theme};
use crate::lab::descriptions::{conditions, status};
use crate::lab::{self, Action};
use crate::units::plural;

/// Least room for the conditions of the run.
const LEAST_CONDITIONS: f32 = 150.0;

/// Draws the status line.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let palette = theme::palette(ui);
    let frame = Frame::new().fill(palette.panel).inner_margin(Margin::symmetric(16, 4));
    Panel::bottom("status line").frame(frame).resizable(false).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.set_min_height(20.0);
            let (dot, _) = ui.allocate_exact_size(Vec2::splat(8.0), Sense::hover());
            let colour = if cx.lab.is_measuring() { palette.accent } else { palette.tertiary };
            ui.painter().circle_filled(dot.center(), 4.0, colour);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                notices::count(ui, cx);
                caveats(ui, cx);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let response = line(ui, status(cx.lab), theme::note(), palette.text);
                    polite(ui, &response);
                    if let Some(remark) = cx.lab.remark.as_deref().or(cx.lab.undo.message()) {
                        ui.add_space(theme::STEP * 3.0);
                        let response = line(ui, remark, theme::note(), palette.text);
                        polite(ui, &response);
                    }
                    // Of less room the first word would not come to its end.
                    let run = cx.lab.run.as_ref().filter(|_| ui.available_width() >= LEAST_CONDITIONS);
                    if let Some(run) = run {
                        ui.add_space(theme::STEP * 3.0);
                        let tip = "The order of the models is drawn anew for each round; shares are of the usable CPUs' time during the measured trials; of a sweep, the largest at one value";
                        line(ui, conditions(run), theme::note(), palette.secondary).on_hover_text(tip);
                    }
                });
            });
        });
    });
}

fn caveats(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let Some(run) = &cx.lab.run else { return };
    let Some((_, first)) = lab::caveats(run).next() else { return };
    let palette = theme::palette(ui);
    let count = lab::caveats(run).count();
    let of_all = if count > 1 { ", the first" } else { "" };
    let label = format!("{}{of_all}: {}", plural(count as u64, "caveat"), first.label());
    let label = RichText::new(label).font(theme::note()).color(palette.caveat);
    let button = Button::new(label).frame(true).frame_when_inactive(false).small().truncate();
    let response = ui.add(button).on_hover_text(keys::tooltip(ui.ctx(), Action::Caveats));
    cx.pane(&response);
    if response.clicked() {
        focus::remember_pressed(&response);
        cx.act(Action::Caveats);
    }
}
