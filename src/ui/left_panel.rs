//! The left panel: presets, workload, models. Resizable and foldable.

use eframe::egui::{Align, Frame, Layout, Margin, Panel, Response, ScrollArea, Ui};

use super::{ViewContext, form, matrix, presets, theme};
use crate::lab::Command;

/// Draws it.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let palette = theme::palette(ui);
    let narrow = is_narrow(ui);
    let mut unfolded = !is_folded(ui, cx);
    let before = unfolded;
    // Names of models keep their room where several interpreters have columns.
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
                    super::follow_focus_within(ui, ui.min_rect().with_min_y(top));
                });
            });
        });
    if unfolded != before {
        fold(cx, narrow, !unfolded);
    }
}

/// A narrower window has no room for panel and results side by side.
const ROOM_FOR_BOTH: f32 = 900.0;

/// True where the panel folds by itself.
pub fn is_narrow(ui: &Ui) -> bool {
    ui.ctx().content_rect().width() < ROOM_FOR_BOTH
}

/// True where the panel is folded, by the user or for want of room.
pub fn is_folded(ui: &Ui, cx: &ViewContext<'_>) -> bool {
    cx.lab.view.panel_folded || (is_narrow(ui) && !cx.lab.view.panel_beside_in_narrow)
}

/// Folds or unfolds it. What is wanted in a narrow window says nothing of a wide one.
pub fn fold(cx: &mut ViewContext<'_>, narrow: bool, folded: bool) {
    if narrow {
        cx.push(Command::PanelInNarrow(!folded));
    }
    if !narrow || !folded {
        cx.push(Command::Panel(!folded));
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
