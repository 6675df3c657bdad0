//! The bar of the presentation: how many models are shown, and the buttons to go on.

use eframe::egui::{Align, EventFilter, Frame, Layout, Margin, Panel, Role, Ui};

use super::view_context::ViewContext;
use super::widgets::{action_button, line, part, polite};
use super::{focus, theme};
use crate::lab::Action;
use crate::units::plural;

/// Draws the bar.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let Some(presented) = cx.lab.presented() else { return };
    let palette = theme::palette(ui);
    let frame = Frame::new().fill(palette.panel).inner_margin(Margin::symmetric(16, 6));
    Panel::bottom("presentation").frame(frame).resizable(false).show(ui, |ui| {
        part(ui, Role::Toolbar, "Presentation", |ui| {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = theme::STEP * 2.0;
                let previous = action_button(ui, cx, Action::PresentPrevious);
                let next = action_button(ui, cx, Action::PresentNext);
                // The arrows go from model to model, not from button to button.
                let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
                focus::remember_bar(ui.ctx(), [previous.id, next.id]);
                for button in [&previous, &next] {
                    if button.has_focus() {
                        ui.memory_mut(|memory| memory.set_focus_lock_filter(button.id, filter));
                    }
                }
                cx.pane(&next);
                // Space and Enter go on from the start.
                focus::first_focus(ui, &next);
                let shown = format!("{} of {}", presented.shown, plural(presented.all as u64, "model"));
                let response = line(ui, shown, theme::note(), palette.secondary);
                polite(ui, &response);
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    action_button(ui, cx, Action::EndPresentation);
                });
            });
        });
    });
}
