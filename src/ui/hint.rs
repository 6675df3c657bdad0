//! The hint for the first start: the three steps of a comparison. It goes away for good with the first run, or when it is
//! dismissed.

use eframe::egui::{Frame, Margin, Panel, Role, Ui};

use super::at_the_right::at_the_right;
use super::theme;
use super::view_context::ViewContext;
use super::widgets::{action_link, part, text};
use crate::lab::{Action, Command};

const STEPS: &str = "This program runs the same tasks in different ways and shows which finishes first, and why. \
    1. Choose a preset at the left, or change its tasks. 2. Press Run. 3. Read the answer, then look at Compare and \
    Timeline.";

/// Draws the hint.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    if !cx.lab.view.hint {
        return;
    }
    let palette = theme::palette(ui);
    let frame = Frame::new().fill(palette.raised).inner_margin(Margin::symmetric(16, 8));
    Panel::top("first hint").frame(frame).resizable(false).show(ui, |ui| {
        part(ui, Role::Note, "First steps", |ui| {
            let (first, second) = (
                |ui: &mut Ui| text(ui, STEPS, theme::body(), palette.text),
                |ui: &mut Ui| {
                    action_link(ui, cx, Action::Help);
                    if ui.button("Got it").on_hover_text("Never shows this hint again").clicked() {
                        cx.push(Command::DismissHint);
                    }
                },
            );
            ui.horizontal(|ui| at_the_right(ui, first, second));
        });
    });
}
