//! The hint for the first start: the three steps of a comparison. It goes away for good with the first run, or when it is
//! dismissed.

use eframe::egui::{Frame, Margin, Panel, Role, Ui};

use super::at_the_right::at_the_right;
use super::panel_fold::is_folded;
use super::theme;
use super::view_context::ViewContext;
use super::widgets::{action_link, part, text};
use crate::lab::{Action, Command};

/// Height of the window below which the hint makes way for results.
const ROOM_BESIDE_RESULTS: f32 = 500.0;

/// Returns the steps; a panel that is folded has to be shown first.
fn steps(is_folded: bool) -> String {
    let first = if is_folded {
        "Press Show panel, choose a preset there, or change its tasks."
    } else {
        "Choose a preset at the left, or change its tasks."
    };
    format!(
        "This program runs the same tasks in different ways and shows which finishes first, and why. 1. {first} \
         2. Press Run. 3. Read the answer, then look at Compare and Timeline."
    )
}

/// Draws the hint.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let is_low = ui.ctx().content_rect().height() < ROOM_BESIDE_RESULTS;
    if !cx.lab.view.hint || (is_low && cx.lab.run.is_some()) {
        return;
    }
    let steps = steps(is_folded(ui, cx));
    let palette = theme::palette(ui);
    let frame = Frame::new().fill(palette.raised).inner_margin(Margin::symmetric(16, 8));
    Panel::top("first hint").frame(frame).resizable(false).show(ui, |ui| {
        part(ui, Role::Note, "First steps", |ui| {
            let (first, second) = (
                |ui: &mut Ui| text(ui, steps, theme::body(), palette.text),
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
