//! The self-check: its state, a paragraph per check with its verdict, then the caveats with what to do about them.

use eframe::egui::{Color32, Ui};

use crate::lab::Action;
use crate::selfcheck::{Check, Verdict};
use crate::ui::theme;
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::{action_button, polite, text};
use crate::units;

const INTRODUCTION: &str = "Measures what the lab itself costs on this machine: trials against programs that do the same by hand, in the same run, and whether a comparison of a model with itself finds a difference. It takes about a minute, and nothing is stored. Leave the machine alone meanwhile.";

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
    for check in &lab.selfcheck.checks {
        let response = text(ui, check.sentence(), theme::body(), colour(check, palette));
        response.on_hover_text(check.id.meaning());
    }
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

/// Returns the colour of a check; its verdict is also in words.
const fn colour(check: &Check, palette: &theme::Palette) -> Color32 {
    match check.verdict {
        Some(Verdict::Supported) => palette.text,
        Some(Verdict::WithCaveat | Verdict::NotSupported) => palette.caveat,
        Some(Verdict::NotJudged) | None => palette.secondary,
    }
}
