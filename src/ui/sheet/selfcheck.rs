//! The self-check: its state, a table with a row per check and its verdict, then the caveats with what to do about them.

use eframe::egui::{Color32, Role, Sense, Ui};

use crate::lab::Action;
use crate::selfcheck::{Check, Verdict};
use crate::ui::at_the_right::at_the_right;
use crate::ui::theme;
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::{action_button, line, part, polite, text};
use crate::units;

const INTRODUCTION: &str = "Measures what the lab itself costs on this machine: trials against programs that do the same by hand, in the same run, and whether a comparison of a model with itself finds a difference. It takes one to three minutes, and nothing is stored. Leave the machine alone meanwhile.";

/// Draws the self-check.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let palette = theme::palette(ui);
    let lab = cx.lab;
    text(ui, INTRODUCTION, theme::body(), palette.secondary);
    ui.push_id("start or stop", |ui| {
        let action = if lab.is_selfchecking() { Action::CancelSelfcheck } else { Action::StartSelfcheck };
        action_button(ui, cx, action);
    });
    if let Some(status) = lab.selfcheck.status() {
        let response = text(ui, status, theme::strong(), palette.text);
        polite(ui, &response);
    }
    part(ui, Role::Table, "Checks", |ui| {
        for check in &lab.selfcheck.checks {
            row(ui, check);
        }
    });
    let Some(report) = &lab.selfcheck.report else { return };
    for (subject, caveat) in report.caveats_with_subjects() {
        let label = match subject {
            Some(subject) => format!("{subject}: {}", caveat.label()),
            None => units::capitalised(&caveat.label()),
        };
        text(ui, label, theme::strong(), palette.caveat);
        text(ui, caveat.remedy(), theme::body(), palette.secondary);
    }
}

/// Draws a check: its name and its figure, below them what the figure is held against, and the verdict.
fn row(ui: &mut Ui, check: &Check) {
    let palette = theme::palette(ui);
    ui.spacing_mut().item_spacing.y = 1.0;
    let drawn = part(ui, Role::Row, &check.sentence(), |ui| {
        let title = |ui: &mut Ui| line(ui, check.id.title(), theme::strong(), palette.text);
        match check.measurement() {
            Some(measured) => {
                ui.horizontal(|ui| {
                    at_the_right(ui, title, |ui| {
                        line(ui, measured.figure(), theme::strong(), palette.text);
                    });
                });
                let facts = measured.facts().join(" · ");
                if !facts.is_empty() {
                    text(ui, facts, theme::small(), palette.tertiary);
                }
            }
            None => drop(title(ui)),
        }
        text(ui, units::capitalised(&check.conclusion()), theme::note(), colour(check, palette));
        ui.min_rect()
    });
    ui.interact(drawn, ui.scope_id().with(("check", check.id)), Sense::HOVER).on_hover_text(check.id.meaning());
    ui.add_space(theme::STEP);
    ui.painter().hline(drawn.x_range(), ui.cursor().top(), (1.0, palette.hairline));
    ui.add_space(theme::STEP);
}

/// Returns the colour of a check; its verdict is also in words.
const fn colour(check: &Check, palette: &theme::Palette) -> Color32 {
    match check.verdict {
        Some(Verdict::Supported) => palette.text,
        Some(Verdict::WithCaveat | Verdict::NotSupported) => palette.caveat,
        Some(Verdict::NotJudged) | None => palette.secondary,
    }
}
