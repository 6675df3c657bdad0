//! The left panel: presets and stored runs as two tabs, then workload and models. It can be resized and folded.

use eframe::egui::{Align, Frame, Layout, Margin, Panel, Role, ScrollArea, Sense, Ui};

use super::panel_fold::{fold, is_folded, is_narrow};
use super::view_context::ViewContext;
use super::widgets::{part, quiet_button};
use super::{focus, form, list_height, matrix, presets, runs, tab_button, theme};
use crate::lab::Command;
use crate::lab::view::LeftTab;

/// Least height at which the list stays while the form below it scrolls; below, all scrolls together.
const ROOM_FOR_TWO_PARTS: f32 = 540.0;

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
            if ui.available_height() < ROOM_FOR_TWO_PARTS {
                ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                    lists(ui, cx);
                    separator(ui);
                    workload(ui, cx);
                });
                return;
            }
            let panel = ui.clip_rect().height();
            match lists(ui, cx) {
                Some(list) => list_height::handle(ui, cx, panel, list),
                None => separator(ui),
            }
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| workload(ui, cx));
        });
    if unfolded != before {
        fold(cx, narrow, !unfolded);
    }
}

/// Draws the tabs and the list that is chosen. Returns the height of its rows in sight; `None` without a row.
fn lists(ui: &mut Ui, cx: &mut ViewContext<'_>) -> Option<f32> {
    let shown = Frame::new().inner_margin(Margin { left: 2, right: 10, top: 0, bottom: 0 }).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = theme::STEP;
        ui.spacing_mut().interact_size.y = 22.0;
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            part(ui, Role::TabList, "Lists", |ui| {
                ui.horizontal(|ui| {
                    for one in LeftTab::ALL {
                        let selected = cx.lab.view.left_tab == one;
                        let response = tab_button::show(ui, one.title(), selected, 26.0);
                        let tip = match one {
                            LeftTab::Presets => "Experiments to choose from",
                            LeftTab::Runs => "Every run that is stored, by all labs of this user",
                        };
                        if response.on_hover_text(tip).clicked() {
                            cx.push(Command::LeftTab(one));
                        }
                    }
                });
            });
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if quiet_button(ui, "Hide panel").on_hover_text("Folds the panel away").clicked() {
                    fold(cx, is_narrow(ui), true);
                }
            });
        });
        let rect = ui.min_rect();
        ui.painter().hline(rect.x_range(), rect.bottom(), (1.0, theme::palette(ui).hairline));
        ui.add_space(theme::STEP);
        let height = match cx.lab.view.left_tab {
            LeftTab::Presets => Some(presets::show(ui, cx)),
            LeftTab::Runs => runs::show(ui, cx),
        };
        ui.add_space(theme::STEP);
        height
    });
    shown.inner
}

fn separator(ui: &mut Ui) {
    let (rect, _) = ui.allocate_exact_size([ui.available_width(), 1.0].into(), Sense::hover());
    ui.painter().hline(rect.x_range(), rect.center().y, (1.0, theme::palette(ui).hairline));
}

fn workload(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    Frame::new().inner_margin(Margin { left: 2, right: 10, top: 8, bottom: 12 }).show(ui, |ui| {
        let top = ui.cursor().top();
        form::show(ui, cx);
        ui.add_space(theme::STEP * 2.0);
        matrix::show(ui, cx);
        // The lists scroll by themselves.
        focus::follow_focus_within(ui, ui.min_rect().with_min_y(top));
    });
}
