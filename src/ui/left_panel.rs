//! The left panel: presets, workload, models. Resizable and foldable.

use eframe::egui::{Align, Frame, Layout, Margin, Panel, Response, ScrollArea, Ui};

use super::{Cx, form, matrix, presets, theme};
use crate::lab::Command;

/// Draws it.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    let palette = theme::palette(ui);
    let mut unfolded = !cx.lab.view.panel_folded;
    let before = unfolded;
    let frame = Frame::new().fill(palette.panel).inner_margin(Margin { left: 8, right: 0, top: 8, bottom: 0 });
    Panel::left("left panel")
        .frame(frame)
        .default_size(theme::PANEL_WIDTH)
        .size_range(240.0..=440.0)
        .resizable(true)
        .show_collapsible(ui, &mut unfolded, |ui| {
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                Frame::new().inner_margin(Margin { left: 2, right: 10, top: 0, bottom: 12 }).show(ui, |ui| {
                    presets::show(ui, cx);
                    ui.add_space(theme::STEP * 2.0);
                    form::show(ui, cx);
                    ui.add_space(theme::STEP * 2.0);
                    matrix::show(ui, cx);
                });
            });
        });
    if unfolded != before {
        cx.push(Command::Panel(unfolded));
    }
}

/// The head of a part: its name, and what can be done with the whole of it at the right.
pub fn heading(ui: &mut Ui, name: &str, add: impl FnOnce(&mut Ui)) -> Response {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        ui.add_space(theme::STEP);
        let response = super::widgets::line(ui, name, theme::overline(), palette.tertiary);
        ui.with_layout(Layout::right_to_left(Align::Center), add);
        response
    })
    .inner
}
