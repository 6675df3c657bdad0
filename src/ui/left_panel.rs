//! The left panel: presets, workload and models. It can be resized and folded.

use eframe::egui::{Frame, Margin, Panel, ScrollArea, Ui};

use super::panel_fold::{fold, is_folded, is_narrow};
use super::view_context::ViewContext;
use super::{focus, form, matrix, presets, theme};

/// Draws the panel.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let palette = theme::palette(ui);
    let narrow = is_narrow(ui);
    let mut unfolded = !is_folded(ui, cx);
    let before = unfolded;
    // Several interpreter columns widen the panel, so that the names of models are not cut off.
    let least = matrix::width(cx.lab.draft.hosts().len()).max(240.0);
    let frame = Frame::new().fill(palette.panel).inner_margin(Margin { left: 8, right: 0, top: 8, bottom: 0 });
    Panel::left("left panel")
        .frame(frame)
        .default_size(theme::PANEL_WIDTH)
        .size_range(least..=least.max(440.0))
        .resizable(true)
        .show_collapsible(ui, &mut unfolded, |ui| {
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                Frame::new().inner_margin(Margin { left: 2, right: 10, top: 0, bottom: 12 }).show(ui, |ui| {
                    presets::show(ui, cx);
                    ui.add_space(theme::STEP * 2.0);
                    let top = ui.cursor().top();
                    form::show(ui, cx);
                    ui.add_space(theme::STEP * 2.0);
                    matrix::show(ui, cx);
                    // The list of presets scrolls by itself.
                    focus::follow_focus_within(ui, ui.min_rect().with_min_y(top));
                });
            });
        });
    if unfolded != before {
        fold(cx, narrow, !unfolded);
    }
}
