//! The advice: the answer, its grounds, doubts, and what would change it.

use eframe::egui::{Role, Ui};

use super::heading::section;
use crate::analysis::advisor::{Advice, Line, Part};
use crate::ui::theme;
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::{part, polite, text};

/// Draws the advice.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let palette = theme::palette(ui);
    section(ui, Advice::QUESTION);
    let Some(lesson) = cx.lab.lesson() else {
        let message = match (cx.lab.is_running(), cx.lab.is_selfchecking()) {
            (true, _) => "The advice follows at the end of the run.",
            (false, true) => "The advice follows at the end of the self-check.",
            (false, false) => "Computing the advice",
        };
        let response = text(ui, message, theme::body(), palette.tertiary);
        polite(ui, &response);
        return;
    };
    let lines = lesson.advice.lines();
    part(ui, Role::Group, "Advice", |ui| {
        let mut changes = false;
        for line in &lines {
            if line.part == Part::Change && !changes {
                ui.add_space(theme::STEP * 2.0);
                text(ui, Advice::CHANGES, theme::strong(), palette.text);
            }
            changes = line.part == Part::Change;
            one(ui, line);
        }
    });
}

fn one(ui: &mut Ui, line: &Line) {
    let palette = theme::palette(ui);
    let (font, colour) = match line.part {
        Part::Host => (theme::strong(), palette.secondary),
        Part::Answer => (theme::lead(), palette.text),
        Part::Ground | Part::Change => (theme::body(), palette.secondary),
        Part::Uncertainty => (theme::note(), palette.tertiary),
        Part::Reservation | Part::Excluded => (theme::body(), palette.caveat),
    };
    if line.part == Part::Host {
        ui.add_space(theme::STEP * 2.0);
    }
    text(ui, &line.text, font, colour);
}
